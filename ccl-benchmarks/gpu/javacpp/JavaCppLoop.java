import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.Pointer;

/** {@link Loop} with the calls of the JavaCPP preset; its pointers are made once, as a careful program does. */
final class JavaCppLoop extends Loop {
  private Pointer[] from = {};
  private Pointer[] to = {};
  private ncclComm[] communicator = {};
  private CUstream_st[] stream = {};

  public static void main(String[] args) {
    Direct.open(args[0], args[1]);
    new JavaCppLoop().run(args);
  }

  /** A pointer with an address of somebody else. */
  private static final class At extends Pointer {
    At(long address) {
      this.address = address;
    }
  }

  @Override
  void prepare() {
    from = new Pointer[ranks];
    to = new Pointer[ranks];
    communicator = new ncclComm[ranks];
    stream = new CUstream_st[ranks];
    for (int rank = 0; rank < ranks; rank++) {
      from[rank] = new At(sends[rank]);
      to[rank] = new At(recvs[rank]);
      communicator[rank] = new ncclComm(new At(communicators[rank]));
      stream[rank] = new CUstream_st(new At(streams[rank]));
    }
  }

  @Override
  void groupStart() {
    nccl.ncclGroupStart();
  }

  @Override
  void groupEnd() {
    Direct.ok(nccl.ncclGroupEnd(), "ncclGroupEnd");
  }

  @Override
  void allReduce(int rank, long count) {
    nccl.ncclAllReduce(from[rank], to[rank], count, FLOAT, SUM, communicator[rank], stream[rank]);
  }

  @Override
  void reduceScatter(int rank, long count) {
    nccl.ncclReduceScatter(
        from[rank], to[rank], count, FLOAT, SUM, communicator[rank], stream[rank]);
  }

  @Override
  void allGather(int rank, long count) {
    nccl.ncclAllGather(from[rank], to[rank], count, FLOAT, communicator[rank], stream[rank]);
  }

  @Override
  void sendAndReceive(int rank, long count, int next, int previous) {
    nccl.ncclSend(from[rank], count, FLOAT, next, communicator[rank], stream[rank]);
    nccl.ncclRecv(to[rank], count, FLOAT, previous, communicator[rank], stream[rank]);
  }
}
