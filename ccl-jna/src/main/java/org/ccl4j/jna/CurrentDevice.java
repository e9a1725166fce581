package org.ccl4j.jna;

import java.util.Arrays;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.StatusCode;

/**
 * The device that a thread works on: a property of the thread, which other code on it may have set.
 * Every sequence of calls therefore asks which it is, sets another where it has to, and puts the
 * old one back. A thread that stays with one device pays for the question alone.
 *
 * <p>The old one is put back only if this process already uses it. Every thread starts with device
 * 0; setting that "back" would make a context there, some hundred megabytes, in each of the
 * processes that work on the other devices of the machine.
 */
final class CurrentDevice {
  private final CFunction get;
  private final CFunction set;
  private final CFunction contextState;
  private volatile boolean[] used = {};

  CurrentDevice(RuntimeLibrary library) {
    get = library.getDevice;
    set = library.setDevice;
    contextState = library.contextState;
  }

  /**
   * Makes a device current, if it is not.
   *
   * @return for {@link #status} and {@link #leave}
   */
  long enter(int device) {
    long asked = get.callForInt();
    int before = CFunction.value(asked);
    if (CFunction.status(asked) == StatusCode.OK && before == device) {
      return 0;
    }
    boolean restore = CFunction.status(asked) == StatusCode.OK && isUsed(before);
    int status = set.call(device);
    return ((long) status << 32) | (restore && status == StatusCode.OK ? before + 1 : 0);
  }

  static int status(long entered) {
    return (int) (entered >> 32);
  }

  /** Puts back what was current. */
  void leave(long entered) {
    int before = (int) entered - 1;
    if (before >= 0) {
      int unused = set.call(before);
    }
  }

  private boolean isUsed(int device) {
    boolean[] known = used;
    if (device < known.length && known[device]) {
      return true;
    }
    if (!contextState.isPresent()) {
      return true; // such a runtime makes its contexts when they are first needed
    }
    try (Cells out = new Cells(2 * Integer.BYTES)) {
      int status = contextState.call(device, out.address(), out.address() + Integer.BYTES);
      boolean found = status == StatusCode.OK && out.getInt(Integer.BYTES) != 0;
      if (found) {
        remember(device);
      }
      return found;
    }
  }

  private synchronized void remember(int device) {
    boolean[] more = Arrays.copyOf(used, Math.max(used.length, device + 1));
    more[device] = true;
    used = more;
  }
}
