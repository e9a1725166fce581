package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HandleTableTest {
  private final HandleTable<String> table = new HandleTable<>();

  @Test
  void aHandleLeadsToItsObjectUntilItIsRemoved() {
    long a = table.add("a");
    long b = table.add("b");
    assertEquals("a", table.get(a));
    assertEquals("b", table.remove(b));
    assertNull(table.get(b));
    assertNull(table.remove(b));
    assertEquals("a", table.get(a));
  }

  @Test
  void noHandleIsZeroAndNoneIsGivenTwice() {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      long kept = table.add("kept");
      long dropped = table.add("dropped");
      assertNotEquals(0, kept);
      assertEquals(true, seen.add(kept) && seen.add(dropped));
      table.remove(dropped);
    }
  }

  @Test
  void numbersThatNeverWereHandlesLeadNowhere() {
    table.add("a");
    for (long handle : new long[] {0, -1, 17, 1L << 40, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertNull(table.get(handle));
    }
  }
}
