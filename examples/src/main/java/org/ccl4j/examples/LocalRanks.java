package org.ccl4j.examples;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
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
    try (Ccl ccl = Ccl.open()) {
      return inThreads(
          size,
          ranks -> {
            try (Device device = ccl.device(ranks.localRank());
                Communicator comm = ccl.connect(device, ranks)) {
              return body.apply(comm);
            }
          });
    }
  }

  /**
   * Runs the same code on each rank, which opens and connects what it needs by itself, as it would
   * in a process of its own.
   *
   * @param size the number of ranks
   * @param body what a rank does
   */
  static void runEach(int size, Consumer<RankContext> body) {
    inThreads(
        size,
        ranks -> {
          body.accept(ranks);
          return ranks.rank();
        });
  }

  private static <T> List<T> inThreads(int size, Function<RankContext, T> body) {
    Store store = new InMemoryStore();
    // All start before the first is waited for: to connect, a rank needs the others.
    List<CompletableFuture<T>> ranks =
        IntStream.range(0, size)
            .mapToObj(rank -> RankContext.of(rank, size, store))
            .map(mine -> start("rank-" + mine.rank(), () -> body.apply(mine)))
            .toList();
    return ranks.stream().map(CompletableFuture::join).toList();
  }

  private static <T> CompletableFuture<T> start(String name, Supplier<T> body) {
    Executor thread =
        task -> {
          Thread rank = new Thread(task, name);
          rank.setDaemon(true);
          rank.start();
        };
    return CompletableFuture.supplyAsync(body, thread);
  }
}
