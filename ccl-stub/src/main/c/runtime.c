/*
 * Devices, streams, events and graphs. A stream is a queue with a thread of its own, so that what is enqueued really
 * happens later and beside the caller. A graph is a list of works that each launch enqueues again.
 */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A moment in a stream: what an event stands for from one record to the next. */
struct mark {
  int references;
  bool done;
  int64_t time;
  pthread_cond_t changed;
};

enum op_kind { OP_WORK, OP_RECORD, OP_WAIT };

struct op {
  struct op *next;
  enum op_kind kind;
  struct work *work;
  void *ticket;
  struct mark *mark;
  uint64_t number; /* over all streams */
  int64_t ready_at;
};

struct stream {
  struct stream *next; /* of all streams */
  void *handle;
  int device;
  int priority;
  struct op *head; /* stays here while it runs */
  struct op *tail;
  uint64_t enqueued;
  uint64_t completed;
  bool closing;
  int error; /* once an operation has failed */
  struct capture *capture;
  int branch;
  pthread_cond_t work;
  pthread_cond_t progress;
};

struct node {
  int branch;
  enum op_kind kind;
  struct work *work;
  int slot; /* which record of the capture */
};

/* What was enqueued while streams were captured; afterwards the graph. */
struct capture {
  int references;
  bool open;
  bool invalid;
  int mode;
  pthread_t thread;
  int device;
  struct stream **streams;
  int branches;
  struct node *nodes;
  int count;
  int room;
  int slots;
};

struct executable {
  struct capture *graph;
  struct stream **side; /* for the branches but the first */
  struct mark *last;
};

struct event {
  void *handle;
  int device;
  bool timing;
  struct mark *mark;
  struct capture *capture; /* when the newest record was captured */
  int slot;
};

enum { MOST_DEVICES = 1024, LEAST_PRIORITY = 0, GREATEST_PRIORITY = -5 };

static _Thread_local int current_device;
static _Thread_local int last_error;
static _Thread_local int strict_captures; /* of this thread, in a mode that forbids unsafe calls */
static _Thread_local int capture_mode;

static struct stream *streams;
static struct stream *implicit[MOST_DEVICES];
static bool peers[MOST_DEVICES][MOST_DEVICES];
static uint64_t op_numbers;
static int device_waiters;
static pthread_cond_t device_progress;

__attribute__((constructor)) static void prepare(void) { stub_cond_init(&device_progress); }

int runtime_current_device(void) { return current_device; }

int rt_note(int result) {
  if (result != RT_SUCCESS && result != RT_NOT_READY) {
    last_error = result;
  }
  return result;
}

int rt_last_error(bool clear) {
  int error = last_error;
  if (clear) {
    last_error = RT_SUCCESS;
  }
  return error;
}

int rt_fault(const char *prefix, const char *function) {
  stub_lock();
  int code = stub_fault(prefix, function);
  stub_unlock();
  return code;
}

static const struct {
  int code;
  const char *name;
  const char *text;
} ERRORS[] = {
    {RT_SUCCESS, "Success", "no error"},
    {RT_INVALID_VALUE, "ErrorInvalidValue", "invalid argument"},
    {RT_OUT_OF_MEMORY, "ErrorMemoryAllocation", "out of memory"},
    {RT_INVALID_DEVICE, "ErrorInvalidDevice", "invalid device ordinal"},
    {RT_INVALID_HANDLE, "ErrorInvalidResourceHandle", "invalid resource handle"},
    {RT_NOT_READY, "ErrorNotReady", "device not ready"},
    {RT_ILLEGAL_ADDRESS, "ErrorIllegalAddress", "an illegal memory access was encountered"},
    {RT_PEER_ENABLED, "ErrorPeerAccessAlreadyEnabled", "peer access is already enabled"},
    {RT_PEER_NOT_ENABLED, "ErrorPeerAccessNotEnabled", "peer access has not been enabled"},
    {RT_CAPTURE_UNSUPPORTED, "ErrorStreamCaptureUnsupported", "operation not permitted when stream is capturing"},
    {RT_CAPTURE_INVALIDATED, "ErrorStreamCaptureInvalidated", "capture failed because of an earlier error"},
    {RT_CAPTURE_UNMATCHED, "ErrorStreamCaptureUnmatched", "the capture was not begun on this stream"},
    {RT_CAPTURE_UNJOINED, "ErrorStreamCaptureUnjoined", "a stream that joined the capture was not joined back"},
    {RT_CAPTURE_ISOLATION, "ErrorStreamCaptureIsolation", "the capture would depend on work outside of it"},
    {RT_CAPTURED_EVENT, "ErrorCapturedEvent", "operation not permitted on an event recorded in a capture"},
    {RT_CAPTURE_WRONG_THREAD, "ErrorStreamCaptureWrongThread", "the capture was begun by another thread"},
};

static size_t error_index(int code) {
  size_t count = sizeof ERRORS / sizeof ERRORS[0];
  for (size_t i = 0; i < count; i++) {
    if (ERRORS[i].code == code) {
      return i;
    }
  }
  return count;
}

const char *rt_error_name(int result) {
  size_t i = error_index(result);
  return i < sizeof ERRORS / sizeof ERRORS[0] ? ERRORS[i].name : "ErrorUnknown";
}

const char *rt_error_text(int result) {
  size_t i = error_index(result);
  return i < sizeof ERRORS / sizeof ERRORS[0] ? ERRORS[i].text : "unrecognized error code";
}

/* ---- marks and works ---- */

static struct mark *mark_new(void) {
  struct mark *mark = calloc(1, sizeof *mark);
  mark->references = 1;
  stub_cond_init(&mark->changed);
  return mark;
}

static struct mark *mark_keep(struct mark *mark) {
  mark->references++;
  return mark;
}

static void mark_drop(struct mark *mark) {
  if (mark != NULL && --mark->references == 0) {
    pthread_cond_destroy(&mark->changed);
    free(mark);
  }
}

static void work_drop(struct work *work) {
  if (--work->references == 0) {
    work->release(work);
  }
}

static void free_work(struct work *work) { free(work); }

/* ---- streams ---- */

static void run_op(struct stream *stream, struct op *op) {
  switch (op->kind) {
    case OP_RECORD:
      op->mark->time = stub_now();
      op->mark->done = true;
      pthread_cond_broadcast(&op->mark->changed);
      break;
    case OP_WAIT:
      while (!op->mark->done) {
        stub_wait(&op->mark->changed);
      }
      break;
    default: {
      stub_unlock();
      int result = op->work->run(op->work, op->ticket);
      stub_lock();
      if (result != RT_SUCCESS && stream->error == RT_SUCCESS) {
        stream->error = result;
      }
      work_drop(op->work);
    }
  }
  if (op->kind != OP_WORK) {
    mark_drop(op->mark);
  }
}

static void await_start(struct stream *stream, const struct op *op) {
  while (stub_settings.stopped || stub_now() < op->ready_at) {
    int64_t until = stub_settings.stopped ? stub_now() + 1000000 : op->ready_at;
    stub_wait_until(&stream->work, until);
  }
}

static void *serve(void *argument) {
  struct stream *stream = argument;
  stub_lock();
  for (;;) {
    while (stream->head == NULL && !stream->closing) {
      stub_wait(&stream->work);
    }
    struct op *op = stream->head;
    if (op == NULL) {
      break;
    }
    await_start(stream, op);
    run_op(stream, op);
    stream->head = op->next;
    free(op);
    stream->completed++;
    pthread_cond_broadcast(&stream->progress);
    if (device_waiters > 0) {
      pthread_cond_broadcast(&device_progress);
    }
  }
  for (struct stream **link = &streams; *link != NULL; link = &(*link)->next) {
    if (*link == stream) {
      *link = stream->next;
      break;
    }
  }
  stub_unlock();
  pthread_cond_destroy(&stream->work);
  pthread_cond_destroy(&stream->progress);
  free(stream);
  return NULL;
}

void runtime_start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  /* Reductions keep some blocks on the stack. */
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  if (pthread_create(&thread, &attributes, body, argument) != 0) {
    fprintf(stderr, "stub: no thread can be made\n");
    abort();
  }
  pthread_attr_destroy(&attributes);
}

static struct stream *stream_new(int device, int priority) {
  struct stream *stream = calloc(1, sizeof *stream);
  stream->device = device;
  stream->priority = priority;
  stub_cond_init(&stream->work);
  stub_cond_init(&stream->progress);
  stream->next = streams;
  streams = stream;
  runtime_start_thread(serve, stream);
  return stream;
}

/* Its thread ends it, once all is done. */
static void stream_close(struct stream *stream) {
  stream->closing = true;
  pthread_cond_signal(&stream->work);
}

static void push(struct stream *stream, enum op_kind kind, struct work *work, struct mark *mark) {
  struct op *op = calloc(1, sizeof *op);
  op->kind = kind;
  op->work = work;
  op->mark = mark;
  op->number = ++op_numbers;
  op->ticket = work != NULL && work->ticket != NULL ? work->ticket(work) : NULL;
  if (stream->head == NULL) {
    op->ready_at = stub_settings.latency_nanos > 0 ? stub_now() + stub_settings.latency_nanos : 0;
    stream->head = op;
  } else {
    stream->tail->next = op;
  }
  stream->tail = op;
  stream->enqueued++;
  pthread_cond_signal(&stream->work);
}

static void capture_add(struct stream *stream, enum op_kind kind, struct work *work, int slot) {
  struct capture *capture = stream->capture;
  if (capture->count == capture->room) {
    capture->room = capture->room == 0 ? 16 : 2 * capture->room;
    capture->nodes = realloc(capture->nodes, (size_t)capture->room * sizeof *capture->nodes);
  }
  capture->nodes[capture->count++] = (struct node){stream->branch, kind, work, slot};
}

void stream_enqueue(struct stream *stream, struct work *work) {
  if (stream->capture != NULL) {
    capture_add(stream, OP_WORK, work, 0);
  } else {
    push(stream, OP_WORK, work, NULL);
  }
}

static void capture_join(struct capture *capture, struct stream *stream) {
  capture->streams = realloc(capture->streams, (size_t)(capture->branches + 1) * sizeof *capture->streams);
  capture->streams[capture->branches] = stream;
  stream->capture = capture;
  stream->branch = capture->branches++;
}

void stream_follow(struct stream *stream, struct stream *leader) {
  if (leader->capture != NULL) {
    struct capture *capture = leader->capture;
    int slot = capture->slots++;
    capture_add(leader, OP_RECORD, NULL, slot);
    if (stream->capture == NULL) {
      capture_join(capture, stream);
    }
    capture_add(stream, OP_WAIT, NULL, slot);
  } else {
    struct mark *mark = mark_new();
    push(leader, OP_RECORD, NULL, mark_keep(mark));
    push(stream, OP_WAIT, NULL, mark);
  }
}

int stream_device(const struct stream *stream) { return stream->device; }

const void *stream_capture(const struct stream *stream) { return stream->capture; }

struct stream *stream_of(const void *handle, const char *function, int *result) {
  if (handle == NULL) {
    if (implicit[current_device] == NULL) {
      implicit[current_device] = stream_new(current_device, LEAST_PRIORITY);
    }
    return implicit[current_device];
  }
  const char *reason;
  struct stream *stream = handle_body(handle, HANDLE_STREAM, &reason);
  if (stream == NULL) {
    stub_violation("%s: stream %s", function, reason);
    *result = RT_INVALID_HANDLE;
  }
  return stream;
}

/* A stream to enqueue on: one of the current device. */
static struct stream *own_stream(const void *handle, const char *function, int *result) {
  struct stream *stream = stream_of(handle, function, result);
  if (stream != NULL && stream->device != current_device) {
    stub_violation("%s: the stream is of device %d, the thread's device is %d", function, stream->device, current_device);
    *result = RT_INVALID_HANDLE;
    return NULL;
  }
  if (stream != NULL && stream->capture != NULL && stream->capture->invalid) {
    *result = RT_CAPTURE_INVALIDATED;
    return NULL;
  }
  return stream;
}

void runtime_await_device(int device) {
  uint64_t newest = op_numbers;
  device_waiters++;
  for (;;) {
    bool busy = false;
    for (struct stream *stream = streams; stream != NULL; stream = stream->next) {
      busy |= stream->device == device && stream->head != NULL && stream->head->number <= newest;
    }
    if (!busy) {
      break;
    }
    stub_wait(&device_progress);
  }
  device_waiters--;
}

bool capture_forbids(void) { return strict_captures > 0 && capture_mode != 2; }

/* Gives the lock back and passes the result on. */
static int done(int result) {
  stub_unlock();
  return result;
}

/* ---- devices ---- */

int rt_count(int *count) {
  *count = stub_settings.devices;
  return stub_settings.devices > 0 ? RT_SUCCESS : 100;
}

static bool is_device(int device) { return device >= 0 && device < stub_settings.devices; }

int rt_set_device(int device) {
  if (!is_device(device)) {
    return RT_INVALID_DEVICE;
  }
  current_device = device;
  return RT_SUCCESS;
}

int rt_get_device(int *device) {
  *device = current_device;
  return RT_SUCCESS;
}

int rt_device_synchronize(void) {
  stub_lock();
  if (capture_forbids()) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  runtime_await_device(current_device);
  return done(RT_SUCCESS);
}

int rt_memory_info(size_t *left, size_t *total) {
  stub_lock();
  *left = memory_left(current_device);
  *total = stub_settings.memory;
  return done(RT_SUCCESS);
}

int rt_can_access_peer(int *can, int device, int peer) {
  if (!is_device(device) || !is_device(peer)) {
    return RT_INVALID_DEVICE;
  }
  *can = device != peer;
  return RT_SUCCESS;
}

int rt_enable_peer(int peer, unsigned flags) {
  if (!is_device(peer) || peer == current_device) {
    return RT_INVALID_DEVICE;
  }
  if (flags != 0) {
    return RT_INVALID_VALUE;
  }
  stub_lock();
  bool before = peers[current_device][peer];
  peers[current_device][peer] = true;
  return done(before ? RT_PEER_ENABLED : RT_SUCCESS);
}

int rt_disable_peer(int peer) {
  if (!is_device(peer)) {
    return RT_INVALID_DEVICE;
  }
  stub_lock();
  bool before = peers[current_device][peer];
  peers[current_device][peer] = false;
  return done(before ? RT_SUCCESS : RT_PEER_NOT_ENABLED);
}

int rt_bus_id(char *text, int room, int device) {
  if (!is_device(device)) {
    return RT_INVALID_DEVICE;
  }
  return snprintf(text, (size_t)room, "%04X:%02X:00.0", device / 256, device % 256) < room ? RT_SUCCESS : RT_INVALID_VALUE;
}

int rt_device_name(char *text, int room, int device) {
  if (!is_device(device)) {
    return RT_INVALID_DEVICE;
  }
  snprintf(text, (size_t)room, "Stub Device %d", device);
  return RT_SUCCESS;
}

int rt_attribute(int *value, int attribute, int device) {
  enum { COMPUTE_CAPABILITY_MAJOR = 75, COMPUTE_CAPABILITY_MINOR = 76, MEMORY_POOLS = 115 };
  if (!is_device(device)) {
    return RT_INVALID_DEVICE;
  }
  *value = attribute == COMPUTE_CAPABILITY_MAJOR ? 9 : attribute == MEMORY_POOLS ? 1 : 0;
  return RT_SUCCESS;
}

/* ---- memory ---- */

static int allocate(void **address, size_t bytes, int device, enum memory_kind kind) {
  if (bytes == 0) {
    *address = NULL;
    return RT_SUCCESS;
  }
  struct allocation *allocation = memory_new(device, bytes, kind);
  if (allocation == NULL) {
    return RT_OUT_OF_MEMORY;
  }
  *address = (void *)allocation->base;
  return RT_SUCCESS;
}

int rt_malloc(void **address, size_t bytes) {
  stub_lock();
  if (capture_forbids()) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  return done(allocate(address, bytes, current_device, MEMORY_PLAIN));
}

int rt_malloc_host(void **address, size_t bytes) {
  stub_lock();
  if (capture_forbids()) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  return done(allocate(address, bytes, -1, MEMORY_PINNED));
}

/* The live allocation that begins at an address, of a kind that may be freed this way. */
static struct allocation *to_free(const void *address, const char *function, bool (*fits)(enum memory_kind)) {
  struct allocation *found = memory_find(address);
  if (found == NULL || found->base != (uintptr_t)address || !fits(found->kind)) {
    stub_violation("%s: %p is nothing that it could free", function, address);
    return NULL;
  }
  if (!found->live) {
    stub_violation("%s: %p was freed before", function, address);
    return NULL;
  }
  return found;
}

static bool is_plain_or_ordered(enum memory_kind kind) { return kind == MEMORY_PLAIN || kind == MEMORY_ORDERED; }
static bool is_ordered(enum memory_kind kind) { return kind == MEMORY_ORDERED; }
static bool is_pinned(enum memory_kind kind) { return kind == MEMORY_PINNED; }

int rt_free(void *address) {
  if (address == NULL) {
    return RT_SUCCESS;
  }
  stub_lock();
  if (capture_forbids()) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  struct allocation *found = to_free(address, "Free", is_plain_or_ordered);
  if (found == NULL) {
    return done(RT_INVALID_VALUE);
  }
  if (stub_settings.free_waits) {
    runtime_await_device(found->device);
  }
  memory_end(found);
  return done(RT_SUCCESS);
}

int rt_free_host(void *address) {
  if (address == NULL) {
    return RT_SUCCESS;
  }
  stub_lock();
  if (capture_forbids()) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  struct allocation *found = to_free(address, "FreeHost", is_pinned);
  if (found == NULL) {
    return done(RT_INVALID_VALUE);
  }
  memory_end(found);
  return done(RT_SUCCESS);
}

int rt_malloc_ordered(void **address, size_t bytes, void *handle) {
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = own_stream(handle, "MallocAsync", &result);
  if (stream == NULL) {
    return done(result);
  }
  if (stream->capture != NULL) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  return done(allocate(address, bytes, current_device, MEMORY_ORDERED));
}

struct free_work {
  struct work work;
  struct allocation *allocation;
};

static int run_free(struct work *work, void *ticket) {
  (void)ticket;
  stub_lock();
  memory_end(((struct free_work *)work)->allocation);
  return done(RT_SUCCESS);
}

int rt_free_ordered(void *address, void *handle) {
  if (address == NULL) {
    return RT_SUCCESS;
  }
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = own_stream(handle, "FreeAsync", &result);
  if (stream == NULL) {
    return done(result);
  }
  if (stream->capture != NULL) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  struct allocation *found = to_free(address, "FreeAsync", is_ordered);
  if (found == NULL) {
    return done(RT_INVALID_VALUE);
  }
  struct free_work *work = calloc(1, sizeof *work);
  *work = (struct free_work){{1, NULL, run_free, free_work}, found};
  stream_enqueue(stream, &work->work);
  return done(RT_SUCCESS);
}

/* ---- copies ---- */

enum copy_kind { HOST_TO_HOST, HOST_TO_DEVICE, DEVICE_TO_HOST, DEVICE_TO_DEVICE, BY_ADDRESS };

struct copy_work {
  struct work work;
  void *target;
  const void *source; /* NULL: fill */
  size_t bytes;
  int value;
};

static int device_of(const void *address) {
  struct allocation *found = memory_find(address);
  return found == NULL ? -1 : found->device;
}

static bool check_copy(const struct copy_work *copy, const char *when) {
  char reason[200];
  bool good = memory_check(copy->target, copy->bytes, device_of(copy->target), "target", reason, sizeof reason) &&
              (copy->source == NULL ||
               memory_check(copy->source, copy->bytes, device_of(copy->source), "source", reason, sizeof reason));
  if (!good) {
    stub_violation("%s of a %s: %s", when, copy->source == NULL ? "fill" : "copy", reason);
  }
  return good;
}

static int run_copy(struct work *work, void *ticket) {
  (void)ticket;
  const struct copy_work *copy = (struct copy_work *)work;
  stub_lock();
  bool good = check_copy(copy, "running");
  stub_unlock();
  if (!good) {
    return RT_ILLEGAL_ADDRESS;
  }
  if (copy->source == NULL) {
    memset(copy->target, copy->value, copy->bytes);
  } else {
    memmove(copy->target, copy->source, copy->bytes);
  }
  return RT_SUCCESS;
}

/* Locked. Waits for what a stream has got by now. */
static int await_stream(struct stream *stream) {
  uint64_t newest = stream->enqueued;
  while (stream->completed < newest) {
    stub_wait(&stream->progress);
  }
  return stream->error;
}

static int enqueue_copy(struct copy_work copy, void *handle, bool wait, const char *function) {
  int result = RT_SUCCESS;
  struct stream *stream = own_stream(handle, function, &result);
  if (stream == NULL) {
    return result;
  }
  if (wait && capture_forbids()) {
    return RT_CAPTURE_UNSUPPORTED;
  }
  if (copy.bytes == 0) {
    return RT_SUCCESS;
  }
  if (!check_copy(&copy, "enqueueing")) {
    return RT_INVALID_VALUE;
  }
  struct copy_work *work = malloc(sizeof *work);
  *work = copy;
  work->work = (struct work){1, NULL, run_copy, free_work};
  stream_enqueue(stream, &work->work);
  return wait ? await_stream(stream) : RT_SUCCESS;
}

int rt_copy(void *target, const void *source, size_t bytes, int kind, void *stream, bool wait) {
  stub_lock();
  bool to_device = device_of(target) >= 0;
  bool from_device = device_of(source) >= 0;
  enum copy_kind actual = (from_device ? DEVICE_TO_HOST : HOST_TO_HOST) + (to_device ? HOST_TO_DEVICE : 0);
  if (bytes > 0 && kind != BY_ADDRESS && kind != (int)actual) {
    stub_violation("Memcpy of kind %d from %p to %p: the addresses are those of kind %d", kind, source, target, (int)actual);
    return done(RT_INVALID_VALUE);
  }
  struct copy_work copy = {.target = target, .source = source, .bytes = bytes};
  return done(enqueue_copy(copy, stream, wait, "Memcpy"));
}

int rt_fill(void *target, int value, size_t bytes, void *stream, bool wait) {
  stub_lock();
  if (bytes > 0 && device_of(target) < 0) {
    stub_violation("Memset: %p is not memory of a device", target);
    return done(RT_INVALID_VALUE);
  }
  struct copy_work fill = {.target = target, .bytes = bytes, .value = value};
  return done(enqueue_copy(fill, stream, wait, "Memset"));
}

/* ---- the calls on streams ---- */

int rt_stream_create(void **handle, unsigned flags, int priority) {
  if (flags > 1) {
    return RT_INVALID_VALUE;
  }
  stub_lock();
  if (!is_device(current_device)) {
    return done(RT_INVALID_DEVICE);
  }
  int least = priority > LEAST_PRIORITY ? LEAST_PRIORITY : priority;
  struct stream *stream = stream_new(current_device, least < GREATEST_PRIORITY ? GREATEST_PRIORITY : least);
  stream->handle = handle_new(HANDLE_STREAM, stream);
  *handle = stream->handle;
  return done(RT_SUCCESS);
}

int rt_stream_destroy(void *handle) {
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = handle == NULL ? NULL : stream_of(handle, "StreamDestroy", &result);
  if (stream == NULL) {
    return done(result == RT_SUCCESS ? RT_INVALID_HANDLE : result);
  }
  if (stream->capture != NULL) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  handle_end(handle);
  stream_close(stream);
  return done(RT_SUCCESS);
}

int rt_stream_query(void *handle) {
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = stream_of(handle, "StreamQuery", &result);
  if (stream == NULL) {
    return done(result);
  }
  if (stream->capture != NULL) {
    stream->capture->invalid = true;
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  return done(stream->error != RT_SUCCESS ? stream->error : stream->head == NULL ? RT_SUCCESS : RT_NOT_READY);
}

int rt_stream_synchronize(void *handle) {
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = stream_of(handle, "StreamSynchronize", &result);
  if (stream == NULL) {
    return done(result);
  }
  if (stream->capture != NULL) {
    stream->capture->invalid = true;
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  return done(await_stream(stream));
}

int rt_stream_priority(void *handle, int *priority) {
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = stream_of(handle, "StreamGetPriority", &result);
  if (stream != NULL) {
    *priority = stream->priority;
  }
  return done(result);
}

int rt_priority_range(int *least, int *greatest) {
  *least = LEAST_PRIORITY;
  *greatest = GREATEST_PRIORITY;
  return RT_SUCCESS;
}

struct host_work {
  struct work work;
  void (*function)(void *);
  void *argument;
};

static int run_host(struct work *work, void *ticket) {
  (void)ticket;
  const struct host_work *host = (struct host_work *)work;
  host->function(host->argument);
  return RT_SUCCESS;
}

int rt_host_function(void *handle, void (*function)(void *), void *argument) {
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = own_stream(handle, "LaunchHostFunc", &result);
  if (stream == NULL) {
    return done(result);
  }
  struct host_work *work = malloc(sizeof *work);
  *work = (struct host_work){{1, NULL, run_host, free_work}, function, argument};
  stream_enqueue(stream, &work->work);
  return done(RT_SUCCESS);
}

/* ---- captures and graphs ---- */

static void capture_drop(struct capture *capture) {
  if (capture == NULL || --capture->references > 0) {
    return;
  }
  for (int i = 0; i < capture->count; i++) {
    if (capture->nodes[i].work != NULL) {
      work_drop(capture->nodes[i].work);
    }
  }
  free(capture->nodes);
  free(capture->streams);
  free(capture);
}

int rt_capture_begin(void *handle, int mode) {
  if (mode < 0 || mode > 2) {
    return RT_INVALID_VALUE;
  }
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = own_stream(handle, "StreamBeginCapture", &result);
  if (stream == NULL) {
    return done(result);
  }
  if (handle == NULL || stream->capture != NULL) {
    return done(handle == NULL ? RT_CAPTURE_UNSUPPORTED : RT_INVALID_VALUE);
  }
  struct capture *capture = calloc(1, sizeof *capture);
  capture->references = 1;
  capture->open = true;
  capture->mode = mode;
  capture->thread = pthread_self();
  capture->device = stream->device;
  capture_join(capture, stream);
  if (mode != 2) {
    strict_captures++;
  }
  return done(RT_SUCCESS);
}

/*
 * Whether everything leads to the end of the first stream. Backwards: a wait that leads there makes the record it
 * waits for lead there, and with it all that comes before that record on its stream.
 */
static bool all_joined(const struct capture *capture) {
  bool *leads = calloc((size_t)capture->branches, sizeof *leads);
  bool *awaited = calloc((size_t)capture->slots + 1, sizeof *awaited);
  bool joined = true;
  leads[0] = true;
  for (int i = capture->count - 1; i >= 0; i--) {
    const struct node *node = &capture->nodes[i];
    if (node->kind == OP_RECORD && awaited[node->slot]) {
      leads[node->branch] = true;
    }
    if (node->kind == OP_WAIT && leads[node->branch]) {
      awaited[node->slot] = true;
    }
    joined &= node->kind == OP_RECORD || leads[node->branch];
  }
  free(leads);
  free(awaited);
  return joined;
}

int rt_capture_end(void *handle, void **graph) {
  stub_lock();
  *graph = NULL;
  int result = RT_SUCCESS;
  struct stream *stream = stream_of(handle, "StreamEndCapture", &result);
  if (stream == NULL) {
    return done(result);
  }
  struct capture *capture = stream->capture;
  if (capture == NULL) {
    return done(RT_INVALID_VALUE);
  }
  if (stream->branch != 0) {
    return done(RT_CAPTURE_UNMATCHED);
  }
  if (capture->mode != 2) {
    if (!pthread_equal(capture->thread, pthread_self())) {
      return done(RT_CAPTURE_WRONG_THREAD);
    }
    strict_captures--;
  }
  capture->open = false;
  for (int i = 0; i < capture->branches; i++) {
    capture->streams[i]->capture = NULL;
  }
  if (capture->invalid || !all_joined(capture)) {
    result = capture->invalid ? RT_CAPTURE_INVALIDATED : RT_CAPTURE_UNJOINED;
    capture_drop(capture);
    return done(result);
  }
  *graph = handle_new(HANDLE_GRAPH, capture);
  return done(RT_SUCCESS);
}

int rt_capture_status(void *handle, int *status) {
  stub_lock();
  int result = RT_SUCCESS;
  struct stream *stream = stream_of(handle, "StreamIsCapturing", &result);
  if (stream != NULL) {
    *status = stream->capture == NULL ? 0 : stream->capture->invalid ? 2 : 1;
  }
  return done(result);
}

int rt_capture_mode(int *mode) {
  int before = capture_mode;
  capture_mode = *mode;
  *mode = before;
  return RT_SUCCESS;
}

static void *body_of(const void *handle, enum handle_kind kind, const char *function) {
  const char *reason;
  void *body = handle_body(handle, kind, &reason);
  if (body == NULL) {
    stub_violation("%s: %s", function, reason);
  }
  return body;
}

int rt_graph_instantiate(void **handle, void *graph, unsigned long long flags) {
  stub_lock();
  struct capture *capture = body_of(graph, HANDLE_GRAPH, "GraphInstantiate");
  if (capture == NULL || flags != 0) {
    return done(RT_INVALID_VALUE);
  }
  if (capture_forbids()) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  struct executable *executable = calloc(1, sizeof *executable);
  capture->references++;
  executable->graph = capture;
  executable->side = calloc((size_t)capture->branches, sizeof *executable->side);
  for (int i = 1; i < capture->branches; i++) {
    executable->side[i] = stream_new(capture->device, LEAST_PRIORITY);
  }
  *handle = handle_new(HANDLE_EXECUTABLE, executable);
  return done(RT_SUCCESS);
}

int rt_graph_launch(void *handle, void *stream_handle) {
  stub_lock();
  int result = RT_SUCCESS;
  struct executable *executable = body_of(handle, HANDLE_EXECUTABLE, "GraphLaunch");
  struct stream *stream = own_stream(stream_handle, "GraphLaunch", &result);
  if (executable == NULL || stream == NULL) {
    return done(executable == NULL ? RT_INVALID_VALUE : result);
  }
  struct capture *graph = executable->graph;
  if (stream->capture != NULL) {
    return done(RT_CAPTURE_UNSUPPORTED);
  }
  if (stream->device != graph->device) {
    stub_violation("GraphLaunch: the graph is of device %d, the stream of %d", graph->device, stream->device);
    return done(RT_INVALID_HANDLE);
  }
  /* Launches of one executable follow each other, whatever the streams. */
  if (executable->last != NULL) {
    push(stream, OP_WAIT, NULL, executable->last);
  }
  struct mark **marks = calloc((size_t)graph->slots + 1, sizeof *marks);
  for (int i = 0; i < graph->count; i++) {
    const struct node *node = &graph->nodes[i];
    struct stream *target = node->branch == 0 ? stream : executable->side[node->branch];
    if (node->kind == OP_WORK) {
      node->work->references++;
      push(target, OP_WORK, node->work, NULL);
    } else if (node->kind == OP_RECORD) {
      marks[node->slot] = mark_new();
      push(target, OP_RECORD, NULL, mark_keep(marks[node->slot]));
    } else {
      push(target, OP_WAIT, NULL, mark_keep(marks[node->slot]));
    }
  }
  for (int i = 0; i < graph->slots; i++) {
    mark_drop(marks[i]);
  }
  free(marks);
  executable->last = mark_new();
  push(stream, OP_RECORD, NULL, mark_keep(executable->last));
  return done(RT_SUCCESS);
}

int rt_graph_destroy(void *handle) {
  stub_lock();
  struct capture *capture = body_of(handle, HANDLE_GRAPH, "GraphDestroy");
  if (capture == NULL) {
    return done(RT_INVALID_VALUE);
  }
  handle_end(handle);
  capture_drop(capture);
  return done(RT_SUCCESS);
}

int rt_executable_destroy(void *handle) {
  stub_lock();
  struct executable *executable = body_of(handle, HANDLE_EXECUTABLE, "GraphExecDestroy");
  if (executable == NULL) {
    return done(RT_INVALID_VALUE);
  }
  handle_end(handle);
  for (int i = 1; i < executable->graph->branches; i++) {
    stream_close(executable->side[i]);
  }
  mark_drop(executable->last);
  capture_drop(executable->graph);
  free(executable->side);
  free(executable);
  return done(RT_SUCCESS);
}

/* ---- events ---- */

int rt_event_create(void **handle, unsigned flags) {
  enum { DISABLE_TIMING = 2, KNOWN_FLAGS = 7 };
  if (flags > KNOWN_FLAGS) {
    return RT_INVALID_VALUE;
  }
  stub_lock();
  struct event *event = calloc(1, sizeof *event);
  event->device = current_device;
  event->timing = (flags & DISABLE_TIMING) == 0;
  event->handle = handle_new(HANDLE_EVENT, event);
  *handle = event->handle;
  return done(RT_SUCCESS);
}

static void event_forget(struct event *event) {
  mark_drop(event->mark);
  capture_drop(event->capture);
  event->mark = NULL;
  event->capture = NULL;
}

int rt_event_destroy(void *handle) {
  stub_lock();
  struct event *event = body_of(handle, HANDLE_EVENT, "EventDestroy");
  if (event == NULL) {
    return done(RT_INVALID_HANDLE);
  }
  handle_end(handle);
  event_forget(event);
  free(event);
  return done(RT_SUCCESS);
}

int rt_event_record(void *handle, void *stream_handle) {
  stub_lock();
  int result = RT_SUCCESS;
  struct event *event = body_of(handle, HANDLE_EVENT, "EventRecord");
  struct stream *stream = own_stream(stream_handle, "EventRecord", &result);
  if (event == NULL || stream == NULL) {
    return done(event == NULL ? RT_INVALID_HANDLE : result);
  }
  if (event->device != stream->device) {
    stub_violation("EventRecord: the event is of device %d, the stream of %d", event->device, stream->device);
    return done(RT_INVALID_HANDLE);
  }
  event_forget(event);
  if (stream->capture != NULL) {
    event->capture = stream->capture;
    event->capture->references++;
    event->slot = event->capture->slots++;
    capture_add(stream, OP_RECORD, NULL, event->slot);
  } else {
    event->mark = mark_new();
    push(stream, OP_RECORD, NULL, mark_keep(event->mark));
  }
  return done(RT_SUCCESS);
}

int rt_stream_wait(void *stream_handle, void *handle, unsigned flags) {
  stub_lock();
  int result = RT_SUCCESS;
  struct event *event = body_of(handle, HANDLE_EVENT, "StreamWaitEvent");
  struct stream *stream = own_stream(stream_handle, "StreamWaitEvent", &result);
  if (event == NULL || stream == NULL) {
    return done(event == NULL ? RT_INVALID_HANDLE : result);
  }
  if (flags > 1) {
    return done(RT_INVALID_VALUE);
  }
  if (event->capture != NULL) {
    if (!event->capture->open) {
      return done(RT_CAPTURED_EVENT);
    }
    if (stream->capture == NULL) {
      capture_join(event->capture, stream);
    } else if (stream->capture != event->capture) {
      stream->capture->invalid = true;
      return done(RT_CAPTURE_ISOLATION);
    }
    capture_add(stream, OP_WAIT, NULL, event->slot);
  } else if (event->mark != NULL) {
    if (stream->capture != NULL) {
      stream->capture->invalid = true;
      return done(RT_CAPTURE_ISOLATION);
    }
    push(stream, OP_WAIT, NULL, mark_keep(event->mark));
  }
  return done(RT_SUCCESS);
}

int rt_event_query(void *handle) {
  stub_lock();
  struct event *event = body_of(handle, HANDLE_EVENT, "EventQuery");
  if (event == NULL) {
    return done(RT_INVALID_HANDLE);
  }
  if (event->capture != NULL) {
    return done(RT_CAPTURED_EVENT);
  }
  return done(event->mark == NULL || event->mark->done ? RT_SUCCESS : RT_NOT_READY);
}

int rt_event_synchronize(void *handle) {
  stub_lock();
  struct event *event = body_of(handle, HANDLE_EVENT, "EventSynchronize");
  if (event == NULL) {
    return done(RT_INVALID_HANDLE);
  }
  if (event->capture != NULL) {
    return done(RT_CAPTURED_EVENT);
  }
  if (event->mark != NULL) {
    struct mark *mark = mark_keep(event->mark);
    while (!mark->done) {
      stub_wait(&mark->changed);
    }
    mark_drop(mark);
  }
  return done(RT_SUCCESS);
}

int rt_event_elapsed(float *millis, void *start_handle, void *end_handle) {
  stub_lock();
  struct event *start = body_of(start_handle, HANDLE_EVENT, "EventElapsedTime");
  struct event *end = body_of(end_handle, HANDLE_EVENT, "EventElapsedTime");
  if (start == NULL || end == NULL) {
    return done(RT_INVALID_HANDLE);
  }
  if (!start->timing || !end->timing || start->mark == NULL || end->mark == NULL || start->device != end->device) {
    return done(RT_INVALID_HANDLE);
  }
  if (!start->mark->done || !end->mark->done) {
    return done(RT_NOT_READY);
  }
  *millis = (float)((double)(end->mark->time - start->mark->time) / 1e6);
  return done(RT_SUCCESS);
}
