package org.ccl4j.api;

import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a backend found out about itself on this machine, by really loading what it needs; or that
 * it was not asked.
 */
public sealed interface ProbeResult {

  /**
   * What the backend looked at, for people: which files it took and why not others, the versions of
   * what lies below it, and what else a report should show.
   *
   * @return name to text of one or more lines, to be read in this order; empty when there is
   *     nothing to tell
   */
  Map<String, String> details();

  /**
   * The backend can be used.
   *
   * @param version the library's version, such as {@code 2.28.9}
   * @param location the file that was loaded, or words where there is none
   * @param devices the number of devices it sees
   * @param capabilities what the loaded library can do beyond the core set
   * @param details what it looked at
   */
  record Available(
      String version,
      String location,
      int devices,
      Set<Capability> capabilities,
      Map<String, String> details)
      implements ProbeResult {

    /**
     * A result with nothing else to tell.
     *
     * @param version as in the record
     * @param location as in the record
     * @param devices as in the record
     * @param capabilities as in the record
     */
    public Available(String version, String location, int devices, Set<Capability> capabilities) {
      this(version, location, devices, capabilities, Map.of());
    }

    /**
     * Copies the collections.
     *
     * @param version as in the record
     * @param location as in the record
     * @param devices as in the record
     * @param capabilities as in the record
     * @param details as in the record
     */
    public Available {
      Objects.requireNonNull(version, "version");
      Objects.requireNonNull(location, "location");
      capabilities =
          capabilities.isEmpty()
              ? Set.of()
              : Collections.unmodifiableSet(EnumSet.copyOf(capabilities));
      details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }
  }

  /**
   * The backend cannot be used.
   *
   * @param reason why, in one sentence or several lines
   * @param remedy what to do about it
   * @param details what it looked at
   */
  record Unavailable(String reason, String remedy, Map<String, String> details)
      implements ProbeResult {

    /**
     * A result with nothing else to tell.
     *
     * @param reason as in the record
     * @param remedy as in the record
     */
    public Unavailable(String reason, String remedy) {
      this(reason, remedy, Map.of());
    }

    /**
     * Requires both texts and copies the details.
     *
     * @param reason as in the record
     * @param remedy as in the record
     * @param details as in the record
     */
    public Unavailable {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(remedy, "remedy");
      details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }
  }

  /**
   * The backend was not examined, because another one was asked for by name and could be taken:
   * what nobody wants is not loaded. It occurs in {@link Ccl#selection()} alone. {@link Ccl#survey}
   * and every error examine all backends, and no backend says it of itself.
   */
  record Unexamined() implements ProbeResult {

    @Override
    public Map<String, String> details() {
      return Map.of();
    }
  }
}
