/*
 * The collective library below the vendors' names: what the thin libraries call (ccl_*), and what its parts
 * (ccl.c: communicators, join.c: how ranks get together, exchange.c: operations) know of each other.
 */
#ifndef STUB_CCL_H
#define STUB_CCL_H

#include "core.h"

enum {
  CCL_SUCCESS = 0,
  CCL_UNHANDLED_DEVICE_ERROR = 1,
  CCL_SYSTEM_ERROR = 2,
  CCL_INTERNAL_ERROR = 3,
  CCL_INVALID_ARGUMENT = 4,
  CCL_INVALID_USAGE = 5,
  CCL_REMOTE_ERROR = 6,
  CCL_IN_PROGRESS = 7,
  CCL_TIMEOUT = 8
};

/* One vendor's library in one version: what a thin library is. */
struct library {
  const char *prefix;     /* nccl, mccl */
  int level;              /* 10000 * major + 100 * minor + patch, in every version */
  int bfloat16_since;     /* levels */
  int float8_since;
  int sharing_since; /* where asked for by the environment; 0 for never */
};

/* Where a call came in. */
struct site {
  const struct library *library;
  const char *function; /* without the prefix */
};

enum { ID_BYTES = 128 };

enum collective {
  ALL_REDUCE, BROADCAST, REDUCE, ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL, GATHER, SCATTER, ALL_REDUCE_WITH_BIAS
};

/* An operation as it was called. Fields that a kind does not have are 0. */
struct collective_call {
  enum collective kind;
  const void *send;
  void *recv;
  size_t count;
  int type;
  int op;
  int root;
  void *comm;
  void *stream;
  const void *bias;
  const void *config; /* of this call alone; NULL for none */
};

struct signal_wait {
  int times;
  int peer;
  int index;
  int context;
};

EXPORTED int ccl_get_version(const struct site *site, int *version);
EXPORTED int ccl_unique_id(const struct site *site, void *id);
/* ids of them, one behind the other. config: NULL where the function has none. */
EXPORTED int ccl_init(const struct site *site, void **comm, int size, const void *id, int ids, int rank, const void *config);
EXPORTED int ccl_init_all(const struct site *site, void **comms, int count, const int *devices);
EXPORTED int ccl_split(const struct site *site, void *comm, int color, int key, void **child, const void *config);
EXPORTED int ccl_shrink(const struct site *site, void *comm, const int *excluded, int count, void **child,
                        const void *config, int flags);
EXPORTED int ccl_growth_id(const struct site *site, void *comm, void *id);
EXPORTED int ccl_grow(const struct site *site, void *comm, int size, const void *id, int rank, void **child, const void *config);
EXPORTED int ccl_finalize(const struct site *site, void *comm);
EXPORTED int ccl_destroy(const struct site *site, void *comm);
EXPORTED int ccl_abort(const struct site *site, void *comm);
EXPORTED int ccl_revoke(const struct site *site, void *comm, int flags);
EXPORTED int ccl_suspend(const struct site *site, void *comm, int flags);
EXPORTED int ccl_resume(const struct site *site, void *comm);
EXPORTED int ccl_memory_statistic(const struct site *site, void *comm, int statistic, uint64_t *value);
enum query { QUERY_SIZE, QUERY_RANK, QUERY_DEVICE };
EXPORTED int ccl_query(const struct site *site, const void *comm, enum query query, int *value);
EXPORTED int ccl_async_error(const struct site *site, void *comm, int *error);
EXPORTED const char *ccl_error_string(const struct site *site, int result);
EXPORTED const char *ccl_last_error(const struct site *site, const void *comm);
EXPORTED int ccl_group_start(const struct site *site);
EXPORTED int ccl_group_end(const struct site *site);
EXPORTED int ccl_group_simulate(const struct site *site, void *info);
EXPORTED int ccl_collective(const struct site *site, const struct collective_call *call);
/* What the newest call with a configuration of its own had in it; "" when there was none. Valid until the next one. */
EXPORTED const char *stub_last_call_config(void);
EXPORTED int ccl_transfer(const struct site *site, bool send, void *address, size_t count, int type, int peer, void *comm, void *stream);
EXPORTED int ccl_all_to_all_v(const struct site *site, const void *send, const size_t *send_counts, const size_t *send_at,
                              void *recv, const size_t *recv_counts, const size_t *recv_at, int type, void *comm, void *stream);
EXPORTED int ccl_pre_mul_sum(const struct site *site, int *op, void *scalar, int type, int residence, void *comm);
EXPORTED int ccl_operator_end(const struct site *site, int op, void *comm);
EXPORTED int ccl_allocate(const struct site *site, void **address, size_t bytes);
EXPORTED int ccl_free(const struct site *site, void *address);
EXPORTED int ccl_register(const struct site *site, const void *comm, void *address, size_t bytes, void **handle);
EXPORTED int ccl_deregister(const struct site *site, const void *comm, void *handle);
EXPORTED int ccl_window(const struct site *site, void *comm, void *address, size_t bytes, void **window, int flags);
EXPORTED int ccl_window_end(const struct site *site, void *comm, void *window);
EXPORTED int ccl_window_address(const struct site *site, void *comm, void *window, void **address);
EXPORTED int ccl_put(const struct site *site, const void *address, size_t count, int type, int peer, void *window,
                     size_t offset, int index, int context, unsigned flags, void *comm, void *stream);
EXPORTED int ccl_signal(const struct site *site, int peer, int index, int context, unsigned flags, void *comm, void *stream);
EXPORTED int ccl_wait_signal(const struct site *site, int count, const struct signal_wait *waits, void *comm, void *stream);
EXPORTED int ccl_parameter_keys(const struct site *site, const char ***keys, int *count);
EXPORTED int ccl_parameter(const struct site *site, const char *key, const char **value, int *length);

/* ---- what the parts know of each other; all locked ---- */

struct config {
  int blocking;
  int contexts; /* for one-sided operations */
  int signals;  /* of each context */
  bool given;
};

struct operator_of_comm {
  struct operator_of_comm *next;
  int number;
  int type;
  const void *address; /* in device memory; NULL: the bytes below */
  unsigned char bytes[8];
};

struct window {
  struct window *next;
  void *handle;
  struct comm *comm;
  uintptr_t address;
  size_t bytes;
  bool symmetric;
  uint64_t number; /* the same on all ranks */
};

struct registration {
  struct registration *next;
  void *handle;
};

struct comm {
  int references;
  void *handle;
  const struct library *library;
  struct team *team; /* NULL until all ranks have come */
  int rank;
  int size;
  int device;
  struct config config;
  int error;     /* the asynchronous one */
  int joining;   /* joins that are not over, of which it is child or parent */
  int launching; /* groups that are still to be launched */
  bool warm;     /* something has been launched */
  bool aborted;
  bool ended; /* revoked, or its operations ended by a shrink */
  bool finalized;
  bool suspended;
  bool one_sided; /* has come to its first put, signal or wait */
  long pending;  /* operations that are enqueued and not over */
  long captured; /* operations in graphs */
  uint64_t next_collective;
  uint64_t *next_send; /* by peer */
  uint64_t *next_recv;
  uint64_t next_join[6]; /* by kind: the k-th of one rank meets the k-th of the others */
  struct operator_of_comm *operators;
  struct window *windows;
  struct registration *registrations;
};

/* The ranks of a communicator. */
struct team {
  int references;
  int size;
  struct comm **members; /* NULL once they are gone */
  int *devices;          /* theirs, also then */
  struct meeting *meetings;
  struct post *posts;
  struct signal *signals;
  unsigned char growth_id[ID_BYTES];
  bool growth_id_made;
  pthread_cond_t changed;
};

/* Takes the lock; a code when this call has to fail. */
int site_enter(const struct site *site);
/* Gives it back and passes the result on. */
int site_leave(int result);
/* A failure that the real library has too. Gives code. */
__attribute__((format(printf, 3, 4))) int site_refuse(const struct site *site, int code, const char *format, ...);
/* What a correct caller does not do. Gives CCL_INVALID_ARGUMENT. */
__attribute__((format(printf, 2, 3))) int site_violation(const struct site *site, const char *format, ...);

/* The communicator of a handle, or NULL with a code. ready: that it is not in the middle of something. */
struct comm *comm_of(const struct site *site, const void *handle, bool ready, int *result);
struct comm *comm_new(const struct library *library, int device, struct config config);
struct comm *comm_keep(struct comm *comm);
void comm_drop(struct comm *comm);
/* Ends its handle. */
void comm_end(struct comm *comm);
bool comm_is_over(const struct comm *comm);
void comm_join_team(struct comm *comm, struct team *team, int rank);
/* Wakes whoever waits for something of this communicator or its ranks. */
void comm_changed(struct comm *comm);
/* What waits for communicators in no team listen to this. */
extern pthread_cond_t comms_changed;

struct team *team_new(int size);
void team_drop(struct team *team);

/* Whether the configuration of a call is in order. */
bool call_config_check(const struct site *site, const void *bytes, int *result);
bool config_read(const struct site *site, const void *bytes, const struct config *inherited, struct config *config, int *result);

/* join.c */
void id_make(unsigned char *id);
bool id_check(const struct site *site, const void *id, int *result);
/* Forgets joins of a communicator that was aborted. */
void join_withdraw(const struct comm *comm);
struct join_request;
/* Lets the joins of a group begin, and waits for those that block. */
int joins_issue(const struct site *site, struct join_request *requests);
/* Runs something a little later, on a thread of the stub's own, with the lock held. */
void helper_later(int64_t due, void (*run)(void *argument), void *argument);

/* exchange.c: groups */
bool group_open(void);
void group_fail(int code);
struct join_request **group_joins(void);
/* Of a group that is open or was opened by the caller for one call. */
int group_close(const struct site *site);
void group_enter(void);

#endif
