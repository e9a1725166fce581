package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.Graph;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/** All ranks of a communicator, driven by one thread. */
final class DrillRanks implements AutoCloseable {
  static final int COUNT = 1024;

  private final Ccl ccl;
  private final List<Device> devices = new ArrayList<>();
  private final List<Stream> streams = new ArrayList<>();
  private final List<Communicator> communicators;

  private DrillRanks(Ccl ccl, int ranks) {
    this.ccl = ccl;
    for (int rank = 0; rank < ranks; rank++) {
      Device device = ccl.device(rank);
      devices.add(device);
      streams.add(device.openStream());
    }
    this.communicators = ccl.connectAll(devices, DrillSite.OPTIONS);
  }

  static DrillRanks open(DrillSite site) {
    return new DrillRanks(site.ccl(), site.ranks());
  }

  /** Connects, reduces once and looks at the result: what works is no worse than before. */
  static void prove(DrillSite site) {
    try (DrillRanks ranks = open(site)) {
      ranks.prove(7);
    }
  }

  int size() {
    return devices.size();
  }

  Stream stream(int rank) {
    return streams.get(rank);
  }

  Communicator communicator(int rank) {
    return communicators.get(rank);
  }

  List<Communicator> communicators() {
    return communicators;
  }

  List<Stream> streams() {
    return streams;
  }

  List<DeviceBuffer> allocate(long count) {
    return devices.stream().map(device -> device.allocate(DataType.INT64, count)).toList();
  }

  /** Calls for each rank, in one group. */
  void group(IntConsumer body) {
    ccl.group(() -> forEach(body));
  }

  void forEach(IntConsumer body) {
    for (int rank = 0; rank < size(); rank++) {
      body.accept(rank);
    }
  }

  void allReduce(List<DeviceBuffer> send, List<DeviceBuffer> recv, ReduceOp op) {
    group(rank -> communicator(rank).allReduce(send.get(rank), recv.get(rank), op, stream(rank)));
  }

  List<Graph> captureAllReduce(List<DeviceBuffer> send, List<DeviceBuffer> recv, ReduceOp op) {
    return ccl.capture(streams, () -> allReduce(send, recv, op));
  }

  void synchronize() {
    streams.forEach(stream -> stream.synchronize(DrillSite.PATIENCE));
  }

  /** One plain all-reduce, checked on all ranks. */
  void prove(int seed) {
    List<DeviceBuffer> send = allocate(COUNT);
    List<DeviceBuffer> recv = allocate(COUNT);
    forEach(rank -> send.get(rank).copyFrom(DrillData.input(rank, seed), stream(rank)));
    allReduce(send, recv, ReduceOp.SUM);
    long[] found = new long[COUNT];
    forEach(
        rank -> {
          recv.get(rank).copyTo(found, stream(rank));
          DrillData.requireSum(found, 0, size(), seed, "plain all-reduce on rank " + rank);
        });
    send.forEach(DeviceBuffer::close);
    recv.forEach(DeviceBuffer::close);
  }

  @Override
  public void close() {
    communicators.forEach(Communicator::close);
    devices.forEach(Device::close);
  }
}
