package org.ccl4j.bootstrap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.config.Settings;
import org.jspecify.annotations.Nullable;

/**
 * Starts the ranks of a job as processes of this host and sees to their end. The first rank that
 * fails ends the others; nothing of the job outlives the launcher, even one that was killed, but
 * for processes that took themselves out of the rank's session.
 */
public final class Launcher {
  /** How often is looked at what nobody announces: the time, and the other hosts. */
  private static final Duration LOOK = Duration.ofMillis(100);

  /** How long a process that was forced, and its last output, may take. */
  private static final Duration FORCED = Duration.ofSeconds(5);

  /**
   * How long nothing may come from ranks that have ended before their output counts as ended too,
   * and how long other hosts may take to hear of the end.
   */
  private static final Duration LAST_OUTPUT = Duration.ofSeconds(1);

  /** What the JVM ends with after SIGTERM; after another signal it says its own. */
  private static final int STOPPED = 128 + 15;

  /** As timeout(1) has it. */
  private static final int TIMED_OUT = 124;

  private static final String FAKE_TRANSPORT = "CCL_FAKE_TRANSPORT";

  private final LaunchJob job;
  private final JobObserver observer;
  private final LaunchStore store;
  private final Guard guard = Guard.find();
  private final List<RankProcess> ranks = new ArrayList<>();
  private final List<RankEnd> ends = new ArrayList<>();
  private final BlockingQueue<RankEnd> endings = new LinkedBlockingQueue<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final long start = System.nanoTime();
  private volatile boolean stopped;

  private Launcher(LaunchJob job, JobObserver observer, LaunchStore store) {
    this.job = job;
    this.observer = observer;
    this.store = store;
  }

  /**
   * Runs a job to its end. When this process is told to end meanwhile, by SIGTERM, SIGINT or
   * SIGHUP, it ends the ranks first.
   *
   * @param job what to launch
   * @param observer takes the output and the end
   * @return how the job ended; the observer was told the same
   * @throws CclException {@link ErrorCode#LAUNCH_FAILED} when a rank cannot be started or the
   *     launchers of the hosts do not fit together, and what {@link TcpStoreServer} and {@link
   *     TcpStore} throw when the store cannot be served or reached; nothing is left running then
   */
  public static JobEnd run(LaunchJob job, JobObserver observer) {
    Duration meeting = job.timeout().orElse(LaunchHosts.MEETING);
    try (LaunchStore store = LaunchStore.open(job.hosts(), job.ranks(), meeting)) {
      return new Launcher(job, observer, store).run();
    }
  }

  private JobEnd run() {
    Thread hook = new Thread(this::stop, "ccl-launcher-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      startAll();
      JobEnd end = awaitEnd();
      observer.ended(end);
      return end;
    } catch (InterruptedException e) {
      giveUp("its launcher was interrupted");
      Thread.currentThread().interrupt();
      throw new CclTimeoutException(
          ErrorCode.INTERRUPTED, "the launcher was interrupted. Its ranks were ended.");
    } catch (CclException e) {
      giveUp("its launcher failed, " + e.getMessage());
      throw e;
    } finally {
      ranks.forEach(RankProcess::kill);
      over.countDown();
      unhook(hook);
    }
  }

  /** Lets the other hosts end as well. */
  private void giveUp(String what) {
    store.tellFailure(1, what);
    store.tellDone();
  }

  private static void unhook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is about to end, and the hook runs.
    }
  }

  /** Runs while the JVM shuts down: has the job ended and reported, and lets the JVM go then. */
  private void stop() {
    stopped = true;
    try {
      over.await(job.grace().plus(FORCED).plus(FORCED).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void startAll() {
    List<String> guarded = guard.guard(job.command(), job.grace());
    for (int local = 0; local < job.ranks() && !stopped; local++) {
      int rank = job.hosts().index() * job.ranks() + local;
      ranks.add(RankProcess.start(rank, guarded, variables(rank, local), observer, endings::add));
    }
  }

  private Map<String, String> variables(int rank, int local) {
    int size = job.hosts().count() * job.ranks();
    Map<String, String> variables = new HashMap<>(job.variables());
    if (Settings.system().environmentVariable(FAKE_TRANSPORT).isEmpty()) {
      variables.putIfAbsent(FAKE_TRANSPORT, "shm");
    }
    variables.put("CCL_RANK", "" + rank);
    variables.put("CCL_SIZE", "" + size);
    variables.put("CCL_LOCAL_RANK", "" + local);
    variables.put("CCL_LOCAL_SIZE", "" + job.ranks());
    variables.put("CCL_JOB_ID", store.jobId());
    variables.put("CCL_STORE", store.uri());
    variables.put(StoreSecret.TEXT.environmentVariable(), store.secret().reveal());
    // What programs know that are started by torchrun as a rule.
    variables.put("RANK", "" + rank);
    variables.put("WORLD_SIZE", "" + size);
    variables.put("LOCAL_RANK", "" + local);
    variables.put("LOCAL_WORLD_SIZE", "" + job.ranks());
    variables.put("MASTER_ADDR", store.masterHost());
    variables.put("MASTER_PORT", "" + store.freePort());
    return variables;
  }

  private JobEnd awaitEnd() throws InterruptedException {
    while (ends.size() < ranks.size()) {
      RankEnd ended = endings.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      if (ended != null) {
        ends.add(ended);
      }
      Optional<JobEnd> early = endEarly(ended);
      if (early.isPresent()) {
        return early.get();
      }
    }
    // The store is still needed where others have not ended.
    store.tellDone();
    boolean alone = job.hosts().count() == 1 || !job.hosts().serves();
    while (!alone) {
      alone = store.mayEnd(); // asked first, for a host says that it has failed before it is done
      Optional<JobEnd> early = endEarly(null);
      if (early.isPresent()) {
        return early.get();
      }
      if (!alone) {
        over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
    awaitOutputs();
    return new JobEnd(JobEnd.Cause.SUCCESS, 0, List.copyOf(ends), Optional.empty(), "", elapsed());
  }

  /** Ends the job where there is a reason to: a failure, the time, a signal, another host. */
  private Optional<JobEnd> endEarly(@Nullable RankEnd ended) throws InterruptedException {
    if (stopped) {
      return endAll(JobEnd.Cause.STOPPED, STOPPED, null, "its launcher was told to end");
    }
    if (ended != null && ended.exitCode() != 0) {
      String what = "rank " + ended.rank() + " ended with exit code " + ended.exitCode();
      return endAll(JobEnd.Cause.RANK_FAILED, ended.exitCode(), ended, what);
    }
    if (job.timeout().isPresent() && elapsed().compareTo(job.timeout().get()) >= 0) {
      return endAll(JobEnd.Cause.TIMEOUT, TIMED_OUT, null, "the time was over");
    }
    Optional<LaunchStore.Elsewhere> elsewhere = store.failureElsewhere();
    if (elsewhere.isPresent()) {
      LaunchStore.Elsewhere other = elsewhere.get();
      return endAll(JobEnd.Cause.FAILED_ELSEWHERE, other.exitCode(), null, other.what());
    }
    return Optional.empty();
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** Asks all ranks to end, forces those that do not, and waits for the last of their output. */
  private Optional<JobEnd> endAll(
      JobEnd.Cause cause, int exitCode, @Nullable RankEnd first, String what)
      throws InterruptedException {
    boolean here = cause != JobEnd.Cause.FAILED_ELSEWHERE;
    if (here) {
      store.tellFailure(exitCode, what);
    }
    store.tellDone();
    ranks.forEach(RankProcess::terminate);
    awaitEnds(job.grace());
    ranks.forEach(RankProcess::kill);
    awaitEnds(FORCED);
    awaitOutputs();
    long end = System.nanoTime() + LAST_OUTPUT.toNanos();
    while (!store.mayEnd() && System.nanoTime() < end) {
      over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS); // the others look as often
    }
    return Optional.of(
        new JobEnd(
            cause,
            exitCode,
            List.copyOf(ends),
            Optional.ofNullable(first),
            here ? "" : what,
            elapsed()));
  }

  private void awaitOutputs() throws InterruptedException {
    for (RankProcess rank : ranks) {
      rank.awaitOutput(LAST_OUTPUT);
    }
  }

  private void awaitEnds(Duration bound) throws InterruptedException {
    long end = System.nanoTime() + bound.toNanos();
    while (ends.size() < ranks.size()) {
      RankEnd ended = endings.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (ended == null) {
        return;
      }
      ends.add(ended);
    }
  }
}
