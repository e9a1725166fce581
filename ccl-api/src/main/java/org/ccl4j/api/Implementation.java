package org.ccl4j.api;

import org.ccl4j.api.internal.CclFactory;
import org.ccl4j.api.internal.Services;

/** Finds ccl-core, the one implementation of this API. */
final class Implementation {
  private Implementation() {}

  static CclFactory find(ClassLoader loader) {
    Throwable broken = null;
    for (Services.Loaded<CclFactory> loaded : Services.load(CclFactory.class, loader)) {
      if (loaded instanceof Services.Loaded.Working<CclFactory> working) {
        return working.provider();
      }
      broken = ((Services.Loaded.Broken<CclFactory>) loaded).error();
    }
    throw new CclUsageException(
        ErrorCode.NO_IMPLEMENTATION,
        "the implementation is not on the class path. Add the artifact org.ccl4j:ccl-core at run time.",
        ErrorDetails.NONE,
        broken);
  }
}
