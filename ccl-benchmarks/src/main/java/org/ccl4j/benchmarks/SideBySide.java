package org.ccl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.UniqueId;

/**
 * This project's side of {@code side-by-side/run.sh}: ranks as threads of this JVM, or this JVM as
 * one rank, through the public API.
 */
public final class SideBySide {
  private static final long POLL_MILLIS = 5;

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
      if (plan.rank() < 0) {
        write(plan, runThreads(ccl, plan));
      } else {
        List<String> rows = runProcess(ccl, plan);
        if (plan.rank() == 0) {
          write(plan, rows);
        }
      }
    }
  }

  private static List<String> runProcess(Ccl ccl, ComparisonPlan plan)
      throws IOException, InterruptedException {
    UniqueId id = plan.rank() == 0 ? publishId(ccl, plan.idFile()) : awaitId(plan.idFile());
    try (Communicator comm =
        ccl.connect(
            ccl.device(plan.rank()), id, plan.rank(), plan.ranks(), ConnectOptions.DEFAULT)) {
      return new ComparedRank(ccl, comm, plan).run();
    }
  }

  private static UniqueId publishId(Ccl ccl, Path file) throws IOException {
    UniqueId id = ccl.newUniqueId();
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    Files.writeString(unfinished, id.toText());
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    return id;
  }

  private static UniqueId awaitId(Path file) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + ConnectOptions.DEFAULT.timeout().toNanos();
    while (!Files.exists(file)) {
      if (System.nanoTime() > deadline) {
        throw new IOException("rank 0 left no id in " + file);
      }
      Thread.sleep(POLL_MILLIS);
    }
    return UniqueId.parse(Files.readString(file));
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
