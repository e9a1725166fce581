package org.ccl4j.tck;

import java.time.Duration;
import java.util.List;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.Graph;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 13: closing and aborting. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface CloseRules extends ConformanceRules {

  /** Rule 13.1. */
  @Test
  default void rule_13_01_closing_twice_is_closing_once() {
    kit()
        .run(
            2,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              Assertions.assertFalse(comm.isClosed(), "isClosed before close");
              comm.close();
              Assertions.assertTrue(comm.isClosed(), "isClosed after close");
              comm.close();
              DeviceBuffer buffer = bench.device().allocate(DataType.INT32, 10);
              Stream stream = bench.device().openStream();
              Event event = bench.device().newEvent();
              Ccl ccl = Ccl.open(kit().options());
              Device device = ccl.device(0);
              for (AutoCloseable object : List.of(buffer, stream, event, device, ccl)) {
                object.close();
                object.close();
              }
              bench.checkUsable("double closes");
            });
  }

  /** Rule 13.2. */
  @Test
  default void rule_13_02_close_waits_for_work_in_flight() {
    kit()
        .run(
            2,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              Cells cells =
                  bench.cells(DataType.INT32, 100_000).with(0, 100_000, data.input(bench.rank()));
              comm.allReduce(cells.buffer(), cells.buffer(), ReduceOp.SUM, bench.stream());
              comm.close();
              cells.expect(0, 100_000, data.expected());
              bench.check("allReduce that was in flight when its communicator was closed");
            });
  }

  /** Rule 13.3. */
  @Test
  default void rule_13_03_close_with_unmatched_work_is_bounded() {
    kit()
        .run(
            2,
            bench -> {
              Communicator comm =
                  bench.another(ConnectOptions.DEFAULT.withTimeout(Duration.ofSeconds(3)));
              bench.checkUsable(comm, "connecting");
              bench.meet("connected");
              if (bench.rank() == 0) {
                DeviceBuffer x = bench.device().allocate(DataType.INT32, 10);
                comm.allReduce(x, x, ReduceOp.SUM, bench.stream());
                Refused.with(
                    ErrorCode.CLOSE_TIMEOUT, "closing while rank 1 stays away", comm::close);
                Assertions.assertTrue(comm.isClosed(), "isClosed after the timeout");
                comm.close();
                bench.signal("closed");
              } else {
                bench.await("closed");
                comm.abort();
              }
            });
  }

  /** Rule 13.4. */
  @Test
  default void rule_13_04_children_close_with_their_parent() {
    kit()
        .run(
            2,
            Capability.SPLIT,
            bench -> {
              Communicator parent = bench.another(ConnectOptions.DEFAULT);
              Communicator child = parent.split(0, bench.rank()).orElseThrow();
              Communicator grandchild = child.split(0, bench.rank()).orElseThrow();
              bench.checkUsable(grandchild, "two splits");
              parent.close();
              Assertions.assertTrue(child.isClosed(), "the child is closed");
              Assertions.assertTrue(grandchild.isClosed(), "the grandchild is closed");
              child.close();
              bench.checkUsable("another communicator was closed with its children");
            });
  }

  /** Rule 13.5. */
  @Test
  default void rule_13_05_operators_close_with_their_communicator() {
    kit()
        .run(
            2,
            Capability.PRE_MUL_SUM,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              PreMulSum op = comm.preMulSum(DataType.INT32, 2);
              comm.close();
              Assertions.assertTrue(op.isClosed(), "the operator is closed");
              op.close();
            });
  }

  /** Rule 13.6. */
  @Test
  default void rule_13_06_graphs_close_with_their_communicator() {
    kit()
        .run(
            2,
            Capability.GRAPHS,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              DeviceBuffer x = bench.cells(DataType.INT32, 10).buffer();
              Graph graph =
                  bench.stream().capture(() -> comm.allReduce(x, x, ReduceOp.MAX, bench.stream()));
              Assertions.assertFalse(graph.isClosed(), "isClosed before");
              comm.close();
              Assertions.assertTrue(graph.isClosed(), "the graph is closed");
              Refused.asUsage(ErrorCode.CLOSED, "launching it", () -> graph.launch(bench.stream()));
              graph.close();
              bench.check("the graph never ran");
            });
  }

  /** Rule 13.7. */
  @Test
  default void rule_13_07_any_thread_may_close() {
    kit()
        .run(
            2,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              Elsewhere.run(comm::close);
              Assertions.assertTrue(comm.isClosed(), "isClosed after the close elsewhere");
              bench.checkUsable("a close by another thread");
            });
  }

  /** Rule 13.8. */
  @Test
  default void rule_13_08_closed_objects_are_refused() {
    kit()
        .run(
            2,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              comm.close();
              DeviceBuffer x = bench.cells(DataType.INT32, 4).buffer();
              DeviceBuffer y = bench.cells(DataType.INT32, 4).buffer();
              Stream s = bench.stream();
              long[] counts = {2, 2};
              closed("allReduce", () -> comm.allReduce(x, y, ReduceOp.SUM, s));
              closed("broadcast", () -> comm.broadcast(x, y, 0, s));
              closed("reduce", () -> comm.reduce(x, y, ReduceOp.SUM, 0, s));
              closed("allGather", () -> comm.allGather(x.slice(0, 2), y, s));
              closed("reduceScatter", () -> comm.reduceScatter(x, y.slice(0, 2), ReduceOp.SUM, s));
              closed("allToAll", () -> comm.allToAll(x, y, s));
              closed("gather", () -> comm.gather(x.slice(0, 2), y, 0, s));
              closed("scatter", () -> comm.scatter(x, y.slice(0, 2), 0, s));
              closed("send", () -> comm.send(x, 0, s));
              closed("recv", () -> comm.recv(y, 0, s));
              closed("barrier", () -> comm.barrier(s));
              closed("allToAllV", () -> comm.allToAllV(x, counts, y, counts, s));
              closed("allGatherV", () -> comm.allGatherV(x.slice(0, 2), y, counts, s));
              closed(
                  "reduceScatterV",
                  () -> comm.reduceScatterV(x, counts, y.slice(0, 2), ReduceOp.SUM, s));
              closed("gatherV", () -> comm.gatherV(x.slice(0, 2), y, counts, 0, s));
              closed("scatterV", () -> comm.scatterV(x, counts, y.slice(0, 2), 0, s));
              closed("preMulSum", () -> comm.preMulSum(DataType.INT32, 2));
              closed("split", () -> comm.split(0, 0));
              bench.check("nothing was launched");
              Stream stream = bench.device().openStream();
              stream.close();
              closed("synchronize", () -> stream.synchronize(Bench.PATIENCE));
              DeviceBuffer buffer = bench.device().allocate(DataType.INT32, 4);
              buffer.close();
              closed("fill", () -> buffer.fill((byte) 1, s));
              bench.checkUsable("closed objects were refused");
            });
  }

  private static void closed(String what, Runnable call) {
    Refused.asUsage(ErrorCode.CLOSED, what + " after close", call);
  }

  /** Rule 13.9. */
  @Test
  default void rule_13_09_abort_ends_unmatched_work() {
    kit()
        .run(
            2,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting");
              bench.meet("connected");
              if (bench.rank() == 0) {
                DeviceBuffer x = bench.device().allocate(DataType.INT32, 10);
                Stream own = bench.device().openStream();
                comm.allReduce(x, x, ReduceOp.SUM, own);
                Elsewhere.run(comm::abort);
                comm.abort();
                Assertions.assertTrue(comm.isClosed(), "isClosed after abort");
                closed("allReduce", () -> comm.allReduce(x, x, ReduceOp.SUM, bench.stream()));
                comm.close();
                own.close();
                bench.signal("aborted");
              } else {
                bench.await("aborted");
                comm.abort();
              }
              bench.checkUsable("another communicator was aborted");
            });
  }

  /** Rule 13.10. */
  @Test
  default void rule_13_10_closing_the_library_closes_everything() {
    kit()
        .run(
            2,
            bench -> {
              Ccl ccl = Ccl.open(kit().options());
              List<Communicator> comms =
                  ccl.connectAll(List.of(ccl.device(bench.device().ordinal())));
              Device device = comms.get(0).device();
              Stream stream = device.openStream();
              DeviceBuffer buffer = device.allocate(DataType.INT32, 4);
              comms.get(0).allReduce(buffer, buffer, ReduceOp.SUM, stream);
              ccl.close();
              Assertions.assertTrue(comms.get(0).isClosed(), "the communicator is closed");
              closed("openStream", device::openStream);
              closed("fill", () -> buffer.fill((byte) 1, stream));
              closed("device", () -> ccl.device(0));
              bench.checkUsable("another library was closed");
            });
  }

  /** Rule 13.11. */
  @Test
  default void rule_13_11_device_handles_close_what_they_made_and_nothing_else() {
    kit()
        .run(
            2,
            bench -> {
              Device second = bench.ccl().device(bench.device().ordinal());
              Communicator comm = bench.ccl().connectAll(List.of(second)).get(0);
              DeviceBuffer buffer = second.allocate(DataType.INT32, 4);
              Stream stream = second.openStream();
              second.close();
              Assertions.assertTrue(comm.isClosed(), "the handle's communicator is closed");
              closed("fill", () -> buffer.fill((byte) 1, bench.stream()));
              closed("synchronize", () -> stream.synchronize(Bench.PATIENCE));
              bench.checkUsable("another handle of the device was closed");
            });
  }
}
