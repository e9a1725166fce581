/*
 * What the parts of the stub share: one core (this library) that knows neither a vendor nor a version, and thin
 * libraries above it that give its functions the names and the signatures of a vendor.
 *
 * One lock guards everything but the bytes in device memory. Functions marked "locked" are called with it held.
 */
#ifndef STUB_CORE_H
#define STUB_CORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The core is compiled with hidden visibility; what the thin libraries and the tests call is marked. */
#define EXPORTED __attribute__((visibility("default")))

/* ---- control.c: lock, violations, settings, faults, handles ---- */

void stub_lock(void);
void stub_unlock(void);
/* Locked. Waits; wakes up for reasons of others too. */
void stub_wait(pthread_cond_t *changed);
/* Locked. As stub_wait, until a time of stub_now at the latest. */
void stub_wait_until(pthread_cond_t *changed, int64_t nanos);
void stub_cond_init(pthread_cond_t *changed);
/* Nanoseconds of the monotonic clock. */
int64_t stub_now(void);

/* Something that a correct caller does not do: printed, counted, and kept as the newest text. Locked or not. */
EXPORTED __attribute__((format(printf, 1, 2))) void stub_violation(const char *format, ...);
/* How many violations there were since the library was loaded. */
EXPORTED long stub_violations(void);
/* The newest violation; "" when there was none. Valid for good. */
EXPORTED const char *stub_last_violation(void);

/*
 * Settings; each can be given by an environment variable too (STUB_DEVICES and so on). 0, or 22 for a key or value
 * that is not known.
 *   devices     how many there are, 1 to 1024 (default 8)
 *   memory      bytes of each device (default 16 GiB)
 *   latency     microseconds before an idle stream starts the next operation (default 0)
 *   joining     microseconds between the arrival of the last rank and the end of the init (default 200)
 *   free        "waits" (as the real runtime does: a plain free waits for the device) or "at-once"
 *   lazy        "1": the first launch on a nonblocking communicator happens behind the caller's back (default), "0": not
 *   init        "ok", "hang", or a code with which every init is refused
 *   fail        FUNCTION:N:CODE: the n-th call from now of that function fails; "" ends it
 *   async       a code: the next collective that runs raises it as its communicator's asynchronous error
 *   stopped     "1": no stream starts anything until "0"
 */
EXPORTED int stub_configure(const char *key, const char *value);

struct settings {
  int devices;
  size_t memory;
  int64_t latency_nanos;
  int64_t joining_nanos;
  bool free_waits;
  bool lazy;
  bool init_hangs;
  int init_refused;
  int async;
  bool stopped;
};
extern struct settings stub_settings;

/* The code with which this call has to fail, or 0. Locked. */
int stub_fault(const char *prefix, const char *function);

enum handle_kind {
  HANDLE_STREAM = 1,
  HANDLE_EVENT,
  HANDLE_GRAPH,
  HANDLE_EXECUTABLE,
  HANDLE_COMMUNICATOR,
  HANDLE_WINDOW,
  HANDLE_REGISTRATION,
  HANDLE_KINDS
};
/* Locked. What callers hold instead of addresses of ours: never given out twice, so that a stale one is noticed. */
void *handle_new(enum handle_kind kind, void *body);
/* Locked. The body, or NULL with a reason for handles that are none, of another kind, or ended. */
void *handle_body(const void *handle, enum handle_kind kind, const char **reason);
/* Locked. */
void handle_end(void *handle);
/* Locked. Calls visit for each live handle of a kind. */
void handle_each(enum handle_kind kind, void (*visit)(void *body, void *context), void *context);

/* ---- memory.c: addresses ---- */

enum memory_kind { MEMORY_PLAIN = 1, MEMORY_ORDERED, MEMORY_LIBRARY, MEMORY_PINNED };
struct allocation {
  uintptr_t base;
  size_t size;
  int device; /* -1: on the host */
  enum memory_kind kind;
  bool live;
};
/* Locked. NULL when the device has too little left. Addresses are never given out twice. */
struct allocation *memory_new(int device, size_t bytes, enum memory_kind kind);
/* Locked. */
void memory_end(struct allocation *allocation);
/* Locked. What an address lies in, be it live or not; NULL for memory that is not of the stub. */
struct allocation *memory_find(const void *address);
/* Locked. Whether all bytes are live memory of that device, or of the host for -1; else says why. */
bool memory_check(const void *address, size_t bytes, int device, const char *what, char *reason, size_t room);
/* Locked. Free bytes of a device. */
size_t memory_left(int device);

/* ---- runtime.c: devices, streams, events, graphs ---- */

/* Result codes, with the numbers that CUDA and HIP share. */
enum {
  RT_SUCCESS = 0,
  RT_INVALID_VALUE = 1,
  RT_OUT_OF_MEMORY = 2,
  RT_INVALID_DEVICE = 101,
  RT_INVALID_HANDLE = 400,
  RT_NOT_READY = 600,
  RT_ILLEGAL_ADDRESS = 700,
  RT_PEER_ENABLED = 704,
  RT_PEER_NOT_ENABLED = 705,
  RT_CAPTURE_UNSUPPORTED = 900,
  RT_CAPTURE_INVALIDATED = 901,
  RT_CAPTURE_UNMATCHED = 903,
  RT_CAPTURE_UNJOINED = 904,
  RT_CAPTURE_ISOLATION = 905,
  RT_CAPTURED_EVENT = 907,
  RT_CAPTURE_WRONG_THREAD = 908
};

/*
 * Something that a stream does. Shared by a graph and its launches; each enqueueing may have a ticket of its own, such
 * as its place in the order of a communicator.
 */
struct work {
  int references;
  void *(*ticket)(struct work *work);            /* locked, when enqueued for real; may be NULL */
  int (*run)(struct work *work, void *ticket);   /* not locked, on the stream's thread; gives a result code */
  void (*release)(struct work *work);            /* locked, when nobody refers to it any more; frees it */
};

struct stream;
/* Locked. The stream of a handle, NULL with *result set if it is none. A null handle is the current device's own. */
struct stream *stream_of(const void *handle, const char *function, int *result);
int stream_device(const struct stream *stream);
/* The capture a stream is in, as something to compare, or NULL. Locked. */
const void *stream_capture(const struct stream *stream);
/* Whether this thread is in a capture whose mode forbids calls that may wait for a device. */
bool capture_forbids(void);
/* Locked. Takes over one reference to the work. */
void stream_enqueue(struct stream *stream, struct work *work);
/* Locked. Lets a stream wait for what another has got so far. */
void stream_follow(struct stream *stream, struct stream *leader);
/* The device of the calling thread. */
int runtime_current_device(void);
/* Makes a thread of the stub's own. */
void runtime_start_thread(void *(*body)(void *), void *argument);
/* Locked. Waits for the work that a device has now. */
void runtime_await_device(int device);

EXPORTED int rt_count(int *count);
EXPORTED int rt_set_device(int device);
EXPORTED int rt_get_device(int *device);
EXPORTED int rt_device_synchronize(void);
EXPORTED int rt_memory_info(size_t *left, size_t *total);
EXPORTED int rt_can_access_peer(int *can, int device, int peer);
EXPORTED int rt_enable_peer(int peer, unsigned flags);
EXPORTED int rt_disable_peer(int peer);
EXPORTED int rt_bus_id(char *text, int room, int device);
EXPORTED int rt_device_name(char *text, int room, int device);
EXPORTED int rt_attribute(int *value, int attribute, int device);
EXPORTED int rt_malloc(void **address, size_t bytes);
EXPORTED int rt_free(void *address);
EXPORTED int rt_malloc_ordered(void **address, size_t bytes, void *stream);
EXPORTED int rt_free_ordered(void *address, void *stream);
EXPORTED int rt_malloc_host(void **address, size_t bytes);
EXPORTED int rt_free_host(void *address);
EXPORTED int rt_copy(void *target, const void *source, size_t bytes, int kind, void *stream, bool wait);
EXPORTED int rt_fill(void *target, int value, size_t bytes, void *stream, bool wait);
EXPORTED int rt_stream_create(void **stream, unsigned flags, int priority);
EXPORTED int rt_stream_destroy(void *stream);
EXPORTED int rt_stream_query(void *stream);
EXPORTED int rt_stream_synchronize(void *stream);
EXPORTED int rt_stream_wait(void *stream, void *event, unsigned flags);
EXPORTED int rt_stream_priority(void *stream, int *priority);
EXPORTED int rt_priority_range(int *least, int *greatest);
EXPORTED int rt_host_function(void *stream, void (*function)(void *), void *argument);
EXPORTED int rt_event_create(void **event, unsigned flags);
EXPORTED int rt_event_destroy(void *event);
EXPORTED int rt_event_record(void *event, void *stream);
EXPORTED int rt_event_query(void *event);
EXPORTED int rt_event_synchronize(void *event);
EXPORTED int rt_event_elapsed(float *millis, void *start, void *end);
EXPORTED int rt_capture_begin(void *stream, int mode);
EXPORTED int rt_capture_end(void *stream, void **graph);
EXPORTED int rt_capture_status(void *stream, int *status);
EXPORTED int rt_capture_mode(int *mode);
EXPORTED int rt_graph_instantiate(void **executable, void *graph, unsigned long long flags);
EXPORTED int rt_graph_launch(void *executable, void *stream);
EXPORTED int rt_graph_destroy(void *graph);
EXPORTED int rt_executable_destroy(void *executable);
/* Remembers a failure for rt_last_error and passes it on; waits that are not over are none. */
EXPORTED int rt_note(int result);
EXPORTED int rt_last_error(bool clear);
/* The name without the vendor's prefix, such as ErrorNotReady, and a sentence. */
EXPORTED const char *rt_error_name(int result);
EXPORTED const char *rt_error_text(int result);
/* The code that this call has to fail with. */
EXPORTED int rt_fault(const char *prefix, const char *function);

/* ---- numbers.c: elements ---- */

enum type { INT8, UINT8, INT32, UINT32, INT64, UINT64, FLOAT16, FLOAT32, FLOAT64, BFLOAT16, FLOAT8_E4M3, FLOAT8_E5M2, TYPES };
enum operator { SUM, PROD, MAX, MIN, AVG, PRE_MUL_SUM };
size_t type_size(int type);
/*
 * Combines count elements of all sources, in their order, into every target that is not NULL. Scalars: for PRE_MUL_SUM
 * one element for each source. Targets may be the sources.
 */
void numbers_reduce(int type, int op, int sources, const void *const *source, const void *const *scalar, int targets,
                    void *const *target, size_t count);

#endif
