package org.ccl4j.fake;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The same with memory that other processes can reach. */
class SharedMemoryTest extends MemoryTest {
  @TempDir Path folder;
  private SharedMedium medium;

  @BeforeEach
  void open() throws IOException {
    medium = SharedMedium.open(folder.toString());
  }

  @AfterEach
  void close() {
    medium.close();
  }

  @Override
  Medium medium() {
    return medium;
  }
}
