package org.ccl4j.bootstrap;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;

/**
 * The store that a server offers: its keys, who waits for them, and who is connected. All of it is
 * used by the thread of the loop alone, so that requests take effect one after the other.
 */
final class StoreService implements Loop.Ready, Loop.Clock {
  private static final System.Logger LOG = System.getLogger(StoreService.class.getName());
  private static final long ACCEPT_PAUSE_NANOS = 100_000_000;
  private static final long WATCH_NANOS = 1_000_000_000;

  private final ServerSocketChannel listener;
  private final TcpStoreServer.Options options;
  private final StoreLimits limits;
  private final Table table;
  private final Map<String, Set<Wait>> waits = new HashMap<>();
  private final TreeSet<Wait> deadlines = new TreeSet<>();
  private final Set<Session> sessions = new LinkedHashSet<>();
  private final Set<Session> greeting = new LinkedHashSet<>(); // the oldest first
  private final AtomicInteger clients = new AtomicInteger();
  private final AtomicLong requests = new AtomicLong();
  private Optional<Loop> loop = Optional.empty();
  private Optional<SelectionKey> accepting = Optional.empty();
  private long acceptAgain;
  private long watched = System.nanoTime();
  private long waitNumber;

  /** A client that waits for a key. */
  record Wait(Session session, int id, String key, long deadline, long number)
      implements Comparable<Wait> {
    @Override
    public int compareTo(Wait other) {
      // By difference, because the clock may pass zero.
      int order = Long.signum(deadline - other.deadline);
      return order == 0 ? Long.compare(number, other.number) : order;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Wait wait && wait.number == number;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number);
    }
  }

  StoreService(ServerSocketChannel listener, TcpStoreServer.Options options) {
    this.listener = listener;
    this.options = options;
    this.limits = options.limits();
    this.table = new Table(limits.maxKeys(), limits.maxBytes());
  }

  TcpStoreServer.Options options() {
    return options;
  }

  /** How many requests were served so far. Any thread. */
  long requests() {
    return requests.get();
  }

  /** How many connections there are. Any thread. */
  int clients() {
    return clients.get();
  }

  /** Runs on the thread of the loop. */
  void start(Loop on) {
    loop = Optional.of(on);
    try {
      accepting = Optional.of(on.register(listener, SelectionKey.OP_ACCEPT, this));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "the store cannot be served", e);
    }
  }

  /** Runs on the thread of the loop. */
  void stop() {
    IOException why = new IOException("the server is closed");
    List.copyOf(sessions).forEach(session -> session.close(why));
  }

  // ---- connections

  @Override
  public void ready() {
    try {
      while (mayAccept()) {
        SocketChannel channel = listener.accept();
        if (channel == null) {
          return;
        }
        admit(channel);
      }
    } catch (IOException e) {
      // Typically too many open files. To try again at once would fail again at once.
      LOG.log(System.Logger.Level.WARNING, "a connection to the store could not be accepted", e);
      acceptAgain = System.nanoTime() + ACCEPT_PAUSE_NANOS;
    }
    acceptMore();
  }

  private void acceptMore() {
    accepting
        .filter(SelectionKey::isValid)
        .ifPresent(key -> key.interestOps(mayAccept() ? SelectionKey.OP_ACCEPT : 0));
  }

  private boolean mayAccept() {
    return acceptAgain == 0 && greeting.size() < limits.maxGreeting();
  }

  private void admit(SocketChannel channel) throws IOException {
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      Wire wire =
          options.tls().isPresent()
              ? TlsWire.server(channel, options.tls().get())
              : new Wire.Plain(channel);
      Session session = new Session(this, System.nanoTime());
      Link link =
          new Link(
              loop.orElseThrow(),
              channel,
              wire,
              session,
              new Link.Backlog(1 << 16, limits.maxBacklogBytes()));
      sessions.add(session);
      greeting.add(session);
      clients.set(sessions.size());
      session.begin(link);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** The session's other side has proved itself. */
  void admitted(Session session) {
    greeting.remove(session);
  }

  /** Whether one more client may be admitted. */
  boolean hasRoom() {
    return sessions.size() - greeting.size() < limits.maxConnections();
  }

  void left(Session session) {
    sessions.remove(session);
    greeting.remove(session);
    clients.set(sessions.size());
    session.waits().values().forEach(this::forget);
    session.waits().clear();
  }

  // ---- time

  @Override
  public long tick() {
    long now = System.nanoTime();
    while (!deadlines.isEmpty() && deadlines.first().deadline() - now <= 0) {
      Wait wait = deadlines.first();
      forget(wait);
      wait.session().waits().remove(wait.id());
      wait.session().answer(Reply.none(wait.id()));
    }
    long patience = Arguments.nanos(limits.greetingTimeout());
    while (!greeting.isEmpty() && now - greeting.iterator().next().since() >= patience) {
      Session late = greeting.iterator().next();
      greeting.remove(late);
      late.close(new IOException("the other side did not prove itself in time"));
    }
    if (now - watched >= watchNanos()) {
      watched = now;
      endStalled(now);
    }
    if (acceptAgain - now <= 0) {
      acceptAgain = 0;
    }
    acceptMore();
    return millisToNext(now, patience);
  }

  private void endStalled(long now) {
    long patience = Arguments.nanos(limits.stallTimeout());
    for (Session session : List.copyOf(sessions)) {
      if (session.stalledNanos(now) >= patience) {
        session.close(new IOException("the other side reads nothing any more"));
      }
    }
  }

  private long watchNanos() {
    return Math.min(WATCH_NANOS, Arguments.nanos(limits.stallTimeout()) / 2);
  }

  private long millisToNext(long now, long patience) {
    long next = Long.MAX_VALUE;
    if (!deadlines.isEmpty()) {
      next = deadlines.first().deadline() - now;
    }
    if (!greeting.isEmpty()) {
      next = Math.min(next, greeting.iterator().next().since() + patience - now);
    }
    if (!sessions.isEmpty()) {
      next = Math.min(next, watched + watchNanos() - now);
    }
    if (acceptAgain != 0) {
      next = Math.min(next, acceptAgain - now);
    }
    return next == Long.MAX_VALUE ? 0 : Math.max(1, next / 1_000_000 + 1);
  }

  // ---- requests

  void serve(Session session, Request request) {
    requests.incrementAndGet();
    int id = request.id();
    try {
      if (request.op() == Request.Op.CANCEL) {
        Wait wait = session.waits().remove(id);
        if (wait != null) {
          forget(wait);
        }
        return;
      }
      String key = request.key();
      // Every client of ours has checked it already, and others may have not.
      Arguments.requireKey(key);
      switch (request.op()) {
        case SET -> {
          table.put(key, checked(request.value()));
          session.answer(Reply.truth(id, true));
          wake(key);
        }
        case GET -> {
          byte[] value = table.get(key);
          session.answer(value == null ? Reply.none(id) : Reply.value(id, value));
        }
        case AWAIT -> await(session, request);
        case ADD -> {
          session.answer(Reply.number(id, table.add(key, request.number())));
          wake(key);
        }
        case COMPARE_AND_SET -> {
          boolean done = table.compareAndSet(key, request.expected(), checked(request.value()));
          session.answer(Reply.truth(id, done));
          wake(key);
        }
        case DELETE -> session.answer(Reply.truth(id, table.remove(key)));
        case CANCEL -> throw new IllegalStateException("served above");
      }
    } catch (CclException e) {
      session.answer(Reply.failure(id, e));
    }
  }

  private byte[] checked(byte[] value) {
    if (value.length > limits.maxValueBytes()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "value has "
              + value.length
              + " bytes; allowed by the server of this store are 0 to "
              + limits.maxValueBytes()
              + ".");
    }
    return value;
  }

  private void await(Session session, Request request) {
    byte[] value = table.get(request.key());
    if (value != null) {
      session.answer(Reply.value(request.id(), value));
      return;
    }
    if (session.waits().size() >= limits.maxWaits()) {
      throw new CclLibraryException(
          ErrorCode.STORE_FULL,
          "this client waits for "
              + session.waits().size()
              + " keys already; allowed are "
              + limits.maxWaits()
              + " at a time. Wait for fewer, or serve the store with higher limits.");
    }
    if (session.waits().containsKey(request.id())) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "the number " + request.id() + " is that of a wait; allowed is a new one.");
    }
    long nanos = Math.max(0, Math.min(request.number(), Long.MAX_VALUE / 4));
    Wait wait =
        new Wait(session, request.id(), request.key(), System.nanoTime() + nanos, waitNumber++);
    deadlines.add(wait);
    waits.computeIfAbsent(wait.key(), k -> new LinkedHashSet<>()).add(wait);
    session.waits().put(wait.id(), wait);
  }

  private void wake(String key) {
    byte[] value = table.get(key);
    Set<Wait> woken = value == null ? null : waits.remove(key);
    if (value == null || woken == null) {
      return;
    }
    for (Wait wait : woken) {
      deadlines.remove(wait);
      wait.session().waits().remove(wait.id());
      wait.session().answer(Reply.value(wait.id(), value));
    }
  }

  private void forget(Wait wait) {
    deadlines.remove(wait);
    Set<Wait> others = waits.get(wait.key());
    if (others != null && others.remove(wait) && others.isEmpty()) {
      waits.remove(wait.key());
    }
  }

  /** For tests: how many keys and waits there are. Runs on the thread of the loop. */
  int held() {
    return table.size() + deadlines.size() + waits.size();
  }
}
