package org.ccl4j.core;

import java.lang.ref.Cleaner;

/**
 * Reports objects that their user let go without closing them. It never closes them: to destroy a
 * communicator is a collective act, and no garbage collector may decide when it happens.
 */
final class Leaks {
  static final String LOGGER = "org.ccl4j.leaks";

  private final boolean on;

  Leaks(boolean on) {
    this.on = on;
  }

  /**
   * Watches an object.
   *
   * @param held what the user holds
   * @param resource what it stands for; must not refer to {@code held}
   */
  void watch(Object held, Resource resource) {
    if (on) {
      Report report = new Report(resource, new Throwable(resource + " was made here"));
      resource.reportIfForgotten(Shared.CLEANER.register(held, report));
    }
  }

  /** Made on first use, so that a program that switched the reports off has no thread for them. */
  private static final class Shared {
    static final Cleaner CLEANER = Cleaner.create();
  }

  private record Report(Resource resource, Throwable made) implements Runnable {
    @Override
    public void run() {
      if (!resource.isClosed()) {
        System.getLogger(LOGGER)
            .log(
                System.Logger.Level.WARNING,
                resource
                    + " became unreachable without being closed. Close it where it was made,"
                    + " best with try-with-resources.",
                made);
      }
    }
  }
}
