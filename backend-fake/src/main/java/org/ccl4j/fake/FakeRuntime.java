package org.ccl4j.fake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import org.ccl4j.api.Capability;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;
import org.jspecify.annotations.Nullable;

/** The fake's devices, as one process sees them. */
final class FakeRuntime implements DeviceRuntime {
  private static final Memory MEMORY = FakeMachine.MEMORY;

  private final FakeSettings settings;
  private final Medium medium;

  FakeRuntime(FakeSettings settings, Medium medium) {
    this.settings = settings;
    this.medium = medium;
  }

  @Override
  public int deviceCount() {
    return settings.devices();
  }

  @Override
  public Result<DeviceInfo> describeDevice(int device) {
    String busId = String.format(Locale.ROOT, "fake:%02x:00.0", device);
    return Result.of(
        new DeviceInfo(device, "fake device " + device, busId, settings.deviceMemory()));
  }

  @Override
  public String machineId() {
    return medium.machineId();
  }

  @Override
  public Result<MemoryInfo> memoryInfo(int device) {
    long free = Math.max(0, settings.deviceMemory() - MEMORY.used(device));
    return Result.of(new MemoryInfo(free, settings.deviceMemory()));
  }

  @Override
  public boolean canAccessPeer(int device, int peer) {
    return true;
  }

  @Override
  public Result<Long> allocate(int device, long bytes) {
    try {
      return Result.of(MEMORY.allocate(medium, device, bytes, settings.deviceMemory()).address);
    } catch (IOException e) {
      String why = bytes + " bytes asked for on fake device " + device + ": " + e.getMessage();
      return Result.failed(Codes.error(Codes.OUT_OF_MEMORY, why));
    }
  }

  @Override
  public int free(int device, long address) {
    Allocation allocation = MEMORY.at(address);
    String complaint = MEMORY.free(device, address);
    if (complaint != null) {
      return invalid(complaint);
    }
    if (allocation != null) {
      medium.noteFreed(allocation.size);
    }
    return StatusCode.OK;
  }

  @Override
  public Result<Long> allocateOrdered(int device, long bytes, long streamHandle) {
    if (!settings.capabilities().contains(Capability.STREAM_ORDERED_MEMORY)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    return stream(device, streamHandle) == null
        ? Result.failed(invalidStream(device))
        : allocate(device, bytes);
  }

  // What is enqueued finds memory that was freed, so that a free need not wait its turn.
  @Override
  public int freeOrdered(int device, long address, long streamHandle) {
    return stream(device, streamHandle) == null ? invalidStream(device) : free(device, address);
  }

  private static int invalid(String why) {
    return Codes.error(Codes.INVALID_ARGUMENT, why);
  }

  @Override
  public int copyToDevice(int device, long target, ByteBuffer source, long stream) {
    ByteBuffer view =
        source.duplicate(); // the caller may move position and limit while the copy waits
    int start = view.position();
    return enqueueAccess(
        "copy to the device",
        device,
        target,
        view.remaining(),
        stream,
        span ->
            (from, length) ->
                span.allocation()
                    .copyFromHost(span.offset() + from, view, start + (int) from, (int) length));
  }

  @Override
  public int copyToHost(int device, ByteBuffer target, long source, long stream) {
    ByteBuffer view = target.duplicate();
    int start = view.position();
    return enqueueAccess(
        "copy to the host",
        device,
        source,
        view.remaining(),
        stream,
        span ->
            (from, length) ->
                span.allocation()
                    .copyToHost(span.offset() + from, view, start + (int) from, (int) length));
  }

  @Override
  public int copyOnDevice(int device, long target, long source, long bytes, long stream) {
    String complaint = MEMORY.complaint(device, source, bytes);
    Allocation from = MEMORY.at(source);
    if (complaint != null || from == null) {
      return invalid("copy on the device, source: " + complaint);
    }
    long sourceOffset = Memory.offsetOf(source);
    return enqueueAccess(
        "copy on the device",
        device,
        target,
        bytes,
        stream,
        span ->
            (at, length) ->
                span.allocation().copyFrom(span.offset() + at, from, sourceOffset + at, length));
  }

  @Override
  public int fill(int device, long target, byte value, long bytes, long stream) {
    byte[] block = new byte[(int) Math.min(bytes, Work.CHUNK_BYTES)];
    Arrays.fill(block, value);
    return enqueueAccess(
        "fill",
        device,
        target,
        bytes,
        stream,
        span -> (from, length) -> span.allocation().put(span.offset() + from, block, (int) length));
  }

  /** What a local operation does, once it is known where. */
  private interface Access {
    LocalOp.Body on(Span span);
  }

  private static int enqueueAccess(
      String what, int device, long address, long bytes, long streamHandle, Access access) {
    String complaint = MEMORY.complaint(device, address, bytes);
    Allocation allocation = MEMORY.at(address);
    if (complaint != null || allocation == null) {
      return invalid(what + ": " + complaint);
    }
    LocalOp.Body body = access.on(new Span(allocation, Memory.offsetOf(address)));
    return enqueue(device, streamHandle, () -> new LocalOp(what, device, bytes, body));
  }

  /** Enqueues what is made anew for each launch where the stream is captured. */
  static int enqueue(int device, long streamHandle, Supplier<? extends Op> op) {
    FakeStream stream = stream(device, streamHandle);
    if (stream == null) {
      return invalidStream(device);
    }
    Engine engine = FakeMachine.engine(device);
    engine.lock();
    try {
      Capture capture = stream.capture();
      if (capture == null) {
        engine.enqueue(stream, op.get());
      } else {
        capture.add(stream, target -> engine.enqueue(target, op.get()));
      }
    } finally {
      engine.unlock();
    }
    engine.shorten(stream);
    return StatusCode.OK;
  }

  private static @Nullable FakeStream stream(int device, long handle) {
    FakeStream stream = FakeMachine.STREAMS.get(handle);
    return stream != null && stream.device == device ? stream : null;
  }

  private static int invalidStream(int device) {
    return invalid("the stream is none of device " + device + " or was destroyed");
  }

  @Override
  public Result<Long> createStream(int device, int priority) {
    return Result.of(FakeMachine.STREAMS.add(new FakeStream(device)));
  }

  @Override
  public int destroyStream(int device, long stream) {
    return stream(device, stream) != null && FakeMachine.STREAMS.remove(stream) != null
        ? StatusCode.OK
        : invalidStream(device);
  }

  @Override
  public int queryStream(int device, long handle) {
    // A program that polls must get somewhere, so a query works like a wait of no length.
    return awaitStream(device, handle, 0);
  }

  @Override
  public int synchronizeStream(int device, long handle, long timeoutNanos) {
    return awaitStream(device, handle, timeoutNanos);
  }

  private static int awaitStream(int device, long handle, long timeoutNanos) {
    FakeStream stream = stream(device, handle);
    if (stream == null) {
      return invalidStream(device);
    }
    Op tail;
    Engine engine = stream.engine;
    engine.lock();
    try {
      if (stream.capture() != null) {
        return Codes.error(Codes.INVALID_USAGE, "a wait for a stream that is captured");
      }
      tail = stream.tail();
      if (tail != null) {
        engine.look(); // all that most waits need
      }
    } finally {
      engine.unlock();
    }
    return await(engine, tail, timeoutNanos);
  }

  private static int await(Engine engine, @Nullable Op op, long timeoutNanos) {
    if (op == null || op.isDone()) {
      return StatusCode.OK;
    }
    if (timeoutNanos == 0) {
      if (!engine.turn()) {
        FakeMachine.turnOthers(engine, true);
      }
      return op.isDone() ? StatusCode.OK : StatusCode.NOT_READY;
    }
    return engine.await(op, timeoutNanos) ? StatusCode.OK : StatusCode.NOT_READY;
  }

  @Override
  public String describeStream(int device, long handle) {
    FakeStream stream = stream(device, handle);
    if (stream == null) {
      return "";
    }
    Engine engine = FakeMachine.engine(device);
    engine.lock();
    try {
      return stream.describe();
    } finally {
      engine.unlock();
    }
  }

  @Override
  public Result<Long> createEvent(int device, boolean timing) {
    return Result.of(FakeMachine.EVENTS.add(new FakeEvent(timing)));
  }

  @Override
  public int destroyEvent(int device, long event) {
    return FakeMachine.EVENTS.remove(event) != null ? StatusCode.OK : invalidEvent();
  }

  private static int invalidEvent() {
    return invalid("the event does not exist or was destroyed");
  }

  /** Something done to a stream with an event, under the lock. */
  private interface EventAction {
    int apply(FakeStream stream, FakeEvent event);
  }

  private static int withEvent(
      int device, long eventHandle, long streamHandle, EventAction action) {
    FakeEvent event = FakeMachine.EVENTS.get(eventHandle);
    if (event == null) {
      return invalidEvent();
    }
    FakeStream stream = stream(device, streamHandle);
    if (stream == null) {
      return invalidStream(device);
    }
    Engine engine = FakeMachine.engine(device);
    engine.lock();
    try {
      return action.apply(stream, event);
    } finally {
      engine.unlock();
    }
  }

  @Override
  public int recordEvent(int device, long event, long stream) {
    return withEvent(device, event, stream, FakeRuntime::recordEvent);
  }

  private static int recordEvent(FakeStream stream, FakeEvent event) {
    Capture capture = stream.capture();
    if (capture == null) {
      RecordOp record = new RecordOp(event.timing);
      FakeMachine.engine(stream.device).enqueue(stream, record);
      event.newest = record;
      event.captured = null;
    } else {
      event.captured = capture.addRecord(stream, event.timing);
    }
    return StatusCode.OK;
  }

  @Override
  public int waitEvent(int device, long stream, long event) {
    return withEvent(device, event, stream, FakeRuntime::waitEvent);
  }

  private static int waitEvent(FakeStream stream, FakeEvent event) {
    Capture capture = stream.capture();
    Capture.Slot slot = event.captured;
    if (slot != null) {
      if (!slot.capture.isOpen() || (capture != null && capture != slot.capture)) {
        return Codes.error(
            Codes.INVALID_USAGE, "a wait for an event that was recorded in another capture");
      }
      slot.capture.addWait(stream, slot);
      return StatusCode.OK;
    }
    RecordOp newest = event.newest;
    if (newest == null || newest.isDone()) {
      return StatusCode.OK;
    }
    if (capture != null) {
      return Codes.error(
          Codes.INVALID_USAGE,
          "a captured stream waits for an event that was recorded outside the capture");
    }
    FakeMachine.engine(stream.device).enqueue(stream, new WaitOp(newest));
    return StatusCode.OK;
  }

  @Override
  public int queryEvent(int device, long event) {
    return awaitEvent(device, event, 0);
  }

  @Override
  public int synchronizeEvent(int device, long event, long timeoutNanos) {
    return awaitEvent(device, event, timeoutNanos);
  }

  private static int awaitEvent(int device, long handle, long timeoutNanos) {
    FakeEvent event = FakeMachine.EVENTS.get(handle);
    if (event == null) {
      return invalidEvent();
    }
    if (event.captured != null) {
      return Codes.error(
          Codes.INVALID_USAGE, "a wait for an event that was last recorded in a capture");
    }
    return await(FakeMachine.engine(device), event.newest, timeoutNanos);
  }

  @Override
  public Result<Long> elapsedNanos(int device, long startHandle, long endHandle) {
    FakeEvent start = FakeMachine.EVENTS.get(startHandle);
    FakeEvent end = FakeMachine.EVENTS.get(endHandle);
    if (start == null || end == null) {
      return Result.failed(invalidEvent());
    }
    RecordOp from = start.newest;
    RecordOp to = end.newest;
    if (from == null || to == null || !start.timing || !end.timing) {
      return Result.failed(invalid("an event takes no time or was never recorded"));
    }
    return from.isDone() && to.isDone()
        ? Result.of(to.nanos() - from.nanos())
        : Result.failed(StatusCode.NOT_READY);
  }

  private boolean lacksGraphs() {
    return !settings.capabilities().contains(Capability.GRAPHS);
  }

  @Override
  public int beginCapture(int device, long streamHandle) {
    if (lacksGraphs()) {
      return StatusCode.UNSUPPORTED;
    }
    FakeStream stream = stream(device, streamHandle);
    if (stream == null) {
      return invalidStream(device);
    }
    Engine engine = FakeMachine.engine(device);
    engine.lock();
    try {
      if (stream.capture() != null) {
        return Codes.error(Codes.INVALID_USAGE, "the stream is captured already");
      }
      Capture.begin(stream);
      return StatusCode.OK;
    } finally {
      engine.unlock();
    }
  }

  @Override
  public Result<Long> endCapture(int device, long streamHandle) {
    if (lacksGraphs()) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    FakeStream stream = stream(device, streamHandle);
    if (stream == null) {
      return Result.failed(invalidStream(device));
    }
    Engine engine = FakeMachine.engine(device);
    engine.lock();
    try {
      Capture capture = stream.capture();
      if (capture == null || !capture.startedOn(stream)) {
        return Result.failed(
            Codes.error(Codes.INVALID_USAGE, "no capture was begun on this stream"));
      }
      if (!capture.end()) {
        return Result.failed(
            Codes.error(
                Codes.INVALID_USAGE,
                "a stream joined the capture and was not joined back: record an event on it"
                    + " after its last operation and let the captured stream wait for it"));
      }
      return Result.of(FakeMachine.CAPTURES.add(capture));
    } finally {
      engine.unlock();
    }
  }

  @Override
  public Result<Long> instantiateGraph(int device, long graph) {
    Capture capture = FakeMachine.CAPTURES.get(graph);
    if (capture == null) {
      return Result.failed(invalidGraph());
    }
    return Result.of(FakeMachine.GRAPHS.add(new FakeGraph(capture)));
  }

  private static int invalidGraph() {
    return invalid("the graph does not exist or was destroyed");
  }

  @Override
  public int launchGraph(int device, long executable, long streamHandle) {
    FakeGraph graph = FakeMachine.GRAPHS.get(executable);
    FakeStream stream = stream(device, streamHandle);
    if (graph == null || graph.device() != device) {
      return invalidGraph();
    }
    if (stream == null) {
      return invalidStream(device);
    }
    if (stream.capture() != null) {
      return Codes.error(Codes.INVALID_USAGE, "a graph launched on a stream that is captured");
    }
    graph.launch(stream);
    FakeMachine.engine(device).shorten(stream);
    return StatusCode.OK;
  }

  @Override
  public int destroyGraph(int device, long graph) {
    return FakeMachine.CAPTURES.remove(graph) != null ? StatusCode.OK : invalidGraph();
  }

  @Override
  public int destroyExecutable(int device, long executable) {
    return FakeMachine.GRAPHS.remove(executable) != null ? StatusCode.OK : invalidGraph();
  }

  @Override
  public StatusText describe(int status) {
    return Codes.explain(status);
  }
}
