package org.ccl4j.jna.sys;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;

/**
 * Addresses of direct buffers, without a word allocated. JNA gives an address as an object; but it
 * passes a buffer to a C function as it is, and there is one that returns its argument.
 */
public final class DirectBuffers {
  static {
    Native.register(DirectBuffers.class, NativeLibrary.getProcess());
  }

  private DirectBuffers() {}

  /**
   * Where the memory of a direct buffer starts, whatever its position.
   *
   * @param buffer direct
   * @return the address
   */
  public static long address(ByteBuffer buffer) {
    return memset(buffer, 0, 0);
  }

  private static native long memset(ByteBuffer memory, int value, long bytes);
}
