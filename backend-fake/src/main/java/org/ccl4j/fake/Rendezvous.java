package org.ccl4j.fake;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Result;

/** Where ranks that hold the same unique id wait for each other. */
abstract class Rendezvous {
  static final int ID_BYTES = 128;

  /** An id begins with where it was made, so that a rank elsewhere gets an answer at once. */
  static final int TAG_BYTES = 32;

  /** What tells one communicator from all others. */
  static final int KEY_BYTES = 32;

  private static final int GROWTH_MARK = TAG_BYTES + KEY_BYTES;

  /** Makes an id that no other communicator has. */
  abstract byte[] newId();

  /** Waits for the other ranks. Blocks at most as long as the request says. */
  abstract Result<Member> connect(ConnectRequest request);

  /**
   * The id under which ranks of a communicator meet that make another of it; every one of them gets
   * the same.
   *
   * @param path what tells this child from all others of the parent
   */
  abstract UniqueId childId(World parent, byte[] path);

  /**
   * An id of this kind for a growth, under which nobody can simply connect: a library has two kinds
   * of ids as well.
   */
  static UniqueId ofGrowth(byte[] id) {
    byte[] bytes = id.clone();
    bytes[GROWTH_MARK] = 1;
    return UniqueId.of(FakeBackendProvider.ID, bytes);
  }

  static boolean isOfGrowth(UniqueId id) {
    return id.toBytes()[GROWTH_MARK] != 0;
  }

  /** The id under which the ranks of a growth meet. */
  static UniqueId withoutMark(UniqueId id) {
    byte[] bytes = id.toBytes();
    bytes[GROWTH_MARK] = 0;
    return UniqueId.of(FakeBackendProvider.ID, bytes);
  }

  static byte[] keyOf(UniqueId id) {
    byte[] key = new byte[KEY_BYTES];
    System.arraycopy(id.toBytes(), TAG_BYTES, key, 0, KEY_BYTES);
    return key;
  }

  static UniqueId idOf(byte[] tag, byte[] key) {
    return UniqueId.of(
        FakeBackendProvider.ID, ByteBuffer.allocate(ID_BYTES).put(tag).put(key).array());
  }

  static byte[] childKey(World parent, byte[] path) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(parent.key());
      digest.update(path);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
