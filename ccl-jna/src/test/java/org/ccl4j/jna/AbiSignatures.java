package org.ccl4j.jna;

import java.util.List;

/** The signatures by which the functions are called, and since when the library has them. */
final class AbiSignatures {
  private static final String RESULT = "ncclResult_t";
  private static final String ERROR = "cudaError_t";
  private static final String TEXT = "const char *";
  private static final String COMM = "ncclComm_t";
  private static final String COMM_OUT = "ncclComm_t *";
  private static final String CONFIG = "ncclConfig_t *";
  private static final String CALL_CONFIG = "const ncclCollConfig_t *";
  private static final String TYPE = "ncclDataType_t";
  private static final String OP = "ncclRedOp_t";
  private static final String STREAM = "cudaStream_t";
  private static final String EVENT = "cudaEvent_t";
  private static final String FROM = "const void *";
  private static final String TO = "void *";
  private static final String OUT = "void **";
  private static final String INT = "int";
  private static final String INT_OUT = "int *";
  private static final String FLAGS = "unsigned int";
  private static final String SIZE = "size_t";
  private static final String SIZES = "const size_t *";

  /** Functions of AMD's library alone, whose header counts versions as NVIDIA's does. */
  private static final int NEVER_IN_NCCL = Integer.MAX_VALUE;

  /** The functions of {@link CollectiveLibrary}. */
  static final List<Signature> COLLECTIVE =
      List.of(
          of("GetVersion", 20300, INT_OUT),
          of("GetUniqueId", 20300, "ncclUniqueId *"),
          new Signature("GetErrorString", 20300, TEXT, List.of(RESULT)),
          new Signature("GetLastError", 21304, TEXT, List.of(COMM)),
          of("CommInitRank", 20300, COMM_OUT, INT, "ncclUniqueId", INT),
          of("CommInitRankConfig", 21403, COMM_OUT, INT, "ncclUniqueId", INT, CONFIG),
          of("CommInitRankScalable", 22304, COMM_OUT, INT, INT, INT, "ncclUniqueId *", CONFIG),
          of("CommInitAll", 20300, COMM_OUT, INT, "const int *"),
          of("CommFinalize", 21403, COMM),
          of("CommDestroy", 20300, COMM),
          of("CommAbort", 20402, COMM),
          of("CommRevoke", 22807, COMM, INT),
          of("CommGetAsyncError", 20402, COMM, "ncclResult_t *"),
          of("CommCount", 20300, COMM, INT_OUT),
          of("CommUserRank", 20300, COMM, INT_OUT),
          of("CommSplit", 21801, COMM, INT, INT, COMM_OUT, CONFIG),
          of("CommShrink", 22703, COMM, INT_OUT, INT, COMM_OUT, CONFIG, INT),
          of("CommGetUniqueId", 22902, COMM, "ncclUniqueId *"),
          of("CommGrow", 22902, COMM, INT, "const ncclUniqueId *", INT, COMM_OUT, CONFIG),
          of("CommSuspend", 22907, COMM, INT),
          of("CommResume", 22907, COMM),
          of("CommMemStats", 22907, COMM, "ncclCommMemStat_t", "uint64_t *"),
          of("AllReduce", 20300, FROM, TO, SIZE, TYPE, OP, COMM, STREAM),
          of("Broadcast", 20300, FROM, TO, SIZE, TYPE, INT, COMM, STREAM),
          of("Reduce", 20300, FROM, TO, SIZE, TYPE, OP, INT, COMM, STREAM),
          of("AllGather", 20300, FROM, TO, SIZE, TYPE, COMM, STREAM),
          of("ReduceScatter", 20300, FROM, TO, SIZE, TYPE, OP, COMM, STREAM),
          of("AllReduceWithBias", NEVER_IN_NCCL, FROM, TO, SIZE, TYPE, OP, COMM, STREAM, FROM),
          of("AllToAllv", NEVER_IN_NCCL, FROM, SIZES, SIZES, TO, SIZES, SIZES, TYPE, COMM, STREAM),
          of("AlltoAll", 22803, FROM, TO, SIZE, TYPE, COMM, STREAM),
          of("Gather", 22803, FROM, TO, SIZE, TYPE, INT, COMM, STREAM),
          of("Scatter", 22803, FROM, TO, SIZE, TYPE, INT, COMM, STREAM),
          of("AllReduceConfig", 23100, FROM, TO, SIZE, TYPE, OP, COMM, STREAM, CALL_CONFIG),
          of("BroadcastConfig", 23100, FROM, TO, SIZE, TYPE, INT, COMM, STREAM, CALL_CONFIG),
          of("ReduceConfig", 23100, FROM, TO, SIZE, TYPE, OP, INT, COMM, STREAM, CALL_CONFIG),
          of("AllGatherConfig", 23100, FROM, TO, SIZE, TYPE, COMM, STREAM, CALL_CONFIG),
          of("ReduceScatterConfig", 23100, FROM, TO, SIZE, TYPE, OP, COMM, STREAM, CALL_CONFIG),
          of("AlltoAllConfig", 23100, FROM, TO, SIZE, TYPE, COMM, STREAM, CALL_CONFIG),
          of("GatherConfig", 23100, FROM, TO, SIZE, TYPE, INT, COMM, STREAM, CALL_CONFIG),
          of("ScatterConfig", 23100, FROM, TO, SIZE, TYPE, INT, COMM, STREAM, CALL_CONFIG),
          of("Send", 20703, FROM, SIZE, TYPE, INT, COMM, STREAM),
          of("Recv", 20703, TO, SIZE, TYPE, INT, COMM, STREAM),
          of("GroupStart", 20300),
          of("GroupEnd", 20300),
          of("GroupSimulateEnd", 22203, "ncclSimInfo_t *"),
          of(
              "RedOpCreatePreMulSum",
              21104,
              "ncclRedOp_t *",
              TO,
              TYPE,
              "ncclScalarResidence_t",
              COMM),
          of("RedOpDestroy", 21104, OP, COMM),
          of("MemAlloc", 21901, OUT, SIZE),
          of("MemFree", 21901, TO),
          of("CommRegister", 21901, COMM, TO, SIZE, OUT),
          of("CommDeregister", 21901, COMM, TO),
          of("CommWindowRegister", 22703, COMM, TO, SIZE, "ncclWindow_t *", INT),
          of("CommWindowDeregister", 22703, COMM, "ncclWindow_t"),
          of(
              "PutSignal",
              22902,
              FROM,
              SIZE,
              TYPE,
              INT,
              "ncclWindow_t",
              SIZE,
              INT,
              INT,
              FLAGS,
              COMM,
              STREAM),
          of("Signal", 22902, INT, INT, INT, FLAGS, COMM, STREAM),
          of("WaitSignal", 22902, INT, "ncclWaitSignalDesc_t *", COMM, STREAM),
          of("ParamGetAllParameterKeys", 23004, "const char ***", INT_OUT),
          of("ParamGetParameter", 23004, TEXT, "const char **", INT_OUT));

  /** The functions of {@link RuntimeLibrary}, in CUDA 12 and newer. */
  static final List<Signature> RUNTIME =
      List.of(
          runtime("GetDeviceCount", INT_OUT),
          runtime("SetDevice", INT),
          runtime("GetDevice", INT_OUT),
          runtime("DeviceGetPCIBusId", "char *", INT, INT),
          runtime("DeviceGetAttribute", INT_OUT, "cudaDeviceAttr", INT),
          runtime("DeviceCanAccessPeer", INT_OUT, INT, INT),
          runtime("DeviceEnablePeerAccess", INT, FLAGS),
          runtime("MemGetInfo", "size_t *", "size_t *"),
          runtime("Malloc", OUT, SIZE),
          runtime("Free", TO),
          runtime("MallocAsync", OUT, SIZE, STREAM),
          runtime("FreeAsync", TO, STREAM),
          runtime("HostAlloc", OUT, SIZE, FLAGS),
          runtime("FreeHost", TO),
          runtime("MemcpyAsync", TO, FROM, SIZE, "cudaMemcpyKind", STREAM),
          runtime("MemsetAsync", TO, INT, SIZE, STREAM),
          runtime("StreamCreateWithPriority", "cudaStream_t *", FLAGS, INT),
          runtime("StreamDestroy", STREAM),
          runtime("StreamQuery", STREAM),
          runtime("StreamWaitEvent", STREAM, EVENT, FLAGS),
          runtime("StreamIsCapturing", STREAM, "cudaStreamCaptureStatus *"),
          runtime("EventCreateWithFlags", "cudaEvent_t *", FLAGS),
          runtime("EventDestroy", EVENT),
          runtime("EventRecord", EVENT, STREAM),
          runtime("EventQuery", EVENT),
          runtime("EventElapsedTime", "float *", EVENT, EVENT),
          runtime("StreamBeginCapture", STREAM, "cudaStreamCaptureMode"),
          runtime("StreamEndCapture", STREAM, "cudaGraph_t *"),
          runtime(
              "GraphInstantiateWithFlags",
              "cudaGraphExec_t *",
              "cudaGraph_t",
              "unsigned long long"),
          runtime("GraphInstantiate", "cudaGraphExec_t *", "cudaGraph_t", "unsigned long long"),
          runtime("GraphLaunch", "cudaGraphExec_t", STREAM),
          runtime("GraphDestroy", "cudaGraph_t"),
          runtime("GraphExecDestroy", "cudaGraphExec_t"),
          new Signature("GetErrorName", 20300, TEXT, List.of(ERROR)),
          new Signature("GetErrorString", 20300, TEXT, List.of(ERROR)),
          runtime("GetLastError"));

  private AbiSignatures() {}

  /**
   * A function.
   *
   * @param name without the prefix
   * @param since the version of the collective library whose header is the first to have it
   * @param result the type of its result
   * @param arguments the types of its arguments
   */
  record Signature(String name, int since, String result, List<String> arguments) {}

  private static Signature of(String name, int since, String... arguments) {
    return new Signature(name, since, RESULT, List.of(arguments));
  }

  private static Signature runtime(String name, String... arguments) {
    return new Signature(name, 20300, ERROR, List.of(arguments));
  }
}
