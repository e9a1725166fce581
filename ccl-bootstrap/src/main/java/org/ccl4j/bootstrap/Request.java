package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/**
 * What a client asks of the server. All requests have one form, of which each uses a part.
 *
 * @param op what to do
 * @param id chosen by the client; the reply carries it
 * @param key the key; empty for {@link Op#CANCEL}
 * @param number what to add, or how many nanoseconds to wait
 * @param expected for compare-and-set
 * @param value what to set
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Request(Op op, int id, String key, long number, Optional<byte[]> expected, byte[] value) {
  /** Room for two values and the longest key in UTF-8. */
  static final int MAX_BYTES =
      2 * org.ccl4j.api.Store.MAX_VALUE_BYTES + 3 * org.ccl4j.api.Store.MAX_KEY_LENGTH + 64;

  private static final byte[] NOTHING = {};
  private static final int NONE = -1;

  /** What to do. */
  enum Op implements Coded {
    SET(0),
    GET(1),
    AWAIT(2),
    ADD(3),
    COMPARE_AND_SET(4),
    DELETE(5),
    /** No longer wait for the reply to the {@link #AWAIT} of the same id; has no reply itself. */
    CANCEL(6);

    private final int code;

    Op(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  static Request of(Op op, int id, String key) {
    return of(op, id, key, 0);
  }

  static Request of(Op op, int id, String key, long number) {
    return new Request(op, id, key, number, Optional.empty(), NOTHING);
  }

  /** Everything but the value, which follows it. */
  byte[] head() {
    byte[] name = key.getBytes(UTF_8);
    byte[] old = expected.orElse(NOTHING);
    return ByteBuffer.allocate(1 + 4 + 2 + name.length + 8 + 4 + old.length)
        .put((byte) op.code())
        .putInt(id)
        .putShort((short) name.length)
        .put(name)
        .putLong(number)
        .putInt(expected.isPresent() ? old.length : NONE)
        .put(old)
        .array();
  }

  static Request parse(ByteBuffer frame) throws Link.NoFrameException {
    try {
      Op op = Coded.find(Op.values(), frame.get());
      int id = frame.getInt();
      byte[] name = bytes(frame, frame.getShort() & 0xFFFF);
      long number = frame.getLong();
      int old = frame.getInt();
      Optional<byte[]> expected = old == NONE ? Optional.empty() : Optional.of(bytes(frame, old));
      byte[] value = bytes(frame, frame.remaining());
      if (op != null) {
        String key = UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
        return new Request(op, id, key, number, expected, value);
      }
    } catch (BufferUnderflowException | CharacterCodingException e) {
      // falls through to the one message
    }
    throw new Link.NoFrameException("a frame came that is no request");
  }

  private static byte[] bytes(ByteBuffer frame, int length) {
    if (length < 0 || length > frame.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    frame.get(bytes);
    return bytes;
  }
}
