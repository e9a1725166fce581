package org.ccl4j.stub;

import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.jna.sys.NativeLibraryHandle;

/** What all libraries of the stub in this process have in common: settings and violations. */
public final class StubControl {
  private static final int OK = 0;

  private StubControl() {}

  private static CFunction function(String symbol) {
    return NativeLibraryHandle.open(StubBuild.get().core().toString()).function(symbol);
  }

  /**
   * Changes a setting; {@code core.h} lists them. Those of one process share them.
   *
   * @param key such as {@code devices}
   * @param value for that key
   * @throws IllegalArgumentException when the stub does not understand it
   */
  public static void configure(String key, String value) {
    try (Cells keyText = Cells.of(key);
        Cells valueText = Cells.of(value)) {
      int status = function("stub_configure").call(keyText.address(), valueText.address());
      if (status != OK) {
        throw new IllegalArgumentException(key + " = " + value);
      }
    }
  }

  /**
   * How often the stub was called in a way in which no correct binding calls a library. The stub
   * has printed each.
   *
   * @return since the process began
   */
  public static int violations() {
    return function("stub_violations").call();
  }

  /**
   * What was in the newest configuration of a call that was in order.
   *
   * @return members and values, as {@code ccl.c} writes them; empty when there was none
   */
  public static String lastCallConfig() {
    return Cells.stringAt(function("stub_last_call_config").callForPointer(0));
  }

  /**
   * The newest violation.
   *
   * @return for a person; empty when there was none
   */
  public static String lastViolation() {
    return Cells.stringAt(function("stub_last_violation").callForPointer(0));
  }
}
