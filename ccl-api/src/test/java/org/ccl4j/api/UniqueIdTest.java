package org.ccl4j.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UniqueIdTest {
  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void textReadsBackToTheSameId() {
    for (int length : new int[] {1, 2, 127, 128, 256, 1024}) {
      UniqueId id = UniqueId.of("vendor/library", bytes(length));
      UniqueId back = UniqueId.parse(" " + id.toText() + "\n");
      assertEquals(id, back);
      assertEquals(id.hashCode(), back.hashCode());
      assertArrayEquals(bytes(length), back.toBytes());
      assertEquals("vendor/library", back.backendId());
      assertTrue(id.toText().chars().allMatch(c -> c > ' ' && c < 127));
    }
  }

  @Test
  void anotherBackendMakesAnotherId() {
    assertNotEquals(UniqueId.of("a/b", bytes(128)), UniqueId.of("a/c", bytes(128)));
  }

  @Test
  void theBytesCannotBeChangedFromOutside() {
    byte[] bytes = bytes(128);
    UniqueId id = UniqueId.of("a/b", bytes);
    bytes[0]++;
    id.toBytes()[1]++;
    assertArrayEquals(bytes(128), id.toBytes());
  }

  @Test
  void toStringDoesNotGiveTheSecretAway() {
    UniqueId id = UniqueId.of("a/b", bytes(128));
    assertFalse(id.toString().contains(id.toText().substring(10, 30)), id.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ccl1",
        "ccl1:a/b",
        "ccl1::AAAA",
        "ccl2:a/b:AAAA",
        "ccl1:a/b:AAAA:x",
        "ccl1:a/b:",
        "ccl1:a/b:A+*?"
      })
  void malformedTextIsRefused(String text) {
    CclUsageException e = assertThrows(CclUsageException.class, () -> UniqueId.parse(text));
    assertEquals(ErrorCode.INVALID_UNIQUE_ID, e.code());
  }

  @Test
  void lengthsOutOfBoundsAreRefused() {
    assertThrows(CclUsageException.class, () -> UniqueId.of("a/b", new byte[0]));
    CclUsageException e =
        assertThrows(CclUsageException.class, () -> UniqueId.of("a/b", new byte[1025]));
    assertTrue(
        e.getMessage().contains("1025") && e.getMessage().contains("1 to 1024"), e.getMessage());
  }
}
