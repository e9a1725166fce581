package org.ccl4j.api;

import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/**
 * The name of a communicator to be, made by one rank and given to all others over any channel.
 * Stands for {@code ncclUniqueId} (128 opaque bytes with every vendor known so far).
 *
 * <p>It is a secret of the job while the ranks connect: whoever has it can join in place of a rank.
 */
public final class UniqueId {
  private static final String TEXT_PREFIX = "ccl1";
  private static final int MAX_BYTES = 1024;

  private final String backendId;
  private final byte[] bytes;

  private UniqueId(String backendId, byte[] bytes) {
    this.backendId = backendId;
    this.bytes = bytes;
  }

  /**
   * Takes raw bytes that came over a channel of the caller's own.
   *
   * @param backendId the id of the backend that made them, such as {@code cpu/fake}
   * @param bytes the bytes exactly as {@link #toBytes()} gave them; copied
   * @return the id
   * @throws CclUsageException {@link ErrorCode#INVALID_UNIQUE_ID} when the array is empty or longer
   *     than 1024 bytes; that the length fits the backend is checked when connecting
   */
  public static UniqueId of(String backendId, byte[] bytes) {
    Required.nonNull("backendId", backendId);
    Required.nonNull("bytes", bytes);
    if (bytes.length == 0 || bytes.length > MAX_BYTES) {
      throw invalid("has " + bytes.length + " bytes; allowed are 1 to " + MAX_BYTES);
    }
    return new UniqueId(backendId, bytes.clone());
  }

  /**
   * Reads the form that {@link #toText()} wrote.
   *
   * @param text the text; surrounding white space is ignored
   * @return the id
   * @throws CclUsageException {@link ErrorCode#INVALID_UNIQUE_ID} when the text is not of that form
   */
  public static UniqueId parse(String text) {
    String[] parts = Required.nonNull("text", text).strip().split(":", -1);
    if (parts.length != 3 || !parts[0].equals(TEXT_PREFIX) || parts[1].isEmpty()) {
      throw invalid("is not of the form " + TEXT_PREFIX + ":<backend>:<base64>");
    }
    try {
      return of(parts[1], Base64.getUrlDecoder().decode(parts[2]));
    } catch (IllegalArgumentException e) {
      throw invalid("has a part that is not base64: " + e.getMessage());
    }
  }

  private static CclUsageException invalid(String what) {
    return new CclUsageException(
        ErrorCode.INVALID_UNIQUE_ID,
        "the unique id " + what + ". Pass on what newUniqueId() gave, unchanged.");
  }

  /**
   * The backend whose ranks can use this id.
   *
   * @return such as {@code cpu/fake}
   */
  public String backendId() {
    return backendId;
  }

  /**
   * The library's own bytes, for channels that carry bytes.
   *
   * @return a fresh copy
   */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /**
   * One line of printable ASCII without blanks, for channels that carry strings.
   *
   * @return {@code ccl1:<backend>:<base64url>}; {@link #parse(String)} reads it back
   */
  public String toText() {
    return TEXT_PREFIX
        + ":"
        + backendId
        + ":"
        + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UniqueId id
        && id.backendId.equals(backendId)
        && Arrays.equals(id.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return 31 * backendId.hashCode() + Arrays.hashCode(bytes);
  }

  /** A short form that tells ids apart in a log but does not give the secret away. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "UniqueId[%s, %d bytes, #%08x]", backendId, bytes.length, hashCode());
  }
}
