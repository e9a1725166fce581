/* Lock, clock, violations, settings, faults and handles. */
#include "core.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void stub_lock(void) { pthread_mutex_lock(&lock); }

void stub_unlock(void) { pthread_mutex_unlock(&lock); }

void stub_wait(pthread_cond_t *changed) { pthread_cond_wait(changed, &lock); }

void stub_wait_until(pthread_cond_t *changed, int64_t nanos) {
  struct timespec time = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
  pthread_cond_timedwait(changed, &lock, &time);
}

void stub_cond_init(pthread_cond_t *changed) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(changed, &attributes);
  pthread_condattr_destroy(&attributes);
}

int64_t stub_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* ---- violations ---- */

static atomic_long violations;
/* Texts stay where they are, because the tests read the newest without a lock. */
enum { TEXTS = 64, TEXT_ROOM = 512 };
static char texts[TEXTS][TEXT_ROOM];
static const char *_Atomic newest = "";

void stub_violation(const char *format, ...) {
  long number = atomic_fetch_add(&violations, 1);
  char *text = texts[number % TEXTS];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, TEXT_ROOM, format, arguments);
  va_end(arguments);
  atomic_store(&newest, text);
  fprintf(stderr, "stub: violation: %s\n", text);
}

long stub_violations(void) { return atomic_load(&violations); }

const char *stub_last_violation(void) { return atomic_load(&newest); }

/* ---- settings ---- */

enum { MOST_DEVICES = 1024 };

struct settings stub_settings = {
    .devices = 8, .memory = (size_t)16 << 30, .joining_nanos = 200000, .free_waits = true, .lazy = true};

static struct {
  char function[64];
  long calls_left;
  int code;
} fault;

static bool parse(const char *text, long long low, long long high, long long *value) {
  char *end;
  errno = 0;
  *value = strtoll(text, &end, 10);
  return errno == 0 && end != text && *end == 0 && *value >= low && *value <= high;
}

static bool set_fault(const char *value) {
  long long calls;
  long long code;
  char function[64];
  char numbers[2][24];
  fault.calls_left = 0;
  if (*value == 0) {
    return true;
  }
  if (sscanf(value, "%63[^:]:%23[^:]:%23s", function, numbers[0], numbers[1]) != 3 ||
      !parse(numbers[0], 1, 1000000000, &calls) || !parse(numbers[1], 1, 100000, &code)) {
    return false;
  }
  memcpy(fault.function, function, sizeof function);
  fault.calls_left = (long)calls;
  fault.code = (int)code;
  return true;
}

static bool set(const char *key, const char *value) {
  long long number = 0;
  struct settings *settings = &stub_settings;
  if (strcmp(key, "devices") == 0) {
    bool good = parse(value, 0, MOST_DEVICES, &number);
    settings->devices = good ? (int)number : settings->devices;
    return good;
  }
  if (strcmp(key, "memory") == 0) {
    bool good = parse(value, 1, INT64_MAX, &number);
    settings->memory = good ? (size_t)number : settings->memory;
    return good;
  }
  if (strcmp(key, "latency") == 0) {
    bool good = parse(value, 0, 1000000, &number);
    settings->latency_nanos = good ? number * 1000 : settings->latency_nanos;
    return good;
  }
  if (strcmp(key, "joining") == 0) {
    bool good = parse(value, 0, 60000000, &number);
    settings->joining_nanos = good ? number * 1000 : settings->joining_nanos;
    return good;
  }
  if (strcmp(key, "free") == 0) {
    settings->free_waits = strcmp(value, "waits") == 0;
    return settings->free_waits || strcmp(value, "at-once") == 0;
  }
  if (strcmp(key, "lazy") == 0) {
    settings->lazy = strcmp(value, "0") != 0;
    return true;
  }
  if (strcmp(key, "stopped") == 0) {
    settings->stopped = strcmp(value, "0") != 0;
    return true;
  }
  if (strcmp(key, "init") == 0) {
    settings->init_hangs = strcmp(value, "hang") == 0;
    settings->init_refused = parse(value, 1, 100000, &number) ? (int)number : 0;
    return settings->init_hangs || settings->init_refused != 0 || strcmp(value, "ok") == 0;
  }
  if (strcmp(key, "async") == 0) {
    bool good = parse(value, 0, 100000, &number);
    settings->async = good ? (int)number : settings->async;
    return good;
  }
  return strcmp(key, "fail") == 0 && set_fault(value);
}

int stub_configure(const char *key, const char *value) {
  stub_lock();
  bool good = set(key, value);
  stub_unlock();
  return good ? 0 : EINVAL;
}

__attribute__((constructor)) static void read_environment(void) {
  static const char *const keys[] = {"devices", "memory", "latency", "joining", "free", "lazy", "init", "fail", "async"};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    char name[32] = "STUB_";
    for (size_t at = 0; keys[i][at] != 0; at++) {
      name[5 + at] = (char)(keys[i][at] - 'a' + 'A');
    }
    const char *value = getenv(name);
    if (value != NULL && stub_configure(keys[i], value) != 0) {
      fprintf(stderr, "stub: %s=%s is not understood\n", name, value);
      abort();
    }
  }
}

int stub_fault(const char *prefix, const char *function) {
  if (fault.calls_left == 0) {
    return 0;
  }
  size_t length = strlen(prefix);
  bool meant = strncmp(fault.function, prefix, length) == 0 && strcmp(fault.function + length, function) == 0;
  if (!meant) {
    return 0;
  }
  fault.calls_left--;
  return fault.calls_left == 0 ? fault.code : 0;
}

/* ---- handles ---- */

/* A slot for each handle that there ever was. A million of them is more than any test makes. */
enum { SLOTS = 1 << 21, SLOT_MAGIC = 0x53545542 };
struct slot {
  uint32_t magic;
  uint16_t kind;
  bool live;
  void *body;
};
static struct slot *slots;
static size_t used;
static const char *const KIND_NAMES[] = {
    "", "stream", "event", "graph", "executable graph", "communicator", "window", "registration"};

void *handle_new(enum handle_kind kind, void *body) {
  if (slots == NULL) {
    void *area = mmap(NULL, SLOTS * sizeof *slots, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) {
      abort();
    }
    slots = area;
  }
  if (used == SLOTS) {
    fprintf(stderr, "stub: no handle is left\n");
    abort();
  }
  struct slot *slot = &slots[used++];
  *slot = (struct slot){.magic = SLOT_MAGIC, .kind = (uint16_t)kind, .live = true, .body = body};
  return slot;
}

void *handle_body(const void *handle, enum handle_kind kind, const char **reason) {
  /* A thread that asks runs alone, and the text is used at once. */
  static _Thread_local char text[96];
  uintptr_t offset = (uintptr_t)handle - (uintptr_t)slots;
  if (handle == NULL || slots == NULL || offset >= used * sizeof *slots || offset % sizeof *slots != 0) {
    snprintf(text, sizeof text, "%p is no %s", handle, KIND_NAMES[kind]);
    *reason = text;
    return NULL;
  }
  const struct slot *slot = handle;
  if (slot->kind != kind || !slot->live) {
    snprintf(text, sizeof text, "%p is %s %s", handle, slot->live ? "a" : "an ended", KIND_NAMES[slot->kind]);
    *reason = text;
    return NULL;
  }
  return slot->body;
}

void handle_end(void *handle) { ((struct slot *)handle)->live = false; }

void handle_each(enum handle_kind kind, void (*visit)(void *body, void *context), void *context) {
  for (size_t i = 0; i < used; i++) {
    if (slots[i].kind == kind && slots[i].live) {
      visit(slots[i].body, context);
    }
  }
}
