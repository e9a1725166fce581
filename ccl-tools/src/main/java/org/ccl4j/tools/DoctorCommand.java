package org.ccl4j.tools;

import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.LaunchInfo;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ProbeResult.Available;
import org.ccl4j.api.ProbeResult.Unavailable;
import org.ccl4j.api.Selection;
import org.ccl4j.api.config.Settings;
import org.ccl4j.bootstrap.MeetingPlace;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ccl doctor}: what is there, what is not and why, and what a program would get. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    versionProvider = ToolVersion.class,
    sortOptions = false,
    description = {
      "Shows each backend on the class path: whether it can be used, or why not and what to do"
          + " about it; its version, place, capabilities and devices; which one a program gets, and"
          + " why; and which rank of which job a program would be, from the variables that its"
          + " launcher has left."
    },
    footer = {"", "Exit code: 0 when a backend is selected, else 1."})
final class DoctorCommand implements Callable<Integer> {
  private static final int CAPABILITIES_IN_LINE = 3;

  // The key of the native backends for how they try a library: here one that crashes is a finding.
  private static final String PROBE = "ccl.probe";

  private final PrintWriter out;

  @Option(names = "--json", description = "Print JSON instead of text.")
  private boolean json;

  @Option(
      names = "--backend",
      paramLabel = "ID",
      description =
          "Show the selection as if this backend was asked for. Default: as the environment says.")
  private @Nullable String backend;

  DoctorCommand(PrintWriter out) {
    this.out = out;
  }

  /** What a launcher has left, and where the ranks meet; or what is wrong with it. */
  private record Launched(@Nullable LaunchInfo info, String place, String failure) {
    static Launched find() {
      Settings settings = Settings.system();
      try {
        LaunchInfo info = LaunchInfo.find(settings).orElse(null);
        return new Launched(info, info == null ? "" : MeetingPlace.describe(info, settings), "");
      } catch (CclException e) {
        return new Launched(null, "", e.getMessage());
      }
    }
  }

  /** What opening a backend showed. */
  private record Opened(List<DeviceInfo> devices, String failure) {}

  @Override
  public Integer call() {
    OpenOptions options = OpenOptions.DEFAULT.with(PROBE, "isolated");
    Selection selection = BackendChoice.of(backend, options).selection();
    Map<String, Opened> opened = new LinkedHashMap<>();
    for (Selection.Candidate candidate : selection.candidates()) {
      if (candidate.probe() instanceof Available) {
        opened.put(candidate.id(), openAndClose(options.withBackend(candidate.id())));
      }
    }
    if (json) {
      out.println(JsonText.of(document(selection, opened)));
    } else {
      print(selection, opened);
    }
    String chosen = selection.chosen();
    return chosen != null && isEmptyFailure(opened.get(chosen)) ? ExitCode.OK : ExitCode.FAILED;
  }

  private static boolean isEmptyFailure(@Nullable Opened opened) {
    return opened != null && opened.failure().isEmpty();
  }

  /** A probe says what a backend found; only opening it shows that it works. */
  private static Opened openAndClose(OpenOptions options) {
    try (Ccl ccl = Ccl.open(options)) {
      List<DeviceInfo> devices = new ArrayList<>();
      for (int ordinal = 0; ordinal < ccl.deviceCount(); ordinal++) {
        try (Device device = ccl.device(ordinal)) {
          devices.add(device.info());
        }
      }
      return new Opened(devices, "");
    } catch (CclException e) {
      return new Opened(List.of(), String.valueOf(e.getMessage()));
    }
  }

  private void print(Selection selection, Map<String, Opened> opened) {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    out.println("ccl4j    " + ToolVersion.text());
    out.println(
        "Java     " + Runtime.version() + ", " + ManagementFactory.getRuntimeMXBean().getVmName());
    out.println(
        "System   "
            + system.getName()
            + " "
            + system.getVersion()
            + ", "
            + system.getArch()
            + ", "
            + system.getAvailableProcessors()
            + " processors");
    SharedMemory.find().ifPresent(memory -> out.println("Shared   " + memory.describe()));
    out.println();
    out.println("Backends on the class path" + (selection.candidates().isEmpty() ? ": none" : ""));
    for (Selection.Candidate candidate : selection.candidates()) {
      out.println();
      String mark = candidate.id().equals(selection.chosen()) ? "* " : "  ";
      if (candidate.probe() instanceof Available found) {
        out.println(mark + candidate.id() + " " + found.version() + ": available");
        Opened devices = opened.getOrDefault(candidate.id(), new Opened(List.of(), ""));
        print(candidate, found, devices);
      } else if (candidate.probe() instanceof Unavailable missing) {
        out.println(mark + candidate.id() + ": unavailable");
        field("reason", missing.reason());
        field("remedy", missing.remedy());
        missing.details().forEach(this::field);
      }
    }
    out.println();
    String chosen = selection.chosen();
    if (chosen == null) {
      ErrorCode failure = selection.failure();
      out.println(
          "Selected  nothing"
              + (failure == null ? "" : " (" + failure.text() + ", see docs/errors.md)"));
    } else {
      out.println("Selected  " + chosen);
    }
    out.println("because   " + indented(selection.reason(), "          "));
    print(Launched.find());
  }

  private void print(Launched launched) {
    out.println();
    LaunchInfo info = launched.info();
    if (info == null) {
      out.println(
          "Launcher  "
              + (launched.failure().isEmpty()
                  ? "none has left anything: a program has to be told its rank"
                  : indented(launched.failure(), "          ")));
      return;
    }
    out.println("Launcher  " + indented(info.source(), "          "));
    out.println(
        "rank      "
            + info.rank()
            + " of "
            + info.size()
            + ", on this host "
            + info.localRank()
            + (info.localSize() > 0 ? " of " + info.localSize() : ""));
    out.println("job       " + (info.jobId().isEmpty() ? "without an id" : info.jobId()));
    out.println("store     " + indented(launched.place(), "          "));
  }

  private static @Nullable Map<String, Object> document(Launched launched) {
    LaunchInfo info = launched.info();
    if (info == null) {
      return launched.failure().isEmpty() ? null : Map.of("error", launched.failure());
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("source", info.source());
    document.put("rank", info.rank());
    document.put("size", info.size());
    document.put("local_rank", info.localRank());
    document.put("local_size", info.localSize() > 0 ? info.localSize() : null);
    document.put("job_id", info.jobId().isEmpty() ? null : info.jobId());
    document.put("store", launched.place());
    return document;
  }

  private void print(Selection.Candidate candidate, Available found, Opened opened) {
    field("location", found.location());
    field(
        "priority",
        candidate.priority() + (candidate.simulated() ? ", simulates its devices" : ""));
    List<String> can = names(found);
    field("can", "the core set" + (can.isEmpty() ? "" : ",\n" + capabilities(can)));
    field("lacks", capabilities(lacking(found)));
    found.details().forEach(this::field);
    if (!opened.failure().isEmpty()) {
      field("failure", opened.failure());
      return;
    }
    field("devices", Integer.toString(opened.devices().size()));
    for (DeviceInfo device : opened.devices()) {
      out.println(
          String.format(
              java.util.Locale.ROOT,
              "      %3d  %s  %s  %s",
              device.ordinal(),
              device.busId(),
              ByteSize.format(device.totalMemory()),
              device.name()));
    }
  }

  /** A few in a line, so that the lines fit into the narrowest usual terminal. */
  private static String capabilities(List<String> names) {
    if (names.isEmpty()) {
      return "nothing";
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      text.append(i == 0 ? "" : i % CAPABILITIES_IN_LINE == 0 ? ",\n" : ", ").append(names.get(i));
    }
    return text.toString();
  }

  private void field(String name, String value) {
    out.println(
        String.format(java.util.Locale.ROOT, "    %-9s %s", name, indented(value, " ".repeat(14))));
  }

  private static String indented(String text, String indent) {
    return text.strip().replaceAll("\\R", System.lineSeparator() + indent);
  }

  private static List<String> names(Available found) {
    return found.capabilities().stream().map(Capability::name).collect(Collectors.toList());
  }

  private static List<String> lacking(Available found) {
    return Stream.of(Capability.values())
        .filter(capability -> !found.capabilities().contains(capability))
        .map(Capability::name)
        .toList();
  }

  private static Map<String, Object> document(Selection selection, Map<String, Opened> opened) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("ccl4j_version", ToolVersion.text());
    document.put("java", java());
    document.put("system", system());
    document.put(
        "backends",
        selection.candidates().stream()
            .map(c -> backend(c, opened.getOrDefault(c.id(), new Opened(List.of(), ""))))
            .collect(Collectors.toList()));
    Map<String, Object> result = new LinkedHashMap<>();
    ErrorCode failure = selection.failure();
    result.put("chosen", selection.chosen());
    result.put("reason", selection.reason());
    result.put("error", failure == null ? null : failure.text());
    document.put("selection", result);
    document.put("launch", document(Launched.find()));
    return document;
  }

  private static Map<String, Object> java() {
    Map<String, Object> java = new LinkedHashMap<>();
    java.put("version", Runtime.version().toString());
    java.put("vm", ManagementFactory.getRuntimeMXBean().getVmName());
    java.put("vendor", ManagementFactory.getRuntimeMXBean().getVmVendor());
    return java;
  }

  private static Map<String, Object> system() {
    OperatingSystemMXBean bean = ManagementFactory.getOperatingSystemMXBean();
    Map<String, Object> system = new LinkedHashMap<>();
    system.put("name", bean.getName());
    system.put("version", bean.getVersion());
    system.put("architecture", bean.getArch());
    system.put("processors", bean.getAvailableProcessors());
    SharedMemory.find().ifPresent(memory -> system.put("shared_memory", memory.document()));
    return system;
  }

  private static Map<String, Object> backend(Selection.Candidate candidate, Opened opened) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("id", candidate.id());
    entry.put("priority", candidate.priority());
    entry.put("simulated", candidate.simulated());
    if (candidate.probe() instanceof Available found) {
      entry.put("available", true);
      entry.put("version", found.version());
      entry.put("location", found.location());
      entry.put("capabilities", names(found));
      entry.put("failure", opened.failure().isEmpty() ? null : opened.failure());
      entry.put(
          "devices",
          opened.devices().stream().map(DoctorCommand::device).collect(Collectors.toList()));
    } else if (candidate.probe() instanceof Unavailable missing) {
      entry.put("available", false);
      entry.put("reason", missing.reason());
      entry.put("remedy", missing.remedy());
    }
    entry.put("details", candidate.probe().details());
    return entry;
  }

  private static Map<String, Object> device(DeviceInfo info) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("ordinal", info.ordinal());
    entry.put("name", info.name());
    entry.put("bus_id", info.busId());
    entry.put("total_memory_bytes", info.totalMemory());
    return entry;
  }
}
