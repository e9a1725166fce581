package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The list of libraries that the system's loader keeps ({@code /etc/ld.so.cache}), which {@code
 * ldconfig -p} would print. Read here, so that no process has to be started for it.
 */
final class LoaderCache {
  private static final String OLD = "ld.so-1.7.0";
  private static final String NEW = "glibc-ld.so.cache1.1";
  private static final int OLD_HEADER = 16;
  private static final int OLD_ENTRY = 12;
  private static final int HEADER = 48;
  private static final int ENTRY = 24;
  private static final int LONGEST_NAME = 4096;

  private LoaderCache() {}

  /**
   * Looks names up.
   *
   * @param cache the loader's file
   * @param names file names, such as {@code libc.so.6}
   * @return the files with these names, in the loader's order; empty when the list is not there or
   *     not understood
   */
  static List<Path> find(Path cache, Set<String> names) {
    try (BoundedFile file = new BoundedFile(cache)) {
      return find(file.read(0, file.size(), ByteOrder.nativeOrder(), "list"), names);
    } catch (IOException | ElfException e) {
      return List.of();
    }
  }

  private static List<Path> find(ByteBuffer list, Set<String> names) {
    int start = startsWith(list, 0, OLD) ? behindOldList(list) : 0;
    if (!startsWith(list, start, NEW)) {
      return List.of();
    }
    List<Path> found = new ArrayList<>();
    long count = Integer.toUnsignedLong(list.getInt(start + NEW.length()));
    for (long i = 0; i < count && start + HEADER + (i + 1) * ENTRY <= list.limit(); i++) {
      int entry = (int) (start + HEADER + i * ENTRY);
      if (names.contains(text(list, start, list.getInt(entry + 4)))) {
        addPath(found, text(list, start, list.getInt(entry + 8)));
      }
    }
    return found;
  }

  /** Older systems write the list twice, the second time in the newer form. */
  private static int behindOldList(ByteBuffer list) {
    if (list.limit() < OLD_HEADER) {
      return -1;
    }
    long end = OLD_HEADER + OLD_ENTRY * Integer.toUnsignedLong(list.getInt(12));
    long aligned = (end + 7) & ~7L;
    return aligned < list.limit() ? (int) aligned : -1;
  }

  private static boolean startsWith(ByteBuffer list, int at, String text) {
    return at >= 0
        && list.limit() - at >= HEADER
        && text.equals(BoundedFile.text(list, at, text.length(), StandardCharsets.US_ASCII));
  }

  private static String text(ByteBuffer list, int start, int offset) {
    long from = start + Integer.toUnsignedLong(offset);
    long end = from;
    while (end < list.limit() && end - from < LONGEST_NAME && list.get((int) end) != 0) {
      end++;
    }
    return end > from
        ? BoundedFile.text(list, (int) from, (int) (end - from), StandardCharsets.UTF_8)
        : "";
  }

  private static void addPath(List<Path> found, String text) {
    try {
      Path path = Path.of(text);
      if (path.isAbsolute()) {
        found.add(path);
      }
    } catch (InvalidPathException e) {
      // A damaged list names nothing that could be looked at.
    }
  }
}
