package org.ccl4j.architecture.planted.left;

import org.ccl4j.architecture.planted.right.Right;
import org.jspecify.annotations.Nullable;

/** Half of a cycle. */
public final class Left {
  public @Nullable Right right;
}
