package org.ccl4j.examples;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.Device;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.InMemoryStore;

/** Runs ranks as threads of this JVM, each on a device of its own. */
final class LocalRanks {
  private LocalRanks() {}

  /**
   * Connects the ranks and runs the same code on each.
   *
   * @param size the number of ranks; there must be as many devices
   * @param body what a rank does
   * @return what the ranks returned, in rank order
   */
  static <T> List<T> run(int size, Function<Communicator, T> body) {
    Store store = new InMemoryStore();
    try (Ccl ccl = Ccl.open()) {
      // All start before the first is waited for: to connect, a rank needs the others.
      List<CompletableFuture<T>> ranks =
          IntStream.range(0, size)
              .mapToObj(rank -> start(ccl, RankContext.of(rank, size, store), body))
              .toList();
      return ranks.stream().map(CompletableFuture::join).toList();
    }
  }

  private static <T> CompletableFuture<T> start(
      Ccl ccl, RankContext ranks, Function<Communicator, T> body) {
    Executor thread =
        task -> {
          Thread rank = new Thread(task, "rank-" + ranks.rank());
          rank.setDaemon(true);
          rank.start();
        };
    return CompletableFuture.supplyAsync(
        () -> {
          try (Device device = ccl.device(ranks.localRank());
              Communicator comm = ccl.connect(device, ranks)) {
            return body.apply(comm);
          }
        },
        thread);
  }
}
