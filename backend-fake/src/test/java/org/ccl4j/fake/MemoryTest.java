package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemoryTest {
  private static final long ROOM = 4L << 30;

  private final Memory memory = new Memory();

  private Allocation allocate(int device, long bytes) {
    return allocate(device, bytes, ROOM);
  }

  private Allocation allocate(int device, long bytes, long room) {
    try {
      return memory.allocate(medium(), device, bytes, room);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the memory comes from. */
  Medium medium() {
    return Medium.THREADS;
  }

  private static void assertComplaint(@Nullable String complaint, String part) {
    assertNotNull(complaint);
    assertTrue(complaint.contains(part), complaint);
  }

  @Test
  void freshMemoryIsPoisoned() {
    byte[] bytes = new byte[300];
    allocate(0, 300).get(0, bytes, 300);
    for (byte b : bytes) {
      assertEquals(Segment.POISON, b);
    }
  }

  @Test
  void everyByteOfAnAllocationCanBeUsedAndNoneBeyond() {
    Allocation allocation = allocate(3, 100);
    assertNull(memory.complaint(3, allocation.address, 100));
    assertNull(memory.complaint(3, allocation.address + 99, 1));
    assertComplaint(
        memory.complaint(3, allocation.address + 99, 2),
        "run past the end of an allocation of 100 bytes");
    assertComplaint(memory.complaint(3, allocation.address + 200, 1), "of which 0 are left");
    assertComplaint(
        memory.complaint(2, allocation.address, 100), "memory of device 3, not of device 2");
    assertComplaint(memory.complaint(3, 0, 1), "belongs to no live allocation");
  }

  @Test
  void aFreedAddressIsRefusedEvenAfterItsPlaceIsUsedAgain() {
    Allocation old = allocate(0, 8);
    assertNull(memory.free(0, old.address));
    assertComplaint(memory.complaint(0, old.address, 8), "belongs to no live allocation");
    assertComplaint(memory.free(0, old.address), "not the start of an allocation");
    for (int i = 0; i < 3000; i++) { // enough to come round to the freed place
      Allocation other = allocate(0, 8);
      assertComplaint(memory.complaint(0, old.address, 8), "belongs to no live allocation");
      assertNull(memory.free(0, other.address));
    }
    assertEquals(0, memory.used(0));
  }

  @Test
  void onlyTheStartOnTheRightDeviceCanBeFreed() {
    Allocation allocation = allocate(1, 64);
    assertComplaint(memory.free(1, allocation.address + 8), "not the start of an allocation");
    assertComplaint(memory.free(0, allocation.address), "on device 0");
    assertEquals(64, memory.used(1));
    assertNull(memory.free(1, allocation.address));
  }

  @Test
  void aFullDeviceGivesNothing() {
    assertFull(0, 1025, 1024, "1024 of 1024 left");
    allocate(0, 1000, 1024);
    assertFull(0, 25, 1024, "24 of 1024 left");
    allocate(1, 25, 1024);
    assertFull(2, Memory.MAX_ALLOCATION + 1, Long.MAX_VALUE, "at most");
  }

  private void assertFull(int device, long bytes, long room, String part) {
    IOException full =
        assertThrows(IOException.class, () -> memory.allocate(medium(), device, bytes, room));
    assertComplaint(full.getMessage(), part);
  }

  @Test
  void rangesAcrossSegmentsAndAtOddOffsetsAreReadAndWrittenWhole() {
    Allocation allocation = allocate(0, Segment.BYTES + 64L);
    for (long offset : new long[] {0, 1, 7, Segment.BYTES - 20L, Segment.BYTES - 13L}) {
      assertRoundTrips(allocation, offset);
    }
    Allocation other = allocate(0, 64);
    byte[] pattern = new byte[40];
    for (int i = 0; i < pattern.length; i++) {
      pattern[i] = (byte) (i + 1);
    }
    other.put(3, pattern, 40);
    allocation.copyFrom(Segment.BYTES - 11L, other, 3, 40);
    byte[] back = new byte[40];
    allocation.get(Segment.BYTES - 11L, back, 40);
    assertArrayEquals(pattern, back);
  }

  private static void assertRoundTrips(Allocation allocation, long offset) {
    short[] shorts = {1, -2, 3};
    int[] ints = {1, -2, Integer.MIN_VALUE};
    long[] longs = {1, -2, Long.MIN_VALUE};
    float[] floats = {1.5f, -2, Float.MIN_VALUE};
    double[] doubles = {1.5, -2, Double.MIN_VALUE};
    short[] shortsBack = new short[3];
    int[] intsBack = new int[3];
    long[] longsBack = new long[3];
    float[] floatsBack = new float[3];
    double[] doublesBack = new double[3];
    allocation.put(offset, shorts, 3);
    allocation.get(offset, shortsBack, 3);
    allocation.put(offset, ints, 3);
    allocation.get(offset, intsBack, 3);
    allocation.put(offset, longs, 3);
    allocation.get(offset, longsBack, 3);
    allocation.put(offset, floats, 3);
    allocation.get(offset, floatsBack, 3);
    allocation.put(offset, doubles, 3);
    allocation.get(offset, doublesBack, 3);
    assertArrayEquals(shorts, shortsBack);
    assertArrayEquals(ints, intsBack);
    assertArrayEquals(longs, longsBack);
    assertArrayEquals(floats, floatsBack);
    assertArrayEquals(doubles, doublesBack);
  }
}
