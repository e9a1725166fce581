package org.ccl4j.api;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The circumstances of a {@link CclException}, as far as they are known. Immutable; start from
 * {@link #NONE} and add.
 */
public final class ErrorDetails {
  /** Nothing is known. */
  public static final ErrorDetails NONE = new ErrorDetails("", "", -1, -1, null, 0, "");

  private final String operation;
  private final String communicator;
  private final int rank;
  private final int device;
  private final @Nullable Status status;
  private final int vendorCode;
  private final String vendorText;

  private ErrorDetails(
      String operation,
      String communicator,
      int rank,
      int device,
      @Nullable Status status,
      int vendorCode,
      String vendorText) {
    this.operation = operation;
    this.communicator = communicator;
    this.rank = rank;
    this.device = device;
    this.status = status;
    this.vendorCode = vendorCode;
    this.vendorText = vendorText;
  }

  /**
   * Adds the operation.
   *
   * @param operation such as {@code allReduce}
   * @return new details
   */
  public ErrorDetails withOperation(String operation) {
    return new ErrorDetails(operation, communicator, rank, device, status, vendorCode, vendorText);
  }

  /**
   * Adds the communicator and this rank in it.
   *
   * @param communicator its name
   * @param rank this rank
   * @return new details
   */
  public ErrorDetails withCommunicator(String communicator, int rank) {
    return new ErrorDetails(operation, communicator, rank, device, status, vendorCode, vendorText);
  }

  /**
   * Adds the device.
   *
   * @param device its ordinal
   * @return new details
   */
  public ErrorDetails withDevice(int device) {
    return new ErrorDetails(operation, communicator, rank, device, status, vendorCode, vendorText);
  }

  /**
   * Adds what the library said.
   *
   * @param status in neutral words
   * @param vendorCode the raw code
   * @param vendorText the library's own text
   * @return new details
   */
  public ErrorDetails withStatus(Status status, int vendorCode, String vendorText) {
    return new ErrorDetails(operation, communicator, rank, device, status, vendorCode, vendorText);
  }

  /**
   * The operation that failed.
   *
   * @return such as {@code allReduce}; empty when unknown
   */
  public String operation() {
    return operation;
  }

  /**
   * The communicator concerned.
   *
   * @return its name; empty when there is none
   */
  public String communicator() {
    return communicator;
  }

  /**
   * The rank on which the failure was seen.
   *
   * @return empty when there is none
   */
  public OptionalInt rank() {
    return rank < 0 ? OptionalInt.empty() : OptionalInt.of(rank);
  }

  /**
   * The device concerned.
   *
   * @return its ordinal; empty when there is none
   */
  public OptionalInt device() {
    return device < 0 ? OptionalInt.empty() : OptionalInt.of(device);
  }

  /**
   * The library's result in neutral words.
   *
   * @return empty when no library was asked
   */
  public Optional<Status> status() {
    return Optional.ofNullable(status);
  }

  /**
   * The library's raw code.
   *
   * @return empty when no library was asked
   */
  public OptionalInt vendorCode() {
    return status == null ? OptionalInt.empty() : OptionalInt.of(vendorCode);
  }

  /**
   * The library's own text.
   *
   * @return empty when it said nothing
   */
  public String vendorText() {
    return vendorText;
  }

  /** The details in brackets, as they end a message; empty when nothing is known. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    append(text, operation);
    append(text, rank < 0 ? "" : "rank " + rank + " of " + communicator);
    append(text, device < 0 ? "" : "device " + device);
    append(text, status == null ? "" : status + " (code " + vendorCode + ")");
    return text.length() == 0 ? "" : "[" + text + "]";
  }

  private static void append(StringBuilder text, String part) {
    if (!part.isEmpty()) {
      text.append(text.length() == 0 ? "" : ", ").append(part);
    }
  }
}
