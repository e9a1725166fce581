/*
 * A vendor's names for the device runtime of the core. Chosen when compiling:
 *   STUB_PREFIX   cuda, hip or musa, without quotes
 *   STUB_RUNTIME  CUDA, HIP or MUSA
 *   STUB_VERSION  what RuntimeGetVersion says
 */
#include "core.h"

#include <stdio.h>
#include <string.h>

#define CUDA 1
#define HIP 2
#define MUSA 3

#define JOINED_AGAIN(a, b) a##b
#define JOINED(a, b) JOINED_AGAIN(a, b)
#define QUOTED_AGAIN(a) #a
#define QUOTED(a) QUOTED_AGAIN(a)
#define NAME(function) JOINED(STUB_PREFIX, function)

/*
 * The numbers of Moore Threads are not published, so that callers must go by names. These are made to be no other
 * vendor's.
 */
#if STUB_RUNTIME == MUSA
enum { CODE_OFFSET = 10000 };
#else
enum { CODE_OFFSET = 0 };
#endif

static int outward(int code) { return code == 0 ? 0 : code + CODE_OFFSET; }

/* Runs a call of the core, unless it was told to fail. */
#define CALL(function, expression)                                 \
  do {                                                             \
    int fault = rt_fault(QUOTED(STUB_PREFIX), function);           \
    return outward(rt_note(fault != 0 ? fault : (expression)));    \
  } while (0)

EXPORTED const char *NAME(GetErrorName)(int code) {
  static _Thread_local char name[64];
  const char *common = rt_error_name(code == 0 ? 0 : code - CODE_OFFSET);
  snprintf(name, sizeof name, "%s%s", QUOTED(STUB_PREFIX), common);
  return name;
}

EXPORTED const char *NAME(GetErrorString)(int code) { return rt_error_text(code == 0 ? 0 : code - CODE_OFFSET); }

EXPORTED int NAME(GetLastError)(void) { return outward(rt_last_error(true)); }

EXPORTED int NAME(PeekAtLastError)(void) { return outward(rt_last_error(false)); }

EXPORTED int NAME(RuntimeGetVersion)(int *version) {
  *version = STUB_VERSION;
  return 0;
}

EXPORTED int NAME(DriverGetVersion)(int *version) {
  *version = STUB_VERSION;
  return 0;
}

/* ---- devices ---- */

EXPORTED int NAME(GetDeviceCount)(int *count) { CALL("GetDeviceCount", rt_count(count)); }

EXPORTED int NAME(SetDevice)(int device) { CALL("SetDevice", rt_set_device(device)); }

EXPORTED int NAME(GetDevice)(int *device) { CALL("GetDevice", rt_get_device(device)); }

EXPORTED int NAME(DeviceSynchronize)(void) { CALL("DeviceSynchronize", rt_device_synchronize()); }

EXPORTED int NAME(MemGetInfo)(size_t *left, size_t *total) { CALL("MemGetInfo", rt_memory_info(left, total)); }

EXPORTED int NAME(DeviceCanAccessPeer)(int *can, int device, int peer) {
  CALL("DeviceCanAccessPeer", rt_can_access_peer(can, device, peer));
}

EXPORTED int NAME(DeviceEnablePeerAccess)(int peer, unsigned flags) {
  CALL("DeviceEnablePeerAccess", rt_enable_peer(peer, flags));
}

EXPORTED int NAME(DeviceDisablePeerAccess)(int peer) { CALL("DeviceDisablePeerAccess", rt_disable_peer(peer)); }

EXPORTED int NAME(DeviceGetPCIBusId)(char *text, int room, int device) {
  CALL("DeviceGetPCIBusId", rt_bus_id(text, room, device));
}

EXPORTED int NAME(DeviceGetAttribute)(int *value, int attribute, int device) {
  CALL("DeviceGetAttribute", rt_attribute(value, attribute, device));
}

#if STUB_RUNTIME == HIP
EXPORTED int NAME(DeviceGetName)(char *text, int room, int device) {
  CALL("DeviceGetName", rt_device_name(text, room, device));
}
#endif

/* ---- memory ---- */

EXPORTED int NAME(Malloc)(void **address, size_t bytes) { CALL("Malloc", rt_malloc(address, bytes)); }

EXPORTED int NAME(Free)(void *address) { CALL("Free", rt_free(address)); }

#if STUB_RUNTIME == MUSA
/* The symbols are there, and whoever calls them is told off. */
EXPORTED int NAME(MallocAsync)(void **address, size_t bytes, void *stream) {
  (void)address;
  (void)bytes;
  (void)stream;
  stub_violation("%s is called, which that runtime does not support", __func__);
  return outward(rt_note(RT_INVALID_VALUE));
}

EXPORTED int NAME(FreeAsync)(void *address, void *stream) { return NAME(MallocAsync)(&address, 0, stream); }
#else
EXPORTED int NAME(MallocAsync)(void **address, size_t bytes, void *stream) {
  CALL("MallocAsync", rt_malloc_ordered(address, bytes, stream));
}

EXPORTED int NAME(FreeAsync)(void *address, void *stream) { CALL("FreeAsync", rt_free_ordered(address, stream)); }
#endif

#if STUB_RUNTIME == HIP
EXPORTED int NAME(HostMalloc)(void **address, size_t bytes, unsigned flags) {
  (void)flags;
  CALL("HostMalloc", rt_malloc_host(address, bytes));
}

EXPORTED int NAME(HostFree)(void *address) { CALL("HostFree", rt_free_host(address)); }
#else
EXPORTED int NAME(HostAlloc)(void **address, size_t bytes, unsigned flags) {
  (void)flags;
  CALL("HostAlloc", rt_malloc_host(address, bytes));
}

EXPORTED int NAME(MallocHost)(void **address, size_t bytes) { CALL("MallocHost", rt_malloc_host(address, bytes)); }

EXPORTED int NAME(FreeHost)(void *address) { CALL("FreeHost", rt_free_host(address)); }
#endif

EXPORTED int NAME(Memcpy)(void *target, const void *source, size_t bytes, int kind) {
  CALL("Memcpy", rt_copy(target, source, bytes, kind, NULL, true));
}

EXPORTED int NAME(MemcpyAsync)(void *target, const void *source, size_t bytes, int kind, void *stream) {
  CALL("MemcpyAsync", rt_copy(target, source, bytes, kind, stream, false));
}

EXPORTED int NAME(Memset)(void *target, int value, size_t bytes) { CALL("Memset", rt_fill(target, value, bytes, NULL, true)); }

EXPORTED int NAME(MemsetAsync)(void *target, int value, size_t bytes, void *stream) {
  CALL("MemsetAsync", rt_fill(target, value, bytes, stream, false));
}

/* ---- streams ---- */

EXPORTED int NAME(StreamCreate)(void **stream) { CALL("StreamCreate", rt_stream_create(stream, 0, 0)); }

EXPORTED int NAME(StreamCreateWithFlags)(void **stream, unsigned flags) {
  CALL("StreamCreateWithFlags", rt_stream_create(stream, flags, 0));
}

EXPORTED int NAME(StreamCreateWithPriority)(void **stream, unsigned flags, int priority) {
  CALL("StreamCreateWithPriority", rt_stream_create(stream, flags, priority));
}

EXPORTED int NAME(StreamDestroy)(void *stream) { CALL("StreamDestroy", rt_stream_destroy(stream)); }

EXPORTED int NAME(StreamQuery)(void *stream) { CALL("StreamQuery", rt_stream_query(stream)); }

EXPORTED int NAME(StreamSynchronize)(void *stream) { CALL("StreamSynchronize", rt_stream_synchronize(stream)); }

EXPORTED int NAME(StreamGetPriority)(void *stream, int *priority) {
  CALL("StreamGetPriority", rt_stream_priority(stream, priority));
}

EXPORTED int NAME(DeviceGetStreamPriorityRange)(int *least, int *greatest) {
  CALL("DeviceGetStreamPriorityRange", rt_priority_range(least, greatest));
}

EXPORTED int NAME(StreamWaitEvent)(void *stream, void *event, unsigned flags) {
  CALL("StreamWaitEvent", rt_stream_wait(stream, event, flags));
}

EXPORTED int NAME(LaunchHostFunc)(void *stream, void (*function)(void *), void *argument) {
  CALL("LaunchHostFunc", rt_host_function(stream, function, argument));
}

/* ---- events ---- */

EXPORTED int NAME(EventCreate)(void **event) { CALL("EventCreate", rt_event_create(event, 0)); }

EXPORTED int NAME(EventCreateWithFlags)(void **event, unsigned flags) {
  CALL("EventCreateWithFlags", rt_event_create(event, flags));
}

EXPORTED int NAME(EventDestroy)(void *event) { CALL("EventDestroy", rt_event_destroy(event)); }

EXPORTED int NAME(EventRecord)(void *event, void *stream) { CALL("EventRecord", rt_event_record(event, stream)); }

EXPORTED int NAME(EventQuery)(void *event) { CALL("EventQuery", rt_event_query(event)); }

EXPORTED int NAME(EventSynchronize)(void *event) { CALL("EventSynchronize", rt_event_synchronize(event)); }

EXPORTED int NAME(EventElapsedTime)(float *millis, void *start, void *end) {
  CALL("EventElapsedTime", rt_event_elapsed(millis, start, end));
}

/* ---- captures and graphs ---- */

EXPORTED int NAME(StreamBeginCapture)(void *stream, int mode) { CALL("StreamBeginCapture", rt_capture_begin(stream, mode)); }

EXPORTED int NAME(StreamEndCapture)(void *stream, void **graph) { CALL("StreamEndCapture", rt_capture_end(stream, graph)); }

EXPORTED int NAME(StreamIsCapturing)(void *stream, int *status) { CALL("StreamIsCapturing", rt_capture_status(stream, status)); }

EXPORTED int NAME(ThreadExchangeStreamCaptureMode)(int *mode) { CALL("ThreadExchangeStreamCaptureMode", rt_capture_mode(mode)); }

#if STUB_RUNTIME == CUDA && STUB_VERSION >= 12000
EXPORTED int NAME(GraphInstantiate)(void **executable, void *graph, unsigned long long flags) {
  CALL("GraphInstantiate", rt_graph_instantiate(executable, graph, flags));
}
#else
EXPORTED int NAME(GraphInstantiate)(void **executable, void *graph, void **node, char *log, size_t room) {
  if (node != NULL) {
    *node = NULL;
  }
  if (log != NULL && room > 0) {
    *log = 0;
  }
  CALL("GraphInstantiate", rt_graph_instantiate(executable, graph, 0));
}
#endif

#if STUB_RUNTIME != MUSA || STUB_VERSION >= 40000
EXPORTED int NAME(GraphInstantiateWithFlags)(void **executable, void *graph, unsigned long long flags) {
  CALL("GraphInstantiateWithFlags", rt_graph_instantiate(executable, graph, flags));
}
#endif

EXPORTED int NAME(GraphLaunch)(void *executable, void *stream) { CALL("GraphLaunch", rt_graph_launch(executable, stream)); }

EXPORTED int NAME(GraphDestroy)(void *graph) { CALL("GraphDestroy", rt_graph_destroy(graph)); }

EXPORTED int NAME(GraphExecDestroy)(void *executable) { CALL("GraphExecDestroy", rt_executable_destroy(executable)); }
