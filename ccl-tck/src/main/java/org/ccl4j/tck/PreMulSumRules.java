package org.ccl4j.tck;

import java.nio.ByteBuffer;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.PreMulSum;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Area 10: operators that multiply by a scalar before the sum. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface PreMulSumRules extends ConformanceRules {

  /** The bits of a rank's factor: 2 on odd ranks, 1 on even ones. */
  private static long factorBits(DataType type, int rank) {
    int factor = Data.factor(rank);
    return type.isInteger() ? factor : FloatFormat.of(type).encodeExactly(factor);
  }

  /** Rule 10.1. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {1, 2, 3, 4, 8})
  default void rule_10_01_scalar_of_the_host(int ranks) {
    kit()
        .run(
            ranks,
            Capability.PRE_MUL_SUM,
            bench -> {
              for (DataType type : bench.scalableTypes()) {
                try (PreMulSum op = bench.comm().preMulSum(type, Data.factor(bench.rank()))) {
                  allReduce(bench, op, type, 1023);
                }
              }
            });
  }

  /** Rule 10.2. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {1, 2, 3, 4, 8})
  default void rule_10_02_scalar_of_the_device(int ranks) {
    kit()
        .run(
            ranks,
            Capability.PRE_MUL_SUM,
            bench -> {
              for (DataType type : bench.scalableTypes()) {
                try (DeviceBuffer scalar = bench.device().allocate(type, 1)) {
                  Cells value = bench.cells(type, 1).with(0, factorBits(type, bench.rank()));
                  try (PreMulSum op = bench.comm().preMulSum(scalar)) {
                    // Enqueued after the operator was made: it is read when the operation runs.
                    scalar.copyFrom(value.buffer(), bench.stream());
                    allReduce(bench, op, type, 1023);
                  }
                }
              }
            });
  }

  /** Rule 10.3. */
  @Test
  default void rule_10_03_scalar_as_bytes() {
    kit()
        .run(
            2,
            Capability.PRE_MUL_SUM,
            bench -> {
              for (DataType type : bench.scalableTypes()) {
                ByteBuffer scalar = Elements.direct(type.byteSize());
                Elements.put(scalar, type, 0, factorBits(type, bench.rank()));
                ByteBuffer onHeap =
                    ByteBuffer.allocate(type.byteSize()).order(scalar.order()).put(scalar).flip();
                scalar.rewind();
                for (ByteBuffer bytes : new ByteBuffer[] {scalar, onHeap}) {
                  try (PreMulSum op = bench.comm().preMulSum(type, bytes)) {
                    Assertions.assertEquals(type, op.type(), "type of the operator");
                    allReduce(bench, op, type, 100);
                  }
                }
              }
            });
  }

  /** Rule 10.4. */
  @Test
  default void rule_10_04_serves_every_reduction() {
    kit()
        .run(
            3,
            Capability.PRE_MUL_SUM,
            bench -> {
              DataType type = DataType.FLOAT32;
              Data data = Data.reduction(type, Data.Kind.SCALED_SUM, 3);
              try (PreMulSum op = bench.comm().preMulSum(type, Data.factor(bench.rank()))) {
                Cells reduced = bench.cells(type, 50);
                bench
                    .comm()
                    .reduce(
                        bench.cells(type, 50).with(0, 50, data.input(bench.rank())).buffer(),
                        reduced.buffer(),
                        op,
                        2,
                        bench.stream());
                if (bench.rank() == 2) {
                  reduced.expect(0, 50, data.expected());
                }
                Cells part = bench.cells(type, 50);
                bench
                    .comm()
                    .reduceScatter(
                        bench.cells(type, 150).with(0, 150, data.input(bench.rank())).buffer(),
                        part.buffer(),
                        op,
                        bench.stream());
                part.expect(0, 50, data.expected(), 50L * bench.rank());
                long[] counts = {5, 0, 70};
                long[] offsets = {0, 5, 5};
                long own = counts[bench.rank()];
                Cells varied = bench.cells(type, own);
                bench
                    .comm()
                    .reduceScatterV(
                        bench.cells(type, 75).with(0, 75, data.input(bench.rank())).buffer(),
                        counts,
                        varied.buffer(),
                        op,
                        bench.stream());
                varied.expect(0, own, data.expected(), offsets[bench.rank()]);
                bench.check("reductions with a scalar on rank " + bench.rank());
              }
            });
  }

  /** Rule 10.5. */
  @Test
  default void rule_10_05_enqueued_work_outlives_the_operator() {
    kit()
        .run(
            2,
            Capability.PRE_MUL_SUM,
            bench -> {
              DataType type = DataType.FLOAT64;
              Data data = Data.reduction(type, Data.Kind.SCALED_SUM, 2);
              Cells cells = bench.cells(type, 64).with(0, 64, data.input(bench.rank()));
              PreMulSum op = bench.comm().preMulSum(type, Data.factor(bench.rank()));
              bench.comm().allReduce(cells.buffer(), cells.buffer(), op, bench.stream());
              op.close();
              op.close();
              Assertions.assertTrue(op.isClosed(), "isClosed after close");
              cells.expect(0, 64, data.expected());
              bench.check("allReduce with an operator that was closed behind it");
              Refused.asUsage(
                  ErrorCode.CLOSED,
                  "a closed operator",
                  () ->
                      bench
                          .comm()
                          .allReduce(
                              bench.cells(type, 1).buffer(),
                              bench.cells(type, 1).buffer(),
                              op,
                              bench.stream()));
              bench.check("the refused call wrote nothing");
              bench.checkUsable("a closed operator was refused");
            });
  }

  /** Rule 10.6. */
  @Test
  default void rule_10_06_operator_closed_before_the_group_ends_launches_nothing() {
    kit()
        .run(
            2,
            Capability.PRE_MUL_SUM,
            bench -> {
              Cells cells =
                  bench
                      .cells(DataType.INT32, 64)
                      .with(0, 64, Data.moved(DataType.INT32, bench.rank()));
              DeviceBuffer buffer = cells.buffer();
              Refused.asUsage(
                  ErrorCode.CLOSED,
                  "an operator closed inside the group",
                  () ->
                      bench
                          .comm()
                          .group(
                              () -> {
                                PreMulSum op = bench.comm().preMulSum(DataType.INT32, 3);
                                bench.comm().allReduce(buffer, buffer, op, bench.stream());
                                op.close();
                              }));
              bench.check("nothing was launched");
              bench.checkUsable("a group was refused");
            });
  }

  /** Rule 10.7. */
  @Test
  default void rule_10_07_foreign_operators_are_refused() {
    kit()
        .run(
            2,
            Capability.PRE_MUL_SUM,
            bench -> {
              try (Communicator other = bench.another(ConnectOptions.DEFAULT);
                  PreMulSum foreign = other.preMulSum(DataType.INT32, 2);
                  PreMulSum wrongType = bench.comm().preMulSum(DataType.INT64, 2)) {
                DeviceBuffer buffer = bench.cells(DataType.INT32, 10).buffer();
                Refused.asUsage(
                    ErrorCode.INVALID_OPERATOR,
                    "an operator of another communicator",
                    () -> bench.comm().allReduce(buffer, buffer, foreign, bench.stream()));
                Refused.asUsage(
                    ErrorCode.INVALID_OPERATOR,
                    "an operator of another type",
                    () -> bench.comm().allReduce(buffer, buffer, wrongType, bench.stream()));
                bench.check("nothing was launched");
                bench.checkUsable("foreign operators were refused");
              }
            });
  }

  /** Rule 10.8. */
  @Test
  default void rule_10_08_scalars_that_do_not_fit_are_refused() {
    kit()
        .run(
            1,
            Capability.PRE_MUL_SUM,
            bench -> {
              Communicator comm = bench.comm();
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "the scalar 1.5 for INT32",
                  () -> comm.preMulSum(DataType.INT32, 1.5));
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "the scalar 256 for UINT8",
                  () -> comm.preMulSum(DataType.UINT8, 256));
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "the scalar -1 for UINT64",
                  () -> comm.preMulSum(DataType.UINT64, -1));
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "the scalar NaN for INT8",
                  () -> comm.preMulSum(DataType.INT8, Double.NaN));
              Refused.asUsage(
                  ErrorCode.INVALID_HOST_BUFFER,
                  "a scalar of 3 bytes for INT32",
                  () -> comm.preMulSum(DataType.INT32, ByteBuffer.allocate(3)));
              Refused.asUsage(
                  ErrorCode.INVALID_HOST_BUFFER,
                  "a scalar of 8 bytes for INT32",
                  () -> comm.preMulSum(DataType.INT32, ByteBuffer.allocate(8)));
              try (DeviceBuffer empty = bench.device().allocate(DataType.INT32, 0)) {
                Refused.asUsage(
                    ErrorCode.BUFFER_TOO_SMALL, "an empty scalar", () -> comm.preMulSum(empty));
              }
              bench.checkUsable("scalars were refused");
            });
  }

  private static void allReduce(Bench bench, PreMulSum op, DataType type, int count) {
    Data data = Data.reduction(type, Data.Kind.SCALED_SUM, bench.size());
    Cells send = bench.cells(type, count).with(0, count, data.input(bench.rank()));
    Cells recv = bench.cells(type, count);
    bench.comm().allReduce(send.buffer(), recv.buffer(), op, bench.stream());
    recv.expect(0, count, data.expected());
    bench.check(Sweep.describe(bench, "allReduce premulsum", type, count, false));
  }
}
