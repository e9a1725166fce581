package org.ccl4j.tools;

import java.util.concurrent.atomic.AtomicReference;
import org.ccl4j.tck.CclConformance;
import org.ccl4j.tck.Kit;
import org.jspecify.annotations.Nullable;

/** The conformance kit for the backend that was picked on the command line. */
final class SelectedBackend extends CclConformance {
  /** JUnit makes the instances, so what they need cannot be handed to them. */
  private static final AtomicReference<@Nullable Kit> KIT = new AtomicReference<>();

  /** Called by JUnit. */
  SelectedBackend() {}

  static void use(Kit kit) {
    KIT.set(kit);
  }

  @Override
  public Kit kit() {
    Kit kit = KIT.get();
    if (kit == null) {
      throw new IllegalStateException("no backend was picked");
    }
    return kit;
  }
}
