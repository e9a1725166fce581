// The calls and nothing else, in C: what the library and the hardware give. The shapes and sizes are those of nccl-tests.
//
// usage: loop NCCL CUDART OPERATIONS MIN MAX FACTOR ITERATIONS WARMUPS FIRST COUNT SIZE ID_FILE [LAUNCHES]
//   FIRST COUNT SIZE  this process drives the ranks FIRST to FIRST + COUNT - 1 of SIZE, each on the device of its number
//   ID_FILE           where rank 0 leaves the unique id for the other processes
//   LAUNCHES          captures the iterations as one graph for each device, and launches it so many times
// The buffers are ncclMemAlloc's where the library has that, as those of nccl-tests and ccl perf are: graphs let the
// ranks reach such memory directly.
// Prints "operation,bytes,microseconds" for each size, in the process of rank 0.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 16, FLOAT = 7, SUM = 0, ALIGNMENT = 16, NON_BLOCKING = 1, CAPTURE_RELAXED = 2 };
typedef struct { char bytes[128]; } Id;

static int (*getUniqueId)(Id *);
static int (*initRank)(void **, int, Id, int);
static int (*destroy)(void *);
static int (*groupStart)(void);
static int (*groupEnd)(void);
static int (*allReduce)(const void *, void *, size_t, int, int, void *, void *);
static int (*allGather)(const void *, void *, size_t, int, void *, void *);
static int (*reduceScatter)(const void *, void *, size_t, int, int, void *, void *);
static int (*sendTo)(const void *, size_t, int, int, void *, void *);
static int (*recvFrom)(void *, size_t, int, int, void *, void *);
static int (*setDevice)(int);
static int (*allocate)(void **, size_t);
static int (*fill)(void *, int, size_t);
static int (*streamCreate)(void **, unsigned);
static int (*streamSynchronize)(void *);
static int (*beginCapture)(void *, int);
static int (*endCapture)(void *, void **);
static int (*instantiate)(void **, void *, unsigned long long);
static int (*launch)(void *, void *);
static int (*destroyGraph)(void *);
static int (*destroyExec)(void *);

static void die(const char *what) {
  fprintf(stderr, "loop: %s\n", what);
  exit(1);
}

static void ok(int code, const char *what) {
  if (code != 0) {
    fprintf(stderr, "loop: %s gave %d\n", what, code);
    exit(1);
  }
}

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) die(name);
  return found;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int first, count, size;
static void *comms[MOST], *streams[MOST], *sends[MOST], *recvs[MOST];

static void call(char operation, size_t elements) {
  if (count > 1) groupStart();
  for (int i = 0; i < count; i++) {
    int rank = first + i;
    if (operation == 'r') {
      allReduce(sends[i], recvs[i], elements, FLOAT, SUM, comms[i], streams[i]);
    } else if (operation == 'g') {
      allGather(sends[i], recvs[i], elements, FLOAT, comms[i], streams[i]);
    } else if (operation == 's') {
      reduceScatter(sends[i], recvs[i], elements, FLOAT, SUM, comms[i], streams[i]);
    } else {
      groupStart();
      sendTo(sends[i], elements, FLOAT, (rank + 1) % size, comms[i], streams[i]);
      recvFrom(recvs[i], elements, FLOAT, (rank + size - 1) % size, comms[i], streams[i]);
      groupEnd();
    }
  }
  if (count > 1) groupEnd();
}

static void wait(void) {
  for (int i = 0; i < count; i++) ok(streamSynchronize(streams[i]), "cudaStreamSynchronize");
}

static double timeCalls(char operation, size_t elements, int iterations) {
  double start = now();
  for (int i = 0; i < iterations; i++) call(operation, elements);
  wait();
  return (now() - start) / iterations;
}

static double timeGraph(char operation, size_t elements, int iterations, int launches) {
  void *graphs[MOST], *execs[MOST];
  for (int i = 0; i < count; i++) {
    ok(setDevice(first + i), "cudaSetDevice");
    ok(beginCapture(streams[i], CAPTURE_RELAXED), "cudaStreamBeginCapture");
  }
  for (int i = 0; i < iterations; i++) call(operation, elements);
  for (int i = 0; i < count; i++) {
    ok(setDevice(first + i), "cudaSetDevice");
    ok(endCapture(streams[i], &graphs[i]), "cudaStreamEndCapture");
    ok(instantiate(&execs[i], graphs[i], 0), "cudaGraphInstantiateWithFlags");
  }
  double start = now();
  for (int l = 0; l < launches; l++) {
    for (int i = 0; i < count; i++) {
      if (count > 1) ok(setDevice(first + i), "cudaSetDevice");
      ok(launch(execs[i], streams[i]), "cudaGraphLaunch");
    }
  }
  wait();
  double each = (now() - start) / iterations / launches;
  for (int i = 0; i < count; i++) {
    ok(destroyExec(execs[i]), "cudaGraphExecDestroy");
    ok(destroyGraph(graphs[i]), "cudaGraphDestroy");
  }
  return each;
}

static Id exchange(const char *file) {
  Id id;
  if (first == 0) {
    ok(getUniqueId(&id), "ncclGetUniqueId");
    if (count < size) {
      char part[4096];
      snprintf(part, sizeof part, "%s.part", file);
      FILE *f = fopen(part, "wb");
      if (!f || fwrite(&id, sizeof id, 1, f) != 1 || fclose(f) || rename(part, file)) die("cannot write the id");
    }
    return id;
  }
  for (int i = 0; i < 600; i++) {
    FILE *f = fopen(file, "rb");
    if (f) {
      size_t read = fread(&id, sizeof id, 1, f);
      fclose(f);
      if (read == 1) return id;
    }
    usleep(100000);
  }
  die("no id came");
  return id;
}

int main(int n, char **args) {
  if (n != 13 && n != 14) die("wrong number of arguments; see the head of loop.c");
  void *nccl = dlopen(args[1], RTLD_NOW | RTLD_LOCAL);
  if (!nccl) die(dlerror());
  void *cudart = dlopen(args[2], RTLD_NOW | RTLD_LOCAL);
  if (!cudart) die(dlerror());
  getUniqueId = symbol(nccl, "ncclGetUniqueId");
  initRank = symbol(nccl, "ncclCommInitRank");
  destroy = symbol(nccl, "ncclCommDestroy");
  groupStart = symbol(nccl, "ncclGroupStart");
  groupEnd = symbol(nccl, "ncclGroupEnd");
  allReduce = symbol(nccl, "ncclAllReduce");
  allGather = symbol(nccl, "ncclAllGather");
  reduceScatter = symbol(nccl, "ncclReduceScatter");
  sendTo = symbol(nccl, "ncclSend");
  recvFrom = symbol(nccl, "ncclRecv");
  setDevice = symbol(cudart, "cudaSetDevice");
  allocate = dlsym(nccl, "ncclMemAlloc");
  if (!allocate) allocate = symbol(cudart, "cudaMalloc");
  fill = symbol(cudart, "cudaMemset");
  streamCreate = symbol(cudart, "cudaStreamCreateWithFlags");
  streamSynchronize = symbol(cudart, "cudaStreamSynchronize");
  int launches = n == 14 ? atoi(args[13]) : 0;
  if (launches) {
    beginCapture = symbol(cudart, "cudaStreamBeginCapture");
    endCapture = symbol(cudart, "cudaStreamEndCapture");
    instantiate = symbol(cudart, "cudaGraphInstantiateWithFlags");
    launch = symbol(cudart, "cudaGraphLaunch");
    destroyGraph = symbol(cudart, "cudaGraphDestroy");
    destroyExec = symbol(cudart, "cudaGraphExecDestroy");
  }

  size_t min = strtoull(args[4], 0, 10), max = strtoull(args[5], 0, 10), factor = strtoull(args[6], 0, 10);
  int iterations = atoi(args[7]), warmups = atoi(args[8]);
  first = atoi(args[9]);
  count = atoi(args[10]);
  size = atoi(args[11]);
  if (count < 1 || count > MOST || factor < 2) die("COUNT or FACTOR is out of range");
  Id id = exchange(args[12]);
  groupStart();
  for (int i = 0; i < count; i++) {
    ok(setDevice(first + i), "cudaSetDevice");
    ok(allocate(&sends[i], max), "allocating memory");
    ok(allocate(&recvs[i], max), "allocating memory");
    // No zeros: 0x3e3e3e3e is a small float.
    ok(fill(sends[i], 0x3e, max), "cudaMemset");
    ok(streamCreate(&streams[i], NON_BLOCKING), "cudaStreamCreateWithFlags");
    ok(initRank(&comms[i], size, id, first + i), "ncclCommInitRank");
  }
  ok(groupEnd(), "ncclGroupEnd");

  char *list = strdup(args[3]);
  for (char *name = strtok(list, ","); name; name = strtok(0, ",")) {
    char operation = !strcmp(name, "all_reduce")       ? 'r'
                     : !strcmp(name, "all_gather")     ? 'g'
                     : !strcmp(name, "reduce_scatter") ? 's'
                     : !strcmp(name, "sendrecv")       ? 'p'
                                                       : 0;
    if (!operation) die("no such operation");
    for (size_t bytes = min; bytes <= max; bytes *= factor) {
      size_t elements = bytes / 4;
      if (operation == 'g' || operation == 's') elements = elements / size / (ALIGNMENT / 4) * (ALIGNMENT / 4);
      if (!elements) continue;
      for (int i = 0; i < warmups; i++) {
        call(operation, elements);
        wait();
      }
      double each = launches ? timeGraph(operation, elements, iterations, launches) : timeCalls(operation, elements, iterations);
      if (first == 0) printf("%s,%zu,%.3f\n", name, bytes, each);
    }
  }
  for (int i = 0; i < count; i++) destroy(comms[i]);
  return 0;
}
