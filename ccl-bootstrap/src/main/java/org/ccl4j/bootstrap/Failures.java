package org.ccl4j.bootstrap;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCategory;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.jspecify.annotations.Nullable;

/** The failures that several stores have in common, in the same words. */
final class Failures {
  private Failures() {}

  /** The key never came. */
  static CclTimeoutException late(String key, Duration timeout) {
    return new CclTimeoutException(
        ErrorCode.STORE_TIMEOUT,
        "key '"
            + key
            + "' had no value after "
            + timeout
            + ". Look for the rank that should have set it.");
  }

  /** The wait was interrupted; the flag stays set. */
  static CclTimeoutException interrupted(String waitedFor) {
    Thread.currentThread().interrupt();
    return new CclTimeoutException(
        ErrorCode.INTERRUPTED,
        "the thread '"
            + Thread.currentThread().getName()
            + "' was interrupted while it waited for "
            + waitedFor
            + ". The store is as it was; wait again.");
  }

  static CclUsageException closed(Object store) {
    return new CclUsageException(
        ErrorCode.CLOSED, store + " is closed; allowed is one that is open. Open it again.");
  }

  static CclLibraryException of(ErrorCode code, String message, @Nullable Throwable cause) {
    return new CclLibraryException(code, message, ErrorDetails.NONE, cause);
  }

  /** What the other side of a connection found, thrown as if it had been found here. */
  static CclException remote(ErrorCode code, String message) {
    return code.category() == ErrorCategory.FIX_CALL
        ? new CclUsageException(code, message)
        : new CclLibraryException(code, message);
  }

  /** The message without the code, which an exception made from it puts in front again. */
  static String withoutCode(CclException e) {
    String message = e.getMessage();
    String code = e.code().text() + " ";
    return message.startsWith(code) ? message.substring(code.length()) : message;
  }

  /** What an exception of the JDK says, with its kind where it says little. */
  static String reason(Throwable e) {
    String text = e.getMessage();
    return text == null ? e.getClass().getSimpleName() : text;
  }

  static String address(InetSocketAddress address) {
    return address(
        address.isUnresolved() || address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress(),
        address.getPort());
  }

  /** Host and port as they stand in a URI. */
  static String address(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
