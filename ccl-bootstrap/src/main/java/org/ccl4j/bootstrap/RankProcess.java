package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.ccl4j.api.ErrorCode;

/** One rank of a local job: its process, its guard, and two threads that carry its output. */
final class RankProcess {
  private static final int BLOCK_BYTES = 1 << 16;
  private static final long LOOK_MILLIS = 50;

  private final int rank;
  private final Process process;
  private final long start = System.nanoTime();
  private final CountDownLatch drained = new CountDownLatch(2);
  private final AtomicInteger handingOn = new AtomicInteger();
  private volatile RankEnd.Means means = RankEnd.Means.ITSELF;

  private RankProcess(int rank, Process process) {
    this.rank = rank;
    this.process = process;
  }

  /**
   * Starts a rank.
   *
   * @param whenEnded is told of the end, on another thread
   */
  static RankProcess start(
      int rank,
      List<String> guarded,
      Map<String, String> variables,
      JobObserver observer,
      Consumer<RankEnd> whenEnded) {
    ProcessBuilder builder = new ProcessBuilder(guarded);
    // Both forms of the secret at once are refused by whoever looks for it.
    builder.environment().remove(StoreSecret.FILE.environmentVariable());
    builder.environment().putAll(variables);
    try {
      RankProcess started = new RankProcess(rank, builder.start());
      started.pump(observer, false, started.process.getInputStream());
      started.pump(observer, true, started.process.getErrorStream());
      var unused =
          started
              .process
              .onExit()
              .thenAccept(
                  ended -> {
                    started.letGuardGo();
                    whenEnded.accept(started.end());
                  });
      return started;
    } catch (IOException e) {
      throw Failures.of(
          ErrorCode.LAUNCH_FAILED,
          "rank "
              + rank
              + " cannot be started: "
              + Failures.reason(e)
              + ". The launcher needs a POSIX shell, sh, on the PATH, and room for another process.",
          e);
    }
  }

  private void pump(JobObserver observer, boolean isError, InputStream from) {
    Thread thread =
        new Thread(
            () -> {
              try {
                byte[] block = new byte[BLOCK_BYTES];
                for (int read = from.read(block); read >= 0; read = from.read(block)) {
                  handingOn.incrementAndGet();
                  observer.output(rank, isError, block, read);
                  handingOn.decrementAndGet();
                }
              } catch (IOException e) {
                // Closed when the process ended, though another one still had the other side.
              } finally {
                observer.outputEnded(rank, isError);
                drained.countDown();
              }
            },
            "ccl-output-" + rank + (isError ? "-err" : "-out"));
    thread.setDaemon(true);
    thread.start();
  }

  private RankEnd end() {
    return new RankEnd(
        rank,
        process.pid(),
        process.exitValue(),
        Duration.ofNanos(System.nanoTime() - start),
        Instant.now(),
        means);
  }

  int rank() {
    return rank;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Asks the rank, and what it has started, to end. */
  void terminate() {
    if (process.isAlive()) {
      means = RankEnd.Means.TERMINATED;
      if (!tellGuard("TERM")) {
        process.destroy();
      }
    }
  }

  /** Ends the rank and what it has started. */
  void kill() {
    if (process.isAlive()) {
      means = RankEnd.Means.KILLED;
      tellGuard("KILL");
      process.destroyForcibly();
    }
  }

  /** Passes a signal on to the guard, which may be gone. */
  private boolean tellGuard(String signal) {
    try {
      process.getOutputStream().write((signal + "\n").getBytes(US_ASCII));
      process.getOutputStream().flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The end of the pipe: what the rank has left behind is to end as well. */
  private void letGuardGo() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // The guard is gone already.
    }
  }

  /**
   * Waits until all output of a rank that has ended was carried on, however slow its reader is; but
   * not for processes that are out of the guard's reach and hold the output open.
   *
   * @param quiet how long nothing may come before it is given up
   */
  void awaitOutput(Duration quiet) throws InterruptedException {
    long quietSince = System.nanoTime();
    while (!drained.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (handingOn.get() > 0) {
        quietSince = System.nanoTime();
      } else if (System.nanoTime() - quietSince > quiet.toNanos()) {
        return;
      }
    }
  }
}
