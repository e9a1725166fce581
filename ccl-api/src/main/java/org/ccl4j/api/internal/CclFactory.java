package org.ccl4j.api.internal;

import org.ccl4j.api.Ccl;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.Selection;

/**
 * What {@code ccl-core} offers to {@link Ccl#open()}.
 *
 * <p>This interface is internal to the project and may change or go away at any time.
 */
public interface CclFactory {

  /**
   * Selects a backend and opens it. Probes only the one that is asked for by name, if any, unless
   * it cannot be taken.
   *
   * @param options what the caller asked for
   * @return the open library
   */
  Ccl open(OpenOptions options);

  /**
   * Probes every backend and says which would be taken.
   *
   * @param options what the caller asked for
   * @return the report
   */
  Selection survey(OpenOptions options);
}
