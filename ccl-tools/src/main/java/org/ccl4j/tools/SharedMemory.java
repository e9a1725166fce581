package org.ccl4j.tools;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The file system in memory through which ranks of one host reach each other.
 *
 * @param place where it is
 * @param total its bytes
 * @param free the bytes of it that nobody has taken
 */
record SharedMemory(Path place, long total, long free) {
  private static final Path USUAL = Path.of("/dev/shm");

  /** A container gets 64 MiB unless it is asked for more; a few ranks need more than that. */
  private static final long LITTLE = 256L << 20;

  static Optional<SharedMemory> find() {
    try {
      FileStore store = Files.getFileStore(USUAL);
      return Optional.of(new SharedMemory(USUAL, store.getTotalSpace(), store.getUsableSpace()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  String describe() {
    String text =
        place + ", " + ByteSize.format(total) + " in all, " + ByteSize.format(free) + " free";
    return free < LITTLE
        ? text
            + System.lineSeparator()
            + "         That is little for several ranks on this host; a container gets more by"
            + " --shm-size=1g."
        : text;
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("path", place.toString());
    document.put("total_bytes", total);
    document.put("free_bytes", free);
    return document;
  }
}
