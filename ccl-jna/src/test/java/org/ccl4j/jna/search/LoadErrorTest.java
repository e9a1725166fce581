package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The messages are those of the GNU loader. */
final class LoadErrorTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/lib/libc.so.6: version `GLIBC_2.38' not found (required by /x.so)"
            + "|needs GLIBC_2.38 of the C or C++ library, which this system's is too old for",
        "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /x.so)"
            + "|needs GLIBCXX_3.4.32 of the C or C++ library, which this system's is too old for",
        "/y.so: version `Y_2' not found (required by /x.so)"
            + "|needs version Y_2 of a library of which this system has another",
        "libnuma.so.1: cannot open shared object file: No such file or directory"
            + "|needs libnuma.so.1, which the system's loader does not find",
        "/x.so: undefined symbol: missing_one, version X_1"
            + "|needs the symbol missing_one, which none of its libraries has",
        "/x.so: cannot allocate memory in static TLS block"
            + "|finds no room for its thread-local data in a process that runs already",
        "/x.so: failed to map segment from shared object"
            + "|may not be run: the loader says failed to map segment from shared object",
        "something new|is refused by the system's loader: something new"
      })
  void whatTheLoaderSaysIsExplained(String message, String expected) {
    Refusal refusal = Refusal.ofLoadError(message);

    assertEquals(expected, refusal.reason());
    assertFalse(refusal.remedy().isEmpty());
  }
}
