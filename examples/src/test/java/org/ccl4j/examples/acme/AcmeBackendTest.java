package org.ccl4j.examples.acme;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.spi.BackendProvider;
import org.ccl4j.stub.StubBackend;
import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcmeBackendTest {
  private static final StubBackend STUB =
      new StubBackend(new AcmeBackendProvider(), StubLibrary.OTHER_2_27, StubLibrary.CUDA_13);

  @TempDir private Path services;
  private int violations;

  @BeforeEach
  void start() throws Exception {
    StubControl.configure("devices", "2");
    violations = StubControl.violations();
    Path folder = Files.createDirectories(services.resolve("META-INF/services"));
    Files.writeString(
        folder.resolve(BackendProvider.class.getName()), AcmeBackendProvider.class.getName());
  }

  @AfterEach
  void end() {
    assertEquals(violations, StubControl.violations(), StubControl.lastViolation());
  }

  /** The provider is named here and not for all examples, which would find no device of Acme's. */
  private URLClassLoader classPath() throws Exception {
    return new URLClassLoader(
        new URL[] {services.toUri().toURL()}, AcmeBackendTest.class.getClassLoader());
  }

  @Test
  void aProgramRunsOnTheLibraryThatADescriptorDescribes() throws Exception {
    float[] first = {1, 2};
    float[] second = {10, 20};
    try (URLClassLoader loader = classPath();
        Ccl ccl = Ccl.open(STUB.options().withClassLoader(loader));
        Device one = ccl.device(0);
        Device two = ccl.device(1);
        Stream a = one.openStream();
        Stream b = two.openStream();
        DeviceBuffer x = one.allocate(DataType.FLOAT32, first.length);
        DeviceBuffer y = two.allocate(DataType.FLOAT32, second.length)) {
      List<Communicator> ranks = ccl.connectAll(List.of(one, two));
      x.copyFrom(first, a);
      y.copyFrom(second, b);
      ccl.group(
          () -> {
            ranks.get(0).allReduce(x, x, ReduceOp.SUM, a);
            ranks.get(1).allReduce(y, y, ReduceOp.SUM, b);
          });
      x.copyTo(first, a);
      y.copyTo(second, b);
      ranks.forEach(Communicator::close);

      assertEquals("acme/accl", ccl.backend().id());
      assertEquals("2.27.7", ccl.backend().version());
      assertTrue(ccl.backend().can(Capability.SPLIT));
    }
    assertArrayEquals(new float[] {11, 22}, first);
    assertArrayEquals(new float[] {11, 22}, second);
  }

  @Test
  void whereItIsMissingTheReportSaysWhatToDo() throws Exception {
    try (URLClassLoader loader = classPath()) {
      OpenOptions options = OpenOptions.DEFAULT.withBackend("acme/accl").withClassLoader(loader);

      CclSelectionException thrown =
          assertThrows(CclSelectionException.class, () -> Ccl.open(options).close());

      String message = String.valueOf(thrown.getMessage());
      assertTrue(message.contains("libaccl was not found: libaccl.so.1 is in none"), message);
      assertTrue(message.contains("Install the SDK of Acme"), message);
    }
  }

  @Test
  void theDescriptorFitsOnAPage() throws Exception {
    Path file = Path.of("src/test/java", Acme.class.getName().replace('.', '/') + ".java");

    assertTrue(Files.readAllLines(file).size() <= 60, file::toString);
  }
}
