package org.ccl4j.bootstrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class StoreSecretTest {
  private static final String TEXT = "a secret of many words";

  @TempDir private Path folder = Path.of("replaced");

  private static CclException assertCode(ErrorCode expected, Executable call) {
    CclException e = assertThrows(CclException.class, call);
    assertEquals(expected, e.code(), e.getMessage());
    assertFalse(e.getMessage().contains(TEXT), "the secret is in " + e.getMessage());
    return e;
  }

  private Path file(String text, String permissions) throws IOException {
    Path file = folder.resolve("secret");
    Files.deleteIfExists(file);
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void noTwoRandomOnesAreAlike() {
    assertNotEquals(StoreSecret.random().reveal(), StoreSecret.random().reveal());
    assertEquals(43, StoreSecret.random().reveal().length());
  }

  @Test
  void itShowsNothingByAccident() {
    StoreSecret secret = StoreSecret.of(TEXT);
    assertEquals("StoreSecret[hidden]", secret.toString());
    for (Object holder :
        List.of(
            TcpStore.Options.with(secret),
            TcpStoreServer.Options.with(secret),
            Optional.of(secret))) {
      assertFalse(holder.toString().contains(TEXT), holder.toString());
    }
  }

  @Test
  void aShortOneIsRefusedAndNotShown() {
    CclException e = assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreSecret.of("short word"));
    assertFalse(e.getMessage().contains("short word"), e.getMessage());
    assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreSecret.of("   123456789012345   "));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreSecret.of("x".repeat(4097)));
  }

  @Test
  void aFileGivesWhatWasWrittenToIt() throws IOException {
    Path file = folder.resolve("new");
    StoreSecret secret = StoreSecret.random();
    secret.writeTo(file);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(secret.reveal(), StoreSecret.fromFile(file).reveal());
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> secret.writeTo(file));
    assertEquals(TEXT, StoreSecret.fromFile(file("\n " + TEXT + " \n", "r--------")).reveal());
  }

  @Test
  void aFileThatOthersMayUseIsRefused() throws IOException {
    for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----", "rw-----w-")) {
      Path file = file(TEXT, permissions);
      CclException e = assertCode(ErrorCode.STORE_NOT_PRIVATE, () -> StoreSecret.fromFile(file));
      assertTrue(e.getMessage().contains("chmod 600 " + file), e.getMessage());
    }
  }

  @Test
  void aFileThatIsMissingOrNoSecretIsNamed() throws IOException {
    Path none = folder.resolve("none");
    CclException e = assertCode(ErrorCode.STORE_SECRET_MISSING, () -> StoreSecret.fromFile(none));
    assertTrue(e.getMessage().contains(none.toString()), e.getMessage());
    assertCode(ErrorCode.STORE_SECRET_MISSING, () -> StoreSecret.fromFile(folder));
    Path empty = file("\n", "rw-------");
    assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreSecret.fromFile(empty));
    Path large = file("x".repeat(100_000), "rw-------");
    assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreSecret.fromFile(large));
    Files.write(large, new byte[] {(byte) 0xFF, (byte) 0xFE});
    assertCode(ErrorCode.STORE_SECRET_MISSING, () -> StoreSecret.fromFile(large));
  }

  @Test
  void theConfigurationHasTextOrFileButNotBoth() throws IOException {
    Path file = file(TEXT, "rw-------");
    Map<String, String> environment =
        Map.of("CCL_STORE_SECRET", TEXT, "CCL_STORE_SECRET_FILE", file.toString());
    assertCode(
        ErrorCode.INVALID_SETTING,
        () -> StoreSecret.find(Settings.of(p -> null, environment::get)));
    for (String one : environment.keySet()) {
      Settings settings = Settings.of(p -> null, n -> n.equals(one) ? environment.get(n) : null);
      assertEquals(TEXT, StoreSecret.find(settings).orElseThrow().reveal());
    }
    assertTrue(StoreSecret.find(Settings.of(Map.of())).isEmpty());
    Settings shortOne = Settings.of(p -> null, n -> n.equals("CCL_STORE_SECRET") ? "short" : null);
    CclException e = assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreSecret.find(shortOne));
    assertTrue(e.getMessage().contains("CCL_STORE_SECRET"), e.getMessage());
  }

  @Test
  void codesDependOnTheSecretAndOnEachByte() {
    StoreSecret secret = StoreSecret.of(TEXT);
    byte[] code = secret.sign(new byte[] {1, 2}, new byte[] {3});
    assertArrayEquals(code, StoreSecret.of(TEXT).sign(new byte[] {1, 2, 3}));
    assertEquals(32, code.length);
    assertNotEquals(
        List.of(code[0], code[1], code[2], code[3]),
        List.of(
            secret.sign(new byte[] {1, 2, 4})[0],
            secret.sign(new byte[] {1, 2, 4})[1],
            secret.sign(new byte[] {1, 2, 4})[2],
            secret.sign(new byte[] {1, 2, 4})[3]));
  }
}
