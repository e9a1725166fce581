package org.ccl4j.tools;

import java.util.List;
import java.util.OptionalLong;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * Measures one operation on one rank, while the other ranks do the same. Used by one thread.
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

  private final PerfConfig config;
  private final List<PerfSeries> series;
  private final int rank;
  private final int ranks;
  private final RankMeeting.Seat seat;
  private final Audience audience;
  private final Communicator communicator;
  private final Stream stream;
  private final RankMemory memory;

  /** Decided by rank 0, for all. */
  private boolean goOn = true;

  /** Who watches rank 0 measure. */
  interface Audience {
    /** For the ranks that nobody watches. */
    Audience NONE =
        new Audience() {
          @Override
          public ProgressMeter progress() {
            return ProgressMeter.NONE;
          }

          @Override
          public boolean row(PerfRow row) {
            return true;
          }
        };

    /** Shows how far a row is. */
    ProgressMeter progress();

    /** Takes a row as soon as it is measured; false ends the run. */
    boolean row(PerfRow row);
  }

  private Benchmark(
      Ccl ccl,
      Device device,
      RankContext place,
      PerfConfig config,
      List<PerfSeries> series,
      RankMeeting meeting,
      Audience audience) {
    this.config = config;
    this.series = series;
    this.rank = place.rank();
    this.ranks = place.size();
    this.seat = meeting.seat(rank);
    this.audience = audience;
    this.stream = device.openStream();
    this.memory =
        new RankMemory(device, stream, config.sizes().max(), audience.progress()::advance);
    this.communicator = ccl.connect(device, place, ConnectOptions.DEFAULT.withName("perf"));
  }

  /**
   * Measures all rows together with the other ranks.
   *
   * @param place this rank; its device is that of its local rank
   * @param audience watches rank 0; nobody watches the others
   */
  static void run(
      Ccl ccl,
      RankContext place,
      PerfConfig config,
      List<PerfSeries> series,
      RankMeeting meeting,
      Audience audience) {
    // Closes all that is made through it, and on each rank's own thread: ranks close together.
    try (Device device = ccl.device(place.localRank())) {
      Audience own = place.rank() == 0 ? audience : Audience.NONE;
      new Benchmark(ccl, device, place, config, series, meeting, own).run();
    }
  }

  private void run() {
    try {
      boolean first = true;
      for (PerfSeries each : series) {
        if (goOn) {
          series(each, first);
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
    audience.progress().start(label(series, bytes), work(bytes, hasInPlace));
    PerfRow.Timing outOfPlace = measure(series, op, plan, false);
    PerfRow.Timing inPlace = hasInPlace ? measure(series, op, plan, true) : null;
    audience.progress().end();
    goOn = seat.decide(audience.row(new PerfRow(bytes, plan.count(), series, outOfPlace, inPlace)));
  }

  private Plan plan(PerfSeries series, long size) {
    return config
        .operation()
        .plan(
            new Shape(rank, ranks, series.root()), series.type(), size / series.type().byteSize());
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
    seat.await();
    long start = System.nanoTime();
    for (int i = 0; i < iterations; i++) {
      call.run();
      if (waitEach) {
        stream.synchronize();
        advance(bytes);
      }
    }
    stream.synchronize();
    long slowest = seat.max(System.nanoTime() - start);
    if (!waitEach) {
      advance(bytes * iterations);
    }
    return slowest;
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
      seat.await();
      call.run();
      stream.synchronize();
      advance(plan.largest() * series.type().byteSize());
      found += memory.countWrong(plan, series.type(), data, inPlace);
    }
    return OptionalLong.of(seat.sum(found));
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
    audience.progress().advance(bytes);
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
    } while (seat.decide(System.nanoTime() - start < JIT_WARMUP_NANOS));
  }
}
