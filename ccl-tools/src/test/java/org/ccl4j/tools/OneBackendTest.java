package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.Selection;
import org.junit.jupiter.api.Test;

class OneBackendTest {
  private static final OpenOptions ALL = OpenOptions.DEFAULT;

  private static List<String> found(OpenOptions options) {
    return Ccl.survey(options).candidates().stream().map(Selection.Candidate::id).toList();
  }

  @Test
  void onlyTheBackendThatWasChosenIsFound() {
    assertTrue(found(ALL).size() > 1);
    assertEquals(List.of("cpu/fake"), found(OneBackend.of("cpu/fake", ALL)));
  }

  @Test
  void backendsOfOneFileStayTogether() {
    assertEquals(List.of("test/broken", "test/deadly"), found(OneBackend.of("test/deadly", ALL)));
  }

  @Test
  void everythingElseIsAsItWas() throws IOException {
    ClassLoader one = OneBackend.of("cpu/fake", ALL).classLoader();
    String factories = "META-INF/services/org.ccl4j.api.internal.CclFactory";
    assertTrue(one.getResources(factories).hasMoreElements());
    assertFalse(one.getResources("no such thing").hasMoreElements());
  }

  @Test
  void whereNoFileNamesItAllStay() {
    assertSame(ALL, OneBackend.of("no/such", ALL));
  }
}
