package org.ccl4j.tck;

import java.util.List;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Graph;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Area 26: all-reduce with a bias. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface BiasRules extends ConformanceRules {

  /** The operators that combine the bias as if it came from one rank more. */
  private static List<ReduceOp> likeOneRankMore() {
    return List.of(ReduceOp.SUM, ReduceOp.PROD, ReduceOp.MAX, ReduceOp.MIN);
  }

  /** Rule 26.1. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {2, 3, 4, 8, 11})
  default void rule_26_01_bias_takes_part_once(int ranks) {
    kit()
        .run(
            ranks,
            Capability.ALL_REDUCE_BIAS,
            bench -> {
              for (ReduceOp op : likeOneRankMore()) {
                Sweep.over(
                    bench.reducibleTypes(),
                    Sweep.SMALL,
                    (type, count, inPlace) -> exact(bench, op, type, count, inPlace));
              }
            });
  }

  /** The data of one rank more, whose elements are the bias: so every result is exact. */
  private static void exact(Bench bench, ReduceOp op, DataType type, int count, boolean inPlace) {
    Data data = Data.reduction(type, Data.Kind.of(op), bench.size() + 1);
    Cells recv = reduce(bench, op, data.input(bench.rank()), biasOf(data, bench), count, inPlace);
    recv.expect(0, count, data.expected());
    bench.check(
        Sweep.describe(bench, "allReduceWithBias " + op.displayName(), type, count, inPlace));
  }

  private static Pattern biasOf(Data data, Bench bench) {
    return data.input(bench.size());
  }

  private static Cells reduce(
      Bench bench, ReduceOp op, Pattern input, Pattern bias, int count, boolean inPlace) {
    Cells send = bench.cells(input.type(), count).with(0, count, input);
    Cells recv = inPlace ? send : bench.cells(input.type(), count);
    bench
        .comm()
        .allReduceWithBias(
            send.buffer(),
            recv.buffer(),
            bench.cells(input.type(), count).with(0, count, bias).buffer(),
            count,
            op,
            bench.stream(),
            CollectiveOptions.DEFAULT);
    return recv;
  }

  /** Rule 26.2. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {2, 3, 4, 8, 11})
  default void rule_26_02_bias_is_added_to_the_average(int ranks) {
    kit()
        .run(
            ranks,
            Capability.ALL_REDUCE_BIAS,
            bench ->
                Sweep.over(
                    bench.reducibleTypes(),
                    Sweep.SMALL,
                    (type, count, inPlace) -> average(bench, type, count, inPlace)));
  }

  private static void average(Bench bench, DataType type, int count, boolean inPlace) {
    Data data = Data.reduction(type, Data.Kind.AVG, bench.size());
    Pattern input = data.input(bench.rank());
    if (type.isInteger()) {
      Pattern bias = Data.moved(type, bench.size());
      Cells recv = reduce(bench, ReduceOp.AVG, input, bias, count, inPlace);
      recv.expect(
          0,
          count,
          new Pattern(
              type,
              i ->
                  Elements.toInteger(type, data.expected().bits(i))
                      + Elements.toInteger(type, bias.bits(i))));
    } else {
      FloatFormat format = FloatFormat.of(type);
      // No mean is larger, so that a mean's tolerance is none that its sum with the bias has not.
      double most = Math.min(format.exactIntegers(), 1024);
      Pattern bias = new Pattern(type, i -> format.encodeExactly((1 + i % 2) * most));
      double[] sums = data.means().clone();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += (1 + i % 2) * most;
      }
      reduce(bench, ReduceOp.AVG, input, bias, count, inPlace).expectNear(0, count, sums, 0);
    }
    bench.check(Sweep.describe(bench, "allReduceWithBias avg", type, count, inPlace));
  }

  /** Rule 26.3. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {2, 4}) // then the factor that the data has for the bias is 1
  default void rule_26_03_bias_is_not_scaled(int ranks) {
    kit()
        .run(
            ranks,
            Set.of(Capability.ALL_REDUCE_BIAS, Capability.PRE_MUL_SUM),
            bench -> {
              for (DataType type : bench.scalableTypes()) {
                Data data = Data.reduction(type, Data.Kind.SCALED_SUM, ranks + 1);
                try (PreMulSum op = bench.comm().preMulSum(type, Data.factor(bench.rank()))) {
                  Cells recv =
                      reduce(bench, op, data.input(bench.rank()), biasOf(data, bench), 1023, false);
                  recv.expect(0, 1023, data.expected());
                  bench.check(
                      Sweep.describe(bench, "allReduceWithBias premulsum", type, 1023, false));
                }
              }
            });
  }

  /** Rule 26.4. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {2, 3, 4})
  default void rule_26_04_long_buffers(int ranks) {
    kit()
        .run(
            ranks,
            Capability.ALL_REDUCE_BIAS,
            bench -> {
              boolean inPlace = false;
              for (DataType type : bench.reducibleTypes()) {
                for (ReduceOp op : new ReduceOp[] {ReduceOp.SUM, ReduceOp.MIN}) {
                  exact(bench, op, type, Sweep.LARGE, inPlace);
                  inPlace = !inPlace;
                }
                average(bench, type, Sweep.LARGE, inPlace);
              }
            });
  }

  /** Rule 26.5. */
  @Test
  default void rule_26_05_count_limits_what_is_read_and_written() {
    kit()
        .run(
            3,
            Capability.ALL_REDUCE_BIAS,
            bench -> {
              DataType type = DataType.INT32;
              Data data = Data.reduction(type, Data.Kind.SUM, 4);
              Cells send = bench.cells(type, 100).with(0, 100, data.input(bench.rank()));
              Cells recv = bench.cells(type, 200);
              Cells bias = bench.cells(type, 60).with(0, 60, biasOf(data, bench));
              for (int count : new int[] {0, 60}) {
                bench
                    .comm()
                    .allReduceWithBias(
                        send.buffer(),
                        recv.buffer(),
                        bias.buffer(),
                        count,
                        ReduceOp.SUM,
                        bench.stream(),
                        CollectiveOptions.DEFAULT);
              }
              recv.expect(0, 60, data.expected());
              bench.check("allReduceWithBias of 60 of 100 elements into 200");
            });
  }

  /** Rule 26.6. */
  @Test
  default void rule_26_06_the_bias_may_be_what_is_sent_or_any_part_of_a_buffer() {
    kit()
        .run(
            2,
            Capability.ALL_REDUCE_BIAS,
            bench -> {
              DataType type = DataType.INT64;
              Data data = Data.reduction(type, Data.Kind.MAX, 3);
              // The same elements on all ranks, so that the send buffer is a bias like any other.
              Cells send = bench.cells(type, 50).with(0, 50, biasOf(data, bench));
              Cells recv = bench.cells(type, 50).expect(0, 50, biasOf(data, bench));
              bench
                  .comm()
                  .allReduceWithBias(
                      send.buffer(), recv.buffer(), send.buffer(), ReduceOp.MAX, bench.stream());
              Cells own = bench.cells(type, 31).with(0, 31, data.input(bench.rank()));
              Cells whole = bench.cells(type, 100).with(7, 31, biasOf(data, bench));
              bench
                  .comm()
                  .allReduceWithBias(
                      own.buffer(),
                      whole.part(38, 31),
                      whole.part(7, 31),
                      ReduceOp.MAX,
                      bench.stream());
              whole.expect(38, 31, data.expected());
              bench.check("the bias in the send buffer, and beside the result");
            });
  }

  /** Rule 26.7. */
  @Test
  default void rule_26_07_in_groups() {
    kit()
        .run(
            3,
            Capability.ALL_REDUCE_BIAS,
            bench -> {
              DataType type = DataType.FLOAT32;
              Data biased = Data.reduction(type, Data.Kind.SUM, 4);
              Data plain = Data.reduction(type, Data.Kind.SUM, 3);
              Cells bias = bench.cells(type, 64).with(0, 64, biasOf(biased, bench));
              Cells first = bench.cells(type, 64).with(0, 64, biased.input(bench.rank()));
              Cells second = bench.cells(type, 40).with(0, 40, plain.input(bench.rank()));
              Cells third = bench.cells(type, 9).with(0, 9, biased.input(bench.rank()), 3);
              DeviceBuffer biases = bias.buffer();
              DeviceBuffer a = first.buffer();
              DeviceBuffer b = second.buffer();
              DeviceBuffer c = third.buffer();
              Communicator comm = bench.comm();
              Stream stream = bench.stream();
              comm.group(
                  () -> {
                    comm.allReduceWithBias(a, a, biases, ReduceOp.SUM, stream);
                    comm.allReduce(b, b, ReduceOp.SUM, stream);
                    comm.allReduceWithBias(c, c, biases.slice(3, 9), ReduceOp.SUM, stream);
                  });
              first.expect(0, 64, biased.expected());
              second.expect(0, 40, plain.expected());
              third.expect(0, 9, biased.expected(), 3);
              bench.check("a group with two biases");

              Cells untouched = bench.cells(type, 8).with(0, 8, plain.input(bench.rank()));
              DeviceBuffer d = untouched.buffer();
              Refused.asUsage(
                  ErrorCode.CLOSED,
                  "a bias closed inside the group",
                  () ->
                      comm.group(
                          () -> {
                            try (DeviceBuffer closed = bench.device().allocate(type, 8)) {
                              comm.allReduceWithBias(d, d, closed, ReduceOp.SUM, stream);
                            }
                          }));
              bench.check("nothing was launched");
              bench.checkUsable("a group was refused");
            });
  }

  /** Rule 26.8. */
  @Test
  default void rule_26_08_every_launch_of_a_graph_reads_the_bias_anew() {
    kit()
        .run(
            2,
            Set.of(Capability.ALL_REDUCE_BIAS, Capability.GRAPHS),
            bench -> {
              int launches = 20;
              long[] values = new long[16];
              long[] found = new long[16 * launches];
              try (DeviceBuffer in = bench.device().allocate(DataType.INT64, 16);
                  DeviceBuffer out = bench.device().allocate(DataType.INT64, 16);
                  DeviceBuffer bias = bench.device().allocate(DataType.INT64, 16);
                  DeviceBuffer all = bench.device().allocate(DataType.INT64, found.length);
                  Graph graph =
                      bench.stream()
                          .capture(
                              () ->
                                  bench
                                      .comm()
                                      .allReduceWithBias(
                                          in, out, bias, ReduceOp.SUM, bench.stream()))) {
                in.fill((byte) 0, bench.stream());
                for (int launch = 0; launch < launches; launch++) {
                  for (int i = 0; i < 16; i++) {
                    values[i] = Data.hash(9, 16L * launch + i);
                  }
                  bias.copyFrom(values, bench.stream());
                  graph.launch(bench.stream());
                  all.slice(16L * launch, 16).copyFrom(out, bench.stream());
                }
                all.copyTo(found, bench.stream());
              }
              for (int i = 0; i < found.length; i++) {
                Assertions.assertEquals(Data.hash(9, i), found[i], "element of launch " + i / 16);
              }
            });
  }

  /** Rule 26.9. */
  @Test
  default void rule_26_09_wrong_biases_are_refused() {
    kit()
        .run(
            2,
            Capability.ALL_REDUCE_BIAS,
            bench -> {
              DeviceBuffer x = bench.cells(DataType.INT32, 8).buffer();
              DeviceBuffer y = bench.cells(DataType.INT32, 8).buffer();
              refused(bench, ErrorCode.NULL_ARGUMENT, "null", x, y, null);
              refused(bench, ErrorCode.BUFFER_TOO_SMALL, "a short one", x, y, x.slice(0, 7));
              refused(bench, ErrorCode.TYPE_MISMATCH, "another type", x, y, x.as(DataType.FLOAT32));
              refused(bench, ErrorCode.ILLEGAL_OVERLAP, "the result's place", x, y, y);
              refused(bench, ErrorCode.ILLEGAL_OVERLAP, "the place of both", x, x, x);
              DeviceBuffer closed = bench.device().allocate(DataType.INT32, 8);
              closed.close();
              refused(bench, ErrorCode.CLOSED, "a closed one", x, y, closed);
              try (Device other = bench.otherDevice();
                  DeviceBuffer elsewhere = other.allocate(DataType.INT32, 8)) {
                refused(bench, ErrorCode.WRONG_DEVICE, "another device", x, y, elsewhere);
              }
              bench.check("refused calls wrote nothing");
              bench.checkUsable("wrong biases were refused");
            });
    kit()
        .run(
            1,
            Capability.ALL_REDUCE_BIAS,
            bench -> {
              DeviceBuffer x = bench.cells(DataType.INT32, 8).buffer();
              DeviceBuffer y = bench.cells(DataType.INT32, 8).buffer();
              refused(bench, ErrorCode.UNSUPPORTED, "a single rank", x, x, y);
              bench.check("a refused call wrote nothing");
              bench.checkUsable("a bias on a single rank was refused");
            });
  }

  @SuppressWarnings("NullAway") // null is one of the wrong ones
  private static void refused(
      Bench bench,
      ErrorCode code,
      String what,
      DeviceBuffer send,
      DeviceBuffer recv,
      @Nullable DeviceBuffer bias) {
    Refused.asUsage(
        code,
        "a bias: " + what,
        () -> bench.comm().allReduceWithBias(send, recv, bias, ReduceOp.SUM, bench.stream()));
  }
}
