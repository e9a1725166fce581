package org.ccl4j.tck;

import static org.ccl4j.tck.Refused.absent;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Graph;
import org.ccl4j.api.Signal;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Stream;
import org.ccl4j.api.Window;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 23: put, signal and wait. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface OneSidedRules extends ConformanceRules {
  /** What puts need. */
  Set<Capability> ONE_SIDED =
      Set.of(Capability.ONE_SIDED, Capability.WINDOWS, Capability.LIBRARY_MEMORY);

  /** The byte that {@link Cells} has where nothing was written. */
  byte UNTOUCHED = (byte) 0xa5;

  /** What a rank does with two windows: puts go into the first and come from the second. */
  @FunctionalInterface
  interface WindowBody {
    void run(Bench bench, Window window, Window outgoing);
  }

  private void withWindow(int ranks, int bytes, WindowBody body) {
    withWindow(ranks, bytes, ONE_SIDED, body);
  }

  private void withWindow(int ranks, int bytes, Set<Capability> needed, WindowBody body) {
    kit()
        .run(
            ranks,
            needed,
            bench -> {
              DeviceBuffer memory = bench.device().allocateShareable(DataType.UINT8, bytes);
              DeviceBuffer sources = bench.device().allocateShareable(DataType.UINT8, bytes);
              Window window = bench.comm().registerWindow(memory);
              Window outgoing = bench.comm().registerWindow(sources);
              begin(bench, bench.comm());
              body.run(bench, window, outgoing);
              // Nobody reaches into the window any more once all ranks have come here.
              bench.comm().barrier(bench.stream());
              bench.stream().synchronize(Bench.PATIENCE);
              bench.meet("end of the window");
              window.close();
              outgoing.close();
              memory.close();
              sources.close();
            });
  }

  /** All ranks make the first one-sided call together, for it may wait for that. */
  private static void begin(Bench bench, Communicator comm) {
    comm.signal(comm.rank(), bench.stream());
    comm.waitSignal(comm.rank(), 1, bench.stream());
    bench.stream().synchronize(Bench.PATIENCE);
  }

  /** Copies what is sent to where puts can read it. */
  private static DeviceBuffer ready(Cells send, Window outgoing, Stream stream) {
    DeviceBuffer from = send.buffer();
    DeviceBuffer ready = outgoing.buffer().as(from.type()).slice(0, from.count());
    ready.copyFrom(from, stream);
    return ready;
  }

  /** Fetches what was sent for the comparison with what it was before. */
  private static void fetch(Cells send, DeviceBuffer ready, Stream stream) {
    send.buffer().fill(UNTOUCHED, stream);
    send.buffer().copyFrom(ready, stream);
  }

  /** Makes the memory of all ranks fresh before any of them goes on. */
  private static void refresh(Bench bench, Window window) {
    window.buffer().fill(UNTOUCHED, bench.stream());
    bench.comm().barrier(bench.stream());
  }

  /** Copies the start of the window to memory under watch. */
  private static void lookAt(Cells landed, Window window, Stream stream) {
    DeviceBuffer copy = landed.buffer();
    copy.copyFrom(window.buffer().as(copy.type()).slice(0, copy.count()), stream);
  }

  /** Rule 23.1. */
  @OnWorlds
  default void rule_23_01_puts_write_their_elements_and_nothing_else(int ranks) {
    withWindow(
        ranks,
        1 << 20,
        (bench, window, outgoing) -> {
          int next = (bench.rank() + 1) % ranks;
          int previous = (bench.rank() + ranks - 1) % ranks;
          for (DataType type : bench.types()) {
            for (int count : new int[] {1, 7, 1000, 50_000}) {
              int offset = 3 + bench.rank();
              Cells landed = bench.cells(type, count + 100L);
              Cells send = bench.cells(type, count).with(0, count, Data.moved(type, bench.rank()));
              DeviceBuffer from = ready(send, outgoing, bench.stream());
              refresh(bench, window);
              bench.comm().putSignal(from, next, window, offset, bench.stream());
              bench.comm().waitSignal(previous, 1, bench.stream());
              fetch(send, from, bench.stream());
              lookAt(landed, window, bench.stream());
              landed.expect(3 + previous, count, Data.moved(type, previous));
              bench.check("put of " + count + " x " + type + " from rank " + previous);
            }
          }
        });
  }

  /** Rule 23.2. */
  @Test
  default void rule_23_02_what_follows_a_wait_runs_after_the_signal() {
    withWindow(
        2,
        4096,
        (bench, window, outgoing) -> {
          refresh(bench, window);
          bench.stream().synchronize(Bench.PATIENCE);
          if (bench.rank() == 0) {
            bench.await("rank 1 has seen enough");
            Cells send =
                bench.cells(DataType.INT32, 100).with(0, 100, Data.moved(DataType.INT32, 0));
            DeviceBuffer from = ready(send, outgoing, bench.stream());
            bench.comm().putSignal(from, 1, window, 0, bench.stream());
            fetch(send, from, bench.stream());
            bench.check("the source stays as it is");
          } else {
            Cells landed = bench.cells(DataType.INT32, 200);
            landed.buffer();
            bench.comm().waitSignal(0, 1, bench.stream());
            Refused.with(
                ErrorCode.WAIT_TIMEOUT,
                "waiting for a signal that was not raised",
                () -> bench.stream().synchronize(Bench.GLANCE));
            bench.signal("rank 1 has seen enough");
            lookAt(landed, window, bench.stream());
            landed.expect(0, 100, Data.moved(DataType.INT32, 0));
            bench.check("put behind a wait");
          }
        });
  }

  /** Rule 23.3. */
  @Test
  default void rule_23_03_waits_use_raises_up() {
    withWindow(
        2,
        4096,
        (bench, window, outgoing) -> {
          Communicator comm = bench.comm();
          if (bench.rank() == 0) {
            for (int i = 0; i < 3; i++) {
              comm.signal(1, bench.stream());
            }
            bench.stream().synchronize(Bench.PATIENCE);
            bench.signal("raised three times");
            bench.await("rank 1 has seen enough");
            comm.signal(1, bench.stream());
          } else {
            bench.await("raised three times");
            comm.waitSignal(0, 2, bench.stream());
            comm.waitSignal(0, 1, bench.stream());
            bench.stream().synchronize(Bench.PATIENCE);
            comm.waitSignal(0, 1, bench.stream());
            Refused.with(
                ErrorCode.WAIT_TIMEOUT,
                "a wait more than there were raises",
                () -> bench.stream().synchronize(Bench.GLANCE));
            bench.signal("rank 1 has seen enough");
          }
        });
  }

  /** Rule 23.4. */
  @Test
  default void rule_23_04_one_wait_may_be_for_several_peers() {
    withWindow(
        3,
        4096,
        (bench, window, outgoing) -> {
          refresh(bench, window);
          long count = 50;
          Pattern own = Data.moved(DataType.INT32, bench.rank());
          if (bench.rank() == 0) {
            Cells landed = bench.cells(DataType.INT32, 3 * count);
            landed.buffer();
            int[] peers = {2, 1};
            int[] times = {1, 2};
            bench
                .comm()
                .waitSignal(peers, times, Signal.FIRST, bench.stream(), CollectiveOptions.DEFAULT);
            peers[0] = 1; // the call has taken what it needs
            times[0] = 99;
            lookAt(landed, window, bench.stream());
            landed.expect(count, count, Data.moved(DataType.INT32, 1));
            landed.expect(2 * count, count, Data.moved(DataType.INT32, 2));
            bench.check("puts of two ranks");
          } else {
            Cells send = bench.cells(DataType.INT32, count).with(0, count, own);
            DeviceBuffer from = ready(send, outgoing, bench.stream());
            bench.comm().putSignal(from, 0, window, bench.rank() * count, bench.stream());
            if (bench.rank() == 1) {
              bench.comm().signal(0, bench.stream());
            }
            fetch(send, from, bench.stream());
            bench.check("the source stays as it is");
          }
        });
  }

  /** Rule 23.5. */
  @Test
  default void rule_23_05_one_sided_calls_can_be_grouped() {
    withWindow(
        3,
        1 << 20,
        (bench, window, outgoing) -> {
          long count = 30_000;
          int[] others = IntStream.range(0, 3).filter(r -> r != bench.rank()).toArray();
          Cells landed = bench.cells(DataType.INT32, 3 * count);
          Cells send =
              bench
                  .cells(DataType.INT32, count)
                  .with(0, count, Data.moved(DataType.INT32, bench.rank()));
          DeviceBuffer from = ready(send, outgoing, bench.stream());
          landed.buffer();
          refresh(bench, window);
          Assertions.assertThrows(
              IllegalStateException.class,
              () ->
                  bench
                      .comm()
                      .group(
                          () -> {
                            bench.comm().putSignal(from, others[0], window, 0, bench.stream());
                            throw new IllegalStateException("a mistake in the body");
                          }));
          bench
              .comm()
              .group(
                  () -> {
                    bench
                        .comm()
                        .waitSignal(
                            others,
                            new int[] {1, 1},
                            Signal.FIRST,
                            bench.stream(),
                            CollectiveOptions.DEFAULT);
                    for (int peer : others) {
                      bench
                          .comm()
                          .putSignal(
                              from, peer, window, (long) bench.rank() * count, bench.stream());
                    }
                  });
          fetch(send, from, bench.stream());
          lookAt(landed, window, bench.stream());
          for (int peer : others) {
            landed.expect((long) peer * count, count, Data.moved(DataType.INT32, peer));
          }
          bench.check("puts to all and a wait for all in one group");
        });
  }

  /** Rule 23.6. */
  @Test
  default void rule_23_06_one_sided_calls_can_be_captured() {
    withWindow(
        2,
        4096,
        Set.of(
            Capability.ONE_SIDED, Capability.WINDOWS, Capability.LIBRARY_MEMORY, Capability.GRAPHS),
        (bench, window, outgoing) -> {
          int peer = 1 - bench.rank();
          int count = 100;
          DeviceBuffer source = outgoing.buffer().as(DataType.INT32).slice(0, count);
          DeviceBuffer result = bench.device().allocate(DataType.INT32, count);
          bench.comm().barrier(bench.stream());
          bench.stream().synchronize(Bench.PATIENCE);
          Graph graph =
              bench.stream()
                  .capture(
                      () -> {
                        bench.comm().putSignal(source, peer, window, 0, bench.stream());
                        bench.comm().waitSignal(peer, 1, bench.stream());
                        result.copyFrom(
                            window.buffer().as(DataType.INT32).slice(0, count), bench.stream());
                        // So that the next put does not come before this copy.
                        bench.comm().barrier(bench.stream());
                      });
          for (int round = 0; round < 20; round++) {
            int[] values = new int[count];
            for (int i = 0; i < count; i++) {
              values[i] = 1000 * round + 100 * bench.rank() + i;
            }
            source.copyFrom(values, bench.stream());
            graph.launch(bench.stream());
            result.copyTo(values, bench.stream());
            for (int i = 0; i < count; i++) {
              Assertions.assertEquals(
                  1000 * round + 100 * peer + i, values[i], "element " + i + " of round " + round);
            }
          }
          bench.meet("all launches are over");
          window.close();
          Assertions.assertTrue(graph.isClosed(), "the graph closes with its window");
          result.close();
        });
  }

  /** Rule 23.7. */
  @Test
  default void rule_23_07_a_put_of_nothing_raises_the_signal_alone() {
    withWindow(
        2,
        4096,
        (bench, window, outgoing) -> {
          int peer = 1 - bench.rank();
          Cells landed = bench.cells(DataType.UINT8, 4096);
          landed.buffer();
          refresh(bench, window);
          DeviceBuffer source = bench.cells(DataType.INT32, 4).buffer(); // needs no window
          bench
              .comm()
              .putSignal(
                  source,
                  0,
                  peer,
                  window,
                  1024,
                  Signal.FIRST,
                  bench.stream(),
                  CollectiveOptions.DEFAULT);
          bench.comm().waitSignal(peer, 1, bench.stream());
          lookAt(landed, window, bench.stream());
          bench.check("a put of no elements");
        });
  }

  /** Rule 23.8. */
  @Test
  default void rule_23_08_wrong_arguments_are_refused() {
    withWindow(
        2,
        4096,
        (bench, window, outgoing) -> {
          Communicator comm = bench.comm();
          Stream s = bench.stream();
          DeviceBuffer x = bench.cells(DataType.INT32, 8).buffer();
          for (long offset : new long[] {-1, 1017, Long.MAX_VALUE}) {
            Refused.asUsage(
                ErrorCode.OUT_OF_RANGE,
                "8 elements at " + offset + " of 1024",
                () -> comm.putSignal(x, 0, window, offset, s));
          }
          for (int peer : new int[] {-1, 2}) {
            Refused.asUsage(
                ErrorCode.OUT_OF_RANGE,
                "a put to rank " + peer,
                () -> comm.putSignal(x, peer, window, 0, s));
            Refused.asUsage(
                ErrorCode.OUT_OF_RANGE, "a signal to rank " + peer, () -> comm.signal(peer, s));
            Refused.asUsage(
                ErrorCode.OUT_OF_RANGE,
                "a wait for rank " + peer,
                () -> comm.waitSignal(peer, 1, s));
          }
          Refused.asUsage(
              ErrorCode.BUFFER_TOO_SMALL,
              "9 of 8 elements",
              () -> comm.putSignal(x, 9, 0, window, 0, Signal.FIRST, s, CollectiveOptions.DEFAULT));
          Refused.asUsage(ErrorCode.OUT_OF_RANGE, "no times", () -> comm.waitSignal(0, 0, s));
          Refused.asUsage(
              ErrorCode.INVALID_ARGUMENT,
              "a peer that is there twice",
              () ->
                  comm.waitSignal(
                      new int[] {0, 0},
                      new int[] {1, 1},
                      Signal.FIRST,
                      s,
                      CollectiveOptions.DEFAULT));
          Refused.asUsage(
              ErrorCode.INVALID_ARGUMENT,
              "times for fewer peers",
              () ->
                  comm.waitSignal(
                      new int[] {0, 1}, new int[] {1}, Signal.FIRST, s, CollectiveOptions.DEFAULT));
          Refused.asUsage(
              ErrorCode.NULL_ARGUMENT, "no window", () -> comm.putSignal(x, 0, absent(), 0, s));
          Refused.asUsage(
              ErrorCode.NULL_ARGUMENT,
              "no signal",
              () -> comm.signal(0, absent(), s, CollectiveOptions.DEFAULT));
          Refused.asUsage(ErrorCode.OUT_OF_RANGE, "signal -1", () -> new Signal(-1, 0));
          refuseWindows(bench, x);
          refuseWhatIsInNoWindow(bench, x, window, outgoing);
          bench.check("nothing was launched");
          bench.checkUsable("one-sided calls were refused");
        });
  }

  private static void refuseWindows(Bench bench, DeviceBuffer x) {
    try (Communicator other = bench.another(ConnectOptions.DEFAULT);
        DeviceBuffer memory = bench.device().allocateShareable(DataType.UINT8, 4096)) {
      Window theirs = other.registerWindow(memory);
      Refused.asUsage(
          ErrorCode.INVALID_ARGUMENT,
          "another communicator's window",
          () -> bench.comm().putSignal(x, 0, theirs, 0, bench.stream()));
      theirs.close();
      Refused.asUsage(
          ErrorCode.CLOSED,
          "a closed window",
          () -> other.putSignal(x, 0, theirs, 0, bench.stream()));
    }
  }

  private static void refuseWhatIsInNoWindow(
      Bench bench, DeviceBuffer x, Window window, Window outgoing) {
    Communicator comm = bench.comm();
    Refused.asUsage(
        ErrorCode.INVALID_ARGUMENT,
        "a source that is in no window",
        () -> comm.putSignal(x, 0, window, 0, bench.stream()));
    DeviceBuffer memory = bench.device().allocateShareable(DataType.UINT8, 4096);
    Window plain = comm.registerWindow(memory, Set.of(), Bench.PATIENCE);
    DeviceBuffer within = outgoing.buffer().slice(0, 8);
    Refused.asUsage(
        ErrorCode.INVALID_ARGUMENT,
        "a window that is not symmetric",
        () -> comm.putSignal(within, 0, plain, 0, bench.stream()));
    Refused.asUsage(
        ErrorCode.INVALID_ARGUMENT,
        "a source in a window that is not symmetric",
        () -> comm.putSignal(memory.slice(0, 8), 0, window, 0, bench.stream()));
    memory.close();
  }

  /** Rule 23.9. */
  @Test
  default void rule_23_09_a_wait_without_a_signal_ends_with_its_deadline() {
    kit()
        .run(
            2,
            Set.of(
                Capability.ONE_SIDED,
                Capability.WINDOWS,
                Capability.LIBRARY_MEMORY,
                Capability.SIGNAL_WAIT_ABORT),
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting");
              try (DeviceBuffer memory = bench.device().allocateShareable(DataType.UINT8, 4096)) {
                comm.registerWindow(memory);
                begin(bench, comm);
                bench.giveUp(comm, () -> waitInVain(bench, comm));
              }
            });
  }

  private static CclException waitInVain(Bench bench, Communicator comm) {
    try (Stream own = bench.device().openStream()) {
      comm.waitSignal(
          new int[] {1},
          new int[] {1},
          Signal.FIRST,
          own,
          CollectiveOptions.DEFAULT.withDeadline(Duration.ofMillis(100)));
      return Refused.with(
          ErrorCode.OPERATION_TIMEOUT,
          "waiting for a signal that nobody raises",
          () -> own.synchronize(Bench.PATIENCE));
    }
  }

  /** Rule 23.10. */
  @Test
  default void rule_23_10_signals_that_are_not_there_are_refused() {
    withWindow(
        2,
        4096,
        (bench, window, outgoing) -> {
          Communicator comm = bench.comm();
          Signals there = comm.signals();
          Assertions.assertTrue(there.has(Signal.FIRST), there + " lack the first");
          if (bench.rank() == 0) {
            DeviceBuffer source = outgoing.buffer().slice(0, 4);
            refuseSignal(bench, new Signal(there.perContext(), 0), source, window);
            refuseSignal(bench, new Signal(0, there.contexts()), source, window);
            bench.check("signals that are not there were refused");
            bench.signal("all were refused");
            bench.await("rank 1 has seen enough");
            comm.signal(1, bench.stream());
          } else {
            bench.await("all were refused");
            comm.waitSignal(0, 1, bench.stream());
            Refused.with(
                ErrorCode.WAIT_TIMEOUT,
                "a wait for what was refused",
                () -> bench.stream().synchronize(Bench.GLANCE));
            bench.signal("rank 1 has seen enough");
          }
          bench.stream().synchronize(Bench.PATIENCE);
          bench.checkUsable("signals that are not there were refused");
        });
  }

  private static void refuseSignal(Bench bench, Signal none, DeviceBuffer source, Window window) {
    Communicator comm = bench.comm();
    Stream s = bench.stream();
    CollectiveOptions options = CollectiveOptions.DEFAULT;
    int[] one = {1};
    for (long count : new long[] {0, 4}) {
      Refused.asUsage(
          ErrorCode.UNSUPPORTED,
          "a put of " + count + " elements with " + none,
          () -> comm.putSignal(source, count, 1, window, 0, none, s, options));
    }
    Refused.asUsage(
        ErrorCode.UNSUPPORTED, "raising " + none, () -> comm.signal(1, none, s, options));
    Refused.asUsage(
        ErrorCode.UNSUPPORTED,
        "a wait for " + none,
        () -> comm.waitSignal(one, one, none, s, options));
    Refused.asUsage(
        ErrorCode.UNSUPPORTED,
        "a group with " + none,
        () ->
            comm.group(
                () -> {
                  comm.signal(1, s);
                  comm.signal(1, none, s, options);
                }));
  }

  /** Rule 23.11. */
  @Test
  default void rule_23_11_each_signal_counts_apart() {
    withWindow(
        2,
        4096,
        (bench, window, outgoing) -> {
          Communicator comm = bench.comm();
          CollectiveOptions options = CollectiveOptions.DEFAULT;
          List<Signal> others = signalsButTheFirst(comm.signals());
          if (bench.rank() == 0) {
            DeviceBuffer source = outgoing.buffer().slice(0, 4);
            for (int i = 0; i < others.size(); i++) {
              for (int raised = 0; raised < i; raised++) {
                comm.signal(1, others.get(i), bench.stream(), options);
              }
              comm.putSignal(source, 4, 1, window, 0, others.get(i), bench.stream(), options);
            }
            bench.stream().synchronize(Bench.PATIENCE);
            bench.signal("all but the first were raised");
            bench.await("rank 1 has seen enough");
            comm.signal(1, bench.stream());
          } else {
            bench.await("all but the first were raised");
            comm.waitSignal(0, 1, bench.stream());
            Refused.with(
                ErrorCode.WAIT_TIMEOUT,
                "a wait for the one signal that was not raised",
                () -> bench.stream().synchronize(Bench.GLANCE));
            bench.signal("rank 1 has seen enough");
            for (int i = 0; i < others.size(); i++) {
              comm.waitSignal(
                  new int[] {0}, new int[] {i + 1}, others.get(i), bench.stream(), options);
            }
          }
          bench.stream().synchronize(Bench.PATIENCE);
        });
  }

  /** At the ends of the indices and of the contexts. */
  private static List<Signal> signalsButTheFirst(Signals there) {
    int index = there.perContext() - 1;
    int context = there.contexts() - 1;
    Set<Signal> ends = new LinkedHashSet<>();
    ends.add(new Signal(index, 0));
    ends.add(new Signal(0, context));
    ends.add(new Signal(index, context));
    ends.remove(Signal.FIRST);
    return List.copyOf(ends);
  }

  /** Rule 23.12. */
  @Test
  default void rule_23_12_signals_need_an_open_symmetric_window() {
    kit()
        .run(
            2,
            ONE_SIDED,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              DeviceBuffer memory = bench.device().allocateShareable(DataType.UINT8, 4096);
              refuseWithoutWindow(bench, comm, "no window");
              Window plain = comm.registerWindow(memory, Set.of(), Bench.PATIENCE);
              refuseWithoutWindow(bench, comm, "a window that is not symmetric");
              plain.close();
              Window window = comm.registerWindow(memory);
              begin(bench, comm);
              expectOneRaise(bench, comm);
              bench.meet("end of the window");
              window.close();
              refuseWithoutWindow(bench, comm, "a closed window");
              bench.checkUsable(comm, "signals were refused");
              comm.close();
              memory.close();
            });
  }

  private static void refuseWithoutWindow(Bench bench, Communicator comm, String instead) {
    Stream s = bench.stream();
    int peer = 1 - bench.rank();
    Refused.asUsage(
        ErrorCode.ILLEGAL_STATE, "a signal with " + instead, () -> comm.signal(peer, s));
    Refused.asUsage(
        ErrorCode.ILLEGAL_STATE, "a wait with " + instead, () -> comm.waitSignal(peer, 1, s));
    Refused.asUsage(
        ErrorCode.ILLEGAL_STATE,
        "a group with " + instead,
        () -> comm.group(() -> comm.signal(peer, s)));
  }

  /** What was refused before counts for no wait. */
  private static void expectOneRaise(Bench bench, Communicator comm) {
    Stream s = bench.stream();
    if (bench.rank() == 0) {
      bench.await("rank 1 has seen enough");
      comm.signal(1, s);
    } else {
      comm.waitSignal(0, 1, s);
      Refused.with(
          ErrorCode.WAIT_TIMEOUT, "a wait for what was refused", () -> s.synchronize(Bench.GLANCE));
      bench.signal("rank 1 has seen enough");
    }
    s.synchronize(Bench.PATIENCE);
  }
}
