package org.ccl4j.tck;

import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 14: threads. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface ThreadRules extends ConformanceRules {

  /** Rule 14.1. */
  @Test
  default void rule_14_01_two_threads_at_once_are_refused_and_corrupt_nothing() {
    kit()
        .run(
            1,
            bench -> {
              AtomicInteger refusals = new AtomicInteger();
              FutureTask<Void> other = Elsewhere.start(() -> contend(bench.comm(), 1, refusals));
              contend(bench.comm(), 2, refusals);
              Elsewhere.finish(other);
              Assertions.assertTrue(refusals.get() > 0, "two threads at once were never refused");
              bench.checkUsable("contention");
            });
  }

  /** Calls until one of the two threads was refused, and checks what the accepted calls did. */
  private static void contend(Communicator comm, int seed, AtomicInteger refusals) {
    int[] values = new int[512];
    for (int i = 0; i < values.length; i++) {
      values[i] = (int) Data.hash(seed, i);
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    try (Stream stream = comm.device().openStream();
        DeviceBuffer from = comm.device().allocate(DataType.INT32, values.length);
        DeviceBuffer to = comm.device().allocate(DataType.INT32, values.length)) {
      from.copyFrom(values, stream);
      while (refusals.get() == 0 && System.nanoTime() < end) {
        to.fill((byte) 0, stream);
        int accepted = 0;
        for (int call = 0; call < 50; call++) {
          try {
            comm.allReduce(from, to, ReduceOp.SUM, stream);
            accepted++;
          } catch (CclUsageException e) {
            Assertions.assertEquals(ErrorCode.CONCURRENT_USE, e.code(), "code of the refusal");
            refusals.incrementAndGet();
          }
        }
        int[] found = new int[values.length];
        to.copyTo(found, stream);
        Assertions.assertArrayEquals(
            accepted > 0 ? values : new int[values.length], found, "result of accepted calls");
      }
    }
  }

  /** Rule 14.2. */
  @Test
  default void rule_14_02_communicators_go_from_thread_to_thread() {
    kit()
        .run(
            2,
            bench -> {
              bench.checkUsable("nothing yet");
              for (int i = 0; i < 3; i++) {
                Elsewhere.run(() -> bench.checkUsable("a change of threads"));
              }
              bench.checkUsable("coming back to the first thread");
            });
  }

  /** Rule 14.3. */
  @Test
  default void rule_14_03_two_communicators_on_one_device_follow_their_streams() {
    kit()
        .run(
            2,
            bench -> {
              try (Communicator other = bench.another(ConnectOptions.DEFAULT);
                  Stream second = bench.device().openStream();
                  Event forth = bench.device().newEvent();
                  Event back = bench.device().newEvent()) {
                long[] values = new long[1000];
                long[] expected = new long[values.length];
                for (int i = 0; i < values.length; i++) {
                  values[i] = (long) i + bench.rank();
                  expected[i] = (2L * i + 1) << 19; // doubled by 19 more sums
                }
                try (DeviceBuffer x = bench.device().allocate(DataType.INT64, values.length)) {
                  x.copyFrom(values, bench.stream());
                  for (int round = 0; round < 10; round++) {
                    bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                    bench.stream().record(forth);
                    second.waitFor(forth);
                    other.allReduce(x, x, ReduceOp.SUM, second);
                    second.record(back);
                    bench.stream().waitFor(back);
                  }
                  long[] found = new long[values.length];
                  x.copyTo(found, bench.stream());
                  Assertions.assertArrayEquals(expected, found, "sums handed to and fro");
                }
              }
            });
  }
}
