package org.ccl4j.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/** Reads the variables of all launchers and decides which one counts. */
final class LaunchReader {
  static final Setting LAUNCHER =
      new Setting(
          "ccl.launcher",
          "auto",
          "Whose variables say which rank this process is: auto, ccl, torchrun, openmpi, pmi, slurm,"
              + " kubernetes, or none.");
  static final Setting RANK =
      new Setting("ccl.rank", "", "The rank of this process, as ccl run sets it.");
  static final Setting SIZE =
      new Setting("ccl.size", "", "The number of ranks, as ccl run sets it.");
  static final Setting LOCAL_RANK =
      new Setting(
          "ccl.local.rank",
          "",
          "The place of this process among the ranks of its host, as ccl run sets it.");
  static final Setting LOCAL_SIZE =
      new Setting("ccl.local.size", "", "The number of ranks of this host, as ccl run sets it.");
  static final Setting JOB_ID =
      new Setting(
          "ccl.job.id",
          "",
          "What tells this job from others that use the same store; another one for each start.");

  private static final String AUTO = "auto";
  private static final String NONE = "none";
  private static final String MASTER_HOST = "MASTER_ADDR";
  private static final String MASTER_PORT = "MASTER_PORT";
  private static final String AGENT_STORE = "TORCHELASTIC_USE_AGENT_STORE";
  private static final String STEP = "SLURM_STEP_ID";
  private static final String NODE = "SLURM_NODEID";
  private static final String TASKS = "SLURM_STEP_TASKS_PER_NODE";
  private static final String NODES = "SLURM_STEP_NODELIST";

  /** Above it are the pseudo steps in which Slurm runs batch scripts and interactive shells. */
  private static final long LAST_STEP = 0xffff_fff0L;

  /** In a task list such as {@code 2(x3),1}: tasks, and on how many nodes in a row. */
  private static final Pattern TASKS_PART = Pattern.compile("(\\d{1,9})(?:\\(x(\\d{1,9})\\))?");

  /** In a node list such as {@code gpu[07,10-12],login1}: the name up to the first number. */
  private static final Pattern FIRST_NODE = Pattern.compile("([^,\\[]+)(?:\\[(\\d+))?.*");

  private static final int UNKNOWN = -1;

  private final Settings settings;

  /** Our own variables may also be set as properties or in code. */
  private final Map<String, Setting> own =
      Stream.of(RANK, SIZE, LOCAL_RANK, LOCAL_SIZE)
          .collect(Collectors.toMap(Setting::environmentVariable, setting -> setting));

  LaunchReader(Settings settings) {
    this.settings = settings;
  }

  /** What one launcher says; numbers that it does not say are -1. */
  private record Claim(
      LaunchConvention by,
      int rank,
      int size,
      int localRank,
      int localSize,
      String job,
      Map<String, String> seen) {

    boolean complete() {
      return rank != UNKNOWN && size != UNKNOWN;
    }

    boolean agreesWith(Claim other) {
      return (rank == UNKNOWN || rank == other.rank) && (size == UNKNOWN || size == other.size);
    }

    /** Whether this is the agent that started the other one with its neighbours. */
    boolean startedAgentOf(Claim other) {
      return by.compareTo(other.by) > 0
          && complete()
          && (size < other.size
              || (size == other.size && other.seen.containsKey("TORCHELASTIC_RUN_ID")));
    }

    String variables() {
      return seen.entrySet().stream()
          .map(variable -> variable.getKey() + "=" + variable.getValue())
          .collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
      return by.text + " (" + variables() + ")";
    }
  }

  Optional<LaunchInfo> read() {
    String wanted = settings.get(LAUNCHER).orElse(AUTO);
    if (wanted.equals(NONE)) {
      return Optional.empty();
    }
    List<Claim> claims = claims(wanted);
    if (claims.isEmpty()) {
      return Optional.empty();
    }
    Claim chosen =
        claims.stream().filter(Claim::complete).findFirst().orElseThrow(() -> incomplete(claims));
    List<Claim> alike = new ArrayList<>();
    for (Claim claim : claims) {
      if (claim.agreesWith(chosen)) {
        alike.add(claim);
      } else if (!claim.startedAgentOf(chosen)) {
        throw contradiction(claims);
      }
    }
    return Optional.of(info(chosen, alike));
  }

  private List<Claim> claims(String wanted) {
    if (wanted.equals(AUTO)) {
      List<Claim> all =
          Stream.of(LaunchConvention.values()).map(this::claim).flatMap(Optional::stream).toList();
      // An index without a number of pods says nothing where somebody else knows the ranks.
      return all.stream().anyMatch(Claim::complete)
          ? all.stream()
              .filter(c -> c.by != LaunchConvention.KUBERNETES || c.size != UNKNOWN)
              .toList()
          : all;
    }
    for (LaunchConvention convention : LaunchConvention.values()) {
      if (convention.text.equals(wanted)) {
        return List.of(
            claim(convention)
                .orElseThrow(
                    () ->
                        invalid(
                            "ccl.launcher is "
                                + wanted
                                + ", but none of its variables is set: "
                                + names(convention)
                                + ". Start the program with that launcher, or set ccl.launcher to"
                                + " auto.")));
      }
    }
    throw new CclUsageException(
        ErrorCode.INVALID_SETTING,
        settings.origin(LAUNCHER).map(Settings.Origin::description).orElse("ccl.launcher")
            + " is '"
            + wanted
            + "'; allowed is one of "
            + AUTO
            + ", "
            + Arrays.stream(LaunchConvention.values())
                .map(c -> c.text)
                .collect(Collectors.joining(", "))
            + ", "
            + NONE
            + ". Correct or unset it.");
  }

  private Optional<Claim> claim(LaunchConvention by) {
    if (by == LaunchConvention.SLURM && !insideStep()) {
      return Optional.empty();
    }
    if (by == LaunchConvention.KUBERNETES && find("JOB_COMPLETION_INDEX").isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> seen = new LinkedHashMap<>();
    int rank = number(by.rank, 0, seen);
    int size = by == LaunchConvention.KUBERNETES ? pods(seen) : number(by.size, 1, seen);
    if (rank == UNKNOWN && size == UNKNOWN) {
      return Optional.empty(); // LOCAL_RANK and its like alone are set for other purposes too
    }
    if (rank != UNKNOWN && size != UNKNOWN && rank >= size) {
      throw invalid(
          "the rank is "
              + rank
              + "; allowed is 0 to "
              + (size - 1)
              + ". Seen: "
              + new Claim(by, rank, size, UNKNOWN, UNKNOWN, "", seen)
              + ". Correct the rank or the number of ranks.");
    }
    int localRank = by == LaunchConvention.KUBERNETES ? 0 : number(by.localRank, 0, seen);
    int localSize = by == LaunchConvention.KUBERNETES ? 1 : localSize(by, seen);
    return Optional.of(new Claim(by, rank, size, localRank, localSize, job(by, seen), seen));
  }

  /** The size variables are those of other launchers, and theirs where their rank is set. */
  private int pods(Map<String, String> seen) {
    return number(
        LaunchConvention.KUBERNETES.size.stream()
            .filter(name -> find(name.equals("CCL_SIZE") ? "CCL_RANK" : "RANK").isEmpty())
            .toList(),
        1,
        seen);
  }

  private int localSize(LaunchConvention by, Map<String, String> seen) {
    if (by == LaunchConvention.SLURM) {
      Optional<String> tasks = find(TASKS);
      Optional<String> node = find(NODE);
      if (tasks.isPresent() && node.isPresent()) {
        int found = tasksOf(tasks.get(), number(List.of(NODE), 0, seen));
        if (found != UNKNOWN) {
          seen.put(TASKS, tasks.get());
          return found;
        }
      }
    }
    return number(by.localSize, 1, seen);
  }

  private static int tasksOf(String list, int node) {
    int before = 0;
    for (String part : list.split(",", -1)) {
      Matcher match = TASKS_PART.matcher(part);
      if (!match.matches()) {
        return UNKNOWN;
      }
      String times = match.group(2);
      before += times == null ? 1 : Integer.parseInt(times);
      if (node < before) {
        return Integer.parseInt(match.group(1));
      }
    }
    return UNKNOWN;
  }

  private String job(LaunchConvention by, Map<String, String> seen) {
    StringBuilder id = new StringBuilder();
    for (String name : by.job) {
      Optional<String> value = find(name);
      if (value.isPresent()) {
        seen.put(name, value.get());
        id.append(value.get());
        break;
      }
    }
    if (id.length() > 0 && by == LaunchConvention.SLURM) {
      find(STEP)
          .ifPresent(
              step -> {
                seen.put(STEP, step);
                id.append('.').append(step);
              });
    }
    if (id.length() > 0 && !by.restart.isEmpty()) {
      find(by.restart)
          .ifPresent(
              restart -> {
                seen.put(by.restart, restart);
                id.append('/').append(restart);
              });
    }
    return id.toString();
  }

  private boolean insideStep() {
    Optional<String> step = find(STEP);
    try {
      return step.isPresent() && Long.parseLong(step.get()) < LAST_STEP;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private LaunchInfo info(Claim chosen, List<Claim> alike) {
    int localRank = first(alike, Claim::localRank);
    if (localRank == UNKNOWN) {
      throw invalid(
          "the local rank is missing. Seen: "
              + join(alike)
              + ". Set "
              + String.join(" or ", chosen.by.localRank)
              + " to the place of this process among those of its host, counted from 0.");
    }
    int localSize = first(alike, Claim::localSize);
    if (localSize > chosen.size || localRank >= (localSize == UNKNOWN ? chosen.size : localSize)) {
      throw invalid(
          "the local rank is "
              + localRank
              + (localSize == UNKNOWN ? "" : " of " + localSize)
              + " on this host, with "
              + chosen.size
              + " ranks in all; allowed is a local rank below the number of ranks of the host, and"
              + " that not above the number of all. Seen: "
              + join(alike)
              + ".");
    }
    String job = settings.get(JOB_ID).orElseGet(() -> jobOf(alike));
    Map<String, String> seen = new LinkedHashMap<>();
    String host = text(MASTER_HOST, seen);
    int port = number(List.of(MASTER_PORT), 1, seen);
    if (port > 65535) {
      throw invalid("MASTER_PORT is " + port + "; allowed is 1 to 65535. Correct it.");
    }
    // Where torchrun's agent has a store of its own there, the port is taken.
    boolean taken = find(AGENT_STORE).map("True"::equals).orElse(false);
    if (host.isEmpty() && chosen.by == LaunchConvention.SLURM) {
      host = find(NODES).map(LaunchReader::firstNode).orElse("");
    }
    return new LaunchInfo(
        chosen.rank,
        chosen.size,
        localRank,
        Math.max(0, localSize),
        host,
        taken ? 0 : Math.max(0, port),
        job,
        alike.stream().map(Claim::toString).collect(Collectors.joining(" = ")));
  }

  private static int first(List<Claim> claims, java.util.function.ToIntFunction<Claim> part) {
    return claims.stream()
        .mapToInt(part)
        .filter(value -> value != UNKNOWN)
        .findFirst()
        .orElse(UNKNOWN);
  }

  private static String jobOf(List<Claim> claims) {
    return claims.stream().map(Claim::job).filter(job -> !job.isEmpty()).findFirst().orElse("");
  }

  private static String firstNode(String list) {
    Matcher match = FIRST_NODE.matcher(list);
    if (!match.matches()) {
      return "";
    }
    String number = match.group(2);
    return match.group(1) + (number == null ? "" : number);
  }

  private Optional<String> find(String name) {
    Setting setting = own.get(name);
    return setting == null ? settings.environmentVariable(name) : settings.get(setting);
  }

  private String text(String name, Map<String, String> seen) {
    Optional<String> value = find(name);
    value.ifPresent(text -> seen.put(name, text));
    return value.orElse("");
  }

  private int number(List<String> names, int min, Map<String, String> seen) {
    for (String name : names) {
      Optional<String> text = find(name);
      if (text.isEmpty()) {
        continue;
      }
      seen.put(name, text.get());
      try {
        int value = Integer.parseInt(text.get());
        if (value >= min) {
          return value;
        }
      } catch (NumberFormatException e) {
        // falls through to the one message for both mistakes
      }
      throw invalid(
          name
              + " is '"
              + text.get()
              + "'; allowed is a whole number from "
              + min
              + " on. Correct or unset it.");
    }
    return UNKNOWN;
  }

  private static CclUsageException incomplete(List<Claim> claims) {
    return invalid(
        "what says which rank this process is, is incomplete. "
            + claims.stream()
                .map(
                    claim ->
                        claim.by.text
                            + " set "
                            + claim.variables()
                            + " but not "
                            + String.join(
                                " or ", claim.rank == UNKNOWN ? claim.by.rank : claim.by.size))
                .collect(Collectors.joining("; "))
            + ". Set what is missing, or unset the rest.");
  }

  private static CclUsageException contradiction(List<Claim> claims) {
    return invalid(
        "the variables that say which rank this process is contradict each other: "
            + claims.stream()
                .map(
                    claim ->
                        "rank "
                            + (claim.rank == UNKNOWN ? "?" : claim.rank)
                            + " of "
                            + (claim.size == UNKNOWN ? "?" : claim.size)
                            + " by "
                            + claim)
                .collect(Collectors.joining("; "))
            + ". Unset those that are left over, or name the launcher that counts in ccl.launcher"
            + " (CCL_LAUNCHER).");
  }

  private static String join(List<Claim> claims) {
    return claims.stream().map(Claim::toString).collect(Collectors.joining("; "));
  }

  private static CclUsageException invalid(String message) {
    return new CclUsageException(ErrorCode.INVALID_LAUNCH, message);
  }

  private static String names(LaunchConvention convention) {
    return String.join("|", convention.rank)
        + " and "
        + String.join("|", convention.size)
        + (convention == LaunchConvention.SLURM ? " in a step (" + STEP + ")" : "");
  }

  String explainAbsence() {
    String looked =
        Arrays.stream(LaunchConvention.values())
            .map(convention -> convention.text + ": " + names(convention))
            .collect(Collectors.joining("; "));
    return "no launcher says which rank this process is. Looked for "
        + looked
        + ". "
        + (find("SLURM_JOB_ID").isPresent()
            ? "SLURM_JOB_ID is set, but this process is no task of a step: start it with srun. "
            : "")
        + (settings.get(LAUNCHER).orElse(AUTO).equals(NONE)
            ? "ccl.launcher is none, so that nothing was looked at. "
            : "")
        + "Start the program with ./ccl run, torchrun, mpirun or srun; or pass rank, size and store"
        + " explicitly with RankContext.of.";
  }
}
