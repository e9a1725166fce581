package org.ccl4j.jna;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.ccl4j.api.Capability;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.WindowOption;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.search.SharedMemoryAdvice;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** A backend over a collective library and a device runtime. */
final class NativeBackend implements Backend {
  static final int UNIQUE_ID_BYTES = 128;

  /** An older library takes the flag for an invalid argument. */
  private static final int STRICT_WINDOWS_SINCE = 22907;

  /** So many ranks get together over one of the ids in good time. */
  private static final int RANKS_PER_ID = 128;

  private final CollectiveLibrary library;
  private final NativeRuntime runtime;
  private final ResultCodes codes;
  private final Connections connections;
  private final String configuration;
  private final ThreadGroups groups = new ThreadGroups();
  private final Aside endings = new Aside();

  /**
   * What the library said when this thread met an error. The library keeps one text for the whole
   * process and never clears it, so that it is read where it belongs to something.
   */
  private final ThreadLocal<String> said = ThreadLocal.withInitial(() -> "");

  NativeBackend(CollectiveLibrary library, NativeRuntime runtime, Settings settings) {
    this.library = library;
    this.runtime = runtime;
    codes = new ResultCodes(library, new RuntimeCodes(runtime.library()));
    connections = new Connections(this);
    configuration =
        library.vendor.sharedVariables().stream()
            .flatMap(name -> settings.environmentVariable(name).map(v -> name + "=" + v).stream())
            .collect(Collectors.joining(", "));
  }

  CollectiveLibrary library() {
    return library;
  }

  NativeRuntime runtime() {
    return runtime;
  }

  ThreadGroups groups() {
    return groups;
  }

  Aside endings() {
    return endings;
  }

  Connections connections() {
    return connections;
  }

  @Override
  public DeviceRuntime devices() {
    return runtime;
  }

  @Override
  public Result<byte[]> newUniqueId() {
    try (Cells out = new Cells(UNIQUE_ID_BYTES)) {
      int status = library.getUniqueId.call(out.address());
      return status == StatusCode.OK
          ? Result.of(out.getBytes(0, UNIQUE_ID_BYTES))
          : Result.failed(failed(status));
    }
  }

  @Override
  public int uniqueIdSize() {
    return UNIQUE_ID_BYTES;
  }

  @Override
  public int uniqueIdCount(int size) {
    return library.commInitRankScalable.isPresent() && library.connectsNonblocking()
        ? (size + RANKS_PER_ID - 1) / RANKS_PER_ID
        : 1;
  }

  @Override
  public String configuration() {
    return configuration;
  }

  @Override
  public Result<BackendCommunicator> connect(ConnectRequest request) {
    said.set("");
    return connections.connect(request);
  }

  @Override
  public Result<List<BackendCommunicator>> connectAll(int[] devices, Terms terms) {
    said.set("");
    return connections.connectAll(devices, terms);
  }

  @Override
  public Result<BackendCommunicator> connectGrown(ConnectRequest request) {
    said.set("");
    return library.commGrow.isPresent()
        ? connections.connectGrown(request)
        : Result.failed(StatusCode.UNSUPPORTED);
  }

  @Override
  public Set<TuningOption> tuning() {
    return library.connectsNonblocking()
        ? library.vendor.config().options(library.version)
        : Set.of();
  }

  @Override
  public Set<TuningOption> callTuning() {
    return library.capabilities().contains(Capability.CALL_TUNING) ? CallConfig.OPTIONS : Set.of();
  }

  @Override
  public Set<WindowOption> windowOptions() {
    return library.version >= STRICT_WINDOWS_SINCE
        ? EnumSet.allOf(WindowOption.class)
        : Set.of(WindowOption.COLLECTIVE_SYMMETRIC);
  }

  @Override
  public int groupStart() {
    int status = library.groupStart.call();
    if (status != StatusCode.OK) {
      return failed(status);
    }
    groups.ofThread().begin();
    return StatusCode.OK;
  }

  @Override
  public int groupEnd() {
    ThreadGroups.Group group = groups.ofThread();
    int status = library.groupEnd.call();
    if (status == ResultCodes.IN_PROGRESS) {
      status = StatusCode.OK;
      for (int i = 0; i < group.count(); i++) {
        NativeCommunicator member = group.member(i);
        int ended = member == null ? StatusCode.OK : member.awaitIssued();
        status = status == StatusCode.OK ? ended : status;
      }
    }
    group.end();
    return status == StatusCode.OK ? status : failed(status);
  }

  @Override
  public Result<Double> groupSimulateEnd() {
    if (!library.groupSimulateEnd.isPresent()) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    groups.ofThread().end();
    try (Cells info = new Cells(SimulationInfo.BYTES)) {
      SimulationInfo.fill(info, Math.min(library.version, library.vendor.config().newest()));
      int status = library.groupSimulateEnd.call(info.address());
      return status == StatusCode.OK
          ? Result.of((double) info.getFloat(SimulationInfo.ESTIMATED_MICROS))
          : Result.failed(failed(status));
    }
  }

  @Override
  public Result<List<String>> parameters() {
    try (Cells out = new Cells(2 * Long.BYTES)) {
      int status = library.paramGetAllParameterKeys.call(out.address(), out.address() + Long.BYTES);
      if (status != StatusCode.OK) {
        return Result.failed(failed(status));
      }
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < out.getInt(Long.BYTES); i++) {
        keys.add(Cells.stringAt(Cells.pointerAt(out.getLong(0), i)));
      }
      return Result.of(keys);
    }
  }

  @Override
  public Result<String> parameter(String key) {
    try (Cells name = Cells.of(key);
        Cells out = new Cells(2 * Long.BYTES)) {
      int status =
          library.paramGetParameter.call(name.address(), out.address(), out.address() + Long.BYTES);
      return status == StatusCode.OK
          ? Result.of(Cells.stringAt(out.getLong(0)))
          : Result.failed(failed(status));
    }
  }

  @Override
  public Result<Long> allocate(int device, long bytes) {
    long entered = runtime.current().enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return Result.failed(failedOnDevice(CurrentDevice.status(entered)));
    }
    try (Cells out = new Cells(Long.BYTES)) {
      int status = library.memAlloc.call(out.address(), bytes);
      return status == StatusCode.OK ? Result.of(out.getLong(0)) : Result.failed(failed(status));
    } finally {
      runtime.current().leave(entered);
    }
  }

  @Override
  public int free(int device, long address) {
    return runtime.frees().free(device, () -> freeNow(device, address));
  }

  private int freeNow(int device, long address) {
    long entered = runtime.current().enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return failedOnDevice(CurrentDevice.status(entered));
    }
    int status = library.memFree.call(address);
    runtime.current().leave(entered);
    return status == StatusCode.OK ? status : failed(status);
  }

  @Override
  public StatusText describe(int status) {
    return codes.describe(status);
  }

  @Override
  public String lastError() {
    return said.get();
  }

  /** Notes what the library says about a status that is not OK. */
  int failed(int status) {
    said.set(status > StatusCode.OK ? lastErrorOf(0) : "");
    return status;
  }

  /** The same for a status of the device runtime. */
  int failedOnDevice(int status) {
    said.set("");
    return ResultCodes.ofRuntime(status);
  }

  String lastErrorOf(long communicator) {
    return SharedMemoryAdvice.to(
        Cells.stringAt(library.getLastError.callForPointer(communicator)).strip());
  }

  /**
   * The libraries stay loaded, see {@link org.ccl4j.jna.sys.NativeLibraryHandle}, and so does the
   * runtime, which other backends of the process share.
   */
  @Override
  public void close() {
    endings.awaitAll();
    runtime.frees().sweepAll();
    said.remove();
  }
}
