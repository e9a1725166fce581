package org.ccl4j.api;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/** What a backend found out about itself on this machine, by really loading what it needs. */
public sealed interface ProbeResult {

  /**
   * The backend can be used.
   *
   * @param version the library's version, such as {@code 2.28.9}
   * @param location the file that was loaded, or words where there is none
   * @param devices the number of devices it sees
   * @param capabilities what the loaded library can do beyond the core set
   */
  record Available(String version, String location, int devices, Set<Capability> capabilities)
      implements ProbeResult {

    /**
     * Copies the capabilities.
     *
     * @param version as in the record
     * @param location as in the record
     * @param devices as in the record
     * @param capabilities as in the record
     */
    public Available {
      Objects.requireNonNull(version, "version");
      Objects.requireNonNull(location, "location");
      capabilities =
          capabilities.isEmpty()
              ? Set.of()
              : java.util.Collections.unmodifiableSet(EnumSet.copyOf(capabilities));
    }
  }

  /**
   * The backend cannot be used.
   *
   * @param reason why, in one sentence or several lines
   * @param remedy what to do about it
   */
  record Unavailable(String reason, String remedy) implements ProbeResult {

    /**
     * Requires both texts.
     *
     * @param reason as in the record
     * @param remedy as in the record
     */
    public Unavailable {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(remedy, "remedy");
    }
  }
}
