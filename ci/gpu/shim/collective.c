/*
 * The names of one version of a vendor's collective library over NCCL, which has to be at least as new. Chosen when
 * compiling:
 *   SHIM_PREFIX  nccl or mccl, without quotes
 *   SHIM_LEVEL   the version that it says it is, 10000 * major + 100 * minor + patch
 *   SHIM_VENDOR  AMD or MOORE_THREADS
 *
 * Communicators and streams are NCCL's and CUDA's own, passed as they are. Structures are read with the layout of the
 * version that the shim says it is, checked, and written anew for NCCL.
 */
#include "shim.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define AMD 2
#define MOORE_THREADS 3

#if SHIM_LEVEL > 22809
#error "the table ends with 2.28.9"
#endif

/* What Moore Threads added came all at once, late. */
#if SHIM_VENDOR == MOORE_THREADS
#define SINCE(level) (SHIM_LEVEL >= (level) && ((level) <= 20703 || SHIM_LEVEL >= 22800))
#else
#define SINCE(level) (SHIM_LEVEL >= (level))
#endif

enum { SUCCESS = 0, INTERNAL_ERROR = 3, INVALID_ARGUMENT = 4, INVALID_USAGE = 5 };

struct unique_id {
  char bytes[128];
};

/* ---- the library behind ---- */

#define SAME(name, parameters, arguments) AT_##name,
#define RENAMED(name, real, parameters, arguments) AT_##name,
#define OWN(real) AT_##real,
enum {
#include "collective.def"
  FUNCTIONS
};
#undef SAME
#undef RENAMED
#undef OWN

#define SAME(name, parameters, arguments) {"nccl" #name, NULL, 0},
#define RENAMED(name, real, parameters, arguments) {"nccl" #real, NULL, 0},
#define OWN(real) {"nccl" #real, NULL, 0},
static struct function functions[] = {
#include "collective.def"
};
#undef SAME
#undef RENAMED
#undef OWN

static const struct real nccl = {"CCL_SHIM_NCCL", NULL, functions, FUNCTIONS};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;

static void load(void) {
  usable = shim_load(&nccl);
  if (!usable) {
    return;
  }
  int version = 0;
  int status = ((int (*)(int *))functions[AT_GetVersion].address)(&version);
  if (status != SUCCESS || version < SHIM_LEVEL) {
    shim_complain("NCCL is %d (status %d); the shim stands for %d and needs as new a one", version, status, SHIM_LEVEL);
    usable = false;
  }
}

__attribute__((destructor)) static void unload(void) {
  shim_write_calls(SHIM_VENDOR == AMD ? "rccl" : "mccl", &nccl);
}

/* What the shim itself refused on this thread; empty once NCCL has been called again. */
static _Thread_local char refusal[256];

static bool begin(void) {
  pthread_once(&once, load);
  refusal[0] = 0;
  return usable;
}

#define REAL(name, parameters) ((int (*) parameters)shim_called(&functions[AT_##name]))

__attribute__((unused)) static int refuse(const char *function, const char *what, long long value) {
  snprintf(refusal, sizeof refusal, "%s%s: %s is %lld", QUOTED(SHIM_PREFIX), function, what, value);
  shim_complain("%s", refusal);
  return INVALID_ARGUMENT;
}

#define SAME(name, parameters, arguments) \
  EXPORTED int NAME(name) parameters { return begin() ? REAL(name, parameters) arguments : INTERNAL_ERROR; }
#define RENAMED(name, real, parameters, arguments) SAME(name, parameters, arguments)
#define OWN(real)
/* No header declares them: the backend looks them up by name. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "collective.def"

/* ---- version and texts ---- */

EXPORTED int NAME(GetVersion)(int *version) {
  if (!begin()) {
    return INTERNAL_ERROR;
  }
  *version = SHIM_LEVEL;
  return SUCCESS;
}

EXPORTED const char *NAME(GetErrorString)(int result) {
  return begin() ? ((const char *(*)(int))shim_called(&functions[AT_GetErrorString]))(result) : "the shim cannot be used";
}

#if SINCE(21304)
EXPORTED const char *NAME(GetLastError)(void *comm) {
  if (refusal[0] != 0) {
    return refusal;
  }
  return begin() ? ((const char *(*)(void *))shim_called(&functions[AT_GetLastError]))(comm) : "the shim cannot be used";
}
#endif

/* ---- structures ---- */

#if SINCE(21403)

/* As of 2.28; earlier versions end earlier. */
struct config {
  size_t size;
  unsigned magic;
  unsigned version;
  int blocking;
  int cluster_size;
  int min_ctas;
  int max_ctas;
  const char *network;
  int split_share;
  int traffic_class;
  const char *name;
  int collnet;
  int cta_policy;
  int shrink_share;
  int switch_ctas;
  int channels_per_network_peer;
  int link_centric;
};

_Static_assert(sizeof(struct config) == 80, "as in 2.28");
_Static_assert(offsetof(struct config, network) == 32, "as in 2.17");
_Static_assert(offsetof(struct config, name) == 48, "as in 2.27");

enum {
  SIZE_OF_LEVEL = SHIM_LEVEL >= 22800 ? 80 : SHIM_LEVEL >= 22700 ? 72 : SHIM_LEVEL >= 21800 ? 48 : SHIM_LEVEL >= 21700 ? 40 : 24,
  LEAST_SIZE = 24,
  LARGEST_VALUE = 1 << 16 /* of any option: what is above was something else */
};

static const unsigned CONFIG_MAGIC = 0xcafebeef;

/* From the caller's configuration to one for NCCL. */
static int convert(const char *function, const void *bytes, struct config *config) {
  const struct config nothing = {
      sizeof nothing, CONFIG_MAGIC, SHIM_LEVEL, INT_MIN, INT_MIN, INT_MIN, INT_MIN, NULL,    INT_MIN,
      INT_MIN,        NULL,         INT_MIN,    INT_MIN, INT_MIN, INT_MIN, INT_MIN, INT_MIN,
  };
  struct config given = nothing;
  memcpy(&given, bytes, LEAST_SIZE);
  if (given.magic != CONFIG_MAGIC) {
    return refuse(function, "the magic number of the configuration", given.magic);
  }
  if (given.size < LEAST_SIZE || given.size > 4096) {
    return refuse(function, "the size of the configuration", (long long)given.size);
  }
  if (given.version < 21400 || given.version > SHIM_LEVEL) {
    return refuse(function, "the version in the configuration", given.version);
  }
  memcpy(&given, bytes, given.size < SIZE_OF_LEVEL ? given.size : SIZE_OF_LEVEL);
  const int values[] = {
      given.blocking,      given.cluster_size, given.min_ctas,   given.max_ctas,     given.split_share, given.traffic_class,
      given.collnet,       given.cta_policy,   given.shrink_share, given.switch_ctas, given.channels_per_network_peer,
      given.link_centric,
  };
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    if (values[i] != INT_MIN && (values[i] < 0 || values[i] > LARGEST_VALUE)) {
      return refuse(function, "a value of the configuration", values[i]);
    }
  }
  *config = given;
  config->size = sizeof *config;
  return SUCCESS;
}

/* Makes a configuration, or nothing of nothing, and calls. */
#define CONFIGURED(name, parameters, arguments)           \
  EXPORTED int NAME(name) parameters {                    \
    if (!begin()) {                                       \
      return INTERNAL_ERROR;                              \
    }                                                     \
    struct config converted, *real = NULL;                \
    if (config != NULL) {                                 \
      int status = convert(#name, config, &converted);    \
      if (status != SUCCESS) {                            \
        return status;                                    \
      }                                                   \
      real = &converted;                                  \
    }                                                     \
    return REAL(name, parameters) arguments;              \
  }

CONFIGURED(CommInitRankConfig, (void **comm, int size, struct unique_id id, int rank, const void *config),
           (comm, size, id, rank, real))
#if SINCE(21801)
CONFIGURED(CommSplit, (void *comm, int color, int key, void **child, const void *config), (comm, color, key, child, real))
#endif
#if SHIM_VENDOR == AMD && SINCE(22304)
CONFIGURED(CommInitRankScalable,
           (void **comm, int size, int rank, int ids, const struct unique_id *id, const void *config),
           (comm, size, rank, ids, id, real))
#endif
#if SHIM_VENDOR == AMD && SINCE(22703)
CONFIGURED(CommShrink, (void *comm, const int *excluded, int count, void **child, const void *config, int flags),
           (comm, excluded, count, child, real, flags))
#endif
#endif

#if SINCE(22203)
struct simulation {
  size_t size;
  unsigned magic;
  unsigned version;
  float micros;
};

_Static_assert(sizeof(struct simulation) == 24, "as in 2.22");

EXPORTED int NAME(GroupSimulateEnd)(struct simulation *info) {
  if (!begin()) {
    return INTERNAL_ERROR;
  }
  if (info != NULL && info->magic != 0x74685283) {
    return refuse("GroupSimulateEnd", "the magic number of the estimate", info->magic);
  }
  if (info != NULL && info->size != sizeof *info) {
    return refuse("GroupSimulateEnd", "the size of the estimate", (long long)info->size);
  }
  if (info != NULL && info->version > SHIM_LEVEL) {
    return refuse("GroupSimulateEnd", "the version in the estimate", info->version);
  }
  struct simulation estimate = {sizeof estimate, 0x74685283, SHIM_LEVEL, -1.0f};
  int status = REAL(GroupSimulateEnd, (struct simulation *))(info == NULL ? NULL : &estimate);
  if (info != NULL) {
    info->micros = estimate.micros;
  }
  return status;
}
#endif

/* ---- what AMD alone has ---- */

#if SHIM_VENDOR == AMD
static size_t bytes_of(int type) {
  static const size_t bytes[] = {1, 1, 4, 4, 8, 8, 2, 4, 8, 2, 1, 1};
  return type >= 0 && type < (int)(sizeof bytes / sizeof *bytes) ? bytes[type] : 0;
}

static int all_to_all_v(const char *function, const char *send, const size_t *send_counts, const size_t *send_at, char *recv,
                        const size_t *recv_counts, const size_t *recv_at, int type, void *comm, void *stream) {
  if (!begin()) {
    return INTERNAL_ERROR;
  }
  size_t bytes = bytes_of(type);
  if (bytes == 0) {
    return refuse(function, "the type", type);
  }
  int size = 0;
  int status = REAL(CommCount, (const void *, int *))(comm, &size);
  if (status == SUCCESS) {
    status = REAL(GroupStart, (void))();
  }
  if (status != SUCCESS) {
    return status;
  }
  for (int peer = 0; peer < size && status == SUCCESS; peer++) {
    if (send_counts[peer] > 0) {
      status = REAL(Send, (const void *, size_t, int, int, void *, void *))(send + send_at[peer] * bytes, send_counts[peer],
                                                                            type, peer, comm, stream);
    }
    if (recv_counts[peer] > 0 && status == SUCCESS) {
      status = REAL(Recv, (void *, size_t, int, int, void *, void *))(recv + recv_at[peer] * bytes, recv_counts[peer], type,
                                                                      peer, comm, stream);
    }
  }
  int ended = REAL(GroupEnd, (void))();
  return status == SUCCESS ? ended : status;
}

EXPORTED int NAME(AllToAllv)(const void *send, const size_t *send_counts, const size_t *send_at, void *recv,
                             const size_t *recv_counts, const size_t *recv_at, int type, void *comm, void *stream) {
  return all_to_all_v("AllToAllv", send, send_counts, send_at, recv, recv_counts, recv_at, type, comm, stream);
}

#if SINCE(22803)
EXPORTED int NAME(AlltoAllv)(const void *send, const size_t *send_counts, const size_t *send_at, void *recv,
                             const size_t *recv_counts, const size_t *recv_at, int type, void *comm, void *stream) {
  return all_to_all_v("AlltoAllv", send, send_counts, send_at, recv, recv_counts, recv_at, type, comm, stream);
}
#endif

/* By these AMD's library is recognised. */
static int no_algorithms(const char *function) {
  shim_complain("%s is not to be called", function);
  return INVALID_USAGE;
}

EXPORTED int mscclLoadAlgo(const char *file, int *handle, int rank) {
  (void)file, (void)handle, (void)rank;
  return no_algorithms("mscclLoadAlgo");
}

EXPORTED int mscclUnloadAlgo(int handle) {
  (void)handle;
  return no_algorithms("mscclUnloadAlgo");
}
#endif
