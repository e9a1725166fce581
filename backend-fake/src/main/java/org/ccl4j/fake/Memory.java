package org.ccl4j.fake;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The address space of all fake devices of this JVM.
 *
 * <p>Addresses are numbers, not pointers, so that a wrong one is an error and never a crash: 9 bits
 * of generation, 20 bits of slot, 34 bits of offset. The slot leads to the allocation without a
 * search; the generation tells a freed allocation from the one that took its slot.
 */
final class Memory {
  static final int OFFSET_BITS = 34;
  static final long MAX_ALLOCATION = 1L << OFFSET_BITS;
  private static final int SLOT_BITS = 20;
  private static final int MAX_SLOTS = 1 << SLOT_BITS;
  private static final int GENERATIONS = 1 << 9;

  private final ArrayDeque<Integer> freeSlots = new ArrayDeque<>();
  private final long[] usedBytes = new long[FakeSettings.MAX_DEVICES];
  // Replaced when it grows, so that readers need no lock.
  private volatile @Nullable Allocation[] slots = new Allocation[64];
  private int[] generations = new int[64];
  private int nextSlot = 1; // no address is 0

  /**
   * Allocates poisoned memory.
   *
   * @throws IOException when the device or the machine has no room; the message says why
   */
  Allocation allocate(Medium medium, int device, long bytes, long deviceBytes) throws IOException {
    if (bytes > MAX_ALLOCATION) {
      throw new IOException("an allocation has at most " + MAX_ALLOCATION + " bytes");
    }
    if (!reserve(device, bytes, deviceBytes)) {
      throw new IOException(
          "it has "
              + Math.max(0, deviceBytes - used(device))
              + " of "
              + deviceBytes
              + " left (key "
              + FakeSettings.MEMORY.key()
              + ")");
    }
    long address = takeAddress();
    boolean allocated = false;
    try {
      if (address == 0) {
        throw new IOException("there are " + MAX_SLOTS + " allocations already");
      }
      Allocation allocation = medium.allocate(device, address, bytes);
      publish(allocation);
      allocated = true;
      return allocation;
    } finally {
      if (!allocated) {
        release(device, bytes);
        giveBack(address);
      }
    }
  }

  private synchronized void publish(Allocation allocation) {
    slots[slotOf(allocation.address)] = allocation;
  }

  private synchronized void giveBack(long address) {
    if (address != 0) {
      freeSlots.addLast(slotOf(address));
    }
  }

  /** An address that leads to no other allocation; 0 when there is none. */
  private synchronized long takeAddress() {
    int slot = takeSlot();
    return slot < 0
        ? 0
        : ((long) generations[slot] << (SLOT_BITS + OFFSET_BITS)) | ((long) slot << OFFSET_BITS);
  }

  private synchronized boolean reserve(int device, long bytes, long deviceBytes) {
    if (bytes > deviceBytes - usedBytes[device]) {
      return false;
    }
    usedBytes[device] += bytes;
    return true;
  }

  private synchronized void release(int device, long bytes) {
    usedBytes[device] -= bytes;
  }

  synchronized long used(int device) {
    return usedBytes[device];
  }

  // A freed slot waits behind all others, so that its old addresses stay recognisable for long.
  private int takeSlot() {
    if (nextSlot < MAX_SLOTS && freeSlots.size() < 1024) {
      if (nextSlot == slots.length) {
        int more = Math.min(2 * slots.length, MAX_SLOTS);
        generations = Arrays.copyOf(generations, more);
        slots = Arrays.copyOf(slots, more);
      }
      return nextSlot++;
    }
    Integer reused = freeSlots.pollFirst();
    if (reused == null) {
      return -1;
    }
    generations[reused] = (generations[reused] + 1) % GENERATIONS;
    return reused;
  }

  /**
   * Frees an allocation. Work that is already enqueued holds on to it and still finds the memory.
   *
   * @return a complaint, or null when it was freed
   */
  synchronized @Nullable String free(int device, long address) {
    Allocation allocation = at(address);
    if (allocation == null || allocation.address != address) {
      return "free of " + describe(address) + ", which is not the start of an allocation";
    }
    if (allocation.device != device) {
      return "free of " + describe(address) + " on device " + device;
    }
    int slot = slotOf(address);
    slots[slot] = null;
    freeSlots.addLast(slot);
    release(device, allocation.size);
    return null;
  }

  private static int slotOf(long address) {
    return (int) (address >>> OFFSET_BITS) & (MAX_SLOTS - 1);
  }

  /**
   * The live allocation that an address points into or beyond the end of; null where there is none.
   */
  @Nullable Allocation at(long address) {
    @Nullable Allocation[] current = slots;
    int slot = slotOf(address);
    Allocation allocation = slot < current.length ? current[slot] : null;
    boolean same = allocation != null && (allocation.address ^ address) >>> OFFSET_BITS == 0;
    return same ? allocation : null;
  }

  static long offsetOf(long address) {
    return address & (MAX_ALLOCATION - 1);
  }

  /** Why a range cannot be used on a device; null when it can. */
  @Nullable String complaint(int device, long address, long bytes) {
    return complaint(at(address), device, address, bytes);
  }

  /** As the other form, for an address that was looked up. */
  static @Nullable String complaint(
      @Nullable Allocation allocation, int device, long address, long bytes) {
    if (allocation == null) {
      return describe(address)
          + " belongs to no live allocation: it was freed or never came from a fake device";
    }
    if (allocation.device != device) {
      return describe(address)
          + " is memory of device "
          + allocation.device
          + ", not of device "
          + device;
    }
    if (bytes > allocation.size - offsetOf(address)) {
      return bytes
          + " bytes at "
          + describe(address)
          + " run past the end of an allocation of "
          + allocation.size
          + " bytes, of which "
          + Math.max(0, allocation.size - offsetOf(address))
          + " are left there";
    }
    return null;
  }

  private static String describe(long address) {
    return "address 0x" + Long.toHexString(address) + " (offset " + offsetOf(address) + ")";
  }
}
