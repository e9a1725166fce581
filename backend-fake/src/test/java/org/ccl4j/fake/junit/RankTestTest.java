package org.ccl4j.fake.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.junit.RankFailedError;
import org.ccl4j.junit.RankScope;
import org.ccl4j.junit.RankTest;
import org.ccl4j.junit.RanksHungError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** {@link RankTest} seen from outside: each case is run by a launcher of its own. */
class RankTestTest {

  /** The cases; not run by themselves, for some of them must fail. */
  static final class Cases {
    private static final AtomicInteger BEFORE = new AtomicInteger();
    private static final AtomicInteger BODIES = new AtomicInteger();
    private static final AtomicInteger AFTER = new AtomicInteger();

    @BeforeEach
    void before() {
      BEFORE.incrementAndGet();
    }

    @AfterEach
    void after() {
      AFTER.incrementAndGet();
    }

    @RankTest(ranks = 4)
    void passes(
        Communicator communicator,
        Device device,
        Stream stream,
        RankContext ranks,
        Ccl ccl,
        RankScope scope,
        TestInfo info) {
      BODIES.incrementAndGet();
      assertEquals(4, communicator.size());
      assertEquals(communicator.rank(), ranks.rank());
      assertEquals(ranks.rank(), device.ordinal());
      assertEquals(device.ordinal(), stream.device().ordinal());
      assertEquals("cpu/fake", ccl.backend().id());
      assertEquals(scope.rank(), ranks.rank());
      assertEquals("passes", info.getTestMethod().orElseThrow().getName());
      communicator.barrier(stream);
      stream.synchronize(Duration.ofSeconds(30));
    }

    @RankTest(ranks = 3)
    void oneRankFails(RankContext ranks) {
      Assertions.assertNotEquals(1, ranks.rank(), "rank 1 has bad luck");
    }

    @RankTest(ranks = 2)
    void bothRanksFail(RankContext ranks) {
      throw new IllegalStateException("failure of rank " + ranks.rank());
    }

    @RankTest(ranks = 2)
    void oneRankFailsWhileTheOtherWaits(Communicator communicator, Device device, Stream stream) {
      if (communicator.rank() == 0) {
        throw new IllegalStateException("rank 0 leaves");
      }
      try (DeviceBuffer x = device.allocate(DataType.INT32, 1)) {
        communicator.allReduce(x, x, ReduceOp.SUM, stream);
        stream.synchronize(Duration.ofMinutes(5));
      }
    }

    @RankTest(ranks = 2, timeout = "300ms")
    void hangs(Communicator communicator, Stream stream) {
      if (communicator.rank() == 0) {
        communicator.barrier(stream);
        stream.synchronize(Duration.ofMinutes(5));
      }
    }

    @RankTest(ranks = 1)
    void wantsABuffer(DeviceBuffer buffer) {
      BODIES.incrementAndGet();
    }

    @RankTest(
        ranks = 2,
        backend = "fake",
        settings = {"ccl.fake.devices=5", "ccl.fake.disable=SPLIT"})
    void isConfigured(Ccl ccl) {
      assertEquals(5, ccl.deviceCount());
      assertTrue(ccl.backend().capabilities().size() > 3, "all but one");
      assertFalse(ccl.backend().can(Capability.SPLIT), "SPLIT is disabled");
    }

    @RankTest(ranks = 1, settings = "nonsense")
    void isMisconfigured() {
      BODIES.incrementAndGet();
    }

    @RankTest(ranks = 1, timeout = "soon")
    void hasABadTimeout() {
      BODIES.incrementAndGet();
    }

    @RankTest(ranks = 1, backend = "no/such")
    void hasNoBackend() {
      BODIES.incrementAndGet();
    }
  }

  private static TestExecutionResult run(String method) {
    Cases.BEFORE.set(0);
    Cases.BODIES.set(0);
    Cases.AFTER.set(0);
    Method found =
        Arrays.stream(Cases.class.getDeclaredMethods())
            .filter(m -> m.getName().equals(method))
            .findFirst()
            .orElseThrow();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectMethod(Cases.class, found))
            .build();
    List<TestExecutionResult> results = new ArrayList<>();
    LauncherFactory.create()
        .execute(
            request,
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                  results.add(result);
                }
              }
            });
    assertEquals(1, results.size(), "one test, whatever the number of ranks");
    return results.get(0);
  }

  private static Throwable failure(String method) {
    TestExecutionResult result = run(method);
    assertEquals(TestExecutionResult.Status.FAILED, result.getStatus(), result.toString());
    Throwable failure = result.getThrowable().orElse(null);
    assertNotNull(failure, "a failed test has a reason");
    return failure;
  }

  @Test
  void bodyRunsOncePerRankAndTheRestOnce() {
    TestExecutionResult result = run("passes");
    assertEquals(TestExecutionResult.Status.SUCCESSFUL, result.getStatus(), result.toString());
    assertEquals(4, Cases.BODIES.get(), "bodies");
    assertEquals(1, Cases.BEFORE.get(), "@BeforeEach");
    assertEquals(1, Cases.AFTER.get(), "@AfterEach");
  }

  @Test
  void failureOfOneRankNamesIt() {
    RankFailedError error = assertInstanceOf(RankFailedError.class, failure("oneRankFails"));
    assertEquals(1, error.rank());
    assertTrue(error.toString().contains("rank 1 of 3 failed"), error.toString());
    assertTrue(error.toString().contains("rank 1 has bad luck"), error.toString());
    assertEquals(1, Cases.AFTER.get(), "@AfterEach after a failure");
  }

  @Test
  void failuresOfTwoRanksAreBothReported() {
    Throwable error = failure("bothRanksFail");
    assertEquals(1, error.getSuppressed().length, "the other failure");
    String all = error + " " + error.getSuppressed()[0];
    assertTrue(all.contains("failure of rank 0") && all.contains("failure of rank 1"), all);
  }

  @Test
  void failureOfOneRankEndsTheOthers() {
    RankFailedError error =
        assertInstanceOf(RankFailedError.class, failure("oneRankFailsWhileTheOtherWaits"));
    assertEquals(0, error.rank());
    assertEquals(1, error.getSuppressed().length, "the rank that waited");
  }

  @Test
  void hangIsAFailureWithEveryRanksCallAndStack() {
    String message = assertInstanceOf(RanksHungError.class, failure("hangs")).toString();
    assertTrue(message.contains("rank 0 of 2: barrier(stream), which returned"), message);
    assertTrue(message.contains("rank 1 of 2 (its body has ended)"), message);
    assertTrue(message.contains(".synchronize("), message);
  }

  @Test
  void parameterOfAnotherTypeIsRefusedWithThoseThereAre() {
    Throwable error = failure("wantsABuffer");
    assertInstanceOf(ParameterResolutionException.class, error);
    assertTrue(
        error
            .toString()
            .contains(
                "cannot be given a DeviceBuffer; its parameters may be Ccl, Communicator, Device,"
                    + " RankContext, RankScope, Stream"),
        error.toString());
    assertEquals(0, Cases.BODIES.get(), "bodies");
  }

  @Test
  void attributesReachTheLibrary() {
    TestExecutionResult result = run("isConfigured");
    assertEquals(TestExecutionResult.Status.SUCCESSFUL, result.getStatus(), result.toString());
  }

  @Test
  void wrongAttributesAreRefusedWithTheValue() {
    assertTrue(failure("isMisconfigured").toString().contains("'nonsense'"), "settings");
    assertTrue(failure("hasABadTimeout").toString().contains("'soon'"), "timeout");
    assertTrue(failure("hasNoBackend").toString().contains("no/such"), "backend");
    assertEquals(0, Cases.BODIES.get(), "bodies");
  }
}
