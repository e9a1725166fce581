import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.Map;

/** The calls of the collective library and of the device runtime, mapped directly: a Java program's own binding. */
final class Direct {
  private static final Map<String, Object> LAZY_AND_LOCAL = Map.of(Library.OPTION_OPEN_FLAGS, 1);

  private Direct() {}

  /** The device runtime. */
  static final class Cuda {
    static native int cudaSetDevice(int device);

    static native int cudaMalloc(long[] address, long bytes);

    static native int cudaMemset(long address, int value, long bytes);

    static native int cudaStreamCreateWithFlags(long[] stream, int flags);

    static native int cudaStreamSynchronize(long stream);

    private Cuda() {}
  }

  /** The collective library. */
  static final class Nccl {
    static native int ncclCommInitAll(long[] communicators, int count, int[] devices);

    static native int ncclCommDestroy(long communicator);

    static native int ncclGroupStart();

    static native int ncclGroupEnd();

    static native int ncclAllReduce(
        long send, long recv, long count, int type, int op, long communicator, long stream);

    static native int ncclReduceScatter(
        long send, long recv, long count, int type, int op, long communicator, long stream);

    static native int ncclAllGather(
        long send, long recv, long count, int type, long communicator, long stream);

    static native int ncclSend(
        long send, long count, int type, int peer, long communicator, long stream);

    static native int ncclRecv(
        long recv, long count, int type, int peer, long communicator, long stream);

    private Nccl() {}
  }

  static void open(String nccl, String cudart) {
    Native.register(Cuda.class, NativeLibrary.getInstance(cudart, LAZY_AND_LOCAL));
    Native.register(Nccl.class, NativeLibrary.getInstance(nccl, LAZY_AND_LOCAL));
  }

  static void ok(int code, String what) {
    if (code != 0) {
      throw new IllegalStateException(what + " gave " + code);
    }
  }
}
