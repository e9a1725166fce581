/* Tests the stub itself, through the vendor's names, so that a failure of the kit is one of the binding. */
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char bytes[128];
} id_t128;
typedef void *comm_t;
typedef void *stream_t;

int ncclGetVersion(int *);
int ncclGetUniqueId(id_t128 *);
int ncclCommInitRank(comm_t *, int, id_t128, int);
int ncclCommInitRankConfig(comm_t *, int, id_t128, int, void *);
int ncclCommInitAll(comm_t *, int, const int *);
int ncclCommFinalize(comm_t);
int ncclCommDestroy(comm_t);
int ncclCommAbort(comm_t);
int ncclCommRevoke(comm_t, int);
int ncclCommCount(comm_t, int *);
int ncclCommUserRank(comm_t, int *);
int ncclCommGetAsyncError(comm_t, int *);
int ncclCommSplit(comm_t, int, int, comm_t *, void *);
int ncclCommShrink(comm_t, int *, int, comm_t *, void *, int);
int ncclCommGetUniqueId(comm_t, id_t128 *);
int ncclCommGrow(comm_t, int, const id_t128 *, int, comm_t *, void *);
int ncclCommMemStats(comm_t, int, uint64_t *);
int ncclCommSuspend(comm_t, int);
int ncclCommResume(comm_t);
int ncclGroupStart(void);
int ncclGroupEnd(void);
int ncclGroupSimulateEnd(void *);
int ncclAllReduce(const void *, void *, size_t, int, int, comm_t, stream_t);
int ncclReduceScatter(const void *, void *, size_t, int, int, comm_t, stream_t);
int ncclAllGather(const void *, void *, size_t, int, comm_t, stream_t);
int ncclSend(const void *, size_t, int, int, comm_t, stream_t);
int ncclRecv(void *, size_t, int, int, comm_t, stream_t);
int ncclRedOpCreatePreMulSum(int *, void *, int, int, comm_t);
int ncclRedOpDestroy(int, comm_t);
int ncclMemAlloc(void **, size_t);
int ncclMemFree(void *);
int ncclCommWindowRegister(comm_t, void *, size_t, void **, int);
int ncclCommWindowDeregister(comm_t, void *);
int ncclPutSignal(const void *, size_t, int, int, void *, size_t, int, int, unsigned, comm_t, stream_t);
int ncclWaitSignal(int, void *, comm_t, stream_t);
const char *ncclGetLastError(comm_t);
int ncclParamGetAllParameterKeys(const char ***, int *);

int cudaGetDeviceCount(int *);
int cudaSetDevice(int);
int cudaMalloc(void **, size_t);
int cudaFree(void *);
int cudaMallocAsync(void **, size_t, stream_t);
int cudaFreeAsync(void *, stream_t);
int cudaHostAlloc(void **, size_t, unsigned);
int cudaFreeHost(void *);
int cudaMemcpyAsync(void *, const void *, size_t, int, stream_t);
int cudaMemsetAsync(void *, int, size_t, stream_t);
int cudaStreamCreateWithFlags(stream_t *, unsigned);
int cudaStreamDestroy(stream_t);
int cudaStreamSynchronize(stream_t);
int cudaStreamQuery(stream_t);
int cudaStreamWaitEvent(stream_t, void *, unsigned);
int cudaEventCreateWithFlags(void **, unsigned);
int cudaEventDestroy(void *);
int cudaEventRecord(void *, stream_t);
int cudaEventQuery(void *);
int cudaEventSynchronize(void *);
int cudaEventElapsedTime(float *, void *, void *);
int cudaStreamBeginCapture(stream_t, int);
int cudaStreamEndCapture(stream_t, void **);
int cudaGraphInstantiateWithFlags(void **, void *, unsigned long long);
int cudaGraphLaunch(void *, stream_t);
int cudaGraphDestroy(void *);
int cudaGraphExecDestroy(void *);
int cudaMemGetInfo(size_t *, size_t *);

long stub_violations(void);
int stub_configure(const char *, const char *);

enum { HOST_TO_DEVICE = 1, DEVICE_TO_HOST = 2, DEVICE_TO_DEVICE = 3, INT32 = 2, FLOAT32 = 7, FLOAT8_E4M3 = 10, SUM = 0, AVG = 4, RANKS = 4 };
enum { SUCCESS = 0, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, IN_PROGRESS = 7, NOT_READY = 600 };

static const char *test = "";

#define EXPECT(expected, actual)                                                                                    \
  do {                                                                                                              \
    long long wanted = (expected);                                                                                  \
    long long found = (actual);                                                                                     \
    if (wanted != found) {                                                                                          \
      fprintf(stderr, "%s: line %d: %s is %lld, not %lld (%s)\n", test, __LINE__, #actual, found, wanted,          \
              ncclGetLastError(NULL));                                                                              \
      exit(1);                                                                                                      \
    }                                                                                                               \
  } while (0)
#define DO(call) EXPECT(SUCCESS, call)

/* Counts what a body violates. */
#define VIOLATES(times, body)                    \
  do {                                           \
    long before = stub_violations();             \
    body;                                        \
    EXPECT(times, stub_violations() - before);   \
  } while (0)

struct config {
  size_t size;
  unsigned magic;
  unsigned version;
  int blocking, cga, min_ctas, max_ctas;
  const char *network;
  int split_share, traffic_class;
  const char *name;
  int rest[12];
};
_Static_assert(sizeof(struct config) == 104, "96 bytes and more");

static struct config nonblocking(void) {
  struct config config = {.size = 96, .magic = 0xcafebeef, .version = 23007, .blocking = 0, .cga = INT_MIN, .min_ctas = INT_MIN, .max_ctas = INT_MIN, .split_share = INT_MIN, .traffic_class = INT_MIN};
  for (int i = 0; i < 12; i++) {
    config.rest[i] = INT_MIN;
  }
  return config;
}

/* One rank's things on its device. */
struct rank {
  comm_t comm;
  stream_t stream;
  int *buffer; /* 1024 ints */
};

static void open_devices(struct rank *ranks, int count) {
  for (int i = 0; i < count; i++) {
    DO(cudaSetDevice(i));
    DO(cudaStreamCreateWithFlags(&ranks[i].stream, 1));
    DO(cudaMalloc((void **)&ranks[i].buffer, 1024 * sizeof(int)));
  }
}

static void open_ranks(struct rank *ranks, int count) {
  open_devices(ranks, count);
  comm_t comms[RANKS];
  DO(ncclCommInitAll(comms, count, NULL));
  for (int i = 0; i < count; i++) {
    ranks[i].comm = comms[i];
  }
}

static void close_ranks(struct rank *ranks, int count) {
  for (int i = 0; i < count; i++) {
    DO(cudaSetDevice(i));
    DO(cudaStreamSynchronize(ranks[i].stream));
    DO(ncclCommDestroy(ranks[i].comm));
    DO(cudaStreamDestroy(ranks[i].stream));
    DO(cudaFree(ranks[i].buffer));
  }
}

static void put_int(struct rank *ranks, int rank, int value) {
  static int values[RANKS]; /* read later, when the stream has come to it */
  values[rank] = value;
  DO(cudaSetDevice(rank));
  DO(cudaMemcpyAsync(ranks[rank].buffer, &values[rank], sizeof(int), HOST_TO_DEVICE, ranks[rank].stream));
  DO(cudaStreamSynchronize(ranks[rank].stream));
}

static int get_int(struct rank *ranks, int rank, int at) {
  int value = 0;
  DO(cudaSetDevice(rank));
  DO(cudaMemcpyAsync(&value, ranks[rank].buffer + at, sizeof value, DEVICE_TO_HOST, ranks[rank].stream));
  DO(cudaStreamSynchronize(ranks[rank].stream));
  return value;
}

static void sum_in_group(struct rank *ranks, int count) {
  DO(ncclGroupStart());
  for (int i = 0; i < count; i++) {
    DO(ncclAllReduce(ranks[i].buffer, ranks[i].buffer, 1, INT32, SUM, ranks[i].comm, ranks[i].stream));
  }
  DO(ncclGroupEnd());
}

static void single_thread_drives_all_devices(void) {
  struct rank ranks[RANKS];
  open_ranks(ranks, RANKS);
  for (int i = 0; i < RANKS; i++) {
    put_int(ranks, i, 1 << i);
  }
  sum_in_group(ranks, RANKS);
  for (int i = 0; i < RANKS; i++) {
    EXPECT(15, get_int(ranks, i, 0));
  }
  close_ranks(ranks, RANKS);
}

struct init {
  int rank;
  id_t128 id;
  struct rank *own;
  int result;
};

static void *init_rank(void *argument) {
  struct init *init = argument;
  cudaSetDevice(init->rank);
  init->result = ncclCommInitRank(&init->own->comm, RANKS, init->id, init->rank);
  return NULL;
}

static void threads_meet_by_id(void) {
  struct rank ranks[RANKS];
  struct init inits[RANKS];
  pthread_t threads[RANKS];
  open_devices(ranks, RANKS);
  id_t128 id;
  DO(ncclGetUniqueId(&id));
  for (int i = 0; i < RANKS; i++) {
    inits[i] = (struct init){i, id, &ranks[i], 0};
    pthread_create(&threads[i], NULL, init_rank, &inits[i]);
  }
  for (int i = 0; i < RANKS; i++) {
    pthread_join(threads[i], NULL);
    DO(inits[i].result);
    put_int(ranks, i, i);
  }
  /* Without a group: enqueueing waits for nobody. */
  for (int i = 0; i < RANKS; i++) {
    DO(ncclAllReduce(ranks[i].buffer, ranks[i].buffer, 1, INT32, SUM, ranks[i].comm, ranks[i].stream));
  }
  EXPECT(6, get_int(ranks, 2, 0));
  close_ranks(ranks, RANKS);
}

static void streams_are_asynchronous(void) {
  struct rank ranks[1];
  open_devices(ranks, 1);
  void *event;
  DO(cudaSetDevice(0));
  DO(cudaEventCreateWithFlags(&event, 0));
  DO(stub_configure("stopped", "1"));
  int value = 1;
  DO(cudaMemcpyAsync(ranks[0].buffer, &value, sizeof value, HOST_TO_DEVICE, ranks[0].stream));
  DO(cudaEventRecord(event, ranks[0].stream));
  usleep(2000);
  EXPECT(NOT_READY, cudaStreamQuery(ranks[0].stream));
  EXPECT(NOT_READY, cudaEventQuery(event));
  value = 2; /* too early: the copy has not read it */
  DO(stub_configure("stopped", "0"));
  DO(cudaEventSynchronize(event));
  EXPECT(2, get_int(ranks, 0, 0));
  stream_t other;
  DO(cudaStreamCreateWithFlags(&other, 1));
  DO(cudaStreamWaitEvent(other, event, 0));
  DO(cudaStreamSynchronize(other));
  DO(cudaStreamDestroy(other));
  DO(cudaEventDestroy(event));
  DO(cudaStreamDestroy(ranks[0].stream));
  DO(cudaFree(ranks[0].buffer));
}

static void events_take_the_time(void) {
  struct rank ranks[1];
  open_devices(ranks, 1);
  void *events[2];
  DO(cudaEventCreateWithFlags(&events[0], 0));
  DO(cudaEventCreateWithFlags(&events[1], 0));
  float millis;
  EXPECT(400, cudaEventElapsedTime(&millis, events[0], events[1]));
  DO(cudaEventRecord(events[0], ranks[0].stream));
  DO(cudaMemsetAsync(ranks[0].buffer, 0, 1024, ranks[0].stream));
  DO(cudaEventRecord(events[1], ranks[0].stream));
  DO(cudaEventSynchronize(events[1]));
  DO(cudaEventElapsedTime(&millis, events[0], events[1]));
  EXPECT(true, millis >= 0);
  DO(cudaEventDestroy(events[0]));
  DO(cudaEventDestroy(events[1]));
  DO(cudaStreamDestroy(ranks[0].stream));
  DO(cudaFree(ranks[0].buffer));
}

static void sends_meet_receives(void) {
  struct rank ranks[RANKS];
  open_ranks(ranks, RANKS);
  for (int i = 0; i < RANKS; i++) {
    put_int(ranks, i, 10 + i);
  }
  DO(ncclGroupStart());
  for (int i = 0; i < RANKS; i++) {
    DO(ncclSend(ranks[i].buffer, 1, INT32, (i + 1) % RANKS, ranks[i].comm, ranks[i].stream));
    DO(ncclRecv(ranks[i].buffer + 1, 1, INT32, (i + RANKS - 1) % RANKS, ranks[i].comm, ranks[i].stream));
    DO(ncclSend(ranks[i].buffer, 0, INT32, i, ranks[i].comm, ranks[i].stream));
    DO(ncclRecv(ranks[i].buffer, 0, INT32, i, ranks[i].comm, ranks[i].stream));
  }
  DO(ncclGroupEnd());
  for (int i = 0; i < RANKS; i++) {
    EXPECT(10 + (i + RANKS - 1) % RANKS, get_int(ranks, i, 1));
  }
  close_ranks(ranks, RANKS);
}

static void graphs_run_again(void) {
  struct rank ranks[2];
  void *graphs[2];
  void *executables[2];
  open_ranks(ranks, 2);
  put_int(ranks, 0, 3);
  put_int(ranks, 1, 4);
  for (int i = 0; i < 2; i++) {
    DO(cudaSetDevice(i));
    DO(cudaStreamBeginCapture(ranks[i].stream, 1));
  }
  sum_in_group(ranks, 2);
  for (int i = 0; i < 2; i++) {
    DO(cudaSetDevice(i));
    DO(cudaStreamEndCapture(ranks[i].stream, &graphs[i]));
    EXPECT(i == 0 ? 900 : 0, cudaGraphInstantiateWithFlags(&executables[i], graphs[i], 0));
  }
  DO(cudaGraphInstantiateWithFlags(&executables[0], graphs[0], 0));
  EXPECT(3, get_int(ranks, 0, 0));
  for (int launch = 0; launch < 10; launch++) {
    for (int i = 0; i < 2; i++) {
      DO(cudaSetDevice(i));
      DO(cudaGraphLaunch(executables[i], ranks[i].stream));
    }
  }
  EXPECT(7 << 9, get_int(ranks, 1, 0));
  for (int i = 0; i < 2; i++) {
    DO(cudaGraphDestroy(graphs[i]));
    DO(cudaGraphExecDestroy(executables[i]));
  }
  close_ranks(ranks, 2);
}

static void the_first_launch_wants_a_relaxed_capture(void) {
  enum { STRICT = 1, RELAXED = 2, INTERNAL_ERROR = 3 };
  struct rank ranks[2];
  void *graph;
  open_ranks(ranks, 2);
  DO(cudaSetDevice(0));
  DO(cudaStreamBeginCapture(ranks[0].stream, STRICT));
  EXPECT(INTERNAL_ERROR,
         ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream));
  DO(cudaStreamEndCapture(ranks[0].stream, &graph));
  DO(cudaGraphDestroy(graph));
  DO(cudaStreamBeginCapture(ranks[0].stream, RELAXED));
  DO(ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream));
  DO(cudaStreamEndCapture(ranks[0].stream, &graph));
  DO(cudaGraphDestroy(graph));
  close_ranks(ranks, 2);
}

static void captures_fork_and_join(void) {
  struct rank ranks[1];
  stream_t side;
  void *events[2];
  void *graph;
  void *executable;
  open_devices(ranks, 1);
  DO(cudaStreamCreateWithFlags(&side, 1));
  DO(cudaEventCreateWithFlags(&events[0], 2));
  DO(cudaEventCreateWithFlags(&events[1], 2));
  DO(cudaStreamBeginCapture(ranks[0].stream, 1));
  DO(cudaEventRecord(events[0], ranks[0].stream));
  DO(cudaStreamWaitEvent(side, events[0], 0));
  DO(cudaMemsetAsync(ranks[0].buffer, 1, 4, side));
  DO(cudaEventRecord(events[1], side));
  DO(cudaStreamWaitEvent(ranks[0].stream, events[1], 0));
  DO(cudaMemsetAsync(ranks[0].buffer, 2, 2, ranks[0].stream));
  DO(cudaStreamEndCapture(ranks[0].stream, &graph));
  DO(cudaGraphInstantiateWithFlags(&executable, graph, 0));
  DO(cudaGraphLaunch(executable, ranks[0].stream));
  EXPECT(0x01010202, get_int(ranks, 0, 0));
  DO(cudaGraphExecDestroy(executable));
  DO(cudaGraphDestroy(graph));
  DO(cudaStreamBeginCapture(ranks[0].stream, 1));
  DO(cudaEventRecord(events[0], ranks[0].stream));
  DO(cudaStreamWaitEvent(side, events[0], 0));
  DO(cudaMemsetAsync(ranks[0].buffer, 1, 4, side));
  EXPECT(904, cudaStreamEndCapture(ranks[0].stream, &graph));
  DO(cudaStreamDestroy(side));
  DO(cudaEventDestroy(events[0]));
  DO(cudaEventDestroy(events[1]));
  DO(cudaStreamDestroy(ranks[0].stream));
  DO(cudaFree(ranks[0].buffer));
}

static void await_success(comm_t comm) {
  int error = IN_PROGRESS;
  while (error == IN_PROGRESS) {
    DO(ncclCommGetAsyncError(comm, &error));
  }
  DO(error);
}

static void open_nonblocking(struct rank *ranks, int count) {
  struct config config = nonblocking();
  id_t128 id;
  open_devices(ranks, count);
  DO(ncclGetUniqueId(&id));
  for (int i = 0; i < count; i++) {
    DO(cudaSetDevice(i));
    EXPECT(IN_PROGRESS, ncclCommInitRankConfig(&ranks[i].comm, count, id, i, &config));
  }
  for (int i = 0; i < count; i++) {
    await_success(ranks[i].comm);
  }
}

/* The calls of all ranks are made one after the other by this thread: only nonblocking ones can be. */
static void children_come_later(void) {
  struct rank ranks[RANKS];
  open_nonblocking(ranks, RANKS);
  comm_t children[RANKS];
  DO(stub_configure("joining", "20000"));
  for (int i = 0; i < RANKS; i++) {
    DO(ncclCommSplit(ranks[i].comm, i % 2, -i, &children[i], NULL));
    EXPECT(true, children[i] == NULL);
  }
  DO(stub_configure("joining", "200"));
  for (int i = 0; i < RANKS; i++) {
    await_success(ranks[i].comm);
    int rank;
    DO(ncclCommUserRank(children[i], &rank));
    EXPECT(1 - i / 2, rank);
    DO(ncclCommDestroy(children[i]));
  }
  int first[] = {0}; /* rank 0 does not call, and is in the next one all the same */
  for (int i = 1; i < RANKS; i++) {
    DO(ncclCommShrink(ranks[i].comm, first, 1, &children[i], NULL, 0));
  }
  for (int i = 1; i < RANKS; i++) {
    await_success(ranks[i].comm);
    DO(ncclCommDestroy(children[i]));
  }
  int excluded[] = {1};
  for (int i = 0; i < RANKS; i++) {
    if (i != 1) {
      DO(ncclCommShrink(ranks[i].comm, excluded, 1, &children[i], NULL, 1));
    }
  }
  for (int i = 0; i < RANKS; i++) {
    if (i != 1) {
      await_success(ranks[i].comm);
      int rank;
      DO(ncclCommUserRank(children[i], &rank));
      EXPECT(i == 0 ? 0 : i - 1, rank);
      DO(ncclCommDestroy(children[i]));
    }
  }
  close_ranks(ranks, RANKS);
}

static void communicators_grow(void) {
  struct rank ranks[3];
  open_nonblocking(ranks, 2);
  comm_t grown[3];
  id_t128 id;
  struct config config = nonblocking();
  DO(ncclCommGetUniqueId(ranks[0].comm, &id));
  DO(ncclCommGrow(ranks[1].comm, 3, NULL, -1, &grown[1], NULL));
  DO(cudaSetDevice(2));
  EXPECT(IN_PROGRESS, ncclCommGrow(NULL, 3, &id, 2, &grown[2], &config));
  DO(ncclCommGrow(ranks[0].comm, 3, &id, -1, &grown[0], NULL));
  await_success(ranks[0].comm);
  await_success(ranks[1].comm);
  await_success(grown[2]);
  for (int i = 0; i < 3; i++) {
    int rank;
    DO(ncclCommUserRank(grown[i], &rank));
    EXPECT(i, rank);
    DO(ncclCommDestroy(grown[i]));
  }
  close_ranks(ranks, 2);
}

static void first_launch_is_late(void) {
  struct rank ranks[2];
  open_nonblocking(ranks, 2);
  put_int(ranks, 0, 1);
  put_int(ranks, 1, 2);
  for (int i = 0; i < 2; i++) {
    EXPECT(IN_PROGRESS, ncclAllReduce(ranks[i].buffer, ranks[i].buffer, 1, INT32, SUM, ranks[i].comm, ranks[i].stream));
  }
  VIOLATES(1, EXPECT(INVALID_ARGUMENT,
                     ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream)));
  await_success(ranks[0].comm);
  await_success(ranks[1].comm);
  EXPECT(3, get_int(ranks, 0, 0));
  for (int i = 0; i < 2; i++) {
    DO(ncclAllReduce(ranks[i].buffer, ranks[i].buffer, 1, INT32, SUM, ranks[i].comm, ranks[i].stream));
  }
  EXPECT(6, get_int(ranks, 1, 0));
  close_ranks(ranks, 2);
}

static void abort_and_revoke_drain_streams(void) {
  struct rank ranks[2];
  open_ranks(ranks, 2);
  DO(ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream));
  usleep(2000);
  EXPECT(NOT_READY, cudaStreamQuery(ranks[0].stream));
  DO(ncclCommRevoke(ranks[0].comm, 0));
  DO(cudaStreamSynchronize(ranks[0].stream));
  EXPECT(INVALID_USAGE, ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream));
  DO(ncclRecv(ranks[1].buffer, 1, INT32, 0, ranks[1].comm, ranks[1].stream));
  DO(ncclCommAbort(ranks[1].comm));
  DO(cudaStreamSynchronize(ranks[1].stream));
  ranks[1].comm = NULL;
  close_ranks(ranks, 2);
}

static void faults_come_when_told(void) {
  struct rank ranks[2];
  open_ranks(ranks, 2);
  DO(stub_configure("fail", "ncclAllReduce:2:3"));
  DO(ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 0, INT32, SUM, ranks[0].comm, ranks[0].stream));
  EXPECT(3, ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 0, INT32, SUM, ranks[0].comm, ranks[0].stream));
  DO(ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 0, INT32, SUM, ranks[0].comm, ranks[0].stream));
  DO(stub_configure("async", "6"));
  DO(ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream));
  int error = 0;
  while (error == 0) {
    DO(ncclCommGetAsyncError(ranks[0].comm, &error));
  }
  EXPECT(6, error);
  EXPECT(NOT_READY, cudaStreamQuery(ranks[0].stream));
  DO(ncclCommAbort(ranks[0].comm));
  ranks[0].comm = NULL;
  DO(stub_configure("init", "3"));
  comm_t refused[2];
  EXPECT(3, ncclCommInitAll(refused, 2, NULL));
  DO(stub_configure("init", "ok"));
  EXPECT(22, stub_configure("no such key", "1"));
  close_ranks(ranks, 2);
}

static void arguments_are_checked(void) {
  struct rank ranks[2];
  open_ranks(ranks, 2);
  int *b = ranks[0].buffer;
  comm_t comm = ranks[0].comm;
  stream_t stream = ranks[0].stream;
  DO(cudaSetDevice(0));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(b, b, 1, 12, SUM, comm, stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(b, b, 1, -1, SUM, comm, stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(b, b, 1, INT32, 5, comm, stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(b, b, 1025, INT32, SUM, comm, stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(b, b + 1, 2, INT32, SUM, comm, stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(b, b, 1, INT32, SUM, comm, ranks[1].stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(ranks[1].buffer, b, 1, INT32, SUM, comm, stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclAllReduce(b, b, 1, INT32, SUM, b, stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclCommCount(NULL, &(int){0})));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclSend(b, 1, INT32, 2, comm, stream)));
  VIOLATES(1, EXPECT(1, cudaMemcpyAsync(b, b, 4, HOST_TO_DEVICE, stream)));
  VIOLATES(1, EXPECT(400, cudaMemsetAsync(b, 0, 4, ranks[1].stream)));
  VIOLATES(1, EXPECT(1, cudaMemsetAsync(b, 0, 4097, stream)));
  id_t128 id;
  DO(ncclGetUniqueId(&id));
  for (int i = 0; i < 128; i += 127) {
    id_t128 bad = id;
    bad.bytes[i] ^= 1;
    VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclCommInitRank(&comm, 1, bad, 0)));
  }
  struct config config = nonblocking();
  config.magic = 1;
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclCommInitRankConfig(&comm, 1, id, 0, &config)));
  config = nonblocking();
  config.size = 80;
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclCommInitRankConfig(&comm, 1, id, 0, &config)));
  config = nonblocking();
  config.version = 22700;
  config.rest[6] = 1; /* graphUsageMode */
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclCommInitRankConfig(&comm, 1, id, 0, &config)));
  config = nonblocking();
  config.min_ctas = 2; /* refused by the real one too, for lack of the other */
  VIOLATES(0, EXPECT(INVALID_ARGUMENT, ncclCommInitRankConfig(&comm, 1, id, 0, &config)));
  EXPECT(INVALID_USAGE, ncclGroupEnd());
  close_ranks(ranks, 2);
  VIOLATES(1, EXPECT(1, cudaFree(b)));
  VIOLATES(1, EXPECT(400, cudaStreamQuery(stream)));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclCommDestroy(ranks[0].comm)));
}

static void use_after_free_is_seen(void) {
  struct rank ranks[1];
  open_ranks(ranks, 1);
  void *memory;
  DO(cudaMallocAsync(&memory, 64, ranks[0].stream));
  DO(stub_configure("stopped", "1"));
  DO(cudaFreeAsync(memory, ranks[0].stream));
  DO(cudaMemsetAsync(memory, 0, 64, ranks[0].stream));
  VIOLATES(1, {
    DO(stub_configure("stopped", "0"));
    EXPECT(700, cudaStreamSynchronize(ranks[0].stream));
  });
  DO(cudaStreamDestroy(ranks[0].stream));
  DO(cudaStreamCreateWithFlags(&ranks[0].stream, 1));
  close_ranks(ranks, 1);
}

static void operators_scale(void) {
  struct rank ranks[2];
  open_ranks(ranks, 2);
  int ops[2];
  for (int i = 0; i < 2; i++) {
    put_int(ranks, i, 10);
    int scalar = i + 2;
    DO(ncclRedOpCreatePreMulSum(&ops[i], &scalar, INT32, 1, ranks[i].comm));
  }
  DO(ncclGroupStart());
  for (int i = 0; i < 2; i++) {
    DO(ncclAllReduce(ranks[i].buffer, ranks[i].buffer, 1, INT32, ops[i], ranks[i].comm, ranks[i].stream));
    DO(ncclRedOpDestroy(ops[i], ranks[i].comm));
  }
  DO(ncclGroupEnd());
  EXPECT(50, get_int(ranks, 1, 0));
  VIOLATES(1, EXPECT(INVALID_ARGUMENT, ncclRedOpDestroy(ops[0], ranks[0].comm)));
  close_ranks(ranks, 2);
}

static void windows_and_signals(void) {
  struct rank ranks[2];
  void *memory[2];
  void *windows[2];
  open_nonblocking(ranks, 2);
  for (int i = 0; i < 2; i++) {
    DO(cudaSetDevice(i));
    DO(ncclMemAlloc(&memory[i], 4096));
    EXPECT(IN_PROGRESS, ncclCommWindowRegister(ranks[i].comm, memory[i], 4096, &windows[i], 1));
  }
  await_success(ranks[0].comm);
  await_success(ranks[1].comm);
  put_int(ranks, 0, 42);
  char *source = (char *)memory[0] + 1024;
  DO(cudaSetDevice(0));
  DO(cudaMemcpyAsync(source, ranks[0].buffer, 4, DEVICE_TO_DEVICE, ranks[0].stream));
  EXPECT(INVALID_ARGUMENT, ncclPutSignal(ranks[0].buffer, 1, INT32, 1, windows[0], 8, 0, 0, 0, ranks[0].comm, ranks[0].stream));
  EXPECT(INVALID_ARGUMENT, ncclPutSignal(source, 1, INT32, 1, windows[0], 8, 1, 0, 0, ranks[0].comm, ranks[0].stream));
  EXPECT(INVALID_ARGUMENT, ncclPutSignal(source, 1, INT32, 1, windows[0], 8, 0, 1, 0, ranks[0].comm, ranks[0].stream));
  EXPECT(IN_PROGRESS, ncclPutSignal(source, 1, INT32, 1, windows[0], 8, 0, 0, 0, ranks[0].comm, ranks[0].stream));
  int wait[] = {1, 0, 0, 0};
  EXPECT(IN_PROGRESS, ncclWaitSignal(1, wait, ranks[1].comm, ranks[1].stream));
  await_success(ranks[0].comm);
  await_success(ranks[1].comm);
  int value = 0;
  DO(cudaSetDevice(1));
  DO(cudaMemcpyAsync(&value, (char *)memory[1] + 8, sizeof value, DEVICE_TO_HOST, ranks[1].stream));
  DO(cudaStreamSynchronize(ranks[1].stream));
  EXPECT(42, value);
  for (int i = 0; i < 2; i++) {
    DO(ncclCommWindowDeregister(ranks[i].comm, windows[i]));
    DO(ncclMemFree(memory[i]));
  }
  close_ranks(ranks, 2);
}

static void simulations_launch_nothing(void) {
  struct {
    size_t size;
    unsigned magic;
    unsigned version;
    float micros;
  } info = {24, 0x74685283, 23007, -1.0f};
  struct rank ranks[1];
  open_ranks(ranks, 1);
  put_int(ranks, 0, 5);
  DO(ncclGroupStart());
  DO(ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream));
  DO(ncclGroupSimulateEnd(&info));
  EXPECT(true, info.micros > 0);
  uint64_t bytes;
  DO(ncclCommMemStats(ranks[0].comm, 3, &bytes));
  DO(ncclCommSuspend(ranks[0].comm, 1));
  EXPECT(INVALID_USAGE, ncclAllReduce(ranks[0].buffer, ranks[0].buffer, 1, INT32, SUM, ranks[0].comm, ranks[0].stream));
  DO(ncclCommResume(ranks[0].comm));
  const char **keys;
  int count;
  DO(ncclParamGetAllParameterKeys(&keys, &count));
  EXPECT(0, strcmp(keys[0], "NCCL_DEBUG"));
  close_ranks(ranks, 1);
}

static void numbers_follow_the_rules(void) {
  struct rank ranks[2];
  open_ranks(ranks, 2);
  /* 8-bit floats saturate; 0x7e is 448. */
  for (int i = 0; i < 2; i++) {
    DO(cudaSetDevice(i));
    DO(cudaMemsetAsync(ranks[i].buffer, 0x7e, 1024, ranks[i].stream));
  }
  DO(ncclGroupStart());
  for (int i = 0; i < 2; i++) {
    DO(ncclAllReduce(ranks[i].buffer, ranks[i].buffer, 1024, FLOAT8_E4M3, SUM, ranks[i].comm, ranks[i].stream));
  }
  DO(ncclGroupEnd());
  EXPECT(0x7e7e7e7e, get_int(ranks, 1, 255));
  /* Means of integers go toward zero, and what wraps, wraps. */
  put_int(ranks, 0, -3);
  put_int(ranks, 1, -4);
  DO(ncclGroupStart());
  for (int i = 0; i < 2; i++) {
    DO(ncclAllReduce(ranks[i].buffer, ranks[i].buffer, 1, INT32, AVG, ranks[i].comm, ranks[i].stream));
  }
  DO(ncclGroupEnd());
  EXPECT(-3, get_int(ranks, 0, 0));
  close_ranks(ranks, 2);
}

static void memory_is_counted(void) {
  size_t before;
  size_t after;
  size_t total;
  void *memory;
  DO(cudaSetDevice(0));
  DO(cudaMemGetInfo(&before, &total));
  DO(cudaMalloc(&memory, 1 << 20));
  DO(cudaMemGetInfo(&after, &total));
  EXPECT(1 << 20, before - after);
  DO(cudaFree(memory));
  DO(cudaMemGetInfo(&after, &total));
  EXPECT(before, after);
  EXPECT(2, cudaMalloc(&memory, (size_t)1 << 60));
  DO(cudaHostAlloc(&memory, 4096, 0));
  memset(memory, 1, 4096);
  DO(cudaFreeHost(memory));
}

int main(void) {
  static const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {
      {"single thread drives all devices", single_thread_drives_all_devices},
      {"threads meet by id", threads_meet_by_id},
      {"streams are asynchronous", streams_are_asynchronous},
      {"events take the time", events_take_the_time},
      {"sends meet receives", sends_meet_receives},
      {"graphs run again", graphs_run_again},
      {"captures fork and join", captures_fork_and_join},
      {"the first launch wants a relaxed capture", the_first_launch_wants_a_relaxed_capture},
      {"children come later", children_come_later},
      {"communicators grow", communicators_grow},
      {"first launch is late", first_launch_is_late},
      {"abort and revoke drain streams", abort_and_revoke_drain_streams},
      {"faults come when told", faults_come_when_told},
      {"arguments are checked", arguments_are_checked},
      {"use after free is seen", use_after_free_is_seen},
      {"operators scale", operators_scale},
      {"windows and signals", windows_and_signals},
      {"simulations launch nothing", simulations_launch_nothing},
      {"numbers follow the rules", numbers_follow_the_rules},
      {"memory is counted", memory_is_counted},
  };
  alarm(60); /* nothing here takes a second */
  int count = sizeof tests / sizeof tests[0];
  for (int i = 0; i < count; i++) {
    test = tests[i].name;
    long before = stub_violations();
    tests[i].run();
    fprintf(stderr, "passed: %s (%ld violations, as told)\n", test, stub_violations() - before);
  }
  printf("%d tests passed\n", count);
  return 0;
}
