package org.ccl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;

/**
 * This project's side of {@code side-by-side/run.sh}: ranks as threads of this JVM, through the
 * public API.
 */
public final class SideBySide {
  private SideBySide() {}

  /**
   * Measures and appends lines to a file.
   *
   * @param arguments see {@code side-by-side/run.sh}
   * @throws Exception when something fails; a rank's failure as it is
   */
  public static void main(String[] arguments) throws Exception {
    ComparisonPlan plan = ComparisonPlan.parse(arguments);
    try (Ccl ccl = Ccl.open()) {
      write(plan, runThreads(ccl, plan));
    }
  }

  private static List<String> runThreads(Ccl ccl, ComparisonPlan plan)
      throws InterruptedException, ExecutionException {
    List<Communicator> comms =
        ccl.connectAll(IntStream.range(0, plan.ranks()).mapToObj(ccl::device).toList());
    ExecutorService threads = Executors.newFixedThreadPool(plan.ranks());
    try {
      List<Future<List<String>>> running = new ArrayList<>();
      for (Communicator comm : comms) {
        running.add(threads.submit(() -> new ComparedRank(ccl, comm, plan).run()));
      }
      List<String> rows = List.of();
      for (Future<List<String>> rank : running) {
        rows = rank.get();
      }
      return rows;
    } finally {
      threads.shutdownNow();
    }
  }

  private static void write(ComparisonPlan plan, List<String> rows) throws IOException {
    Files.write(plan.out(), rows, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
