package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Says how much shared memory there is where a library complains of it. Its own words name a file
 * and a number of bytes; that a container has little of it unless it asks for more they leave out.
 */
public final class SharedMemoryAdvice {
  private static final Path PLACE = Path.of("/dev/shm");

  private SharedMemoryAdvice() {}

  /**
   * Adds the advice where a library speaks of shared memory.
   *
   * @param said what the library said
   * @return that, or with the advice behind it
   */
  public static String to(String said) {
    return said.contains(PLACE.toString()) || said.contains("shared memory")
        ? said + " (" + state() + ")"
        : said;
  }

  private static String state() {
    try {
      FileStore store = Files.getFileStore(PLACE);
      return "%s has %d MiB, of which %d MiB are free; a container gets more by --shm-size=1g"
          .formatted(PLACE, store.getTotalSpace() >> 20, store.getUsableSpace() >> 20);
    } catch (IOException e) {
      return "%s cannot be looked at: %s".formatted(PLACE, e);
    }
  }
}
