package org.ccl4j.fake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The shared memory of one process as any process sees it: files of 1 GiB each, of which only the
 * part in use takes memory. A place is an offset from the start of the first.
 */
final class Slabs {
  private final Path home;
  private final List<Segment> mapped = new ArrayList<>();

  Slabs(Path home) {
    this.home = home;
  }

  static Path file(Path home, int index) {
    return home.resolve("slab-" + index);
  }

  /** The segments from the one that holds an offset on, as far as they exist. */
  synchronized Segment[] from(long offset) throws IOException {
    int first = (int) (offset >>> Segment.SHIFT);
    while (mapped.size() <= first || mapNext()) {
      if (mapped.size() <= first && !mapNext()) {
        throw new IOException("there is no memory at " + offset + " of " + home);
      }
    }
    return mapped.subList(first, mapped.size()).toArray(new Segment[0]);
  }

  private boolean mapNext() throws IOException {
    Path file = file(home, mapped.size());
    if (!Files.exists(file)) {
      return false;
    }
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      ByteBuffer bytes = channel.map(MapMode.READ_WRITE, 0, Segment.BYTES);
      mapped.add(new Segment(bytes));
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
