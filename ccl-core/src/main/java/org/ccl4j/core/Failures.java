package org.ccl4j.core;

import org.jspecify.annotations.Nullable;

/** Keeps the first of several failures and attaches the others to it. */
final class Failures {
  private @Nullable Throwable first;

  /** Runs a step that must not keep later steps from running. */
  void attempt(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
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
    if (first instanceof RuntimeException e) {
      throw e;
    }
    if (first instanceof Error e) {
      throw e;
    }
  }
}
