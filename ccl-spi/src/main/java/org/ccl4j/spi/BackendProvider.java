package org.ccl4j.spi;

import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;

/**
 * How a backend is found: one public final class with a public constructor without parameters,
 * named in {@code META-INF/services} (by {@code @AutoService}). Loading the class, constructing it
 * and asking for {@link #id}, {@link #priority} and {@link #simulated} must touch nothing native
 * and read no configuration: it happens whichever backend is wanted.
 */
public interface BackendProvider {
  /** The priority of a vendor's library: taken before anything of lower priority. */
  int PRIORITY_VENDOR = 100;

  /** The priority of a simulated backend. */
  int PRIORITY_SIMULATED = 0;

  /**
   * The backend's id, {@code vendor/library} in lower case, such as {@code cpu/fake}. Unique on a
   * class path.
   *
   * @return the id
   */
  String id();

  /**
   * Which of several available backends is taken unasked: the highest. Equal priorities are an
   * error for the user to settle.
   *
   * @return {@link #PRIORITY_VENDOR}, {@link #PRIORITY_SIMULATED} or a number of the provider's own
   */
  int priority();

  /**
   * Whether the backend only imitates devices. Such a backend is never taken unasked while a real
   * one is on the class path.
   *
   * @return true for a simulation
   */
  boolean simulated();

  /**
   * Finds out, by really loading what is needed, whether the backend can be used on this machine.
   * Never throws; whatever goes wrong is a reason. May be called often; expensive findings should
   * be remembered. Not called where another backend is asked for by name and can be taken.
   *
   * @param settings the configuration
   * @return available, or why not and what to do; never {@link ProbeResult.Unexamined}
   */
  ProbeResult probe(Settings settings);

  /**
   * Opens the backend. Called only after {@link #probe} found it available with the same settings.
   *
   * @param settings the configuration
   * @return the open backend
   * @throws org.ccl4j.api.CclException when opening fails all the same, or when a setting of the
   *     backend is invalid
   */
  Backend open(Settings settings);
}
