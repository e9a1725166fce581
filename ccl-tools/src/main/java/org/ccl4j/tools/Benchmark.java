package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.Graph;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * Measures one operation on one rank, while the other ranks do the same, or on all of them. Used by
 * one thread.
 *
 * <p>A form of a row goes like this on every rank: prepare the buffers, run the warm-ups, start
 * together, enqueue the iterations, wait for the stream; then, for each check, prepare again, run
 * once and compare. The time of the row is that of the rank that took longest.
 */
final class Benchmark {
  /** From this length on an iteration is waited for by itself: the wait costs nothing beside it. */
  private static final long LONG_ITERATION_NANOS = 20_000_000;

  /** The calls before the first row, so that the JVM compiles them, are no larger than this. */
  private static final long JIT_WARMUP_BYTES = 1 << 14;

  private static final int JIT_WARMUP_GROWTH = 4;

  /** So many calls between two waits and looks at the clock, at least. */
  private static final int JIT_WARMUP_BATCH = 50;

  /** Where the number of iterations is not given it grows until they take this long together. */
  private static final long AUTO_NANOS = 20_000_000;

  private static final ConnectOptions OPTIONS = ConnectOptions.DEFAULT.withName("perf");

  private static final int AUTO_LEAST = 20;
  private static final int AUTO_GROWTH = 4;
  private static final int AUTO_MOST = 20_480;

  private final Ccl ccl;
  private final PerfConfig config;
  private final List<PerfSeries> series;
  private final int ranks;
  private final RankMeeting.Seat seat;
  private final Audience audience;

  /** The ranks that this thread drives; more than one of them in a group. */
  private final List<Lane> lanes;

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

  /** What belongs to one rank. */
  private record Lane(int rank, Communicator communicator, Stream stream, RankMemory memory) {
    static Lane of(
        Ccl ccl, Device device, Communicator communicator, PerfConfig config, Audience audience) {
      Stream stream = device.openStream();
      return new Lane(
          communicator.rank(),
          communicator,
          stream,
          new RankMemory(
              config.memory().on(device, ccl.backend()),
              stream,
              config.sizes().max(),
              audience.progress()::advance));
    }
  }

  private Benchmark(
      Ccl ccl,
      List<Lane> lanes,
      int ranks,
      PerfConfig config,
      List<PerfSeries> series,
      RankMeeting.Seat seat,
      Audience audience) {
    this.ccl = ccl;
    this.lanes = lanes;
    this.ranks = ranks;
    this.config = config;
    this.series = series;
    this.seat = seat;
    this.audience = audience;
  }

  /**
   * Measures all rows on one rank, together with the other ranks.
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
      Lane lane = Lane.of(ccl, device, ccl.connect(device, place, OPTIONS), config, own);
      new Benchmark(
              ccl, List.of(lane), place.size(), config, series, meeting.seat(place.rank()), own)
          .run();
    }
  }

  /** Measures all rows on all ranks, driven by this thread alone. */
  static void runAll(
      Ccl ccl, int ranks, PerfConfig config, List<PerfSeries> series, Audience audience) {
    List<Device> devices = new ArrayList<>();
    try {
      for (int rank = 0; rank < ranks; rank++) {
        devices.add(ccl.device(rank));
      }
      List<Communicator> communicators = ccl.connectAll(devices, OPTIONS);
      List<Lane> lanes = new ArrayList<>();
      for (int rank = 0; rank < ranks; rank++) {
        lanes.add(Lane.of(ccl, devices.get(rank), communicators.get(rank), config, audience));
      }
      RankMeeting.Seat alone = RankMeeting.ofThreads(1).seat(0);
      new Benchmark(ccl, lanes, ranks, config, series, alone, audience).run();
    } finally {
      devices.forEach(Device::close);
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
      lanes.forEach(lane -> lane.communicator().abort());
      throw e;
    }
  }

  private void series(PerfSeries series, boolean first) {
    List<ReduceOp> ops = lanes.stream().map(lane -> op(series, lane)).toList();
    if (first) {
      warmUpJvm(series, ops);
    }
    PerfConfig.Sizes sizes = config.sizes();
    for (long size = sizes.min(); size >= 0 && goOn; size = sizes.next(size)) {
      row(series, ops, size);
    }
    for (ReduceOp op : ops) {
      if (op instanceof PreMulSum made) {
        made.close();
      }
    }
  }

  private static ReduceOp op(PerfSeries series, Lane lane) {
    return series.reduction() == null
        ? ReduceOp.SUM
        : series.reduction().on(lane.communicator(), series.type());
  }

  private void row(PerfSeries series, List<ReduceOp> ops, long size) {
    Plan plan = plan(series, lanes.get(0), size);
    long bytes = plan.largest() * series.type().byteSize();
    boolean hasInPlace = config.operation().hasInPlaceForm();
    audience.progress().start(label(series, bytes), work(bytes, hasInPlace));
    PerfRow.Timing outOfPlace = measure(series, ops, size, false);
    PerfRow.Timing inPlace = hasInPlace ? measure(series, ops, size, true) : null;
    audience.progress().end();
    goOn = seat.decide(audience.row(new PerfRow(bytes, plan.count(), series, outOfPlace, inPlace)));
  }

  private Plan plan(PerfSeries series, Lane lane, long size) {
    return config
        .operation()
        .plan(
            new Shape(lane.rank(), ranks, series.root()),
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

  private PerfRow.Timing measure(
      PerfSeries series, List<ReduceOp> ops, long size, boolean inPlace) {
    TestData data = new TestData(series.type(), series.reduction(), ranks, 0);
    prepare(series, size, data, inPlace);
    Runnable call = call(series, ops, size, inPlace);
    long bytes = plan(series, lanes.get(0), size).largest() * series.type().byteSize();
    boolean waitEach = warmUp(call, bytes);
    boolean auto = config.iterations() == PerfConfig.AUTO_ITERATIONS;
    int iterations = auto ? AUTO_LEAST : config.iterations();
    long slowest = time(call, iterations, waitEach, bytes);
    while (auto && slowest < AUTO_NANOS && iterations < AUTO_MOST) {
      iterations *= AUTO_GROWTH;
      slowest = time(call, iterations, waitEach, bytes);
    }
    int timed = iterations * Math.max(1, config.graphLaunches());
    return PerfRow.Timing.of(
        timed,
        slowest / 1e9 / timed,
        bytes,
        config.operation().busFactor(ranks),
        check(series, size, call, inPlace));
  }

  private void prepare(PerfSeries series, long size, TestData data, boolean inPlace) {
    for (Lane lane : lanes) {
      lane.memory().prepare(plan(series, lane, size), series.type(), data, inPlace);
    }
  }

  /** The time of the slowest rank; all ranks get the same answer. */
  private long time(Runnable call, int iterations, boolean waitEach, long bytes) {
    if (config.isGraph()) {
      return timeGraph(call, iterations, config.graphLaunches(), bytes);
    }
    seat.await();
    long start = System.nanoTime();
    if (waitEach) {
      for (int i = 0; i < iterations; i++) {
        enqueue(call, 1);
        synchronize();
        advance(bytes);
      }
    } else {
      enqueue(call, iterations);
      synchronize();
    }
    long slowest = seat.max(System.nanoTime() - start);
    if (!waitEach) {
      advance(bytes * iterations);
    }
    return slowest;
  }

  /**
   * Warming up and measuring run this one loop. Where the JVM compiles the calls into another loop
   * it has no compiled code for a call by itself, and the first row measured pays for that: 1.5 µs
   * a call.
   */
  private static void enqueue(Runnable call, int iterations) {
    for (int i = 0; i < iterations; i++) {
      call.run();
    }
  }

  /** The iterations as one graph, launched several times; capturing it is not timed. */
  private long timeGraph(Runnable call, int iterations, int launches, long bytes) {
    List<Graph> graphs =
        ccl.capture(
            lanes.stream().map(Lane::stream).toList(),
            () -> {
              for (int i = 0; i < iterations; i++) {
                call.run();
              }
            });
    seat.await();
    long start = System.nanoTime();
    for (int launch = 0; launch < launches; launch++) {
      for (int lane = 0; lane < graphs.size(); lane++) {
        graphs.get(lane).launch(lanes.get(lane).stream());
      }
    }
    synchronize();
    long slowest = seat.max(System.nanoTime() - start);
    graphs.forEach(Graph::close);
    advance(bytes * iterations * launches);
    return slowest;
  }

  private void synchronize() {
    for (Lane lane : lanes) {
      lane.stream().synchronize();
    }
  }

  /** The number of wrong elements on all ranks; all ranks get the same answer. */
  private OptionalLong check(PerfSeries series, long size, Runnable call, boolean inPlace) {
    if (config.checks() == 0) {
      return OptionalLong.empty();
    }
    long found = 0;
    for (int check = 1; check <= config.checks(); check++) {
      TestData data = new TestData(series.type(), series.reduction(), ranks, check);
      prepare(series, size, data, inPlace);
      // Nobody may send before all have prepared: a late rank would wipe out what it got.
      seat.await();
      if (config.isGraph()) {
        timeGraph(call, 1, 1, 0);
      } else {
        call.run();
        synchronize();
      }
      for (Lane lane : lanes) {
        Plan plan = plan(series, lane, size);
        found += lane.memory().countWrong(plan, series.type(), data, inPlace);
        advance(plan.largest() * series.type().byteSize() / lanes.size());
      }
    }
    return OptionalLong.of(seat.sum(found));
  }

  /** One iteration on all ranks of this thread. */
  private Runnable call(PerfSeries series, List<ReduceOp> ops, long size, boolean inPlace) {
    List<Runnable> calls = new ArrayList<>();
    for (int i = 0; i < lanes.size(); i++) {
      Lane lane = lanes.get(i);
      Plan plan = plan(series, lane, size);
      calls.add(
          config
              .operation()
              .call(
                  lane.communicator(),
                  plan,
                  new PerfOperation.Buffers(
                      lane.memory().send(plan, series.type(), inPlace),
                      lane.memory().recv(plan, series.type(), inPlace),
                      ops.get(i),
                      lane.stream()),
                  series.root()));
    }
    if (calls.size() == 1) {
      return calls.get(0);
    }
    Runnable[] each = calls.toArray(Runnable[]::new);
    Runnable all =
        () -> {
          for (Runnable one : each) {
            one.run();
          }
        };
    return () -> ccl.group(all);
  }

  /** Runs the warm-ups and says whether an iteration takes long. */
  private boolean warmUp(Runnable call, long bytes) {
    long longest = 0;
    for (int i = 0; i < config.warmups(); i++) {
      long start = System.nanoTime();
      call.run();
      synchronize();
      longest = System.nanoTime() - start;
      advance(bytes);
    }
    return longest > LONG_ITERATION_NANOS;
  }

  private void advance(long bytes) {
    audience.progress().advance(bytes);
  }

  /**
   * Small sizes at which there is something to do, for some operations round a few bytes to none.
   * Several, because libraries carry a few bytes in another way than many, and so does this JVM.
   */
  static List<Long> warmUpSizes(PerfConfig.Sizes sizes, LongPredicate isEmpty) {
    long size = Math.min(sizes.min(), JIT_WARMUP_BYTES);
    while (size < sizes.max() && isEmpty.test(size)) {
      size = Math.max(2 * size, Long.BYTES);
    }
    List<Long> all = new ArrayList<>(List.of(Math.min(size, sizes.max())));
    long most = Math.min(sizes.max(), JIT_WARMUP_BYTES);
    while (size <= most / JIT_WARMUP_GROWTH) {
      size *= JIT_WARMUP_GROWTH;
      all.add(size);
    }
    return all;
  }

  private void warmUpJvm(PerfSeries series, List<ReduceOp> ops) {
    if (config.warmups() == 0) {
      return;
    }
    List<Runnable> calls = warmUpCalls(series, ops);
    JvmWarmth warmth = JvmWarmth.ofThisJvm(System.nanoTime());
    do {
      for (Runnable call : calls) {
        enqueue(call, JIT_WARMUP_BATCH / calls.size() + 1);
      }
      synchronize();
    } while (seat.max(warmth.wantsMore(System.nanoTime()) ? 1 : 0) > 0);
  }

  private List<Runnable> warmUpCalls(PerfSeries series, List<ReduceOp> ops) {
    TestData data = new TestData(series.type(), series.reduction(), ranks, 0);
    List<Runnable> calls = new ArrayList<>();
    for (long size :
        warmUpSizes(config.sizes(), bytes -> plan(series, lanes.get(0), bytes).largest() == 0)) {
      prepare(series, size, data, false);
      calls.add(call(series, ops, size, false));
      if (config.operation().hasInPlaceForm()) {
        calls.add(call(series, ops, size, true));
      }
    }
    return calls;
  }
}
