package org.ccl4j.tck;

import static org.ccl4j.tck.Refused.absent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Registration;
import org.ccl4j.api.Window;
import org.ccl4j.api.WindowOption;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 22: registered memory and windows. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface RegistrationRules extends ConformanceRules {
  /** What windows need. */
  Set<Capability> WINDOWS = Set.of(Capability.WINDOWS, Capability.LIBRARY_MEMORY);

  /** Rule 22.1. */
  @Test
  default void rule_22_01_operations_on_registered_buffers_give_the_same() {
    kit()
        .run(
            2,
            Capability.REGISTER,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              for (int count : new int[] {1, 1000, 100_000}) {
                Cells send =
                    bench.cells(DataType.INT32, count).with(0, count, data.input(bench.rank()));
                Cells recv = bench.cells(DataType.INT32, count);
                DeviceBuffer from = send.buffer();
                DeviceBuffer to = recv.buffer();
                try (Registration first = bench.comm().register(from);
                    Registration second = bench.comm().register(to)) {
                  Assertions.assertSame(from, first.buffer(), "the buffer");
                  bench.comm().allReduce(from, to, ReduceOp.SUM, bench.stream());
                  bench.stream().synchronize(Bench.PATIENCE);
                  Assertions.assertFalse(second.isClosed(), "isClosed before");
                }
                recv.expect(0, count, data.expected());
                bench.check("all-reduce of " + count + " registered elements");
              }
            });
  }

  /** Rule 22.2. */
  @Test
  default void rule_22_02_registrations_close_with_their_communicator_and_with_their_buffer() {
    kit()
        .run(
            2,
            Capability.REGISTER,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              DeviceBuffer kept = bench.device().allocate(DataType.INT32, 1000);
              DeviceBuffer brief = bench.device().allocate(DataType.INT32, 1000);
              Registration ofKept = comm.register(kept);
              Registration ofBrief = comm.register(brief);
              Registration again = comm.register(kept.slice(100, 100));
              brief.close();
              Assertions.assertTrue(ofBrief.isClosed(), "closed with its buffer");
              Assertions.assertFalse(ofKept.isClosed(), "that of another buffer");
              again.close();
              again.close();
              Assertions.assertTrue(again.isClosed(), "isClosed after close");
              bench.checkUsable(comm, "registrations ended");
              comm.close();
              Assertions.assertTrue(ofKept.isClosed(), "closed with its communicator");
              ofKept.close();
              kept.fill((byte) 0, bench.stream());
              kept.close();
              bench.checkUsable("another communicator was closed with its registrations");
            });
  }

  /** Rule 22.3. */
  @Test
  default void rule_22_03_what_cannot_be_registered_is_refused() {
    kit()
        .run(
            2,
            Capability.REGISTER,
            bench -> {
              refuseBuffers(bench, b -> bench.comm().register(b));
              bench.checkUsable("registrations were refused");
            });
  }

  /** What takes a buffer. */
  @FunctionalInterface
  interface Taker {
    void take(DeviceBuffer buffer);
  }

  private static void refuseBuffers(Bench bench, Taker taker) {
    Refused.asUsage(ErrorCode.NULL_ARGUMENT, "null", () -> taker.take(absent()));
    DeviceBuffer closed = bench.device().allocate(DataType.INT32, 4);
    closed.close();
    Refused.asUsage(ErrorCode.CLOSED, "a closed buffer", () -> taker.take(closed));
    try (DeviceBuffer empty = bench.device().allocate(DataType.INT32, 0);
        Device second = bench.otherDevice();
        DeviceBuffer elsewhere = second.allocate(DataType.INT32, 4)) {
      Refused.asUsage(ErrorCode.BUFFER_TOO_SMALL, "an empty buffer", () -> taker.take(empty));
      Refused.asUsage(
          ErrorCode.WRONG_DEVICE, "another device's buffer", () -> taker.take(elsewhere));
    }
  }

  /** Rule 22.4. */
  @OnWorlds
  default void rule_22_04_collectives_on_windows_give_the_same(int ranks) {
    kit()
        .run(
            ranks,
            WINDOWS,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, ranks);
              int count = 100_000;
              List<Set<WindowOption>> wishes =
                  List.of(Set.of(), Set.of(WindowOption.COLLECTIVE_SYMMETRIC));
              for (Set<WindowOption> options : wishes) {
                Cells cells =
                    bench.cells(DataType.INT32, count).with(0, count, data.input(bench.rank()));
                DeviceBuffer outside = cells.buffer();
                DeviceBuffer memory = bench.device().allocateShareable(DataType.INT32, count);
                Window window = bench.comm().registerWindow(memory, options, Bench.PATIENCE);
                Assertions.assertSame(memory, window.buffer(), "the buffer");
                Assertions.assertEquals(4L * count, window.byteSize(), "byte size");
                Assertions.assertEquals(options, window.options(), "options");
                memory.copyFrom(outside, bench.stream());
                bench.comm().allReduce(memory, memory, ReduceOp.SUM, bench.stream());
                outside.copyFrom(memory, bench.stream());
                cells.expect(0, count, data.expected());
                bench.check("all-reduce in a window with " + options);
                bench.meet("window " + options.size());
                window.close();
                memory.close();
              }
            });
  }

  /** Rule 22.5. */
  @Test
  default void rule_22_05_windows_close_with_their_communicator_and_with_their_buffer() {
    kit()
        .run(
            2,
            WINDOWS,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              List<Window> windows = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                DeviceBuffer memory = bench.device().allocateShareable(DataType.INT32, 4096);
                windows.add(comm.registerWindow(memory));
              }
              windows.get(0).close();
              windows.get(0).close();
              Assertions.assertTrue(windows.get(0).isClosed(), "isClosed after close");
              windows.get(1).buffer().close();
              Assertions.assertTrue(windows.get(1).isClosed(), "closed with its buffer");
              Assertions.assertFalse(windows.get(2).isClosed(), "that of another buffer");
              bench.checkUsable(comm, "windows ended");
              comm.close();
              Assertions.assertTrue(windows.get(2).isClosed(), "closed with its communicator");
              windows.get(2).buffer().fill((byte) 0, bench.stream());
              windows.forEach(w -> w.buffer().close());
              bench.checkUsable("another communicator was closed with its windows");
            });
  }

  /** Rule 22.6. */
  @Test
  default void rule_22_06_what_cannot_be_a_window_is_refused() {
    kit()
        .run(
            2,
            WINDOWS,
            bench -> {
              Communicator comm = bench.comm();
              refuseBuffers(bench, comm::registerWindow);
              try (DeviceBuffer plain = bench.device().allocate(DataType.UINT8, 8192);
                  DeviceBuffer good = bench.device().allocateShareable(DataType.UINT8, 8192)) {
                Refused.asUsage(
                    ErrorCode.INVALID_ARGUMENT,
                    "memory that is not the library's",
                    () -> comm.registerWindow(plain));
                Refused.asUsage(
                    ErrorCode.INVALID_ARGUMENT,
                    "a start that is no multiple of 4096",
                    () -> comm.registerWindow(good.slice(256, 4096)));
                Refused.asUsage(
                    ErrorCode.OUT_OF_RANGE,
                    "a timeout of zero",
                    () -> comm.registerWindow(good, Set.of(), Duration.ZERO));
                Refused.asUsage(
                    ErrorCode.NULL_ARGUMENT,
                    "options that are null",
                    () -> comm.registerWindow(good, absent(), Bench.PATIENCE));
                Refused.asUsage(
                    ErrorCode.ILLEGAL_STATE,
                    "registering a window inside a group",
                    () -> comm.group(() -> comm.registerWindow(good)));
              }
              bench.checkUsable("windows were refused");
            });
  }

  /** Rule 22.7. */
  @Test
  default void rule_22_07_registering_a_window_ends_in_time_when_a_rank_stays_away() {
    kit()
        .run(
            2,
            WINDOWS,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting");
              // Or giving up would hit the other rank before it has seen its own check done.
              bench.meet("checked");
              if (bench.rank() == 0) {
                DeviceBuffer memory = bench.device().allocateShareable(DataType.UINT8, 4096);
                registerAlone(bench, comm, memory);
                comm.close();
                memory.close();
                bench.signal("given up");
              } else {
                bench.await("given up");
                comm.abort();
              }
              bench.checkUsable("another communicator was given up");
            });
  }

  /** What a rank gets that registers alone. */
  private static void registerAlone(Bench bench, Communicator comm, DeviceBuffer memory) {
    Window alone;
    try {
      alone = comm.registerWindow(memory, Set.of(), Bench.GLANCE);
    } catch (CclException late) {
      Assertions.assertEquals(ErrorCode.OPERATION_TIMEOUT, late.code(), "registering alone");
      Assertions.assertEquals(late, comm.failure().orElse(null), "the first failure");
      Refused.with(
          ErrorCode.COMMUNICATOR_FAILED, "the next call", () -> comm.barrier(bench.stream()));
      return;
    }
    Assertions.assertEquals(
        0, alone.handle(), "a window that one rank registered alone and that is of use");
  }
}
