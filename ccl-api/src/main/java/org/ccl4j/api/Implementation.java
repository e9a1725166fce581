package org.ccl4j.api;

import org.ccl4j.api.internal.CclFactory;
import org.ccl4j.api.internal.RankContextFactory;
import org.ccl4j.api.internal.Services;

/** Finds the modules that do what this API promises. */
final class Implementation {
  private Implementation() {}

  static CclFactory find(ClassLoader loader) {
    return find(CclFactory.class, loader, "the implementation", "ccl-core");
  }

  static RankContextFactory ranks(ClassLoader loader) {
    return find(RankContextFactory.class, loader, "what gets ranks together", "ccl-bootstrap");
  }

  private static <T> T find(Class<T> service, ClassLoader loader, String what, String artifact) {
    Throwable broken = null;
    for (Services.Loaded<T> loaded : Services.load(service, loader)) {
      if (loaded instanceof Services.Loaded.Working<T> working) {
        return working.provider();
      }
      broken = ((Services.Loaded.Broken<T>) loaded).error();
    }
    throw new CclUsageException(
        ErrorCode.NO_IMPLEMENTATION,
        what
            + " is not on the class path. Add the artifact org.ccl4j:"
            + artifact
            + " at run time.",
        ErrorDetails.NONE,
        broken);
  }
}
