package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;

/**
 * What the server answers. All replies have one form.
 *
 * @param outcome how the request went
 * @param id of the request
 * @param number the counter, or 1 for true
 * @param value the value, or the text of a failure
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Reply(Outcome outcome, int id, long number, byte[] value) {
  private static final byte[] NOTHING = {};

  /** How the request went. */
  enum Outcome implements Coded {
    DONE(0),
    /** There is no value, or none came in time. */
    NONE(1),
    FAILED(2);

    private final int code;

    Outcome(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  static Reply none(int id) {
    return new Reply(Outcome.NONE, id, 0, NOTHING);
  }

  static Reply value(int id, byte[] value) {
    return new Reply(Outcome.DONE, id, 0, value);
  }

  static Reply number(int id, long number) {
    return new Reply(Outcome.DONE, id, number, NOTHING);
  }

  static Reply truth(int id, boolean is) {
    return number(id, is ? 1 : 0);
  }

  static Reply failure(int id, CclException e) {
    String text = e.code().name() + "\n" + Failures.withoutCode(e);
    return new Reply(Outcome.FAILED, id, 0, text.getBytes(UTF_8));
  }

  /** Everything but the value, which follows it. */
  byte[] head() {
    return ByteBuffer.allocate(1 + 4 + 8)
        .put((byte) outcome.code())
        .putInt(id)
        .putLong(number)
        .array();
  }

  static Reply parse(ByteBuffer frame) throws Link.NoFrameException {
    try {
      Outcome outcome = Coded.find(Outcome.values(), frame.get());
      int id = frame.getInt();
      long number = frame.getLong();
      byte[] value = new byte[frame.remaining()];
      frame.get(value);
      if (outcome != null) {
        return new Reply(outcome, id, number, value);
      }
    } catch (BufferUnderflowException e) {
      // falls through to the one message
    }
    throw new Link.NoFrameException("a frame came that is no reply");
  }

  /** What the server found wrong, as an exception of this side. */
  CclException exception() {
    String[] parts = new String(value, UTF_8).split("\n", 2);
    ErrorCode code = ErrorCode.STORE_FAILED;
    for (ErrorCode known : ErrorCode.values()) {
      if (known.name().equals(parts[0])) {
        code = known;
      }
    }
    return Failures.remote(code, parts[parts.length - 1]);
  }
}
