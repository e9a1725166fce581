package org.ccl4j.fake.broken;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.Signals;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** Wraps a backend so that it breaks one thing and nothing else. */
final class Breaker {
  private static final int SUM = 0;
  private static final int MAX = 2;
  private static final int AVG = 4;
  private static final long MANY = 10_000;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final Fault fault;
  private final AtomicInteger communicators = new AtomicInteger();

  /** How many biases the calls of this thread's group had; groups alone have more than one. */
  private final ThreadLocal<int[]> biasesOfGroup = ThreadLocal.withInitial(() -> new int[1]);

  Breaker(Fault fault) {
    this.fault = fault;
  }

  /** A call that goes on to the real object. */
  private interface Call {
    @Nullable Object proceed(Object... arguments) throws Throwable;
  }

  /** What happens in place of a call. */
  private interface Hook {
    @Nullable Object call(String name, Object[] arguments, Call real) throws Throwable;
  }

  private static <T> T wrap(Class<T> type, T real, Hook hook) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                hook.call(
                    method.getName(),
                    arguments == null ? new Object[0] : arguments,
                    given -> invoke(real, method, given))));
  }

  private static @Nullable Object invoke(Object real, Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  Backend backend(Backend real) {
    DeviceRuntime devices = runtime(real.devices());
    Result<byte[]> firstId = real.newUniqueId();
    return wrap(
        Backend.class,
        real,
        (name, arguments, call) -> {
          return switch (name) {
            case "devices" -> devices;
            case "allocate" ->
                shifted(real.allocate((int) arguments[0], shift() + (long) arguments[1]));
            case "free" -> real.free((int) arguments[0], (long) arguments[1] - shift());
            case "newUniqueId" -> fault == Fault.SAME_UNIQUE_ID ? firstId : call.proceed(arguments);
            case "connect" -> connect(real, (Backend.ConnectRequest) arguments[0]);
            case "connectAll" ->
                connectAll(real, (int[]) arguments[0], (Backend.Terms) arguments[1]);
            case "groupStart" -> {
              biasesOfGroup.get()[0] = 0;
              yield call.proceed(arguments);
            }
            case "groupSimulateEnd" -> {
              if (fault != Fault.RUNS_ESTIMATES) {
                yield call.proceed(arguments);
              }
              real.groupEnd();
              yield Result.of(1.0);
            }
            case "tuning" -> fault == Fault.KNOWS_NO_OPTION ? Set.of() : call.proceed(arguments);
            case "callTuning" ->
                fault == Fault.KNOWS_NO_OPTION_OF_CALLS ? Set.of() : call.proceed(arguments);
            case "parameters" ->
                fault == Fault.HIDES_PARAMETERS ? Result.of(List.of()) : call.proceed(arguments);
            default -> call.proceed(arguments);
          };
        });
  }

  private long shift() {
    return fault == Fault.MISALIGNED_MEMORY ? 256 : 0;
  }

  private Result<Long> shifted(Result<Long> address) {
    Long start = address.value();
    return start == null ? address : Result.of(start + shift());
  }

  private Result<BackendCommunicator> connect(Backend real, Backend.ConnectRequest request) {
    // The fake knows its ids under its own name.
    UniqueId id = UniqueId.of("cpu/fake", request.id().toBytes());
    Result<BackendCommunicator> one =
        real.connect(
            new Backend.ConnectRequest(
                id,
                request.rank(),
                request.size(),
                request.device(),
                request.name(),
                request.timeoutNanos()));
    BackendCommunicator communicator = one.value();
    return communicator == null
        ? one
        : Result.of(
            communicator(communicator, real, request.device(), request.rank(), request.size()));
  }

  private Result<List<BackendCommunicator>> connectAll(
      Backend real, int[] devices, Backend.Terms terms) {
    Result<List<BackendCommunicator>> all = real.connectAll(devices, terms);
    List<BackendCommunicator> communicators = all.value();
    if (communicators == null) {
      return all;
    }
    List<BackendCommunicator> wrapped = new ArrayList<>();
    for (int rank = 0; rank < devices.length; rank++) {
      wrapped.add(communicator(communicators.get(rank), real, devices[rank], rank, devices.length));
    }
    return Result.of(wrapped);
  }

  private BackendCommunicator communicator(
      BackendCommunicator real, Backend backend, int device, int rank, int size) {
    DeviceRuntime memory = backend.devices();
    boolean isSecond = communicators.getAndIncrement() > 0;
    List<BackendCommunicator> children = new CopyOnWriteArrayList<>();
    return wrap(
        BackendCommunicator.class,
        real,
        (name, a, call) -> {
          if (name.equals("split")) {
            Result<BackendCommunicator.Child> split =
                real.split(
                    (int) a[0], fault == Fault.IGNORES_KEYS ? 0 : (int) a[1], (Backend.Terms) a[2]);
            BackendCommunicator.Child child = split.value();
            return child == null
                ? split
                : Result.of(
                    new BackendCommunicator.Child(
                        communicator(
                            child.communicator(), backend, device, child.rank(), child.size()),
                        child.rank(),
                        child.size()));
          }
          return switch (fault) {
            case WRONG_SUM -> {
              Object status = call.proceed(a);
              if (name.equals("allReduce") && rank == 0 && (int) a[4] == SUM && (long) a[2] > 0) {
                int bytes = ((DataType) a[3]).byteSize();
                addOne(memory, device, (long) a[1] + ((long) a[2] - 1) * bytes, (long) a[5]);
              }
              yield status;
            }
            case SWAPPED_RANKS -> {
              Object status = call.proceed(a);
              if (name.equals("allGather") && size > 1 && (long) a[2] > 0) {
                long bytes = (long) a[2] * ((DataType) a[3]).byteSize();
                swap(memory, device, (long) a[1], (long) a[1] + bytes, bytes, (long) a[4]);
              }
              yield status;
            }
            case UNWRITTEN_ELEMENT -> {
              if (name.equals("broadcast")) {
                a[2] = Math.max(0, (long) a[2] - 1);
              }
              yield call.proceed(a);
            }
            case WRITES_BEYOND -> {
              Object status = call.proceed(a);
              if (name.equals("allReduce") && (int) a[4] == MAX) {
                long end = (long) a[1] + (long) a[2] * ((DataType) a[3]).byteSize();
                memory.fill(device, end, (byte) 1, 1, (long) a[5]);
              } else if (name.equals("allReduceWithBias")) {
                long end = (long) a[1] + (long) a[3] * ((DataType) a[4]).byteSize();
                memory.fill(device, end, (byte) 1, 1, (long) a[6]);
              }
              yield status;
            }
            case IGNORES_ROOT -> {
              if (name.equals("broadcast")) {
                a[4] = 0;
                a[0] = (long) a[0] == 0 ? a[1] : a[0];
              } else if (name.equals("reduce")) {
                a[5] = 0;
                a[1] = (long) a[1] == 0 ? a[0] : a[1];
              }
              yield call.proceed(a);
            }
            case WRONG_IN_PLACE_PART -> {
              if (name.equals("allGather")) {
                long part = (long) a[2] * ((DataType) a[3]).byteSize();
                if (rank > 0 && (long) a[0] == (long) a[1] + rank * part && part > 0) {
                  memory.copyOnDevice(device, (long) a[0], (long) a[1], part, (long) a[4]);
                }
              }
              yield call.proceed(a);
            }
            case IGNORES_SCALAR ->
                switch (name) {
                  case "createPreMulSum" -> Result.of(SUM);
                  case "destroyOperator" -> StatusCode.OK;
                  default -> call.proceed(a);
                };
            case DESTROYS_TWICE -> {
              Object status = call.proceed(a);
              // Not that of the harness, or no rule at all would pass.
              yield name.equals("destroy") && isSecond ? call.proceed(a) : status;
            }
            case SHIFTED_PARTS -> {
              Object status = call.proceed(a);
              if (name.equals("allToAll") && size > 1 && (long) a[2] > 0) {
                long bytes = (long) a[2] * ((DataType) a[3]).byteSize();
                swap(memory, device, (long) a[1], (long) a[1] + bytes, bytes, (long) a[4]);
              }
              yield status;
            }
            case WRONG_PEER -> {
              if ((name.equals("send") || name.equals("recv")) && size == 3) {
                a[3] = ((int) a[3] + (name.equals("send") ? 1 : 2)) % size;
              }
              yield call.proceed(a);
            }
            case IGNORES_OFFSET -> {
              if (name.equals("putSignal")) {
                a[5] = 0L;
              }
              yield call.proceed(a);
            }
            case IGNORES_SIGNALS -> name.equals("waitSignal") ? StatusCode.OK : call.proceed(a);
            case COUNTS_ONE_RAISE -> {
              if (name.equals("waitSignal")) {
                a[1] = IntStream.of((int[]) a[1]).map(times -> 1).toArray();
              }
              yield call.proceed(a);
            }
            case HIDES_SIGNALS -> name.equals("signals") ? Signals.NONE : call.proceed(a);
            case INVENTS_SIGNALS -> {
              Object result = call.proceed(a);
              yield result instanceof Signals there
                  ? new Signals(there.perContext() + 1, there.contexts())
                  : result;
            }
            case MIXES_SIGNALS -> {
              if (name.equals("putSignal") || name.equals("waitSignal") || name.equals("signal")) {
                a[a.length - 3] = 0;
                a[a.length - 2] = 0;
              }
              yield call.proceed(a);
            }
            case SUSPENDS_ALONE -> name.equals("suspend") ? StatusCode.OK : call.proceed(a);
            case TAKES_WINDOWS_ALONE -> {
              Object result = call.proceed(a);
              yield result instanceof Result<?> made && made.status() == StatusCode.NOT_READY
                  ? Result.of(0L)
                  : result;
            }
            case FORGETS_TO_DIVIDE -> {
              if (name.equals("allReduce") && (int) a[4] == AVG && ((DataType) a[3]).isInteger()) {
                a[4] = SUM;
              } else if (name.equals("allReduceWithBias")
                  && (int) a[5] == AVG
                  && ((DataType) a[4]).isInteger()) {
                a[5] = SUM;
              }
              yield call.proceed(a);
            }
            case NUMBERS_BACKWARDS -> {
              if (name.equals("shrink") && size == 4 && ((int[]) a[0])[0] == 1) {
                yield backwards(shrink(real, a));
              }
              yield name.equals("grow") && (int) a[0] == 4
                  ? backwards(real.grow((int) a[0], (byte[]) a[1], (Backend.Terms) a[2]))
                  : call.proceed(a);
            }
            case ABORTS_CHILDREN -> {
              if (name.equals("shrink")) {
                Result<BackendCommunicator.Child> shrunk = shrink(real, a);
                BackendCommunicator.Child child = shrunk.value();
                if (child != null) {
                  children.add(child.communicator());
                }
                yield shrunk;
              }
              if (name.equals("abort")) {
                children.forEach(BackendCommunicator::abort);
              }
              yield call.proceed(a);
            }
            case CLOSES_GAPS -> {
              if (name.equals("allToAllV")) {
                long[] packed = ((long[]) a[4]).clone();
                Arrays.parallelPrefix(packed, Long::sum);
                for (int i = 0; i < packed.length; i++) {
                  packed[i] -= ((long[]) a[4])[i];
                }
                a[5] = packed;
              }
              yield call.proceed(a);
            }
            case SPOILS_LONG_PARTS -> {
              Object status = call.proceed(a);
              long first = name.equals("allToAllV") ? ((long[]) a[4])[0] : 0;
              if (first > MANY) {
                long last = ((long[]) a[5])[0] + first - 1;
                long place = (long) a[3] + last * ((DataType) a[6]).byteSize();
                addOne(memory, device, place, (long) a[7]);
              }
              yield status;
            }
            case IGNORES_BIAS ->
                name.equals("allReduceWithBias") ? plain(real, a) : call.proceed(a);
            case SKIPS_TUNED_CALLS -> name.equals("tuned") ? StatusCode.OK : call.proceed(a);
            case IGNORES_TUNED_ROOTS -> {
              if (name.equals("tuned")) {
                a[6] = 0;
              }
              yield call.proceed(a);
            }
            case IGNORES_LONG_BIAS ->
                name.equals("allReduceWithBias") && (long) a[3] > MANY
                    ? plain(real, a)
                    : call.proceed(a);
            case ALIGNS_BIAS -> {
              if (name.equals("allReduceWithBias")) {
                a[2] = (long) a[2] & -256L;
              }
              yield call.proceed(a);
            }
            case FORGETS_SECOND_BIAS ->
                name.equals("allReduceWithBias") && biasesOfGroup.get()[0]++ > 0
                    ? plain(real, a)
                    : call.proceed(a);
            case REVOKES_NOTHING -> name.equals("revoke") ? StatusCode.OK : call.proceed(a);
            case HIDES_SUSPENSION ->
                name.equals("memoryStatistic") && a[0] == MemoryStatistic.SUSPENDED
                    ? Result.of(0L)
                    : call.proceed(a);
            default -> call.proceed(a);
          };
        });
  }

  private static int plain(BackendCommunicator real, Object[] a) {
    return real.allReduce(
        (long) a[0], (long) a[1], (long) a[3], (DataType) a[4], (int) a[5], (long) a[6]);
  }

  private static Result<BackendCommunicator.Child> shrink(BackendCommunicator real, Object[] a) {
    return real.shrink((int[]) a[0], (boolean) a[1], (Backend.Terms) a[2]);
  }

  private static Result<BackendCommunicator.Child> backwards(
      Result<BackendCommunicator.Child> made) {
    BackendCommunicator.Child child = made.value();
    return child == null
        ? made
        : Result.of(
            new BackendCommunicator.Child(
                child.communicator(), child.size() - 1 - child.rank(), child.size()));
  }

  /** Adds one to a byte, behind the work that is already on the stream. */
  private static void addOne(DeviceRuntime memory, int device, long address, long stream) {
    ByteBuffer value = ByteBuffer.allocateDirect(1);
    memory.copyToHost(device, value, address, stream);
    memory.synchronizeStream(device, stream, PATIENCE_NANOS);
    value.put(0, (byte) (value.get(0) + 1));
    memory.copyToDevice(device, address, value, stream);
  }

  private static void swap(
      DeviceRuntime memory, int device, long a, long b, long bytes, long stream) {
    Long spare = memory.allocate(device, bytes).value();
    if (spare == null) {
      throw new AssertionError("no memory to break things with");
    }
    memory.copyOnDevice(device, spare, a, bytes, stream);
    memory.copyOnDevice(device, a, b, bytes, stream);
    memory.copyOnDevice(device, b, spare, bytes, stream);
    memory.free(device, spare);
  }

  private DeviceRuntime runtime(DeviceRuntime real) {
    Set<Long> launched = ConcurrentHashMap.newKeySet();
    Map<Integer, DeviceRuntime.HostMemory> hostMemory = new ConcurrentHashMap<>();
    return wrap(
        DeviceRuntime.class,
        real,
        (name, a, call) -> {
          if (fault == Fault.IGNORES_EVENTS && name.equals("waitEvent")) {
            return StatusCode.OK;
          }
          if (fault == Fault.IGNORES_STREAM_ORDER && name.equals("copyToHost")) {
            Long other = real.createStream((int) a[0], 0).value();
            if (other == null) {
              throw new AssertionError("no stream to break things with");
            }
            int status = real.copyToHost((int) a[0], (ByteBuffer) a[1], (long) a[2], other);
            real.synchronizeStream((int) a[0], other, PATIENCE_NANOS);
            real.destroyStream((int) a[0], other);
            return status;
          }
          if (fault == Fault.REUSES_HOST_MEMORY && name.equals("allocateHost")) {
            return Result.of(
                hostMemory.computeIfAbsent(
                    (int) a[1],
                    bytes ->
                        new DeviceRuntime.HostMemory(
                            ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()), 0)));
          }
          if (fault == Fault.LAUNCHES_ONCE
              && name.equals("launchGraph")
              && !launched.add((Long) a[1])) {
            return StatusCode.OK;
          }
          return call.proceed(a);
        });
  }
}
