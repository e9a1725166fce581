/*
 * The vendor's names for the collective library of the core, as one version of one vendor's library has them. Chosen
 * when compiling:
 *   STUB_PREFIX  nccl or mccl, without quotes
 *   STUB_LEVEL   10000 * major + 100 * minor + patch
 *   STUB_VENDOR  NVIDIA, AMD, MOORE_THREADS, METAX (whose library has the names of Moore Threads'), or OTHER (one with
 *                the names of NVIDIA's)
 */
#include "ccl.h"

#define NVIDIA 1
#define AMD 2
#define MOORE_THREADS 3
#define METAX 4
#define OTHER 5

#define JOINED_AGAIN(a, b) a##b
#define JOINED(a, b) JOINED_AGAIN(a, b)
#define QUOTED_AGAIN(a) #a
#define QUOTED(a) QUOTED_AGAIN(a)
#define NAME(function) JOINED(STUB_PREFIX, function)

/* Whether a function that NCCL has since a level is here. What Moore Threads added came all at once, late. */
#if STUB_VENDOR == MOORE_THREADS
#define HAS(since) (STUB_LEVEL >= (since) && ((since) <= 20703 || STUB_LEVEL >= 22800))
#else
#define HAS(since) (STUB_LEVEL >= (since))
#endif

static const struct library LIBRARY = {
    .prefix = QUOTED(STUB_PREFIX),
    .level = STUB_LEVEL,
    .bfloat16_since = STUB_VENDOR == NVIDIA ? 21000 : 0,
    .float8_since = STUB_VENDOR == AMD ? 22000 : STUB_VENDOR == MOORE_THREADS ? 22809 : 22400,
    .sharing_since = STUB_VENDOR == NVIDIA ? 23000 : 0,
};

#define SITE(function) static const struct site site = {&LIBRARY, function}

/* 128 bytes by value: the one argument that does not fit a register. */
struct unique_id {
  char bytes[ID_BYTES];
};

EXPORTED int NAME(GetVersion)(int *version) {
  SITE("GetVersion");
  return ccl_get_version(&site, version);
}

EXPORTED int NAME(GetUniqueId)(struct unique_id *id) {
  SITE("GetUniqueId");
  return ccl_unique_id(&site, id);
}

EXPORTED const char *NAME(GetErrorString)(int result) {
  SITE("GetErrorString");
  return ccl_error_string(&site, result);
}

#if HAS(21304)
EXPORTED const char *NAME(GetLastError)(void *comm) {
  SITE("GetLastError");
  return ccl_last_error(&site, comm);
}
#endif

/* ---- communicators ---- */

EXPORTED int NAME(CommInitRank)(void **comm, int size, struct unique_id id, int rank) {
  SITE("CommInitRank");
  return ccl_init(&site, comm, size, &id, 1, rank, NULL);
}

#if HAS(20800) /* nothing that is public calls it in the old generation of Moore Threads */
EXPORTED int NAME(CommInitAll)(void **comms, int count, const int *devices) {
  SITE("CommInitAll");
  return ccl_init_all(&site, comms, count, devices);
}
#endif

EXPORTED int NAME(CommDestroy)(void *comm) {
  SITE("CommDestroy");
  return ccl_destroy(&site, comm);
}

EXPORTED int NAME(CommCount)(const void *comm, int *count) {
  SITE("CommCount");
  return ccl_query(&site, comm, QUERY_SIZE, count);
}

EXPORTED int NAME(CommUserRank)(const void *comm, int *rank) {
  SITE("CommUserRank");
  return ccl_query(&site, comm, QUERY_RANK, rank);
}

#if STUB_VENDOR == MOORE_THREADS
EXPORTED int NAME(CommMuDevice)(const void *comm, int *device) {
  SITE("CommMuDevice");
  return ccl_query(&site, comm, QUERY_DEVICE, device);
}
#elif STUB_VENDOR == METAX
EXPORTED int NAME(CommMcDevice)(const void *comm, int *device) {
  SITE("CommMcDevice");
  return ccl_query(&site, comm, QUERY_DEVICE, device);
}
#else
EXPORTED int NAME(CommCuDevice)(const void *comm, int *device) {
  SITE("CommCuDevice");
  return ccl_query(&site, comm, QUERY_DEVICE, device);
}
#endif

EXPORTED int NAME(CommAbort)(void *comm) {
  SITE("CommAbort");
  return ccl_abort(&site, comm);
}

EXPORTED int NAME(CommGetAsyncError)(void *comm, int *error) {
  SITE("CommGetAsyncError");
  return ccl_async_error(&site, comm, error);
}

#if HAS(21403)
EXPORTED int NAME(CommFinalize)(void *comm) {
  SITE("CommFinalize");
  return ccl_finalize(&site, comm);
}

EXPORTED int NAME(CommInitRankConfig)(void **comm, int size, struct unique_id id, int rank, const void *config) {
  SITE("CommInitRankConfig");
  return ccl_init(&site, comm, size, &id, 1, rank, config);
}
#endif

#if HAS(21801)
EXPORTED int NAME(CommSplit)(void *comm, int color, int key, void **child, const void *config) {
  SITE("CommSplit");
  return ccl_split(&site, comm, color, key, child, config);
}
#endif

#if HAS(22304) && STUB_VENDOR != MOORE_THREADS
EXPORTED int NAME(CommInitRankScalable)(void **comm, int size, int rank, int ids, const struct unique_id *id, const void *config) {
  SITE("CommInitRankScalable");
  return ccl_init(&site, comm, size, id, ids, rank, config);
}
#endif

#if HAS(22703) && STUB_VENDOR != MOORE_THREADS
EXPORTED int NAME(CommShrink)(void *comm, const int *excluded, int count, void **child, const void *config, int flags) {
  SITE("CommShrink");
  return ccl_shrink(&site, comm, excluded, count, child, config, flags);
}
#endif

#if HAS(22807) && STUB_VENDOR != MOORE_THREADS
EXPORTED int NAME(CommRevoke)(void *comm, int flags) {
  SITE("CommRevoke");
  return ccl_revoke(&site, comm, flags);
}
#endif

#if HAS(22902)
EXPORTED int NAME(CommGetUniqueId)(void *comm, struct unique_id *id) {
  SITE("CommGetUniqueId");
  return ccl_growth_id(&site, comm, id);
}

EXPORTED int NAME(CommGrow)(void *comm, int size, const struct unique_id *id, int rank, void **child, const void *config) {
  SITE("CommGrow");
  return ccl_grow(&site, comm, size, id, rank, child, config);
}
#endif

#if HAS(22907)
EXPORTED int NAME(CommSuspend)(void *comm, int flags) {
  SITE("CommSuspend");
  return ccl_suspend(&site, comm, flags);
}

EXPORTED int NAME(CommResume)(void *comm) {
  SITE("CommResume");
  return ccl_resume(&site, comm);
}

EXPORTED int NAME(CommMemStats)(void *comm, int statistic, uint64_t *value) {
  SITE("CommMemStats");
  return ccl_memory_statistic(&site, comm, statistic, value);
}
#endif

/* ---- groups and operations ---- */

EXPORTED int NAME(GroupStart)(void) {
  SITE("GroupStart");
  return ccl_group_start(&site);
}

EXPORTED int NAME(GroupEnd)(void) {
  SITE("GroupEnd");
  return ccl_group_end(&site);
}

#if HAS(22203)
EXPORTED int NAME(GroupSimulateEnd)(void *info) {
  SITE("GroupSimulateEnd");
  return ccl_group_simulate(&site, info);
}
#endif

EXPORTED int NAME(AllReduce)(const void *send, void *recv, size_t count, int type, int op, void *comm, void *stream) {
  SITE("AllReduce");
  struct collective_call call = {ALL_REDUCE, send, recv, count, type, op, 0, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(Broadcast)(const void *send, void *recv, size_t count, int type, int root, void *comm, void *stream) {
  SITE("Broadcast");
  struct collective_call call = {BROADCAST, send, recv, count, type, 0, root, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(Bcast)(void *buffer, size_t count, int type, int root, void *comm, void *stream) {
  SITE("Bcast");
  struct collective_call call = {BROADCAST, buffer, buffer, count, type, 0, root, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(Reduce)(const void *send, void *recv, size_t count, int type, int op, int root, void *comm, void *stream) {
  SITE("Reduce");
  struct collective_call call = {REDUCE, send, recv, count, type, op, root, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(AllGather)(const void *send, void *recv, size_t count, int type, void *comm, void *stream) {
  SITE("AllGather");
  struct collective_call call = {ALL_GATHER, send, recv, count, type, 0, 0, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(ReduceScatter)(const void *send, void *recv, size_t count, int type, int op, void *comm, void *stream) {
  SITE("ReduceScatter");
  struct collective_call call = {REDUCE_SCATTER, send, recv, count, type, op, 0, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(Send)(const void *address, size_t count, int type, int peer, void *comm, void *stream) {
  SITE("Send");
  return ccl_transfer(&site, true, (void *)address, count, type, peer, comm, stream);
}

EXPORTED int NAME(Recv)(void *address, size_t count, int type, int peer, void *comm, void *stream) {
  SITE("Recv");
  return ccl_transfer(&site, false, address, count, type, peer, comm, stream);
}

#if STUB_VENDOR == AMD
/* AMD had these first, and spells one of them in its own way. */
EXPORTED int NAME(AllToAll)(const void *send, void *recv, size_t count, int type, void *comm, void *stream) {
  SITE("AllToAll");
  struct collective_call call = {ALL_TO_ALL, send, recv, count, type, 0, 0, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(AllToAllv)(const void *send, const size_t *send_counts, const size_t *send_at, void *recv,
                             const size_t *recv_counts, const size_t *recv_at, int type, void *comm, void *stream) {
  SITE("AllToAllv");
  return ccl_all_to_all_v(&site, send, send_counts, send_at, recv, recv_counts, recv_at, type, comm, stream);
}

/* Under no prefix of the family, and does nothing in newer versions. */
EXPORTED int mscclLoadAlgo(const char *file, void *handle, int rank) {
  (void)file;
  (void)handle;
  (void)rank;
  return CCL_SUCCESS;
}
#endif

#if STUB_VENDOR == AMD && HAS(22803)
EXPORTED int NAME(AlltoAllv)(const void *send, const size_t *send_counts, const size_t *send_at, void *recv,
                             const size_t *recv_counts, const size_t *recv_at, int type, void *comm, void *stream) {
  SITE("AlltoAllv");
  return ccl_all_to_all_v(&site, send, send_counts, send_at, recv, recv_counts, recv_at, type, comm, stream);
}

EXPORTED int NAME(AllReduceWithBias)(const void *send, void *recv, size_t count, int type, int op, void *comm, void *stream,
                                     const void *bias) {
  SITE("AllReduceWithBias");
  struct collective_call call = {ALL_REDUCE_WITH_BIAS, send, recv, count, type, op, 0, comm, stream, bias, NULL};
  return ccl_collective(&site, &call);
}
#endif

#if HAS(22803)
EXPORTED int NAME(AlltoAll)(const void *send, void *recv, size_t count, int type, void *comm, void *stream) {
  SITE("AlltoAll");
  struct collective_call call = {ALL_TO_ALL, send, recv, count, type, 0, 0, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}
#endif

#if HAS(22803) || STUB_VENDOR == AMD
EXPORTED int NAME(Gather)(const void *send, void *recv, size_t count, int type, int root, void *comm, void *stream) {
  SITE("Gather");
  struct collective_call call = {GATHER, send, recv, count, type, 0, root, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}

EXPORTED int NAME(Scatter)(const void *send, void *recv, size_t count, int type, int root, void *comm, void *stream) {
  SITE("Scatter");
  struct collective_call call = {SCATTER, send, recv, count, type, 0, root, comm, stream, NULL, NULL};
  return ccl_collective(&site, &call);
}
#endif

#if HAS(23100) && STUB_VENDOR == NVIDIA
/* The same with a configuration for the call; NULL is none. */
#define CONFIGURED(FUNCTION, ...)                                               \
  SITE(FUNCTION);                                                               \
  struct collective_call call = {__VA_ARGS__, comm, stream, NULL, config};      \
  return ccl_collective(&site, &call)

EXPORTED int NAME(AllReduceConfig)(const void *send, void *recv, size_t count, int type, int op, void *comm, void *stream,
                                   const void *config) {
  CONFIGURED("AllReduceConfig", ALL_REDUCE, send, recv, count, type, op, 0);
}

EXPORTED int NAME(BroadcastConfig)(const void *send, void *recv, size_t count, int type, int root, void *comm, void *stream,
                                   const void *config) {
  CONFIGURED("BroadcastConfig", BROADCAST, send, recv, count, type, 0, root);
}

EXPORTED int NAME(ReduceConfig)(const void *send, void *recv, size_t count, int type, int op, int root, void *comm,
                                void *stream, const void *config) {
  CONFIGURED("ReduceConfig", REDUCE, send, recv, count, type, op, root);
}

EXPORTED int NAME(AllGatherConfig)(const void *send, void *recv, size_t count, int type, void *comm, void *stream,
                                   const void *config) {
  CONFIGURED("AllGatherConfig", ALL_GATHER, send, recv, count, type, 0, 0);
}

EXPORTED int NAME(ReduceScatterConfig)(const void *send, void *recv, size_t count, int type, int op, void *comm,
                                       void *stream, const void *config) {
  CONFIGURED("ReduceScatterConfig", REDUCE_SCATTER, send, recv, count, type, op, 0);
}

EXPORTED int NAME(AlltoAllConfig)(const void *send, void *recv, size_t count, int type, void *comm, void *stream,
                                  const void *config) {
  CONFIGURED("AlltoAllConfig", ALL_TO_ALL, send, recv, count, type, 0, 0);
}

EXPORTED int NAME(GatherConfig)(const void *send, void *recv, size_t count, int type, int root, void *comm, void *stream,
                                const void *config) {
  CONFIGURED("GatherConfig", GATHER, send, recv, count, type, 0, root);
}

EXPORTED int NAME(ScatterConfig)(const void *send, void *recv, size_t count, int type, int root, void *comm, void *stream,
                                 const void *config) {
  CONFIGURED("ScatterConfig", SCATTER, send, recv, count, type, 0, root);
}
#endif

#if HAS(21104)
EXPORTED int NAME(RedOpCreatePreMulSum)(int *op, void *scalar, int type, int residence, void *comm) {
  SITE("RedOpCreatePreMulSum");
  return ccl_pre_mul_sum(&site, op, scalar, type, residence, comm);
}
#endif

#if HAS(21104) || STUB_VENDOR == MOORE_THREADS
EXPORTED int NAME(RedOpDestroy)(int op, void *comm) {
  SITE("RedOpDestroy");
  return ccl_operator_end(&site, op, comm);
}
#endif

/* ---- memory ---- */

#if HAS(21901)
EXPORTED int NAME(MemAlloc)(void **address, size_t bytes) {
  SITE("MemAlloc");
  return ccl_allocate(&site, address, bytes);
}

EXPORTED int NAME(MemFree)(void *address) {
  SITE("MemFree");
  return ccl_free(&site, address);
}

EXPORTED int NAME(CommRegister)(const void *comm, void *address, size_t bytes, void **handle) {
  SITE("CommRegister");
  return ccl_register(&site, comm, address, bytes, handle);
}

EXPORTED int NAME(CommDeregister)(const void *comm, void *handle) {
  SITE("CommDeregister");
  return ccl_deregister(&site, comm, handle);
}
#endif

#if HAS(22703)
EXPORTED int NAME(CommWindowRegister)(void *comm, void *address, size_t bytes, void **window, int flags) {
  SITE("CommWindowRegister");
  return ccl_window(&site, comm, address, bytes, window, flags);
}

EXPORTED int NAME(CommWindowDeregister)(void *comm, void *window) {
  SITE("CommWindowDeregister");
  return ccl_window_end(&site, comm, window);
}
#endif

#if HAS(22902)
EXPORTED int NAME(WinGetUserPtr)(void *comm, void *window, void **address) {
  SITE("WinGetUserPtr");
  return ccl_window_address(&site, comm, window, address);
}

EXPORTED int NAME(PutSignal)(const void *address, size_t count, int type, int peer, void *window, size_t offset, int index,
                             int context, unsigned flags, void *comm, void *stream) {
  SITE("PutSignal");
  return ccl_put(&site, address, count, type, peer, window, offset, index, context, flags, comm, stream);
}

EXPORTED int NAME(Signal)(int peer, int index, int context, unsigned flags, void *comm, void *stream) {
  SITE("Signal");
  return ccl_signal(&site, peer, index, context, flags, comm, stream);
}

EXPORTED int NAME(WaitSignal)(int count, const struct signal_wait *waits, void *comm, void *stream) {
  SITE("WaitSignal");
  return ccl_wait_signal(&site, count, waits, comm, stream);
}
#endif

/* ---- parameters ---- */

#if HAS(23004) && STUB_VENDOR == NVIDIA
EXPORTED int NAME(ParamGetAllParameterKeys)(const char ***keys, int *count) {
  SITE("ParamGetAllParameterKeys");
  return ccl_parameter_keys(&site, keys, count);
}

EXPORTED int NAME(ParamGetParameter)(const char *key, const char **value, int *length) {
  SITE("ParamGetParameter");
  return ccl_parameter(&site, key, value, length);
}
#endif
