/* Communicators: errors, configuration, life and end, memory. */
#include "ccl.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

pthread_cond_t comms_changed;

__attribute__((constructor)) static void prepare(void) { stub_cond_init(&comms_changed); }

/* ---- errors ---- */

/* One text per process, as in the real libraries. */
static char last_error[512];

static void note(const struct site *site, const char *format, va_list arguments) {
  int length = snprintf(last_error, sizeof last_error, "%s%s : ", site->library->prefix, site->function);
  vsnprintf(last_error + length, sizeof last_error - (size_t)length, format, arguments);
}

int site_enter(const struct site *site) {
  stub_lock();
  int code = stub_fault(site->library->prefix, site->function);
  return code == 0 ? CCL_SUCCESS : site_refuse(site, code, "failed because it was told to");
}

int site_leave(int result) {
  stub_unlock();
  return result;
}

int site_refuse(const struct site *site, int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(site, format, arguments);
  va_end(arguments);
  return code;
}

int site_violation(const struct site *site, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(site, format, arguments);
  va_end(arguments);
  stub_violation("%s", last_error);
  return CCL_INVALID_ARGUMENT;
}

const char *ccl_error_string(const struct site *site, int result) {
  static const char *const texts[] = {"no error",
                                      "unhandled device error",
                                      "unhandled system error",
                                      "internal error",
                                      "invalid argument",
                                      "invalid usage",
                                      "remote process exited or there was a network error",
                                      "operation in progress",
                                      "timeout"};
  int level = site->library->level;
  int known = level >= 23003 ? CCL_TIMEOUT : level >= 21400 ? CCL_IN_PROGRESS : level >= 21300 ? CCL_REMOTE_ERROR : CCL_INVALID_USAGE;
  return result >= 0 && result <= known ? texts[result] : "unknown result code";
}

const char *ccl_last_error(const struct site *site, const void *comm) {
  (void)comm;
  /* The real one returns its buffer too; here no other thread can change what the caller reads. */
  static _Thread_local char copy[sizeof last_error];
  stub_lock();
  memcpy(copy, last_error, sizeof copy);
  stub_unlock();
  (void)site;
  return copy;
}

int ccl_get_version(const struct site *site, int *version) {
  int level = site->library->level;
  int result = site_enter(site);
  if (result == CCL_SUCCESS && version == NULL) {
    result = site_violation(site, "version argument is NULL");
  }
  if (result == CCL_SUCCESS) {
    *version = level <= 20899 ? level / 10000 * 1000 + level % 10000 : level;
  }
  return site_leave(result);
}

/* ---- configuration ---- */

enum { CONFIG_MAGIC = 0xcafebeef, LARGEST = 128 };

/* The members behind size, magic and version. */
static const struct member {
  const char *name;
  size_t offset;
  int since; /* the level that has it */
  int reset; /* the version below which the library forgets it */
  bool text;
  int low;
  int high;
} MEMBERS[] = {
    {"blocking", 16, 21400, 21400, false, 0, 1},
    {"cgaClusterSize", 20, 21700, 21700, false, 0, 8},
    {"minCTAs", 24, 21700, 21700, false, 1, INT_MAX},
    {"maxCTAs", 28, 21700, 21700, false, 1, INT_MAX},
    {"netName", 32, 21700, 21700, true, 0, 0},
    {"splitShare", 40, 21800, 21800, false, 0, 1},
    {"trafficClass", 44, 22600, 22500, false, 0, INT_MAX},
    {"commName", 48, 22700, 22700, true, 0, 0},
    {"collnetEnable", 56, 22700, 22700, false, 0, 1},
    {"CTAPolicy", 60, 22700, 22700, false, 0, 3},
    {"shrinkShare", 64, 22700, 22700, false, 0, 1},
    {"nvlsCTAs", 68, 22700, 22700, false, 1, INT_MAX},
    {"nChannelsPerNetPeer", 72, 22800, 22800, false, 1, INT_MAX},
    {"nvlinkCentricSched", 76, 22800, 22800, false, 0, 1},
    {"graphUsageMode", 80, 22900, 22900, false, 0, 2},
    {"numRmaCtx", 84, 22900, 22900, false, 0, INT_MAX},
    {"maxP2pPeers", 88, 23003, 23000, false, 1, INT_MAX},
    {"graphStreamOrdering", 92, 23007, 23005, false, 0, 1},
    {"launchOrderImplicit", 96, 23100, 23100, false, 0, 1},
    {"numRmaSig", 100, 23100, 23100, false, 1, INT_MAX},
    {"rmaEagerInit", 104, 23100, 23100, false, 0, 1},
    {"hostCftMode", 108, 23100, 23100, false, 1, 3},
    {"nvlsHostMode", 112, 23200, 23200, false, 0, INT_MAX},
};

/* The sizes there are, by the version of the header that has them. */
static const struct {
  int since;
  size_t size;
} SIZES[] = {{21400, 24}, {21700, 40}, {21800, 48}, {22700, 72},  {22800, 80},
             {22900, 88}, {23003, 96}, {23100, 112}, {23200, 120}};
enum { SIZES_COUNT = sizeof SIZES / sizeof SIZES[0] };

static bool known_size(size_t size) {
  for (int i = 0; i < SIZES_COUNT; i++) {
    if (SIZES[i].size == size) {
      return true;
    }
  }
  return false;
}

/* What a header of that version makes of it, at least. */
static size_t size_of_version(int version) {
  size_t size = 0;
  for (int i = 0; i < SIZES_COUNT; i++) {
    if (SIZES[i].since <= version) {
      size = SIZES[i].size;
    }
  }
  return size;
}

static int read_int(const void *from) {
  int value;
  memcpy(&value, from, sizeof value);
  return value;
}

static const char *read_text(const void *from) {
  const char *value;
  memcpy(&value, from, sizeof value);
  return value;
}

bool config_read(const struct site *site, const void *bytes, const struct config *inherited, struct config *config,
                 int *result) {
  *config = inherited != NULL ? *inherited : (struct config){.blocking = 1, .contexts = 1, .signals = 1};
  config->given = bytes != NULL;
  if (bytes == NULL) {
    return true;
  }
  const char *raw = bytes;
  size_t size;
  memcpy(&size, raw, sizeof size);
  uint32_t magic = (uint32_t)read_int(raw + 8);
  int version = read_int(raw + 12);
  if (magic != CONFIG_MAGIC) {
    *result = site_violation(site, "config: magic is %#x", magic);
    return false;
  }
  if (!known_size(size) || version < 21400 || version > 40000 || size < size_of_version(version)) {
    *result = site_violation(site, "config: size %zu and version %d do not belong together", size, version);
    return false;
  }
  int limits[2] = {INT_MIN, INT_MIN};
  for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
    const struct member *member = &MEMBERS[i];
    size_t end = member->offset + (member->text ? sizeof(char *) : sizeof(int));
    if (end > size) {
      break;
    }
    const char *at = raw + member->offset;
    if (member->text ? read_text(at) == NULL : read_int(at) == INT_MIN) {
      continue;
    }
    /* A name is for messages, and loses nothing when it is dropped. */
    bool name = strcmp(member->name, "commName") == 0;
    if (!name && (member->since > site->library->level || member->reset > version)) {
      *result = site_violation(site, "config: %s is set, and would be dropped without a word: library %d, version %d",
                               member->name, site->library->level, version);
      return false;
    }
    if (member->text) {
      if (strnlen(read_text(at), 4096) == 4096) {
        *result = site_violation(site, "config: %s is no text", member->name);
        return false;
      }
      continue;
    }
    int value = read_int(at);
    if (value < member->low || value > member->high) {
      *result = site_refuse(site, CCL_INVALID_ARGUMENT, "invalid config %s %d", member->name, value);
      return false;
    }
    if (member->offset == 16) {
      config->blocking = value;
    } else if (member->offset == 84) {
      config->contexts = value;
    } else if (member->offset == 100) {
      config->signals = value;
    } else if (member->offset == 24 || member->offset == 28) {
      limits[member->offset == 28] = value;
    }
  }
  /* Compared though the upper one may not be set, as the real library does. */
  if (limits[0] > limits[1]) {
    *result = site_refuse(site, CCL_INVALID_ARGUMENT, "invalid config min/max CTAs %d/%d", limits[0], limits[1]);
    return false;
  }
  return true;
}

/* The form that 2.31 has; later ones are longer. The pointer to a vendor's own options is never used. */
struct call_config {
  size_t size;
  uint32_t magic;
  int version;
  const void *extensions;
  int min_ctas;
  int max_ctas;
  int switch_ctas;
  int cluster_size;
  const char *algorithms;
  int required;
  int policy;
  uint64_t tag;
};
_Static_assert(sizeof(struct call_config) == 64, "as in 2.31");

static char last_call_config[256];

const char *stub_last_call_config(void) { return last_call_config; }

/* Names with commas between them, or ^ and what is left out. */
static bool known_algorithms(const char *names) {
  static const char *const KNOWN[] = {"ring", "tree", "collnetdirect", "collnetchain", "nvls", "nvlstree", "pat"};
  const char *at = names + (*names == '^');
  while (true) {
    size_t length = strcspn(at, ",");
    bool known = false;
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
      known |= strlen(KNOWN[i]) == length && strncasecmp(at, KNOWN[i], length) == 0;
    }
    if (!known) {
      return false;
    }
    if (at[length] == '\0') {
      return true;
    }
    at += length + 1;
  }
}

static bool within(int value, int low, int high) { return value == INT_MIN || (value >= low && value <= high); }

bool call_config_check(const struct site *site, const void *bytes, int *result) {
  struct call_config config;
  memcpy(&config, bytes, sizeof config);
  if (config.size < sizeof config || config.magic != CONFIG_MAGIC || config.version < 23100 || config.version > 40000) {
    *result = site_violation(site, "config of a call: size %zu, magic %#x, version %d", config.size, config.magic,
                             config.version);
    return false;
  }
  if (config.extensions != NULL || (config.algorithms != NULL && strnlen(config.algorithms, 4096) == 4096)) {
    *result = site_violation(site, "config of a call: a pointer in it leads nowhere");
    return false;
  }
  if ((config.required != 0 && config.required != 1) || !within(config.policy, 0, 3) ||
      !within(config.min_ctas, 1, INT_MAX) || !within(config.max_ctas, 1, INT_MAX) ||
      !within(config.switch_ctas, 1, INT_MAX) || !within(config.cluster_size, 0, 8)) {
    *result = site_refuse(site, CCL_INVALID_ARGUMENT, "invalid config of a call");
    return false;
  }
  if (config.algorithms != NULL && config.required == 1 && !known_algorithms(config.algorithms)) {
    *result = site_refuse(site, CCL_INVALID_ARGUMENT, "no algorithm is left of '%s'", config.algorithms);
    return false;
  }
  snprintf(last_call_config, sizeof last_call_config,
           "min=%d max=%d switch=%d cluster=%d algorithms=%s required=%d policy=%d tag=%llu", config.min_ctas,
           config.max_ctas, config.switch_ctas, config.cluster_size, config.algorithms == NULL ? "" : config.algorithms,
           config.required, config.policy, (unsigned long long)config.tag);
  return true;
}

/* ---- communicators ---- */

struct team *team_new(int size) {
  struct team *team = calloc(1, sizeof *team);
  team->size = size;
  team->members = calloc((size_t)size, sizeof(struct comm *));
  team->devices = calloc((size_t)size, sizeof *team->devices);
  stub_cond_init(&team->changed);
  return team;
}

struct comm *comm_new(const struct library *library, int device, struct config config) {
  struct comm *comm = calloc(1, sizeof *comm);
  comm->references = 1;
  comm->library = library;
  comm->device = device;
  comm->config = config;
  comm->handle = handle_new(HANDLE_COMMUNICATOR, comm);
  return comm;
}

struct comm *comm_keep(struct comm *comm) {
  comm->references++;
  return comm;
}

void comm_join_team(struct comm *comm, struct team *team, int rank) {
  comm->team = team;
  comm->rank = rank;
  comm->size = team->size;
  comm->next_send = calloc((size_t)team->size, sizeof *comm->next_send);
  comm->next_recv = calloc((size_t)team->size, sizeof *comm->next_recv);
  team->members[rank] = comm;
  team->devices[rank] = comm->device;
  team->references++;
}

void comm_drop(struct comm *comm) {
  if (--comm->references > 0) {
    return;
  }
  if (comm->team != NULL) {
    comm->team->members[comm->rank] = NULL;
    team_drop(comm->team);
  }
  while (comm->operators != NULL) {
    struct operator_of_comm *next = comm->operators->next;
    free(comm->operators);
    comm->operators = next;
  }
  free(comm->next_send);
  free(comm->next_recv);
  free(comm);
}

void comm_changed(struct comm *comm) {
  if (comm->team != NULL) {
    pthread_cond_broadcast(&comm->team->changed);
  }
  pthread_cond_broadcast(&comms_changed);
}

bool comm_is_over(const struct comm *comm) { return comm->aborted || comm->ended; }

void comm_end(struct comm *comm) {
  handle_end(comm->handle);
  while (comm->windows != NULL) {
    struct window *next = comm->windows->next;
    handle_end(comm->windows->handle);
    free(comm->windows);
    comm->windows = next;
  }
  while (comm->registrations != NULL) {
    struct registration *next = comm->registrations->next;
    handle_end(comm->registrations->handle);
    free(comm->registrations);
    comm->registrations = next;
  }
  comm_changed(comm);
  comm_drop(comm);
}

struct comm *comm_of(const struct site *site, const void *handle, bool ready, int *result) {
  if (handle == NULL) {
    *result = site_violation(site, "comm argument is NULL");
    return NULL;
  }
  const char *reason;
  struct comm *comm = handle_body(handle, HANDLE_COMMUNICATOR, &reason);
  if (comm == NULL) {
    *result = site_violation(site, "comm %s", reason);
    return NULL;
  }
  if (comm->library != site->library) {
    *result = site_violation(site, "comm %p is of another library", handle);
    return NULL;
  }
  if (ready && (comm->joining > 0 || comm->launching > 0)) {
    *result = site_violation(site, "comm %p is used before what was begun on it is over", handle);
    return NULL;
  }
  if (ready && comm->error != CCL_SUCCESS) {
    *result = site_refuse(site, CCL_INVALID_ARGUMENT, "comm %p has failed before", handle);
    return NULL;
  }
  return comm;
}

int ccl_query(const struct site *site, const void *handle, enum query query, int *value) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm != NULL && value == NULL) {
    result = site_violation(site, "the result argument is NULL");
  } else if (comm != NULL) {
    *value = query == QUERY_SIZE ? comm->size : query == QUERY_RANK ? comm->rank : comm->device;
  }
  return site_leave(result);
}

int ccl_async_error(const struct site *site, void *handle, int *error) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, false, &result) : NULL;
  if (comm != NULL) {
    bool busy = comm->joining > 0 || comm->launching > 0 || (comm->finalized && comm->pending > 0);
    *error = comm->error != CCL_SUCCESS ? comm->error : busy ? CCL_IN_PROGRESS : CCL_SUCCESS;
  }
  return site_leave(result);
}

static void await_pending(struct comm *comm) {
  while (comm->pending > 0 && !comm->aborted) {
    stub_wait(&comms_changed);
  }
}

int ccl_finalize(const struct site *site, void *handle) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm == NULL) {
    return site_leave(result);
  }
  if (comm->finalized || comm_is_over(comm)) {
    return site_leave(site_refuse(site, CCL_INVALID_USAGE, "comm %p was finalized or revoked before", handle));
  }
  comm->finalized = true;
  if (!comm->config.blocking) {
    return site_leave(comm->pending > 0 ? CCL_IN_PROGRESS : CCL_SUCCESS);
  }
  comm_keep(comm);
  await_pending(comm);
  comm_drop(comm);
  return site_leave(CCL_SUCCESS);
}

static bool is_last(const struct comm *comm) {
  for (int rank = 0; rank < comm->size; rank++) {
    if (comm->team->members[rank] != NULL && comm->team->members[rank] != comm) {
      return false;
    }
  }
  return true;
}

/* The last rank of a process frees the memory of all, and to free memory waits for the device that it is on. A nonblocking one did
 * so in the background up to 2.21. */
static void free_all(const struct site *site, const struct comm *comm) {
  bool here = comm->config.blocking || site->library->level >= 22200;
  if (here && stub_settings.free_waits && comm->team != NULL && is_last(comm)) {
    for (int rank = 0; rank < comm->size; rank++) {
      runtime_await_device(comm->team->devices[rank]);
    }
  }
}

int ccl_destroy(const struct site *site, void *handle) {
  int result = site_enter(site);
  if (result != CCL_SUCCESS || handle == NULL) {
    return site_leave(result);
  }
  struct comm *comm = comm_of(site, handle, false, &result);
  if (comm == NULL) {
    return site_leave(result);
  }
  if (comm->suspended && !comm->aborted) {
    /* The real one frees but a part of it, and says so in its log alone. */
    site_violation(site, "comm %p is destroyed while it is suspended", handle);
  }
  if (comm->captured > 0) {
    site_violation(site, "comm %p is destroyed before the graphs that it was captured in", handle);
  }
  comm_keep(comm);
  if (!comm_is_over(comm)) {
    await_pending(comm);
    free_all(site, comm);
  }
  if (!comm->aborted) {
    comm->aborted = true;
    comm_end(comm);
  }
  comm_drop(comm);
  return site_leave(CCL_SUCCESS);
}

int ccl_abort(const struct site *site, void *handle) {
  int result = site_enter(site);
  if (result != CCL_SUCCESS || handle == NULL) {
    return site_leave(result);
  }
  struct comm *comm = comm_of(site, handle, false, &result);
  if (comm == NULL) {
    return site_leave(result);
  }
  comm->aborted = true;
  join_withdraw(comm);
  comm_end(comm);
  return site_leave(CCL_SUCCESS);
}

int ccl_revoke(const struct site *site, void *handle, int flags) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, false, &result) : NULL;
  if (comm == NULL) {
    return site_leave(result);
  }
  if (flags != 0) {
    return site_leave(site_violation(site, "flags %d", flags));
  }
  comm->ended = true;
  comm_changed(comm);
  return site_leave(CCL_SUCCESS);
}

/* ---- device memory of a communicator ---- */

enum { SUSPENDABLE_BYTES = 6 << 20, PERSISTENT_BYTES = 2 << 20 };

int ccl_memory_statistic(const struct site *site, void *handle, int statistic, uint64_t *value) {
  enum { SUSPENDABLE, SUSPENDED, PERSISTENT, TOTAL };
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm == NULL) {
    return site_leave(result);
  }
  switch (statistic) {
    case SUSPENDABLE:
      *value = SUSPENDABLE_BYTES;
      break;
    case SUSPENDED:
      *value = comm->suspended ? 1 : 0;
      break;
    case PERSISTENT:
      *value = PERSISTENT_BYTES;
      break;
    case TOTAL:
      *value = SUSPENDABLE_BYTES + PERSISTENT_BYTES;
      break;
    default:
      result = site_violation(site, "statistic %d", statistic);
  }
  return site_leave(result);
}

int ccl_allocate(const struct site *site, void **address, size_t bytes) {
  int result = site_enter(site);
  if (result != CCL_SUCCESS) {
    return site_leave(result);
  }
  if (address == NULL || bytes == 0) {
    return site_leave(site_violation(site, "%zu bytes to %p", bytes, (void *)address));
  }
  /* Whole pages, and all memory of the stub begins on one. */
  struct allocation *allocation = memory_new(runtime_current_device(), (bytes + 4095) / 4096 * 4096, MEMORY_LIBRARY);
  if (allocation == NULL) {
    return site_leave(site_refuse(site, CCL_UNHANDLED_DEVICE_ERROR, "failure 'out of memory'"));
  }
  *address = (void *)allocation->base;
  return site_leave(CCL_SUCCESS);
}

int ccl_free(const struct site *site, void *address) {
  int result = site_enter(site);
  if (result != CCL_SUCCESS || address == NULL) {
    return site_leave(result);
  }
  struct allocation *found = memory_find(address);
  if (found == NULL || found->base != (uintptr_t)address || found->kind != MEMORY_LIBRARY || !found->live) {
    return site_leave(site_violation(site, "%p is not memory of the library, or was freed before", address));
  }
  memory_end(found);
  return site_leave(CCL_SUCCESS);
}

int ccl_register(const struct site *site, const void *handle, void *address, size_t bytes, void **registered) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm == NULL) {
    return site_leave(result);
  }
  char reason[200];
  if (bytes == 0 || !memory_check(address, bytes, comm->device, "buffer", reason, sizeof reason)) {
    return site_leave(site_violation(site, "%zu bytes: %s", bytes, bytes == 0 ? "none" : reason));
  }
  /* NCCL 2.30 looks the address up on the thread's device, and finds it there only with luck. */
  if (runtime_current_device() != comm->device) {
    return site_leave(site_violation(site, "the communicator is of device %d, the thread's device is %d", comm->device,
                                     runtime_current_device()));
  }
  struct registration *registration = calloc(1, sizeof *registration);
  registration->handle = handle_new(HANDLE_REGISTRATION, registration);
  registration->next = comm->registrations;
  comm->registrations = registration;
  *registered = registration->handle;
  return site_leave(CCL_SUCCESS);
}

int ccl_deregister(const struct site *site, const void *handle, void *registered) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, false, &result) : NULL;
  if (comm == NULL) {
    return site_leave(result);
  }
  for (struct registration **link = &comm->registrations; *link != NULL; link = &(*link)->next) {
    struct registration *registration = *link;
    if (registration->handle == registered) {
      *link = registration->next;
      handle_end(registered);
      free(registration);
      return site_leave(CCL_SUCCESS);
    }
  }
  return site_leave(site_violation(site, "%p is no registration of comm %p", registered, handle));
}

/* ---- parameters ---- */

static const char *const PARAMETERS[][2] = {{"NCCL_DEBUG", "WARN"},       {"NCCL_DEBUG_FILE", ""},
                                            {"NCCL_CHECK_MODE", "NONE"},  {"NCCL_LAUNCH_ORDER_IMPLICIT", "0"},
                                            {"NCCL_BUFFSIZE", "4194304"}, {"NCCL_SOCKET_IFNAME", ""}};
enum { PARAMETERS_COUNT = sizeof PARAMETERS / sizeof PARAMETERS[0] };

int ccl_parameter_keys(const struct site *site, const char ***keys, int *count) {
  static const char *table[PARAMETERS_COUNT];
  int result = site_enter(site);
  if (result == CCL_SUCCESS) {
    for (int i = 0; i < PARAMETERS_COUNT; i++) {
      table[i] = PARAMETERS[i][0];
    }
    *keys = table;
    *count = PARAMETERS_COUNT;
  }
  return site_leave(result);
}

int ccl_parameter(const struct site *site, const char *key, const char **value, int *length) {
  int result = site_enter(site);
  if (result != CCL_SUCCESS) {
    return site_leave(result);
  }
  for (int i = 0; i < PARAMETERS_COUNT; i++) {
    if (key != NULL && strcmp(key, PARAMETERS[i][0]) == 0) {
      *value = PARAMETERS[i][1];
      *length = (int)strlen(*value);
      return site_leave(CCL_SUCCESS);
    }
  }
  return site_leave(site_refuse(site, CCL_INVALID_ARGUMENT, "there is no parameter %s", key == NULL ? "NULL" : key));
}
