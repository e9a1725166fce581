package org.ccl4j.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What ccl-core itself costs per call: checks, launch lock, dispatch. With {@code -prof gc} each of
 * them must show {@code gc.alloc.rate.norm} of about 0 B/op.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CallBenchmark {
  private static final int GROUPED = 8;

  private final Ccl ccl = Ccl.open(OpenOptions.DEFAULT.withBackend(NothingProvider.ID));
  private final Device device = ccl.device(0);
  private final Communicator comm = ccl.connectAll(List.of(device)).get(0);
  private final Stream stream = device.openStream();
  private final DeviceBuffer send = device.allocate(DataType.FLOAT32, 8);
  private final DeviceBuffer recv = device.allocate(DataType.FLOAT32, 8);
  private final long[] counts = {8};
  private final long[] offsets = {0};
  private final Runnable one = this::allReduce;
  private final Runnable eight = this::allReduceEightTimes;

  /** Called by JMH. */
  public CallBenchmark() {}

  /** Fails early where a call would only measure an exception. */
  @Setup
  public void tryOut() {
    allReduce();
    groupOfEight();
    send();
    allToAllV();
  }

  /** Closes everything. */
  @TearDown
  public void close() {
    ccl.close();
  }

  /** One direct call. */
  @Benchmark
  public void allReduce() {
    comm.allReduce(send, recv, ReduceOp.SUM, stream);
  }

  /** A group of one call. */
  @Benchmark
  public void groupOfOne() {
    ccl.group(one);
  }

  private void allReduceEightTimes() {
    for (int i = 0; i < GROUPED; i++) {
      allReduce();
    }
  }

  /** A group of eight calls. */
  @Benchmark
  public void groupOfEight() {
    ccl.group(eight);
  }

  /** One direct send. */
  @Benchmark
  public void send() {
    comm.send(send, 0, stream);
  }

  /** An operation that is composed of a send and a receive. */
  @Benchmark
  public void allToAllV() {
    comm.allToAllV(send, counts, offsets, recv, counts, offsets, stream, CollectiveOptions.DEFAULT);
  }

  /** A call and the wait for it. */
  @Benchmark
  public void allReduceAndSynchronize() {
    comm.allReduce(send, recv, ReduceOp.SUM, stream);
    stream.synchronize();
  }
}
