/*
 * Operations: groups of calls, their launch onto streams, and what happens when the streams come to them. The ranks of
 * a collective meet on the threads of their streams; the last one carries it out for all. Sends and receives find
 * their partners in the order in which they were called.
 */
#include "ccl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- works ---- */

/* What every operation on a stream begins with. */
struct operation {
  struct work work;
  struct comm *comm;
  bool in_graph;
};

/* One rank's side of a collective. */
struct part {
  struct operation operation;
  struct collective_call call;
  const void *scalar; /* in device memory; NULL: the bytes below */
  unsigned char scalar_bytes[8];
};

struct transfer {
  bool send;
  void *address;
  size_t count;
  int type;
  int peer;
};

/* The sends and receives of a group, which go on beside each other. */
struct batch {
  struct operation operation;
  int count;
  struct transfer transfers[];
};

/* Put and signal. */
struct put {
  struct operation operation;
  const void *address; /* NULL: signal alone */
  size_t bytes;
  int peer;
  uint64_t window;
  size_t offset;
  int index;
  int context;
};

struct wait {
  struct operation operation;
  int count;
  struct signal_wait waits[];
};

/* A collective under way. */
struct meeting {
  struct meeting *next;
  uint64_t number;
  int arrived;
  int present;
  bool running;
  bool done;
  struct part *parts[];
};

/* A send or receive that waits for its partner. Lies on the stack of its stream's thread. */
struct post {
  struct post *next;
  bool send;
  int from;
  int to;
  uint64_t number;
  void *address;
  size_t count;
  int type;
  struct comm *comm;
  bool taken;
  bool done;
};

struct signal {
  struct signal *next;
  int from;
  int to;
  int index;
  int context;
  long value;
};

void team_drop(struct team *team) {
  if (--team->references > 0) {
    return;
  }
  while (team->signals != NULL) {
    struct signal *next = team->signals->next;
    free(team->signals);
    team->signals = next;
  }
  free(team->members);
  free(team->devices);
  pthread_cond_destroy(&team->changed);
  free(team);
}

static void operation_release(struct work *work) {
  struct operation *operation = (struct operation *)work;
  operation->comm->captured -= operation->in_graph;
  comm_drop(operation->comm);
  free(operation);
}

static void *operation_begin(struct operation *operation, struct comm *comm, int (*run)(struct work *, void *),
                             void *(*ticket)(struct work *)) {
  *operation = (struct operation){{1, ticket, run, operation_release}, comm_keep(comm), false};
  return operation;
}

static void *count_pending(struct work *work) {
  ((struct operation *)work)->comm->pending++;
  return NULL;
}

static int operation_over(struct operation *operation) {
  operation->comm->pending--;
  comm_changed(operation->comm);
  stub_unlock();
  return RT_SUCCESS;
}

/* ---- collectives, when their stream has come to them ---- */

static const char *const COLLECTIVE_NAMES[] = {"AllReduce", "Broadcast", "Reduce", "AllGather", "ReduceScatter", "AlltoAll", "Gather", "Scatter",
                                               "AllReduceWithBias"};

/* How many times its count a rank reads and writes. */
static size_t sends(const struct collective_call *call, int rank, int size) {
  switch (call->kind) {
    case BROADCAST:
      return rank == call->root;
    case REDUCE_SCATTER:
    case ALL_TO_ALL:
      return (size_t)size;
    case SCATTER:
      return rank == call->root ? (size_t)size : 0;
    default:
      return 1;
  }
}

static size_t receives(const struct collective_call *call, int rank, int size) {
  switch (call->kind) {
    case REDUCE:
      return rank == call->root;
    case ALL_GATHER:
    case ALL_TO_ALL:
      return (size_t)size;
    case GATHER:
      return rank == call->root ? (size_t)size : 0;
    default:
      return 1;
  }
}

static bool reduces(enum collective kind) {
  return kind == ALL_REDUCE || kind == ALL_REDUCE_WITH_BIAS || kind == REDUCE || kind == REDUCE_SCATTER;
}

static size_t bias_bytes(const struct collective_call *call) {
  return call->kind == ALL_REDUCE_WITH_BIAS ? call->count * type_size(call->type) : 0;
}

static bool same_call(const struct collective_call *a, const struct collective_call *b) {
  int op_a = a->op > AVG ? PRE_MUL_SUM : a->op;
  int op_b = b->op > AVG ? PRE_MUL_SUM : b->op;
  return a->kind == b->kind && a->count == b->count && a->type == b->type && a->root == b->root && op_a == op_b;
}

/* Whether the memory is still what it was when the call was made. */
static bool still_good(const struct part *part) {
  const struct collective_call *call = &part->call;
  const struct comm *comm = part->operation.comm;
  size_t bytes = call->count * type_size(call->type);
  char reason[200];
  if (memory_check(call->send, bytes * sends(call, comm->rank, comm->size), comm->device, "send", reason, sizeof reason) &&
      memory_check(call->recv, bytes * receives(call, comm->rank, comm->size), comm->device, "recv", reason, sizeof reason) &&
      memory_check(call->bias, bias_bytes(call), comm->device, "acc", reason, sizeof reason) &&
      (part->scalar == NULL || memory_check(part->scalar, type_size(call->type), comm->device, "scalar", reason, sizeof reason))) {
    return true;
  }
  stub_violation("running of %s on rank %d: %s", COLLECTIVE_NAMES[call->kind], comm->rank, reason);
  return false;
}

static void copy(void *target, const void *source, size_t bytes) {
  if (target != source) {
    memcpy(target, source, bytes);
  }
}

/* Each rank's result and its own bias: what is rounded first is the reduction. */
static void add_biases(struct part *const *parts, int size) {
  for (int rank = 0; rank < size; rank++) {
    const struct collective_call *call = &parts[rank]->call;
    const void *both[] = {call->recv, call->bias};
    const void *scalars[] = {NULL, NULL};
    void *target = call->recv;
    numbers_reduce(call->type, call->op >= AVG ? SUM : call->op, 2, both, scalars, 1, &target, call->count);
  }
}

static void reduce_parts(struct part *const *parts, int size) {
  const struct collective_call *call = &parts[0]->call;
  int op = call->op > AVG ? PRE_MUL_SUM : call->op;
  const void **sources = calloc((size_t)size, sizeof *sources);
  const void **scalars = calloc((size_t)size, sizeof *scalars);
  void **targets = calloc((size_t)size, sizeof *targets);
  for (int rank = 0; rank < size; rank++) {
    sources[rank] = parts[rank]->call.send;
    scalars[rank] = parts[rank]->scalar != NULL ? parts[rank]->scalar : parts[rank]->scalar_bytes;
    targets[rank] = receives(call, rank, size) > 0 ? parts[rank]->call.recv : NULL;
  }
  if (call->kind != REDUCE_SCATTER) {
    numbers_reduce(call->type, op, size, sources, scalars, size, targets, call->count);
  }
  for (int rank = 0; call->kind == REDUCE_SCATTER && rank < size; rank++) {
    numbers_reduce(call->type, op, size, sources, scalars, 1, &targets[rank], call->count);
    for (int source = 0; source < size; source++) {
      sources[source] = (const char *)sources[source] + call->count * type_size(call->type);
    }
  }
  if (call->kind == ALL_REDUCE_WITH_BIAS) {
    add_biases(parts, size);
  }
  free(sources);
  free(scalars);
  free(targets);
}

static void move_parts(struct part *const *parts, int size) {
  const struct collective_call *call = &parts[0]->call;
  size_t bytes = call->count * type_size(call->type);
  for (int to = 0; to < size; to++) {
    char *recv = parts[to]->call.recv;
    for (int from = 0; from < size; from++) {
      const char *send = parts[from]->call.send;
      switch (call->kind) {
        case BROADCAST:
          if (from == call->root) {
            copy(recv, send, bytes);
          }
          break;
        case ALL_GATHER:
          copy(recv + (size_t)from * bytes, send, bytes);
          break;
        case ALL_TO_ALL:
          copy(recv + (size_t)from * bytes, send + (size_t)to * bytes, bytes);
          break;
        case GATHER:
          if (to == call->root) {
            copy(recv + (size_t)from * bytes, send, bytes);
          }
          break;
        default:
          if (from == call->root) {
            copy(recv, send + (size_t)to * bytes, bytes);
          }
      }
    }
  }
}

static struct meeting *meeting_of(struct team *team, uint64_t number) {
  struct meeting **link = &team->meetings;
  while (*link != NULL && (*link)->number != number) {
    link = &(*link)->next;
  }
  if (*link == NULL) {
    *link = calloc(1, sizeof **link + (size_t)team->size * sizeof(struct part *));
    (*link)->number = number;
  }
  return *link;
}

static void meeting_leave(struct team *team, struct meeting *meeting) {
  if (--meeting->present > 0) {
    return;
  }
  for (struct meeting **link = &team->meetings; *link != NULL; link = &(*link)->next) {
    if (*link == meeting) {
      *link = meeting->next;
      free(meeting);
      return;
    }
  }
}

/* Whether all ranks have called the same on good memory; otherwise they all learn of it. */
static bool agree(const struct meeting *meeting, int size) {
  bool good = true;
  for (int rank = 0; rank < size; rank++) {
    good &= still_good(meeting->parts[rank]);
    if (!same_call(&meeting->parts[0]->call, &meeting->parts[rank]->call)) {
      const struct collective_call *a = &meeting->parts[0]->call;
      const struct collective_call *b = &meeting->parts[rank]->call;
      stub_violation("rank 0 calls %s of %zu, type %d, op %d, root %d, and rank %d %s of %zu, type %d, op %d, root %d",
                     COLLECTIVE_NAMES[a->kind], a->count, a->type, a->op, a->root, rank, COLLECTIVE_NAMES[b->kind],
                     b->count, b->type, b->op, b->root);
      good = false;
    }
  }
  for (int rank = 0; !good && rank < size; rank++) {
    meeting->parts[rank]->operation.comm->error = CCL_INVALID_USAGE;
  }
  return good;
}

static void *take_number(struct work *work) {
  struct comm *comm = ((struct operation *)work)->comm;
  comm->pending++;
  return (void *)(uintptr_t)++comm->next_collective;
}

static int run_collective(struct work *work, void *ticket) {
  struct part *part = (struct part *)work;
  struct comm *comm = part->operation.comm;
  stub_lock();
  if (comm_is_over(comm)) {
    return operation_over(&part->operation);
  }
  struct team *team = comm->team;
  struct meeting *meeting = meeting_of(team, (uint64_t)(uintptr_t)ticket);
  meeting->present++;
  if (stub_settings.async != 0) {
    /* This rank's part never begins, and nobody but its own communicator hears of it. */
    comm->error = stub_settings.async;
    stub_settings.async = 0;
  } else {
    meeting->parts[comm->rank] = part;
    meeting->arrived++;
  }
  if (meeting->arrived == team->size) {
    meeting->running = true;
    if (agree(meeting, team->size)) {
      stub_unlock();
      (reduces(part->call.kind) ? reduce_parts : move_parts)(meeting->parts, team->size);
      stub_lock();
    }
    meeting->done = true;
    pthread_cond_broadcast(&team->changed);
  }
  /* Nobody leaves while others work on its memory. */
  while (!meeting->done && (meeting->running || !comm_is_over(comm))) {
    stub_wait(&team->changed);
  }
  if (!meeting->done && meeting->parts[comm->rank] != NULL) {
    meeting->parts[comm->rank] = NULL;
    meeting->arrived--;
  }
  meeting_leave(team, meeting);
  return operation_over(&part->operation);
}

/* ---- sends and receives ---- */

struct numbers {
  uint64_t at[1];
};

static void *take_numbers(struct work *work) {
  struct batch *batch = (struct batch *)work;
  struct comm *comm = batch->operation.comm;
  comm->pending++;
  struct numbers *numbers = malloc((size_t)batch->count * sizeof(uint64_t));
  for (int i = 0; i < batch->count; i++) {
    const struct transfer *transfer = &batch->transfers[i];
    numbers->at[i] = (transfer->send ? comm->next_send : comm->next_recv)[transfer->peer]++;
  }
  return numbers;
}

static void unlink_post(struct team *team, const struct post *post) {
  for (struct post **link = &team->posts; *link != NULL; link = &(*link)->next) {
    if (*link == post) {
      *link = post->next;
      return;
    }
  }
}

static struct post *partner_of(const struct team *team, const struct post *post) {
  for (struct post *other = team->posts; other != NULL; other = other->next) {
    if (other->send != post->send && other->from == post->from && other->to == post->to && other->number == post->number &&
        !other->taken) {
      return other;
    }
  }
  return NULL;
}

/* Carries a pair out, without the lock but for its beginning and end. */
static void exchange(struct team *team, struct post *one, struct post *two) {
  struct post *send = one->send ? one : two;
  struct post *recv = one->send ? two : one;
  one->taken = true;
  two->taken = true;
  unlink_post(team, one);
  unlink_post(team, two);
  size_t bytes = send->count * type_size(send->type);
  char reason[200];
  if (bytes != recv->count * type_size(recv->type)) {
    stub_violation("rank %d sends %zu of type %d to rank %d, which receives %zu of type %d", send->from, send->count,
                   send->type, send->to, recv->count, recv->type);
    send->comm->error = CCL_INVALID_USAGE;
    recv->comm->error = CCL_INVALID_USAGE;
  } else if (!memory_check(send->address, bytes, send->comm->device, "send", reason, sizeof reason) ||
             !memory_check(recv->address, bytes, recv->comm->device, "recv", reason, sizeof reason)) {
    stub_violation("running of a send from rank %d to %d: %s", send->from, send->to, reason);
  } else if (bytes > 0) {
    stub_unlock();
    memmove(recv->address, send->address, bytes);
    stub_lock();
  }
  one->done = true;
  two->done = true;
  pthread_cond_broadcast(&team->changed);
}

static int run_batch(struct work *work, void *ticket) {
  struct batch *batch = (struct batch *)work;
  struct comm *comm = batch->operation.comm;
  struct numbers *numbers = ticket;
  stub_lock();
  if (comm_is_over(comm)) {
    free(numbers);
    return operation_over(&batch->operation);
  }
  struct team *team = comm->team;
  struct post *posts = calloc((size_t)batch->count, sizeof *posts);
  for (int i = 0; i < batch->count; i++) {
    const struct transfer *transfer = &batch->transfers[i];
    posts[i] = (struct post){.next = team->posts,
                             .send = transfer->send,
                             .from = transfer->send ? comm->rank : transfer->peer,
                             .to = transfer->send ? transfer->peer : comm->rank,
                             .number = numbers->at[i],
                             .address = transfer->address,
                             .count = transfer->count,
                             .type = transfer->type,
                             .comm = comm};
    team->posts = &posts[i];
  }
  for (int i = 0; i < batch->count; i++) {
    struct post *partner = posts[i].taken ? NULL : partner_of(team, &posts[i]);
    if (partner != NULL) {
      exchange(team, &posts[i], partner);
    }
  }
  for (int i = 0; i < batch->count; i++) {
    while (!posts[i].done && (posts[i].taken || !comm_is_over(comm))) {
      stub_wait(&team->changed);
    }
    if (!posts[i].taken) {
      unlink_post(team, &posts[i]);
    }
  }
  free(posts);
  free(numbers);
  return operation_over(&batch->operation);
}

/* ---- one-sided ---- */

static struct signal *signal_of(struct team *team, int from, int to, int index, int context) {
  struct signal *signal = team->signals;
  while (signal != NULL && (signal->from != from || signal->to != to || signal->index != index || signal->context != context)) {
    signal = signal->next;
  }
  if (signal == NULL) {
    signal = calloc(1, sizeof *signal);
    *signal = (struct signal){team->signals, from, to, index, context, 0};
    team->signals = signal;
  }
  return signal;
}

static const struct window *window_of_rank(const struct team *team, int rank, uint64_t number) {
  const struct comm *comm = team->members[rank];
  const struct window *window = comm == NULL ? NULL : comm->windows;
  while (window != NULL && window->number != number) {
    window = window->next;
  }
  return window;
}

static int run_put(struct work *work, void *ticket) {
  (void)ticket;
  struct put *put = (struct put *)work;
  struct comm *comm = put->operation.comm;
  stub_lock();
  if (comm_is_over(comm)) {
    return operation_over(&put->operation);
  }
  struct team *team = comm->team;
  if (put->bytes > 0) {
    const struct window *window = window_of_rank(team, put->peer, put->window);
    char reason[200] = "the peer has closed its window";
    bool good = window != NULL && put->offset <= window->bytes && put->bytes <= window->bytes - put->offset &&
                memory_check(put->address, put->bytes, comm->device, "local", reason, sizeof reason) &&
                memory_check((void *)window->address, window->bytes, window->comm->device, "window", reason, sizeof reason);
    if (!good) {
      stub_violation("running of a put of %zu bytes to %zu in the window of rank %d: %s", put->bytes, put->offset, put->peer, reason);
      comm->error = CCL_INVALID_USAGE;
      return operation_over(&put->operation);
    }
    memmove((char *)window->address + put->offset, put->address, put->bytes);
  }
  signal_of(team, comm->rank, put->peer, put->index, put->context)->value++;
  pthread_cond_broadcast(&team->changed);
  return operation_over(&put->operation);
}

static int run_wait(struct work *work, void *ticket) {
  (void)ticket;
  struct wait *wait = (struct wait *)work;
  struct comm *comm = wait->operation.comm;
  stub_lock();
  for (int i = 0; i < wait->count; i++) {
    const struct signal_wait *wanted = &wait->waits[i];
    while (!comm_is_over(comm)) {
      struct signal *signal = signal_of(comm->team, wanted->peer, comm->rank, wanted->index, wanted->context);
      if (signal->value >= wanted->times) {
        signal->value -= wanted->times;
        break;
      }
      stub_wait(&comm->team->changed);
    }
  }
  return operation_over(&wait->operation);
}

/* ---- groups ---- */

enum task_kind { TASK_COLLECTIVE, TASK_TRANSFER, TASK_PUT, TASK_WAIT };

/* A call that waits for the end of its group. */
struct task {
  struct task *next;
  enum task_kind kind;
  struct comm *comm;
  void *stream;
  const void *capture; /* that the stream was in */
  struct operation *operation; /* but for transfers */
  struct transfer transfer;
};

static _Thread_local struct {
  int depth;
  int error;
  struct task *tasks;
  struct task **end;
  struct join_request *joins;
} group;

bool group_open(void) { return group.depth > 0; }

struct join_request **group_joins(void) { return &group.joins; }

void group_fail(int code) {
  if (code != CCL_SUCCESS && group.error == CCL_SUCCESS) {
    group.error = code;
  }
}

void group_enter(void) { group.depth++; }

static void task_drop(struct task *task) {
  if (task->operation != NULL && --task->operation->work.references == 0) {
    task->operation->work.release(&task->operation->work);
  }
  comm_drop(task->comm);
  free(task);
}

static void tasks_drop(struct task *tasks) {
  while (tasks != NULL) {
    struct task *next = tasks->next;
    task_drop(tasks);
    tasks = next;
  }
}

/* Moves the tasks of one communicator out of a list, in their order. */
static struct task *take_tasks_of(struct task **tasks, const struct comm *comm) {
  struct task *taken = NULL;
  struct task **end = &taken;
  for (struct task **link = tasks; *link != NULL;) {
    struct task *task = *link;
    if (task->comm == comm) {
      *link = task->next;
      task->next = NULL;
      *end = task;
      end = &task->next;
    } else {
      link = &task->next;
    }
  }
  return taken;
}

static struct operation *batch_of(const struct task *tasks, struct comm *comm) {
  int count = 0;
  for (const struct task *task = tasks; task != NULL; task = task->next) {
    count += task->kind == TASK_TRANSFER;
  }
  if (count == 0) {
    return NULL;
  }
  struct batch *batch = calloc(1, sizeof *batch + (size_t)count * sizeof(struct transfer));
  operation_begin(&batch->operation, comm, run_batch, take_numbers);
  for (const struct task *task = tasks; task != NULL; task = task->next) {
    if (task->kind == TASK_TRANSFER) {
      batch->transfers[batch->count++] = task->transfer;
    }
  }
  return &batch->operation;
}

static void enqueue(struct stream *stream, struct operation *operation) {
  if (stream_capture(stream) != NULL) {
    operation->in_graph = true;
    operation->comm->captured++;
  }
  stream_enqueue(stream, &operation->work);
}

/* Several streams of one communicator in a group wait for each other, before and after. */
static void follow_all(const struct task *tasks, struct stream *leader, bool before) {
  for (const struct task *task = tasks; task != NULL; task = task->next) {
    int result = RT_SUCCESS;
    struct stream *stream = stream_of(task->stream, "group", &result);
    bool again = false;
    for (const struct task *earlier = tasks; earlier != task; earlier = earlier->next) {
      again |= earlier->stream == task->stream;
    }
    if (stream != NULL && stream != leader && !again) {
      if (before) {
        stream_follow(leader, stream);
      } else {
        stream_follow(stream, leader);
      }
    }
  }
}

/* Launches the tasks of one communicator: collectives in order, then sends and receives together, puts, waits. */
static void launch_comm(struct task *tasks, struct comm *comm) {
  int result = RT_SUCCESS;
  struct stream *stream = stream_of(tasks->stream, "group", &result);
  for (const struct task *task = tasks; task != NULL && stream != NULL; task = task->next) {
    struct stream *own = stream_of(task->stream, "group", &result);
    if (own == NULL || stream_capture(own) != task->capture) {
      stub_violation("a stream was destroyed, or its capture ended, while the group was not launched");
      stream = NULL;
    }
  }
  if (stream == NULL || comm_is_over(comm)) {
    return;
  }
  follow_all(tasks, stream, true);
  for (enum task_kind kind = TASK_COLLECTIVE; kind <= TASK_WAIT; kind++) {
    struct operation *batch = kind == TASK_TRANSFER ? batch_of(tasks, comm) : NULL;
    if (batch != NULL) {
      enqueue(stream, batch);
    }
    for (struct task *task = tasks; task != NULL; task = task->next) {
      if (task->kind == kind && task->operation != NULL) {
        enqueue(stream, task->operation);
        task->operation = NULL;
      }
    }
  }
  follow_all(tasks, stream, false);
}

static void launch(struct task *tasks) {
  while (tasks != NULL) {
    struct comm *comm = tasks->comm;
    struct task *own = take_tasks_of(&tasks, comm);
    comm->warm = true;
    launch_comm(own, comm);
    tasks_drop(own);
  }
}

static void launch_late(void *argument) {
  struct task *tasks = argument;
  for (struct task *task = tasks; task != NULL; task = task->next) {
    task->comm->launching--;
  }
  launch(tasks);
  pthread_cond_broadcast(&comms_changed);
}

/* Connections are made with the first launch; a nonblocking caller does not wait for them. */
static bool launches_late(const struct task *tasks) {
  for (const struct task *task = tasks; task != NULL; task = task->next) {
    if (stub_settings.lazy && !task->comm->config.blocking && !task->comm->warm) {
      return true;
    }
  }
  return false;
}

/*
 * The first launch of a blocking communicator connects its ranks. Alone in its group it does so on the calling thread,
 * where a strict capture forbids what that takes.
 */
static bool connects_in_strict_capture(const struct task *tasks) {
  for (const struct task *task = tasks; task != NULL; task = task->next) {
    if (task->comm != tasks->comm) {
      return false;
    }
  }
  return tasks != NULL && tasks->comm->config.blocking && !tasks->comm->warm && tasks->comm->size > 1 &&
         capture_forbids();
}

static bool all_one_sided(const struct comm *comm) {
  for (int rank = 0; rank < comm->size; rank++) {
    const struct comm *member = comm->team->members[rank];
    if (member != NULL && !member->one_sided) {
      return false;
    }
  }
  return true;
}

static bool is_one_sided(const struct task *task) { return task->kind == TASK_PUT || task->kind == TASK_WAIT; }

/* The first one-sided operation of a blocking communicator waits inside the call until each rank has come to one. */
static void begin_one_sided(const struct task *tasks) {
  for (const struct task *task = tasks; task != NULL; task = task->next) {
    task->comm->one_sided |= is_one_sided(task);
  }
  pthread_cond_broadcast(&comms_changed);
  for (const struct task *task = tasks; task != NULL; task = task->next) {
    while (is_one_sided(task) && task->comm->config.blocking && !all_one_sided(task->comm) && !comm_is_over(task->comm)) {
      stub_wait(&comms_changed);
    }
  }
}

int group_close(const struct site *site) {
  if (--group.depth > 0) {
    return CCL_SUCCESS;
  }
  struct task *tasks = group.tasks;
  struct join_request *joins = group.joins;
  int error = group.error;
  group.tasks = NULL;
  group.end = NULL;
  group.joins = NULL;
  group.error = CCL_SUCCESS;
  if (error == CCL_SUCCESS && tasks != NULL && joins != NULL) {
    error = site_violation(site, "one group has operations and makes communicators");
  }
  if (error != CCL_SUCCESS) {
    tasks_drop(tasks);
    return error;
  }
  if (joins != NULL) {
    return joins_issue(site, joins);
  }
  if (connects_in_strict_capture(tasks)) {
    tasks_drop(tasks);
    return site_refuse(site, CCL_INTERNAL_ERROR, "failed to peer: 900 operation not permitted when stream is capturing");
  }
  begin_one_sided(tasks);
  if (launches_late(tasks)) {
    for (struct task *task = tasks; task != NULL; task = task->next) {
      task->comm->launching++;
    }
    helper_later(stub_now() + stub_settings.joining_nanos, launch_late, tasks);
    return CCL_IN_PROGRESS;
  }
  launch(tasks);
  return CCL_SUCCESS;
}

int ccl_group_start(const struct site *site) {
  int result = site_enter(site);
  if (result == CCL_SUCCESS) {
    group_enter();
  }
  return site_leave(result);
}

int ccl_group_end(const struct site *site) {
  int result = site_enter(site);
  if (group.depth == 0) {
    return site_leave(site_refuse(site, CCL_INVALID_USAGE, "not in a group call."));
  }
  group_fail(result);
  return site_leave(group_close(site));
}

int ccl_group_simulate(const struct site *site, void *info) {
  enum { INFO_BYTES = 24, INFO_MAGIC = 0x74685283 };
  struct {
    size_t size;
    uint32_t magic;
    uint32_t version;
    float time;
  } simulation;
  int result = site_enter(site);
  if (group.depth == 0) {
    return site_leave(site_refuse(site, CCL_INVALID_USAGE, "not in a group call."));
  }
  group_fail(result);
  float micros = 0;
  for (const struct task *task = group.tasks; task != NULL; task = task->next) {
    micros += 10;
  }
  tasks_drop(group.tasks);
  result = group.error;
  group.depth--;
  group.tasks = NULL;
  group.end = NULL;
  group.error = CCL_SUCCESS;
  if (result != CCL_SUCCESS) {
    return site_leave(result);
  }
  if (info == NULL) {
    return site_leave(site_violation(site, "simInfo argument is NULL"));
  }
  memcpy(&simulation, info, sizeof simulation);
  if (simulation.size != INFO_BYTES || simulation.magic != INFO_MAGIC || simulation.time != -1.0f) {
    return site_leave(site_violation(site, "simInfo: size %zu, magic %#x, time %f", simulation.size, simulation.magic,
                                     (double)simulation.time));
  }
  simulation.time = micros;
  memcpy(info, &simulation, sizeof simulation);
  return site_leave(CCL_SUCCESS);
}

/* ---- the calls ---- */

static void add_task(struct task task) {
  struct task *added = malloc(sizeof *added);
  *added = task;
  added->next = NULL;
  comm_keep(task.comm);
  if (group.end == NULL) {
    group.end = &group.tasks;
  }
  *group.end = added;
  group.end = &added->next;
}

/* A call's end: what it adds to the group is launched at once where no group is open. */
static int call_over(const struct site *site, int result) {
  group_fail(result);
  int closed = group_close(site);
  return site_leave(result != CCL_SUCCESS ? result : closed);
}

/* What all operations check: a communicator that can work, and a stream of its device. */
static struct comm *ready_comm(const struct site *site, void *handle, void *stream_handle, struct task *task, int *result) {
  *result = site_enter(site);
  group_enter();
  struct comm *comm = *result == CCL_SUCCESS ? comm_of(site, handle, true, result) : NULL;
  if (comm == NULL) {
    return NULL;
  }
  if (comm->finalized || comm_is_over(comm) || comm->suspended) {
    *result = site_refuse(site, CCL_INVALID_USAGE, "comm %p was finalized, revoked or suspended", handle);
    return NULL;
  }
  int status = RT_SUCCESS;
  struct stream *stream = stream_of(stream_handle, site->function, &status);
  if (stream == NULL || stream_device(stream) != comm->device) {
    *result = site_violation(site, "stream %p is not of device %d", stream_handle, comm->device);
    return NULL;
  }
  *task = (struct task){.comm = comm, .stream = stream_handle, .capture = stream_capture(stream)};
  return comm;
}

static bool good_type(const struct site *site, int type, int *result) {
  const struct library *library = site->library;
  bool good = type >= 0 && type < TYPES && (type != BFLOAT16 || library->level >= library->bfloat16_since) &&
              (type < FLOAT8_E4M3 || (library->float8_since != 0 && library->level >= library->float8_since));
  if (!good) {
    *result = site_violation(site, "datatype %d", type);
  }
  return good;
}

static struct operator_of_comm *operator_of(const struct comm *comm, int number) {
  struct operator_of_comm *found = comm->operators;
  while (found != NULL && found->number != number) {
    found = found->next;
  }
  return found;
}

static bool good_operator(const struct site *site, const struct comm *comm, int op, int type, struct part *part, int *result) {
  enum { AVG_SINCE = 21000 };
  if (op >= SUM && op <= (site->library->level >= AVG_SINCE ? AVG : MIN)) {
    return true;
  }
  const struct operator_of_comm *made = op > AVG ? operator_of(comm, op) : NULL;
  if (made == NULL || made->type != type) {
    *result = site_violation(site, "op %d with datatype %d", op, type);
    return false;
  }
  part->scalar = made->address;
  memcpy(part->scalar_bytes, made->bytes, sizeof made->bytes);
  return true;
}

static bool overlap(uintptr_t a, size_t a_bytes, uintptr_t b, size_t b_bytes) { return a < b + b_bytes && b < a + a_bytes; }

/* Whether send and receive memory are apart, or lie as the in-place form has them. */
static bool good_overlap(const struct collective_call *call, const struct comm *comm, size_t sent, size_t received, size_t bytes) {
  uintptr_t send = (uintptr_t)call->send;
  uintptr_t recv = (uintptr_t)call->recv;
  if (sent == 0 || received == 0 || !overlap(send, sent, recv, received)) {
    return true;
  }
  uintptr_t own = (uintptr_t)comm->rank * bytes;
  switch (call->kind) {
    case ALL_GATHER:
    case GATHER:
      return send == recv + own;
    case REDUCE_SCATTER:
    case SCATTER:
      return recv == send + own;
    case ALL_TO_ALL:
      return false;
    default:
      return send == recv;
  }
}

static bool good_memory(const struct site *site, const struct collective_call *call, const struct comm *comm, int *result) {
  size_t bytes = call->count * type_size(call->type);
  size_t sent = bytes * sends(call, comm->rank, comm->size);
  size_t received = bytes * receives(call, comm->rank, comm->size);
  char reason[200];
  if (!memory_check(call->send, sent, comm->device, "sendbuff", reason, sizeof reason) ||
      !memory_check(call->recv, received, comm->device, "recvbuff", reason, sizeof reason) ||
      !memory_check(call->bias, bias_bytes(call), comm->device, "acc", reason, sizeof reason)) {
    *result = site_violation(site, "%s", reason);
    return false;
  }
  if (!good_overlap(call, comm, sent, received, bytes)) {
    *result = site_violation(site, "%zu bytes from %p on overlap %zu bytes from %p on", sent, call->send, received, call->recv);
    return false;
  }
  if (overlap((uintptr_t)call->bias, bias_bytes(call), (uintptr_t)call->recv, received)) {
    *result = site_violation(site, "acc %p and recvbuff %p overlap", call->bias, call->recv);
    return false;
  }
  return true;
}

int ccl_collective(const struct site *site, const struct collective_call *call) {
  int result;
  struct task task;
  struct comm *comm = ready_comm(site, call->comm, call->stream, &task, &result);
  struct part part = {.call = *call};
  if (comm == NULL || !good_type(site, call->type, &result) ||
      (reduces(call->kind) && !good_operator(site, comm, call->op, call->type, &part, &result))) {
    return call_over(site, result);
  }
  if (call->root < 0 || call->root >= comm->size) {
    return call_over(site, site_violation(site, "root %d of %d ranks", call->root, comm->size));
  }
  if (call->kind == ALL_REDUCE_WITH_BIAS && call->bias == NULL && call->count > 0) {
    return call_over(site, site_refuse(site, CCL_INVALID_ARGUMENT, "acc cannot be nullptr"));
  }
  if (call->config != NULL && !call_config_check(site, call->config, &result)) {
    return call_over(site, result);
  }
  /* Nothing to do is nothing to meet for. */
  if (call->count > 0 && good_memory(site, call, comm, &result)) {
    struct part *added = malloc(sizeof *added);
    *added = part;
    operation_begin(&added->operation, comm, run_collective, take_number);
    task.kind = TASK_COLLECTIVE;
    task.operation = &added->operation;
    add_task(task);
  }
  return call_over(site, result);
}

static int add_transfer(const struct site *site, const struct comm *comm, struct task task, struct transfer transfer) {
  char reason[200];
  if (transfer.peer < 0 || transfer.peer >= comm->size) {
    return site_violation(site, "peer %d of %d ranks", transfer.peer, comm->size);
  }
  size_t bytes = transfer.count * type_size(transfer.type);
  if (!memory_check(transfer.address, bytes, comm->device, "buffer", reason, sizeof reason)) {
    return site_violation(site, "%s", reason);
  }
  task.kind = TASK_TRANSFER;
  task.transfer = transfer;
  add_task(task);
  return CCL_SUCCESS;
}

int ccl_transfer(const struct site *site, bool send, void *address, size_t count, int type, int peer, void *handle, void *stream) {
  int result;
  struct task task;
  struct comm *comm = ready_comm(site, handle, stream, &task, &result);
  if (comm != NULL && good_type(site, type, &result)) {
    result = add_transfer(site, comm, task, (struct transfer){send, address, count, type, peer});
  }
  return call_over(site, result);
}

int ccl_all_to_all_v(const struct site *site, const void *send, const size_t *send_counts, const size_t *send_at, void *recv,
                     const size_t *recv_counts, const size_t *recv_at, int type, void *handle, void *stream) {
  int result;
  struct task task;
  struct comm *comm = ready_comm(site, handle, stream, &task, &result);
  if (comm == NULL || !good_type(site, type, &result)) {
    return call_over(site, result);
  }
  size_t size = type_size(type);
  for (int peer = 0; result == CCL_SUCCESS && peer < comm->size; peer++) {
    struct transfer out = {true, (char *)send + send_at[peer] * size, send_counts[peer], type, peer};
    struct transfer in = {false, (char *)recv + recv_at[peer] * size, recv_counts[peer], type, peer};
    result = add_transfer(site, comm, task, out);
    result = result == CCL_SUCCESS ? add_transfer(site, comm, task, in) : result;
  }
  return call_over(site, result);
}

/* ---- operators ---- */

int ccl_pre_mul_sum(const struct site *site, int *op, void *scalar, int type, int residence, void *handle) {
  static int numbers = AVG;
  enum { ON_DEVICE, ON_HOST };
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, true, &result) : NULL;
  if (comm == NULL || !good_type(site, type, &result)) {
    return site_leave(result);
  }
  char reason[200] = "NULL";
  bool on_host = residence == ON_HOST;
  if (op == NULL || scalar == NULL || (!on_host && residence != ON_DEVICE) ||
      !memory_check(scalar, type_size(type), on_host ? -1 : comm->device, "scalar", reason, sizeof reason)) {
    return site_leave(site_violation(site, "scalar %p of residence %d: %s", scalar, residence, reason));
  }
  struct operator_of_comm *made = calloc(1, sizeof *made);
  *made = (struct operator_of_comm){.next = comm->operators, .number = ++numbers, .type = type, .address = on_host ? NULL : scalar};
  if (on_host) {
    memcpy(made->bytes, scalar, type_size(type));
  }
  comm->operators = made;
  *op = made->number;
  return site_leave(CCL_SUCCESS);
}

int ccl_operator_end(const struct site *site, int op, void *handle) {
  int result = site_enter(site);
  struct comm *comm = result == CCL_SUCCESS ? comm_of(site, handle, false, &result) : NULL;
  struct operator_of_comm *made = comm == NULL ? NULL : operator_of(comm, op);
  if (comm != NULL && made == NULL) {
    result = site_violation(site, "op %d is not one of comm %p", op, handle);
  } else if (made != NULL) {
    struct operator_of_comm **link = &comm->operators;
    while (*link != made) {
      link = &(*link)->next;
    }
    *link = made->next;
    free(made);
  }
  return site_leave(result);
}

/* ---- put, signal, wait ---- */

static bool good_signal(const struct site *site, const struct comm *comm, int peer, int index, int context, int *result) {
  if (peer < 0 || peer >= comm->size || index < 0 || context < 0) {
    *result = site_violation(site, "peer %d of %d, signal %d, context %d", peer, comm->size, index, context);
    return false;
  }
  /* Contexts can be asked for from 2.29 on, but only since 2.31 are others than the first taken. */
  bool several = site->library->level >= 23100;
  int contexts = several || comm->config.contexts == 0 ? comm->config.contexts : 1;
  if (index >= comm->config.signals || context >= contexts) {
    *result = site_refuse(site, CCL_INVALID_ARGUMENT, "signal %d of %d, context %d of %d", index, comm->config.signals, context, contexts);
    return false;
  }
  return true;
}

/* What a put reads has to lie in a window as well as what it writes. */
static bool in_symmetric_window(const struct comm *comm, const void *address, size_t bytes) {
  for (const struct window *window = comm->windows; window != NULL; window = window->next) {
    size_t offset = (uintptr_t)address - window->address;
    if (window->symmetric && (uintptr_t)address >= window->address && bytes <= window->bytes && offset <= window->bytes - bytes) {
      return true;
    }
  }
  return false;
}

static int add_put(const struct site *site, struct put put, struct comm *comm, struct task task) {
  int result = CCL_SUCCESS;
  if (good_signal(site, comm, put.peer, put.index, put.context, &result)) {
    struct put *added = malloc(sizeof *added);
    *added = put;
    operation_begin(&added->operation, comm, run_put, count_pending);
    task.kind = TASK_PUT;
    task.operation = &added->operation;
    add_task(task);
  }
  return result;
}

int ccl_put(const struct site *site, const void *address, size_t count, int type, int peer, void *window_handle, size_t offset,
            int index, int context, unsigned flags, void *handle, void *stream) {
  int result;
  struct task task;
  struct comm *comm = ready_comm(site, handle, stream, &task, &result);
  if (comm == NULL || !good_type(site, type, &result)) {
    return call_over(site, result);
  }
  const char *reason;
  char text[200];
  const struct window *window = handle_body(window_handle, HANDLE_WINDOW, &reason);
  if (window == NULL || window->comm != comm || flags != 0) {
    return call_over(site, site_violation(site, "flags %u, window %s", flags, window == NULL ? reason : "of another communicator"));
  }
  size_t bytes = count * type_size(type);
  if (!memory_check(address, bytes, comm->device, "localbuff", text, sizeof text)) {
    return call_over(site, site_violation(site, "%s", text));
  }
  if (!window->symmetric || !in_symmetric_window(comm, address, bytes)) {
    return call_over(site, site_refuse(site, CCL_INVALID_ARGUMENT, "localbuff or the peer's window is in no symmetric window"));
  }
  struct put put = {.address = address, .bytes = bytes, .peer = peer, .window = window->number, .offset = offset, .index = index, .context = context};
  return call_over(site, add_put(site, put, comm, task));
}

int ccl_signal(const struct site *site, int peer, int index, int context, unsigned flags, void *handle, void *stream) {
  int result;
  struct task task;
  struct comm *comm = ready_comm(site, handle, stream, &task, &result);
  if (comm == NULL) {
    return call_over(site, result);
  }
  if (flags != 0) {
    return call_over(site, site_violation(site, "flags %u", flags));
  }
  struct put put = {.peer = peer, .index = index, .context = context};
  return call_over(site, add_put(site, put, comm, task));
}

int ccl_wait_signal(const struct site *site, int count, const struct signal_wait *waits, void *handle, void *stream) {
  int result;
  struct task task;
  struct comm *comm = ready_comm(site, handle, stream, &task, &result);
  if (comm == NULL) {
    return call_over(site, result);
  }
  if (count < 1 || waits == NULL) {
    return call_over(site, site_violation(site, "%d descriptions at %p", count, (const void *)waits));
  }
  for (int i = 0; i < count; i++) {
    if (waits[i].times < 1) {
      return call_over(site, site_violation(site, "description %d: opCnt %d", i, waits[i].times));
    }
    if (!good_signal(site, comm, waits[i].peer, waits[i].index, waits[i].context, &result)) {
      return call_over(site, result);
    }
  }
  struct wait *added = calloc(1, sizeof *added + (size_t)count * sizeof *waits);
  operation_begin(&added->operation, comm, run_wait, count_pending);
  added->count = count;
  memcpy(added->waits, waits, (size_t)count * sizeof *waits);
  task.kind = TASK_WAIT;
  task.operation = &added->operation;
  add_task(task);
  return call_over(site, CCL_SUCCESS);
}
