package org.ccl4j.api;

import java.util.Objects;
import java.util.Set;

/**
 * The backend that a {@link Ccl} carries.
 *
 * @param id such as {@code nvidia/nccl} or {@code cpu/fake}
 * @param version the library's version ({@code ncclGetVersion}, decoded)
 * @param location the file that was loaded, or words where there is none
 * @param simulated true for a backend that only imitates devices
 * @param capabilities what the loaded library can do beyond the core set; immutable
 */
public record BackendInfo(
    String id, String version, String location, boolean simulated, Set<Capability> capabilities) {

  /**
   * Requires all parts.
   *
   * @param id as in the record
   * @param version as in the record
   * @param location as in the record
   * @param simulated as in the record
   * @param capabilities as in the record
   */
  public BackendInfo {
    Objects.requireNonNull(id, "id");
    capabilities = Set.copyOf(capabilities);
  }

  /**
   * Whether the loaded library can do something.
   *
   * @param capability what is asked for
   * @return true when it can
   */
  public boolean can(Capability capability) {
    return capabilities.contains(capability);
  }
}
