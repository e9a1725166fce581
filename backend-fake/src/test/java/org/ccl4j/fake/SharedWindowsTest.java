package org.ccl4j.fake;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The same over memory that processes share. */
class SharedWindowsTest extends WindowsTest {
  @TempDir static Path folder;

  @Override
  FakeFixture open() {
    return OtherProcess.open(folder);
  }
}
