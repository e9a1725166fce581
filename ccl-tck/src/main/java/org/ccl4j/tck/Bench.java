package org.ccl4j.tck;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Store;
import org.ccl4j.api.Stream;
import org.ccl4j.bootstrap.InMemoryStore;
import org.ccl4j.junit.RankScope;
import org.junit.jupiter.api.Assertions;

/**
 * What a rule works with on one rank: the rank's scope, memory under watch, and a meeting place.
 */
final class Bench implements AutoCloseable {
  /** How long work that must end may take on a slow and busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** How long is waited to see that something does not end. */
  static final Duration GLANCE = Duration.ofMillis(50);

  private final RankScope scope;
  private final List<Cells> watched = new ArrayList<>();
  private final Map<Integer, Deque<ByteBuffer>> pool = new HashMap<>();
  private CollectiveOptions options = CollectiveOptions.DEFAULT;

  Bench(RankScope scope) {
    this.scope = scope;
  }

  /** The bench of one device that a single thread drives beside others; there is nobody to meet. */
  static Bench alone(Ccl ccl, Communicator comm) {
    RankContext ranks = RankContext.of(comm.rank(), comm.size(), new InMemoryStore());
    return new Bench(new RankScope(ccl, comm, comm.device(), comm.device().openStream(), ranks));
  }

  Ccl ccl() {
    return scope.ccl();
  }

  Communicator comm() {
    return scope.communicator();
  }

  Device device() {
    return scope.device();
  }

  /** A new handle of a device that is not this rank's. */
  Device otherDevice() {
    int devices = ccl().deviceCount();
    if (devices == 1) {
      throw Kit.unsupported("2 devices are needed, there is 1");
    }
    return ccl().device((device().ordinal() + 1) % devices);
  }

  Stream stream() {
    return scope.stream();
  }

  /** What the operations of a {@link Sweep} are called with. */
  CollectiveOptions options() {
    return options;
  }

  void useOptions(CollectiveOptions others) {
    options = others;
  }

  int rank() {
    return scope.rank();
  }

  int size() {
    return scope.size();
  }

  /** The types that buffers can have. */
  List<DataType> types() {
    return types(Capability.FLOAT8);
  }

  /** The types that can be reduced. */
  List<DataType> reducibleTypes() {
    return types(Capability.FLOAT8_REDUCTION);
  }

  /** Those of them that can be scaled: a single rank need not scale 8-bit floats. */
  List<DataType> scalableTypes() {
    return reducibleTypes().stream().filter(this::isScalable).toList();
  }

  private boolean isScalable(DataType type) {
    boolean excusable = size() == 1 && type.isFloatingPoint() && FloatFormat.of(type).isEightBit();
    if (!excusable) {
      return true;
    }
    try (PreMulSum op = comm().preMulSum(type, 1)) {
      return op.type() == type;
    } catch (CclUsageException e) {
      Assertions.assertEquals(ErrorCode.UNSUPPORTED, e.code(), "an operator for " + type);
      return false;
    }
  }

  private List<DataType> types(Capability forEightBits) {
    boolean all = ccl().backend().can(forEightBits);
    return Arrays.stream(DataType.values())
        .filter(t -> all || !t.isFloatingPoint() || !FloatFormat.of(t).isEightBit())
        .toList();
  }

  /** Memory under watch, compared by the next {@link #check(String)}. */
  Cells cells(DataType type, long count) {
    Cells cells = new Cells(this, type, Math.toIntExact(count));
    watched.add(cells);
    return cells;
  }

  /** Waits for the stream and compares all memory under watch, which then ends. */
  void check(String what) {
    check(what, stream());
  }

  /** As {@link #check(String)}, for work that the given stream has or waits for. */
  void check(String what, Stream stream) {
    watched.forEach(cells -> cells.download(stream));
    stream.synchronize(PATIENCE);
    watched.forEach(cells -> cells.compare(what));
    watched.forEach(Cells::close);
    watched.clear();
  }

  /** Reduces something on all ranks, to see that the communicator still works. */
  void checkUsable(String when) {
    checkUsable(comm(), when);
  }

  /** As {@link #checkUsable(String)}, for any communicator of this rank's device. */
  void checkUsable(Communicator comm, String when) {
    Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, comm.size());
    Cells cells = cells(DataType.INT32, 100).with(0, 100, data.input(comm.rank()));
    comm.allReduce(cells.buffer(), cells.buffer(), ReduceOp.SUM, stream());
    cells.expect(0, 100, data.expected());
    check("all-reduce after " + when);
  }

  /**
   * Rank 0 does alone what another communicator does not survive; the other ranks give theirs up
   * after that.
   *
   * @param failing connected and used by all ranks
   * @param alone gives what became of it
   */
  void giveUp(Communicator failing, Supplier<CclException> alone) {
    // Or giving up would hit another rank before it has seen its own check done.
    meet("checked");
    if (rank() == 0) {
      CclException late = alone.get();
      Assertions.assertEquals(ErrorCode.OPERATION_TIMEOUT, late.code());
      Assertions.assertEquals(late, failing.failure().orElse(null), "the first failure");
      failing.close();
      signal("given up");
    } else {
      await("given up");
      failing.abort();
    }
    checkUsable("another communicator was given up");
  }

  /** Waits, on the host, for all ranks to come to the same point. */
  void meet(String point) {
    Store store = scope.ranks().store();
    if (store.add("meet/" + point, 1) == size()) {
      signal("met/" + point);
    }
    await("met/" + point);
  }

  /** Says something to the other ranks without using the communicator. */
  void signal(String what) {
    scope.ranks().store().set(what, new byte[0]);
  }

  /** Waits until some rank has said something. */
  void await(String what) {
    scope.ranks().store().await(what, PATIENCE);
  }

  /** Gives the other ranks a text. */
  void publish(String key, String text) {
    scope.ranks().store().set(key, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Waits for a text from another rank. */
  String read(String key) {
    return new String(scope.ranks().store().await(key, PATIENCE), StandardCharsets.UTF_8);
  }

  /** A corner of the common store in which ranks can connect under other conditions. */
  Store store(String corner) {
    return scope.ranks().store().prefixed(corner);
  }

  /** Another communicator over the same ranks and devices. */
  Communicator another(ConnectOptions options) {
    return ccl().connect(device(), scope.ranks(), options);
  }

  ByteBuffer host(int bytes) {
    Deque<ByteBuffer> free = pool.get(bytes);
    ByteBuffer buffer = free == null ? null : free.poll();
    return buffer != null ? buffer : Elements.direct(bytes);
  }

  void giveBack(ByteBuffer... buffers) {
    for (ByteBuffer buffer : buffers) {
      pool.computeIfAbsent(buffer.capacity(), bytes -> new ArrayDeque<>()).push(buffer);
    }
  }

  /** Frees what a rule that failed has left. */
  @Override
  public void close() {
    watched.forEach(Cells::close);
    watched.clear();
  }
}
