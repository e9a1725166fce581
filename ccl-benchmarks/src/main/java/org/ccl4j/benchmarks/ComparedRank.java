package org.ccl4j.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * One rank of the measurement. It goes through the same steps as the programs in {@code
 * side-by-side/loop.h}: check once, warm up, meet, time a loop, take the slowest rank.
 */
final class ComparedRank {
  private static final int LARGE_BYTES = 1 << 20;

  /** A measurement is cut into parts, of which the median and the best are kept. */
  private static final int LEAST_PARTS = 3;

  private static final int MOST_PARTS = 20;

  private final Ccl ccl;
  private final Communicator comm;
  private final Device device;
  private final Stream stream;
  private final ComparisonPlan plan;
  private final DeviceBuffer vote;
  private final double[] voteOnHost = new double[1];
  private final List<String> rows = new ArrayList<>();

  /** The calls of the operation that is being measured. */
  private long turn;

  ComparedRank(Ccl ccl, Communicator comm, ComparisonPlan plan) {
    this.ccl = ccl;
    this.comm = comm;
    this.device = comm.device();
    this.stream = device.openStream();
    this.plan = plan;
    this.vote = device.allocate(DataType.FLOAT64, 1);
  }

  /** Measures everything; all ranks call. The lines of the table are the same on every rank. */
  List<String> run() {
    for (ComparedOperation operation : plan.operations()) {
      rehearse(operation);
      for (int bytes : plan.sizes()) {
        measure(operation, bytes);
      }
    }
    return rows;
  }

  /**
   * Measures the first size for nothing: when the second way of calling begins, the JVM throws the
   * code away that it had compiled for the first alone, and compiles once more.
   */
  private void rehearse(ComparedOperation operation) {
    int before = rows.size();
    measure(operation, plan.sizes().get(0));
    rows.subList(before, rows.size()).clear();
  }

  private void measure(ComparedOperation operation, int bytes) {
    int ranks = comm.size();
    int whole = bytes / Float.BYTES;
    int received = operation.received(whole, ranks);
    try (DeviceBuffer send = device.allocate(DataType.FLOAT32, operation.sent(whole, ranks));
        DeviceBuffer recv = device.allocate(DataType.FLOAT32, received)) {
      fill(send, recv);
      turn = 0;
      var lane = new ComparedOperation.Lane(ccl, comm, send, recv, stream);
      Runnable enqueue = () -> operation.call(lane, turn++);
      enqueue.run();
      stream.synchronize();
      DeviceBuffer result = operation.isResultInSend(comm.rank()) ? send : recv;
      boolean correct = isCorrect(operation, result, whole);
      // Larger ones run the code that this size has had compiled.
      int compile = bytes <= LARGE_BYTES ? plan.compileMillis() : 0;
      measure(
          operation,
          bytes,
          "latency",
          1,
          compile,
          correct,
          () -> {
            enqueue.run();
            stream.synchronize();
          });
      int enqueued = bytes > LARGE_BYTES ? plan.enqueuedLarge() : plan.enqueued();
      measure(
          operation,
          bytes,
          "stream",
          enqueued,
          compile / 4,
          correct,
          () -> {
            for (int i = 0; i < enqueued; i++) {
              enqueue.run();
            }
            stream.synchronize();
          });
    }
  }

  private void fill(DeviceBuffer send, DeviceBuffer recv) {
    float[] host = new float[Math.toIntExact(send.count())];
    for (int i = 0; i < host.length; i++) {
      host[i] = ComparedOperation.input(comm.rank(), i);
    }
    send.copyFrom(host, stream);
    float[] nothing = new float[Math.toIntExact(recv.count())];
    Arrays.fill(nothing, -1);
    recv.copyFrom(nothing, stream);
  }

  private boolean isCorrect(ComparedOperation operation, DeviceBuffer result, int whole) {
    int part = ComparedOperation.part(whole, comm.size());
    float[] host = new float[Math.toIntExact(result.count())];
    result.copyTo(host, stream);
    int wrong = 0;
    for (int i = 0; i < host.length; i++) {
      if (host[i] != operation.expected(comm.rank(), comm.size(), part, i)) {
        wrong++;
      }
    }
    return most(wrong) == 0;
  }

  private void measure(
      ComparedOperation operation,
      int bytes,
      String mode,
      int callsPerRun,
      int compileMillis,
      boolean correct,
      Runnable body) {
    double warm = Math.max(compileMillis, plan.warmMillis()) * 1000.0;
    long runs = 1;
    double last = micros(runs, body);
    for (double total = last; total < warm; total += last) {
      runs = total < warm / 4 ? runs * 2 : runs;
      last = micros(runs, body);
    }
    long affordable = (long) (plan.budgetMillis() * 1000.0 / Math.max(0.01, last / runs));
    double[] parts = new double[(int) Math.min(MOST_PARTS, Math.max(LEAST_PARTS, affordable))];
    runs = Math.max(1, affordable / parts.length);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = micros(runs, body) / runs / callsPerRun;
    }
    Arrays.sort(parts);
    rows.add(
        String.format(
            Locale.ROOT,
            "%s,%s,%d,%s,%d,%d,%.4f,%.4f,%s",
            plan.label(),
            operation.name().toLowerCase(Locale.ROOT),
            bytes,
            mode,
            comm.size(),
            parts.length * runs * callsPerRun,
            parts[parts.length / 2],
            parts[0],
            correct ? "ok" : "WRONG"));
  }

  /** What the slowest rank needed. */
  private double micros(long runs, Runnable body) {
    comm.barrier(stream);
    stream.synchronize();
    long start = System.nanoTime();
    loop(runs, body);
    return most((System.nanoTime() - start) / 1000.0);
  }

  private static void loop(long runs, Runnable body) {
    for (long i = 0; i < runs; i++) {
      body.run();
    }
  }

  /** The largest value of all ranks; all ranks call. */
  private double most(double value) {
    voteOnHost[0] = value;
    vote.copyFrom(voteOnHost, stream);
    comm.allReduce(vote, vote, ReduceOp.MAX, stream);
    vote.copyTo(voteOnHost, stream);
    return voteOnHost[0];
  }
}
