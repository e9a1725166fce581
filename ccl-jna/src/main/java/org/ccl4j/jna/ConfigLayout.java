package org.ccl4j.jna;

import static org.ccl4j.jna.ConfigField.Type.INT;
import static org.ccl4j.jna.ConfigField.Type.STRING;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.jna.sys.Cells;
import org.jspecify.annotations.Nullable;

/**
 * The structure by which a communicator is configured, in the largest form known; older libraries
 * read as much of it as they know. It starts with its size, a magic number and the version.
 *
 * @param newest the newest version of the library whose members are all here
 * @param bytes its size in that version
 * @param fields the members after the version; empty where the library's structure is not known
 */
public record ConfigLayout(int newest, int bytes, List<ConfigField> fields) {
  /** For libraries that are connected without a configuration. */
  public static final ConfigLayout UNKNOWN = new ConfigLayout(0, 0, List.of());

  /** That of NCCL, whose numbers RCCL shares. */
  public static final ConfigLayout COMMON =
      new ConfigLayout(
          23200,
          120,
          List.of(
              internal("blocking", 16, INT, 21400),
              option("cgaClusterSize", 20, 21700, TuningOption.CLUSTER_SIZE),
              option("minCTAs", 24, 21700, TuningOption.MIN_CTAS),
              option("maxCTAs", 28, 21700, TuningOption.MAX_CTAS),
              new ConfigField("netName", 32, STRING, 21700, Optional.of(TuningOption.NETWORK)),
              option("splitShare", 40, 21800, TuningOption.SPLIT_SHARE),
              // The library's own test is for 2.25; the member came with 2.26.
              option("trafficClass", 44, 22600, TuningOption.TRAFFIC_CLASS),
              internal("commName", 48, STRING, 22700),
              option("collnetEnable", 56, 22700, TuningOption.COLLNET),
              option("CTAPolicy", 60, 22700, TuningOption.CTA_POLICY),
              option("shrinkShare", 64, 22700, TuningOption.SHRINK_SHARE),
              option("nvlsCTAs", 68, 22700, TuningOption.SWITCH_CTAS),
              option("nChannelsPerNetPeer", 72, 22800, TuningOption.CHANNELS_PER_NETWORK_PEER),
              option("nvlinkCentricSched", 76, 22800, TuningOption.LINK_CENTRIC_SCHEDULING),
              option("graphUsageMode", 80, 22900, TuningOption.GRAPH_USAGE),
              option("numRmaCtx", 84, 22900, TuningOption.ONE_SIDED_CONTEXTS),
              option("maxP2pPeers", 88, 23003, TuningOption.MAX_PEERS),
              option("graphStreamOrdering", 92, 23007, TuningOption.GRAPH_STREAM_ORDERING),
              option("launchOrderImplicit", 96, 23100, TuningOption.IMPLICIT_LAUNCH_ORDER),
              option("numRmaSig", 100, 23100, TuningOption.ONE_SIDED_SIGNALS),
              option("rmaEagerInit", 104, 23100, TuningOption.EARLY_ONE_SIDED),
              option("hostCftMode", 108, 23100, TuningOption.FABRIC_ENDPOINTS),
              option("nvlsHostMode", 112, 23200, TuningOption.SWITCH_USES_LEFT_OUT)));

  static final int MAGIC = 0xcafebeef;
  static final int UNSET = Integer.MIN_VALUE;

  private static final int MAX_CTAS = 64;

  /**
   * Copies the fields.
   *
   * @param newest as in the record
   * @param bytes as in the record
   * @param fields as in the record
   */
  public ConfigLayout {
    fields = List.copyOf(fields);
  }

  private static ConfigField internal(String name, int offset, ConfigField.Type type, int since) {
    return new ConfigField(name, offset, type, since, Optional.empty());
  }

  private static ConfigField option(String name, int offset, int since, TuningOption option) {
    return new ConfigField(name, offset, INT, since, Optional.of(option));
  }

  /** Whether a library of this version reads such a structure at all. */
  boolean isKnownTo(int version) {
    return fields.stream().anyMatch(field -> field.since() <= version);
  }

  /** The options that a library of this version reads. */
  Set<TuningOption> options(int version) {
    EnumSet<TuningOption> known = EnumSet.noneOf(TuningOption.class);
    fields.stream()
        .filter(field -> field.since() <= version)
        .forEach(field -> field.option().ifPresent(known::add));
    return known;
  }

  /**
   * The structure for a communicator.
   *
   * @param blocking whether its calls return only when the library has done its part
   */
  Config write(int version, Tuning tuning, String name, boolean blocking) {
    Cells cells = new Cells(bytes);
    cells.putLong(0, bytes);
    cells.putInt(8, MAGIC);
    // By its version the library forgets members that the caller could not have known.
    cells.putInt(12, Math.min(version, newest));
    Cells network = tuning.network().isEmpty() ? null : Cells.of(tuning.network());
    Cells label = name.isEmpty() ? null : Cells.of(name);
    for (ConfigField field : fields) {
      if (field.type() == INT) {
        cells.putInt(field.offset(), value(field, tuning, blocking));
      } else {
        Cells text = field.option().isPresent() ? network : label;
        cells.putLong(field.offset(), text == null ? 0 : text.address());
      }
    }
    return new Config(cells, network, label);
  }

  private static int value(ConfigField field, Tuning tuning, boolean blocking) {
    if (field.option().isEmpty()) {
      return blocking ? 1 : 0;
    }
    TuningOption option = field.option().get();
    OptionalInt asked = tuning.value(option);
    // Libraries compare the two even where the upper one is not set, and refuse.
    if (option == TuningOption.MAX_CTAS
        && asked.isEmpty()
        && tuning.value(TuningOption.MIN_CTAS).isPresent()) {
      return Math.max(MAX_CTAS, tuning.value(TuningOption.MIN_CTAS).getAsInt());
    }
    return asked.orElse(UNSET);
  }

  /**
   * A written structure with the strings it points to.
   *
   * @param cells the structure
   * @param network for reachability
   * @param label for reachability
   */
  record Config(Cells cells, @Nullable Cells network, @Nullable Cells label)
      implements AutoCloseable {
    long address() {
      return cells.address();
    }

    @Override
    public void close() {
      cells.close();
      if (network != null) {
        network.close();
      }
      if (label != null) {
        label.close();
      }
    }
  }
}
