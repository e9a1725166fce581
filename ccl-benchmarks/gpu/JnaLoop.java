/** {@link Loop} through JNA's direct mapping: what the project's own calls are made of. */
final class JnaLoop extends Loop {
  public static void main(String[] args) {
    Direct.open(args[0], args[1]);
    new JnaLoop().run(args);
  }

  @Override
  void prepare() {}

  @Override
  void groupStart() {
    Direct.Nccl.ncclGroupStart();
  }

  @Override
  void groupEnd() {
    Direct.ok(Direct.Nccl.ncclGroupEnd(), "ncclGroupEnd");
  }

  @Override
  void allReduce(int rank, long count) {
    Direct.Nccl.ncclAllReduce(
        sends[rank], recvs[rank], count, FLOAT, SUM, communicators[rank], streams[rank]);
  }

  @Override
  void reduceScatter(int rank, long count) {
    Direct.Nccl.ncclReduceScatter(
        sends[rank], recvs[rank], count, FLOAT, SUM, communicators[rank], streams[rank]);
  }

  @Override
  void allGather(int rank, long count) {
    Direct.Nccl.ncclAllGather(
        sends[rank], recvs[rank], count, FLOAT, communicators[rank], streams[rank]);
  }

  @Override
  void sendAndReceive(int rank, long count, int to, int from) {
    Direct.Nccl.ncclSend(sends[rank], count, FLOAT, to, communicators[rank], streams[rank]);
    Direct.Nccl.ncclRecv(recvs[rank], count, FLOAT, from, communicators[rank], streams[rank]);
  }
}
