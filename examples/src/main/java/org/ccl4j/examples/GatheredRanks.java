package org.ccl4j.examples;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.config.Settings;
import org.ccl4j.bootstrap.StoreSecret;
import org.ccl4j.bootstrap.Stores;
import org.ccl4j.bootstrap.TcpStoreServer;

/**
 * Ranks of a framework that has its own way to bring a text from every task to all tasks, such as
 * {@code allGather} of Spark's {@code BarrierTaskContext}. One such exchange is enough: rank 0
 * serves a store and says where, and under which secret. The exchange has to be one that others
 * cannot listen to.
 */
final class GatheredRanks {
  private GatheredRanks() {}

  /** Brings a text of each task to all tasks, in their order. All tasks must call. */
  @FunctionalInterface
  interface AllGather {
    String[] gather(String mine);
  }

  /**
   * Runs what a rank does in a task.
   *
   * @param rank the number of the task
   * @param size the number of tasks
   * @param localRank its place among the tasks of its host
   * @param here the name or address under which the other tasks reach this one's host
   * @param tasks the exchange
   * @param body what a rank does
   */
  static void run(
      int rank, int size, int localRank, String here, AllGather tasks, Consumer<RankContext> body) {
    if (rank != 0) {
      join(rank, size, localRank, tasks.gather("")[0], body);
      tasks.gather("done");
      return;
    }
    StoreSecret secret = StoreSecret.random();
    try (TcpStoreServer server = Stores.serve("tcp://" + here + ":0", knowing(secret.reveal()))) {
      String where = "tcp://" + here + ":" + server.port() + " " + secret.reveal();
      tasks.gather(where);
      join(rank, size, localRank, where, body);
      tasks.gather("done"); // nobody needs the store any more
    }
  }

  private static Settings knowing(String secret) {
    return Settings.of(Map.of("ccl.store.secret", secret));
  }

  private static void join(
      int rank, int size, int localRank, String where, Consumer<RankContext> body) {
    String[] parts = where.split(" ", 2);
    Store store = Stores.open(parts[0], "tasks", knowing(parts[1]), Duration.ofMinutes(1));
    try (RankContext ranks =
        new RankContext(rank, size, localRank, store, "tasks of a framework")) {
      body.accept(ranks);
    }
  }
}
