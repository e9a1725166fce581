package org.ccl4j.examples;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.Test;

/** The rank of the example under each kind of launcher; all ranks are threads here. */
class AllReduceEverywhereTest {

  @Test
  void withoutALauncherFourThreadsRun() {
    assertDoesNotThrow(
        () ->
            LocalRanks.runEach(
                4,
                ranks -> {
                  assertEquals("explicit", ranks.source());
                  AllReduceEverywhere.run(ranks);
                }));
  }

  /** A process's variables, as a function of its rank. */
  private interface Variables {
    Map<String, String> of(int rank);
  }

  private static void runLaunched(Variables variables, String source) {
    LocalRanks.runEach(
        4,
        thread -> {
          Map<String, String> mine = new HashMap<>(variables.of(thread.rank()));
          Settings settings = Settings.of(key -> null, mine::get);
          try (RankContext ranks = RankContext.fromEnvironment(settings, Duration.ofMinutes(1))) {
            assertTrue(ranks.source().startsWith(source), ranks.source());
            AllReduceEverywhere.run(ranks);
          }
        });
  }

  @Test
  void theVariablesOfTorchrunAreEnough() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    runLaunched(
        rank ->
            Map.of(
                "RANK",
                "" + rank,
                "WORLD_SIZE",
                "4",
                "LOCAL_RANK",
                "" + rank,
                "MASTER_ADDR",
                "127.0.0.1",
                "MASTER_PORT",
                "" + port,
                "CCL_STORE_SECRET",
                "a-secret-for-tests-only"),
        "torchrun (");
  }

  @Test
  void mpirunOnOneHostNeedsNothingElse() {
    String job = UUID.randomUUID().toString();
    runLaunched(
        rank ->
            Map.of(
                "OMPI_COMM_WORLD_RANK",
                "" + rank,
                "OMPI_COMM_WORLD_SIZE",
                "4",
                "OMPI_COMM_WORLD_LOCAL_RANK",
                "" + rank,
                "OMPI_COMM_WORLD_LOCAL_SIZE",
                "4",
                "PMIX_NAMESPACE",
                job),
        "openmpi (");
  }

  @Test
  void aTableOfADatabaseCanBeTheStore() {
    TableStore store = new TableStore(new MemoryTable());
    for (String start : new String[] {"job-7/1", "job-7/2"}) {
      LocalRanks.runEach(
          4,
          thread ->
              AllReduceEverywhere.run(
                  new RankContext(
                      thread.rank(), 4, thread.rank(), store.prefixed(start), "table")));
    }
  }

  @Test
  void theAllGatherOfAFrameworkCanBringTheRanksTogether() {
    String[] texts = new String[4];
    CyclicBarrier barrier = new CyclicBarrier(4);
    LocalRanks.runEach(
        4,
        thread ->
            GatheredRanks.run(
                thread.rank(),
                4,
                thread.rank(),
                "127.0.0.1",
                mine -> {
                  // As a framework would: all write, all read, and only then the next exchange.
                  meet(barrier);
                  texts[thread.rank()] = mine;
                  meet(barrier);
                  return texts.clone();
                },
                AllReduceEverywhere::run));
  }

  private static void meet(CyclicBarrier barrier) {
    assertDoesNotThrow(() -> barrier.await(60, TimeUnit.SECONDS));
  }
}
