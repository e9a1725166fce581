package org.ccl4j.bootstrap;

import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/**
 * Stores by their addresses, as {@code CCL_STORE} has them: {@code tcp://host:port}, {@code
 * tcps://host:port} with TLS, {@code file:/folder}. Secret and certificates come from the
 * configuration.
 */
public final class Stores {
  static final Setting INSECURE =
      new Setting(
          "ccl.store.insecure",
          "off",
          "Whether a store over TCP may be used without a secret, by anybody who can reach it: on or"
              + " off.");

  private Stores() {}

  /**
   * Opens a store.
   *
   * @param uri its address
   * @param jobId tells the jobs in one folder apart; a store over TCP is one job's, or is to be
   *     {@linkplain Store#prefixed(String) prefixed} by the caller
   * @param settings where secret and certificates are looked for
   * @param timeout how long to try to connect
   * @return the store
   * @throws CclException {@link ErrorCode#INVALID_ARGUMENT} when the address has another form,
   *     {@link ErrorCode#STORE_SECRET_MISSING} when a secret is needed and none is found; otherwise
   *     as for {@link TcpStore#connect(String, int, TcpStore.Options)} and {@link
   *     FileStore#open(Path, String)}
   */
  public static Store open(String uri, String jobId, Settings settings, Duration timeout) {
    Arguments.requirePositive("timeout", timeout);
    if (isFile(uri)) {
      return FileStore.open(folder(uri), jobId);
    }
    Address address = Address.parse(uri);
    TcpStore.Options options =
        secret(uri, settings)
            .map(TcpStore.Options::with)
            .orElseGet(TcpStore.Options::insecure)
            .withConnectTimeout(timeout);
    return TcpStore.connect(
        address.host(),
        address.port(),
        address.tls() ? options.withTls(StoreTls.client(settings)) : options);
  }

  /**
   * Serves the store that others {@linkplain #open open} by the same address.
   *
   * @param uri its address, with TCP; the host is a name or address of this host and says on which
   *     interface to listen; port 0 takes a free one
   * @param settings where secret and certificates are looked for
   * @return the server
   * @throws CclException {@link ErrorCode#INVALID_ARGUMENT} when the address has another form,
   *     {@link ErrorCode#STORE_SECRET_MISSING} when no secret is found; otherwise as for {@link
   *     TcpStoreServer#start}
   */
  public static TcpStoreServer serve(String uri, Settings settings) {
    if (isFile(uri)) {
      throw wrong(uri, "allowed is tcp://host:port or tcps://host:port; a folder needs no server");
    }
    Address address = Address.parse(uri);
    Optional<SSLContext> tls =
        address.tls() ? Optional.of(StoreTls.server(settings)) : Optional.empty();
    TcpStoreServer.Options options =
        new TcpStoreServer.Options(
            new InetSocketAddress(address.host(), address.port()),
            secret(uri, settings),
            tls,
            StoreLimits.DEFAULT);
    return TcpStoreServer.start(options);
  }

  private static Optional<StoreSecret> secret(String uri, Settings settings) {
    Optional<StoreSecret> secret = StoreSecret.find(settings);
    if (secret.isEmpty() && !settings.getBoolean(INSECURE)) {
      throw new CclUsageException(
          ErrorCode.STORE_SECRET_MISSING,
          "there is no secret for the store at "
              + uri
              + ". Set CCL_STORE_SECRET or CCL_STORE_SECRET_FILE to the same on all ranks, or say"
              + " that anybody who can reach it may use it: "
              + INSECURE.key()
              + "=on.");
    }
    return secret;
  }

  /** A store over TCP by its address. Not {@code java.net.URI}, which refuses host names with _. */
  private record Address(boolean tls, String host, int port) {
    private static final Pattern FORM =
        Pattern.compile("(tcps?)://(?:\\[([0-9a-fA-F:.%\\w]+)]|([^\\s:/@?#\\[\\]]+)):(\\d{1,5})/?");

    static Address parse(String uri) {
      Matcher match = FORM.matcher(Arguments.nonNull("uri", uri).strip());
      if (!match.matches() || Integer.parseInt(match.group(4)) > 65535) {
        throw wrong(uri, "allowed is tcp://host:port, tcps://host:port or file:/folder");
      }
      String host = match.group(2) == null ? match.group(3) : match.group(2);
      return new Address(match.group(1).equals("tcps"), host, Integer.parseInt(match.group(4)));
    }
  }

  private static boolean isFile(String uri) {
    return Arguments.nonNull("uri", uri).strip().startsWith("file:");
  }

  private static Path folder(String uri) {
    Matcher match = Pattern.compile("file:(?://)?(/.*)").matcher(uri.strip());
    if (!match.matches()) {
      throw wrong(uri, "allowed is file: and an absolute path, such as file:/dev/shm/job");
    }
    try {
      return Path.of(match.group(1));
    } catch (InvalidPathException e) {
      throw wrong(uri, "allowed is file: and an absolute path, such as file:/dev/shm/job");
    }
  }

  private static CclUsageException wrong(String uri, String allowed) {
    return new CclUsageException(
        ErrorCode.INVALID_ARGUMENT, "the address of a store is '" + uri + "'; " + allowed + ".");
  }
}
