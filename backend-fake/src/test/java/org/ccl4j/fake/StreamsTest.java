package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.assertSoon;
import static org.ccl4j.fake.FakeFixture.ok;
import static org.ccl4j.fake.FakeFixture.value;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.DataType;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamsTest {
  private final FakeFixture fake = new FakeFixture(2);
  private final long stream = fake.stream(0);

  @AfterEach
  void close() {
    fake.close();
  }

  @Test
  void aStreamThatNobodyWaitsForGetsThereAllTheSame() {
    long buffer = fake.allocate(0, 8);
    ByteBuffer host = FakeFixture.host(8);
    ok(fake.runtime.fill(0, buffer, (byte) 7, 8, stream));
    ok(fake.runtime.copyToHost(0, host, buffer, stream));
    assertSoon(() -> host.getLong(0) == 0x0707070707070707L);
  }

  @Test
  void toEnqueueIsNotToRun() {
    // A copy of this size takes far longer than to enqueue it and look; and nobody has waited for
    // it.
    int bytes = 64 << 20;
    long buffer = fake.allocate(0, bytes);
    ByteBuffer host = FakeFixture.host(bytes);
    host.put(bytes - 1, (byte) 1);
    ok(fake.runtime.copyToHost(0, host, buffer, stream));
    assertEquals(1, host.get(bytes - 1));
    fake.synchronize(0, stream);
    assertEquals(Segment.POISON, host.get(bytes - 1));
  }

  @Test
  void aSmallCallIsOverAtOnceWhereAllHaveComeAndNothingIsBeforeIt() {
    List<BackendCommunicator> ranks = fake.communicators("c", 2);
    long[] small = {fake.filled(0, 1, 2, stream), 0};
    long other = fake.stream(1);
    small[1] = fake.filled(1, 1, 3, other);
    fake.synchronize(0, stream);
    fake.synchronize(1, other);
    ok(ranks.get(0).allReduce(small[0], small[0], 1, DataType.INT32, Ops.SUM, stream));
    assertEquals(1, length(stream), "the other has not come");
    ok(ranks.get(1).allReduce(small[1], small[1], 1, DataType.INT32, Ops.SUM, other));
    assertEquals(0, length(other), "both have come");
    assertArrayEquals(new int[] {5}, fake.download(1, small[1], 1, other));
    // Behind a copy that takes a while it is not the first of its stream.
    int bytes = 64 << 20;
    long large = fake.allocate(1, bytes);
    ok(fake.runtime.copyToHost(1, FakeFixture.host(bytes), large, other));
    ok(ranks.get(0).allReduce(small[0], small[0], 1, DataType.INT32, Ops.SUM, stream));
    ok(ranks.get(1).allReduce(small[1], small[1], 1, DataType.INT32, Ops.SUM, other));
    assertEquals(2, length(other), "behind the copy");
    assertArrayEquals(new int[] {10}, fake.download(1, small[1], 1, other));
    assertArrayEquals(new int[] {10}, fake.download(0, small[0], 1, stream));
  }

  private static int length(long stream) {
    return Objects.requireNonNull(FakeMachine.STREAMS.get(stream)).length();
  }

  @Test
  void aStreamThatWaitsForAnEventSaysWhatIsBehindIt() {
    List<BackendCommunicator> ranks = fake.communicators("c", 2);
    long buffer = fake.allocate(0, 4);
    long event = value(fake.runtime.createEvent(0, false));
    long second = fake.stream(0);
    ok(ranks.get(0).allReduce(buffer, buffer, 1, DataType.INT32, Ops.SUM, stream));
    ok(fake.runtime.recordEvent(0, event, stream));
    ok(fake.runtime.waitEvent(0, second, event));
    assertEquals(
        StatusCode.NOT_READY,
        fake.runtime.synchronizeStream(0, second, TimeUnit.MILLISECONDS.toNanos(10)));
    String text = fake.runtime.describeStream(0, second);
    assertTrue(
        text.contains("a wait for an event") && text.contains("rank 1: has not called"), text);
    assertEquals(StatusCode.NOT_READY, fake.runtime.queryEvent(0, event));
    ok(ranks.get(1).abort());
    fake.synchronize(0, second);
    ok(fake.runtime.queryEvent(0, event));
  }

  @Test
  void aLongStreamMakesTheEnqueuerWork() {
    long buffer = fake.allocate(0, 4);
    int longest = 0;
    for (int i = 0; i < 20_000; i++) {
      ok(fake.runtime.fill(0, buffer, (byte) i, 4, stream));
      longest = Math.max(longest, length(stream));
    }
    assertTrue(longest <= 4096, "length " + longest);
    fake.synchronize(0, stream);
  }

  @Test
  void workEnqueuedBeforeAFreeStillFindsItsMemory() {
    long buffer = fake.filled(0, 4, 42, stream);
    ByteBuffer host = FakeFixture.host(16);
    ok(fake.runtime.copyToHost(0, host, buffer, stream));
    ok(fake.runtime.free(0, buffer));
    fake.synchronize(0, stream);
    assertEquals(42, host.getInt(12));
    assertEquals(Codes.INVALID_ARGUMENT, fake.runtime.copyToHost(0, host, buffer, stream));
  }

  @Test
  void anInterruptEndsAWaitAndStaysSet() {
    List<BackendCommunicator> ranks = fake.communicators("c", 2);
    long buffer = fake.allocate(0, 4);
    ok(ranks.get(0).allReduce(buffer, buffer, 1, DataType.INT32, Ops.SUM, stream));
    Thread.currentThread().interrupt();
    assertEquals(
        StatusCode.NOT_READY, fake.runtime.synchronizeStream(0, stream, FakeFixture.DEADLINE));
    assertTrue(Thread.interrupted());
  }

  @Test
  void aGraphRunsItsBranchesAndCanBeLaunchedAgain() {
    long second = fake.stream(0);
    long fork = value(fake.runtime.createEvent(0, false));
    long join = value(fake.runtime.createEvent(0, false));
    long source = fake.filled(0, 4, 1, stream);
    long left = fake.filled(0, 4, 0, stream);
    long right = fake.filled(0, 4, 0, stream);
    fake.synchronize(0, stream);
    ok(fake.runtime.beginCapture(0, stream));
    ok(fake.runtime.recordEvent(0, fork, stream));
    ok(fake.runtime.waitEvent(0, second, fork));
    ok(fake.runtime.copyOnDevice(0, right, source, 16, second));
    ok(fake.runtime.recordEvent(0, join, second));
    ok(fake.runtime.copyOnDevice(0, left, source, 16, stream));
    ok(fake.runtime.waitEvent(0, stream, join));
    long graph = value(fake.runtime.endCapture(0, stream));
    long executable = value(fake.runtime.instantiateGraph(0, graph));
    assertArrayEquals(new int[4], fake.download(0, right, 4, stream)); // captured, not run
    for (int launch = 1; launch <= 3; launch++) {
      fake.upload(0, source, new int[] {launch, launch, launch, launch}, stream);
      ok(fake.runtime.launchGraph(0, executable, stream));
      int[] expected = {launch, launch, launch, launch};
      assertArrayEquals(expected, fake.download(0, left, 4, stream));
      assertArrayEquals(expected, fake.download(0, right, 4, stream));
    }
  }

  @Test
  void aBranchThatIsNotJoinedBackFailsTheCapture() {
    long second = fake.stream(0);
    long fork = value(fake.runtime.createEvent(0, false));
    long buffer = fake.allocate(0, 16);
    ok(fake.runtime.beginCapture(0, stream));
    ok(fake.runtime.recordEvent(0, fork, stream));
    ok(fake.runtime.waitEvent(0, second, fork));
    ok(fake.runtime.fill(0, buffer, (byte) 1, 16, second));
    assertEquals(Codes.INVALID_USAGE, fake.runtime.endCapture(0, stream).status());
    assertTrue(Codes.lastError().contains("was not joined back"), Codes.lastError());
    ok(fake.runtime.fill(0, buffer, (byte) 2, 16, second)); // both streams are ordinary again
    fake.synchronize(0, second);
    fake.synchronize(0, stream);
  }

  @Test
  void waitingInsideACaptureIsRefused() {
    long event = value(fake.runtime.createEvent(0, false));
    ok(fake.runtime.beginCapture(0, stream));
    assertEquals(Codes.INVALID_USAGE, fake.runtime.synchronizeStream(0, stream, 1));
    assertEquals(Codes.INVALID_USAGE, fake.runtime.queryStream(0, stream));
    assertEquals(Codes.INVALID_USAGE, fake.runtime.beginCapture(0, stream));
    ok(fake.runtime.recordEvent(0, event, stream));
    assertEquals(Codes.INVALID_USAGE, fake.runtime.queryEvent(0, event));
    assertTrue(fake.runtime.endCapture(0, stream).ok());
    assertFalse(fake.runtime.endCapture(0, stream).ok());
  }

  @Test
  void theHelperThreadEndsWithTheLastBackend() {
    fake.close();
    assertSoon(
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().equals("ccl-fake-helper")));
  }

  @Test
  void aRootWaitsForNobodyAsLongAsItHasSlots() {
    List<BackendCommunicator> ranks = fake.communicators("c", 2);
    long from = fake.allocate(0, 4);
    for (int call = 0; call < Layout.DEPTH; call++) {
      fake.upload(0, from, new int[] {call}, stream);
      ok(ranks.get(0).broadcast(from, from, 1, DataType.INT32, 0, stream));
      fake.synchronize(0, stream);
    }
    fake.upload(0, from, new int[] {Layout.DEPTH}, stream);
    ok(ranks.get(0).broadcast(from, from, 1, DataType.INT32, 0, stream));
    assertIsHeldUp();
    long other = fake.stream(1);
    long to = fake.allocate(1, 4);
    for (int call = 0; call <= Layout.DEPTH; call++) {
      ok(ranks.get(1).broadcast(to, to, 1, DataType.INT32, 0, other));
      assertArrayEquals(new int[] {call}, fake.download(1, to, 1, other));
    }
    fake.synchronize(0, stream);
  }

  @Test
  void aSenderWaitsForNobodyAsLongAsItHasSlots() {
    List<BackendCommunicator> ranks = fake.communicators("c", 2);
    long from = fake.allocate(0, 4);
    for (int call = 0; call < Layout.PAIR_DEPTH; call++) {
      fake.upload(0, from, new int[] {call}, stream);
      ok(ranks.get(0).send(from, 1, DataType.INT32, 1, stream));
      fake.synchronize(0, stream);
    }
    fake.upload(0, from, new int[] {Layout.PAIR_DEPTH}, stream);
    ok(ranks.get(0).send(from, 1, DataType.INT32, 1, stream));
    assertIsHeldUp();
    long other = fake.stream(1);
    long to = fake.allocate(1, 4);
    for (int call = 0; call <= Layout.PAIR_DEPTH; call++) {
      ok(ranks.get(1).recv(to, 1, DataType.INT32, 0, other));
      assertArrayEquals(new int[] {call}, fake.download(1, to, 1, other));
    }
    fake.synchronize(0, stream);
  }

  private void assertIsHeldUp() {
    assertEquals(
        StatusCode.NOT_READY,
        fake.runtime.synchronizeStream(0, stream, TimeUnit.MILLISECONDS.toNanos(20)));
  }
}
