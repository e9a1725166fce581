package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.ok;
import static org.ccl4j.fake.FakeFixture.value;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.DataType;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random programs over two communicators and two streams a rank, checked against a model that is
 * one loop over arrays. What is random differs from rank to rank where it may (when to wait, when
 * to query), so that the scheduler sees its states in many orders.
 */
class RandomProgramsTest {
  private static final int LENGTH = 5;

  @ParameterizedTest(name = "{0} ranks, {1} steps, seeds {2} to {2} + {3}")
  @CsvSource({
    "1, 200, 1, 5",
    "2, 400, 1000, 1000",
    "3, 400, 200, 20",
    "4, 300, 300, 20",
    "8, 150, 400, 8",
    "16, 60, 500, 3"
  })
  void everyRankEndsWithWhatTheModelSays(int ranks, int steps, int firstSeed, int seeds)
      throws Exception {
    try (FakeFixture fake = new FakeFixture(ranks)) {
      for (int seed = firstSeed; seed < firstSeed + seeds; seed++) {
        runProgram(fake, ranks, steps, seed);
      }
    }
  }

  private static void runProgram(FakeFixture fake, int ranks, int steps, int seed)
      throws Exception {
    List<BackendCommunicator> first = fake.communicators("first", ranks);
    List<BackendCommunicator> second = fake.communicators("second", ranks);
    ExecutorService threads = Executors.newFixedThreadPool(ranks);
    try {
      List<Callable<int[]>> bodies = new ArrayList<>();
      for (int rank = 0; rank < ranks; rank++) {
        bodies.add(
            new RankProgram(fake, rank, ranks, steps, seed, first.get(rank), second.get(rank)));
      }
      int[][] expected = model(ranks, steps, seed);
      List<Future<int[]>> results = threads.invokeAll(bodies, 60, TimeUnit.SECONDS);
      for (int rank = 0; rank < ranks; rank++) {
        assertArrayEquals(
            expected[rank], results.get(rank).get(), "rank " + rank + ", seed " + seed);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** What each step does to the ranks' arrays. */
  static int[][] model(int ranks, int steps, int seed) {
    int[][] x = new int[ranks][];
    for (int rank = 0; rank < ranks; rank++) {
      x[rank] = initial(rank);
    }
    Random random = new Random(seed);
    for (int step = 0; step < steps; step++) {
      int[][] old = Arrays.stream(x).map(int[]::clone).toArray(int[][]::new);
      int kind = random.nextInt(4);
      int shift = random.nextInt(ranks);
      random.nextBoolean(); // the communicator
      random.nextBoolean(); // the stream
      for (int rank = 0; rank < ranks; rank++) {
        int from = Math.floorMod(rank - shift, ranks);
        for (int i = 0; i < LENGTH; i++) {
          int sum = 0;
          for (int[] other : old) {
            sum += other[i];
          }
          x[rank][i] =
              switch (kind) {
                case 0 -> sum + rank; // all-reduce, then each rank is made different again
                case 1 -> old[from][i]; // ring
                case 2 -> old[(rank + shift) % ranks][i]; // all-gather, then one part of it
                default -> old[shift][i] + rank; // broadcast
              };
        }
      }
    }
    return x;
  }

  private static int[] initial(int rank) {
    int[] values = new int[LENGTH];
    Arrays.setAll(values, i -> 1000 * rank + 7 * i + 1);
    return values;
  }

  static final class RankProgram implements Callable<int[]> {
    private static final int BYTES = LENGTH * Integer.BYTES;

    private final FakeFixture fake;
    private final DeviceRuntime runtime;
    private final int rank;
    private final int ranks;
    private final int steps;
    private final int seed;
    private final BackendCommunicator[] communicators;
    private final long[] streams;
    private final long event;
    private final long x;
    private final long y;
    private final long gathered;
    private int currentStream;

    RankProgram(
        FakeFixture fake,
        int rank,
        int ranks,
        int steps,
        int seed,
        BackendCommunicator first,
        BackendCommunicator second) {
      this.fake = fake;
      this.runtime = fake.runtime;
      this.rank = rank;
      this.ranks = ranks;
      this.steps = steps;
      this.seed = seed;
      communicators = new BackendCommunicator[] {first, second};
      streams = new long[] {fake.stream(rank), fake.stream(rank)};
      event = value(runtime.createEvent(rank, false));
      x = fake.allocate(rank, BYTES);
      y = fake.allocate(rank, BYTES);
      gathered = fake.allocate(rank, (long) BYTES * ranks);
    }

    @Override
    public int[] call() {
      fake.upload(rank, x, initial(rank), streams[0]);
      Random random = new Random(seed);
      Random local = new Random(31L * seed + rank);
      for (int step = 0; step < steps; step++) {
        int kind = random.nextInt(4);
        int shift = random.nextInt(ranks);
        BackendCommunicator communicator = communicators[random.nextBoolean() ? 0 : 1];
        long stream = switchTo(random.nextBoolean() ? 0 : 1);
        step(kind, shift, communicator, stream);
        switch (local.nextInt(12)) {
          case 0 -> fake.synchronize(rank, stream);
          case 1, 2 -> runtime.queryStream(rank, stream);
          default -> {
            // go on enqueueing
          }
        }
      }
      int[] result = fake.download(rank, x, LENGTH, streams[currentStream]);
      for (BackendCommunicator communicator : communicators) {
        ok(communicator.finish(FakeFixture.DEADLINE));
        ok(communicator.destroy());
      }
      for (long address : new long[] {x, y, gathered}) {
        ok(runtime.free(rank, address));
      }
      return result;
    }

    private long switchTo(int next) {
      if (next != currentStream) {
        ok(runtime.recordEvent(rank, event, streams[currentStream]));
        ok(runtime.waitEvent(rank, streams[next], event));
        currentStream = next;
      }
      return streams[next];
    }

    private void step(int kind, int shift, BackendCommunicator communicator, long stream) {
      switch (kind) {
        case 0 -> {
          ok(communicator.allReduce(x, x, LENGTH, DataType.INT32, Ops.SUM, stream));
          addOwnRank(stream);
        }
        case 1 -> {
          ok(fake.backend.groupStart());
          ok(communicator.send(x, LENGTH, DataType.INT32, (rank + shift) % ranks, stream));
          ok(
              communicator.recv(
                  y, LENGTH, DataType.INT32, Math.floorMod(rank - shift, ranks), stream));
          ok(fake.backend.groupEnd());
          ok(runtime.copyOnDevice(rank, x, y, BYTES, stream));
        }
        case 2 -> {
          ok(communicator.allGather(x, gathered, LENGTH, DataType.INT32, stream));
          int part = (rank + shift) % ranks;
          ok(runtime.copyOnDevice(rank, x, gathered + (long) part * BYTES, BYTES, stream));
        }
        default -> {
          ok(communicator.broadcast(x, x, LENGTH, DataType.INT32, shift, stream));
          addOwnRank(stream);
        }
      }
    }

    /** Adds the rank to x: out to the host, and back. A wait in the middle of a program, too. */
    private void addOwnRank(long stream) {
      int[] values = fake.download(rank, x, LENGTH, stream);
      Arrays.setAll(values, i -> values[i] + rank);
      fake.upload(rank, x, values, stream);
    }
  }
}
