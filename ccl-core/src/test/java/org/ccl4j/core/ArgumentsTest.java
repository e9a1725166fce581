package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.core.Op.Args;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong is found before the backend is called, and costs nothing but the call. */
@SuppressWarnings("NullAway") // null is among what is wrong here
class ArgumentsTest {
  private World world = new World(Op.RANKS);
  private Communicator comm = world.comms.get(Op.RANK);
  private org.ccl4j.api.Stream stream = world.devices.get(Op.RANK).openStream();

  @BeforeEach
  void forgetTheSetUp() {
    world.stub.forget();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void useWithout(Capability... absent) {
    world.close();
    StubBackend stub = new StubBackend();
    stub.capabilities = EnumSet.complementOf(EnumSet.of(absent[0], absent));
    world = new World(stub, Op.RANKS);
    comm = world.comms.get(Op.RANK);
    stream = world.devices.get(Op.RANK).openStream();
  }

  private DeviceBuffer buffer(DataType type, long count) {
    return world.devices.get(Op.RANK).allocate(type, count);
  }

  private Args good() {
    return good(DataType.FLOAT32);
  }

  private Args good(DataType type) {
    Args args = new Args();
    args.send = buffer(type, Op.RANKS * Op.COUNT);
    args.recv = buffer(type, Op.RANKS * Op.COUNT);
    args.bias = buffer(type, Op.COUNT);
    args.stream = stream;
    return args;
  }

  /** Spoils good arguments, expects the code, nothing launched, and a communicator as before. */
  private CclException assertRefused(Op op, ErrorCode code, Consumer<Args> spoil) {
    return assertRefused(op, code, good(), spoil);
  }

  private CclException assertRefused(Op op, ErrorCode code, Args args, Consumer<Args> spoil) {
    spoil.accept(args);
    world.stub.forget();
    CclException e = assertCode(CclUsageException.class, code, () -> op.call(comm, args));
    assertEquals(List.of(), world.stub.calls(), "what reached the backend");
    assertTrue(comm.failure().isEmpty(), "the communicator failed");
    assertAccepted(Op.ALL_REDUCE, good());
    return e;
  }

  private void assertAccepted(Op op, Args args) {
    world.stub.forget();
    op.call(comm, args);
    assertFalse(world.stub.calls().isEmpty(), "nothing reached the backend");
  }

  static Stream<Op> all() {
    return Op.all();
  }

  static Stream<Op> withSend() {
    return Op.all().filter(Op::usesSend);
  }

  static Stream<Op> withRecv() {
    return Op.all().filter(Op::usesRecv);
  }

  static Stream<Op> withBoth() {
    return Op.all().filter(op -> op.usesSend() && op.usesRecv());
  }

  static Stream<Op> withParts() {
    return withBoth().filter(op -> op.sendParts > 1 || op.recvParts > 1);
  }

  static Stream<Op> withElements() {
    return Op.all().filter(op -> op != Op.BARRIER);
  }

  static Stream<Op> withCount() {
    return Op.all().filter(Op::takesCount);
  }

  static Stream<Op> withArrays() {
    return Op.all().filter(Op::takesArrays);
  }

  static Stream<Op> withRank() {
    return Op.all().filter(op -> op.hasRoot() || op.hasPeer());
  }

  static Stream<Op> reducing() {
    return Op.all().filter(Op::reduces);
  }

  static Stream<Op> withInPlaceForm() {
    return withBoth().filter(op -> op != Op.ALL_TO_ALL && op != Op.ALL_TO_ALL_V);
  }

  static Stream<Op> withIgnoredBuffer() {
    return Op.all().filter(op -> op.ignoredAwayFromRoot() != null);
  }

  @ParameterizedTest
  @MethodSource("all")
  void goodArgumentsReachTheBackend(Op op) {
    assertAccepted(op, good());
  }

  @ParameterizedTest
  @MethodSource("withSend")
  void sendMustNotBeNull(Op op) {
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.send = null);
  }

  @ParameterizedTest
  @MethodSource("withRecv")
  void recvMustNotBeNull(Op op) {
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.recv = null);
  }

  @ParameterizedTest
  @MethodSource("all")
  void streamMustNotBeNull(Op op) {
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.stream = null);
  }

  @ParameterizedTest
  @MethodSource("all")
  void optionsMustNotBeNull(Op op) {
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.options = null);
  }

  @ParameterizedTest
  @MethodSource("reducing")
  void operatorMustNotBeNull(Op op) {
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.op = null);
  }

  @ParameterizedTest
  @MethodSource("withArrays")
  void countsAndOffsetsMustNotBeNull(Op op) {
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.counts = null);
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.offsets = null);
    if (op == Op.ALL_TO_ALL_V) {
      assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.recvCounts = null);
      assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.recvOffsets = null);
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void theShortFormsRefuseNullToo() {
    Args a = good();
    List<Runnable> calls =
        List.of(
            () -> comm.allReduce(null, a.recv, ReduceOp.SUM, stream),
            () -> comm.allReduceWithBias(null, a.recv, a.bias, ReduceOp.SUM, stream),
            () -> comm.allReduceWithBias(a.send, a.recv, null, ReduceOp.SUM, stream),
            () -> comm.broadcast(a.send, null, 0, stream),
            () -> comm.reduce(null, a.recv, ReduceOp.SUM, 0, stream),
            () -> comm.allGather(null, a.recv, stream),
            () -> comm.reduceScatter(a.send, null, ReduceOp.SUM, stream),
            () -> comm.allToAll(null, a.recv, stream),
            () -> comm.gather(null, a.recv, 0, stream),
            () -> comm.scatter(a.send, null, 0, stream),
            () -> comm.send(null, 0, stream),
            () -> comm.recv(null, 0, stream),
            () -> comm.allToAllV(a.send, null, a.recv, a.counts, stream),
            () -> comm.allGatherV(a.send, a.recv, null, stream),
            () -> comm.reduceScatterV(a.send, null, a.recv, ReduceOp.SUM, stream),
            () -> comm.gatherV(a.send, a.recv, null, 0, stream),
            () -> comm.scatterV(a.send, null, a.recv, 0, stream),
            () -> comm.barrier(null),
            () -> comm.group(null),
            () -> comm.split(0, 0, null),
            () -> comm.shrink(null, ShrinkMode.PLAIN),
            () -> comm.shrink(Set.of(1), null),
            () -> comm.shrink(Set.of(1), ShrinkMode.PLAIN, null),
            () -> comm.grow(9, Optional.empty(), null),
            () -> comm.grow((RankContext) null, ConnectOptions.DEFAULT),
            () -> comm.memoryStatistic(null),
            () -> world.ccl.simulate(null),
            () -> comm.preMulSum(null, 1.0),
            () -> comm.preMulSum(DataType.INT8, (ByteBuffer) null),
            () -> comm.preMulSum((DeviceBuffer) null));
    world.stub.forget();
    for (Runnable call : calls) {
      assertCode(CclUsageException.class, ErrorCode.NULL_ARGUMENT, call::run);
    }
    assertEquals(List.of(), world.stub.calls());
  }

  @ParameterizedTest
  @MethodSource("withSend")
  void sendMustBeOpen(Op op) {
    assertRefused(op, ErrorCode.CLOSED, a -> a.send.close());
  }

  @ParameterizedTest
  @MethodSource("withRecv")
  void recvMustBeOpen(Op op) {
    assertRefused(op, ErrorCode.CLOSED, a -> a.recv.close());
  }

  @ParameterizedTest
  @MethodSource("withSend")
  void aPartOfAClosedBufferIsClosed(Op op) {
    assertRefused(
        op,
        ErrorCode.CLOSED,
        a -> {
          DeviceBuffer whole = a.send;
          a.send = whole.slice(0, whole.count());
          whole.close();
        });
  }

  @ParameterizedTest
  @MethodSource("all")
  void streamMustBeOpen(Op op) {
    assertRefused(
        op,
        ErrorCode.CLOSED,
        a -> {
          a.stream = world.devices.get(Op.RANK).openStream();
          a.stream.close();
        });
  }

  @ParameterizedTest
  @MethodSource("all")
  void communicatorMustBeOpen(Op op) {
    Args args = good();
    comm.close();
    world.stub.forget();
    assertCode(CclUsageException.class, ErrorCode.CLOSED, () -> op.call(comm, args));
    assertEquals(List.of(), world.stub.calls());
  }

  @ParameterizedTest
  @MethodSource("all")
  void communicatorMustNotBeAborted(Op op) {
    Args args = good();
    comm.abort();
    world.stub.forget();
    CclException e =
        assertCode(CclUsageException.class, ErrorCode.CLOSED, () -> op.call(comm, args));
    assertTrue(e.getMessage().contains("aborted"), e.getMessage());
    assertEquals(List.of(), world.stub.calls());
  }

  @ParameterizedTest
  @MethodSource("all")
  void communicatorMustNotHaveFailed(Op op) {
    Args args = good();
    world.nativeComm(Op.RANK).asyncError = StubBackend.REMOTE_ERROR;
    CclException first = comm.failure().orElseThrow();
    assertEquals(ErrorCode.REMOTE_FAILURE, first.code());
    world.stub.forget();
    CclException later = assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> op.call(comm, args));
    assertEquals(first, later.getCause());
    assertEquals(List.of(), world.stub.calls());
  }

  @ParameterizedTest
  @MethodSource("all")
  void objectsOfAnotherCclAreForeign(Op op) {
    try (Ccl other = new StubBackend().open()) {
      DeviceBuffer alien = other.device(Op.RANK).allocate(DataType.FLOAT32, 12);
      if (op.usesSend()) {
        assertRefused(op, ErrorCode.FOREIGN_OBJECT, a -> a.send = alien);
      }
      if (op.usesRecv()) {
        assertRefused(op, ErrorCode.FOREIGN_OBJECT, a -> a.recv = alien);
      }
      assertRefused(
          op, ErrorCode.FOREIGN_OBJECT, a -> a.stream = other.device(Op.RANK).openStream());
    }
  }

  @ParameterizedTest
  @MethodSource("reducing")
  void anOperatorOfAnotherCclIsForeign(Op op) {
    try (World other = new World(Op.RANKS)) {
      assertRefused(
          op,
          ErrorCode.FOREIGN_OBJECT,
          a -> a.op = other.comms.get(Op.RANK).preMulSum(DataType.FLOAT32, 2));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void objectsOfAnotherImplementationAreForeign(Op op) {
    if (op.usesSend()) {
      assertRefused(op, ErrorCode.FOREIGN_OBJECT, a -> a.send = alien(DeviceBuffer.class));
    }
    if (op.usesRecv()) {
      assertRefused(op, ErrorCode.FOREIGN_OBJECT, a -> a.recv = alien(DeviceBuffer.class));
    }
    if (op.reduces()) {
      assertRefused(op, ErrorCode.FOREIGN_OBJECT, a -> a.op = alien(PreMulSum.class));
    }
    assertRefused(op, ErrorCode.FOREIGN_OBJECT, a -> a.stream = alien(org.ccl4j.api.Stream.class));
  }

  private static <T> T alien(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new AssertionError(method + " of a foreign object was called");
            }));
  }

  @ParameterizedTest
  @MethodSource("all")
  void objectsOfAnotherDeviceAreRefused(Op op) {
    DeviceBuffer elsewhere = world.floats(12);
    if (op.usesSend()) {
      assertRefused(op, ErrorCode.WRONG_DEVICE, a -> a.send = elsewhere);
    }
    if (op.usesRecv()) {
      assertRefused(op, ErrorCode.WRONG_DEVICE, a -> a.recv = elsewhere);
    }
    assertRefused(op, ErrorCode.WRONG_DEVICE, a -> a.stream = world.stream);
  }

  @ParameterizedTest
  @MethodSource("all")
  void anotherHandleOfTheSameDeviceIsTheSameDevice(Op op) {
    try (org.ccl4j.api.Device again = world.ccl.device(Op.RANK)) {
      Args args = new Args();
      args.send = again.allocate(DataType.FLOAT32, 12);
      args.recv = again.allocate(DataType.FLOAT32, 12);
      args.bias = again.allocate(DataType.FLOAT32, 12);
      args.stream = again.openStream();
      assertAccepted(op, args);
    }
  }

  @ParameterizedTest
  @MethodSource("withBoth")
  void buffersMustHaveOneType(Op op) {
    assertRefused(op, ErrorCode.TYPE_MISMATCH, a -> a.recv = buffer(DataType.INT32, 12));
  }

  @ParameterizedTest
  @MethodSource("withCount")
  void countMustNotBeNegative(Op op) {
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.count = -1);
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.count = Long.MIN_VALUE);
  }

  @ParameterizedTest
  @MethodSource("withCount")
  void countMustNotOverflow(Op op) {
    int parts = Math.max(op.sendParts, op.recvParts);
    long most = Long.MAX_VALUE / 4 / parts;
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.count = Long.MAX_VALUE);
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.count = most + 1);
    assertRefused(op, ErrorCode.BUFFER_TOO_SMALL, a -> a.count = most);
  }

  @ParameterizedTest
  @MethodSource("withSend")
  void sendMustHoldWhatIsRead(Op op) {
    long needed = (long) op.sendParts * Op.COUNT;
    assertRefused(
        op, ErrorCode.BUFFER_TOO_SMALL, a -> a.send = buffer(DataType.FLOAT32, needed - 1));
    Args exact = good();
    exact.send = buffer(DataType.FLOAT32, needed);
    assertAccepted(op, exact);
  }

  @ParameterizedTest
  @MethodSource("withRecv")
  void recvMustHoldWhatIsWritten(Op op) {
    long needed = (long) op.recvParts * Op.COUNT;
    assertRefused(
        op, ErrorCode.BUFFER_TOO_SMALL, a -> a.recv = buffer(DataType.FLOAT32, needed - 1));
    Args exact = good();
    exact.recv = buffer(DataType.FLOAT32, needed);
    assertAccepted(op, exact);
  }

  @ParameterizedTest
  @MethodSource("withRank")
  void rootAndPeerMustBeRanks(Op op) {
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.root = -1);
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.root = Op.RANKS);
  }

  @ParameterizedTest
  @MethodSource("withIgnoredBuffer")
  void whatIsIgnoredAwayFromTheRootIsNotLookedAt(Op op) {
    for (DeviceBuffer ignored :
        new DeviceBuffer[] {null, alien(DeviceBuffer.class), world.floats(1)}) {
      Args args = good();
      args.root = 0;
      if ("send".equals(op.ignoredAwayFromRoot())) {
        args.send = ignored;
      } else {
        args.recv = ignored;
      }
      assertAccepted(op, args);
    }
  }

  @ParameterizedTest
  @MethodSource("withBoth")
  void buffersThatOverlapByOneElementAreRefused(Op op) {
    DeviceBuffer memory = buffer(DataType.FLOAT32, 100);
    long sends = (long) op.sendParts * Op.COUNT;
    long receives = (long) op.recvParts * Op.COUNT;
    assertRefused(
        op,
        ErrorCode.ILLEGAL_OVERLAP,
        a -> {
          a.send = memory.slice(20, sends);
          a.recv = memory.slice(20 + sends - 1, receives);
        });
    assertRefused(
        op,
        ErrorCode.ILLEGAL_OVERLAP,
        a -> {
          a.recv = memory.slice(20, receives);
          a.send = memory.slice(20 + receives - 1, sends);
        });
    Args touching = good();
    touching.send = memory.slice(20, sends);
    touching.recv = memory.slice(20 + sends, receives);
    assertAccepted(op, touching);
  }

  @ParameterizedTest
  @MethodSource("withInPlaceForm")
  void theInPlaceFormIsAccepted(Op op) {
    DeviceBuffer memory = buffer(DataType.FLOAT32, Op.RANKS * Op.COUNT);
    long own = (long) Op.RANK * Op.COUNT;
    Args args = good();
    args.send = op.sendParts < op.recvParts ? memory.slice(own, Op.COUNT) : memory;
    args.recv = op.recvParts < op.sendParts ? memory.slice(own, Op.COUNT) : memory;
    assertAccepted(op, args);
  }

  @ParameterizedTest
  @MethodSource("withParts")
  void thePlaceOfAnotherRankIsNotTheInPlaceForm(Op op) {
    DeviceBuffer memory = buffer(DataType.FLOAT32, Op.RANKS * Op.COUNT);
    assertRefused(
        op,
        ErrorCode.ILLEGAL_OVERLAP,
        a -> {
          a.send = op.sendParts < op.recvParts ? memory.slice(0, Op.COUNT) : memory;
          a.recv = op.recvParts < op.sendParts ? memory.slice(0, Op.COUNT) : memory;
        });
  }

  @ParameterizedTest
  @MethodSource("withCount")
  void aCountOfZeroIsAllowedEvenWithEmptyBuffers(Op op) {
    Args args = good();
    args.count = 0;
    op.call(comm, args);
    args.send = buffer(DataType.FLOAT32, 0);
    args.recv = buffer(DataType.FLOAT32, 0);
    op.call(comm, args);
  }

  @ParameterizedTest
  @MethodSource("withArrays")
  void arraysMustHaveAnEntryForEachRank(Op op) {
    assertRefused(op, ErrorCode.INVALID_ARGUMENT, a -> a.counts = new long[] {4, 4});
    assertRefused(op, ErrorCode.INVALID_ARGUMENT, a -> a.offsets = new long[] {0, 4, 8, 12});
    if (op == Op.ALL_TO_ALL_V) {
      assertRefused(op, ErrorCode.INVALID_ARGUMENT, a -> a.recvCounts = new long[2]);
      assertRefused(op, ErrorCode.INVALID_ARGUMENT, a -> a.recvOffsets = new long[4]);
    }
  }

  @ParameterizedTest
  @MethodSource("withArrays")
  void countsAndOffsetsMustNotBeNegativeOrOverflow(Op op) {
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.counts = new long[] {4, -1, 4});
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.offsets = new long[] {0, -1, 8});
    assertRefused(op, ErrorCode.OUT_OF_RANGE, a -> a.offsets = new long[] {0, Long.MAX_VALUE, 8});
    assertRefused(
        op, ErrorCode.OUT_OF_RANGE, a -> a.counts = new long[] {Long.MAX_VALUE, Long.MAX_VALUE, 4});
  }

  @ParameterizedTest
  @MethodSource("withArrays")
  void partsMustLieInTheirBuffer(Op op) {
    assertRefused(op, ErrorCode.BUFFER_TOO_SMALL, a -> a.offsets = new long[] {0, 4, 9});
    if (op == Op.ALL_TO_ALL_V) {
      assertRefused(op, ErrorCode.BUFFER_TOO_SMALL, a -> a.recvOffsets = new long[] {9, 4, 0});
    }
  }

  @ParameterizedTest
  @MethodSource("withArrays")
  void partsThatAreWrittenMustBeApart(Op op) {
    boolean partsAreWritten = op.recvParts > 1;
    if (op == Op.ALL_TO_ALL_V) {
      assertRefused(op, ErrorCode.ILLEGAL_OVERLAP, a -> a.recvOffsets = new long[] {0, 3, 8});
    } else if (partsAreWritten) {
      assertRefused(op, ErrorCode.ILLEGAL_OVERLAP, a -> a.offsets = new long[] {0, 3, 8});
      assertRefused(op, ErrorCode.ILLEGAL_OVERLAP, a -> a.offsets = new long[] {8, 5, 0});
    } else {
      Args args = good();
      args.offsets = new long[] {0, 3, 8};
      assertAccepted(op, args);
    }
    Args falling = good();
    falling.offsets = new long[] {8, 4, 0};
    falling.recvOffsets = new long[] {8, 4, 0};
    assertAccepted(op, falling);
  }

  @Test
  void theBiasIsCheckedAsTheOtherBuffersAre() {
    Op op = Op.ALL_REDUCE_WITH_BIAS;
    assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.bias = null);
    assertRefused(op, ErrorCode.CLOSED, a -> a.bias.close());
    assertRefused(op, ErrorCode.FOREIGN_OBJECT, a -> a.bias = alien(DeviceBuffer.class));
    assertRefused(op, ErrorCode.WRONG_DEVICE, a -> a.bias = world.floats(12));
    assertRefused(op, ErrorCode.TYPE_MISMATCH, a -> a.bias = buffer(DataType.INT32, 12));
    assertRefused(
        op, ErrorCode.BUFFER_TOO_SMALL, a -> a.bias = buffer(DataType.FLOAT32, Op.COUNT - 1));
  }

  @Test
  void theBiasSharesNoMemoryWithTheResult() {
    DeviceBuffer memory = buffer(DataType.FLOAT32, 100);
    Op op = Op.ALL_REDUCE_WITH_BIAS;
    int count = Op.COUNT;
    for (int shift : new int[] {1 - count, 0, count - 1}) {
      assertRefused(
          op,
          ErrorCode.ILLEGAL_OVERLAP,
          a -> {
            a.recv = memory.slice(20, count);
            a.bias = memory.slice(20 + shift, count);
          });
    }
    for (int shift : new int[] {-count, count}) {
      Args touching = good();
      touching.recv = memory.slice(20, count);
      touching.bias = memory.slice(20 + shift, count);
      assertAccepted(op, touching);
    }
    Args asSent = good();
    asSent.bias = asSent.send;
    assertAccepted(op, asSent);
    assertRefused(
        op,
        ErrorCode.ILLEGAL_OVERLAP,
        a -> {
          a.recv = a.send;
          a.bias = a.send;
        });
  }

  @Test
  void aBiasNeedsItsCapability() {
    useWithout(Capability.ALL_REDUCE_BIAS);
    CclException e = assertRefused(Op.ALL_REDUCE_WITH_BIAS, ErrorCode.UNSUPPORTED, good(), a -> {});
    for (String part : List.of("allReduceWithBias", "test/stub 1.0", "ALL_REDUCE_BIAS")) {
      assertTrue(e.getMessage().contains(part), part + " in " + e.getMessage());
    }
  }

  private static final Set<Op> TUNABLE =
      EnumSet.of(
          Op.ALL_REDUCE,
          Op.BROADCAST,
          Op.REDUCE,
          Op.ALL_GATHER,
          Op.REDUCE_SCATTER,
          Op.ALL_TO_ALL,
          Op.GATHER,
          Op.SCATTER);

  private Args asking(Tuning tuning) {
    Args args = good();
    args.options = CollectiveOptions.DEFAULT.withTuning(tuning);
    return args;
  }

  @ParameterizedTest
  @MethodSource("all")
  void aTuningReachesTheBackendOrIsRefused(Op op) {
    Args args = asking(Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 4));
    if (!TUNABLE.contains(op)) {
      CclException e = assertRefused(op, ErrorCode.UNSUPPORTED, args, a -> {});
      assertTrue(e.getMessage().contains("MAX_CTAS=4"), e.getMessage());
      return;
    }
    assertAccepted(op, args);
    assertEquals(1, world.stub.calls().size(), () -> world.stub.calls() + "");
    String call = world.stub.calls().get(0);
    assertTrue(call.contains("tuned(" + op + ", "), call);
    assertTrue(call.contains("Tuning{MAX_CTAS=4}"), call);
    // The operation by itself is as it was.
    assertAccepted(op, good());
    assertEquals(List.of(), world.stub.calls("tuned"));
  }

  @Test
  void nothingAskedIsNoTuning() {
    assertAccepted(Op.SEND, asking(Tuning.DEFAULT));
    assertAccepted(Op.ALL_REDUCE, asking(Tuning.DEFAULT));
    assertEquals(List.of(), world.stub.calls("tuned"));
  }

  @Test
  void optionsThatTheLibraryDoesNotKnowForACallAreNamed() {
    for (Tuning tuning :
        List.of(
            Tuning.DEFAULT.with(TuningOption.PROFILER_TAG, 1),
            Tuning.DEFAULT.withAlgorithms("ring"))) {
      CclException e = assertRefused(Op.ALL_REDUCE, ErrorCode.UNSUPPORTED, asking(tuning), a -> {});
      for (String part :
          List.of(
              "allReduce",
              "test/stub 1.0",
              "for a call",
              tuning.options().iterator().next() + "")) {
        assertTrue(e.getMessage().contains(part), part + " in " + e.getMessage());
      }
    }
    assertRefused(
        Op.ALL_REDUCE,
        ErrorCode.INVALID_ARGUMENT,
        asking(Tuning.DEFAULT.with(TuningOption.MIN_CTAS, 3).with(TuningOption.MAX_CTAS, 2)),
        a -> {});
  }

  @Test
  void anOptionOfCommunicatorsIsSentThere() {
    for (Tuning tuning :
        List.of(
            Tuning.DEFAULT.withNetwork("Socket"),
            Tuning.DEFAULT.with(TuningOption.SPLIT_SHARE, 1))) {
      CclException e = assertRefused(Op.ALL_REDUCE, ErrorCode.UNSUPPORTED, asking(tuning), a -> {});
      for (String part :
          List.of(tuning.options().iterator().next() + "", "ConnectOptions.withTuning")) {
        assertTrue(e.getMessage().contains(part), part + " in " + e.getMessage());
      }
    }
  }

  @Test
  void anOptionOfCallsIsSentThere() {
    for (Tuning tuning :
        List.of(
            Tuning.DEFAULT.withAlgorithms("ring"),
            Tuning.DEFAULT.with(TuningOption.PROFILER_TAG, 1))) {
      world.stub.forget();
      CclException e =
          assertCode(
              CclUsageException.class,
              ErrorCode.UNSUPPORTED,
              () -> world.ccl.connectAll(world.devices, ConnectOptions.DEFAULT.withTuning(tuning)));
      assertEquals(List.of(), world.stub.calls(), "what reached the backend");
      assertTrue(e.getMessage().contains("CollectiveOptions.withTuning"), e.getMessage());
    }
  }

  @Test
  void aTuningOfACallNeedsItsCapability() {
    useWithout(Capability.CALL_TUNING);
    CclException e =
        assertRefused(
            Op.BROADCAST,
            ErrorCode.UNSUPPORTED,
            asking(Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 2)),
            a -> {});
    assertTrue(e.getMessage().contains("CALL_TUNING"), e.getMessage());
  }

  /** A composed operation has no call of its own that could be tuned. */
  @Test
  void aComposedOperationRefusesATuning() {
    useWithout(Capability.NATIVE_ALL_TO_ALL, Capability.NATIVE_GATHER, Capability.NATIVE_SCATTER);
    for (Op op : List.of(Op.ALL_TO_ALL, Op.GATHER, Op.SCATTER)) {
      assertRefused(
          op,
          ErrorCode.UNSUPPORTED,
          asking(Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 2)),
          a -> {});
    }
  }

  @Test
  void aBiasNeedsAnotherRank() {
    try (World alone = new World(1)) {
      DeviceBuffer a = alone.floats(4);
      DeviceBuffer b = alone.floats(4);
      alone.stub.forget();
      CclException e =
          assertCode(
              CclUsageException.class,
              ErrorCode.UNSUPPORTED,
              () -> alone.comm.allReduceWithBias(a, a, b, ReduceOp.SUM, alone.stream));
      assertTrue(e.getMessage().contains("1 rank"), e.getMessage());
      assertEquals(List.of(), alone.stub.calls());
      assertTrue(alone.comm.failure().isEmpty());
    }
  }

  @Test
  void theShortFormOfAllToAllNeedsAWholeShareForEachRank() {
    Args a = good();
    a.send = buffer(DataType.FLOAT32, 11);
    world.stub.forget();
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> comm.allToAll(a.send, a.recv, stream));
    assertEquals(List.of(), world.stub.calls());
    comm.allToAll(good().send, a.recv, stream);
    assertEquals(1, world.stub.calls("allToAll").size());
  }

  @ParameterizedTest
  @MethodSource("reducing")
  void anOperatorMustFitCommunicatorAndType(Op op) {
    PreMulSum other = world.comm.preMulSum(DataType.FLOAT32, 2);
    assertRefused(op, ErrorCode.INVALID_OPERATOR, a -> a.op = other);
    PreMulSum integer = comm.preMulSum(DataType.INT32, 2);
    assertRefused(op, ErrorCode.INVALID_OPERATOR, a -> a.op = integer);
    PreMulSum closed = comm.preMulSum(DataType.FLOAT32, 2);
    closed.close();
    assertRefused(op, ErrorCode.CLOSED, a -> a.op = closed);
    DeviceBuffer scalar = buffer(DataType.FLOAT32, 1);
    PreMulSum withoutScalar = comm.preMulSum(scalar);
    scalar.close();
    assertRefused(op, ErrorCode.CLOSED, a -> a.op = withoutScalar);
    Args args = good();
    args.op = comm.preMulSum(DataType.FLOAT32, 2);
    assertAccepted(op, args);
  }

  @ParameterizedTest
  @MethodSource("withElements")
  void float8NeedsItsCapability(Op op) {
    useWithout(Capability.FLOAT8);
    for (DataType type : List.of(DataType.FLOAT8_E4M3, DataType.FLOAT8_E5M2)) {
      assertRefused(op, ErrorCode.UNSUPPORTED, good(type), a -> {});
    }
    assertAccepted(op, good(DataType.UINT8));
  }

  @ParameterizedTest
  @MethodSource("all")
  void reducingFloat8NeedsItsCapability(Op op) {
    useWithout(Capability.FLOAT8_REDUCTION);
    if (op.reduces()) {
      assertRefused(op, ErrorCode.UNSUPPORTED, good(DataType.FLOAT8_E4M3), a -> {});
    } else {
      assertAccepted(op, good(DataType.FLOAT8_E4M3));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aDeadlineIsRefusedWhileTheStreamIsCaptured(Op op) {
    Args args = good();
    args.options = CollectiveOptions.DEFAULT.withDeadline(Duration.ofSeconds(1));
    stream
        .capture(
            () -> {
              world.stub.forget();
              assertCode(ErrorCode.ILLEGAL_STATE, () -> op.call(comm, args));
              assertEquals(List.of(), world.stub.calls());
            })
        .close();
  }

  @ParameterizedTest
  @MethodSource("all")
  void theMessageSaysWhereItHappened(Op op) {
    CclException e = assertRefused(op, ErrorCode.NULL_ARGUMENT, a -> a.stream = null);
    assertEquals(Op.RANK, e.details().rank().orElseThrow());
    assertEquals(Op.RANK, e.details().device().orElseThrow());
    assertEquals(comm.name(), e.details().communicator());
    assertFalse(e.details().operation().isEmpty());
  }

  @Test
  void preMulSumNeedsItsCapability() {
    useWithout(Capability.PRE_MUL_SUM);
    DeviceBuffer scalar = buffer(DataType.FLOAT32, 1);
    world.stub.forget();
    assertCode(ErrorCode.UNSUPPORTED, () -> comm.preMulSum(DataType.FLOAT32, 1));
    assertCode(ErrorCode.UNSUPPORTED, () -> comm.preMulSum(DataType.INT8, ByteBuffer.allocate(1)));
    assertCode(ErrorCode.UNSUPPORTED, () -> comm.preMulSum(scalar));
    assertEquals(List.of(), world.stub.calls());
  }

  @Test
  void preMulSumChecksItsScalar() {
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.INT32, 0.5));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.INT8, 128));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.INT8, -129));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.UINT8, 256));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.UINT32, -1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.INT64, 0x1p63));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.UINT64, 0x1p64));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.preMulSum(DataType.UINT64, Double.NaN));
    assertCode(
        ErrorCode.INVALID_HOST_BUFFER,
        () -> comm.preMulSum(DataType.INT32, ByteBuffer.allocate(5)));
    assertCode(ErrorCode.BUFFER_TOO_SMALL, () -> comm.preMulSum(buffer(DataType.INT32, 0)));
    assertCode(ErrorCode.WRONG_DEVICE, () -> comm.preMulSum(world.floats(1)));
    assertEquals(List.of(), world.stub.calls("createPreMulSum"));
  }

  @Test
  void preMulSumPassesTheScalarInTheBytesOfTheType() {
    comm.preMulSum(DataType.UINT8, 255);
    comm.preMulSum(DataType.INT8, -1);
    comm.preMulSum(DataType.INT32, -2);
    comm.preMulSum(DataType.UINT32, 4294967295.0);
    comm.preMulSum(DataType.INT64, -0x1p63);
    comm.preMulSum(DataType.UINT64, 0x1p63);
    comm.preMulSum(DataType.FLOAT32, 1.5);
    comm.preMulSum(DataType.FLOAT64, 1.5);
    comm.preMulSum(DataType.BFLOAT16, 1.5);
    // Halfway between two numbers of FLOAT16, and a little more than a float can tell.
    comm.preMulSum(DataType.FLOAT16, 1 + 0x1p-11 + 0x1p-40);
    comm.preMulSum(DataType.FLOAT8_E4M3, 0.5);
    ByteBuffer bytes = ByteBuffer.allocate(8);
    bytes.put(3, (byte) 7).position(3).limit(4);
    comm.preMulSum(DataType.INT8, bytes);
    assertEquals(3, bytes.position());
    assertEquals(
        List.of(
            "UINT8, ff",
            "INT8, ff",
            "INT32, fffffffe",
            "UINT32, ffffffff",
            "INT64, 8000000000000000",
            "UINT64, 8000000000000000",
            "FLOAT32, 3fc00000",
            "FLOAT64, 3ff8000000000000",
            "BFLOAT16, 3fc0",
            "FLOAT16, 3c01",
            "FLOAT8_E4M3, 30",
            "INT8, 07"),
        world.stub.calls("createPreMulSum").stream()
            .map(c -> c.substring(c.indexOf('(') + 1, c.length() - 1))
            .toList());
  }

  @Test
  void splitChecksColourAndCapability() {
    assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.split(-2, 0));
    assertEquals(List.of(), world.stub.calls("split"));
    assertTrue(comm.split(Communicator.NO_COLOR, 0).isEmpty());
    assertTrue(comm.split(3, 0).isPresent());
    useWithout(Capability.SPLIT);
    assertCode(ErrorCode.UNSUPPORTED, () -> comm.split(0, 0));
    assertEquals(List.of(), world.stub.calls("split"));
  }
}
