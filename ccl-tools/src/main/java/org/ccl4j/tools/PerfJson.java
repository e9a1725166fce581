package org.ccl4j.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.ccl4j.api.DeviceInfo;
import org.jspecify.annotations.Nullable;

/** The results as a JSON file, with the names that nccl-tests gives to the same things. */
final class PerfJson implements PerfPrinter {
  private static final int FORMAT_VERSION = 1;

  private final Path file;
  private final boolean created;
  private final Map<String, Object> document = new LinkedHashMap<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();

  private PerfJson(Path file, boolean created) {
    this.file = file;
    this.created = created;
  }

  /**
   * Opens the file at once: it must not turn out after the measurement that it cannot be written.
   */
  static PerfJson open(String name) {
    try {
      Path file = Path.of(name);
      boolean created = Files.notExists(file);
      Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
      return new PerfJson(file, created);
    } catch (IOException | InvalidPathException e) {
      throw UsageException.notAllowed(
          "--json", name, "a file that can be written (" + e.getClass().getSimpleName() + ")");
    }
  }

  /** Leaves no empty file behind where there will be no results. */
  void abandon() {
    if (created) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The failure that led here is the one to report.
      }
    }
  }

  @Override
  public void begin(PerfEnvironment environment) {
    PerfConfig config = environment.config();
    Map<String, Object> sizes = new LinkedHashMap<>();
    sizes.put("operation", config.operation().text());
    sizes.put("ranks", environment.devices().size());
    sizes.put("ranks_are", environment.ranksAre().text());
    sizes.put("minimum_bytes", config.sizes().min());
    sizes.put("maximum_bytes", config.sizes().max());
    if (config.sizes().step() > 0) {
      sizes.put("step_bytes", config.sizes().step());
    } else {
      sizes.put("step_factor", config.sizes().factor());
    }
    sizes.put("warmup_iters", config.warmups());
    sizes.put(
        "iterations",
        config.iterations() == PerfConfig.AUTO_ITERATIONS ? null : config.iterations());
    sizes.put("validation", config.checks());
    sizes.put("graph", config.graphLaunches());
    sizes.put("memory", config.memory().with(environment.backend()).text());
    List<Map<String, Object>> devices = new ArrayList<>();
    for (int rank = 0; rank < environment.devices().size(); rank++) {
      DeviceInfo device = environment.devices().get(rank);
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("rank", rank);
      entry.put("device", device.ordinal());
      entry.put("bus_id", device.busId());
      entry.put("device_info", device.name());
      devices.add(entry);
    }
    sizes.put("devices", devices);
    sizes.put("skipped", environment.skipped());

    Map<String, Object> backend = new LinkedHashMap<>();
    backend.put("id", environment.backend().id());
    backend.put("version", environment.backend().version());
    backend.put("location", environment.backend().location());
    backend.put("simulated", environment.backend().simulated());

    document.put("version", FORMAT_VERSION);
    document.put("ccl4j_version", ToolVersion.text());
    document.put("java_version", Runtime.version().toString());
    document.put("backend", backend);
    document.put("config", sizes);
    document.put("results", rows);
  }

  @Override
  public void row(PerfRow row) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("size", row.size());
    entry.put("count", row.count());
    entry.put("type", TypeName.of(row.series().type()));
    entry.put("redop", row.series().reductionText());
    entry.put("root", row.series().root());
    entry.put("out_of_place", timing(row.outOfPlace()));
    entry.put("in_place", timing(row.inPlace()));
    rows.add(entry);
  }

  private static @Nullable Map<String, @Nullable Object> timing(PerfRow.@Nullable Timing timing) {
    if (timing == null) {
      return null;
    }
    Map<String, @Nullable Object> entry = new LinkedHashMap<>();
    entry.put("iterations", timing.iterations());
    entry.put("time", timing.micros());
    entry.put("alg_bw", timing.algorithmBandwidth());
    entry.put("bus_bw", timing.busBandwidth());
    entry.put("nwrong", orNull(timing.wrong()));
    return entry;
  }

  private static @Nullable Long orNull(OptionalLong number) {
    return number.isPresent() ? number.getAsLong() : null;
  }

  @Override
  public void end(PerfSummary summary) {
    Map<String, @Nullable Object> wrong = new LinkedHashMap<>();
    wrong.put("count", orNull(summary.wrong()));
    wrong.put("okay", !summary.failed());
    document.put("out_of_bounds", wrong);
    document.put("average_bus_bandwidth", Map.of("bandwidth", summary.averageBusBandwidth()));
    try {
      Files.writeString(file, JsonText.of(document) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
