package org.ccl4j.jna;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class AbiAuditTest {
  /** Those of the driver, which has a header of its own. */
  private static final Set<String> OF_THE_DRIVER = Set.of("devicegetname", "contextstate");

  @Test
  void everyFunctionThatIsCalledHasASignatureToCheck() {
    assertEquals(names(CollectiveLibrary.class), names(AbiSignatures.COLLECTIVE));
    Set<String> runtime = names(RuntimeLibrary.class);
    runtime.removeAll(OF_THE_DRIVER);
    assertEquals(runtime, names(AbiSignatures.RUNTIME));
  }

  private static Set<String> names(Class<?> library) {
    return AbiAudit.functionFields(library).stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> names(List<AbiSignatures.Signature> signatures) {
    return signatures.stream()
        .map(signature -> signature.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyMemberOfTheConfigurationIsAsserted() {
    for (AbiDialect dialect : AbiDialect.ALL) {
      String text = AbiAudit.text(dialect);
      for (ConfigField field : ConfigLayout.COMMON.fields()) {
        assertTrue(
            text.contains(
                "offsetof(ncclConfig_t, " + field.name() + ") == " + field.offset() + ", "),
            field.name());
      }
      assertTrue(text.contains("sizeof(ncclConfig_t) == " + ConfigLayout.COMMON.bytes()), text);
    }
  }

  @Test
  void theOtherVendorsHeaderIsAskedInItsOwnWords() {
    String text = AbiAudit.text(AbiDialect.AMD);

    assertFalse(text.contains("cuda"), text);
    for (String own : List.of("= ncclAllToAll;", "= hipHostMalloc;", "ncclFp8E4M3 == 10")) {
      assertTrue(text.contains(own), own);
    }
  }
}
