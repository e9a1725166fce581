package org.ccl4j.jna;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** A device runtime of the CUDA shape. */
final class NativeRuntime implements DeviceRuntime {
  private static final int HOST_TO_DEVICE = 1;
  private static final int DEVICE_TO_HOST = 2;
  private static final int DEVICE_TO_DEVICE = 3;
  private static final int STREAM_NON_BLOCKING = 1;
  private static final int EVENT_WITHOUT_TIMING = 2;
  private static final int HOST_MEMORY_FOR_ALL_DEVICES = 1;
  private static final int CAPTURE_GLOBAL = 0;

  /**
   * Relaxed: the first operation of a communicator connects its ranks, also when it is captured,
   * and what that takes is forbidden to a thread that captures in a stricter mode.
   */
  private static final int CAPTURE_RELAXED = 2;

  private static final int COMPUTE_CAPABILITY_MAJOR = 75;
  private static final int NAME_LENGTH = 256;
  private static final int BUS_ID_LENGTH = 32;

  /** Up to here a wait looks all the time: a thread that sleeps is woken 50 microseconds late. */
  private static final long EAGER_NANOS = 4_000_000;

  private static final long SHORTEST_NAP = 50_000;
  private static final long LONGEST_NAP = 500_000;
  private static final int QUERIES_IN_A_ROW = 16;

  private final RuntimeLibrary library;
  private final RuntimeCodes codes;
  private final CurrentDevice current;
  private final HostPins pins = new HostPins();
  private final LiveStreams live = new LiveStreams();
  private final DeferredFrees frees = new DeferredFrees(this::isIdle);

  NativeRuntime(RuntimeLibrary library) {
    this.library = library;
    codes = new RuntimeCodes(library);
    current = new CurrentDevice(library);
  }

  RuntimeLibrary library() {
    return library;
  }

  CurrentDevice current() {
    return current;
  }

  @Override
  public int deviceCount() {
    long counted = library.getDeviceCount.callForInt();
    return CFunction.status(counted) == StatusCode.OK ? CFunction.value(counted) : 0;
  }

  /** Why there are no devices; OK where there are some. */
  int countStatus() {
    return CFunction.status(library.getDeviceCount.callForInt());
  }

  @Override
  public String machineId() {
    return MachineId.get();
  }

  /** The smallest major compute capability of all devices; 0 where that is not known. */
  int lowestArchitecture() {
    if (!library.descriptor.knowsArchitecture()) {
      return 0;
    }
    int lowest = Integer.MAX_VALUE;
    int devices = deviceCount();
    for (int device = 0; device < devices; device++) {
      try (Cells out = new Cells(Integer.BYTES)) {
        int status =
            library.deviceGetAttribute.call(out.address(), COMPUTE_CAPABILITY_MAJOR, device);
        lowest = Math.min(lowest, status == StatusCode.OK ? out.getInt(0) : 0);
      }
    }
    return devices == 0 ? 0 : lowest;
  }

  @Override
  public Result<DeviceInfo> describeDevice(int device) {
    try (Cells bus = new Cells(BUS_ID_LENGTH);
        Cells name = new Cells(NAME_LENGTH)) {
      int status = library.deviceGetPciBusId.call(bus.address(), BUS_ID_LENGTH, device);
      if (status != StatusCode.OK) {
        return failed(status);
      }
      Result<MemoryInfo> memory = memoryInfo(device); // also wakes the driver, which has the name
      MemoryInfo found = memory.value();
      if (found == null) {
        return Result.failed(memory.status());
      }
      int named = library.deviceGetName.call(name.address(), NAME_LENGTH, device);
      String text = named == StatusCode.OK ? name.toString().strip() : "";
      return Result.of(
          new DeviceInfo(
              device,
              text.isEmpty() ? library.descriptor.prefix() + " device" : text,
              bus.toString(),
              found.total()));
    }
  }

  @Override
  public Result<MemoryInfo> memoryInfo(int device) {
    frees.sweep(device);
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(2 * Long.BYTES)) {
      int status = library.memGetInfo.call(out.address(), out.address() + Long.BYTES);
      return status == StatusCode.OK
          ? Result.of(new MemoryInfo(out.getLong(0), out.getLong(Long.BYTES)))
          : failed(status);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public boolean canAccessPeer(int device, int peer) {
    try (Cells out = new Cells(Integer.BYTES)) {
      int status = library.deviceCanAccessPeer.call(out.address(), device, peer);
      return status == StatusCode.OK && out.getInt(0) != 0;
    }
  }

  @Override
  public Result<Long> allocate(int device, long bytes) {
    frees.sweep(device);
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      return result(library.malloc.call(out.address(), bytes), out);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public int free(int device, long address) {
    return frees.free(device, () -> freeNow(device, library.free, address));
  }

  private int freeNow(int device, CFunction function, long address) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = function.call(address);
    current.leave(entered);
    return checked(status);
  }

  /** Memory that is to be freed when the device is idle. */
  DeferredFrees frees() {
    return frees;
  }

  /** As far as the streams made here tell. */
  private boolean isIdle(int device) {
    return live.all(
        device, stream -> !isCapturing(stream) && queryStream(device, stream) == StatusCode.OK);
  }

  /** To query a stream that captures would end the capture. */
  private boolean isCapturing(long stream) {
    try (Cells out = new Cells(Integer.BYTES)) {
      int status = library.streamIsCapturing.call(stream, out.address());
      return status == StatusCode.OK && out.getInt(0) != 0;
    }
  }

  @Override
  public Result<Long> allocateOrdered(int device, long bytes, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      return result(library.mallocAsync.call(out.address(), bytes, stream), out);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public int freeOrdered(int device, long address, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.freeAsync.call(address, stream);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public Result<HostMemory> allocateHost(int device, int bytes) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      int status = library.hostAlloc.call(out.address(), bytes, HOST_MEMORY_FOR_ALL_DEVICES);
      if (status != StatusCode.OK) {
        return failed(status);
      }
      long address = out.getLong(0);
      ByteBuffer memory = Cells.bufferAt(address, bytes).order(ByteOrder.nativeOrder());
      return Result.of(new HostMemory(memory, address));
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public int freeHost(int device, long address) {
    return frees.free(device, () -> freeNow(device, library.freeHost, address));
  }

  @Override
  public int enablePeerAccess(int device, int peer) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.deviceEnablePeerAccess.call(peer, 0);
    if (codes.isPeerAccessEnabledAlready(status)) {
      library.getLastError.call(); // the runtime remembers it for whoever asks next
      status = StatusCode.OK;
    }
    current.leave(entered);
    return checked(status);
  }

  @Override
  public int copyToDevice(int device, long target, ByteBuffer source, long stream) {
    long address = Cells.addressOf(source);
    int status = copy(device, target, address, source.remaining(), HOST_TO_DEVICE, stream);
    pins.keep(stream, source);
    return status;
  }

  @Override
  public int copyToHost(int device, ByteBuffer target, long source, long stream) {
    long address = Cells.addressOf(target);
    int status = copy(device, address, source, target.remaining(), DEVICE_TO_HOST, stream);
    pins.keep(stream, target);
    return status;
  }

  @Override
  public int copyOnDevice(int device, long target, long source, long bytes, long stream) {
    return copy(device, target, source, bytes, DEVICE_TO_DEVICE, stream);
  }

  private int copy(int device, long target, long source, long bytes, int kind, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.memcpyAsync.call(target, source, bytes, kind, stream);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public int fill(int device, long target, byte value, long bytes, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.memsetAsync.call(target, value & 0xff, bytes, stream);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public Result<Long> createStream(int device, int priority) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      int status =
          library.streamCreateWithPriority.call(out.address(), STREAM_NON_BLOCKING, priority);
      if (status == StatusCode.OK) {
        live.add(out.getLong(0), device);
      }
      return result(status, out);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public int destroyStream(int device, long stream) {
    // What a stream that is not idle still copies stays noted: it completes after this.
    if (pins.of(stream) != null && queryStream(device, stream) == StatusCode.OK) {
      pins.forget(stream);
    }
    live.remove(stream);
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.streamDestroy.call(stream);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public int queryStream(int device, long stream) {
    return synchronizeStream(device, stream, 0);
  }

  @Override
  public int synchronizeStream(int device, long stream, long timeoutNanos) {
    HostPins.Of pinned = pins.of(stream);
    long mark = pinned == null ? 0 : pinned.mark();
    int status = await(library.streamQuery, device, stream, timeoutNanos);
    if (pinned != null && status == StatusCode.OK) {
      pinned.releaseUpTo(mark);
    }
    if (timeoutNanos > 0 && status == StatusCode.OK) {
      frees.sweep(device);
    }
    return status;
  }

  /**
   * Waits for a stream of another object, which may destroy it meanwhile. One that captures is not
   * asked and not waited for: it may be the caller's own capture, which ends after this.
   */
  int synchronizeIfLive(int device, long stream, Deadline deadline) {
    int status;
    do {
      status =
          live.ask(stream, () -> isCapturing(stream) ? StatusCode.OK : queryStream(device, stream));
    } while (status == StatusCode.NOT_READY && deadline.pause());
    return status;
  }

  @Override
  public Result<Long> createEvent(int device, boolean timing) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      int flags = timing ? 0 : EVENT_WITHOUT_TIMING;
      return result(library.eventCreateWithFlags.call(out.address(), flags), out);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public int destroyEvent(int device, long event) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.eventDestroy.call(event);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public int recordEvent(int device, long event, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.eventRecord.call(event, stream);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public int waitEvent(int device, long stream, long event) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.streamWaitEvent.call(stream, event, 0);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public int queryEvent(int device, long event) {
    return await(library.eventQuery, device, event, 0);
  }

  @Override
  public int synchronizeEvent(int device, long event, long timeoutNanos) {
    return await(library.eventQuery, device, event, timeoutNanos);
  }

  /**
   * Asks until it is done. The runtime's own waits have no bound, and a thread inside one cannot be
   * interrupted. The device is set anew for each row of queries: between them a virtual thread may
   * move to another carrier.
   */
  @SuppressWarnings("ThreadPriorityCheck") // leaves a processor to whoever wants it
  private int await(CFunction query, int device, long handle, long timeoutNanos) {
    long begun = timeoutNanos > 0 ? System.nanoTime() : 0;
    while (true) {
      int status = ask(query, device, handle, timeoutNanos > 0 ? QUERIES_IN_A_ROW : 1);
      if (status != StatusCode.NOT_READY) {
        return status;
      }
      if (timeoutNanos <= 0) {
        return StatusCode.NOT_READY;
      }
      long waited = System.nanoTime() - begun;
      if (waited >= timeoutNanos || Thread.currentThread().isInterrupted()) {
        return StatusCode.NOT_READY;
      }
      if (waited < EAGER_NANOS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(Math.max(SHORTEST_NAP, Math.min(LONGEST_NAP, waited / 64)));
      }
    }
  }

  private int ask(CFunction query, int device, long handle, int times) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = query.call(handle);
    boolean waited = codes.isNotReady(status);
    for (int i = 1; i < times && codes.isNotReady(status); i++) {
      status = query.call(handle);
    }
    if (waited) {
      library.getLastError.call(); // "not ready" would pass for an error of the thread's next call
    }
    current.leave(entered);
    return codes.isNotReady(status) ? StatusCode.NOT_READY : checked(status);
  }

  @Override
  public Result<Long> elapsedNanos(int device, long start, long end) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Float.BYTES)) {
      int status = library.eventElapsedTime.call(out.address(), start, end);
      if (codes.isNotReady(status)) {
        library.getLastError.call();
        return Result.failed(StatusCode.NOT_READY);
      }
      return status == StatusCode.OK
          ? Result.of(Math.round(out.getFloat(0) * 1e6))
          : failed(status);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public int beginCapture(int device, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.streamBeginCapture.call(stream, CAPTURE_RELAXED);
    if (codes.isNotOffered(status)) {
      // Not every runtime has this mode. The other one forbids more, also to other threads.
      library.getLastError.call();
      status = library.streamBeginCapture.call(stream, CAPTURE_GLOBAL);
    }
    current.leave(entered);
    return checked(status);
  }

  @Override
  public Result<Long> endCapture(int device, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      return result(library.streamEndCapture.call(stream, out.address()), out);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public Result<Long> instantiateGraph(int device, long graph) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failed(CurrentDevice.status(entered));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      // The plain function has three arguments in some runtimes and five in others; with zeros the
      // longer call is right for both.
      int status =
          library.graphInstantiateWithFlags.isPresent()
              ? library.graphInstantiateWithFlags.call(out.address(), graph, 0)
              : library.graphInstantiate.call(out.address(), graph, 0, 0, 0);
      return result(status, out);
    } finally {
      current.leave(entered);
    }
  }

  @Override
  public int launchGraph(int device, long executable, long stream) {
    long entered = current.enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return CurrentDevice.status(entered);
    }
    int status = library.graphLaunch.call(executable, stream);
    current.leave(entered);
    return checked(status);
  }

  @Override
  public int destroyGraph(int device, long graph) {
    return checked(library.graphDestroy.call(graph));
  }

  @Override
  public int destroyExecutable(int device, long executable) {
    return checked(library.graphExecDestroy.call(executable));
  }

  @Override
  public StatusText describe(int status) {
    return codes.describe(status);
  }

  private Result<Long> result(int status, Cells out) {
    return status == StatusCode.OK ? Result.of(out.getLong(0)) : failed(status);
  }

  private <T> Result<T> failed(int status) {
    return Result.failed(checked(status));
  }

  /** Clears what the runtime remembers of an error: it has been reported, and once is enough. */
  private int checked(int status) {
    if (status > StatusCode.OK) {
      library.getLastError.call();
    }
    return status;
  }
}
