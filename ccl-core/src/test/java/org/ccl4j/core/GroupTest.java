package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.Stream;
import org.ccl4j.bootstrap.InMemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A group is launched whole or not at all. */
class GroupTest {
  private static final int RANKS = 3;

  private final World world = new World(RANKS);
  private final StubBackend stub = world.stub;
  private final List<Stream> streams =
      world.devices.stream().map(org.ccl4j.api.Device::openStream).toList();
  private final List<DeviceBuffer> buffers =
      world.devices.stream().map(d -> d.allocate(DataType.FLOAT32, 8)).toList();

  @AfterEach
  void close() {
    world.close();
  }

  private void allReduce(int rank) {
    world
        .comms
        .get(rank)
        .allReduce(buffers.get(rank), buffers.get(rank), ReduceOp.SUM, streams.get(rank));
  }

  private List<String> launched() {
    return stub.calls("groupStart", "groupEnd", "allReduce").stream()
        .map(c -> c.substring(0, c.indexOf('(')))
        .toList();
  }

  private static final List<String> ALL_RANKS =
      List.of("groupStart", "r0.allReduce", "r1.allReduce", "r2.allReduce", "groupEnd");

  @Test
  void callsAreIssuedTogetherWhenTheBodyHasReturned() {
    stub.forget();
    world.ccl.group(
        () -> {
          for (int rank = 0; rank < RANKS; rank++) {
            allReduce(rank);
          }
          assertEquals(List.of(), launched(), "before the end");
        });
    assertEquals(ALL_RANKS, launched());
  }

  @Test
  void theGroupOfACommunicatorTakesCallsOfAllCommunicators() {
    stub.forget();
    world.comm.group(
        () -> {
          for (int rank = 0; rank < RANKS; rank++) {
            allReduce(rank);
          }
        });
    assertEquals(ALL_RANKS, launched());
  }

  @Test
  void innerGroupsBecomePartOfTheOutermost() {
    stub.forget();
    world.ccl.group(
        () -> {
          allReduce(0);
          world.ccl.group(
              () -> {
                allReduce(1);
                world.comm.group(() -> allReduce(2));
              });
          assertEquals(List.of(), launched(), "before the end");
        });
    assertEquals(ALL_RANKS, launched());
  }

  @Test
  void anEmptyGroupDoesNothing() {
    stub.forget();
    world.ccl.group(() -> {});
    world.ccl.group(() -> world.ccl.group(() -> {}));
    assertEquals(List.of(), stub.calls());
  }

  @Test
  void anExceptionInTheBodyLaunchesNothingAndRises() {
    stub.forget();
    IllegalStateException mine = new IllegalStateException("mine");
    assertSame(
        mine,
        assertThrows(
            IllegalStateException.class,
            () ->
                world.ccl.group(
                    () -> {
                      allReduce(0);
                      allReduce(1);
                      throw mine;
                    })));
    assertEquals(List.of(), launched());
    allReduce(0);
    assertEquals(List.of("r0.allReduce"), launched(), "afterwards");
  }

  @Test
  void anErrorInTheBodyLaunchesNothingEither() {
    stub.forget();
    assertThrows(
        StackOverflowError.class,
        () ->
            world.ccl.group(
                () -> {
                  allReduce(0);
                  throw new StackOverflowError();
                }));
    assertEquals(List.of(), launched());
  }

  @Test
  void aWrongArgumentInTheBodyLaunchesNothing() {
    stub.forget();
    assertCode(
        CclUsageException.class,
        ErrorCode.WRONG_DEVICE,
        () ->
            world.ccl.group(
                () -> {
                  allReduce(0);
                  world
                      .comms
                      .get(1)
                      .allReduce(buffers.get(0), buffers.get(0), ReduceOp.SUM, streams.get(1));
                }));
    assertEquals(List.of(), launched());
    assertTrue(world.comm.failure().isEmpty());
  }

  @Test
  void anInnerGroupThatFailedIsForgottenWhenTheOuterGoesOn() {
    stub.forget();
    world.ccl.group(
        () -> {
          allReduce(0);
          assertThrows(
              IllegalStateException.class,
              () ->
                  world.ccl.group(
                      () -> {
                        allReduce(1);
                        throw new IllegalStateException("inner");
                      }));
          allReduce(2);
        });
    assertEquals(List.of("groupStart", "r0.allReduce", "r2.allReduce", "groupEnd"), launched());
  }

  @Test
  void whatIsClosedBeforeTheEndOfTheGroupLaunchesNothing() {
    DeviceBuffer buffer = buffers.get(0);
    DeviceBuffer other = world.floats(8);
    DeviceBuffer other2 = world.floats(8);
    Stream stream = world.device.openStream();
    DeviceBuffer scalar = world.floats(1);
    PreMulSum op = world.comm.preMulSum(scalar);
    for (Runnable group :
        List.of(
            closingGroup(other, buffer, ReduceOp.SUM, streams.get(0), other),
            closingGroup(buffer, other2, ReduceOp.SUM, streams.get(0), other2),
            closingGroup(buffer, buffer, ReduceOp.SUM, stream, stream),
            closingGroup(buffer, buffer, op, streams.get(0), scalar))) {
      stub.forget();
      assertCode(CclUsageException.class, ErrorCode.CLOSED, group::run);
      assertEquals(List.of(), launched());
    }
    assertTrue(world.comm.failure().isEmpty());
  }

  @Test
  void aBiasClosedBeforeTheEndOfTheGroupLaunchesNothing() {
    DeviceBuffer buffer = buffers.get(0);
    DeviceBuffer bias = world.floats(8);
    stub.forget();
    assertCode(
        CclUsageException.class,
        ErrorCode.CLOSED,
        () ->
            world.ccl.group(
                () -> {
                  world.comm.allReduceWithBias(buffer, buffer, bias, ReduceOp.SUM, streams.get(0));
                  bias.close();
                }));
    assertEquals(List.of(), launched());
    assertTrue(world.comm.failure().isEmpty());
  }

  @Test
  void arraysMayBeChangedBeforeTheEndOfTheGroup() {
    DeviceBuffer other = world.floats(8);
    long[] counts = new long[world.comm.size()];
    stub.forget();
    world.ccl.group(
        () -> {
          for (int round = 1; round <= 2; round++) {
            counts[0] = round;
            world.comm.allToAllV(buffers.get(0), counts, other, counts, streams.get(0));
          }
          counts[0] = 99;
        });
    List<String> calls = stub.calls("allToAllV");
    assertEquals(2, calls.size());
    for (int round = 1; round <= 2; round++) {
      String call = calls.get(round - 1);
      assertEquals(3, call.split("\\(" + round + ", ", -1).length, call);
    }
  }

  private Runnable closingGroup(
      DeviceBuffer send, DeviceBuffer recv, ReduceOp op, Stream stream, AutoCloseable closed) {
    return () ->
        world.ccl.group(
            () -> {
              world.comm.allReduce(send, recv, op, stream);
              try {
                closed.close();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
  }

  @Test
  void anOperatorClosedBeforeTheEndOfTheGroupLaunchesNothing() {
    PreMulSum op = world.comm.preMulSum(DataType.FLOAT32, 2);
    stub.forget();
    CclException e =
        assertCode(
            CclUsageException.class,
            ErrorCode.CLOSED,
            () -> closingGroup(buffers.get(0), buffers.get(0), op, streams.get(0), op).run());
    assertEquals(List.of(), launched());
    assertTrue(e.getMessage().contains("after the body"), e.getMessage());
  }

  @Test
  void aCommunicatorClosedByAnotherThreadBeforeTheEndLaunchesNothing() {
    stub.forget();
    assertCode(
        CclUsageException.class,
        ErrorCode.CLOSED,
        () ->
            world.ccl.group(
                () -> {
                  allReduce(0);
                  allReduce(1);
                  inAnotherThread(() -> world.comms.get(1).close());
                }));
    assertEquals(List.of(), launched());
  }

  private static void inAnotherThread(Runnable body) {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                body.run();
              } catch (RuntimeException | Error e) {
                thrown.set(e);
              }
            });
    thread.start();
    try {
      thread.join(60_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (thrown.get() instanceof RuntimeException e) {
      throw e;
    }
    if (thrown.get() != null) {
      throw new AssertionError(thrown.get());
    }
  }

  @Test
  void groupsOfTwoCclsDoNotMix() {
    try (World other = new World(1)) {
      stub.forget();
      other.stub.forget();
      DeviceBuffer theirs = other.floats(4);
      world.ccl.group(
          () -> {
            allReduce(0);
            other.comm.allReduce(theirs, theirs, ReduceOp.SUM, other.stream);
            assertEquals(1, other.stub.calls("allReduce").size(), "issued at once");
            assertEquals(List.of(), launched());
          });
      assertEquals(List.of("groupStart", "r0.allReduce", "groupEnd"), launched());
    }
  }

  @Test
  void anErrorInTheMiddleStillEndsTheGroupAndFailsAllItsCommunicators() {
    stub.forget();
    stub.failing("allReduce", StubBackend.REMOTE_ERROR);
    CclException e =
        assertCode(
            ErrorCode.REMOTE_FAILURE,
            () ->
                world.ccl.group(
                    () -> {
                      allReduce(0);
                      allReduce(1);
                    }));
    assertEquals(List.of("groupStart", "r0.allReduce", "groupEnd"), launched());
    assertSame(e, world.comms.get(0).failure().orElseThrow());
    assertEquals(ErrorCode.REMOTE_FAILURE, world.comms.get(1).failure().orElseThrow().code());
    assertTrue(world.comms.get(2).failure().isEmpty(), "was not in the group");
    stub.working("allReduce");
    assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> allReduce(1));
    allReduce(2);
  }

  @Test
  void anErrorAtTheEndFailsAllCommunicators() {
    stub.failing("groupEnd", StubBackend.UNHEARD_OF);
    CclException e =
        assertCode(
            ErrorCode.LIBRARY_ERROR,
            () ->
                world.ccl.group(
                    () -> {
                      allReduce(0);
                      allReduce(1);
                    }));
    assertEquals(StubBackend.UNHEARD_OF, e.details().vendorCode().orElseThrow());
    assertTrue(world.comms.get(1).failure().isPresent());
  }

  @Test
  void anErrorAtTheStartLaunchesNothing() {
    stub.failing("groupStart", StubBackend.UNHEARD_OF);
    stub.forget();
    assertCode(ErrorCode.LIBRARY_ERROR, () -> world.ccl.group(() -> allReduce(0)));
    assertEquals(List.of("groupStart"), launched());
  }

  @Test
  void selfSendsAndReceivesAreOneGroup() {
    stub.forget();
    world.ccl.group(
        () -> {
          world.comm.send(buffers.get(0).slice(0, 4), 0, streams.get(0));
          world.comm.recv(buffers.get(0).slice(4, 4), 0, streams.get(0));
        });
    assertEquals(4, stub.calls().size());
  }

  @Test
  void waitingClosingConnectingAndCapturingAreNotAllowedInside() {
    Communicator comm = world.comm;
    RankContext ranks = RankContext.of(0, 1, new InMemoryStore());
    float[] array = new float[8];
    var event = world.device.newEvent();
    var id = world.ccl.newUniqueId();
    List<Runnable> calls =
        List.of(
            () -> streams.get(0).synchronize(),
            () -> streams.get(0).synchronize(Duration.ofSeconds(1)),
            () -> event.synchronize(Duration.ofSeconds(1)),
            () -> buffers.get(0).copyTo(array, streams.get(0)),
            comm::close,
            () -> comm.split(0, 0),
            () -> comm.shrink(Set.of(1), ShrinkMode.PLAIN),
            () -> comm.grow(9, Optional.empty(), ConnectOptions.DEFAULT),
            comm::newGrowthId,
            comm::revoke,
            comm::suspend,
            comm::resume,
            () -> world.ccl.simulate(() -> {}),
            () -> world.device.close(),
            () -> world.ccl.close(),
            () -> world.ccl.newUniqueId(),
            () -> world.ccl.connect(world.device, ranks),
            () -> world.ccl.connect(world.device, id, 0, 1, ConnectOptions.DEFAULT),
            () -> world.ccl.connectAll(world.devices),
            () -> streams.get(0).capture(() -> {}),
            () -> world.ccl.capture(streams, () -> {}));
    stub.forget();
    world.ccl.group(
        () -> {
          for (Runnable call : calls) {
            assertCode(CclUsageException.class, ErrorCode.ILLEGAL_STATE, call::run);
          }
        });
    assertEquals(List.of(), stub.calls());
    allReduce(0);
  }

  @Test
  void workOnStreamsInsideTheBodyIsEnqueuedAtOnce() {
    stub.forget();
    world.ccl.group(
        () -> {
          allReduce(0);
          buffers.get(0).fill((byte) 0, streams.get(0));
          assertEquals(1, stub.calls("fill").size());
        });
    assertEquals("fill", stub.calls().get(0).substring(0, 4));
  }

  @Test
  void groupsOfManyCallsAreIssuedInTheOrderOfTheCalls() {
    stub.forget();
    world.ccl.group(
        () -> {
          for (int i = 1; i <= 100; i++) {
            world.comm.send(world.floats(i), 0, streams.get(0));
          }
        });
    List<String> sends = stub.calls("send");
    assertEquals(100, sends.size());
    for (int i = 1; i <= 100; i++) {
      assertTrue(sends.get(i - 1).contains(", 0, " + i + ", FLOAT32"), sends.get(i - 1));
    }
  }

  @Test
  void groupsThatTakeTheirDevicesInOppositeOrderDoNotBlockEachOther() throws Exception {
    List<Communicator> mine = world.comms.stream().map(c -> c.split(0, 0).orElseThrow()).toList();
    stub.recording = false;
    Thread other =
        new Thread(
            () -> {
              for (int i = 0; i < 2000; i++) {
                world.ccl.group(
                    () -> {
                      for (int rank = RANKS - 1; rank >= 0; rank--) {
                        DeviceBuffer buffer = buffers.get(rank);
                        mine.get(rank).allReduce(buffer, buffer, ReduceOp.SUM, streams.get(rank));
                      }
                    });
              }
            });
    other.start();
    for (int i = 0; i < 2000; i++) {
      world.ccl.group(
          () -> {
            for (int rank = 0; rank < RANKS; rank++) {
              allReduce(rank);
            }
          });
    }
    other.join(60_000);
    assertFalse(other.isAlive());
    stub.recording = true;
  }

  @Test
  void theClosedCclRefusesGroups() {
    Ccl ccl = world.ccl;
    ccl.close();
    assertCode(ErrorCode.CLOSED, () -> ccl.group(() -> {}));
  }
}
