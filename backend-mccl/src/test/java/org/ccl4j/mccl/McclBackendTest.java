package org.ccl4j.mccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.sys.NativeLibraryHandle;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.stub.StubBackend;
import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubFixture;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where Moore Threads' libraries differ from the others. */
class McclBackendTest {
  private static final StubBackend OLD = Stub.of(StubLibrary.MCCL_2_11, StubLibrary.MUSA_3);
  private static final StubBackend NEW = Stub.of(StubLibrary.MCCL_2_28);
  private int violations;

  @BeforeEach
  void start() {
    StubControl.configure("devices", "4");
    violations = StubControl.violations();
  }

  @AfterEach
  void end() {
    StubControl.configure("fail", "");
    StubControl.configure("stopped", "0");
    assertEquals(violations, StubControl.violations(), StubControl.lastViolation());
  }

  private static ProbeResult.Available available(Settings settings) {
    return assertInstanceOf(ProbeResult.Available.class, new McclBackendProvider().probe(settings));
  }

  private static ProbeResult.Unavailable unavailable(StubLibrary library) {
    return assertInstanceOf(
        ProbeResult.Unavailable.class,
        new McclBackendProvider()
            .probe(Settings.of(Map.of(Mccl.LIBRARY.key(), library.file().toString()))));
  }

  @Test
  void theOldGenerationHasTheCoreSetAndGraphs() {
    ProbeResult.Available found = available(OLD.settings());

    assertEquals("2.11.4", found.version());
    assertEquals(Set.of(Capability.GRAPHS), found.capabilities());
  }

  @Test
  void theNewGenerationHasWhatIsKnownOfIt() {
    ProbeResult.Available found = available(NEW.settings());

    assertEquals("2.28.9", found.version());
    assertTrue(
        found
            .capabilities()
            .containsAll(
                EnumSet.of(
                    Capability.TUNING,
                    Capability.SPLIT,
                    Capability.LIBRARY_MEMORY,
                    Capability.REGISTER,
                    Capability.WINDOWS,
                    Capability.NATIVE_ALL_TO_ALL,
                    Capability.FLOAT8)),
        found::toString);
    assertFalse(found.capabilities().contains(Capability.FLOAT8_REDUCTION));
  }

  /** The symbols are in the library. */
  @Test
  void memoryInTheOrderOfAStreamIsNotUsed() {
    NativeLibraryHandle runtime = NativeLibraryHandle.open(StubLibrary.MUSA_5.file().toString());

    assertTrue(runtime.function("musaMallocAsync").isPresent());
    assertFalse(
        available(NEW.settings()).capabilities().contains(Capability.STREAM_ORDERED_MEMORY));
  }

  @Test
  void allRanksOfAThreadConnectWithoutTheFunctionForIt() {
    NativeLibraryHandle library = NativeLibraryHandle.open(StubLibrary.MCCL_2_11.file().toString());
    assertFalse(library.function("mcclCommInitAll").isPresent());
    try (StubFixture fixture = OLD.open()) {
      List<BackendCommunicator> all = fixture.all(2, 0);

      assertEquals(2, all.size());
      all.forEach(fixture::end);
    }
  }

  @Test
  void theLibraryOfMetaxUnderTheSameNameIsRefusedByItsOwnName() {
    ProbeResult.Unavailable refused = unavailable(StubLibrary.METAX_2_16);

    assertTrue(
        refused
            .reason()
            .startsWith(
                StubLibrary.METAX_2_16.file() + " is MetaX's MCCL: it is linked with libmcruntime"),
        refused::reason);
    assertTrue(
        refused.remedy().startsWith("Use the backend for MetaX's MCCL if there is one, or name"),
        refused::remedy);
  }

  @Test
  void aLibraryOfAnotherPrefixIsRefused() {
    ProbeResult.Unavailable refused = unavailable(StubLibrary.NCCL_2_28);

    assertTrue(
        refused.reason().contains("is another library: it has none of the functions of libmccl"),
        refused::reason);
  }

  @Test
  void notReadyIsKnownByItsNameAndNotLeftBehind() {
    try (StubFixture fixture = NEW.open()) {
      long stream = fixture.stream(0);
      long memory = fixture.memory(0, 64);
      StubControl.configure("stopped", "1");
      fixture.ok(fixture.devices().fill(0, memory, (byte) 1, 64, stream));

      assertEquals(StatusCode.NOT_READY, fixture.devices().queryStream(0, stream));

      NativeLibraryHandle runtime = NativeLibraryHandle.open(StubLibrary.MUSA_5.file().toString());
      assertEquals(StatusCode.OK, runtime.function("musaGetLastError").call());
      StubControl.configure("stopped", "0");
      fixture.await(0, stream);
      fixture.ok(fixture.devices().free(0, memory));
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  @Test
  void aRuntimeWithoutTheModeOfThreadsCapturesInTheGlobalOne() {
    try (StubFixture fixture = NEW.open()) {
      long stream = fixture.stream(0);
      StubControl.configure("fail", "musaStreamBeginCapture:1:1");

      fixture.ok(fixture.devices().beginCapture(0, stream));

      long graph = fixture.value(fixture.devices().endCapture(0, stream));
      fixture.ok(fixture.devices().destroyGraph(0, graph));
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  @Test
  void theOldRuntimeInstantiatesGraphsByFiveArguments() {
    NativeLibraryHandle runtime = NativeLibraryHandle.open(StubLibrary.MUSA_3.file().toString());
    assertFalse(runtime.function("musaGraphInstantiateWithFlags").isPresent());
    try (StubFixture fixture = OLD.open()) {
      long stream = fixture.stream(0);
      fixture.ok(fixture.devices().beginCapture(0, stream));
      long graph = fixture.value(fixture.devices().endCapture(0, stream));

      long executable = fixture.value(fixture.devices().instantiateGraph(0, graph));

      fixture.ok(fixture.devices().destroyExecutable(0, executable));
      fixture.ok(fixture.devices().destroyGraph(0, graph));
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  /** The driver is found by its name alone, which this file has. */
  @Test
  void devicesAreCalledAsTheDriverCallsThem() {
    NativeLibraryHandle unused =
        NativeLibraryHandle.open(StubLibrary.MUSA_DRIVER.file().toString());
    try (StubFixture fixture = Stub.of(StubLibrary.MCCL_2_28, StubLibrary.MUSA_4).open()) {
      assertEquals("Stub Device 1", fixture.value(fixture.devices().describeDevice(1)).name());
    }
  }

  @Test
  void aConfigurationThatTheLibraryRefusesCanBeLeftOut() {
    Map<String, String> settings = new HashMap<>(NEW.files());
    settings.put("ccl.native.config", "off");
    ProbeResult.Available found = available(Settings.of(settings));

    assertFalse(found.capabilities().contains(Capability.TUNING));
    StubControl.configure("fail", "mcclCommInitRankConfig:1:4");
    try (Ccl ccl = Ccl.open(NEW.options().with("ccl.native.config", "off"));
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0);
        Communicator child = comm.split(0, 0).orElseThrow()) {
      assertEquals(1, child.size());
    }
  }

  @Test
  void whatTheOldGenerationLacksIsRefusedByNameVersionAndRemedy() {
    try (Ccl ccl = Ccl.open(OLD.options());
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0)) {
      CclUsageException refused = assertThrows(CclUsageException.class, () -> comm.split(0, 0));

      assertEquals(ErrorCode.UNSUPPORTED, refused.code());
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("moorethreads/mccl 2.11.4, lacks SPLIT"), message);
      assertTrue(message.contains("load a library that has it"), message);
    }
  }

  @Test
  void reducingEightBitFloatsIsRefusedByNameVersionAndRemedy() {
    try (Ccl ccl = Ccl.open(NEW.options());
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0);
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.FLOAT8_E5M2, 8)) {
      CclUsageException refused =
          assertThrows(CclUsageException.class, () -> comm.allReduce(x, x, ReduceOp.MAX, stream));

      assertEquals(ErrorCode.UNSUPPORTED, refused.code());
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("FLOAT8_E5M2"), message);
      assertTrue(message.contains("moorethreads/mccl 2.28.9"), message);
      assertTrue(message.contains("reduce them as FLOAT16 or BFLOAT16"), message);
    }
  }

  @Test
  void aMachineWithoutDevicesIsSaidToBeOne() {
    StubControl.configure("devices", "0");

    ProbeResult.Unavailable found =
        assertInstanceOf(
            ProbeResult.Unavailable.class,
            new McclBackendProvider().probe(Stub.of(StubLibrary.MCCL_2_28).settings()));

    assertTrue(found.reason().startsWith("MCCL 2.28.9 is there ("), found::reason);
    assertTrue(found.reason().contains("), but no device."), found::reason);
    assertFalse(found.remedy().isEmpty(), found::toString);
  }
}
