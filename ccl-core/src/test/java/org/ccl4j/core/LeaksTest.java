package org.ccl4j.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.ReduceOp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is forgotten is reported, with the place that made it, and left alone. */
class LeaksTest {
  private static final Logger LOGGER = Logger.getLogger(Leaks.LOGGER);

  private final List<LogRecord> records = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          records.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOGGER.setUseParentHandlers(false);
    LOGGER.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOGGER.removeHandler(handler);
  }

  private LogRecord awaitReport(String what) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < end) {
      System.gc();
      for (LogRecord entry : records) {
        if (entry.getMessage().contains(what)) {
          return entry;
        }
      }
    }
    throw new AssertionError("no report of " + what + " among " + messages());
  }

  private List<String> messages() {
    return records.stream().map(LogRecord::getMessage).toList();
  }

  /** Collects often enough that a forgotten object would have been reported. */
  private void collectUntilReported(StubBackend stub, Ccl ccl) {
    forgetStream(ccl.device(3), 1);
    awaitReport("on device 3");
    assertEquals(1, stub.calls("createStream").stream().filter(c -> c.contains("3")).count());
  }

  private static void forgetStream(Device device, int times) {
    for (int i = 0; i < times; i++) {
      device.openStream();
    }
  }

  private static void forgetAll(Device device, Communicator comm) {
    device.openStream();
    device.newEvent();
    device.allocate(DataType.FLOAT32, 7);
    comm.preMulSum(DataType.FLOAT32, 2);
  }

  @Test
  void aForgottenObjectIsReportedWithItsKindNameAndOrigin() {
    StubBackend stub = new StubBackend();
    try (Ccl ccl = stub.open();
        Device device = ccl.device(0);
        Communicator comm = ccl.connectAll(List.of(device)).get(0)) {
      forgetAll(device, comm);
      for (String what :
          List.of("stream 0x", "event 0x", "buffer FLOAT32[7] on device 0", "operator premulsum")) {
        LogRecord report = awaitReport(what);
        assertEquals(Level.WARNING, report.getLevel());
        Throwable made = Objects.requireNonNull(report.getThrown());
        assertTrue(
            Arrays.stream(made.getStackTrace())
                .anyMatch(f -> f.getMethodName().equals("forgetAll")),
            "the creation stack");
      }
      assertEquals(
          List.of(), stub.calls("destroyStream", "destroyEvent", "free", "destroyOperator"));
    }
    assertEquals(1, stub.calls("destroyStream").size(), "the parent still closes it");
  }

  @Test
  void whatWasClosedByItsUserOrItsParentIsNoLeak() {
    StubBackend stub = new StubBackend();
    try (Ccl ccl = stub.open()) {
      openAndClose(ccl);
      collectUntilReported(stub, ccl);
    }
    assertEquals(
        0, messages().stream().filter(m -> m.contains("device 0")).count(), messages().toString());
  }

  private static void openAndClose(Ccl ccl) {
    Device device = ccl.device(0);
    Communicator comm = ccl.connectAll(List.of(device)).get(0);
    forgetAll(device, comm);
    try (var stream = device.openStream();
        var buffer = device.allocate(DataType.FLOAT32, 4)) {
      comm.allReduce(buffer, buffer, ReduceOp.SUM, stream);
    }
    device.close();
  }

  @Test
  void aForgottenCclIsReportedWithAllThatWasMadeFromIt() {
    StubBackend stub = new StubBackend();
    forgetCcl(stub);
    awaitReport("Ccl of test/stub");
    awaitReport("communicator #");
    awaitReport("stream 0x");
    assertFalse(stub.calls().contains("closeBackend()"));
  }

  private static void forgetCcl(StubBackend stub) {
    Ccl ccl = stub.open();
    Device device = ccl.device(0);
    forgetAll(device, ccl.connectAll(List.of(device)).get(0));
  }

  @Test
  void reportsCanBeSwitchedOff() {
    StubBackend silent = new StubBackend();
    try (Ccl ccl = silent.open(Map.of("ccl.leaks", "off"))) {
      forgetStream(ccl.device(1), 5);
      StubBackend stub = new StubBackend();
      try (Ccl loud = stub.open()) {
        collectUntilReported(stub, loud);
      }
      assertEquals(List.of(), messages().stream().filter(m -> m.contains("device 1")).toList());
    }
  }

  @Test
  void wrappedAndDependentObjectsAreNoLeaks() {
    StubBackend stub = new StubBackend();
    try (Ccl ccl = stub.open();
        Device device = ccl.device(2);
        var buffer = device.allocate(DataType.FLOAT32, 8)) {
      wrap(device, buffer);
      collectUntilReported(stub, ccl);
      assertEquals(List.of(), messages().stream().filter(m -> m.contains("device 2")).toList());
    }
  }

  @Test
  void aForgottenCommunicatorIsReportedWithoutItsStream() {
    StubBackend stub = new StubBackend();
    try (Ccl ccl = stub.open();
        Device device = ccl.device(1)) {
      forgetCommunicator(ccl, device);
      awaitReport("communicator");
      collectUntilReported(stub, ccl);
      assertEquals(List.of(), messages().stream().filter(m -> m.contains("device 1")).toList());
    }
  }

  private static void forgetCommunicator(Ccl ccl, Device device) {
    ccl.connectAll(List.of(device)).get(0).stream();
  }

  private static void wrap(Device device, org.ccl4j.api.DeviceBuffer buffer) {
    device.wrap(0x9000, DataType.INT8, 1);
    device.wrapStream(5);
    buffer.slice(1, 2);
    buffer.as(DataType.INT8);
  }
}
