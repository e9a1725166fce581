package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "8, 8",
    "64K, 65536",
    "64k, 65536",
    "8M, 8388608",
    "1G, 1073741824",
    "2T, 2199023255552",
    "9223372036854775807, 9223372036854775807",
    "8388607T, 9223370937343148032"
  })
  void unitsArePowersOf1024(String text, long bytes) {
    assertEquals(bytes, ByteSize.parse("-b", text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "M",
        "8X",
        "8MB",
        "-8",
        "1.5M",
        "0x10",
        "8 M",
        "1e6",
        "9223372036854775808",
        "8388608T",
        "99999999999999999999G"
      })
  void whatIsNoSizeIsRefusedWithOptionValueAndForm(String text) {
    UsageException e = assertThrows(UsageException.class, () -> ByteSize.parse("-e", text));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("-e is '" + text + "'; allowed is "), message);
    assertTrue(message.contains("64K"), message);
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1536, 1.5 KiB", "4294967296, 4.0 GiB"})
  void sizesAreWrittenForPeople(long bytes, String text) {
    assertEquals(text, ByteSize.format(bytes));
  }

  @Test
  void theLargestSizeIsWrittenInTheLargestUnit() {
    assertEquals("8388608.0 TiB", ByteSize.format(Long.MAX_VALUE));
  }
}
