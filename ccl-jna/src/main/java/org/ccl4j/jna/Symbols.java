package org.ccl4j.jna;

import java.util.List;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.NativeLibraryHandle;

/** Functions that go by several names. */
final class Symbols {
  private Symbols() {}

  /** The first spelling that the library has; absent when it has none, or there is none. */
  static CFunction find(NativeLibraryHandle library, List<String> spellings) {
    CFunction found = CFunction.absent(spellings.isEmpty() ? "none" : spellings.get(0));
    for (String spelling : spellings) {
      if (!found.isPresent()) {
        found = library.function(spelling);
      }
    }
    return found;
  }
}
