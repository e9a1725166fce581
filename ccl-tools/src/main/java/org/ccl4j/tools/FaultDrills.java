package org.ccl4j.tools;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Store;
import org.ccl4j.api.Stream;
import org.ccl4j.api.UniqueId;
import org.ccl4j.bootstrap.InMemoryStore;

/** Drills with ranks that do not do their part. */
final class FaultDrills {
  private static final int COUNT = DrillRanks.COUNT;

  /** So many all-reduces must have gone well before a process is killed. */
  private static final int LOOPS_BEFORE = 100;

  /** Of a rank whose own deadline is over, and of one that another was quicker to leave. */
  private static final Set<ErrorCode> DEADLINE_CODES =
      EnumSet.of(
          ErrorCode.OPERATION_TIMEOUT, ErrorCode.REMOTE_FAILURE, ErrorCode.COMMUNICATOR_FAILED);

  private FaultDrills() {}

  static String missing(DrillSite site) {
    int size = site.ranks() + 1;
    ConnectOptions options = DrillSite.OPTIONS.withTimeout(site.deadline());
    Store store = new InMemoryStore();
    String first =
        expectTimeouts(
            site,
            (rank, device) ->
                site.ccl().connect(device, RankContext.of(rank, size, store), options));
    DrillFailure.require(
        first.contains(Integer.toString(site.ranks())),
        "the message does not name the missing rank " + site.ranks() + ": " + first);
    UniqueId id = site.ccl().newUniqueId();
    expectTimeouts(site, (rank, device) -> site.ccl().connect(device, id, rank, size, options));
    DrillRanks.prove(site);
    return "over a store and with an id; \"" + first + "\"";
  }

  private interface Connecting {
    Communicator connect(int rank, Device device);
  }

  /** All ranks but the last connect; none may succeed, and all must hear of it in time. */
  private static String expectTimeouts(DrillSite site, Connecting connecting) {
    String[] messages = new String[site.ranks()];
    RankTeam.run(
        site.ranks(),
        (rank, meeting) -> {
          try (Device device = site.ccl().device(rank)) {
            long start = System.nanoTime();
            messages[rank] =
                expect(
                    EnumSet.of(ErrorCode.CONNECT_TIMEOUT), () -> connecting.connect(rank, device));
            site.requireInTime(start, "connecting rank " + rank);
          }
        });
    return messages[0];
  }

  /** Calls what must fail, and returns what it says. */
  private static String expect(Set<ErrorCode> codes, Runnable call) {
    try {
      call.run();
    } catch (CclException e) {
      DrillFailure.require(codes.contains(e.code()), "not " + codes + " but " + e.getMessage());
      return oneLine(e);
    }
    throw new DrillFailure("not " + codes + ": the call came back as if all was well");
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  static String deadline(DrillSite site) {
    CollectiveOptions options = CollectiveOptions.DEFAULT.withDeadline(site.deadline());
    Store store = new InMemoryStore();
    String[] messages = new String[site.ranks()];
    RankTeam.run(
        site.ranks(),
        (rank, meeting) -> {
          RankMeeting.Seat seat = meeting.seat(rank);
          try (Device device = site.ccl().device(rank);
              Stream stream = device.openStream();
              DeviceBuffer x = device.allocate(DataType.INT64, COUNT);
              Communicator communicator =
                  site.ccl()
                      .connect(
                          device, RankContext.of(rank, site.ranks(), store), DrillSite.OPTIONS)) {
            communicator.allReduce(x, x, ReduceOp.SUM, stream);
            stream.synchronize(DrillSite.PATIENCE);
            long start = System.nanoTime();
            if (rank < site.ranks() - 1) {
              communicator.allReduce(x, x, COUNT, ReduceOp.SUM, stream, options);
              messages[rank] = expect(DEADLINE_CODES, () -> stream.synchronize(DrillSite.PATIENCE));
              site.requireInTime(start, "the wait of rank " + rank);
              DrillFailure.require(
                  communicator.failure().isPresent(), "the communicator does not know of it");
            }
            seat.await();
            communicator.abort();
          }
        });
    String first =
        Arrays.stream(messages)
            .filter(message -> message != null)
            .filter(message -> message.startsWith(ErrorCode.OPERATION_TIMEOUT.text()))
            .findFirst()
            .orElseThrow(
                () -> new DrillFailure("no rank noticed it: " + Arrays.toString(messages)));
    DrillRanks.prove(site);
    return "\"" + first + "\"";
  }

  static String abort(DrillSite site) {
    double slowest;
    try (DrillRanks ranks = DrillRanks.open(site)) {
      ranks.prove(1);
      List<DeviceBuffer> x = ranks.allocate(COUNT);
      for (int rank = 0; rank < ranks.size() - 1; rank++) {
        for (int i = 0; i < 3; i++) {
          ranks
              .communicator(rank)
              .allReduce(x.get(rank), x.get(rank), ReduceOp.SUM, ranks.stream(rank));
        }
      }
      DrillFailure.require(
          !ranks.stream(0).isIdle(), "an operation completed that a rank never joined");
      long start = System.nanoTime();
      ranks.communicators().forEach(Communicator::abort);
      slowest = DrillSite.seconds(start);
      DrillFailure.require(
          slowest < DrillSite.GRACE.toSeconds(), "aborting took " + slowest + " s");
      // The memory of the aborted operations is good for others, on a stream of its own.
      long[] found = new long[COUNT];
      ranks.forEach(
          rank -> {
            try (Stream fresh = x.get(rank).device().openStream()) {
              x.get(rank).copyFrom(DrillData.input(0, rank), fresh);
              x.get(rank).copyTo(found, fresh);
              DrillData.requireMax(found, 0, 1, rank, "a copy after the abort");
            }
          });
    }
    DrillRanks.prove(site);
    return String.format(Locale.ROOT, "all ranks aborted in %.2f s", slowest);
  }

  static String killed(DrillSite site) {
    int victim = site.ranks() - 1;
    StringBuilder told = new StringBuilder();
    try (DrillProcesses team = site.staff().start("loop", site.ranks())) {
      for (int rank = 0; rank < site.ranks(); rank++) {
        team.await(rank, "looping", DrillSite.PATIENCE);
      }
      team.kill(victim);
      long start = System.nanoTime();
      for (int rank = 0; rank < victim; rank++) {
        String message = team.await(rank, "failed", site.deadline().plus(DrillSite.GRACE));
        if (rank == 0) {
          told.append(
              String.format(
                  Locale.ROOT,
                  "heard of it after %.2f s: \"%s\"",
                  DrillSite.seconds(start),
                  message));
        }
      }
      for (int rank = 0; rank < victim; rank++) {
        team.await(rank, "recovered", DrillSite.PATIENCE);
      }
      told.append(
          String.format(
              Locale.ROOT,
              "; %d survivors at work again after %.2f s",
              victim,
              DrillSite.seconds(start)));
    }
    return told.toString();
  }

  /** One rank of {@link #killed}. */
  static void runAsProcess(DrillProcesses.Worker worker) {
    Duration deadline = worker.site().deadline();
    try (Device device = worker.device();
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.INT64, COUNT)) {
      Communicator communicator = worker.connect(device);
      worker.say("failed", loop(worker, communicator, x, stream, deadline));
      communicator.abort();
      // Those that are left, in the order they had.
      Communicator smaller =
          worker
              .site()
              .ccl()
              .connect(
                  device,
                  RankContext.of(
                      worker.rank(), worker.size() - 1, worker.store().prefixed("survivors")),
                  DrillSite.OPTIONS);
      try (Stream fresh = device.openStream();
          DeviceBuffer y = device.allocate(DataType.INT64, COUNT)) {
        y.copyFrom(DrillData.input(worker.rank(), 3), fresh);
        smaller.allReduce(y, y, ReduceOp.SUM, fresh);
        long[] found = new long[COUNT];
        y.copyTo(found, fresh);
        DrillData.requireSum(found, 0, smaller.size(), 3, "all-reduce of the survivors");
      }
      worker.say("recovered", "");
      smaller.close();
    }
  }

  /** Reduces until it fails, and returns what it failed with. */
  private static String loop(
      DrillProcesses.Worker worker,
      Communicator communicator,
      DeviceBuffer x,
      Stream stream,
      Duration deadline) {
    CollectiveOptions options = CollectiveOptions.DEFAULT.withDeadline(deadline);
    long end = System.nanoTime() + DrillSite.PATIENCE.toNanos();
    for (int i = 0; System.nanoTime() < end; i++) {
      try {
        communicator.allReduce(x, x, COUNT, ReduceOp.SUM, stream, options);
        stream.synchronize(DrillSite.PATIENCE);
      } catch (CclException e) {
        DrillFailure.require(i >= LOOPS_BEFORE, "failed too early: " + e.getMessage());
        return oneLine(e);
      }
      if (i == LOOPS_BEFORE) {
        worker.say("looping", "");
      }
    }
    throw new DrillFailure("nothing failed, although a process was to be killed");
  }
}
