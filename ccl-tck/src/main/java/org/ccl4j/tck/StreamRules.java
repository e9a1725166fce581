package org.ccl4j.tck;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 15: streams, events and barriers. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface StreamRules extends ConformanceRules {

  /** Rule 15.1. */
  @Test
  default void rule_15_01_work_on_a_stream_runs_in_order() {
    kit()
        .run(
            2,
            bench -> {
              int count = 5000;
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              ByteBuffer in = Elements.direct(4 * count);
              ByteBuffer wanted = Elements.direct(4 * count);
              data.input(bench.rank()).copyTo(in, 0, 0, count);
              data.expected().copyTo(wanted, 0, 0, count);
              // A buffer for each round: a copy that runs too early may be right once, by luck.
              List<ByteBuffer> outs = new ArrayList<>();
              try (DeviceBuffer a = bench.device().allocate(DataType.INT32, count);
                  DeviceBuffer b = bench.device().allocate(DataType.INT32, count);
                  DeviceBuffer c = bench.device().allocate(DataType.INT32, count)) {
                for (int round = 0; round < 20; round++) {
                  a.fill((byte) round, bench.stream());
                  c.fill((byte) round, bench.stream());
                  a.copyFrom(in, bench.stream());
                  b.copyFrom(a, bench.stream());
                  bench.comm().allReduce(b, c, ReduceOp.SUM, bench.stream());
                  // What comes later must not be seen by what comes before.
                  b.fill((byte) -1, bench.stream());
                  ByteBuffer out = Elements.direct(4 * count);
                  outs.add(out);
                  c.copyTo(out, bench.stream());
                  c.fill((byte) -1, bench.stream());
                }
                bench.stream().synchronize(Bench.PATIENCE);
                for (int round = 0; round < outs.size(); round++) {
                  int wrong = wanted.mismatch(outs.get(round));
                  Assertions.assertEquals(
                      -1, wrong, "first wrong byte of copy, reduce, copy in round " + round);
                }
              }
            });
  }

  /** Rule 15.2. */
  @Test
  default void rule_15_02_collectives_chain() {
    kit()
        .run(
            3,
            bench -> {
              long[] values = {1, 2, 3};
              try (DeviceBuffer x = bench.device().allocate(DataType.INT64, 3);
                  DeviceBuffer y = bench.device().allocate(DataType.INT64, 3)) {
                x.copyFrom(values, bench.stream());
                for (int round = 0; round < 5; round++) {
                  bench.comm().allReduce(x, y, ReduceOp.SUM, bench.stream());
                  bench.comm().allReduce(y, x, ReduceOp.SUM, bench.stream());
                }
                x.copyTo(values, bench.stream());
              }
              Assertions.assertArrayEquals(
                  new long[] {59049, 2 * 59049, 3 * 59049}, values, "3 to the power of 10");
            });
  }

  /** Rule 15.3. */
  @Test
  default void rule_15_03_events_order_streams() {
    kit()
        .run(
            2,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              try (Stream upload = bench.device().openStream();
                  Stream download = bench.device().openStream();
                  Event uploaded = bench.device().newEvent();
                  Event reduced = bench.device().newEvent()) {
                for (int round = 0; round < 20; round++) {
                  Cells cells =
                      bench
                          .cells(DataType.INT32, 20_000)
                          .with(0, 20_000, data.input(bench.rank()), round);
                  cells.upload(upload);
                  upload.record(uploaded);
                  bench.stream().waitFor(uploaded);
                  bench
                      .comm()
                      .allReduce(cells.buffer(), cells.buffer(), ReduceOp.SUM, bench.stream());
                  bench.stream().record(reduced);
                  download.waitFor(reduced);
                  cells.expect(0, 20_000, data.expected(), round);
                  bench.check("upload, reduce and download on three streams", download);
                }
              }
            });
  }

  /** Rule 15.4. */
  @Test
  default void rule_15_04_enqueueing_does_not_wait_for_the_peers() {
    kit()
        .run(
            2,
            bench -> {
              bench.checkUsable("connecting");
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              Cells cells = bench.cells(DataType.INT32, 100).with(0, 100, data.input(bench.rank()));
              DeviceBuffer x = cells.buffer();
              if (bench.rank() == 1) {
                bench.await("rank 0 has called");
              }
              bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
              if (bench.rank() == 0) {
                bench.signal("rank 0 has called");
              }
              cells.expect(0, 100, data.expected());
              bench.check("allReduce whose second rank called later");
            });
  }

  /** Rule 15.5. */
  @Test
  default void rule_15_05_waiting_stream_holds_no_other_up() {
    onUnmatched(
        (bench, waiting) -> {
          try (Stream other = bench.device().openStream()) {
            Pattern content = Data.moved(DataType.INT32, 3);
            Cells cells = bench.cells(DataType.INT32, 1000).with(0, 1000, content);
            cells.upload(other);
            Cells copy = bench.cells(DataType.INT32, 1000);
            copy.upload(other);
            copy.buffer().copyFrom(cells.buffer(), other);
            copy.expect(0, 1000, content);
            bench.check("copies beside a collective that waits", other);
            Assertions.assertTrue(other.isIdle(), "the other stream is idle");
          }
        });
  }

  /** Rule 15.6. */
  @Test
  default void rule_15_06_wait_that_runs_out_of_time_loses_nothing() {
    onUnmatched(
        (bench, waiting) -> {
          for (int attempt = 0; attempt < 2; attempt++) {
            Refused.with(
                ErrorCode.WAIT_TIMEOUT,
                "waiting for a collective without its peer",
                () -> waiting.synchronize(Bench.GLANCE));
          }
          Assertions.assertFalse(bench.comm().isClosed(), "the communicator lives on");
          Assertions.assertTrue(bench.comm().failure().isEmpty(), "the communicator is well");
        });
  }

  /** Rule 15.7. */
  @Test
  default void rule_15_07_streams_and_events_tell_whether_they_are_done() {
    onUnmatched(
        (bench, waiting) -> {
          try (Event never = bench.device().newEvent();
              Event behind = bench.device().newEvent()) {
            Assertions.assertTrue(never.isComplete(), "an event that was never recorded");
            waiting.record(behind);
            Assertions.assertFalse(waiting.isIdle(), "a stream with waiting work is idle");
            Assertions.assertFalse(behind.isComplete(), "an event behind waiting work");
            Refused.with(
                ErrorCode.WAIT_TIMEOUT,
                "waiting for an event behind waiting work",
                () -> behind.synchronize(Bench.GLANCE));
          }
        });
  }

  /** Rule 15.8. */
  @Test
  default void rule_15_08_recording_again_leaves_earlier_waits_alone() {
    onUnmatched(
        (bench, waiting) -> {
          try (Stream held = bench.device().openStream();
              Stream free = bench.device().openStream();
              Event event = bench.device().newEvent()) {
            waiting.record(event);
            held.waitFor(event);
            free.record(event);
            event.synchronize(Bench.PATIENCE);
            Assertions.assertTrue(event.isComplete(), "the event recorded anew");
            Assertions.assertFalse(held.isIdle(), "the wait for the first record is over");
          }
        });
  }

  /** What rank 0 does while its stream has a collective that rank 1 has not called yet. */
  @FunctionalInterface
  interface Meanwhile {
    void run(Bench bench, Stream waiting);
  }

  private void onUnmatched(Meanwhile body) {
    kit()
        .run(
            2,
            bench -> {
              // The first operation may set connections up, which is allowed to wait.
              bench.checkUsable("connecting");
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              try (Stream stream = bench.device().openStream();
                  DeviceBuffer x = bench.device().allocate(DataType.INT32, 100)) {
                int[] values = new int[100];
                for (int i = 0; i < 100; i++) {
                  values[i] = (int) data.input(bench.rank()).bits(i);
                }
                x.copyFrom(values, stream);
                if (bench.rank() == 1) {
                  bench.await("rank 0 has seen enough");
                }
                bench.comm().allReduce(x, x, ReduceOp.SUM, stream);
                if (bench.rank() == 0) {
                  body.run(bench, stream);
                  bench.signal("rank 0 has seen enough");
                }
                stream.synchronize(Bench.PATIENCE);
                Assertions.assertTrue(stream.isIdle(), "a stream that was waited for is idle");
                x.copyTo(values, stream);
                for (int i = 0; i < 100; i++) {
                  Assertions.assertEquals(
                      (int) data.expected().bits(i), values[i], "element " + i + " in the end");
                }
              }
            });
  }

  /** Rule 15.9. */
  @Test
  default void rule_15_09_events_order_streams_of_two_devices() {
    onUnmatched(
        (bench, waiting) -> {
          try (Device second = bench.ccl().device(1);
              Stream held = second.openStream();
              Event event = bench.device().newEvent()) {
            waiting.record(event);
            held.waitFor(event);
            Assertions.assertFalse(held.isIdle(), "the stream of the other device is idle");
          }
        });
  }

  /** Rule 15.10. */
  @Test
  default void rule_15_10_barrier_waits_for_all_ranks() {
    kit()
        .run(
            3,
            bench -> {
              bench.comm().barrier(bench.stream());
              bench.stream().synchronize(Bench.PATIENCE);
              bench.meet("first barrier");
              if (bench.rank() == 2) {
                bench.await("rank 0 has seen enough");
              }
              bench.comm().barrier(bench.stream());
              if (bench.rank() == 0) {
                Refused.with(
                    ErrorCode.WAIT_TIMEOUT,
                    "waiting for a barrier that rank 2 has not reached",
                    () -> bench.stream().synchronize(Bench.GLANCE));
                bench.signal("rank 0 has seen enough");
              }
              bench.stream().synchronize(Bench.PATIENCE);
            });
  }

  /** Rule 15.11. */
  @Test
  default void rule_15_11_closed_stream_still_does_its_work() {
    kit()
        .run(
            2,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              Cells cells = bench.cells(DataType.INT32, 100).with(0, 100, data.input(bench.rank()));
              try (Event done = bench.device().newEvent()) {
                Stream brief = bench.device().openStream();
                cells.upload(brief);
                bench.comm().allReduce(cells.buffer(), cells.buffer(), ReduceOp.SUM, brief);
                brief.record(done);
                brief.close();
                done.synchronize(Bench.PATIENCE);
              }
              cells.expect(0, 100, data.expected());
              bench.check("allReduce on a stream that was closed behind it");
            });
  }

  /** Rule 15.12. */
  @Test
  default void rule_15_12_timing_events_measure() {
    kit()
        .run(
            1,
            bench -> {
              List<Event> events = new ArrayList<>();
              for (int i = 0; i < 2; i++) {
                events.add(bench.device().newTimingEvent());
              }
              Event first = events.get(0);
              Event last = events.get(1);
              Refused.asUsage(
                  ErrorCode.ILLEGAL_STATE,
                  "the time since an event that was never recorded",
                  () -> last.elapsedSince(first));
              bench.stream().record(first);
              bench.cells(DataType.INT32, 100_000).buffer();
              bench.stream().record(last);
              bench.check("work between two events");
              Assertions.assertFalse(
                  last.elapsedSince(first).isNegative(), "the time between is negative");
              Assertions.assertEquals(
                  last.elapsedSince(first).negated(),
                  first.elapsedSince(last),
                  "the time the other way round");
              try (Event plain = bench.device().newEvent()) {
                bench.stream().record(plain);
                bench.stream().synchronize(Bench.PATIENCE);
                Refused.asUsage(
                    ErrorCode.ILLEGAL_STATE,
                    "the time since an event that takes none",
                    () -> last.elapsedSince(plain));
              }
              events.forEach(Event::close);
            });
  }

  /** Rule 15.13. */
  @Test
  default void rule_15_13_communicator_has_a_stream_of_its_own() {
    kit()
        .run(
            2,
            bench -> {
              try (Communicator comm = bench.another(ConnectOptions.DEFAULT)) {
                AtomicReference<Stream> elsewhere = new AtomicReference<>();
                Elsewhere.run(() -> elsewhere.set(comm.stream()));
                Stream own = comm.stream();
                Assertions.assertSame(elsewhere.get(), own, "the stream another thread got");
                Assertions.assertSame(comm.device(), own.device(), "the device of the stream");
                Assertions.assertNotEquals(
                    bench.comm().stream().handle(), own.handle(), "another communicator's stream");
                own.close();
                for (int round = 0; round < 5; round++) {
                  reduceOnOwnStream(bench, comm, round, "on a stream of its own");
                }
                Assertions.assertSame(own, comm.stream(), "the stream after all that");
              }
              comesInsideGroups(bench);
            });
  }

  private static void comesInsideGroups(Bench bench) {
    try (Communicator fresh = bench.another(ConnectOptions.DEFAULT)) {
      Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
      Cells cells = bench.cells(DataType.INT32, 100).with(0, 100, data.input(bench.rank()));
      cells.upload(bench.stream());
      bench.stream().synchronize(Bench.PATIENCE);
      DeviceBuffer x = cells.buffer();
      fresh.group(
          () -> {
            fresh.allReduce(x, x, ReduceOp.SUM, fresh.stream());
            Assertions.assertSame(fresh.stream(), fresh.stream(), "the stream inside a group");
          });
      cells.expect(0, 100, data.expected());
      bench.check("a group on the stream that its communicator got inside", fresh.stream());
    }
  }

  private static void reduceOnOwnStream(Bench bench, Communicator comm, int round, String how) {
    Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, comm.size());
    Cells cells =
        bench.cells(DataType.INT32, 20_000).with(0, 20_000, data.input(comm.rank()), round);
    cells.upload(comm.stream());
    comm.allReduce(cells.buffer(), cells.buffer(), ReduceOp.SUM, comm.stream());
    cells.expect(0, 20_000, data.expected(), round);
    bench.check("upload, reduce and download " + how, comm.stream());
  }

  /** Rule 15.14. */
  @Test
  default void rule_15_14_own_stream_ends_with_its_communicator() {
    kit()
        .run(
            2,
            bench -> {
              Communicator closed = bench.another(ConnectOptions.DEFAULT);
              Stream own = closed.stream();
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              Cells cells =
                  bench.cells(DataType.INT32, 100_000).with(0, 100_000, data.input(bench.rank()));
              Cells copy = bench.cells(DataType.INT32, 100_000);
              try (Event done = bench.device().newEvent()) {
                cells.upload(own);
                copy.upload(own);
                closed.allReduce(cells.buffer(), cells.buffer(), ReduceOp.SUM, own);
                copy.buffer().copyFrom(cells.buffer(), own);
                own.record(done);
                closed.close();
                expectEnded(closed, own, "close");
                done.synchronize(Bench.PATIENCE);
              }
              cells.expect(0, 100_000, data.expected());
              copy.expect(0, 100_000, data.expected());
              bench.check("work on the stream of a communicator that was closed behind it");

              Communicator aborted = bench.another(ConnectOptions.DEFAULT);
              reduceOnOwnStream(bench, aborted, 0, "before the abort");
              Stream gone = aborted.stream();
              bench.meet("nothing is in flight");
              aborted.abort();
              expectEnded(aborted, gone, "abort");
              bench.checkUsable("other communicators ended with their streams");
            });
  }

  private static void expectEnded(Communicator comm, Stream own, String how) {
    Refused.asUsage(ErrorCode.CLOSED, "asking for the stream after " + how, comm::stream);
    Refused.asUsage(
        ErrorCode.CLOSED,
        "waiting for the own stream after " + how,
        () -> own.synchronize(Bench.PATIENCE));
    own.close();
  }

  /** Rule 15.15. */
  @Test
  default void rule_15_15_children_have_streams_of_their_own() {
    kit()
        .run(
            2,
            Capability.SPLIT,
            bench -> {
              Stream parents = bench.comm().stream();
              Communicator child = bench.comm().split(0, bench.rank()).orElseThrow();
              Stream childs = child.stream();
              Assertions.assertNotEquals(
                  parents.handle(), childs.handle(), "the stream of the child");
              reduceOnOwnStream(bench, child, 0, "on the stream of a child");
              child.close();
              expectEnded(child, childs, "closing the child");
              reduceOnOwnStream(bench, bench.comm(), 1, "on the parent's stream after its child's");
              Assertions.assertSame(parents, bench.comm().stream(), "the parent's stream");
            });
  }
}
