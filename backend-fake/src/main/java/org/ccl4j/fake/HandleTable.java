package org.ccl4j.fake;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gives objects numbers to be handles in the SPI. A number is never 0 and is not given twice within
 * 2^31 reuses of its place, so that a stale handle is recognised.
 *
 * @param <T> what the handles stand for
 */
final class HandleTable<T> {
  private volatile @Nullable Object[] objects = new Object[16];
  private int[] generations = new int[16];
  private int search;

  synchronized long add(T object) {
    int free = findFree();
    objects[free] = object;
    return (long) generations[free] << 32 | (free + 1);
  }

  private int findFree() {
    for (int i = 0; i < objects.length; i++) {
      int at = (search + i) % objects.length;
      if (objects[at] == null) {
        search = at + 1;
        return at;
      }
    }
    int first = objects.length;
    generations = Arrays.copyOf(generations, 2 * first);
    objects = Arrays.copyOf(objects, 2 * first);
    search = first + 1;
    return first;
  }

  /** The object of a handle; null when there is none (any more). */
  @SuppressWarnings("unchecked") // only add() puts objects in
  @Nullable T get(long handle) {
    @Nullable Object[] current = objects;
    int at = (int) handle - 1;
    boolean valid = at >= 0 && at < current.length && generations[at] == (int) (handle >>> 32);
    return valid ? (T) current[at] : null;
  }

  /** Forgets a handle; gives the object it stood for, or null. */
  synchronized @Nullable T remove(long handle) {
    T object = get(handle);
    if (object != null) {
      int at = (int) handle - 1;
      generations[at] = generations[at] + 1 & Integer.MAX_VALUE;
      objects[at] = null;
    }
    return object;
  }
}
