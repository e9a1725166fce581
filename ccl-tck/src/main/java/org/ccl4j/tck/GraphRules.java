package org.ccl4j.tck;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.Graph;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 16: graphs. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface GraphRules extends ConformanceRules {

  private void onTwo(Kit.Body body) {
    kit().run(2, Capability.GRAPHS, body);
  }

  /** Rule 16.1. */
  @Test
  default void rule_16_01_capture_runs_nothing() {
    onTwo(
        bench -> {
          Cells cells =
              bench
                  .cells(DataType.INT32, 100)
                  .with(0, 100, Data.moved(DataType.INT32, bench.rank()));
          DeviceBuffer x = cells.buffer();
          Graph graph =
              bench.stream()
                  .capture(
                      () -> {
                        bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                        x.fill((byte) 7, bench.stream());
                      });
          bench.check("the captured work did not run");
          graph.close();
          bench.checkUsable("a graph that was never launched");
        });
  }

  /** Rule 16.2. */
  @Test
  default void rule_16_02_launch_does_what_was_captured() {
    onTwo(
        bench -> {
          for (DataType type : bench.reducibleTypes()) {
            Data data = Data.reduction(type, Data.Kind.SUM, 2);
            Cells send = bench.cells(type, 1000).with(0, 1000, data.input(bench.rank()));
            Cells recv = bench.cells(type, 1000);
            DeviceBuffer from = send.buffer();
            DeviceBuffer to = recv.buffer();
            try (Graph graph =
                bench.stream()
                    .capture(
                        () -> bench.comm().allReduce(from, to, ReduceOp.SUM, bench.stream()))) {
              graph.launch(bench.stream());
              recv.expect(0, 1000, data.expected());
              bench.check("captured allReduce of " + type);
            }
          }
          bench.checkUsable("graphs");
        });
  }

  /** Rule 16.3. */
  @Test
  default void rule_16_03_every_launch_reads_the_memory_anew() {
    onTwo(
        bench -> {
          int launches = 100;
          try (DeviceBuffer in = bench.device().allocate(DataType.INT64, 16);
              DeviceBuffer out = bench.device().allocate(DataType.INT64, 16);
              DeviceBuffer all = bench.device().allocate(DataType.INT64, 16L * launches);
              Graph graph =
                  bench.stream()
                      .capture(
                          () -> bench.comm().allReduce(in, out, ReduceOp.SUM, bench.stream()))) {
            long[] values = new long[16];
            for (int launch = 0; launch < launches; launch++) {
              for (int i = 0; i < 16; i++) {
                values[i] = Data.hash(bench.rank(), 16L * launch + i);
              }
              in.copyFrom(values, bench.stream());
              graph.launch(bench.stream());
              all.slice(16L * launch, 16).copyFrom(out, bench.stream());
            }
            long[] found = new long[16 * launches];
            all.copyTo(found, bench.stream());
            for (int i = 0; i < found.length; i++) {
              Assertions.assertEquals(
                  Data.hash(0, i) + Data.hash(1, i), found[i], "element of launch " + i / 16);
            }
          }
        });
  }

  /** Rule 16.4. */
  @Test
  default void rule_16_04_two_graphs_and_plain_calls_mix() {
    onTwo(
        bench -> {
          try (DeviceBuffer x = bench.device().allocate(DataType.INT64, 1);
              Graph doubles =
                  bench.stream()
                      .capture(() -> bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream()));
              Graph squares =
                  bench.stream()
                      .capture(() -> bench.comm().allReduce(x, x, ReduceOp.PROD, bench.stream()))) {
            long[] value = {3};
            x.copyFrom(value, bench.stream());
            long expected = 3;
            for (int round = 0; round < 3; round++) {
              doubles.launch(bench.stream());
              squares.launch(bench.stream());
              bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
              expected = 2 * (2 * expected) * (2 * expected);
            }
            x.copyTo(value, bench.stream());
            Assertions.assertEquals(expected, value[0], "two graphs in turn");
          }
        });
  }

  /** Rule 16.5. */
  @Test
  default void rule_16_05_graphs_launch_on_other_streams_of_the_device() {
    onTwo(
        bench -> {
          Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
          Cells cells = bench.cells(DataType.INT32, 100).with(0, 100, data.input(bench.rank()));
          DeviceBuffer x = cells.buffer();
          Stream captured = bench.device().openStream();
          Graph graph =
              captured.capture(() -> bench.comm().allReduce(x, x, ReduceOp.SUM, captured));
          captured.close();
          graph.launch(bench.stream());
          cells.expect(0, 100, data.expected());
          bench.check("graph of a closed stream, launched on another");
          graph.close();
        });
  }

  /** Rule 16.6. */
  @Test
  default void rule_16_06_graph_and_communicator_close_in_either_order() {
    onTwo(
        bench -> {
          DeviceBuffer x = bench.cells(DataType.INT32, 10).buffer();
          Communicator first = bench.another(ConnectOptions.DEFAULT);
          Graph before =
              bench.stream().capture(() -> first.allReduce(x, x, ReduceOp.MAX, bench.stream()));
          before.launch(bench.stream());
          before.close();
          before.close();
          first.close();
          Communicator second = bench.another(ConnectOptions.DEFAULT);
          Graph after =
              bench.stream().capture(() -> second.allReduce(x, x, ReduceOp.MAX, bench.stream()));
          after.launch(bench.stream());
          second.close();
          Assertions.assertTrue(after.isClosed(), "the graph of a closed communicator");
          after.close();
          bench.check("maximum of equal elements");
          bench.checkUsable("graphs and communicators closed in either order");
        });
  }

  /** Rule 16.7. */
  @Test
  default void rule_16_07_exception_drops_the_capture() {
    onTwo(
        bench -> {
          Cells cells =
              bench.cells(DataType.INT32, 10).with(0, 10, Data.moved(DataType.INT32, bench.rank()));
          DeviceBuffer x = cells.buffer();
          IllegalStateException own = new IllegalStateException("thrown by the rule");
          IllegalStateException seen =
              Assertions.assertThrows(
                  IllegalStateException.class,
                  () ->
                      bench.stream()
                          .capture(
                              () -> {
                                bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                                throw own;
                              }));
          Assertions.assertSame(own, seen, "the exception that rises");
          bench.check("nothing ran");
          bench.checkUsable("an exception in a capture");
        });
  }

  /** Rule 16.8. */
  @Test
  default void rule_16_08_streams_join_and_leave_a_capture_by_events() {
    onTwo(
        bench -> {
          Data sums = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
          Pattern moved = Data.moved(DataType.INT32, 9);
          Cells a = bench.cells(DataType.INT32, 100).with(0, 100, sums.input(bench.rank()));
          Cells source = bench.cells(DataType.INT32, 100).with(0, 100, moved);
          Cells b = bench.cells(DataType.INT32, 100);
          Cells c = bench.cells(DataType.INT32, 100);
          DeviceBuffer x = a.buffer();
          DeviceBuffer from = source.buffer();
          DeviceBuffer y = b.buffer();
          DeviceBuffer z = c.buffer();
          Stream main = bench.stream();
          try (Stream side = bench.device().openStream();
              Event fork = bench.device().newEvent();
              Event join = bench.device().newEvent();
              Graph graph =
                  main.capture(
                      () -> {
                        main.record(fork);
                        side.waitFor(fork);
                        y.copyFrom(from, side);
                        bench.comm().allReduce(x, x, ReduceOp.SUM, main);
                        side.record(join);
                        main.waitFor(join);
                        z.copyFrom(y, main);
                      })) {
            graph.launch(main);
            a.expect(0, 100, sums.expected());
            b.expect(0, 100, moved);
            c.expect(0, 100, moved);
            bench.check("fork and join in a graph");
            Assertions.assertTrue(side.isIdle(), "the side stream is out of the capture");
          }
        });
  }

  /** Rule 16.9. */
  @Test
  default void rule_16_09_stream_that_is_not_joined_back_is_refused() {
    onTwo(
        bench -> {
          try (Stream side = bench.device().openStream();
              Event fork = bench.device().newEvent();
              DeviceBuffer x = bench.device().allocate(DataType.INT32, 10)) {
            Refused.asUsage(
                ErrorCode.ILLEGAL_STATE,
                "a capture whose side stream was not joined back",
                () ->
                    bench.stream()
                        .capture(
                            () -> {
                              bench.stream().record(fork);
                              side.waitFor(fork);
                              x.fill((byte) 1, side);
                            }));
          }
          bench.checkUsable("a capture was refused");
        });
  }

  /** Rule 16.10. */
  @Test
  default void rule_16_10_waiting_and_deadlines_in_a_capture_are_refused() {
    onTwo(
        bench -> {
          Stream stream = bench.stream();
          DeviceBuffer x = bench.cells(DataType.INT32, 10).buffer();
          stream.synchronize(Bench.PATIENCE);
          refusedInside(stream, "synchronize", () -> stream.synchronize(Bench.PATIENCE));
          refusedInside(stream, "another capture", () -> stream.capture(() -> {}));
          refusedInside(stream, "copyTo of an array", () -> x.copyTo(new int[1], stream));
          refusedInside(
              stream,
              "an operation with a deadline",
              () ->
                  bench
                      .comm()
                      .allReduce(
                          x,
                          x,
                          10,
                          ReduceOp.SUM,
                          stream,
                          CollectiveOptions.DEFAULT.withDeadline(Duration.ofSeconds(9))));
          bench.check("nothing ran");
          bench.checkUsable("calls were refused in a capture");
        });
  }

  private static void refusedInside(Stream stream, String what, Runnable body) {
    Refused.asUsage(ErrorCode.ILLEGAL_STATE, what + " in a capture", () -> stream.capture(body));
  }

  /** Rule 16.11. */
  @Test
  default void rule_16_11_one_thread_captures_several_devices() {
    int devices = 3;
    kit()
        .runAlone(
            devices,
            (ccl, all) -> {
              if (!ccl.backend().can(Capability.GRAPHS)) {
                throw Kit.unsupported("the library lacks " + Capability.GRAPHS);
              }
              List<Communicator> comms = ccl.connectAll(all);
              List<Stream> streams = new ArrayList<>();
              List<DeviceBuffer> buffers = new ArrayList<>();
              for (Device device : all) {
                streams.add(device.openStream());
                buffers.add(device.allocate(DataType.INT64, 2));
              }
              Runnable sum =
                  () -> {
                    for (int d = 0; d < devices; d++) {
                      comms
                          .get(d)
                          .allReduce(buffers.get(d), buffers.get(d), ReduceOp.SUM, streams.get(d));
                    }
                  };
              List<Graph> graphs = ccl.capture(streams, () -> ccl.group(sum));
              Assertions.assertEquals(devices, graphs.size(), "a graph for each stream");
              for (int d = 0; d < devices; d++) {
                buffers.get(d).copyFrom(new long[] {d, 10}, streams.get(d));
              }
              for (int launch = 0; launch < 2; launch++) {
                for (int d = 0; d < devices; d++) {
                  graphs.get(d).launch(streams.get(d));
                }
              }
              for (int d = 0; d < devices; d++) {
                long[] found = new long[2];
                buffers.get(d).copyTo(found, streams.get(d));
                Assertions.assertArrayEquals(
                    new long[] {9, 90}, found, "two launches on device " + d);
              }
              graphs.forEach(Graph::close);
            });
  }

  /** Rule 16.12. */
  @Test
  default void rule_16_12_captured_copies_read_the_host_at_each_launch() {
    onTwo(
        bench -> {
          ByteBuffer in = Elements.direct(8);
          ByteBuffer out = Elements.direct(8);
          try (DeviceBuffer x = bench.device().allocate(DataType.INT64, 1);
              Graph graph =
                  bench.stream()
                      .capture(
                          () -> {
                            x.copyFrom(in, bench.stream());
                            bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                            x.copyTo(out, bench.stream());
                          })) {
            for (long round = 1; round <= 3; round++) {
              in.putLong(0, round + bench.rank());
              graph.launch(bench.stream());
              bench.stream().synchronize(Bench.PATIENCE);
              Assertions.assertEquals(2 * round + 1, out.getLong(0), "sum of launch " + round);
            }
          }
        });
  }
}
