package org.ccl4j.tck;

import java.util.ArrayList;
import java.util.List;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 11: groups. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface GroupRules extends ConformanceRules {

  /** Rule 11.1. */
  @OnWorlds
  default void rule_11_01_mixed_operations(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              DataType type = DataType.INT32;
              Data data = Data.reduction(type, Data.Kind.SUM, ranks);
              int next = (bench.rank() + 1) % ranks;
              int previous = (bench.rank() + ranks - 1) % ranks;
              Pattern own = Data.moved(type, bench.rank());
              Cells reduced = bench.cells(type, 100).with(0, 100, data.input(bench.rank()));
              Cells sent = bench.cells(type, 60).with(0, 60, own);
              Cells received = bench.cells(type, 60);
              Cells gathered = bench.cells(type, 30L * ranks);
              Cells copied = bench.cells(type, 20);
              List<Cells> all = List.of(reduced, sent, received, gathered, copied);
              all.forEach(Cells::buffer);
              Communicator comm = bench.comm();
              Stream stream = bench.stream();
              comm.group(
                  () -> {
                    comm.allReduce(reduced.buffer(), reduced.buffer(), ReduceOp.SUM, stream);
                    comm.send(sent.buffer(), next, stream);
                    comm.allGather(sent.part(0, 30), gathered.buffer(), stream);
                    comm.recv(received.buffer(), previous, stream);
                    comm.broadcast(sent.part(40, 20), copied.buffer(), ranks - 1, stream);
                  });
              reduced.expect(0, 100, data.expected());
              received.expect(0, 60, Data.moved(type, previous));
              for (int r = 0; r < ranks; r++) {
                gathered.expect(30L * r, 30, Data.moved(type, r));
              }
              copied.expect(0, 20, Data.moved(type, ranks - 1), 40);
              bench.check("mixed group on rank " + bench.rank() + " of " + ranks);
            });
  }

  /** Rule 11.2. */
  @Test
  default void rule_11_02_inner_groups_join_the_outermost() {
    kit()
        .run(
            2,
            bench -> {
              int peer = 1 - bench.rank();
              Cells cells =
                  bench
                      .cells(DataType.INT32, 20)
                      .with(0, 10, Data.moved(DataType.INT32, bench.rank()));
              DeviceBuffer from = cells.part(0, 10);
              DeviceBuffer to = cells.part(10, 10);
              bench
                  .ccl()
                  .group(
                      () -> {
                        // Issued at the end of the inner group, this would wait for the receive.
                        bench.comm().group(() -> bench.comm().send(from, peer, bench.stream()));
                        bench.ccl().group(() -> bench.comm().recv(to, peer, bench.stream()));
                      });
              cells.expect(10, 10, Data.moved(DataType.INT32, peer));
              bench.check("nested groups");
            });
  }

  /** Rule 11.3. */
  @Test
  default void rule_11_03_several_communicators() {
    kit()
        .run(
            3,
            bench -> {
              try (Communicator other = bench.another(ConnectOptions.DEFAULT)) {
                Data sums = Data.reduction(DataType.INT32, Data.Kind.SUM, 3);
                Data maxima = Data.reduction(DataType.FLOAT32, Data.Kind.MAX, 3);
                Cells a = bench.cells(DataType.INT32, 50).with(0, 50, sums.input(bench.rank()));
                Cells b = bench.cells(DataType.FLOAT32, 50).with(0, 50, maxima.input(bench.rank()));
                DeviceBuffer x = a.buffer();
                DeviceBuffer y = b.buffer();
                bench
                    .comm()
                    .group(
                        () -> {
                          bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                          other.allReduce(y, y, ReduceOp.MAX, bench.stream());
                        });
                a.expect(0, 50, sums.expected());
                b.expect(0, 50, maxima.expected());
                bench.check("group over two communicators");
              }
            });
  }

  /** Rule 11.4. */
  @Test
  default void rule_11_04_one_thread_drives_several_devices() {
    int devices = 4;
    kit()
        .runAlone(
            devices,
            (ccl, all) -> {
              Data data = Data.reduction(DataType.FLOAT32, Data.Kind.SUM, devices);
              List<Communicator> comms = ccl.connectAll(all);
              List<Bench> benches = new ArrayList<>();
              List<Cells> cells = new ArrayList<>();
              for (int r = 0; r < devices; r++) {
                Assertions.assertEquals(r, comms.get(r).rank(), "rank of the communicator");
                Assertions.assertEquals(devices, comms.get(r).size(), "size of the communicator");
                Bench bench = Bench.alone(ccl, comms.get(r));
                benches.add(bench);
                Cells x = bench.cells(DataType.FLOAT32, 1000).with(0, 1000, data.input(r));
                x.buffer();
                cells.add(x);
              }
              ccl.group(
                  () -> {
                    for (int r = 0; r < devices; r++) {
                      DeviceBuffer x = cells.get(r).buffer();
                      comms.get(r).allReduce(x, x, ReduceOp.SUM, benches.get(r).stream());
                    }
                  });
              for (int r = 0; r < devices; r++) {
                cells.get(r).expect(0, 1000, data.expected());
                benches.get(r).check("device " + r + " driven by the one thread");
              }
            });
  }

  /** Rule 11.5. */
  @Test
  default void rule_11_05_exception_in_the_body_launches_nothing() {
    kit()
        .run(
            2,
            bench -> {
              Cells cells =
                  bench
                      .cells(DataType.INT32, 40)
                      .with(0, 40, Data.moved(DataType.INT32, bench.rank()));
              DeviceBuffer x = cells.buffer();
              IllegalStateException own = new IllegalStateException("thrown by the rule");
              IllegalStateException seen =
                  Assertions.assertThrows(
                      IllegalStateException.class,
                      () ->
                          bench
                              .comm()
                              .group(
                                  () -> {
                                    bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                                    throw own;
                                  }));
              Assertions.assertSame(own, seen, "the exception that rises");
              bench.check("nothing was launched");
              bench.checkUsable("an exception inside a group");
            });
  }

  /** Rule 11.6. */
  @Test
  default void rule_11_06_wrong_argument_in_the_body_launches_nothing() {
    kit()
        .run(
            2,
            bench -> {
              if (bench.rank() == 0) {
                Cells cells =
                    bench.cells(DataType.INT32, 40).with(0, 40, Data.moved(DataType.INT32, 0));
                DeviceBuffer x = cells.buffer();
                Refused.asUsage(
                    ErrorCode.OUT_OF_RANGE,
                    "a group whose second call has a wrong peer",
                    () ->
                        bench
                            .comm()
                            .group(
                                () -> {
                                  bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                                  bench.comm().send(x, 7, bench.stream());
                                }));
                bench.check("nothing was launched");
              }
              // Had the first call been launched, it would meet the other rank's check.
              bench.checkUsable("a wrong argument inside a group");
            });
  }

  /** Rule 11.7. */
  @Test
  default void rule_11_07_object_closed_before_the_end_launches_nothing() {
    kit()
        .run(
            2,
            bench -> {
              Cells cells =
                  bench
                      .cells(DataType.INT32, 40)
                      .with(0, 40, Data.moved(DataType.INT32, bench.rank()));
              DeviceBuffer x = cells.buffer();
              DeviceBuffer closed = bench.device().allocate(DataType.INT32, 40);
              Refused.asUsage(
                  ErrorCode.CLOSED,
                  "a group with a buffer that its body closed",
                  () ->
                      bench
                          .comm()
                          .group(
                              () -> {
                                bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                                bench
                                    .comm()
                                    .allReduce(closed, closed, ReduceOp.SUM, bench.stream());
                                closed.close();
                              }));
              bench.check("nothing was launched");
              bench.checkUsable("a buffer was closed inside a group");
            });
  }

  /** Rule 11.8. */
  @Test
  default void rule_11_08_empty_group_does_nothing() {
    kit()
        .run(
            2,
            bench -> {
              bench.comm().group(() -> {});
              bench.ccl().group(() -> bench.comm().group(() -> {}));
              bench.checkUsable("empty groups");
            });
  }

  /** Rule 11.9. */
  @Test
  default void rule_11_09_waiting_closing_and_connecting_inside_are_refused() {
    kit()
        .run(
            2,
            bench -> {
              Cells cells = bench.cells(DataType.INT32, 4);
              DeviceBuffer x = cells.buffer();
              refusedInside(
                  bench,
                  "waiting for a stream of the group",
                  () -> {
                    bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                    bench.stream().synchronize(Bench.PATIENCE);
                  });
              refusedInside(bench, "closing a communicator", () -> bench.comm().close());
              refusedInside(
                  bench, "connecting", () -> bench.another(ConnectOptions.DEFAULT).close());
              bench.check("nothing was launched");
              bench.checkUsable("calls were refused inside a group");
            });
  }

  private static void refusedInside(Bench bench, String what, Runnable body) {
    Refused.asUsage(ErrorCode.ILLEGAL_STATE, what, () -> bench.ccl().group(body));
  }

  /** Rule 11.10. */
  @Test
  default void rule_11_10_copies_inside_come_before_the_group() {
    kit()
        .run(
            2,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              Cells source = bench.cells(DataType.INT32, 40).with(0, 40, data.input(bench.rank()));
              Cells target = bench.cells(DataType.INT32, 40);
              DeviceBuffer from = source.buffer();
              DeviceBuffer x = target.buffer();
              bench
                  .comm()
                  .group(
                      () -> {
                        bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                        x.copyFrom(from, bench.stream());
                      });
              target.expect(0, 40, data.expected());
              bench.check("a copy inside the group");
            });
  }
}
