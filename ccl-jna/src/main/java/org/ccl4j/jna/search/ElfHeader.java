package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The first bytes of an ELF file.
 *
 * @param wordSize 32 or 64
 * @param order of its numbers
 * @param machine the kind of processor, as ELF numbers them
 * @param type what kind of file it is, as ELF numbers them
 */
record ElfHeader(int wordSize, ByteOrder order, int machine, int type) {
  static final int SHARED_LIBRARY = 3;

  private static final int IDENTITY = 20;

  private static final Map<Integer, String> MACHINES =
      Map.of(
          3,
          "x86",
          20,
          "PowerPC",
          21,
          "PowerPC",
          22,
          "S/390",
          40,
          "ARM",
          62,
          "x86-64",
          183,
          "AArch64",
          243,
          "RISC-V",
          258,
          "LoongArch");

  private static final Map<Integer, String> TYPES =
      Map.of(1, "an object file for the linker", 2, "a program", 4, "a core dump");

  /** What is found where a library is expected, by its first bytes. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "!<arch>\n", "a static library",
          "version https://git-lfs", "a placeholder of Git LFS, whose content was not fetched",
          "<!DOCTYPE", "a web page",
          "<html", "a web page",
          "PK\u0003\u0004", "a zip archive, such as a wheel that was not unpacked",
          "\u001f\u008b", "a gzip archive",
          "MZ", "a Windows library",
          "\u00cf\u00fa\u00ed\u00fe", "a macOS library",
          "/* GNU ld script", "a script for the linker, not a library");

  static ElfHeader read(BoundedFile file) throws IOException, ElfException {
    ByteBuffer start = file.readUpTo(0, 64);
    if (start.limit() < 4 || start.getInt(0) != 0x464c457f) {
      throw new ElfException(ElfException.Kind.NO_ELF, describe(start));
    }
    ByteBuffer identity = file.read(0, IDENTITY, ByteOrder.LITTLE_ENDIAN, "header");
    int word = identity.get(4);
    int order = identity.get(5);
    if ((word != 1 && word != 2) || (order != 1 && order != 2)) {
      throw new ElfException(
          ElfException.Kind.DAMAGED,
          "is damaged: its header gives neither word size nor byte order");
    }
    ByteOrder byteOrder = order == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    identity.order(byteOrder);
    return new ElfHeader(
        word == 1 ? 32 : 64,
        byteOrder,
        Short.toUnsignedInt(identity.getShort(18)),
        Short.toUnsignedInt(identity.getShort(16)));
  }

  /**
   * What this process runs on, by the program that it runs: it tells a 32-bit JVM on a 64-bit
   * machine.
   *
   * @return empty where the system has no such file
   */
  static Optional<ElfHeader> ofThisProcess() {
    try (BoundedFile file = new BoundedFile(Path.of("/proc/self/exe"))) {
      return Optional.of(read(file));
    } catch (IOException | ElfException e) {
      return Optional.empty();
    }
  }

  /** Whether a process of the other kind could load it. */
  boolean fits(ElfHeader process) {
    return wordSize == process.wordSize
        && order.equals(process.order)
        && machine == process.machine;
  }

  /** For people, such as {@code 64-bit AArch64}. */
  String processor() {
    String big = order.equals(ByteOrder.BIG_ENDIAN) ? " big-endian" : "";
    return wordSize
        + "-bit "
        + MACHINES.getOrDefault(machine, "processors of ELF's number " + machine)
        + big;
  }

  /** For people: what it is instead of a shared library. */
  String kind() {
    return TYPES.getOrDefault(type, "no shared library but ELF type " + type);
  }

  private static String describe(ByteBuffer start) {
    if (start.limit() == 0) {
      return "is empty";
    }
    String text =
        BoundedFile.text(start, 0, start.limit(), StandardCharsets.ISO_8859_1).stripLeading();
    return OTHERS.entrySet().stream()
        .filter(other -> text.startsWith(other.getKey()))
        .findFirst()
        .map(other -> "is no library but " + other.getValue())
        .orElse("is no library: it does not begin as an ELF file does");
  }
}
