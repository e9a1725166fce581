package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a shared library says about itself, read without running any of it.
 *
 * @param header of the file
 * @param soname the name it goes by; empty when it has none, or is not for 64-bit processors
 * @param needed the libraries it is linked with
 * @param symbols those that were asked for and that it has
 */
record ElfFile(ElfHeader header, String soname, List<String> needed, Set<String> symbols) {
  private static final int LOAD = 1;
  private static final int DYNAMIC = 2;

  private static final int NEEDED = 1;
  private static final int HASH = 4;
  private static final int STRING_TABLE = 5;
  private static final int SYMBOL_TABLE = 6;
  private static final int STRING_TABLE_SIZE = 10;
  private static final int SONAME = 14;
  private static final int GNU_HASH = 0x6ffffef5;

  private static final int SEGMENT_BYTES = 56;
  private static final int ENTRY_BYTES = 16;
  private static final int SYMBOL_BYTES = 24;
  private static final int MOST_SYMBOLS = 1 << 21;
  private static final int MOST_NEEDED = 1024;
  private static final int LONGEST_NAME = 4096;

  /**
   * Reads a library. Files for 32-bit processors are read as far as their header.
   *
   * @param path an existing file
   * @param wanted the symbols to look for
   * @return what it says
   * @throws ElfException when it is no library, or a damaged one
   */
  static ElfFile read(Path path, Set<String> wanted) throws IOException, ElfException {
    try (BoundedFile file = new BoundedFile(path)) {
      ElfHeader header = ElfHeader.read(file);
      if (header.wordSize() != 64) {
        return new ElfFile(header, "", List.of(), Set.of());
      }
      return new Reader(file, header).read(wanted);
    }
  }

  /** A part of the file and where it goes in memory. */
  private record Segment(int type, long offset, long address, long bytes) {
    boolean holds(long wanted) {
      return Long.compareUnsigned(wanted, address) >= 0
          && Long.compareUnsigned(wanted - address, bytes) < 0;
    }
  }

  /** The tables of one file. */
  private static final class Reader {
    private final BoundedFile file;
    private final ElfHeader header;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Long> neededNames = new ArrayList<>();
    private long sonameAt = -1;
    private long strings = -1;
    private long stringBytes;
    private long symbolTable = -1;
    private long hash = -1;
    private long gnuHash = -1;

    Reader(BoundedFile file, ElfHeader header) {
      this.file = file;
      this.header = header;
    }

    ElfFile read(Set<String> wanted) throws IOException, ElfException {
      readSegments();
      readDynamic();
      if (strings < 0) {
        return new ElfFile(header, "", List.of(), Set.of());
      }
      ByteBuffer names = at(strings, stringBytes, "table of names");
      List<String> needed = new ArrayList<>();
      for (long name : neededNames) {
        needed.add(name(names, name));
      }
      return new ElfFile(
          header,
          sonameAt < 0 ? "" : name(names, sonameAt),
          List.copyOf(needed),
          Set.copyOf(symbols(names, wanted)));
    }

    private void readSegments() throws IOException, ElfException {
      ByteBuffer head = range(0, 64, "header");
      int each = Short.toUnsignedInt(head.getShort(54));
      int count = Short.toUnsignedInt(head.getShort(56));
      if (count > 0 && each < SEGMENT_BYTES) {
        throw damaged("its program headers are too short");
      }
      ByteBuffer table = range(head.getLong(32), (long) each * count, "program headers");
      for (int i = 0; i < count; i++) {
        int at = i * each;
        Segment segment =
            new Segment(
                table.getInt(at),
                table.getLong(at + 8),
                table.getLong(at + 16),
                table.getLong(at + 32));
        if (segment.type() == LOAD) {
          requireInFile(segment);
        }
        segments.add(segment);
      }
    }

    /** Loading one that is not would end the process as soon as the missing part is touched. */
    private void requireInFile(Segment segment) throws ElfException {
      long end = segment.offset() + segment.bytes();
      if (segment.offset() < 0 || segment.bytes() < 0 || end < 0) {
        throw damaged("a part of it has an impossible place");
      }
      if (end > file.size()) {
        throw new ElfException(
            ElfException.Kind.CUT_OFF,
            "is cut off: it has " + file.size() + " bytes of at least " + end);
      }
    }

    private void readDynamic() throws IOException, ElfException {
      for (Segment segment : segments) {
        if (segment.type() == DYNAMIC) {
          ByteBuffer entries = range(segment.offset(), segment.bytes(), "dynamic section");
          while (entries.remaining() >= ENTRY_BYTES) {
            long tag = entries.getLong();
            long value = entries.getLong();
            if (tag == 0) {
              return;
            }
            readEntry(tag, value);
          }
        }
      }
    }

    private void readEntry(long tag, long value) throws ElfException {
      if (tag == NEEDED) {
        if (neededNames.size() == MOST_NEEDED) {
          throw damaged("it needs more than " + MOST_NEEDED + " libraries");
        }
        neededNames.add(value);
      } else if (tag == SONAME) {
        sonameAt = value;
      } else if (tag == STRING_TABLE) {
        strings = value;
      } else if (tag == STRING_TABLE_SIZE) {
        stringBytes = value;
      } else if (tag == SYMBOL_TABLE) {
        symbolTable = value;
      } else if (tag == HASH) {
        hash = value;
      } else if (tag == GNU_HASH) {
        gnuHash = value;
      }
    }

    private Set<String> symbols(ByteBuffer names, Set<String> wanted)
        throws IOException, ElfException {
      Set<String> found = new HashSet<>();
      long count = symbolTable < 0 ? 0 : symbolCount();
      if (count > MOST_SYMBOLS) {
        throw damaged("it would have " + count + " symbols");
      }
      ByteBuffer table =
          count == 0
              ? ByteBuffer.allocate(0)
              : at(symbolTable, count * SYMBOL_BYTES, "table of symbols");
      for (int i = 0; i < count; i++) {
        int entry = i * SYMBOL_BYTES;
        boolean defined = table.getShort(entry + 6) != 0;
        boolean local = (table.get(entry + 4) & 0xf0) == 0;
        if (defined && !local) {
          String name = name(names, Integer.toUnsignedLong(table.getInt(entry)));
          if (wanted.contains(name)) {
            found.add(name);
          }
        }
      }
      return found;
    }

    /** Only the tables for looking symbols up say how many there are. */
    private long symbolCount() throws IOException, ElfException {
      if (hash >= 0) {
        return Integer.toUnsignedLong(at(hash, 8, "hash table").getInt(4));
      }
      return gnuHash < 0 ? 0 : gnuSymbolCount();
    }

    /** The last bucket leads to the last chain, and a mark in that to the last symbol. */
    private long gnuSymbolCount() throws IOException, ElfException {
      ByteBuffer sizes = at(gnuHash, 16, "hash table");
      long buckets = Integer.toUnsignedLong(sizes.getInt(0));
      long first = Integer.toUnsignedLong(sizes.getInt(4));
      long filters = Integer.toUnsignedLong(sizes.getInt(8));
      long bucketsAt = gnuHash + 16 + 8 * filters;
      ByteBuffer table = at(bucketsAt, 4 * buckets, "hash table");
      long last = 0;
      while (table.hasRemaining()) {
        last = Math.max(last, Integer.toUnsignedLong(table.getInt()));
      }
      if (last < first) {
        return first;
      }
      long start = bucketsAt + 4 * buckets + 4 * (last - first);
      Segment segment = segmentOf(start);
      long room = segment.bytes() - (start - segment.address());
      ByteBuffer chain = at(start, Math.min(room & ~3L, 4L * MOST_SYMBOLS), "hash table");
      while (chain.hasRemaining()) {
        last++;
        if ((chain.getInt() & 1) != 0) {
          return last;
        }
      }
      throw damaged("its hash table has no end");
    }

    private Segment segmentOf(long address) throws ElfException {
      return segments.stream()
          .filter(segment -> segment.type() == LOAD && segment.holds(address))
          .findFirst()
          .orElseThrow(() -> damaged("a table of it is nowhere in it"));
    }

    /** A range by its address in memory. */
    private ByteBuffer at(long address, long bytes, String what) throws IOException, ElfException {
      Segment segment = segmentOf(address);
      return range(address - segment.address() + segment.offset(), bytes, what);
    }

    private ByteBuffer range(long offset, long bytes, String what)
        throws IOException, ElfException {
      return file.read(offset, bytes, header.order(), what);
    }

    private static String name(ByteBuffer names, long at) throws ElfException {
      if (at < 0 || at >= names.limit()) {
        throw damaged("a name lies outside of its table of names");
      }
      int start = (int) at;
      int end = start;
      while (end < names.limit() && names.get(end) != 0 && end - start < LONGEST_NAME) {
        end++;
      }
      return BoundedFile.text(names, start, end - start, StandardCharsets.UTF_8);
    }

    private static ElfException damaged(String what) {
      return new ElfException(ElfException.Kind.DAMAGED, "is damaged: " + what);
    }
  }
}
