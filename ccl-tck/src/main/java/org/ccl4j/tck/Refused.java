package org.ccl4j.tck;

import java.util.Arrays;
import java.util.List;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/** What the rules say about calls that must fail. */
final class Refused {
  private Refused() {}

  /** The call is the caller's mistake, found before anything was launched. */
  static void asUsage(ErrorCode code, String what, Runnable call) {
    asUsage(List.of(code), what, call);
  }

  /** As {@link #asUsage(ErrorCode, String, Runnable)}, where several codes fit. */
  static void asUsage(List<ErrorCode> codes, String what, Runnable call) {
    CclException thrown = with(codes, what, call);
    Assertions.assertInstanceOf(CclUsageException.class, thrown, what);
  }

  /** The call fails with a code. */
  static CclException with(ErrorCode code, String what, Runnable call) {
    return with(List.of(code), what, call);
  }

  private static CclException with(List<ErrorCode> codes, String what, Runnable call) {
    try {
      call.run();
    } catch (CclException e) {
      if (codes.contains(e.code())) {
        return e;
      }
      throw new AssertionError(what + " was refused with " + e.code() + " in place of " + codes, e);
    } catch (RuntimeException e) {
      throw new AssertionError(what + " ended with an exception that is no CclException", e);
    }
    throw new AssertionError(what + " was not refused; expected " + codes);
  }

  /** Null where the contract forbids it, as callers without the check pass it. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  static <T> T absent() {
    @Nullable T nothing = null;
    return nothing;
  }

  /** One of several codes. */
  static List<ErrorCode> oneOf(ErrorCode... codes) {
    return Arrays.asList(codes);
  }
}
