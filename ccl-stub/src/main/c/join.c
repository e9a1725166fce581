/*
 * How ranks get together: init, split, shrink, grow and windows are one thing, a join. A rank's request waits until
 * all requests that belong to it have come; a little later the stub's helper thread completes them together. That is
 * when a nonblocking caller's out-pointer is written, as the real library does it: behind the caller's back.
 */
#include "ccl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- the helper thread ---- */

struct job {
  struct job *next;
  int64_t due;
  void (*run)(void *argument);
  void *argument;
};
static struct job *jobs; /* by time */
static pthread_cond_t jobs_changed;

static void *help(void *unused) {
  (void)unused;
  stub_lock();
  for (;;) {
    if (jobs == NULL) {
      stub_wait(&jobs_changed);
    } else if (jobs->due > stub_now()) {
      stub_wait_until(&jobs_changed, jobs->due);
    } else {
      struct job *job = jobs;
      jobs = job->next;
      job->run(job->argument);
      free(job);
    }
  }
  return NULL;
}

void helper_later(int64_t due, void (*run)(void *argument), void *argument) {
  static bool started;
  if (!started) {
    started = true;
    stub_cond_init(&jobs_changed);
    runtime_start_thread(help, NULL);
  }
  struct job *job = malloc(sizeof *job);
  struct job **link = &jobs;
  while (*link != NULL && (*link)->due <= due) {
    link = &(*link)->next;
  }
  *job = (struct job){*link, due, run, argument};
  *link = job;
  pthread_cond_signal(&jobs_changed);
}

/* ---- unique ids ---- */

/* As long as the real one, with no byte to spare: whoever loses or turns round one of them is found out. */
struct id {
  uint64_t magic;
  uint64_t serial;
  uint64_t process;
  unsigned char noise[ID_BYTES - 4 * sizeof(uint64_t)];
  uint64_t checksum;
};
_Static_assert(sizeof(struct id) == ID_BYTES, "an id has 128 bytes");
static const uint64_t ID_MAGIC = UINT64_C(0x4449425554534c43);

static uint64_t checksum(const struct id *id) {
  const unsigned char *bytes = (const unsigned char *)id;
  uint64_t sum = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < offsetof(struct id, checksum); i++) {
    sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
  }
  return sum;
}

void id_make(unsigned char *bytes) {
  static uint64_t ids;
  struct id id = {.magic = ID_MAGIC, .process = (uint64_t)getpid()};
  id.serial = ++ids + ((uint64_t)time(NULL) << 24);
  uint64_t state = id.serial;
  for (size_t i = 0; i < sizeof id.noise; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    id.noise[i] = (unsigned char)(state >> 56);
  }
  id.checksum = checksum(&id);
  memcpy(bytes, &id, sizeof id);
}

bool id_check(const struct site *site, const void *bytes, int *result) {
  struct id id;
  if (bytes == NULL) {
    *result = site_violation(site, "commId argument is NULL");
    return false;
  }
  memcpy(&id, bytes, sizeof id);
  if (id.magic != ID_MAGIC || id.checksum != checksum(&id)) {
    *result = site_violation(site, "commId is not one that was made here, byte for byte");
    return false;
  }
  if (id.process != (uint64_t)getpid()) {
    *result = site_refuse(site, CCL_SYSTEM_ERROR, "commId is of another process; ranks of the stub are in one");
    return false;
  }
  return true;
}

int ccl_unique_id(const struct site *site, void *id) {
  int result = site_enter(site);
  if (result == CCL_SUCCESS && id == NULL) {
    result = site_violation(site, "out argument is NULL");
  }
  if (result == CCL_SUCCESS) {
    id_make(id);
  }
  return site_leave(result);
}

/* ---- requests and joins ---- */

enum { SYMMETRIC = 1 };     /* the flag of a window */
enum { DEVICE_MEMORY = 1 }; /* that of what is suspended */

enum join_kind { JOIN_SPLIT, JOIN_SHRINK, JOIN_GROW, JOIN_WINDOW, JOIN_SUSPEND, JOIN_RESUME, JOIN_INIT };

struct join_request {
  struct join_request *next; /* of a group */
  struct join_request *peer; /* of a join */
  struct site site;
  enum join_kind kind;
  struct comm *parent; /* NULL for new ranks */
  struct comm *child;  /* NULL where it is made at the end */
  void **out;
  void *no_out; /* what out is for a join that makes nothing */
  struct config config;
  unsigned char id[ID_BYTES];
  bool has_id;
  int size; /* of the new communicator, where the caller says so */
  int rank;
  int color;
  int key;
  int *excluded; /* as many as the team is large; 1 for those who are left out */
  uintptr_t address;
  size_t bytes;
  int flags;
  uint64_t number;
  bool blocking;
  bool done;
  int status;
};

struct join {
  struct join *next;
  enum join_kind kind;
  struct team *team; /* of the parents; NULL until one came */
  uint64_t number;
  unsigned char id[ID_BYTES];
  bool has_id;
  int wanted;
  int arrived;
  struct join_request *requests; /* newest first */
  bool due; /* all have come, and it is completed soon */
};
static struct join *joins;

static void request_free(struct join_request *request) {
  if (request->parent != NULL) {
    comm_drop(request->parent);
  }
  if (request->child != NULL) {
    comm_drop(request->child);
  }
  free(request->excluded);
  free(request);
}

/* It is over: tells who waits, and forgets it if nobody does. */
static void request_end(struct join_request *request, int status) {
  request->status = status;
  request->done = true;
  if (request->parent != NULL) {
    request->parent->joining--;
    if (status != CCL_SUCCESS && !request->blocking) {
      request->parent->error = status;
    }
    comm_changed(request->parent);
  }
  if (request->child != NULL) {
    request->child->joining = 0;
    if (status != CCL_SUCCESS) {
      request->child->error = status;
    }
    comm_changed(request->child);
  }
  pthread_cond_broadcast(&comms_changed);
  if (!request->blocking) {
    request_free(request);
  }
}

static void join_fail(struct join *join, int status) {
  while (join->requests != NULL) {
    struct join_request *request = join->requests;
    join->requests = request->peer;
    request_end(request, status);
  }
}

static void join_free(struct join *join) {
  for (struct join **link = &joins; *link != NULL; link = &(*link)->next) {
    if (*link == join) {
      *link = join->next;
      break;
    }
  }
  free(join);
}

void join_withdraw(const struct comm *comm) {
  for (struct join *join = joins, *next; join != NULL; join = next) {
    next = join->next;
    for (struct join_request **link = &join->requests; *link != NULL;) {
      struct join_request *request = *link;
      if (request->parent == comm || request->child == comm) {
        *link = request->peer;
        join->arrived--;
        request_end(request, CCL_INVALID_USAGE);
      } else {
        link = &request->peer;
      }
    }
    if (join->requests == NULL && !join->due) {
      join_free(join); /* or a later team at the same address would find it */
    }
  }
}

/* Makes the child of a request that has none yet. */
static void give_child(struct join_request *request, struct team *team, int rank) {
  if (request->child == NULL) {
    request->child = comm_new(request->site.library, request->parent->device, request->config);
    comm_keep(request->child);
    *request->out = request->child->handle;
  }
  comm_join_team(request->child, team, rank);
}

/* Whether several ranks may be on one device. */
static bool shares_devices(const struct library *library) {
  const char *asked = getenv("NCCL_MULTI_RANK_GPU_ENABLE");
  return library->sharing_since != 0 && library->level >= library->sharing_since && asked != NULL && atoi(asked) != 0;
}

static int complete_init(struct join *join) {
  struct team *team = team_new(join->wanted);
  struct join_request **at = calloc((size_t)join->wanted, sizeof(struct join_request *));
  int status = CCL_SUCCESS;
  for (struct join_request *request = join->requests; request != NULL; request = request->peer) {
    int rank = request->parent != NULL ? request->parent->rank : request->rank;
    if (request->size != join->wanted || at[rank] != NULL) {
      status = site_refuse(&request->site, CCL_INVALID_USAGE, "rank %d of %d joins %d ranks, or is there twice", rank,
                           request->size, join->wanted);
      break;
    }
    for (struct join_request *other = join->requests; other != request; other = other->peer) {
      const struct comm *one = request->parent != NULL ? request->parent : request->child;
      const struct comm *two = other->parent != NULL ? other->parent : other->child;
      if (one->device == two->device && !shares_devices(one->library)) {
        status = site_refuse(&request->site, CCL_INVALID_USAGE, "duplicate device %d", one->device);
      }
      if (one->library != two->library) {
        status = site_refuse(&request->site, CCL_INVALID_USAGE, "ranks of versions %d and %d", one->library->level, two->library->level);
      }
    }
    at[rank] = request;
  }
  for (int rank = 0; status == CCL_SUCCESS && rank < join->wanted; rank++) {
    give_child(at[rank], team, rank);
  }
  free(at);
  if (status != CCL_SUCCESS) {
    team->references = 1;
    team_drop(team);
  }
  return status;
}

static int by_key(const void *left, const void *right) {
  const struct join_request *a = *(struct join_request *const *)left;
  const struct join_request *b = *(struct join_request *const *)right;
  if (a->key != b->key) {
    return a->key < b->key ? -1 : 1;
  }
  return a->parent->rank - b->parent->rank;
}

/* A team of those requests that have a colour, in order of their keys. */
static void complete_color(const struct join *join, int color) {
  struct join_request **chosen = calloc((size_t)join->wanted, sizeof(struct join_request *));
  int count = 0;
  for (struct join_request *request = join->requests; request != NULL; request = request->peer) {
    if (request->color == color) {
      chosen[count++] = request;
    }
  }
  qsort(chosen, (size_t)count, sizeof *chosen, by_key);
  struct team *team = team_new(count);
  for (int rank = 0; rank < count; rank++) {
    give_child(chosen[rank], team, rank);
  }
  free(chosen);
}

static int complete_split(struct join *join) {
  for (struct join_request *request = join->requests; request != NULL; request = request->peer) {
    if (request->color >= 0 && request->child == NULL) {
      complete_color(join, request->color);
    }
  }
  return CCL_SUCCESS;
}

static int complete_shrink(struct join *join) {
  for (struct join_request *request = join->requests; request != NULL; request = request->peer) {
    request->key = 0;
    request->color = 0;
  }
  complete_color(join, 0);
  return CCL_SUCCESS;
}

static int complete_window(struct join *join) {
  for (struct join_request *request = join->requests; request != NULL; request = request->peer) {
    if (request->flags != join->requests->flags) {
      return site_refuse(&request->site, CCL_INVALID_USAGE, "ranks give windows different flags");
    }
    struct window *window = calloc(1, sizeof *window);
    *window = (struct window){.comm = request->parent,
                              .address = request->address,
                              .bytes = request->bytes,
                              .symmetric = (request->flags & SYMMETRIC) != 0,
                              .number = join->number};
    window->handle = handle_new(HANDLE_WINDOW, window);
    window->next = request->parent->windows;
    request->parent->windows = window;
    *request->out = window->handle;
  }
  return CCL_SUCCESS;
}

static int complete_suspend(struct join *join) {
  for (struct join_request *request = join->requests; request != NULL; request = request->peer) {
    request->parent->suspended = join->kind == JOIN_SUSPEND;
  }
  return CCL_SUCCESS;
}

static void join_complete(void *argument) {
  struct join *join = argument;
  int status = CCL_REMOTE_ERROR; /* somebody has left meanwhile */
  if (join->arrived == join->wanted) {
    switch (join->kind) {
      case JOIN_SPLIT:
        status = complete_split(join);
        break;
      case JOIN_SHRINK:
        status = complete_shrink(join);
        break;
      case JOIN_WINDOW:
        status = complete_window(join);
        break;
      case JOIN_SUSPEND:
      case JOIN_RESUME:
        status = complete_suspend(join);
        break;
      default:
        status = complete_init(join);
    }
  }
  join_fail(join, status);
  join_free(join);
}

static struct join *find_by_id(const struct join_request *request) {
  for (struct join *join = joins; request->has_id && join != NULL; join = join->next) {
    if (!join->due && join->kind == request->kind && join->has_id && memcmp(join->id, request->id, ID_BYTES) == 0) {
      return join;
    }
  }
  return NULL;
}

static struct join *find_by_team(const struct join_request *request) {
  for (struct join *join = joins; request->parent != NULL && join != NULL; join = join->next) {
    if (!join->due && join->kind == request->kind && join->team == request->parent->team && join->number == request->number) {
      return join;
    }
  }
  return NULL;
}

static int wanted(const struct join_request *request) {
  if (request->kind == JOIN_INIT || request->kind == JOIN_GROW) {
    return request->size;
  }
  int count = request->parent->team->size;
  for (int rank = 0; request->kind == JOIN_SHRINK && rank < request->parent->team->size; rank++) {
    count -= request->excluded[rank];
  }
  return count;
}

/* The join that a request belongs to. The rank that has both keys of a growth brings the two sides together. */
static struct join *join_of(const struct join_request *request) {
  struct join *join = find_by_id(request);
  struct join *other = find_by_team(request);
  if (join == NULL) {
    join = other;
  } else if (other != NULL && other != join) {
    while (other->requests != NULL) {
      struct join_request *moved = other->requests;
      other->requests = moved->peer;
      moved->peer = join->requests;
      join->requests = moved;
      join->arrived++;
    }
    join_free(other);
  }
  if (join == NULL) {
    join = calloc(1, sizeof *join);
    join->kind = request->kind;
    join->wanted = wanted(request);
    join->next = joins;
    joins = join;
  }
  if (request->has_id && !join->has_id) {
    memcpy(join->id, request->id, ID_BYTES);
    join->has_id = true;
  }
  if (request->parent != NULL) {
    join->team = request->parent->team;
    join->number = request->number;
  }
  return join;
}

/* Whether all ranks of a team want it to grow and none of them says under which id. */
static bool lacks_id(const struct join *join) {
  return join->kind == JOIN_GROW && !join->has_id && join->arrived == join->team->size;
}

static void arrive(struct join_request *request) {
  if (stub_settings.init_refused != 0) {
    request_end(request, site_refuse(&request->site, stub_settings.init_refused, "refused because it was told to"));
    return;
  }
  if (stub_settings.init_hangs) {
    return;
  }
  struct join *join = join_of(request);
  request->peer = join->requests;
  join->requests = request;
  join->arrived++;
  if (lacks_id(join)) {
    site_violation(&request->site, "no rank that is in it passes the id");
    join_fail(join, CCL_INVALID_ARGUMENT);
    join_free(join);
  } else if (join->arrived == join->wanted) {
    join->due = true;
    helper_later(stub_now() + stub_settings.joining_nanos, join_complete, join);
  }
}

int joins_issue(const struct site *site, struct join_request *requests) {
  (void)site;
  int result = CCL_SUCCESS;
  struct join_request *blocking = NULL;
  while (requests != NULL) {
    struct join_request *request = requests;
    requests = request->next;
    if (request->blocking) {
      request->next = blocking;
      blocking = request;
    } else if (request->kind == JOIN_INIT || request->kind == JOIN_WINDOW || request->parent == NULL) {
      result = CCL_IN_PROGRESS;
    }
    arrive(request);
  }
  while (blocking != NULL) {
    struct join_request *request = blocking;
    blocking = request->next;
    while (!request->done) {
      stub_wait(&comms_changed);
    }
    if (request->status != CCL_SUCCESS) {
      result = request->status;
      if (request->parent == NULL && request->child != NULL && !request->child->aborted) {
        request->child->aborted = true;
        comm_end(request->child);
        *request->out = NULL;
      }
    }
    request_free(request);
  }
  return result;
}

/* Those who are left out do not count, so that shrinks are told apart by who is. */
static uint64_t which_ranks(const struct join_request *request) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (int rank = 0; rank < request->parent->size; rank++) {
    hash = (hash ^ (uint64_t)request->excluded[rank]) * UINT64_C(0x100000001b3);
  }
  return hash;
}

/* Begins a request, or keeps it for the end of the group that is open. */
static int submit(const struct site *site, struct join_request *request) {
  request->site = *site;
  if (request->parent != NULL) {
    comm_keep(request->parent);
    request->parent->joining++;
    request->number = request->kind == JOIN_SHRINK ? which_ranks(request) : request->parent->next_join[request->kind]++;
  }
  if (request->child != NULL) {
    comm_keep(request->child);
    request->child->joining = 1;
    *request->out = request->child->handle;
  } else {
    *request->out = NULL;
  }
  if (group_open()) {
    struct join_request **link = group_joins();
    while (*link != NULL) {
      link = &(*link)->next;
    }
    *link = request;
    return CCL_SUCCESS;
  }
  return joins_issue(site, request);
}

static struct join_request *request_new(enum join_kind kind, void **out, struct config config) {
  struct join_request *request = calloc(1, sizeof *request);
  request->kind = kind;
  request->out = out;
  request->config = config;
  request->blocking = config.blocking != 0;
  return request;
}

/* ---- init ---- */

static int init(const struct site *site, void **comm, int size, const unsigned char *id, int rank, int device, struct config config) {
  struct join_request *request = request_new(JOIN_INIT, comm, config);
  memcpy(request->id, id, ID_BYTES);
  request->has_id = true;
  request->size = size;
  request->rank = rank;
  request->child = comm_new(site->library, device, config);
  request->child->rank = rank;
  request->child->size = size;
  return submit(site, request);
}

int ccl_init(const struct site *site, void **comm, int size, const void *id, int ids, int rank, const void *config_bytes) {
  int result = site_enter(site);
  if (result != CCL_SUCCESS) {
    return site_leave(result);
  }
  if (comm == NULL || size < 1 || rank < 0 || rank >= size || ids < 1 || ids > size) {
    return site_leave(site_violation(site, "rank %d of %d, %d ids, result to %p", rank, size, ids, (void *)comm));
  }
  for (int i = 0; i < ids; i++) {
    if (!id_check(site, id == NULL ? NULL : (const char *)id + i * ID_BYTES, &result)) {
      return site_leave(result);
    }
  }
  struct config config;
  if (!config_read(site, config_bytes, NULL, &config, &result)) {
    return site_leave(result);
  }
  return site_leave(init(site, comm, size, id, rank, runtime_current_device(), config));
}

int ccl_init_all(const struct site *site, void **comms, int count, const int *devices) {
  int result = site_enter(site);
  if (result != CCL_SUCCESS) {
    return site_leave(result);
  }
  if (comms == NULL || count < 1 || (count > stub_settings.devices && !shares_devices(site->library))) {
    return site_leave(site_violation(site, "%d devices, result to %p", count, (void *)comms));
  }
  for (int i = 0; devices != NULL && i < count; i++) {
    if (devices[i] < 0 || devices[i] >= stub_settings.devices) {
      return site_leave(site_refuse(site, CCL_UNHANDLED_DEVICE_ERROR, "failure 'invalid device ordinal'"));
    }
  }
  unsigned char id[ID_BYTES];
  id_make(id);
  struct config config = {.blocking = 1, .contexts = 1, .signals = 1};
  group_enter();
  for (int rank = 0; rank < count; rank++) {
    init(site, &comms[rank], count, id, rank, devices == NULL ? rank : devices[rank], config);
  }
  return site_leave(group_close(site));
}

/* ---- children ---- */

/* The parent of a child to be: it may have failed or been revoked. */
static struct comm *parent_of(const struct site *site, const void *handle, void **child, int *result) {
  struct comm *parent = comm_of(site, handle, false, result);
  if (parent != NULL && (child == NULL || parent->joining > 0 || parent->team == NULL)) {
    *result = site_violation(site, "comm %p is used before what was begun on it is over, or there is no place for the result", handle);
    return NULL;
  }
  return parent;
}

int ccl_split(const struct site *site, void *handle, int color, int key, void **child, const void *config_bytes) {
  int result = site_enter(site);
  struct comm *parent = result == CCL_SUCCESS ? parent_of(site, handle, child, &result) : NULL;
  struct config config;
  if (parent == NULL || !config_read(site, config_bytes, &parent->config, &config, &result)) {
    return site_leave(result);
  }
  if (color < -1) {
    return site_leave(site_violation(site, "color %d", color));
  }
  struct join_request *request = request_new(JOIN_SPLIT, child, config);
  request->blocking = parent->config.blocking != 0;
  request->parent = parent;
  request->color = color;
  request->key = key;
  return site_leave(submit(site, request));
}

int ccl_shrink(const struct site *site, void *handle, const int *excluded, int count, void **child, const void *config_bytes, int flags) {
  int result = site_enter(site);
  struct comm *parent = result == CCL_SUCCESS ? parent_of(site, handle, child, &result) : NULL;
  struct config config;
  if (parent == NULL || !config_read(site, config_bytes, &parent->config, &config, &result)) {
    return site_leave(result);
  }
  if (excluded == NULL || count < 1 || count >= parent->size || (flags != 0 && flags != 1)) {
    return site_leave(site_violation(site, "%d of %d ranks excluded, flags %d", count, parent->size, flags));
  }
  struct join_request *request = request_new(JOIN_SHRINK, child, config);
  request->blocking = parent->config.blocking != 0;
  request->excluded = calloc((size_t)parent->size, sizeof(int));
  for (int i = 0; i < count; i++) {
    bool good = excluded[i] >= 0 && excluded[i] < parent->size && excluded[i] != parent->rank && !request->excluded[excluded[i]];
    if (!good) {
      result = site_violation(site, "excluded rank %d of %d on rank %d", excluded[i], parent->size, parent->rank);
      request_free(request);
      return site_leave(result);
    }
    request->excluded[excluded[i]] = 1;
  }
  if (flags == 1) {
    parent->ended = true;
    comm_changed(parent);
  }
  request->parent = parent;
  return site_leave(submit(site, request));
}

int ccl_growth_id(const struct site *site, void *handle, void *id) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm != NULL && id == NULL) {
    result = site_violation(site, "out argument is NULL");
  } else if (comm != NULL) {
    id_make(id);
  }
  return site_leave(result);
}

int ccl_grow(const struct site *site, void *handle, int size, const void *id, int rank, void **child, const void *config_bytes) {
  int result = site_enter(site);
  struct comm *parent = NULL;
  if (result != CCL_SUCCESS || (handle != NULL && (parent = parent_of(site, handle, child, &result)) == NULL)) {
    return site_leave(result);
  }
  struct config config;
  if ((parent == NULL || id != NULL) && !id_check(site, id, &result)) {
    return site_leave(result);
  }
  if (!config_read(site, config_bytes, parent == NULL ? NULL : &parent->config, &config, &result)) {
    return site_leave(result);
  }
  bool fits = parent != NULL ? rank == -1 && size > parent->size && parent->pending == 0 : rank >= 1 && rank < size;
  if (!fits || child == NULL || (parent != NULL && parent->size == 1 && id == NULL)) {
    return site_leave(site_violation(site, "rank %d of %d%s, %s", rank, size, id == NULL ? " without an id" : "",
                                     parent == NULL ? "new" : parent->pending > 0 ? "not idle" : "in it already"));
  }
  struct join_request *request = request_new(JOIN_GROW, child, config);
  request->size = size;
  request->rank = rank;
  request->parent = parent;
  if (id != NULL) {
    memcpy(request->id, id, ID_BYTES);
    request->has_id = true;
  }
  if (parent == NULL) {
    request->child = comm_new(site->library, runtime_current_device(), config);
    request->child->rank = rank;
    request->child->size = size;
  } else {
    request->blocking = parent->config.blocking != 0;
  }
  return site_leave(submit(site, request));
}

/* ---- suspend and resume ---- */

/* Both wait for all ranks. */
static int suspend(const struct site *site, void *handle, int flags, bool suspended) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm == NULL) {
    return site_leave(result);
  }
  if (flags != DEVICE_MEMORY) {
    return site_leave(site_violation(site, "flags %d", flags));
  }
  if (comm->suspended == suspended || comm->pending > 0) {
    return site_leave(site_refuse(site, CCL_INVALID_USAGE, "comm %p is so already, or not idle", handle));
  }
  struct join_request *request = request_new(suspended ? JOIN_SUSPEND : JOIN_RESUME, NULL, comm->config);
  request->out = &request->no_out;
  request->parent = comm;
  return site_leave(submit(site, request));
}

int ccl_suspend(const struct site *site, void *handle, int flags) { return suspend(site, handle, flags, true); }

int ccl_resume(const struct site *site, void *handle) { return suspend(site, handle, DEVICE_MEMORY, false); }

/* ---- windows ---- */

int ccl_window(const struct site *site, void *handle, void *address, size_t bytes, void **window, int flags) {
  enum { STRICT_ORDERING = 2, STRICT_ORDERING_SINCE = 22907, ALIGNMENT = 4096 };
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm == NULL) {
    return site_leave(result);
  }
  int known = site->library->level >= STRICT_ORDERING_SINCE ? SYMMETRIC | STRICT_ORDERING : SYMMETRIC;
  char reason[200];
  if (window == NULL || (flags & ~known) != 0 || bytes == 0 || (uintptr_t)address % ALIGNMENT != 0) {
    return site_leave(site_violation(site, "%zu bytes from %p on, flags %d", bytes, address, flags));
  }
  if (!memory_check(address, bytes, comm->device, "buffer", reason, sizeof reason)) {
    return site_leave(site_violation(site, "%s", reason));
  }
  if (memory_find(address)->kind != MEMORY_LIBRARY) {
    return site_leave(site_violation(site, "buffer %p is not memory that the library allocated", address));
  }
  struct join_request *request = request_new(JOIN_WINDOW, window, comm->config);
  request->parent = comm;
  request->address = (uintptr_t)address;
  request->bytes = bytes;
  request->flags = flags;
  return site_leave(submit(site, request));
}

static struct window *window_of(const struct site *site, const struct comm *comm, const void *handle, int *result) {
  const char *reason;
  struct window *window = handle_body(handle, HANDLE_WINDOW, &reason);
  if (window == NULL || window->comm != comm) {
    *result = site_violation(site, "window %s", window == NULL ? reason : "of another communicator");
    return NULL;
  }
  return window;
}

int ccl_window_end(const struct site *site, void *handle, void *window_handle) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, false, &result) : NULL;
  struct window *window = comm == NULL ? NULL : window_of(site, comm, window_handle, &result);
  if (window == NULL) {
    return site_leave(result);
  }
  struct window **link = &comm->windows;
  while (*link != window) {
    link = &(*link)->next;
  }
  *link = window->next;
  handle_end(window_handle);
  free(window);
  return site_leave(CCL_SUCCESS);
}

int ccl_window_address(const struct site *site, void *handle, void *window_handle, void **address) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  struct window *window = comm == NULL ? NULL : window_of(site, comm, window_handle, &result);
  if (window != NULL) {
    *address = (void *)window->address;
  }
  return site_leave(result);
}
