package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ElfFileTest {
  private static final Set<String> WANTED =
      Set.of("JNU_ThrowByName", "JNI_OnLoad", "malloc", "noSuchSymbolAnywhere");

  @TempDir private Path folder;

  @Test
  void aLibraryOfTheJdkIsRead() throws Exception {
    ElfFile file = ElfFile.read(CLibraries.ofTheJdk(), WANTED);

    assertEquals(ElfHeader.SHARED_LIBRARY, file.header().type());
    assertEquals("libjava.so", file.soname());
    assertTrue(file.needed().contains("libjvm.so"), () -> "" + file.needed());
    assertTrue(file.symbols().contains("JNU_ThrowByName"), () -> "" + file.symbols());
    assertTrue(file.header().fits(ElfHeader.ofThisProcess().orElseThrow()));
  }

  @Test
  void whatALibraryNeedsFromOthersIsNoSymbolOfIts() throws Exception {
    ElfFile file = ElfFile.read(CLibraries.ofTheJdk(), WANTED);

    assertTrue(!file.symbols().contains("malloc"), () -> "" + file.symbols());
    assertTrue(!file.symbols().contains("noSuchSymbolAnywhere"), () -> "" + file.symbols());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "sysv", "both"})
  void symbolsAreFoundThroughEitherHashTable(String style) throws Exception {
    Path library =
        CLibraries.compile(
            folder.resolve("libthing.so.2"),
            CLibraries.GOOD
                + "static int hidden(void) { return 1; }\nint use = (int) sizeof(hidden);",
            "-Wl,--hash-style=" + style,
            "-Wl,-soname,libthing.so.2");

    ElfFile file =
        ElfFile.read(library, Set.of("thingGetVersion", "thingSend", "thingGather", "hidden"));

    assertEquals("libthing.so.2", file.soname());
    assertEquals(Set.of("thingGetVersion", "thingSend", "thingGather"), file.symbols());
  }

  @Test
  void aLibraryWithoutAnySymbolHasNone() throws Exception {
    Path library =
        CLibraries.compile(
            folder.resolve("libempty.so"), "static int nothing;", "-nostdlib", "-nostartfiles");

    assertEquals(Set.of(), ElfFile.read(library, Set.of("nothing")).symbols());
  }

  @ParameterizedTest
  @CsvSource({
    "0,   'is empty'",
    "3,   'is no library: it does not begin as an ELF file does'",
    "10,  'is cut off or damaged: its header would lie behind its end, at 10 bytes'",
    "63,  'is cut off or damaged: its header would lie behind its end, at 63 bytes'",
    "200, 'is cut off or damaged: its program headers would lie behind its end, at 200 bytes'"
  })
  void theBeginningOfALibraryIsNone(int length, String expected) throws IOException {
    byte[] whole = Files.readAllBytes(CLibraries.ofTheJdk());
    Path file = Files.write(folder.resolve("part"), Arrays.copyOf(whole, length));

    ElfException thrown = assertThrows(ElfException.class, () -> ElfFile.read(file, WANTED));

    assertEquals(expected, thrown.getMessage());
  }

  @Test
  void anyLostPartThatIsLoadedIsNoticed() throws IOException {
    byte[] whole = Files.readAllBytes(CLibraries.ofTheJdk());
    int loaded = loadedBytes(whole);

    for (int length : new int[] {1000, loaded / 2, loaded - 1}) {
      Path file = Files.write(folder.resolve("part"), Arrays.copyOf(whole, length));
      ElfException thrown = assertThrows(ElfException.class, () -> ElfFile.read(file, WANTED));
      assertEquals(ElfException.Kind.CUT_OFF, thrown.kind(), thrown.getMessage());
    }
  }

  private static int loadedBytes(byte[] library) {
    ByteBuffer bytes = ByteBuffer.wrap(library).order(ByteOrder.nativeOrder());
    int end = 0;
    for (int i = 0; i < bytes.getShort(56); i++) {
      int at = (int) bytes.getLong(32) + i * bytes.getShort(54);
      if (bytes.getInt(at) == 1) {
        end = (int) Math.max(end, bytes.getLong(at + 8) + bytes.getLong(at + 32));
      }
    }
    return end;
  }

  @ParameterizedTest
  @CsvSource({
    "'!<arch>\n/', 'is no library but a static library'",
    "'version https://git-lfs.github.com/spec/v1', 'is no library but a placeholder of Git LFS, whose content was not fetched'",
    "'\n  <!DOCTYPE html>', 'is no library but a web page'",
    "'/* GNU ld script', 'is no library but a script for the linker, not a library'",
    "'hello, world', 'is no library: it does not begin as an ELF file does'"
  })
  void otherFilesAreCalledByTheirName(String content, String expected) throws IOException {
    Path file = Files.write(folder.resolve("other"), content.getBytes(StandardCharsets.UTF_8));

    ElfException thrown = assertThrows(ElfException.class, () -> ElfFile.read(file, WANTED));

    assertEquals(expected, thrown.getMessage());
    assertEquals(ElfException.Kind.NO_ELF, thrown.kind());
  }

  /** Whatever is in a file, reading it ends soon and with a finding. */
  @Test
  void damagedLibrariesAreReadOrRefusedAndNothingElse() throws IOException {
    byte[] whole = Files.readAllBytes(CLibraries.ofTheJdk());
    Random random = new Random(20261121);
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] damaged = whole.clone();
      damage(damaged, random, i);
      Path file = Files.write(folder.resolve("damaged"), damaged);
      try {
        ElfFile.read(file, WANTED);
      } catch (ElfException e) {
        refused++;
      }
    }
    int count = refused;
    assertTrue(count > 500, () -> "only " + count + " were refused, so hardly any was damaged");
  }

  /** Mostly in the headers and in the tables at the beginning, with the values that hurt. */
  private static void damage(byte[] bytes, Random random, int round) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    long[] values = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, bytes.length, 0x7fffffff, 1L << 32};
    int reach = round % 3 == 0 ? 64 : round % 3 == 1 ? 64 + 12 * 56 : bytes.length - 8;
    for (int change = 0; change <= random.nextInt(4); change++) {
      int at = random.nextInt(reach);
      // The first bytes say that it is a library at all.
      if (at >= 4 || round % 16 == 0) {
        if (random.nextBoolean()) {
          buffer.put(at, (byte) random.nextInt());
        } else {
          buffer.putLong(at & ~7, values[random.nextInt(values.length)]);
          buffer.putInt(0, round % 16 == 0 ? buffer.getInt(0) : 0x464c457f);
        }
      }
    }
  }

  /** The dynamic section and the tables it leads to lie anywhere; each entry is made wrong. */
  @Test
  void everyEntryThatLeadsSomewhereIsDoubted() throws Exception {
    byte[] whole = Files.readAllBytes(CLibraries.ofTheJdk());
    ByteBuffer original = ByteBuffer.wrap(whole).order(ByteOrder.nativeOrder());
    int dynamic = 0;
    for (int i = 0; i < original.getShort(56); i++) {
      int at = (int) original.getLong(32) + i * original.getShort(54);
      dynamic = original.getInt(at) == 2 ? (int) original.getLong(at + 8) : dynamic;
    }
    assertTrue(dynamic > 0);
    int refused = 0;
    for (int entry = dynamic; original.getLong(entry) != 0; entry += 16) {
      for (long value : new long[] {-1, Long.MIN_VALUE, whole.length, 1L << 40, 3}) {
        byte[] damaged = whole.clone();
        ByteBuffer.wrap(damaged).order(ByteOrder.nativeOrder()).putLong(entry + 8, value);
        Path file = Files.write(folder.resolve("damaged"), damaged);
        try {
          ElfFile.read(file, WANTED);
        } catch (ElfException e) {
          refused++;
        }
      }
    }
    int count = refused;
    assertTrue(count >= 15, () -> "only " + count + " were refused");
  }

  @Test
  void aHashTableWithoutAnEndIsRefused() throws Exception {
    Path library =
        CLibraries.compile(folder.resolve("libthing.so"), CLibraries.GOOD, "-Wl,--hash-style=sysv");
    byte[] bytes = Files.readAllBytes(library);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int found = -1;
    for (int at = 0; at < bytes.length - 16; at += 8) {
      // DT_HASH, with the address of a table in the first page, which is where it is in the file.
      if (found < 0 && buffer.getLong(at) == 4 && buffer.getLong(at + 8) < 0x1000) {
        int table = (int) buffer.getLong(at + 8);
        if (table > 64 && buffer.getInt(table + 4) > 0 && buffer.getInt(table + 4) < 100) {
          found = table;
        }
      }
    }
    assertTrue(found > 0);
    buffer.putInt(found + 4, 0x7fffffff);
    Files.write(library, bytes);

    ElfException thrown = assertThrows(ElfException.class, () -> ElfFile.read(library, WANTED));

    assertEquals("is damaged: it would have 2147483647 symbols", thrown.getMessage());
  }
}
