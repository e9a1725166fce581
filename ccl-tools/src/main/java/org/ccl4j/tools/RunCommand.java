package org.ccl4j.tools;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ccl4j.bootstrap.JobEnd;
import org.ccl4j.bootstrap.LaunchHosts;
import org.ccl4j.bootstrap.LaunchJob;
import org.ccl4j.bootstrap.Launcher;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ccl run}: starts a program once for each rank. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    versionProvider = ToolVersion.class,
    sortOptions = false,
    customSynopsis = "ccl run -n N [OPTIONS] [--] COMMAND [ARGUMENT...]",
    description = {
      "Starts a program once for each rank and sees to its end. A Java program finds its place with"
          + " RankContext.fromEnvironment(); others with the variables that torchrun sets (RANK,"
          + " WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT).",
      "",
      "Each line that a rank prints is printed with '[rank N] ' in front. Standard input of the"
          + " ranks is empty. The first rank that fails ends the others: SIGTERM, and SIGKILL for"
          + " those that are still there after the grace. No rank outlives this command, even when"
          + " it is killed.",
      ""
    },
    footer = {
      "",
      "Several hosts: call it on each, with the same --nnodes, --master and CCL_STORE_SECRET, and"
          + " --node-rank 0 on the host that --master names.",
      "",
      "Exit code: 0 when all ranks ended with 0, else that of the first rank that failed (128 and"
          + " the number of the signal where a signal ended it); 124 when the time was over, 126 when"
          + " COMMAND cannot be executed, 127 when it is not there, 2 for a mistake on the command"
          + " line, 1 when the launcher failed.",
      "",
      "Example: ccl run -n 4 --timeout 10m --log-dir logs -- java -jar app.jar"
    })
final class RunCommand implements Callable<Integer> {
  /** Each backend reads one of them and ignores the others. */
  private static final List<String> DEVICE_VARIABLES =
      List.of("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "MUSA_VISIBLE_DEVICES");

  private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:/-]*");
  private static final Pattern ADDRESS =
      Pattern.compile("(?:\\[([0-9a-fA-F:.%]+)]|([^:\\s\\[\\]]+)):(\\d{1,9})");

  private final OutputStream out;
  private final OutputStream err;
  private final PrintWriter messages;

  @Option(
      names = {"-n", "--ranks"},
      paramLabel = "N",
      required = true,
      description = "The number of ranks on this host.")
  private String ranks = "";

  @Option(
      names = "--backend",
      paramLabel = "ID",
      description = "The backend of the ranks (sets CCL_BACKEND).")
  private @Nullable String backend;

  @Option(
      names = "--devices",
      paramLabel = "LIST",
      description =
          "The devices of this host to use, such as 0,2,3: the rank with the local number i takes"
              + " the i-th of them as its device i (sets CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES"
              + " and MUSA_VISIBLE_DEVICES for all ranks; a simulated device is not affected).")
  private @Nullable String devices;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "End the job after this time, such as 90s, 10m or 2h. Default: never.")
  private @Nullable String timeout;

  @Option(
      names = "--grace",
      paramLabel = "TIME",
      defaultValue = "5s",
      description =
          "How long a rank may take to end after SIGTERM before it gets SIGKILL. Default:"
              + " ${DEFAULT-VALUE}.")
  private String grace = "";

  @Option(
      names = "--log-dir",
      paramLabel = "DIR",
      description =
          "Write what rank N prints to DIR/rank-N.log as well, without the prefix; readable by you"
              + " alone, in place of the file of an earlier job.")
  private @Nullable String logFolder;

  @Option(
      names = "--nnodes",
      paramLabel = "N",
      defaultValue = "1",
      description = "The number of hosts, each with the same number of ranks. Default: 1.")
  private String hosts = "";

  @Option(
      names = "--node-rank",
      paramLabel = "N",
      defaultValue = "0",
      description = "Which of the hosts this is, from 0. Default: 0.")
  private String host = "";

  @Option(
      names = "--master",
      paramLabel = "HOST:PORT",
      description =
          "Where the host with --node-rank 0 serves the store over which ranks find each other; an"
              + " address of it that all hosts reach.")
  private @Nullable String master;

  @Parameters(
      paramLabel = "COMMAND",
      arity = "1..*",
      description = "The program of every rank and its arguments.")
  private List<String> command = new ArrayList<>();

  RunCommand(OutputStream out, OutputStream err, PrintWriter messages) {
    this.out = out;
    this.err = err;
    this.messages = messages;
  }

  @Override
  public Integer call() {
    LaunchJob job = job();
    Programs.require(command.get(0));
    int firstRank = job.hosts().index() * job.ranks();
    try (RankLogs logs =
        logFolder == null
            ? null
            : RankLogs.open(logFolder, firstRank, job.ranks(), this::complain)) {
      return Launcher.run(
              job,
              new RankPrinter(out, err, logs) {
                @Override
                public void ended(JobEnd end) {
                  String report = JobReport.of(end);
                  if (!report.isEmpty()) {
                    complain(report);
                  }
                }
              })
          .exitCode();
    }
  }

  private void complain(String what) {
    messages.println("ccl run: " + what);
    messages.flush();
  }

  private LaunchJob job() {
    int count = Arguments.count("-n", ranks, 1, LaunchJob.MOST_RANKS);
    return new LaunchJob(
        command,
        count,
        hosts(),
        variables(count),
        Arguments.time("--grace", grace),
        Optional.ofNullable(timeout).map(text -> Arguments.time("--timeout", text)));
  }

  private LaunchHosts hosts() {
    int count = Arguments.count("--nnodes", hosts, 1, 1 << 16);
    int index = Arguments.count("--node-rank", host, 0, count - 1);
    if (master == null) {
      if (count > 1) {
        throw new UsageException(
            "--master is missing; where --nnodes is more than 1 it must name an address of the"
                + " host with --node-rank 0, such as --master node0:29400");
      }
      return LaunchHosts.ONE;
    }
    Matcher address = ADDRESS.matcher(master);
    if (!address.matches()) {
      throw UsageException.notAllowed(
          "--master", master, "a host and a port, such as node0:29400 or [fe80::1]:29400");
    }
    int port = Arguments.count("the port of --master", address.group(3), 1, 65535);
    String name = address.group(1) == null ? address.group(2) : address.group(1);
    return new LaunchHosts(count, index, name, port);
  }

  private Map<String, String> variables(int count) {
    Map<String, String> variables = new HashMap<>();
    if (backend != null) {
      variables.put("CCL_BACKEND", backend);
    }
    if (devices != null) {
      List<String> list = List.of(devices.split(",", -1));
      if (!list.stream().allMatch(device -> DEVICE.matcher(device).matches())
          || new TreeSet<>(list).size() < list.size()) {
        throw UsageException.notAllowed(
            "--devices", devices, "different numbers or names separated by commas, such as 0,2,3");
      }
      if (list.size() < count) {
        throw UsageException.notAllowed(
            "--devices", devices, "a list of " + count + " devices or more, one for each rank");
      }
      DEVICE_VARIABLES.forEach(variable -> variables.put(variable, devices));
    }
    return variables;
  }
}
