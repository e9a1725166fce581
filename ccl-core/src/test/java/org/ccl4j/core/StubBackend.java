package org.ccl4j.core;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.Selection;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Status;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.WindowOption;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendProvider;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;
import org.jspecify.annotations.Nullable;

/**
 * A backend that writes down what it is told and does as it is told: it fails on demand, lacks
 * capabilities, and never computes anything. Memory is real, so that copies can be checked.
 */
final class StubBackend implements Backend, DeviceRuntime {
  static final int DEVICE_ERROR = 1;
  static final int INVALID_ARGUMENT = 4;
  static final int INVALID_USAGE = 5;
  static final int REMOTE_ERROR = 6;
  static final int OUT_OF_MEMORY = 7;
  static final int UNHEARD_OF = 4711;
  static final int ID_BYTES = 8;

  private final List<String> calls = new ArrayList<>();
  private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
  private final Map<String, Integer> once = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final TreeMap<Long, ByteBuffer> memory = new TreeMap<>();
  private final AtomicLong next = new AtomicLong(0x1000);

  final Map<Integer, StubCommunicator> communicators = new HashMap<>();
  Set<Capability> capabilities = EnumSet.complementOf(EnumSet.of(Capability.SHARED_DEVICES));
  int deviceCount = 4;
  String id = "test/stub";
  String version = "1.0";
  String configuration = "";
  String machine = "";
  int idCount = 1;
  Signals signals = new Signals(3, 2);
  Set<TuningOption> tuning = EnumSet.of(TuningOption.MIN_CTAS, TuningOption.MAX_CTAS);
  Set<TuningOption> callTuning = tuning;
  double estimate = 12.5;

  /** What addresses are multiples of. */
  long alignment = 1;

  /** Whether devices reach each other. */
  boolean reachable = true;

  /** The ids that each call of connect got. */
  final List<List<UniqueId>> connectIds = new CopyOnWriteArrayList<>();

  volatile boolean recording = true;

  /** Whether streams and events are done; when not, waits use up their time. */
  volatile boolean idle = true;

  volatile String waitsFor = "";
  volatile String said = "";

  // --- what tests do with it ---

  Ccl open() {
    return open(Map.of());
  }

  Ccl open(Map<String, String> settings) {
    BackendProvider provider = provider();
    Settings view = Settings.of(settings);
    ProbeResult probe = provider.probe(view);
    Selection selection =
        new Selection(
            id, "test", null, List.of(new Selection.Candidate(id, 0, provider.simulated(), probe)));
    return CclImpl.open(new Selector.Decision(selection, provider), view);
  }

  BackendProvider provider() {
    return new BackendProvider() {
      @Override
      public String id() {
        return id;
      }

      @Override
      public int priority() {
        return PRIORITY_VENDOR;
      }

      @Override
      public boolean simulated() {
        return false;
      }

      @Override
      public ProbeResult probe(Settings settings) {
        return new ProbeResult.Available(version, "memory", deviceCount, capabilities);
      }

      @Override
      public Backend open(Settings settings) {
        return StubBackend.this;
      }
    };
  }

  /** Lets every later call of a method return a status. */
  void failing(String method, int status) {
    statuses.put(method, status);
  }

  /** Lets the next call of a method return a status. */
  void failOnce(String method, int status) {
    once.put(method, status);
  }

  void working(String method) {
    statuses.remove(method);
  }

  /** Lets calls of a method wait until the latch opens. */
  void gate(String method, CountDownLatch latch) {
    gates.put(method, latch);
  }

  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  synchronized void forget() {
    calls.clear();
  }

  /** The recorded calls of some methods, in order. */
  List<String> calls(String... methods) {
    List<String> wanted = Arrays.asList(methods);
    return calls().stream().filter(c -> wanted.contains(methodOf(c))).toList();
  }

  private static String methodOf(String call) {
    String name = call.substring(0, call.indexOf('('));
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Waits until a call was recorded. */
  void awaitCall(String method) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (calls(method).isEmpty()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(method + " was never called; calls: " + calls());
      }
      Thread.onSpinWait();
    }
  }

  private int did(String method, Object... arguments) {
    if (!recording) {
      return StatusCode.OK;
    }
    synchronized (this) {
      calls.add(method + Arrays.toString(arguments).replace('[', '(').replace(']', ')'));
    }
    String name = method.substring(method.lastIndexOf('.') + 1);
    CountDownLatch gate = gates.get(name);
    if (gate != null) {
      try {
        if (!gate.await(60, TimeUnit.SECONDS)) {
          throw new AssertionError("the gate of " + method + " never opened");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    Integer now = once.remove(name);
    return now != null ? now : statuses.getOrDefault(name, StatusCode.OK);
  }

  private <T> Result<T> gave(int status, T value) {
    return status == StatusCode.OK ? Result.of(value) : Result.failed(status);
  }

  // --- Backend ---

  @Override
  public DeviceRuntime devices() {
    return this;
  }

  @Override
  public String machineId() {
    return machine;
  }

  @Override
  public String configuration() {
    return configuration;
  }

  @Override
  public int uniqueIdCount(int size) {
    return idCount;
  }

  @Override
  public Result<byte[]> newUniqueId() {
    byte[] bytes = new byte[ID_BYTES];
    ByteBuffer.wrap(bytes).putLong(next.incrementAndGet());
    return gave(did("newUniqueId"), bytes);
  }

  @Override
  public int uniqueIdSize() {
    return ID_BYTES;
  }

  @Override
  public Result<BackendCommunicator> connect(ConnectRequest request) {
    connectIds.add(request.ids());
    int status = did("connect", request.rank(), request.size(), request.device());
    return gave(status, communicator(request.rank(), request.size()));
  }

  private synchronized StubCommunicator communicator(int rank, int size) {
    StubCommunicator made = new StubCommunicator(rank, size);
    communicators.put(rank, made);
    return made;
  }

  @Override
  public Result<List<BackendCommunicator>> connectAll(int[] devices, Terms terms) {
    int status = did("connectAll", Arrays.toString(devices));
    List<BackendCommunicator> made = new ArrayList<>();
    for (int rank = 0; rank < devices.length; rank++) {
      made.add(communicator(rank, devices.length));
    }
    return gave(status, made);
  }

  @Override
  public Result<BackendCommunicator> connectGrown(ConnectRequest request) {
    connectIds.add(request.ids());
    int status = did("connectGrown", request.rank(), request.size(), request.device());
    return gave(status, communicator(request.rank(), request.size()));
  }

  @Override
  public Set<TuningOption> tuning() {
    return tuning;
  }

  @Override
  public Set<TuningOption> callTuning() {
    return callTuning;
  }

  @Override
  public Result<Double> groupSimulateEnd() {
    return gave(did("groupSimulateEnd"), estimate);
  }

  @Override
  public Result<List<String>> parameters() {
    return gave(did("parameters"), List.of("B", "A"));
  }

  @Override
  public Result<String> parameter(String key) {
    return gave(did("parameter", key), "value of " + key);
  }

  @Override
  public int groupStart() {
    return recording ? did("groupStart") : StatusCode.OK;
  }

  @Override
  public int groupEnd() {
    return recording ? did("groupEnd") : StatusCode.OK;
  }

  @Override
  public StatusText describe(int status) {
    return switch (status) {
      case DEVICE_ERROR -> new StatusText(Status.DEVICE_ERROR, "stubDevice", "device error");
      case INVALID_ARGUMENT -> new StatusText(Status.INVALID_ARGUMENT, "stubArgument", "argument");
      case INVALID_USAGE -> new StatusText(Status.INVALID_USAGE, "stubUsage", "usage");
      case REMOTE_ERROR -> new StatusText(Status.REMOTE_ERROR, "stubRemote", "remote");
      case OUT_OF_MEMORY -> new StatusText(Status.OUT_OF_MEMORY, "stubMemory", "no memory");
      default -> new StatusText(Status.UNKNOWN, "stub" + status, "unknown");
    };
  }

  @Override
  public String lastError() {
    return said;
  }

  @Override
  public void close() {
    did("closeBackend");
  }

  // --- DeviceRuntime ---

  @Override
  public int deviceCount() {
    return deviceCount;
  }

  @Override
  public Result<DeviceInfo> describeDevice(int device) {
    return gave(
        did("describeDevice", device), new DeviceInfo(device, "Stub", "bus" + device, 1 << 30));
  }

  @Override
  public Result<MemoryInfo> memoryInfo(int device) {
    return gave(did("memoryInfo", device), new MemoryInfo(1, 2));
  }

  @Override
  public boolean canAccessPeer(int device, int peer) {
    return device != peer && reachable;
  }

  @Override
  public Result<Long> allocate(int device, long bytes) {
    int status = did("allocate", device, bytes);
    next.accumulateAndGet(alignment, (at, to) -> (at + to - 1) / to * to);
    long address = next.getAndAdd((bytes + 255) / 256 * 256 + 256);
    if (status == StatusCode.OK && bytes <= 1 << 24) {
      synchronized (this) {
        memory.put(
            address,
            ByteBuffer.allocateDirect((int) bytes).order(java.nio.ByteOrder.nativeOrder()));
      }
    }
    return gave(status, address);
  }

  /** The bytes at an address. */
  synchronized ByteBuffer at(long address, int bytes) {
    Map.Entry<Long, ByteBuffer> block = memory.floorEntry(address);
    if (block == null) {
      throw new AssertionError("no memory at " + address);
    }
    int offset = (int) (address - block.getKey());
    return block.getValue().slice(offset, bytes).order(java.nio.ByteOrder.nativeOrder());
  }

  @Override
  public int free(int device, long address) {
    return did("free", device);
  }

  @Override
  public Result<Long> allocateOrdered(int device, long bytes, long stream) {
    return gave(did("allocateOrdered", device, bytes), next.getAndAdd(bytes + 256));
  }

  @Override
  public int freeOrdered(int device, long address, long stream) {
    return did("freeOrdered", device);
  }

  @Override
  public Result<HostMemory> allocateHost(int device, int bytes) {
    ByteBuffer memory = ByteBuffer.allocateDirect(bytes).order(java.nio.ByteOrder.nativeOrder());
    return gave(did("allocateHost", device, bytes), new HostMemory(memory, next.incrementAndGet()));
  }

  @Override
  public int freeHost(int device, long address) {
    return did("freeHost", device);
  }

  @Override
  public int enablePeerAccess(int device, int peer) {
    return did("enablePeerAccess", device, peer);
  }

  @Override
  public int copyToDevice(int device, long target, ByteBuffer source, long stream) {
    int status = did("copyToDevice", device, source.remaining(), stream);
    if (status == StatusCode.OK) {
      at(target, source.remaining()).put(source.duplicate());
    }
    return status;
  }

  @Override
  public int copyToHost(int device, ByteBuffer target, long source, long stream) {
    int status = did("copyToHost", device, target.remaining(), stream);
    if (status == StatusCode.OK) {
      target.duplicate().put(at(source, target.remaining()));
    }
    return status;
  }

  @Override
  public int copyOnDevice(int device, long target, long source, long bytes, long stream) {
    int status = did("copyOnDevice", device, bytes, stream);
    if (status == StatusCode.OK) {
      at(target, (int) bytes).put(at(source, (int) bytes));
    }
    return status;
  }

  @Override
  public int fill(int device, long target, byte value, long bytes, long stream) {
    return did("fill", device, value, bytes, stream);
  }

  @Override
  public Result<Long> createStream(int device, int priority) {
    return gave(did("createStream", device, priority), next.incrementAndGet());
  }

  @Override
  public int destroyStream(int device, long stream) {
    return did("destroyStream", device);
  }

  @Override
  public int queryStream(int device, long stream) {
    int status = did("queryStream", device);
    return status != StatusCode.OK ? status : idle ? StatusCode.OK : StatusCode.NOT_READY;
  }

  @Override
  public int synchronizeStream(int device, long stream, long timeoutNanos) {
    return await(did("synchronizeStream", device), timeoutNanos);
  }

  private int await(int status, long timeoutNanos) {
    long end = System.nanoTime() + timeoutNanos;
    while (!idle && System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
    return status != StatusCode.OK ? status : idle ? StatusCode.OK : StatusCode.NOT_READY;
  }

  @Override
  public String describeStream(int device, long stream) {
    return waitsFor;
  }

  @Override
  public Result<Long> createEvent(int device, boolean timing) {
    return gave(did("createEvent", device, timing), next.incrementAndGet());
  }

  @Override
  public int destroyEvent(int device, long event) {
    return did("destroyEvent", device);
  }

  @Override
  public int recordEvent(int device, long event, long stream) {
    return did("recordEvent", device);
  }

  @Override
  public int waitEvent(int device, long stream, long event) {
    return did("waitEvent", device);
  }

  @Override
  public int queryEvent(int device, long event) {
    int status = did("queryEvent", device);
    return status != StatusCode.OK ? status : idle ? StatusCode.OK : StatusCode.NOT_READY;
  }

  @Override
  public int synchronizeEvent(int device, long event, long timeoutNanos) {
    return await(did("synchronizeEvent", device), timeoutNanos);
  }

  @Override
  public Result<Long> elapsedNanos(int device, long start, long end) {
    return gave(did("elapsedNanos", device), end - start);
  }

  @Override
  public int beginCapture(int device, long stream) {
    return did("beginCapture", device);
  }

  @Override
  public Result<Long> endCapture(int device, long stream) {
    return gave(did("endCapture", device), next.incrementAndGet());
  }

  @Override
  public Result<Long> instantiateGraph(int device, long graph) {
    return gave(did("instantiateGraph", device), next.incrementAndGet());
  }

  @Override
  public int launchGraph(int device, long executable, long stream) {
    return did("launchGraph", device);
  }

  @Override
  public int destroyGraph(int device, long graph) {
    return did("destroyGraph", device);
  }

  @Override
  public int destroyExecutable(int device, long executable) {
    return did("destroyExecutable", device);
  }

  // --- BackendCommunicator ---

  /** One rank. */
  final class StubCommunicator implements BackendCommunicator {
    private final int rank;
    private final int size;
    private final long handle = next.incrementAndGet();
    volatile int asyncError = StatusCode.OK;

    StubCommunicator(int rank, int size) {
      this.rank = rank;
      this.size = size;
    }

    // Without recording nothing may allocate, not even the array of the arguments.
    private int op(
        String method, long send, long recv, long count, DataType type, int op, int peer) {
      return recording ? did(method, hex(send), hex(recv), count, type, op, peer) : StatusCode.OK;
    }

    private int did(String method, Object... arguments) {
      return StubBackend.this.did("r" + rank + "." + method, arguments);
    }

    private static String hex(long address) {
      return Long.toHexString(address);
    }

    @Override
    public long handle() {
      return handle;
    }

    @Override
    public int allReduce(long send, long recv, long count, DataType type, int op, long stream) {
      return op("allReduce", send, recv, count, type, op, -1);
    }

    @Override
    public int broadcast(long send, long recv, long count, DataType type, int root, long stream) {
      return op("broadcast", send, recv, count, type, -1, root);
    }

    @Override
    public int reduce(
        long send, long recv, long count, DataType type, int op, int root, long stream) {
      return op("reduce", send, recv, count, type, op, root);
    }

    @Override
    public int allGather(long send, long recv, long count, DataType type, long stream) {
      return op("allGather", send, recv, count, type, -1, -1);
    }

    @Override
    public int reduceScatter(long send, long recv, long count, DataType type, int op, long stream) {
      return op("reduceScatter", send, recv, count, type, op, -1);
    }

    @Override
    public int send(long address, long count, DataType type, int peer, long stream) {
      return op("send", address, 0, count, type, -1, peer);
    }

    @Override
    public int recv(long address, long count, DataType type, int peer, long stream) {
      return op("recv", 0, address, count, type, -1, peer);
    }

    @Override
    public int allToAll(long send, long recv, long count, DataType type, long stream) {
      return op("allToAll", send, recv, count, type, -1, -1);
    }

    @Override
    public int allToAllV(
        long send,
        long[] sendCounts,
        long[] sendOffsets,
        long recv,
        long[] recvCounts,
        long[] recvOffsets,
        DataType type,
        long stream) {
      return recording
          ? did(
              "allToAllV",
              hex(send),
              firstOf(sendCounts),
              firstOf(sendOffsets),
              hex(recv),
              firstOf(recvCounts),
              firstOf(recvOffsets),
              type)
          : StatusCode.OK;
    }

    /** Arrays may be longer than there are ranks. */
    private String firstOf(long[] values) {
      return Arrays.toString(Arrays.copyOf(values, size));
    }

    @Override
    public int allReduceWithBias(
        long send, long recv, long bias, long count, DataType type, int op, long stream) {
      return recording
          ? did("allReduceWithBias", hex(send), hex(recv), hex(bias), count, type, op)
          : StatusCode.OK;
    }

    @Override
    public int tuned(
        Tunable operation,
        long send,
        long recv,
        long count,
        DataType type,
        int op,
        int root,
        Tuning asked,
        long stream) {
      return recording
          ? did("tuned", operation, hex(send), hex(recv), count, type, op, root, asked)
          : StatusCode.OK;
    }

    @Override
    public int gather(long send, long recv, long count, DataType type, int root, long stream) {
      return op("gather", send, recv, count, type, -1, root);
    }

    @Override
    public int scatter(long send, long recv, long count, DataType type, int root, long stream) {
      return op("scatter", send, recv, count, type, -1, root);
    }

    @Override
    public Result<Integer> createPreMulSum(DataType type, ByteBuffer scalar) {
      StringBuilder hex = new StringBuilder();
      for (int i = scalar.limit() - 1; i >= scalar.position(); i--) {
        hex.append(String.format("%02x", scalar.get(i)));
      }
      int status = did("createPreMulSum", type, hex);
      return gave(status, 5);
    }

    @Override
    public Result<Integer> createPreMulSum(DataType type, long scalarAddress) {
      int status = did("createPreMulSum", type, hex(scalarAddress));
      return gave(status, 6);
    }

    @Override
    public int destroyOperator(int op) {
      return did("destroyOperator");
    }

    @Override
    public Result<Long> register(long address, long bytes) {
      return gave(did("register", hex(address), bytes), 0L);
    }

    @Override
    public int deregister(long registration) {
      return did("deregister", registration);
    }

    @Override
    public Result<Long> registerWindow(
        long address, long bytes, Set<WindowOption> options, long timeoutNanos) {
      return gave(did("registerWindow", hex(address), bytes, options), 7L);
    }

    @Override
    public int deregisterWindow(long window) {
      return did("deregisterWindow", window);
    }

    @Override
    public Signals signals() {
      return signals;
    }

    @Override
    public int putSignal(
        long address,
        long count,
        DataType type,
        int peer,
        long window,
        long offset,
        int signal,
        int context,
        long stream) {
      return recording
          ? did("putSignal", hex(address), count, type, peer, window, offset, signal, context)
          : StatusCode.OK;
    }

    @Override
    public int signal(int peer, int signal, int context, long stream) {
      return recording ? did("signal", peer, signal, context) : StatusCode.OK;
    }

    @Override
    public int waitSignal(int[] peers, int[] times, int signal, int context, long stream) {
      return did("waitSignal", Arrays.toString(peers), Arrays.toString(times), signal, context);
    }

    @Override
    public Result<Child> split(int color, int key, Terms terms) {
      int status = did("split", color, key);
      if (status == StatusCode.OK && color < 0) {
        return new Result<>(status, null);
      }
      return gave(status, new Child(new StubCommunicator(rank, size), rank, size));
    }

    @Override
    public Result<Child> shrink(int[] excluded, boolean abort, Terms terms) {
      int status = did("shrink", Arrays.toString(excluded), abort, terms.tuning());
      int before = (int) Arrays.stream(excluded).filter(other -> other < rank).count();
      int left = size - excluded.length;
      return gave(
          status, new Child(new StubCommunicator(rank - before, left), rank - before, left));
    }

    @Override
    public Result<byte[]> newGrowthId() {
      byte[] bytes = new byte[ID_BYTES];
      ByteBuffer.wrap(bytes).putLong(next.incrementAndGet());
      return gave(did("newGrowthId"), bytes);
    }

    @Override
    public Result<Child> grow(int newSize, byte @Nullable [] id, Terms terms) {
      int status = did("grow", newSize, id == null ? "without id" : "with id");
      return gave(status, new Child(new StubCommunicator(rank, newSize), rank, newSize));
    }

    @Override
    public int revoke() {
      idle = true;
      return did("revoke");
    }

    @Override
    public int suspend(long timeoutNanos) {
      return did("suspend");
    }

    @Override
    public int resume(long timeoutNanos) {
      return did("resume");
    }

    @Override
    public Result<Long> memoryStatistic(MemoryStatistic statistic) {
      return gave(did("memoryStatistic", statistic), 7L);
    }

    @Override
    public int asyncError() {
      return asyncError;
    }

    @Override
    public String lastError() {
      return said;
    }

    @Override
    public int finish(long timeoutNanos) {
      return did("finish");
    }

    @Override
    public int destroy() {
      return did("destroy");
    }

    @Override
    public int abort() {
      idle = true;
      return did("abort");
    }
  }

  @Nullable StubCommunicator rank(int rank) {
    return communicators.get(rank);
  }
}
