package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.Graph;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/** Drills with graphs. */
final class GraphDrills {
  private static final int COUNT = DrillRanks.COUNT;
  private static final int LAUNCHES = 1000;
  private static final int ROUNDS = 100;

  private GraphDrills() {}

  static String replay(DrillSite site) {
    try (DrillRanks ranks = DrillRanks.open(site)) {
      List<DeviceBuffer> send = ranks.allocate(COUNT);
      List<DeviceBuffer> recv = ranks.allocate(COUNT);
      List<DeviceBuffer> results = ranks.allocate((long) COUNT * LAUNCHES);
      List<Graph> graphs = ranks.captureAllReduce(send, recv, ReduceOp.SUM);
      for (int launch = 0; launch < LAUNCHES; launch++) {
        int number = launch;
        ranks.forEach(
            rank -> {
              Stream stream = ranks.stream(rank);
              send.get(rank).copyFrom(DrillData.input(rank, number), stream);
              graphs.get(rank).launch(stream);
              keep(results.get(rank), number, recv.get(rank), stream);
            });
      }
      long[] found = new long[COUNT * LAUNCHES];
      ranks.forEach(
          rank -> {
            results.get(rank).copyTo(found, ranks.stream(rank));
            requireSums(found, ranks.size(), "rank " + rank);
          });
      return LAUNCHES + " launches, every result right";
    }
  }

  private static void keep(DeviceBuffer results, int number, DeviceBuffer from, Stream stream) {
    results.slice((long) COUNT * number, COUNT).copyFrom(from, stream);
  }

  private static void requireSums(long[] found, int ranks, String where) {
    for (int launch = 0; launch < LAUNCHES; launch++) {
      DrillData.requireSum(found, COUNT * launch, ranks, launch, where + ", launch " + launch);
    }
  }

  static String pair(DrillSite site) {
    try (DrillRanks ranks = DrillRanks.open(site)) {
      List<DeviceBuffer> send = ranks.allocate(COUNT);
      List<DeviceBuffer> sum = ranks.allocate(COUNT);
      List<DeviceBuffer> max = ranks.allocate(COUNT);
      List<Graph> sums = ranks.captureAllReduce(send, sum, ReduceOp.SUM);
      List<Graph> maxima = ranks.captureAllReduce(send, max, ReduceOp.MAX);
      long[] found = new long[COUNT];
      for (int round = 0; round < ROUNDS; round++) {
        int number = round;
        ranks.forEach(
            rank -> send.get(rank).copyFrom(DrillData.input(rank, number), ranks.stream(rank)));
        // Each of them twice as often first as the other, and a plain operation in between.
        List<List<Graph>> order =
            round % 3 == 0 ? List.of(maxima, sums) : List.of(sums, maxima, sums);
        order.forEach(graphs -> ranks.forEach(rank -> graphs.get(rank).launch(ranks.stream(rank))));
        if (round % 10 == 0) {
          ranks.prove(number);
        }
        ranks.forEach(
            rank -> {
              String where = "rank " + rank + ", round " + number;
              sum.get(rank).copyTo(found, ranks.stream(rank));
              DrillData.requireSum(found, 0, ranks.size(), number, where);
              max.get(rank).copyTo(found, ranks.stream(rank));
              DrillData.requireMax(found, 0, ranks.size(), number, where);
            });
      }
      sums.forEach(Graph::close);
      ranks.forEach(
          rank -> send.get(rank).copyFrom(DrillData.input(rank, ROUNDS), ranks.stream(rank)));
      ranks.forEach(rank -> maxima.get(rank).launch(ranks.stream(rank)));
      ranks.forEach(
          rank -> {
            max.get(rank).copyTo(found, ranks.stream(rank));
            DrillData.requireMax(found, 0, ranks.size(), ROUNDS, "after the other was closed");
          });
      return ROUNDS + " rounds of two graphs";
    }
  }

  private enum Part {
    SUMS,
    MAXIMA,
    COMMUNICATORS,
    STREAMS
  }

  static String order(DrillSite site) {
    List<List<Part>> orders = permutations(List.of(Part.values()));
    double slowest = 0;
    for (List<Part> order : orders) {
      try (DrillRanks ranks = DrillRanks.open(site)) {
        List<DeviceBuffer> send = ranks.allocate(COUNT);
        List<DeviceBuffer> recv = ranks.allocate(COUNT);
        List<Graph> sums = ranks.captureAllReduce(send, recv, ReduceOp.SUM);
        List<Graph> maxima = ranks.captureAllReduce(send, recv, ReduceOp.MAX);
        ranks.forEach(
            rank -> send.get(rank).copyFrom(DrillData.input(rank, 1), ranks.stream(rank)));
        ranks.forEach(rank -> maxima.get(rank).launch(ranks.stream(rank)));
        ranks.forEach(rank -> sums.get(rank).launch(ranks.stream(rank)));
        long[] found = new long[COUNT];
        ranks.forEach(
            rank -> {
              recv.get(rank).copyTo(found, ranks.stream(rank));
              DrillData.requireSum(found, 0, ranks.size(), 1, "order " + order);
            });
        long start = System.nanoTime();
        for (Part part : order) {
          switch (part) {
            case SUMS -> sums.forEach(Graph::close);
            case MAXIMA -> maxima.forEach(Graph::close);
            case COMMUNICATORS -> ranks.communicators().forEach(Communicator::close);
            case STREAMS -> ranks.streams().forEach(Stream::close);
          }
        }
        slowest = Math.max(slowest, DrillSite.seconds(start));
        DrillFailure.require(
            sums.stream().allMatch(Graph::isClosed) && maxima.stream().allMatch(Graph::isClosed),
            "a graph outlived its communicator in the order " + order);
      }
    }
    return String.format(
        Locale.ROOT, "%d orders, the slowest closed in %.2f s", orders.size(), slowest);
  }

  private static <T> List<List<T>> permutations(List<T> items) {
    if (items.isEmpty()) {
      return List.of(List.of());
    }
    List<List<T>> all = new ArrayList<>();
    for (int first = 0; first < items.size(); first++) {
      List<T> rest = new ArrayList<>(items);
      T chosen = rest.remove(first);
      for (List<T> tail : permutations(rest)) {
        List<T> whole = new ArrayList<>();
        whole.add(chosen);
        whole.addAll(tail);
        all.add(whole);
      }
    }
    return all;
  }

  static String processes(DrillSite site) {
    try (DrillProcesses team = site.staff().start("graph", site.ranks())) {
      for (int rank = 0; rank < site.ranks(); rank++) {
        team.await(rank, "done", DrillSite.PATIENCE);
      }
    }
    return LAUNCHES + " launches in each of " + site.ranks() + " processes, every result right";
  }

  /** One rank of {@link #processes}. */
  static void runAsProcess(DrillProcesses.Worker worker) {
    try (Device device = worker.device();
        Communicator communicator = worker.connect(device);
        Stream stream = device.openStream();
        DeviceBuffer send = device.allocate(DataType.INT64, COUNT);
        DeviceBuffer recv = device.allocate(DataType.INT64, COUNT);
        DeviceBuffer results = device.allocate(DataType.INT64, (long) COUNT * LAUNCHES);
        Graph graph =
            stream.capture(() -> communicator.allReduce(send, recv, ReduceOp.SUM, stream))) {
      for (int launch = 0; launch < LAUNCHES; launch++) {
        send.copyFrom(DrillData.input(worker.rank(), launch), stream);
        graph.launch(stream);
        keep(results, launch, recv, stream);
      }
      long[] found = new long[COUNT * LAUNCHES];
      results.copyTo(found, stream);
      requireSums(found, worker.size(), "rank " + worker.rank());
    }
    worker.say("done", "");
  }
}
