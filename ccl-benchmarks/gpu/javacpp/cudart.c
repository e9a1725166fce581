// In place of the preset's library of the CUDA runtime, which insists on CUDA 12: the constants that its class asks for when
// it is loaded. The loop uses none of them and calls nothing of the runtime through the preset.
#define CONSTANT(name) long Java_org_bytedeco_cuda_global_cudart_##name(void *jni, void *type) { \
    (void) jni;                                                                             \
    (void) type;                                                                            \
    return 0;                                                                               \
  }
CONSTANT(CU_1STREAM_1LEGACY)
CONSTANT(CU_1STREAM_1PER_1THREAD)
CONSTANT(CU_1LAUNCH_1PARAM_1END)
CONSTANT(CU_1LAUNCH_1PARAM_1BUFFER_1POINTER)
CONSTANT(CU_1LAUNCH_1PARAM_1BUFFER_1SIZE)
CONSTANT(CU_1DEVICE_1CPU)
CONSTANT(CU_1DEVICE_1INVALID)
CONSTANT(cudaStreamLegacy)
CONSTANT(cudaStreamPerThread)
CONSTANT(_1_1CUDART_1API_1VERSION)
CONSTANT(CUDART_1INF_1FP16)
CONSTANT(CUDART_1NAN_1FP16)
CONSTANT(CUDART_1MIN_1DENORM_1FP16)
CONSTANT(CUDART_1MAX_1NORMAL_1FP16)
CONSTANT(CUDART_1NEG_1ZERO_1FP16)
CONSTANT(CUDART_1ZERO_1FP16)
CONSTANT(CUDART_1ONE_1FP16)
CONSTANT(CUDART_1INF_1BF16)
CONSTANT(CUDART_1NAN_1BF16)
CONSTANT(CUDART_1MIN_1DENORM_1BF16)
CONSTANT(CUDART_1MAX_1NORMAL_1BF16)
CONSTANT(CUDART_1NEG_1ZERO_1BF16)
CONSTANT(CUDART_1ZERO_1BF16)
CONSTANT(CUDART_1ONE_1BF16)
