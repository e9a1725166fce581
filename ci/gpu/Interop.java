import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * Memory, streams and communicators that pass between this project and a program that calls the
 * libraries itself, as JCuda, JavaCPP or a framework do: what either side makes the other can use,
 * and closing what was only wrapped leaves it as it was.
 *
 * <p>Arguments: the device runtime and the collective library that the backend uses.
 */
final class Interop {
  private static final int COUNT = 1 << 16;
  private static final int NON_BLOCKING = 1;
  private static final int HOST_TO_DEVICE = 1;
  private static final int DEVICE_TO_HOST = 2;
  private static final int LAZY_AND_LOCAL = 1;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What this program calls past the project. */
  interface Runtime extends Library {
    int cudaSetDevice(int device);

    int cudaMalloc(PointerByReference address, NativeLong bytes);

    int cudaFree(Pointer address);

    int cudaMemset(Pointer address, int value, NativeLong bytes);

    int cudaMemcpyAsync(
        Pointer to, Pointer from, NativeLong bytes, int direction, Pointer stream);

    int cudaStreamCreateWithFlags(PointerByReference stream, int flags);

    int cudaStreamSynchronize(Pointer stream);

    int cudaStreamQuery(Pointer stream);

    int cudaStreamDestroy(Pointer stream);
  }

  /** What this program calls past the project. */
  interface Collectives extends Library {
    int ncclCommCount(Pointer communicator, IntByReference count);

    int ncclCommUserRank(Pointer communicator, IntByReference rank);
  }

  private final Runtime runtime;
  private final Collectives collectives;
  private final Ccl ccl;
  private final List<Device> devices = new ArrayList<>();
  private final List<Communicator> communicators;
  private int checks;

  private Interop(String runtimeFile, String collectivesFile, Ccl ccl) {
    Map<String, Object> options = Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_LOCAL);
    this.runtime = Native.load(runtimeFile, Runtime.class, options);
    this.collectives = Native.load(collectivesFile, Collectives.class, options);
    this.ccl = ccl;
    for (int i = 0; i < ccl.deviceCount(); i++) {
      devices.add(ccl.device(i));
    }
    this.communicators = ccl.connectAll(devices);
  }

  public static void main(String[] args) {
    if (args.length != 2) {
      System.err.println("usage: Interop RUNTIME_LIBRARY COLLECTIVE_LIBRARY");
      System.exit(2);
    }
    try (Ccl ccl = Ccl.open()) {
      Interop interop = new Interop(args[0], args[1], ccl);
      interop.theirMemoryAndStream();
      interop.ourMemoryAndStream();
      interop.ourCommunicators();
      System.out.println("OK: " + interop.checks + " passed, 0 failed, 0 unsupported");
    }
  }

  private void theirMemoryAndStream() {
    int ranks = devices.size();
    NativeLong bytes = new NativeLong(4L * COUNT);
    List<Pointer> memories = new ArrayList<>();
    List<Pointer> streams = new ArrayList<>();
    List<Memory> hosts = new ArrayList<>();
    List<DeviceBuffer> buffers = new ArrayList<>();
    List<Stream> wrapped = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      ok("cudaSetDevice", runtime.cudaSetDevice(rank));
      PointerByReference made = new PointerByReference();
      ok("cudaMalloc", runtime.cudaMalloc(made, bytes));
      memories.add(made.getValue());
      PointerByReference stream = new PointerByReference();
      ok("cudaStreamCreateWithFlags", runtime.cudaStreamCreateWithFlags(stream, NON_BLOCKING));
      streams.add(stream.getValue());
      hosts.add(input(rank));
      copy(memories.get(rank), hosts.get(rank), HOST_TO_DEVICE, streams.get(rank));
      buffers.add(
          devices.get(rank).wrap(Pointer.nativeValue(memories.get(rank)), DataType.FLOAT32, COUNT));
      wrapped.add(devices.get(rank).wrapStream(Pointer.nativeValue(streams.get(rank))));
    }
    // Behind their copy on their stream, without a wait in between.
    ccl.group(
        () -> {
          for (int rank = 0; rank < ranks; rank++) {
            communicators
                .get(rank)
                .allReduce(
                    buffers.get(rank), buffers.get(rank), ReduceOp.SUM, wrapped.get(rank));
          }
        });
    for (int rank = 0; rank < ranks; rank++) {
      ok("cudaSetDevice", runtime.cudaSetDevice(rank));
      hosts.get(rank).clear();
      copy(hosts.get(rank), memories.get(rank), DEVICE_TO_HOST, streams.get(rank));
      wrapped.get(rank).synchronize(PATIENCE);
      requireSum(hosts.get(rank), ranks, "memory and stream made outside, rank " + rank);
      buffers.get(rank).close();
      wrapped.get(rank).close();
      ok("cudaStreamQuery after closing the wrapper", runtime.cudaStreamQuery(streams.get(rank)));
      ok(
          "cudaMemset after closing the wrapper",
          runtime.cudaMemset(memories.get(rank), 0, bytes));
      ok("cudaStreamDestroy", runtime.cudaStreamDestroy(streams.get(rank)));
      ok("cudaFree", runtime.cudaFree(memories.get(rank)));
    }
  }

  private void ourMemoryAndStream() {
    int ranks = devices.size();
    List<DeviceBuffer> buffers = new ArrayList<>();
    List<Stream> streams = new ArrayList<>();
    List<Memory> hosts = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      ok("cudaSetDevice", runtime.cudaSetDevice(rank));
      buffers.add(devices.get(rank).allocate(DataType.FLOAT32, COUNT));
      streams.add(devices.get(rank).openStream());
      hosts.add(input(rank));
      copy(
          new Pointer(buffers.get(rank).address()),
          hosts.get(rank),
          HOST_TO_DEVICE,
          new Pointer(streams.get(rank).handle()));
    }
    ccl.group(
        () -> {
          for (int rank = 0; rank < ranks; rank++) {
            communicators
                .get(rank)
                .allReduce(
                    buffers.get(rank), buffers.get(rank), ReduceOp.SUM, streams.get(rank));
          }
        });
    for (int rank = 0; rank < ranks; rank++) {
      ok("cudaSetDevice", runtime.cudaSetDevice(rank));
      Pointer stream = new Pointer(streams.get(rank).handle());
      copy(hosts.get(rank), new Pointer(buffers.get(rank).address()), DEVICE_TO_HOST, stream);
      ok("cudaStreamSynchronize", runtime.cudaStreamSynchronize(stream));
      requireSum(hosts.get(rank), ranks, "memory and stream of ours, rank " + rank);
      buffers.get(rank).close();
      streams.get(rank).close();
    }
  }

  private void ourCommunicators() {
    for (Communicator communicator : communicators) {
      Pointer handle = new Pointer(communicator.handle());
      IntByReference number = new IntByReference(-1);
      ok("ncclCommCount", collectives.ncclCommCount(handle, number));
      require(number.getValue() == communicators.size(), "the size of the handle");
      ok("ncclCommUserRank", collectives.ncclCommUserRank(handle, number));
      require(number.getValue() == communicator.rank(), "the rank of the handle");
    }
  }

  private void copy(Pointer to, Pointer from, int direction, Pointer stream) {
    ok(
        "cudaMemcpyAsync",
        runtime.cudaMemcpyAsync(to, from, new NativeLong(4L * COUNT), direction, stream));
  }

  private static Memory input(int rank) {
    Memory host = new Memory(4L * COUNT);
    for (int i = 0; i < COUNT; i++) {
      host.setFloat(4L * i, (rank + 1) * (i % 1024));
    }
    return host;
  }

  private void requireSum(Memory found, int ranks, String what) {
    for (int i = 0; i < COUNT; i++) {
      float expected = ranks * (ranks + 1) / 2 * (i % 1024);
      if (found.getFloat(4L * i) != expected) {
        throw new IllegalStateException(
            what + ": element " + i + " is " + found.getFloat(4L * i) + "; right is " + expected);
      }
    }
    checks++;
  }

  private void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalStateException("wrong: " + what);
    }
    checks++;
  }

  private void ok(String what, int code) {
    require(code == 0, what + " gave " + code);
  }
}
