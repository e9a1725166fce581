package org.ccl4j.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.concurrent.CompletableFuture;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.InMemoryStore;
import org.junit.jupiter.api.Test;

class AllReduceTasteTest {

  /** The ranks open a library each, as processes would. */
  @Test
  void everyRankGetsTheSums() {
    Store store = new InMemoryStore();
    float[] rank0 = {1, 2, 3};
    float[] rank1 = {10, 20, 30};

    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> AllReduceTaste.sumOverRanks(RankContext.of(1, 2, store), rank1),
            task -> new Thread(task, "rank-1").start());
    AllReduceTaste.sumOverRanks(RankContext.of(0, 2, store), rank0);
    other.join();

    assertArrayEquals(new float[] {11, 22, 33}, rank0);
    assertArrayEquals(new float[] {11, 22, 33}, rank1);
  }
}
