package org.ccl4j.rccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.DeviceRuntime.HostMemory;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubFixture;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where AMD's libraries differ from the others. */
class RcclBackendTest {
  private static final String NONE = "";
  private int violations;

  @BeforeEach
  void start() {
    StubControl.configure("devices", "4");
    violations = StubControl.violations();
  }

  @AfterEach
  void end() {
    StubControl.configure("fail", NONE);
    assertEquals(violations, StubControl.violations(), StubControl.lastViolation());
  }

  private static ProbeResult.Available available(StubLibrary library) {
    return assertInstanceOf(
        ProbeResult.Available.class, new RcclBackendProvider().probe(Stub.of(library).settings()));
  }

  private static ProbeResult.Unavailable unavailable(Map<String, String> settings) {
    return assertInstanceOf(
        ProbeResult.Unavailable.class, new RcclBackendProvider().probe(Settings.of(settings)));
  }

  private static String detail(ProbeResult probe, String name) {
    return Objects.requireNonNull(probe.details().get(name), probe::toString);
  }

  @Test
  void theReportSaysWhichReleaseOfRocmItIs() {
    assertTrue(
        detail(available(StubLibrary.RCCL_2_21), "library")
            .endsWith("\nversion 2.21.5, of ROCm 6.3"));
    assertTrue(
        detail(available(StubLibrary.RCCL_2_30), "library")
            .endsWith("\nversion 2.30.4, of ROCm 7.14 or 10.0"));
    assertTrue(detail(available(StubLibrary.RCCL_2_30), "runtime").endsWith("\nversion 6.3"));
  }

  @Test
  void allToAllGoesByBothSpellings() {
    assertTrue(
        available(StubLibrary.RCCL_2_21)
            .capabilities()
            .containsAll(
                Set.of(
                    Capability.NATIVE_ALL_TO_ALL,
                    Capability.NATIVE_GATHER,
                    Capability.NATIVE_SCATTER)));
    assertTrue(
        available(StubLibrary.RCCL_2_30).capabilities().contains(Capability.NATIVE_ALL_TO_ALL));
  }

  @Test
  void theNewestLacksParametersTunedCallsEndingWaitsSharingAndReductionsOf8BitFloatsAlone() {
    EnumSet<Capability> lacking =
        EnumSet.complementOf(EnumSet.copyOf(available(StubLibrary.RCCL_2_30).capabilities()));

    assertEquals(
        EnumSet.of(
            Capability.FLOAT8_REDUCTION,
            Capability.PARAMETERS,
            Capability.CALL_TUNING,
            Capability.SIGNAL_WAIT_ABORT,
            Capability.SHARED_DEVICES),
        lacking);
  }

  @Test
  void optionsAreThoseOfTheStructureOfTheVersion() {
    try (StubFixture newest = Stub.of(StubLibrary.RCCL_2_30).open();
        StubFixture older = Stub.of(StubLibrary.RCCL_2_21).open()) {
      Set<TuningOption> all = EnumSet.range(TuningOption.CLUSTER_SIZE, TuningOption.MAX_PEERS);
      all.add(TuningOption.NETWORK);
      assertEquals(all, newest.backend().tuning());
      assertEquals(
          Set.of(
              TuningOption.CLUSTER_SIZE,
              TuningOption.MIN_CTAS,
              TuningOption.MAX_CTAS,
              TuningOption.NETWORK,
              TuningOption.SPLIT_SHARE),
          older.backend().tuning());
    }
  }

  @Test
  void eightBitFloatsAreSentButReducingThemIsRefusedByNameVersionAndRemedy() {
    assertTrue(detail(available(StubLibrary.RCCL_2_30), "float8").contains("fnuz"));
    try (Ccl ccl = Ccl.open(Stub.of(StubLibrary.RCCL_2_21).options());
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0);
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.FLOAT8_E4M3, 8);
        DeviceBuffer y = device.allocate(DataType.FLOAT8_E4M3, 8)) {
      comm.allGather(x, y, stream);
      stream.synchronize();

      CclUsageException refused =
          assertThrows(CclUsageException.class, () -> comm.allReduce(x, y, ReduceOp.SUM, stream));

      assertEquals(ErrorCode.UNSUPPORTED, refused.code());
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("FLOAT8_E4M3"), message);
      assertTrue(message.contains("amd/rccl 2.21.5"), message);
      assertTrue(message.contains("reduce them as FLOAT16 or BFLOAT16"), message);
    }
  }

  @Test
  void whatAnOlderVersionLacksIsRefusedByNameVersionAndRemedy() {
    try (Ccl ccl = Ccl.open(Stub.of(StubLibrary.RCCL_2_21).options());
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0)) {
      CclUsageException refused = assertThrows(CclUsageException.class, comm::revoke);

      assertEquals(ErrorCode.UNSUPPORTED, refused.code());
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("amd/rccl 2.21.5, lacks REVOKE"), message);
      assertTrue(message.contains("load a library that has it"), message);
    }
  }

  @Test
  void ncclUnderTheNameOfRcclIsRefused() {
    String file = StubLibrary.NCCL_2_28.file().toString();

    ProbeResult.Unavailable refused = unavailable(Map.of(Rccl.LIBRARY.key(), file));

    assertTrue(
        refused
            .reason()
            .startsWith(
                file
                    + " has the functions of librccl, but is another vendor's: it neither has nor"
                    + " is linked with libamdhip64 or ncclAllToAll or mscclLoadAlgo"),
        refused::reason);
    assertTrue(refused.remedy().contains("Use the backend for that vendor"), refused::remedy);
  }

  @Test
  void theNewestNcclUnderTheNameOfRcclIsRefusedByItsOwnName() {
    ProbeResult.Unavailable refused =
        unavailable(Map.of(Rccl.LIBRARY.key(), StubLibrary.NCCL_2_30.file().toString()));

    assertTrue(
        refused.reason().contains("is NVIDIA's NCCL: it has ncclParamGetParameter"),
        refused::reason);
  }

  /** Two copies of a runtime in a process know nothing of each other's streams. */
  @Test
  void theRuntimeIsTheOneThatTheLibraryIsLinkedWith() {
    ProbeResult found =
        new RcclBackendProvider()
            .probe(
                Settings.of(Map.of(Rccl.LIBRARY.key(), StubLibrary.RCCL_2_30.file().toString())));

    assertEquals(
        StubLibrary.HIP_6.file() + "\nfound by what librccl is linked with\nversion 6.3",
        detail(assertInstanceOf(ProbeResult.Available.class, found), "runtime"));
  }

  @Test
  void anotherCopyOfTheRuntimeIsRefused() {
    String copy = StubLibrary.HIP_6_AGAIN.file().toString();

    ProbeResult.Unavailable refused =
        unavailable(
            Map.of(
                Rccl.LIBRARY.key(),
                StubLibrary.RCCL_2_30.file().toString(),
                Rccl.RUNTIME.key(),
                copy));

    assertTrue(
        refused
            .reason()
            .startsWith(copy + " is not what librccl is linked with, " + StubLibrary.HIP_6.file()),
        refused::reason);
    assertTrue(refused.remedy().contains("Unset it"), refused::remedy);
  }

  /** Its plain function has another number of arguments than the others' of today. */
  @Test
  void graphsAreInstantiatedByTheFunctionWithFlags() {
    try (StubFixture fixture = Stub.of(StubLibrary.RCCL_2_30).open()) {
      long stream = fixture.stream(0);
      long memory = fixture.memory(0, 64);
      fixture.ok(fixture.devices().beginCapture(0, stream));
      fixture.ok(fixture.devices().fill(0, memory, (byte) 1, 64, stream));
      long graph = fixture.value(fixture.devices().endCapture(0, stream));
      StubControl.configure("fail", "hipGraphInstantiate:1:1");

      long executable = fixture.value(fixture.devices().instantiateGraph(0, graph));

      fixture.ok(fixture.devices().destroyExecutable(0, executable));
      fixture.ok(fixture.devices().destroyGraph(0, graph));
      fixture.ok(fixture.devices().free(0, memory));
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  @Test
  void namesOfDevicesAndPinnedMemoryComeFromTheFunctionsOfHip() {
    try (StubFixture fixture = Stub.of(StubLibrary.RCCL_2_30).open()) {
      assertEquals("Stub Device 2", fixture.value(fixture.devices().describeDevice(2)).name());
      HostMemory memory = fixture.value(fixture.devices().allocateHost(0, 64));
      assertEquals(StatusCode.OK, fixture.devices().freeHost(0, memory.address()));
      StubControl.configure("fail", "hipHostMalloc:1:2");
      assertFalse(fixture.devices().allocateHost(0, 64).ok());
    }
  }

  @Test
  void aMachineWithoutDevicesIsSaidToBeOne() {
    StubControl.configure("devices", "0");

    ProbeResult.Unavailable found =
        assertInstanceOf(
            ProbeResult.Unavailable.class,
            new RcclBackendProvider().probe(Stub.of(StubLibrary.RCCL_2_30).settings()));

    assertTrue(found.reason().startsWith("RCCL 2.30.4 is there ("), found::reason);
    assertTrue(found.reason().contains("), but no device."), found::reason);
    assertFalse(found.remedy().isEmpty(), found::toString);
  }
}
