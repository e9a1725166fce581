package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/**
 * What the members of a job know and others do not. Both sides of a {@link TcpStore} prove to each
 * other that they know it, and never send it.
 *
 * <p>A secret shows itself nowhere by accident: not in {@link #toString()}, not in messages, not in
 * logs. {@link #reveal()} gives it to whoever has to pass it on.
 */
public final class StoreSecret {
  /** The shortest secret, in characters. A {@link #random()} one has 43. */
  public static final int MIN_LENGTH = 16;

  /** The longest secret, in characters. */
  public static final int MAX_LENGTH = 4096;

  static final Setting TEXT =
      new Setting(
          "ccl.store.secret",
          "",
          "The secret that all ranks of a job share, 16 characters or more; better given as the"
              + " environment variable than as a property, which other users see in the list of"
              + " processes.");

  static final Setting FILE =
      new Setting(
          "ccl.store.secret.file",
          "",
          "A file with the secret that all ranks of a job share, readable by its owner alone.");

  private static final String MAC = "HmacSHA256";

  private final String text;

  private final Mac mac;

  private StoreSecret(String text) {
    this.text = text;
    this.mac = mac(text.getBytes(UTF_8));
  }

  static Mac mac(byte[] key) {
    try {
      Mac made = Mac.getInstance(MAC);
      made.init(new SecretKeySpec(key, MAC));
      return made;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + MAC, e);
    }
  }

  /**
   * A secret of the caller's own.
   *
   * @param text {@value #MIN_LENGTH} characters or more; white space around it does not count
   * @return the secret
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when it is shorter, or longer than
   *     {@value #MAX_LENGTH}
   */
  public static StoreSecret of(String text) {
    return of(Arguments.nonNull("text", text), "the secret");
  }

  private static StoreSecret of(String text, String what) {
    String stripped = text.strip();
    Arguments.requireRange(
        "the number of characters of " + what, stripped.length(), MIN_LENGTH, MAX_LENGTH);
    return new StoreSecret(stripped);
  }

  /**
   * A new secret of 256 random bits.
   *
   * @return the secret
   */
  public static StoreSecret random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return new StoreSecret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /**
   * Reads a secret from a file that only its owner can read.
   *
   * @param file the file; white space around its text does not count
   * @return the secret
   * @throws CclUsageException {@link ErrorCode#STORE_NOT_PRIVATE} when the file belongs to another
   *     user or others may read or write it, {@link ErrorCode#STORE_SECRET_MISSING} when it cannot
   *     be read, {@link ErrorCode#OUT_OF_RANGE} as for {@link #of(String)}
   */
  public static StoreSecret fromFile(Path file) {
    Arguments.nonNull("file", file);
    try {
      if (Files.isRegularFile(file) && Files.size(file) > 4L * MAX_LENGTH) {
        throw new CclUsageException(
            ErrorCode.OUT_OF_RANGE,
            "the file "
                + file
                + " has "
                + Files.size(file)
                + " bytes; allowed is a secret of "
                + MIN_LENGTH
                + " to "
                + MAX_LENGTH
                + " characters. Name the right file.");
      }
      Private.requireFile(file);
      return of(Files.readString(file), "the secret in " + file);
    } catch (IOException e) {
      throw new CclUsageException(
          ErrorCode.STORE_SECRET_MISSING,
          "the secret cannot be read from "
              + file
              + ": "
              + (e instanceof NoSuchFileException ? "there is no such file" : Failures.reason(e))
              + ". Write it there, readable by its owner alone, or name another file.",
          ErrorDetails.NONE,
          e);
    }
  }

  /**
   * Looks for a secret in the configuration: {@code ccl.store.secret} ({@code CCL_STORE_SECRET}),
   * then the file that {@code ccl.store.secret.file} ({@code CCL_STORE_SECRET_FILE}) names.
   *
   * @param settings the configuration
   * @return the secret; empty when neither is set
   * @throws CclUsageException {@link ErrorCode#INVALID_SETTING} when both are set; otherwise as for
   *     {@link #of(String)} and {@link #fromFile(Path)}
   */
  public static Optional<StoreSecret> find(Settings settings) {
    Optional<Settings.Origin> text = settings.origin(TEXT);
    Optional<Settings.Origin> file = settings.origin(FILE);
    if (text.isPresent() && file.isPresent()) {
      throw new CclUsageException(
          ErrorCode.INVALID_SETTING,
          "both "
              + text.get().description()
              + " and "
              + file.get().description()
              + " are set; allowed is one of them. Unset the other.");
    }
    return text.map(o -> of(o.value(), o.description()))
        .or(() -> file.map(o -> fromFile(Path.of(o.value()))));
  }

  /**
   * Writes the secret to a new file that only its owner can read.
   *
   * @param file the file, which must not exist
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} when it cannot be written
   */
  public void writeTo(Path file) {
    Arguments.nonNull("file", file);
    try {
      Private.createFile(file);
      Files.writeString(file, text + "\n", StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "the secret cannot be written to "
              + file
              + ": "
              + (e instanceof FileAlreadyExistsException
                  ? "there is such a file already"
                  : Failures.reason(e))
              + ". Name a new file in a folder that is there.",
          ErrorDetails.NONE,
          e);
    }
  }

  /**
   * The secret itself, to be passed on to other members of the job.
   *
   * @return text that {@link #of(String)} takes
   */
  public String reveal() {
    return text;
  }

  /** A code that only who knows the secret can make. */
  byte[] sign(byte[]... parts) {
    // One for all, because to make one takes longer than to use it.
    synchronized (mac) {
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    }
  }

  /** Says that there is a secret, and nothing about it. */
  @Override
  public String toString() {
    return "StoreSecret[hidden]";
  }
}
