package org.ccl4j.bootstrap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.LaunchInfo;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/**
 * What {@link RankContext#fromEnvironment()} does: over which store the ranks of a launcher meet.
 */
public final class LaunchedRanks {
  static final Setting STORE =
      new Setting(
          "ccl.store",
          "",
          "Where the ranks of a job meet: tcp://host:port, tcps://host:port with TLS, or"
              + " file:/folder.");

  private static final int LONGEST_JOB_ID = 200;
  private static final String DEFAULT_JOB_ID = "job";

  /** How long one attempt to connect anew may take; the caller makes several. */
  private static final int RECONNECT_SECONDS = 2;

  /** How long the rank that serves the store waits for the others to leave it. */
  private static final int LEAVING_SECONDS = 5;

  private LaunchedRanks() {}

  static RankContext open(Settings settings, Duration timeout) {
    LaunchInfo info =
        LaunchInfo.find(settings)
            .orElseThrow(
                () ->
                    new CclUsageException(
                        ErrorCode.NO_LAUNCHER, LaunchInfo.explainAbsence(settings)));
    if (info.jobId().length() > LONGEST_JOB_ID) {
      throw new CclUsageException(
          ErrorCode.INVALID_LAUNCH,
          "the job id has "
              + info.jobId().length()
              + " characters; allowed are "
              + LONGEST_JOB_ID
              + ". Set a shorter one in CCL_JOB_ID.");
    }
    JobStore store = open(info, settings, timeout);
    return new RankContext(
        info.rank(), info.size(), info.localRank(), store, info.source() + ", meeting at " + store);
  }

  /**
   * Where {@link RankContext#fromEnvironment()} would meet the other ranks, in words for a report.
   * Nothing is reached for, and no secret is told.
   *
   * @param info what the launcher left
   * @param settings where to look
   * @return such as {@code tcp://node0:29400, secret from environment variable CCL_STORE_SECRET}
   */
  public static String meetingPlace(LaunchInfo info, Settings settings) {
    String secret =
        settings
            .origin(StoreSecret.TEXT)
            .or(() -> settings.origin(StoreSecret.FILE))
            .map(origin -> ", secret from " + origin.description())
            .orElse(", no secret");
    Settings.Origin given = settings.origin(STORE).orElse(null);
    if (given != null) {
      return given.value() + (given.value().startsWith("file:") ? "" : secret);
    }
    if (info.size() == 1) {
      return "none needed";
    }
    if (!info.masterHost().isEmpty() && info.masterPort() > 0) {
      return "tcp://"
          + Failures.address(info.masterHost(), info.masterPort())
          + ", served by rank 0"
          + secret;
    }
    return info.localSize() == info.size() && !info.jobId().isEmpty()
        ? "file:" + privateFolder()
        : "unknown: " + noStore(info, settings);
  }

  private static JobStore open(LaunchInfo info, Settings settings, Duration timeout) {
    Settings.Origin given = settings.origin(STORE).orElse(null);
    if (given != null) {
      return join(given.value(), info, settings, timeout, () -> {});
    }
    if (info.size() == 1) {
      return local(new InMemoryStore(), info);
    }
    if (!info.masterHost().isEmpty() && info.masterPort() > 0) {
      return joinMaster(info, settings, timeout);
    }
    if (info.localSize() == info.size() && !info.jobId().isEmpty()) {
      return local(FileStore.open(privateFolder(), info.jobId()), info);
    }
    throw new CclUsageException(ErrorCode.NO_STORE, noStore(info, settings));
  }

  private static String jobId(LaunchInfo info) {
    return info.jobId().isEmpty() ? DEFAULT_JOB_ID : info.jobId();
  }

  private static JobStore join(
      String uri, LaunchInfo info, Settings settings, Duration timeout, Runnable afterwards) {
    boolean file = uri.startsWith("file:");
    if (file && info.jobId().isEmpty()) {
      throw new CclUsageException(
          ErrorCode.NO_STORE,
          "the store is in a folder ("
              + uri
              + "), where the job needs an id of its own, and "
              + info.source()
              + " gives none. Set CCL_JOB_ID to the same text on all ranks, another one for each"
              + " start.");
    }
    Store first = Stores.open(uri, jobId(info), settings, timeout);
    return file
        ? local(first, info)
        : new JobStore(
            first,
            jobId(info),
            () -> Stores.open(uri, jobId(info), settings, Duration.ofSeconds(RECONNECT_SECONDS)),
            afterwards);
  }

  /** A store that no network can take away. */
  private static JobStore local(Store store, LaunchInfo info) {
    return new JobStore(store, jobId(info), null, () -> {});
  }

  private static JobStore joinMaster(LaunchInfo info, Settings settings, Duration timeout) {
    String host = info.masterHost();
    String uri =
        "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + info.masterPort();
    if (info.rank() != 0) {
      return join(uri, info, settings, timeout, () -> {});
    }
    TcpStoreServer server = Stores.serve(uri, settings);
    boolean joined = false;
    try {
      JobStore store =
          join(
              uri,
              info,
              settings,
              timeout,
              () -> {
                // The others may still read what was agreed on last.
                server.awaitNoClients(Duration.ofSeconds(LEAVING_SECONDS));
                server.close();
              });
      joined = true;
      return store;
    } finally {
      if (!joined) {
        server.close();
      }
    }
  }

  /** One for each user, because what others can read or make is refused. */
  private static Path privateFolder() {
    Path memory = Path.of("/dev/shm");
    Path parent = Files.isWritable(memory) ? memory : Path.of("/tmp");
    String user;
    try {
      user = "-" + Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
      user = "";
    }
    return parent.resolve("ccl4j" + user);
  }

  private static String noStore(LaunchInfo info, Settings settings) {
    boolean agent =
        settings
            .environmentVariable("TORCHELASTIC_USE_AGENT_STORE")
            .map("True"::equals)
            .orElse(false);
    String host = info.masterHost().isEmpty() ? "HOST" : info.masterHost();
    return "nothing says where the "
        + info.size()
        + " ranks meet; the launcher is "
        + info.source()
        + ". "
        + (agent
            ? "MASTER_PORT is taken by the agent of torchrun (TORCHELASTIC_USE_AGENT_STORE is"
                + " True). "
            : "")
        + "Set on all ranks MASTER_ADDR and MASTER_PORT for a store that rank 0 serves there, or"
        + " CCL_STORE=tcp://"
        + host
        + ":PORT for one that is served already, with CCL_STORE_SECRET"
        + (info.localSize() == info.size() || info.localSize() == 0
            ? ", or, where all ranks are on one host, CCL_STORE=file:/dev/shm/NAME and CCL_JOB_ID"
            : "")
        + ".";
  }
}
