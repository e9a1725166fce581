package org.ccl4j.examples.solo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Test;

class SoloBackendTest {

  @Test
  void aProgramRunsOnTheBackend() {
    float[] host = {1, 2, 3};
    try (Ccl ccl = Ccl.open(OpenOptions.DEFAULT.withBackend("solo"));
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0);
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.FLOAT32, host.length);
        DeviceBuffer y = device.allocate(DataType.FLOAT32, host.length)) {
      x.copyFrom(host, stream);
      comm.allReduce(x, y, ReduceOp.SUM, stream);
      y.copyTo(host, stream);

      assertEquals("example/solo", ccl.backend().id());
      assertArrayEquals(new float[] {1, 2, 3}, host);
    }
  }

  /** The core composes it of a send and a receive, which the rank makes with itself. */
  @Test
  void whatTheBackendLacksIsComposed() {
    int[] host = {7, 8};
    try (Ccl ccl = Ccl.open(OpenOptions.DEFAULT.withBackend("solo"));
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0);
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.INT32, host.length);
        DeviceBuffer y = device.allocate(DataType.INT32, host.length)) {
      x.copyFrom(host, stream);
      comm.allToAll(x, y, stream);
      y.copyTo(host, stream);

      assertArrayEquals(new int[] {7, 8}, host);
    }
  }

  @Test
  void withoutANameTheFakeIsTakenForItsPriority() {
    try (Ccl ccl = Ccl.open()) {
      assertEquals("cpu/fake", ccl.backend().id());
    }
  }
}
