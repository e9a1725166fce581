package org.ccl4j.fake;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * What the ranks of one communicator share. It sees all of their calls: the k-th collective of one
 * rank meets the k-th of every other, the k-th send to a rank its k-th receive, and calls that do
 * not fit are an error that shows what each rank called.
 *
 * <p>Under the scheduler's lock, but for what is final, volatile or atomic.
 */
final class World {
  private final String name;
  private final int size;
  private final long[] issued;
  private final boolean[] departed;
  private boolean anyDeparted;
  private final AtomicIntegerArray unfinished;

  /**
   * Collectives that some rank has called and some rank has not; the first is the one numbered
   * {@link #windowStart}.
   */
  private final ArrayList<Exchange> window = new ArrayList<>();

  private long windowStart;

  /** Sends without a receive, and receives without a send, by sender and receiver. */
  private final Map<Integer, ArrayDeque<Part>> unpaired = new HashMap<>();

  /** Splits that some rank has called and some rank has not, by their number; guarded by itself. */
  private final Map<Long, Splitting> splittings = new HashMap<>();

  private volatile int failure = StatusCode.OK;
  private volatile String failureText = "";

  World(String name, int size) {
    this.name = name;
    this.size = size;
    issued = new long[size];
    departed = new boolean[size];
    unfinished = new AtomicIntegerArray(size);
  }

  String name() {
    return name;
  }

  int size() {
    return size;
  }

  Map<Long, Splitting> splittings() {
    return splittings;
  }

  int failure() {
    return failure;
  }

  String failureText() {
    return failureText;
  }

  /**
   * The operations that a rank has called and that have not completed. May be read without the
   * lock.
   */
  int unfinished(int rank) {
    return unfinished.get(rank);
  }

  void partDone(int rank) {
    unfinished.decrementAndGet(rank);
  }

  /** Takes a rank's call and finds the calls of other ranks that it belongs to. */
  void join(Part part, Scheduler scheduler) {
    unfinished.incrementAndGet(part.rank);
    if (failure != StatusCode.OK) {
      return; // begin() ends it
    }
    if (part.call.kind().isPointToPoint()) {
      pair(part, scheduler);
    } else {
      meet(part, scheduler);
    }
  }

  private void meet(Part part, Scheduler scheduler) {
    long number = issued[part.rank]++;
    int place = (int) (number - windowStart);
    if (place == window.size()) {
      window.add(new Exchange(this, size));
    }
    Exchange exchange = window.get(place);
    Part first = exchange.other(part);
    exchange.join(part.rank, part);
    if (first != null && !part.call.matches(first.call)) {
      fail(
          Codes.INVALID_USAGE,
          "the ranks called different operations as number " + number + ":" + roll(exchange),
          scheduler);
      return;
    }
    for (int rank = 0; anyDeparted && rank < size; rank++) {
      if (departed[rank] && !exchange.has(rank)) {
        failForGone(rank, part, scheduler);
        return;
      }
    }
    if (place == 0) {
      dropComplete();
    }
  }

  private void failForGone(int gone, Part part, Scheduler scheduler) {
    String caller = "rank " + part.rank + " called " + part.call;
    fail(
        Codes.REMOTE_ERROR,
        caller + ", but rank " + gone + " has closed the communicator",
        scheduler);
  }

  private void dropComplete() {
    int complete = 0;
    while (complete < window.size() && window.get(complete).isComplete()) {
      complete++;
    }
    window.subList(0, complete).clear();
    windowStart += complete;
  }

  private void pair(Part part, Scheduler scheduler) {
    boolean sends = part.call.kind() == Kind.SEND;
    int peer = part.call.other();
    int sender = sends ? part.rank : peer;
    int receiver = sends ? peer : part.rank;
    ArrayDeque<Part> queue =
        unpaired.computeIfAbsent(sender * size + receiver, key -> new ArrayDeque<>());
    Part opposite = queue.peekFirst();
    if (opposite == null || (opposite.call.kind() == Kind.SEND) == sends) {
      queue.addLast(part);
      if (departed[peer]) {
        failForGone(peer, part, scheduler);
      }
      return;
    }
    queue.removeFirst();
    Exchange exchange = new Exchange(this, 2);
    exchange.join(sends ? 1 : 0, opposite);
    exchange.join(sends ? 0 : 1, part);
    if (opposite.call.count() != part.call.count() || opposite.call.type() != part.call.type()) {
      fail(
          Codes.INVALID_USAGE,
          "a send and its receive differ:" + line(opposite.rank, opposite) + line(part.rank, part),
          scheduler);
    }
  }

  /** Called when a part reaches the head of its stream. */
  void begin(Part part, Scheduler scheduler) {
    part.begun = true;
    if (failure != StatusCode.OK && !part.isUnderWay()) {
      part.finish(scheduler);
    } else if (part.exchange != null) {
      part.exchange.partBegun(scheduler);
    }
  }

  /**
   * Ends the communicator for all ranks; the first failure is kept. What waits for other ranks is
   * given up at once.
   */
  void fail(int status, String text, Scheduler scheduler) {
    if (failure != StatusCode.OK) {
      return;
    }
    failureText = text;
    failure = status;
    window.clear();
    unpaired.clear();
    List<FakeStream> streams = List.copyOf(scheduler.busyStreams());
    for (FakeStream stream : streams) {
      if (stream.head() instanceof Launch launch) {
        launch.giveUp(this, scheduler);
      }
    }
  }

  /** A rank leaves in good order. Ranks that wait for it will wait in vain, so they are told. */
  void depart(int rank, Scheduler scheduler) {
    departed[rank] = true;
    anyDeparted = true;
    String what = "rank " + rank + " has closed the communicator while others wait for it:";
    for (Exchange exchange : window) {
      if (!exchange.has(rank)) {
        fail(Codes.REMOTE_ERROR, what + roll(exchange), scheduler);
        return;
      }
    }
    for (ArrayDeque<Part> queue : unpaired.values()) {
      Part waiting = queue.peekFirst();
      if (waiting != null && waiting.call.other() == rank) {
        fail(Codes.REMOTE_ERROR, what + line(waiting.rank, waiting), scheduler);
        return;
      }
    }
  }

  /** What a part waits for. */
  String describe(Part part) {
    String what = "rank " + part.rank + " of " + name + " is in " + part.call;
    Exchange exchange = part.exchange;
    if (exchange == null) {
      return what + " and its peer has not called the other end";
    }
    return exchange.isRunning()
        ? what + ", which is under way"
        : what + " and waits for other ranks:" + roll(exchange);
  }

  private static String roll(Exchange exchange) {
    StringBuilder text = new StringBuilder();
    for (int place = 0; place < exchange.places(); place++) {
      Part part = exchange.part(place);
      text.append(line(part == null ? place : part.rank, part));
    }
    return text.toString();
  }

  private static String line(int rank, @Nullable Part part) {
    String state =
        part == null
            ? "has not called"
            : part.call + (part.begun ? "" : ", behind earlier work on its stream");
    return System.lineSeparator() + "  rank " + rank + ": " + state;
  }
}
