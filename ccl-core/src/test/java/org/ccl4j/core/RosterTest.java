package org.ccl4j.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.ccl4j.api.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How ranks and what they say are written down. */
class RosterTest {

  private static Roster.Facts facts(String configuration) {
    return new Roster.Facts(4096, "vendor/library", "2.29.3", "[A, B]", configuration, "t");
  }

  @Test
  void aRosterReadsBackWhateverItsTextsHold() {
    Roster roster = new Roster();
    roster.add(3, new Roster.Hello(facts("a=1:\n2:b"), "höst", ""));
    roster.add(1, new Roster.Hello(facts(""), "7:x", "0000:07:00.0"));
    byte[] bytes = Fields.of(roster.toFields());
    Roster back = Fields.read("k", bytes, Roster::read);
    assertEquals(roster.toFields(), back.toFields());
    assertTrue(back.contains(1) && back.contains(3));
    assertFalse(back.contains(2) || back.isAlike());
  }

  @Test
  void theRosterOfThousandsFitsAStoreManyTimesOver() {
    Roster roster = new Roster();
    for (int rank = 0; rank < 4096; rank++) {
      String machine = "b1946ac9-2492-4d23-8b6c-00000000" + (1000 + rank / 8);
      roster.add(rank, new Roster.Hello(facts("x".repeat(500)), machine, "00000000:07:00." + rank));
    }
    int length = Fields.of(roster.toFields()).length;
    assertTrue(length < Store.MAX_VALUE_BYTES / 4, "bytes: " + length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"3|rank 3", "3,4|ranks 3, 4", "3,4,5|ranks 3-5", "9,1,2,0,7|ranks 0-2, 7, 9"})
  void ranksAreWrittenAsAPersonReadsThem(String ranks, String text) {
    RankSet set = new RankSet();
    for (String rank : ranks.split(",", -1)) {
      set.add(Integer.parseInt(rank));
    }
    assertEquals(text, set.named());
    assertEquals(set.toString(), RankSet.parse(set.toString()).toString());
    assertEquals(List.of(true, false), List.of(RankSet.parse("").isEmpty(), set.isEmpty()));
  }
}
