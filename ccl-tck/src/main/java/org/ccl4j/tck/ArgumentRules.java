package org.ccl4j.tck;

import static org.ccl4j.tck.Refused.absent;

import java.time.Duration;
import java.util.List;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Test;

/**
 * Area 2: wrong arguments. All mistakes are made on rank 0 alone; were one of them launched all the
 * same, it would meet another operation of rank 1 at the end of the rule.
 */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface ArgumentRules extends ConformanceRules {

  /** The objects of the rank that makes the mistakes: two buffers that must stay as they are. */
  record Setup(
      Bench bench,
      Communicator comm,
      Stream stream,
      DeviceBuffer x,
      DeviceBuffer y,
      DeviceBuffer z) {

    void refused(ErrorCode code, String what, Runnable call) {
      Refused.asUsage(code, what, call);
    }

    /** Part of x. */
    DeviceBuffer x(long count) {
      return x.slice(0, count);
    }

    /** Part of y. */
    DeviceBuffer y(long count) {
      return y.slice(0, count);
    }
  }

  /** Makes mistakes. */
  @FunctionalInterface
  interface Mistakes {
    void make(Setup setup) throws Exception;
  }

  private void mistakes(Mistakes mistakes) {
    kit()
        .run(
            2,
            bench -> {
              if (bench.rank() == 0) {
                Cells x = bench.cells(DataType.INT32, 8).with(0, 8, Data.moved(DataType.INT32, 1));
                Cells y = bench.cells(DataType.INT32, 8).with(0, 8, Data.moved(DataType.INT32, 2));
                Cells z =
                    bench.cells(DataType.FLOAT32, 8).with(0, 8, Data.moved(DataType.FLOAT32, 3));
                mistakes.make(
                    new Setup(
                        bench, bench.comm(), bench.stream(), x.buffer(), y.buffer(), z.buffer()));
                bench.check("memory after the mistakes");
              }
              bench.checkUsable("mistakes of rank 0");
            });
  }

  /** Rule 2.1. */
  @Test
  default void rule_02_01_null_is_refused() {
    mistakes(
        on -> {
          ErrorCode code = ErrorCode.NULL_ARGUMENT;
          Communicator comm = on.comm();
          Stream s = on.stream();
          CollectiveOptions options = CollectiveOptions.DEFAULT;
          ReduceOp sum = ReduceOp.SUM;
          on.refused(code, "send", () -> comm.allReduce(absent(), on.y(), 8, sum, s, options));
          on.refused(code, "recv", () -> comm.allReduce(on.x(), absent(), 8, sum, s, options));
          on.refused(code, "op", () -> comm.allReduce(on.x(), on.y(), 8, absent(), s, options));
          on.refused(
              code, "stream", () -> comm.allReduce(on.x(), on.y(), 8, sum, absent(), options));
          on.refused(code, "options", () -> comm.allReduce(on.x(), on.y(), 8, sum, s, absent()));
          on.refused(
              code, "send on the root", () -> comm.broadcast(null, on.y(), 8, 0, s, options));
          on.refused(
              code,
              "recv of a broadcast",
              () -> comm.broadcast(on.x(), absent(), 8, 0, s, options));
          on.refused(
              code, "recv on the root", () -> comm.reduce(on.x(), null, 8, sum, 0, s, options));
          on.refused(code, "recv", () -> comm.allGather(on.x(), absent(), 4, s, options));
          on.refused(code, "send", () -> comm.reduceScatter(absent(), on.y(), 4, sum, s, options));
          on.refused(code, "recv", () -> comm.allToAll(on.x(), absent(), 4, s, options));
          on.refused(code, "recv on the root", () -> comm.gather(on.x(), null, 4, 0, s, options));
          on.refused(code, "send on the root", () -> comm.scatter(null, on.y(), 4, 0, s, options));
          on.refused(code, "buffer to send", () -> comm.send(absent(), 8, 1, s, options));
          on.refused(code, "buffer to receive", () -> comm.recv(absent(), 8, 1, s, options));
          on.refused(code, "stream of a barrier", () -> comm.barrier(absent()));
          long[] counts = {4, 4};
          long[] offsets = {0, 4};
          on.refused(
              code, "counts", () -> comm.allGatherV(on.x(), on.y(), absent(), offsets, s, options));
          on.refused(
              code, "offsets", () -> comm.allGatherV(on.x(), on.y(), counts, absent(), s, options));
          on.refused(
              code,
              "counts of allToAllV",
              () -> comm.allToAllV(on.x(), counts, offsets, on.y(), absent(), offsets, s, options));
        });
  }

  /** Rule 2.2. */
  @Test
  default void rule_02_02_closed_objects_are_refused() {
    mistakes(
        on -> {
          DeviceBuffer buffer = on.bench().device().allocate(DataType.INT32, 8);
          DeviceBuffer part = buffer.slice(1, 2);
          Stream stream = on.bench().device().openStream();
          buffer.close();
          stream.close();
          Communicator comm = on.comm();
          ErrorCode code = ErrorCode.CLOSED;
          on.refused(code, "send", () -> comm.allReduce(buffer, on.y(), ReduceOp.SUM, on.stream()));
          on.refused(code, "recv", () -> comm.allReduce(on.x(), buffer, ReduceOp.SUM, on.stream()));
          on.refused(code, "a part", () -> comm.send(part, 1, on.stream()));
          on.refused(code, "stream", () -> comm.allReduce(on.x(), on.y(), ReduceOp.SUM, stream));
        });
  }

  /** Rule 2.3. */
  @Test
  default void rule_02_03_foreign_objects_are_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          try (Ccl other = Ccl.open(kit().options());
              Device device = other.device(0);
              Stream stream = device.openStream();
              DeviceBuffer buffer = device.allocate(DataType.INT32, 8)) {
            ErrorCode code = ErrorCode.FOREIGN_OBJECT;
            on.refused(
                code, "send", () -> comm.allReduce(buffer, on.y(), ReduceOp.SUM, on.stream()));
            on.refused(
                code, "recv", () -> comm.allReduce(on.x(), buffer, ReduceOp.SUM, on.stream()));
            on.refused(code, "stream", () -> comm.allReduce(on.x(), on.y(), ReduceOp.SUM, stream));
            on.refused(code, "device", () -> on.bench().ccl().connectAll(List.of(device)));
          }
        });
  }

  /** Rule 2.4. */
  @Test
  default void rule_02_04_counts_out_of_range_are_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          Stream s = on.stream();
          CollectiveOptions options = CollectiveOptions.DEFAULT;
          ReduceOp sum = ReduceOp.SUM;
          for (long count : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE / 4}) {
            List<ErrorCode> codes =
                // The last one alone is countable for one part, but not for two.
                List.of(ErrorCode.OUT_OF_RANGE, ErrorCode.BUFFER_TOO_SMALL)
                    .subList(0, count == Long.MAX_VALUE / 4 ? 2 : 1);
            String what = " of " + count + " elements";
            Refused.asUsage(
                codes,
                "allReduce" + what,
                () -> comm.allReduce(on.x(), on.y(), count, sum, s, options));
            Refused.asUsage(
                codes,
                "broadcast" + what,
                () -> comm.broadcast(on.x(), on.y(), count, 0, s, options));
            Refused.asUsage(
                codes,
                "reduce" + what,
                () -> comm.reduce(on.x(), on.y(), count, sum, 0, s, options));
            Refused.asUsage(codes, "send" + what, () -> comm.send(on.x(), count, 1, s, options));
            Refused.asUsage(codes, "recv" + what, () -> comm.recv(on.x(), count, 1, s, options));
            ErrorCode code = ErrorCode.OUT_OF_RANGE;
            on.refused(
                code, "allGather" + what, () -> comm.allGather(on.x(), on.y(), count, s, options));
            on.refused(
                code,
                "reduceScatter" + what,
                () -> comm.reduceScatter(on.x(), on.y(), count, sum, s, options));
            on.refused(
                code, "allToAll" + what, () -> comm.allToAll(on.x(), on.y(), count, s, options));
            on.refused(
                code, "gather" + what, () -> comm.gather(on.x(), on.y(), count, 0, s, options));
            on.refused(
                code, "scatter" + what, () -> comm.scatter(on.x(), on.y(), count, 0, s, options));
          }
        });
  }

  /** Rule 2.5. */
  @Test
  default void rule_02_05_ranks_out_of_range_are_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          Stream s = on.stream();
          ErrorCode code = ErrorCode.OUT_OF_RANGE;
          long[] counts = {4, 4};
          for (int rank : new int[] {-1, 2, Integer.MAX_VALUE}) {
            String what = " with rank " + rank;
            on.refused(code, "broadcast" + what, () -> comm.broadcast(on.x(), on.y(), rank, s));
            on.refused(
                code, "reduce" + what, () -> comm.reduce(on.x(), on.y(), ReduceOp.SUM, rank, s));
            on.refused(code, "gather" + what, () -> comm.gather(on.x(4), on.y(), rank, s));
            on.refused(code, "scatter" + what, () -> comm.scatter(on.x(), on.y(4), rank, s));
            on.refused(code, "send" + what, () -> comm.send(on.x(), rank, s));
            on.refused(code, "recv" + what, () -> comm.recv(on.x(), rank, s));
            on.refused(
                code, "gatherV" + what, () -> comm.gatherV(on.x(4), on.y(), counts, rank, s));
            on.refused(
                code, "scatterV" + what, () -> comm.scatterV(on.x(), counts, on.y(4), rank, s));
          }
        });
  }

  /** Rule 2.6. */
  @Test
  default void rule_02_06_short_buffers_are_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          Stream s = on.stream();
          CollectiveOptions options = CollectiveOptions.DEFAULT;
          ReduceOp sum = ReduceOp.SUM;
          ErrorCode code = ErrorCode.BUFFER_TOO_SMALL;
          on.refused(code, "send", () -> comm.allReduce(on.x(7), on.y(), 8, sum, s, options));
          on.refused(code, "recv", () -> comm.allReduce(on.x(), on.y(7), sum, s));
          on.refused(code, "send", () -> comm.broadcast(on.x(7), on.y(), 0, s));
          on.refused(code, "recv", () -> comm.broadcast(on.x(), on.y(7), 8, 1, s, options));
          on.refused(code, "recv", () -> comm.reduce(on.x(), on.y(7), sum, 0, s));
          on.refused(code, "recv", () -> comm.allGather(on.x(4), on.y(7), s));
          on.refused(code, "send", () -> comm.allGather(on.x(3), on.y(), 4, s, options));
          on.refused(code, "send", () -> comm.reduceScatter(on.x(7), on.y(4), sum, s));
          on.refused(code, "recv", () -> comm.reduceScatter(on.x(), on.y(3), 4, sum, s, options));
          on.refused(code, "recv", () -> comm.allToAll(on.x(), on.y(7), s));
          on.refused(code, "send", () -> comm.allToAll(on.x(7), on.y(), 4, s, options));
          on.refused(code, "recv", () -> comm.gather(on.x(4), on.y(7), 0, s));
          on.refused(code, "send", () -> comm.scatter(on.x(7), on.y(4), 0, s));
          on.refused(code, "buffer to send", () -> comm.send(on.x(), 9, 1, s, options));
          on.refused(code, "buffer to receive", () -> comm.recv(on.x(), 9, 1, s, options));
          long[] counts = {4, 5};
          long[] four = {4, 4};
          on.refused(code, "parts", () -> comm.allGatherV(on.x(4), on.y(), counts, s));
          on.refused(code, "own part", () -> comm.allGatherV(on.x(3), on.y(), four, s));
          on.refused(code, "parts", () -> comm.reduceScatterV(on.x(), counts, on.y(4), sum, s));
          on.refused(code, "own part", () -> comm.reduceScatterV(on.x(), four, on.y(3), sum, s));
          on.refused(code, "parts to send", () -> comm.allToAllV(on.x(), counts, on.y(), four, s));
          on.refused(
              code, "parts to receive", () -> comm.allToAllV(on.x(), four, on.y(), counts, s));
          on.refused(code, "parts", () -> comm.gatherV(on.x(4), on.y(), counts, 0, s));
          on.refused(code, "parts", () -> comm.scatterV(on.x(), counts, on.y(4), 0, s));
        });
  }

  /** Rule 2.7. */
  @Test
  default void rule_02_07_different_types_are_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          Stream s = on.stream();
          ReduceOp sum = ReduceOp.SUM;
          DeviceBuffer z = on.z();
          DeviceBuffer half = z.slice(0, 4);
          long[] counts = {4, 4};
          ErrorCode code = ErrorCode.TYPE_MISMATCH;
          on.refused(code, "allReduce", () -> comm.allReduce(on.x(), z, sum, s));
          on.refused(code, "broadcast", () -> comm.broadcast(on.x(), z, 0, s));
          on.refused(code, "reduce", () -> comm.reduce(on.x(), z, sum, 0, s));
          on.refused(code, "allGather", () -> comm.allGather(on.x(4), z, s));
          on.refused(code, "reduceScatter", () -> comm.reduceScatter(on.x(), half, sum, s));
          on.refused(code, "allToAll", () -> comm.allToAll(on.x(), z, s));
          on.refused(code, "gather", () -> comm.gather(on.x(4), z, 0, s));
          on.refused(code, "scatter", () -> comm.scatter(on.x(), half, 0, s));
          on.refused(code, "allToAllV", () -> comm.allToAllV(on.x(), counts, z, counts, s));
          on.refused(code, "allGatherV", () -> comm.allGatherV(on.x(4), z, counts, s));
          on.refused(
              code, "reduceScatterV", () -> comm.reduceScatterV(on.x(), counts, half, sum, s));
          on.refused(code, "gatherV", () -> comm.gatherV(on.x(4), z, counts, 0, s));
          on.refused(code, "scatterV", () -> comm.scatterV(on.x(), counts, half, 0, s));
        });
  }

  /** Rule 2.8. */
  @Test
  default void rule_02_08_other_devices_are_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          ErrorCode code = ErrorCode.WRONG_DEVICE;
          try (Device other = on.bench().ccl().device(1);
              Stream stream = other.openStream();
              DeviceBuffer buffer = other.allocate(DataType.INT32, 8)) {
            on.refused(
                code, "send", () -> comm.allReduce(buffer, on.y(), ReduceOp.SUM, on.stream()));
            on.refused(
                code, "recv", () -> comm.allReduce(on.x(), buffer, ReduceOp.SUM, on.stream()));
            on.refused(code, "stream", () -> comm.allReduce(on.x(), on.y(), ReduceOp.SUM, stream));
            on.refused(code, "a copy", () -> on.x().copyFrom(buffer, on.stream()));
            on.refused(code, "the stream of a fill", () -> on.x().fill((byte) 0, stream));
          }
        });
  }

  /** Rule 2.9. */
  @Test
  default void rule_02_09_overlap_that_is_not_in_place_is_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          Stream s = on.stream();
          ReduceOp sum = ReduceOp.SUM;
          DeviceBuffer x = on.x();
          ErrorCode code = ErrorCode.ILLEGAL_OVERLAP;
          DeviceBuffer low = x.slice(0, 5);
          DeviceBuffer high = x.slice(3, 5);
          DeviceBuffer secondHalf = x.slice(4, 4);
          long[] counts = {4, 4};
          on.refused(code, "allReduce", () -> comm.allReduce(low, high, sum, s));
          on.refused(code, "broadcast", () -> comm.broadcast(low, high, 0, s));
          on.refused(code, "reduce", () -> comm.reduce(low, high, sum, 0, s));
          on.refused(code, "allGather", () -> comm.allGather(secondHalf, x, s));
          on.refused(code, "reduceScatter", () -> comm.reduceScatter(x, secondHalf, sum, s));
          on.refused(code, "allToAll in place", () -> comm.allToAll(x, x, s));
          on.refused(code, "gather", () -> comm.gather(secondHalf, x, 0, s));
          on.refused(code, "scatter", () -> comm.scatter(x, secondHalf, 0, s));
          on.refused(code, "allToAllV", () -> comm.allToAllV(x, counts, x, counts, s));
          on.refused(code, "allGatherV", () -> comm.allGatherV(secondHalf, x, counts, s));
          on.refused(
              code, "reduceScatterV", () -> comm.reduceScatterV(x, counts, secondHalf, sum, s));
          on.refused(code, "gatherV", () -> comm.gatherV(secondHalf, x, counts, 0, s));
          on.refused(code, "scatterV", () -> comm.scatterV(x, counts, secondHalf, 0, s));
          on.refused(
              code,
              "parts that overlap each other",
              () ->
                  comm.allGatherV(
                      on.x(4), on.y(), counts, new long[] {0, 3}, s, CollectiveOptions.DEFAULT));
        });
  }

  /** Rule 2.10. */
  @Test
  default void rule_02_10_wrong_counts_of_parts_are_refused() {
    mistakes(
        on -> {
          Communicator comm = on.comm();
          Stream s = on.stream();
          CollectiveOptions options = CollectiveOptions.DEFAULT;
          long[] two = {4, 4};
          for (long[] length : new long[][] {{}, {8}, {4, 2, 2}}) {
            String what = length.length + " entries for 2 ranks";
            ErrorCode code = ErrorCode.INVALID_ARGUMENT;
            on.refused(code, what, () -> comm.allGatherV(on.x(4), on.y(), length, s));
            on.refused(code, what, () -> comm.gatherV(on.x(4), on.y(), length, 0, s));
            on.refused(code, what, () -> comm.allToAllV(on.x(), two, on.y(), length, s));
            on.refused(code, what, () -> comm.allGatherV(on.x(4), on.y(), two, length, s, options));
          }
          for (long[] counts : new long[][] {{-1, 4}, {4, -1}, {Long.MAX_VALUE, Long.MAX_VALUE}}) {
            ErrorCode code = ErrorCode.OUT_OF_RANGE;
            on.refused(code, "counts", () -> comm.allGatherV(on.x(), on.y(), counts, s));
            on.refused(code, "counts", () -> comm.allToAllV(on.x(), counts, on.y(), two, s));
            on.refused(code, "counts", () -> comm.scatterV(on.x(), counts, on.y(4), 0, s));
          }
          on.refused(
              ErrorCode.OUT_OF_RANGE,
              "a negative offset",
              () -> comm.allGatherV(on.x(4), on.y(), two, new long[] {-1, 4}, s, options));
          on.refused(
              ErrorCode.INVALID_ARGUMENT,
              "7 elements for 2 ranks",
              () -> comm.allToAll(on.x(7), on.y(7), s));
        });
  }

  /** Rule 2.11. */
  @Test
  default void rule_02_11_options_out_of_range_are_refused() {
    mistakes(
        on -> {
          ErrorCode code = ErrorCode.OUT_OF_RANGE;
          for (Duration time : List.of(Duration.ZERO, Duration.ofMillis(-1))) {
            on.refused(code, "a deadline", () -> CollectiveOptions.DEFAULT.withDeadline(time));
            on.refused(code, "a wait", () -> on.stream().synchronize(time));
            on.refused(code, "a timeout", () -> ConnectOptions.DEFAULT.withTimeout(time));
          }
        });
  }
}
