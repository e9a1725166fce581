package org.ccl4j.core;

import org.jspecify.annotations.Nullable;

/** Keeps the first of several failures and attaches the others to it. */
final class Failures {
  private @Nullable Throwable first;

  /** Runs a step that must not keep later steps from running. */
  void attempt(Runnable step) {
    try {
      step.run();
    } catch (Throwable e) { // checked ones too, which other languages throw from anywhere
      add(e);
    }
  }

  void add(Throwable failure) {
    if (first == null) {
      first = failure;
    } else if (first != failure) {
      first.addSuppressed(failure);
    }
  }

  boolean isEmpty() {
    return first == null;
  }

  void throwFirst() {
    if (first != null) {
      throw Failures.<RuntimeException>unchecked(first);
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T unchecked(Throwable e) throws T {
    throw (T) e;
  }
}
