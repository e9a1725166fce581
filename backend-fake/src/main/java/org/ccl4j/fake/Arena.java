package org.ccl4j.fake;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The device memory of this process that other processes reach: gives out ranges of {@link Slabs}
 * and takes them back when nothing in this JVM leads to them any more, as it is with memory that is
 * private, for work that is enqueued must still find memory that was freed.
 */
final class Arena {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final long ALIGNMENT = 256;
  private static final long RECLAIM_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final SharedFolder folder;
  private final Path home;
  private final Slabs slabs;
  private final TreeMap<Long, Long> free = new TreeMap<>();
  private final List<FileChannel> files = new ArrayList<>();
  private long freedBytes;
  private boolean closed;

  Arena(SharedFolder folder, Path home) {
    this.folder = folder;
    this.home = home;
    this.slabs = new Slabs(home);
  }

  Allocation allocate(int device, long address, long bytes) throws IOException {
    long length = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    long base = reserve(length);
    try {
      poison(base, length);
      Allocation allocation = Allocation.ofShared(device, address, bytes, slabs.from(base), base);
      CLEANER.register(allocation, () -> release(base, length));
      return allocation;
    } catch (IOException e) {
      release(base, length);
      throw new IOException(
          bytes
              + " bytes are needed in "
              + folder
              + ", whose file system has "
              + folder.usableSpace()
              + " left; make it larger (in a container: the option --shm-size) or set "
              + FakeSettings.DIRECTORY.key(),
          e);
    }
  }

  private synchronized long reserve(long length) throws IOException {
    long base = find(length);
    if (base < 0 && freedBytes >= length) {
      // Rather than to grow: what was freed is waiting to be found unreachable.
      System.gc();
      long[] found = {-1};
      Monitors.await(
          this,
          () -> {
            found[0] = find(length);
            return found[0] >= 0;
          },
          RECLAIM_NANOS);
      base = found[0];
    }
    if (base < 0) {
      grow(length);
      base = find(length);
    }
    return base;
  }

  /** Takes the first range that is long enough; -1 when there is none. */
  private long find(long length) {
    for (Map.Entry<Long, Long> range : free.entrySet()) {
      long base = range.getKey();
      long size = range.getValue();
      // A range within one slab may not cross its end; a longer one starts with a slab.
      long inSlab = Segment.BYTES - (base & (Segment.BYTES - 1));
      long start = length <= inSlab || inSlab == Segment.BYTES ? base : base + inSlab;
      if (start + length <= base + size) {
        free.remove(base);
        putFree(base, start - base);
        putFree(start + length, base + size - start - length);
        return start;
      }
    }
    return -1;
  }

  private void putFree(long base, long size) {
    if (size > 0) {
      free.put(base, size);
    }
  }

  private void grow(long length) throws IOException {
    if (closed) {
      throw new IOException("the shared memory in " + home + " was given back");
    }
    long first = (long) files.size() << Segment.SHIFT;
    int slabsNeeded = (int) ((length + Segment.BYTES - 1) >>> Segment.SHIFT);
    for (int i = 0; i < slabsNeeded; i++) {
      Path file = Slabs.file(home, files.size());
      // Becomes as long as a slab when it is mapped for the first time.
      Files.createFile(file, SharedFolder.OWNER_ONLY_FILE);
      files.add(FileChannel.open(file, StandardOpenOption.WRITE));
    }
    putBack(first, (long) slabsNeeded << Segment.SHIFT);
  }

  /** Fills a range by writing the file, since a full file system answers to that with an error. */
  private void poison(long base, long length) throws IOException {
    byte[] block = new byte[1 << 16];
    Arrays.fill(block, Segment.POISON);
    for (long done = 0; done < length; ) {
      long at = base + done;
      long inSlab = at & (Segment.BYTES - 1);
      int run = (int) Math.min(Math.min(block.length, length - done), Segment.BYTES - inSlab);
      ByteBuffer source = ByteBuffer.wrap(block, 0, run);
      while (source.hasRemaining()) {
        channel(at).write(source, inSlab + source.position());
      }
      done += run;
    }
  }

  private synchronized FileChannel channel(long at) {
    return files.get((int) (at >>> Segment.SHIFT));
  }

  synchronized void noteFreed(long bytes) {
    freedBytes += bytes;
  }

  private synchronized void release(long base, long length) {
    freedBytes = Math.max(0, freedBytes - length);
    putBack(base, length);
    notifyAll();
  }

  private void putBack(long given, long length) {
    long base = given;
    long size = length;
    Map.Entry<Long, Long> before = free.floorEntry(base);
    if (before != null && before.getKey() + before.getValue() == base) {
      free.remove(before.getKey());
      base = before.getKey();
      size += before.getValue();
    }
    Long after = free.remove(base + size);
    free.put(base, after == null ? size : size + after);
  }

  synchronized void close() {
    closed = true;
    for (FileChannel file : files) {
      try {
        file.close();
      } catch (IOException e) {
        System.getLogger("org.ccl4j.fake")
            .log(System.Logger.Level.DEBUG, "closing memory of " + home, e);
      }
    }
  }
}
