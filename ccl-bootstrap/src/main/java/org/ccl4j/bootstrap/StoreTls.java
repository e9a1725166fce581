package org.ccl4j.bootstrap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/** Makes TLS contexts of the files that the configuration names. */
final class StoreTls {
  static final Setting TRUST =
      new Setting(
          "ccl.store.tls.trust",
          "",
          "For clients of a tcps store: a PEM file with the certificates to trust; those that the"
              + " JDK trusts when unset.");

  static final Setting KEY =
      new Setting(
          "ccl.store.tls.key",
          "",
          "For the server of a tcps store: a PKCS 12 file with its certificate and private key.");

  static final Setting PASSWORD_FILE =
      new Setting(
          "ccl.store.tls.password.file",
          "",
          "For the server of a tcps store: a file with the password of its PKCS 12 file, readable"
              + " by its owner alone.");

  private StoreTls() {}

  static SSLContext client(Settings settings) {
    Settings.Origin trust = settings.origin(TRUST).orElse(null);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      if (trust == null) {
        context.init(null, null, null);
        return context;
      }
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      int number = 0;
      for (Certificate certificate : certificates(Path.of(trust.value()))) {
        trusted.setCertificateEntry("trusted-" + number++, certificate);
      }
      if (number == 0) {
        throw new IOException("there is no certificate in it");
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw unusable(trust == null ? "the JDK's own trust" : describe(trust), e);
    }
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
  }

  static SSLContext server(Settings settings) {
    Settings.Origin key =
        settings
            .origin(KEY)
            .orElseThrow(
                () ->
                    new CclUsageException(
                        ErrorCode.INVALID_SETTING,
                        "a tcps store cannot be served, because "
                            + KEY.key()
                            + " is not set; allowed is a PKCS 12 file with certificate and key."
                            + " Set it, or use tcp://."));
    try {
      char[] password =
          settings.origin(PASSWORD_FILE).map(StoreTls::password).orElseGet(() -> new char[0]);
      Path file = Path.of(key.value());
      Private.requireFile(file);
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        store.load(in, password);
      }
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw unusable(describe(key), e);
    }
  }

  private static char[] password(Settings.Origin file) {
    try {
      Private.requireFile(Path.of(file.value()));
      return Files.readString(Path.of(file.value())).strip().toCharArray();
    } catch (IOException e) {
      throw unusable(describe(file), e);
    }
  }

  private static String describe(Settings.Origin origin) {
    return "the file '" + origin.value() + "' (" + origin.description() + ")";
  }

  private static CclUsageException unusable(String what, Exception e) {
    return new CclUsageException(
        ErrorCode.INVALID_SETTING,
        what
            + " cannot be used for TLS: "
            + Failures.reason(e)
            + ". Name a file that fits, in a form that keytool or openssl writes.",
        ErrorDetails.NONE,
        e);
  }
}
