package org.ccl4j.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.InMemoryStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ccl perf}: measures and checks one operation. */
@Command(
    name = "perf",
    mixinStandardHelpOptions = true,
    versionProvider = ToolVersion.class,
    sortOptions = false,
    description = {
      "Measures an operation at growing sizes and checks its results, with the options and the"
          + " table of nccl-tests.",
      "",
      "Each rank is a thread of this process, or with --processes a process; with -t 1 one thread"
          + " drives all ranks. The time is that of one iteration on the rank that"
          + " took longest: all iterations are enqueued, and the stream is waited for. Bandwidths"
          + " are in units of 10^9 bytes a second; #wrong is the number of wrong elements on all"
          + " ranks."
    },
    footer = {
      "",
      "Exit code: 0 when all is right, 1 when a result is wrong or the library failed, 2 for a"
          + " mistake on the command line.",
      "",
      "Example: ccl perf all_reduce --ranks 4 -b 8 -e 64M -d float -o sum"
    })
final class PerfCommand implements Callable<Integer> {
  private static final int MOST_ITERATIONS = 1_000_000_000;
  private static final int GRAPH_ITERATIONS = 20;
  private static final long MOST_FACTOR = 1L << 40;
  private static final long DEFAULT_MIN = 8;
  private static final long DEFAULT_MAX = 32L << 20;

  private final PrintWriter out;
  private final ProcessTeam team;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "OPERATION",
      description =
          "all_reduce, all_gather, reduce_scatter, broadcast, reduce, alltoall, gather, scatter,"
              + " sendrecv or alltoallv.")
  private String operation = "";

  @Option(
      names = {"-b", "--minbytes"},
      paramLabel = "SIZE",
      description =
          "The first size, such as 8, 64K, 8M or 1G (powers of 1024): the larger of an"
              + " operation's send and receive buffer. Default: 8.")
  private @Nullable String minBytes;

  @Option(
      names = {"-e", "--maxbytes"},
      paramLabel = "SIZE",
      description = "The largest size. Default: 32M.")
  private @Nullable String maxBytes;

  @Option(
      names = {"-f", "--stepfactor"},
      paramLabel = "N",
      description = "Each size is N times the one before. Default: 2, unless -i is given.")
  private @Nullable String stepFactor;

  @Option(
      names = {"-i", "--stepbytes"},
      paramLabel = "SIZE",
      description = "Each size is this much larger than the one before. Excludes -f.")
  private @Nullable String stepBytes;

  @Option(
      names = {"-d", "--datatype"},
      paramLabel = "TYPE",
      defaultValue = "float",
      description =
          "int8, uint8, int32, uint32, int64, uint64, half, float, double, bfloat16, f8e4m3,"
              + " f8e5m2, or all of them. Default: ${DEFAULT-VALUE}.")
  private String type = "";

  @Option(
      names = {"-o", "--op"},
      paramLabel = "OP",
      defaultValue = "sum",
      description =
          "sum, prod, max, min, avg, mulsum (sum after multiplying by 1 on even and 2 on odd"
              + " ranks), or all of them; without effect where nothing is reduced. Default:"
              + " ${DEFAULT-VALUE}.")
  private String op = "";

  @Option(
      names = {"-r", "--root"},
      paramLabel = "RANK",
      defaultValue = "0",
      description =
          "The root, or all (also -1) for one after the other; without effect where there is"
              + " none. Default: ${DEFAULT-VALUE}.")
  private String root = "";

  @Option(
      names = {"-n", "--iters"},
      paramLabel = "N",
      description =
          "Iterations that are timed. Default: 20, and as many more as it takes to fill 20"
              + " milliseconds.")
  private @Nullable String iterations;

  @Option(
      names = {"-w", "--warmup_iters"},
      paramLabel = "N",
      defaultValue = "5",
      description =
          "Iterations before, which are not timed; 0 also leaves out the half second in which the"
              + " JVM warms up at the start. Default: ${DEFAULT-VALUE}.")
  private String warmups = "";

  @Option(
      names = {"-c", "--check"},
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Iterations after, of which every element of every rank's result is checked; 0 for"
              + " none. Default: ${DEFAULT-VALUE}.")
  private String checks = "";

  @Option(
      names = "--ranks",
      paramLabel = "N",
      description =
          "The number of ranks, each on a device of its own. Default: the number of devices;"
              + " with simulated devices one for each processor, 2 to 8.")
  private @Nullable String ranks;

  @Option(
      names = "--processes",
      paramLabel = "N",
      description = "Run N ranks, each in a process of its own, in place of threads.")
  private @Nullable String processes;

  @Option(
      names = {"-t", "--nthreads"},
      paramLabel = "N",
      description =
          "The number of threads in which the ranks run: 1 for one that drives all of them in"
              + " groups, as nccl-tests does unless told otherwise. Default: one for each rank.")
  private @Nullable String threads;

  @Option(
      names = {"-G", "--graph"},
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Capture the timed iterations (20, unless -n is given) as one graph and launch that N"
              + " times; 0 for plain calls. Default: ${DEFAULT-VALUE}.")
  private String graph = "";

  @Option(
      names = "--memory",
      paramLabel = "KIND",
      defaultValue = "auto",
      description =
          "Where the buffers come from: device (cudaMalloc), library (ncclMemAlloc), or auto: the"
              + " library where it has memory, as nccl-tests does, and the device with simulated"
              + " devices. Default: ${DEFAULT-VALUE}.")
  private String memory = "";

  @Option(
      names = "--meeting",
      hidden = true,
      description = "The file over which the processes meet; makes this one of them.")
  private @Nullable Path meetingFile;

  @Option(
      names = "--backend",
      paramLabel = "ID",
      description = "The backend, such as cpu/fake or fake. Default: as 'ccl doctor' shows it.")
  private @Nullable String backend;

  @Option(names = "--csv", description = "Print comma-separated values instead of the table.")
  private boolean csv;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the results to a file as well, as JSON; it is overwritten.")
  private @Nullable String json;

  PerfCommand(PrintWriter out, ProcessTeam team) {
    this.out = out;
    this.team = team;
  }

  @Override
  public Integer call() {
    PerfConfig config = config();
    BackendChoice choice = BackendChoice.of(backend);
    if (processes != null && ranks != null) {
      throw new UsageException("--processes and --ranks exclude each other; give one of them");
    }
    if (meetingFile == null) {
      choice.warn(Objects.requireNonNull(spec));
    }
    if (processes != null && threads != null) {
      throw new UsageException("--processes and -t exclude each other; give one of them");
    }
    return processes != null && meetingFile == null
        ? launch(config, choice, processes)
        : measure(config, choice);
  }

  /** Checks what can be checked before processes are started, and leaves the rest to them. */
  private int launch(PerfConfig config, BackendChoice choice, String text) {
    int count = Arguments.count("--processes", text, 1, choice.mostRanks());
    requireRoot(config, count);
    if (json != null) {
      PerfJson.open(json).abandon();
    }
    try {
      Path file = SharedFiles.create("ccl-perf-");
      try {
        return team.run(count, List.of("--meeting", file.toString()), Objects.requireNonNull(spec))
            .exitCode();
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no file can be made for the processes to meet", e);
    }
  }

  private void requireRoot(PerfConfig config, int count) {
    if (config.operation().hasRoot()
        && (config.root() < PerfConfig.ALL_ROOTS || config.root() >= count)) {
      throw UsageException.notAllowed("-r", root, "all or a rank from 0 to " + (count - 1));
    }
  }

  private int measure(PerfConfig config, BackendChoice choice) {
    long bytes = RankMemory.bytesNeeded(config.sizes().max());
    try (RankContext place = meetingFile == null ? null : RankContext.fromEnvironment();
        BackendChoice.Opened opened = choice.open(processes == null ? ranks : processes, bytes)) {
      requireRoot(config, opened.ranks());
      boolean byOneThread = isByOneThread(opened.ranks());
      boolean isWatched = place == null || place.rank() == 0;
      PerfJson jsonFile = json == null || !isWatched ? null : PerfJson.open(json);
      boolean done = false;
      try {
        PerfSummary summary = measure(opened, place, byOneThread, config, jsonFile);
        done = true;
        return summary.failed() || out.checkError() ? ExitCode.FAILED : ExitCode.OK;
      } finally {
        if (!done && jsonFile != null) {
          jsonFile.abandon();
        }
      }
    }
  }

  private PerfSummary measure(
      BackendChoice.Opened opened,
      @Nullable RankContext place,
      boolean byOneThread,
      PerfConfig config,
      @Nullable PerfJson jsonFile) {
    List<PerfPrinter> printers = new ArrayList<>();
    if (place == null || place.rank() == 0) {
      printers.add(csv ? new PerfCsv(out) : new PerfTable(out));
    }
    if (jsonFile != null) {
      printers.add(jsonFile);
    }
    Ccl ccl = opened.ccl();
    int count = opened.ranks();
    config.memory().requireIn(ccl.backend());
    PerfSeries.Selected selected = PerfSeries.of(config, count, ccl.backend().capabilities());
    PerfEnvironment environment =
        new PerfEnvironment(
            config,
            ccl.backend(),
            devices(ccl, count),
            ranksAre(place, byOneThread),
            selected.skipped());
    printers.forEach(p -> p.begin(environment));
    PerfSummary summary = new PerfSummary();
    Watcher watcher = new Watcher(printers, summary);
    try {
      if (byOneThread) {
        Benchmark.runAll(ccl, count, config, selected.series(), watcher);
      } else if (place == null) {
        Store store = new InMemoryStore();
        RankTeam.run(
            count,
            (rank, meeting) ->
                Benchmark.run(
                    ccl,
                    RankContext.of(rank, count, store),
                    config,
                    selected.series(),
                    meeting,
                    watcher));
      } else {
        Benchmark.run(ccl, place, config, selected.series(), join(place), watcher);
      }
    } finally {
      watcher.progress().end();
    }
    printers.forEach(p -> p.end(summary));
    return summary;
  }

  private boolean isByOneThread(int count) {
    if (threads == null) {
      return false;
    }
    int asked = Arguments.count("-t", threads, 1, count);
    if (asked != 1 && asked != count) {
      throw UsageException.notAllowed("-t", threads, "1, or " + count + ", the number of ranks");
    }
    return asked == 1;
  }

  private static PerfEnvironment.RanksAre ranksAre(
      @Nullable RankContext place, boolean byOneThread) {
    if (byOneThread) {
      return PerfEnvironment.RanksAre.ONE_THREAD;
    }
    return place == null ? PerfEnvironment.RanksAre.THREADS : PerfEnvironment.RanksAre.PROCESSES;
  }

  private RankMeeting join(RankContext place) {
    Path file = Objects.requireNonNull(meetingFile);
    try {
      RankMeeting meeting = RankMeeting.ofProcesses(file, place.size());
      meeting.seat(place.rank()).await();
      // All have it now, so that nothing is left behind whatever becomes of them.
      Files.deleteIfExists(file);
      return meeting;
    } catch (IOException e) {
      throw new UncheckedIOException("the processes cannot meet in " + file, e);
    }
  }

  /** Prints the rows as they come. */
  private final class Watcher implements Benchmark.Audience {
    private final ProgressMeter progress = TerminalProgress.forProcess("MiB", 1 << 20);
    private final List<PerfPrinter> printers;
    private final PerfSummary summary;

    Watcher(List<PerfPrinter> printers, PerfSummary summary) {
      this.printers = printers;
      this.summary = summary;
    }

    @Override
    public ProgressMeter progress() {
      return progress;
    }

    @Override
    public boolean row(PerfRow row) {
      summary.add(row);
      printers.forEach(p -> p.row(row));
      // Nobody reads on, as with `ccl perf ... | head`: an end, not an error.
      return !out.checkError();
    }
  }

  private static List<DeviceInfo> devices(Ccl ccl, int ranks) {
    List<DeviceInfo> devices = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      try (Device device = ccl.device(rank)) {
        devices.add(device.info());
      }
    }
    return devices;
  }

  private PerfConfig config() {
    int launches = Arguments.count("-G", graph, 0, MOST_ITERATIONS);
    return new PerfConfig(
        PerfOperation.parse(operation),
        sizes(),
        TypeName.parse("-d", type),
        PerfReduction.parse("-o", op),
        root.equals("all")
            ? PerfConfig.ALL_ROOTS
            : Arguments.count("-r", root, PerfConfig.ALL_ROOTS, Integer.MAX_VALUE),
        iterations == null
            ? launches > 0 ? GRAPH_ITERATIONS : PerfConfig.AUTO_ITERATIONS
            : Arguments.count("-n", iterations, 1, MOST_ITERATIONS),
        Arguments.count("-w", warmups, 0, MOST_ITERATIONS),
        Arguments.count("-c", checks, 0, MOST_ITERATIONS),
        launches,
        PerfMemory.parse("--memory", memory));
  }

  private PerfConfig.Sizes sizes() {
    // One limit alone moves the default of the other out of its way.
    long min = minBytes == null ? -1 : ByteSize.parse("-b", minBytes);
    long max = maxBytes == null ? Math.max(DEFAULT_MAX, min) : ByteSize.parse("-e", maxBytes);
    if (minBytes == null) {
      min = Math.min(DEFAULT_MIN, max);
    }
    if (min > max) {
      throw UsageException.notAllowed("-b", min, "at most the largest size, -e " + max);
    }
    if (stepBytes != null && stepFactor != null) {
      throw new UsageException("-i and -f exclude each other; give one of them");
    }
    if (stepBytes != null) {
      long step = ByteSize.parse("-i", stepBytes);
      if (step == 0) {
        throw UsageException.notAllowed("-i", stepBytes, "a size greater than 0");
      }
      return new PerfConfig.Sizes(min, max, step, 0);
    }
    long factor = stepFactor == null ? 2 : Arguments.count("-f", stepFactor, 2, MOST_FACTOR);
    if (min == 0 && max > 0) {
      throw UsageException.notAllowed(
          "-b", "0", "1 or more where sizes are multiplied; use -i to start from 0");
    }
    return new PerfConfig.Sizes(min, max, 0, factor);
  }
}
