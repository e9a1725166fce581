package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class StoresTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Map<String, String> SECRET =
      Map.of("ccl.store.secret", StoreSecret.random().reveal());

  @TempDir private static Path certificates = Path.of("replaced");
  private static Map<String, String> right = Map.of();
  private static Map<String, String> stranger = Map.of();
  private static Map<String, String> elsewhere = Map.of();

  @TempDir private Path folder = Path.of("replaced");

  @BeforeAll
  static void makeCertificates() throws Exception {
    right = certificate("right", "dns:localhost,ip:127.0.0.1");
    stranger = certificate("stranger", "dns:localhost,ip:127.0.0.1");
    elsewhere = certificate("elsewhere", "dns:elsewhere.example");
  }

  private static CclException assertCode(ErrorCode expected, Executable call) {
    CclException e = assertThrows(CclException.class, call);
    assertEquals(expected, e.code(), e.getMessage());
    return e;
  }

  private static Store open(String uri, Map<String, String> settings) {
    return Stores.open(uri, "job", Settings.of(settings), LONG);
  }

  private static TcpStoreServer serve(String uri, Map<String, String> settings) {
    return Stores.serve(uri, Settings.of(settings));
  }

  private static void assertWorks(Store first, Store second) {
    first.set("k", "v".getBytes(US_ASCII));
    assertArrayEquals("v".getBytes(US_ASCII), second.await("k", LONG));
  }

  @Test
  void aTcpAddressIsServedAndOpened() {
    for (String host : List.of("127.0.0.1", "localhost", "[::1]")) {
      try (TcpStoreServer server = serve("tcp://" + host + ":0", SECRET)) {
        String uri = "tcp://" + host + ":" + server.address().getPort();
        try (Store a = open(uri, SECRET);
            Store b = open(uri + "/", SECRET)) {
          assertWorks(a, b);
          assertTrue(a.toString().endsWith(":" + server.address().getPort() + "]"), a.toString());
        }
      }
    }
  }

  @Test
  void withoutASecretNothingIsOpenedUnlessThatIsSaid() {
    assertCode(ErrorCode.STORE_SECRET_MISSING, () -> serve("tcp://127.0.0.1:0", Map.of()));
    CclException e =
        assertCode(ErrorCode.STORE_SECRET_MISSING, () -> open("tcp://127.0.0.1:1", Map.of()));
    assertTrue(e.getMessage().contains("ccl.store.insecure"), e.getMessage());
    Map<String, String> insecure = Map.of("ccl.store.insecure", "on");
    try (TcpStoreServer server = serve("tcp://127.0.0.1:0", insecure)) {
      String uri = "tcp://127.0.0.1:" + server.address().getPort();
      try (Store a = open(uri, insecure);
          Store b = open(uri, insecure)) {
        assertWorks(a, b);
      }
    }
  }

  @Test
  void aFolderIsOpened() {
    for (String form : List.of("file:", "file://")) {
      try (Store a = open(form + folder.resolve("store"), Map.of());
          Store b = open(form + folder.resolve("store"), Map.of())) {
        assertWorks(a, b);
      }
    }
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> serve("file:" + folder.resolve("store"), SECRET));
  }

  @Test
  void otherAddressesAreRefusedWithWhatIsAllowed() {
    for (String uri :
        List.of(
            "",
            "host:1",
            "tcp://host",
            "tcp://:1",
            "tcp://host:",
            "tcp://host:65536",
            "tcp://host:1/path",
            "tcp://user@host:1",
            "udp://host:1",
            "http://host:1",
            "tcp://a b:1",
            "tcp://::1:1",
            "file:relative",
            "file:",
            "TCP://host:1")) {
      CclException e = assertCode(ErrorCode.INVALID_ARGUMENT, () -> open(uri, SECRET));
      assertTrue(e.getMessage().contains("allowed is "), e.getMessage());
    }
    assertCode(ErrorCode.OUT_OF_RANGE, () -> open("tcp://127.0.0.1:0", SECRET));
  }

  // ---- TLS

  private static Map<String, String> certificate(String name, String alternative) throws Exception {
    Path key = certificates.resolve(name + ".p12");
    Path trust = certificates.resolve(name + ".pem");
    Path password = certificates.resolve(name + ".password");
    StoreSecret.random().writeTo(password);
    String store = " -storetype PKCS12 -keystore " + key + " -storepass:file " + password;
    keytool(
        "-genkeypair -alias a -keyalg EC -validity 2 -dname CN="
            + name
            + " -ext san="
            + alternative
            + store);
    keytool("-exportcert -rfc -alias a -file " + trust + store);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Map<String, String> settings = new HashMap<>(SECRET);
    settings.put("ccl.store.tls.key", key.toString());
    settings.put("ccl.store.tls.password.file", password.toString());
    settings.put("ccl.store.tls.trust", trust.toString());
    return settings;
  }

  private static void keytool(String options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(Arrays.asList(options.split(" ", -1)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "keytool stands still");
    assertEquals(0, process.exitValue(), "exit code of keytool " + options);
  }

  @Test
  void tlsNeedsACertificateThatIsTrustedAndForTheHost() throws Exception {
    try (TcpStoreServer server = serve("tcps://127.0.0.1:0", right)) {
      int port = server.address().getPort();
      try (Store a = open("tcps://127.0.0.1:" + port, right);
          Store b = open("tcps://localhost:" + port, right)) {
        assertWorks(a, b);
        assertCode(ErrorCode.STORE_TLS_FAILED, () -> open("tcps://127.0.0.1:" + port, stranger));
        assertCode(ErrorCode.STORE_TLS_FAILED, () -> open("tcps://127.0.0.1:" + port, SECRET));
        Map<String, String> otherSecret = new HashMap<>(right);
        otherSecret.put("ccl.store.secret", StoreSecret.random().reveal());
        assertCode(
            ErrorCode.STORE_SECRET_WRONG, () -> open("tcps://127.0.0.1:" + port, otherSecret));
        a.set("large", new byte[Store.MAX_VALUE_BYTES]);
        assertEquals(Store.MAX_VALUE_BYTES, b.await("large", LONG).length);
      }
      assertTrue(server.awaitNoClients(LONG));
    }
    try (TcpStoreServer server = serve("tcps://127.0.0.1:0", elsewhere)) {
      String uri = "tcps://127.0.0.1:" + server.address().getPort();
      CclException e = assertCode(ErrorCode.STORE_TLS_FAILED, () -> open(uri, elsewhere));
      assertTrue(e.getMessage().contains("127.0.0.1"), e.getMessage());
    }
  }

  @Test
  void tlsOnOneSideOnlyIsSaid() throws Exception {
    try (TcpStoreServer server = serve("tcps://127.0.0.1:0", right)) {
      CclException e =
          assertCode(
              ErrorCode.STORE_PROTOCOL,
              () -> open("tcp://127.0.0.1:" + server.address().getPort(), right));
      assertTrue(e.getMessage().contains("tcps://"), e.getMessage());
    }
    try (TcpStoreServer server = serve("tcp://127.0.0.1:0", right)) {
      assertCode(
          ErrorCode.STORE_TLS_FAILED,
          () -> open("tcps://127.0.0.1:" + server.address().getPort(), right));
    }
  }

  @Test
  void filesForTlsThatDoNotFitAreNamed() throws Exception {
    assertCode(ErrorCode.INVALID_SETTING, () -> serve("tcps://127.0.0.1:0", SECRET));
    for (String key : List.of("ccl.store.tls.key", "ccl.store.tls.password.file")) {
      Map<String, String> wrong = new HashMap<>(right);
      wrong.put(key, folder.resolve("none").toString());
      CclException e =
          assertCode(ErrorCode.INVALID_SETTING, () -> serve("tcps://127.0.0.1:0", wrong));
      assertTrue(e.getMessage().contains(folder.resolve("none").toString()), e.getMessage());
    }
    Map<String, String> otherPassword = new HashMap<>(right);
    Path password = folder.resolve("other.password");
    StoreSecret.random().writeTo(password);
    otherPassword.put("ccl.store.tls.password.file", password.toString());
    assertCode(ErrorCode.INVALID_SETTING, () -> serve("tcps://127.0.0.1:0", otherPassword));
    Map<String, String> noTrust = new HashMap<>(right);
    noTrust.put("ccl.store.tls.trust", password.toString());
    assertCode(ErrorCode.INVALID_SETTING, () -> open("tcps://127.0.0.1:1", noTrust));
    Path key = Path.of(right.getOrDefault("ccl.store.tls.key", ""));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    try {
      assertCode(ErrorCode.STORE_NOT_PRIVATE, () -> serve("tcps://127.0.0.1:0", right));
    } finally {
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }
  }
}
