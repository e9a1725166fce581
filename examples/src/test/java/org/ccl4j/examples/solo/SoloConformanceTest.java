package org.ccl4j.examples.solo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the kit from the outside, because most of its rules need more ranks than this backend has:
 * run directly, they would stand in the build's report as skipped tests.
 */
class SoloConformanceTest {

  @Test
  void theKitFindsNoFaultWithOneRank() {
    List<String> passed = new ArrayList<>();
    List<String> others = new ArrayList<>();
    LauncherFactory.create()
        .execute(
            request().selectors(selectClass(SoloConformance.class)).build(),
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest() && result.getStatus() == Status.SUCCESSFUL) {
                  passed.add(test.getDisplayName());
                } else if (test.isTest() && !isUnsupported(result)) {
                  others.add(test.getDisplayName() + ": " + result);
                }
              }
            });

    assertEquals(List.of(), others);
    assertTrue(passed.size() >= 30, () -> "only " + passed.size() + " rules passed: " + passed);
  }

  private static boolean isUnsupported(TestExecutionResult result) {
    return result.getStatus() == Status.ABORTED
        && result
            .getThrowable()
            .map(reason -> String.valueOf(reason.getMessage()))
            .filter(reason -> reason.startsWith("unsupported: "))
            .isPresent();
  }
}
