package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file whose offsets are not to be believed: every range is compared with the file before it is
 * read, and none is larger than a library can need.
 */
final class BoundedFile implements AutoCloseable {
  private static final int LARGEST_RANGE = 64 << 20;
  private static final int LONGEST_LINE = 256;

  private final FileChannel channel;
  private final long size;

  BoundedFile(Path path) throws IOException {
    channel = FileChannel.open(path, StandardOpenOption.READ);
    size = channel.size();
  }

  long size() {
    return size;
  }

  /**
   * Reads a range.
   *
   * @param offset where it begins; negative counts as beyond the end, as an unsigned number is
   * @param length its bytes
   * @param order of numbers in it
   * @param what for the message
   * @return the range, position 0
   * @throws ElfException when it is not in the file
   */
  ByteBuffer read(long offset, long length, ByteOrder order, String what)
      throws IOException, ElfException {
    if (length < 0 || length > LARGEST_RANGE) {
      throw new ElfException(
          ElfException.Kind.DAMAGED,
          "is damaged: its " + what + " would be " + Long.toUnsignedString(length) + " bytes long");
    }
    if (offset < 0 || offset > size - length) {
      throw cutOff(what);
    }
    ByteBuffer range = ByteBuffer.allocate((int) length).order(order);
    while (range.hasRemaining()) {
      // It may have become shorter since.
      if (channel.read(range, offset + range.position()) < 0) {
        throw cutOff(what);
      }
    }
    return range.flip();
  }

  /** As much of a range as the file has. */
  ByteBuffer readUpTo(long offset, int most) throws IOException, ElfException {
    long there = Math.max(0, Math.min(most, size - offset));
    return read(offset, there, ByteOrder.LITTLE_ENDIAN, "beginning");
  }

  /** Of a file of the kernel, whose size is given as 0. */
  String firstLine() throws IOException {
    ByteBuffer start = ByteBuffer.allocate(LONGEST_LINE);
    channel.read(start, 0);
    start.flip();
    String text = text(start, 0, start.limit(), StandardCharsets.UTF_8);
    return text.lines().findFirst().orElse("").strip();
  }

  /** A part of a range as text. */
  static String text(ByteBuffer range, int from, int length, Charset charset) {
    byte[] bytes = new byte[length];
    range.get(from, bytes);
    return new String(bytes, charset);
  }

  private ElfException cutOff(String what) {
    return new ElfException(
        ElfException.Kind.CUT_OFF,
        "is cut off or damaged: its " + what + " would lie behind its end, at " + size + " bytes");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
