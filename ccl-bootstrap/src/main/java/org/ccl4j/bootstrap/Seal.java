package org.ccl4j.bootstrap;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;

/**
 * Protects the frames of one direction of one connection: each carries a code over its number and
 * its bytes, so that none can be changed, repeated, left out or turned around on its way.
 */
final class Seal {
  static final int BYTES = 16;

  private final Mac mac;
  private long number;

  Seal(byte[] key) {
    mac = StoreSecret.mac(key);
  }

  /** The code of the next frame, whose bytes are these one after the other. */
  byte[] next(ByteBuffer... parts) {
    mac.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number++));
    for (ByteBuffer part : parts) {
      mac.update(part.duplicate());
    }
    return Arrays.copyOf(mac.doFinal(), BYTES);
  }

  /** Whether the code belongs to the next frame. Takes the same time wherever they differ. */
  boolean accepts(ByteBuffer frame, byte[] code) {
    return MessageDigest.isEqual(next(frame), code);
  }
}
