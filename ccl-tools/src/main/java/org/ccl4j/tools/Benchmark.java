package org.ccl4j.tools;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.api.UniqueId;

/**
 * Measures one operation with a thread for each rank.
 *
 * <p>A form of a row goes like this on every rank: prepare the buffers, run the warm-ups, start
 * together, enqueue the iterations, wait for the stream; then, for each check, prepare again, run
 * once and compare. The time of the row is that of the rank that took longest.
 */
final class Benchmark {
  /** From this length on an iteration is waited for by itself: the wait costs nothing beside it. */
  private static final long LONG_ITERATION_NANOS = 20_000_000;

  /** How long a small size runs before the first row, so that the JVM compiles what it runs. */
  private static final long JIT_WARMUP_NANOS = 500_000_000;

  private static final int JIT_WARMUP_BATCH = 50;
  private static final long JIT_WARMUP_BYTES = 1 << 14;

  /** Where the number of iterations is not given it grows until they take this long together. */
  private static final long AUTO_NANOS = 20_000_000;

  private static final int AUTO_LEAST = 20;
  private static final int AUTO_GROWTH = 4;
  private static final int AUTO_MOST = 20_480;

  private final Ccl ccl;
  private final PerfConfig config;
  private final int ranks;
  private final PerfSeries.Selected selected;
  private final ProgressMeter progress;
  private final Predicate<PerfRow> sink;
  private final PerfSummary summary = new PerfSummary();

  /**
   * Written by each rank at its place and read by all, with a barrier in between. Nobody writes
   * again before all have read, because that takes another barrier.
   */
  private final long[] nanos;

  private final long[] wrong;

  /** Written by rank 0 before a barrier, read by all after it. */
  private boolean goOn = true;

  /**
   * Prepares.
   *
   * @param sink takes each row as soon as it is measured; false ends the run
   */
  Benchmark(
      Ccl ccl,
      PerfConfig config,
      int ranks,
      PerfSeries.Selected selected,
      ProgressMeter progress,
      Predicate<PerfRow> sink) {
    this.ccl = ccl;
    this.config = config;
    this.ranks = ranks;
    this.selected = selected;
    this.progress = progress;
    this.sink = sink;
    this.nanos = new long[ranks];
    this.wrong = new long[ranks];
  }

  /** Measures all rows. The first failure of a rank rises from here. */
  PerfSummary run() {
    UniqueId id = ccl.newUniqueId();
    try {
      RankTeam.run(ranks, (rank, barrier) -> runRank(rank, barrier, id));
    } finally {
      progress.end();
    }
    return summary;
  }

  private void runRank(int rank, RankBarrier barrier, UniqueId id) {
    // Closes all that is made through it, and on each rank's own thread: ranks close together.
    try (Device device = ccl.device(rank)) {
      new Rank(rank, barrier, device, id).run();
    }
  }

  /** One rank, used by its thread alone. */
  private final class Rank {
    private final int rank;
    private final RankBarrier barrier;
    private final Communicator communicator;
    private final Stream stream;
    private final RankMemory memory;

    Rank(int rank, RankBarrier barrier, Device device, UniqueId id) {
      this.rank = rank;
      this.barrier = barrier;
      this.stream = device.openStream();
      this.memory =
          new RankMemory(
              device, stream, config.sizes().max(), rank == 0 ? progress::advance : n -> {});
      this.communicator =
          ccl.connect(device, id, rank, ranks, ConnectOptions.DEFAULT.withName("perf"));
    }

    void run() {
      try {
        boolean first = true;
        for (PerfSeries series : selected.series()) {
          if (goOn) {
            series(series, first);
            first = false;
          }
        }
      } catch (RuntimeException | Error e) {
        // Closing would wait for ranks that will not come any more.
        communicator.abort();
        throw e;
      }
    }

    private void series(PerfSeries series, boolean first) {
      ReduceOp op =
          series.reduction() == null
              ? ReduceOp.SUM
              : series.reduction().on(communicator, series.type());
      if (first) {
        warmUpJvm(series, op);
      }
      PerfConfig.Sizes sizes = config.sizes();
      for (long size = sizes.min(); size >= 0 && goOn; size = sizes.next(size)) {
        row(series, op, size);
      }
      if (op instanceof PreMulSum made) {
        made.close();
      }
    }

    private void row(PerfSeries series, ReduceOp op, long size) {
      Plan plan = plan(series, size);
      long bytes = plan.largest() * series.type().byteSize();
      boolean hasInPlace = config.operation().hasInPlaceForm();
      if (rank == 0) {
        progress.start(label(series, bytes), work(bytes, hasInPlace));
      }
      PerfRow.Timing outOfPlace = measure(series, op, plan, false);
      PerfRow.Timing inPlace = hasInPlace ? measure(series, op, plan, true) : null;
      if (rank == 0) {
        progress.end();
        PerfRow row = new PerfRow(bytes, plan.count(), series, outOfPlace, inPlace);
        summary.add(row);
        goOn = sink.test(row);
      }
      barrier.await();
    }

    private Plan plan(PerfSeries series, long size) {
      return config
          .operation()
          .plan(
              new Shape(rank, ranks, series.root()),
              series.type(),
              size / series.type().byteSize());
    }

    private String label(PerfSeries series, long bytes) {
      return config.operation().text()
          + " "
          + TypeName.of(series.type())
          + " "
          + ByteSize.format(bytes);
    }

    /** Bytes through memory, roughly: what a bar can be drawn from. */
    private long work(long bytes, boolean hasInPlace) {
      long operations =
          (long) config.warmups() + Math.max(config.iterations(), AUTO_LEAST) + config.checks();
      long copies = 2 + 3L * config.checks();
      return (operations + copies) * bytes * (hasInPlace ? 2 : 1);
    }

    private PerfRow.Timing measure(PerfSeries series, ReduceOp op, Plan plan, boolean inPlace) {
      TestData data = new TestData(series.type(), series.reduction(), ranks, 0);
      memory.prepare(plan, series.type(), data, inPlace);
      Runnable call = call(series, op, plan, inPlace);
      long bytes = plan.largest() * series.type().byteSize();
      boolean waitEach = warmUp(call, bytes);
      boolean auto = config.iterations() == PerfConfig.AUTO_ITERATIONS;
      int iterations = auto ? AUTO_LEAST : config.iterations();
      long slowest = time(call, iterations, waitEach, bytes);
      while (auto && slowest < AUTO_NANOS && iterations < AUTO_MOST) {
        iterations *= AUTO_GROWTH;
        slowest = time(call, iterations, waitEach, bytes);
      }
      return PerfRow.Timing.of(
          iterations,
          slowest / 1e9 / iterations,
          bytes,
          config.operation().busFactor(ranks),
          check(series, plan, call, inPlace));
    }

    /** The time of the slowest rank; all ranks get the same answer. */
    private long time(Runnable call, int iterations, boolean waitEach, long bytes) {
      barrier.await();
      long start = System.nanoTime();
      for (int i = 0; i < iterations; i++) {
        call.run();
        if (waitEach) {
          stream.synchronize();
          advance(bytes);
        }
      }
      stream.synchronize();
      nanos[rank] = System.nanoTime() - start;
      barrier.await();
      if (!waitEach) {
        advance(bytes * iterations);
      }
      return Arrays.stream(nanos).max().orElseThrow();
    }

    /** The number of wrong elements on all ranks; all ranks get the same answer. */
    private OptionalLong check(PerfSeries series, Plan plan, Runnable call, boolean inPlace) {
      if (config.checks() == 0) {
        return OptionalLong.empty();
      }
      long found = 0;
      for (int check = 1; check <= config.checks(); check++) {
        TestData data = new TestData(series.type(), series.reduction(), ranks, check);
        memory.prepare(plan, series.type(), data, inPlace);
        // Nobody may send before all have prepared: a late rank would wipe out what it got.
        barrier.await();
        call.run();
        stream.synchronize();
        advance(plan.largest() * series.type().byteSize());
        found += memory.countWrong(plan, series.type(), data, inPlace);
      }
      wrong[rank] = found;
      barrier.await();
      return OptionalLong.of(Arrays.stream(wrong).sum());
    }

    private Runnable call(PerfSeries series, ReduceOp op, Plan plan, boolean inPlace) {
      return config
          .operation()
          .call(
              communicator,
              plan,
              new PerfOperation.Buffers(
                  memory.send(plan, series.type(), inPlace),
                  memory.recv(plan, series.type(), inPlace),
                  op,
                  stream),
              series.root());
    }

    /** Runs the warm-ups and says whether an iteration takes long. */
    private boolean warmUp(Runnable call, long bytes) {
      long longest = 0;
      for (int i = 0; i < config.warmups(); i++) {
        long start = System.nanoTime();
        call.run();
        stream.synchronize();
        longest = System.nanoTime() - start;
        advance(bytes);
      }
      return longest > LONG_ITERATION_NANOS;
    }

    private void advance(long bytes) {
      if (rank == 0) {
        progress.advance(bytes);
      }
    }

    private void warmUpJvm(PerfSeries series, ReduceOp op) {
      if (config.warmups() == 0) {
        return;
      }
      Plan plan = plan(series, Math.min(config.sizes().min(), JIT_WARMUP_BYTES));
      memory.prepare(
          plan, series.type(), new TestData(series.type(), series.reduction(), ranks, 0), false);
      Runnable call = call(series, op, plan, false);
      long start = System.nanoTime();
      do {
        for (int i = 0; i < JIT_WARMUP_BATCH; i++) {
          call.run();
        }
        stream.synchronize();
        barrier.await();
        if (rank == 0) {
          goOn = System.nanoTime() - start < JIT_WARMUP_NANOS;
        }
        barrier.await();
      } while (goOn);
      barrier.await();
      goOn = true;
    }
  }
}
