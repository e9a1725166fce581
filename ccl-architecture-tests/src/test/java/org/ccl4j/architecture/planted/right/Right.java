package org.ccl4j.architecture.planted.right;

import org.ccl4j.architecture.planted.left.Left;
import org.jspecify.annotations.Nullable;

/** The other half. */
public final class Right {
  public @Nullable Left left;
}
