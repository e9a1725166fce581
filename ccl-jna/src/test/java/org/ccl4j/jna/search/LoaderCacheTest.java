package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoaderCacheTest {
  private static final List<String> ENTRIES =
      List.of(
          "libthing.so.2",
          "/opt/a/libthing.so.2",
          "libc.so.6",
          "/lib/libc.so.6",
          "libthing.so.2",
          "/opt/b/libthing.so.2",
          "libbad.so",
          "not/absolute");

  @TempDir private Path folder;

  /** A list as the system's tool writes it, alone or behind one in the older form. */
  static byte[] cache(List<String> entries, int olderEntries) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.nativeOrder());
    if (olderEntries >= 0) {
      bytes.put("ld.so-1.7.0\0".getBytes(StandardCharsets.US_ASCII)).putInt(olderEntries);
      bytes.position((bytes.position() + 12 * olderEntries + 7) & ~7);
    }
    int start = bytes.position();
    int count = entries.size() / 2;
    bytes.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII)).putInt(count);
    bytes.position(start + 48);
    int text = 48 + 24 * count;
    for (int i = 0; i < entries.size(); i += 2) {
      bytes.putInt(0x303).putInt(text);
      text += entries.get(i).length() + 1;
      bytes.putInt(text).putInt(0).putLong(0);
      text += entries.get(i + 1).length() + 1;
    }
    entries.forEach(entry -> bytes.put(entry.getBytes(StandardCharsets.UTF_8)).put((byte) 0));
    byte[] result = new byte[bytes.position()];
    bytes.get(0, result);
    return result;
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 3, 4})
  void namesAreFoundInBothForms(int olderEntries) throws IOException {
    Path file = Files.write(folder.resolve("cache"), cache(ENTRIES, olderEntries));

    assertEquals(
        List.of(Path.of("/opt/a/libthing.so.2"), Path.of("/opt/b/libthing.so.2")),
        LoaderCache.find(file, Set.of("libthing.so.2", "libbad.so")));
  }

  @Test
  void withoutAListNothingIsFound() throws IOException {
    assertEquals(List.of(), LoaderCache.find(folder.resolve("none"), Set.of("libc.so.6")));
    assertEquals(List.of(), LoaderCache.find(folder, Set.of("libc.so.6")));
    Path empty = Files.createFile(folder.resolve("empty"));
    assertEquals(List.of(), LoaderCache.find(empty, Set.of("libc.so.6")));
  }

  @Test
  void theListOfThisSystemHasTheCLibrary() {
    Path system = Path.of("/etc/ld.so.cache");
    assumeTrue(Files.isReadable(system), "this system has no " + system);

    assertTrue(
        LoaderCache.find(system, Set.of("libc.so.6")).stream().anyMatch(Files::exists),
        "libc.so.6 is in it");
  }

  @Test
  void damagedListsDoNoHarm() throws IOException {
    Random random = new Random(20261121);
    int same = 0;
    for (int round = 0; round < 4000; round++) {
      byte[] bytes = cache(ENTRIES, round % 2 == 0 ? -1 : 3);
      for (int change = 0; change < 3; change++) {
        ByteBuffer.wrap(bytes)
            .order(ByteOrder.nativeOrder())
            .putInt(
                random.nextInt(bytes.length / 4) * 4, random.nextBoolean() ? -1 : random.nextInt());
      }
      int length = round % 5 == 0 ? random.nextInt(bytes.length) : bytes.length;
      Path file = Files.write(folder.resolve("damaged"), java.util.Arrays.copyOf(bytes, length));
      List<Path> found = LoaderCache.find(file, Set.of("libthing.so.2"));
      same += found.size() == 2 ? 1 : 0;
    }
    int count = same;
    assertTrue(count < 3000, () -> count + " of 4000 were not damaged at all");
  }
}
