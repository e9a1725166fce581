package org.ccl4j.tools;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.Stream;

/** The device memory of one rank, and the way data gets there and is checked. */
final class RankMemory {
  /** How much is copied and compared at a time. */
  private static final int BLOCK_BYTES = 1 << 20;

  /** How far a floating-point average may be off, as nccl-tests has it. */
  private static final long AVERAGE_ULPS = 2;

  private final DeviceBuffer send;
  private final DeviceBuffer recv;
  private final Stream stream;
  private final LongConsumer progress;
  private final ByteBuffer wanted = block();
  private final ByteBuffer found = block();

  /**
   * Allocates both buffers; the device closes them.
   *
   * @param allocation gives a buffer of so many bytes
   * @param bytes the size of each
   * @param progress is told the bytes that were copied
   */
  RankMemory(
      LongFunction<DeviceBuffer> allocation, Stream stream, long bytes, LongConsumer progress) {
    this.send = allocation.apply(bytes);
    this.recv = allocation.apply(bytes);
    this.stream = stream;
    this.progress = progress;
  }

  /** The device memory for a largest size: both buffers. */
  static long bytesNeeded(long bytes) {
    return bytes > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : 2 * bytes;
  }

  private static ByteBuffer block() {
    return ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.nativeOrder());
  }

  /** The send buffer of a plan. */
  DeviceBuffer send(Plan plan, DataType type, boolean inPlace) {
    return inPlace
        ? view(recv, type, plan.inPlaceSendAt(), plan.sendCount())
        : view(send, type, 0, plan.sendCount());
  }

  /** The receive buffer of a plan. */
  DeviceBuffer recv(Plan plan, DataType type, boolean inPlace) {
    return view(recv, type, inPlace ? plan.inPlaceRecvAt() : 0, plan.recvCount());
  }

  private static DeviceBuffer view(DeviceBuffer all, DataType type, long offset, long count) {
    int size = type.byteSize();
    return all.slice(offset * size, count * size).as(type);
  }

  /** Puts into the buffers what must be there before an operation. */
  void prepare(Plan plan, DataType type, TestData data, boolean inPlace) {
    // In this order: in place, what is sent lies where something is received.
    DeviceBuffer to = recv(plan, type, inPlace);
    for (Part part : inPlace ? plan.inPlaceResults() : plan.results()) {
      upload(to, part, n -> data.fillBefore(wanted, n, part.content()));
    }
    DeviceBuffer from = send(plan, type, inPlace);
    for (Part part : plan.inputs()) {
      upload(from, part, n -> data.fill(wanted, n, part.content()));
    }
  }

  private interface Filler {
    void fill(int elements);
  }

  private void upload(DeviceBuffer buffer, Part part, Filler filler) {
    forEachBlock(
        buffer,
        part,
        filler,
        (target, bytes) -> {
          target.copyFrom(wanted.position(0).limit(bytes), stream);
          // The block is used again, so the copy must be through.
          stream.synchronize();
        });
  }

  /**
   * Counts the wrong elements after an operation.
   *
   * @return 0 when every element is as it must be
   */
  long countWrong(Plan plan, DataType type, TestData data, boolean inPlace) {
    return countWrong(
        recv(plan, type, inPlace), inPlace ? plan.inPlaceResults() : plan.results(), data);
  }

  private long countWrong(DeviceBuffer buffer, List<Part> parts, TestData data) {
    WrongCounter counter = new WrongCounter(buffer.type().byteSize(), data.mayRound());
    for (Part part : parts) {
      forEachBlock(
          buffer,
          part,
          n -> data.fill(wanted, n, part.content()),
          (source, bytes) -> {
            source.copyTo(found.position(0).limit(bytes), stream);
            stream.synchronize();
            counter.compare(bytes);
          });
    }
    return counter.wrong;
  }

  private interface BlockAction {
    void on(DeviceBuffer block, int bytes);
  }

  /** Fills the block in host memory once, and uses it for each block of the part. */
  private void forEachBlock(DeviceBuffer buffer, Part part, Filler filler, BlockAction action) {
    int size = buffer.type().byteSize();
    int most = TestData.blockElements(buffer.type(), BLOCK_BYTES);
    wanted.clear();
    filler.fill((int) Math.min(part.count(), most));
    for (long done = 0; done < part.count(); done += most) {
      int count = (int) Math.min(part.count() - done, most);
      action.on(buffer.slice(part.offset() + done, count), count * size);
      progress.accept((long) count * size);
    }
  }

  /** Compares the block that was found with the one that is wanted. */
  private final class WrongCounter {
    private final int size;
    private final boolean mayRound;
    private long wrong;

    WrongCounter(int size, boolean mayRound) {
      this.size = size;
      this.mayRound = mayRound;
    }

    void compare(int bytes) {
      ByteBuffer a = wanted.slice(0, bytes);
      ByteBuffer b = found.slice(0, bytes);
      int first = a.mismatch(b);
      if (first >= 0) {
        a.order(ByteOrder.nativeOrder());
        b.order(ByteOrder.nativeOrder());
        for (int at = first / size * size; at < bytes; at += size) {
          if (differ(Elements.get(a, at, size), Elements.get(b, at, size))) {
            wrong++;
          }
        }
      }
    }

    private boolean differ(long want, long have) {
      return mayRound ? Elements.distance(size, want, have) > AVERAGE_ULPS : want != have;
    }
  }
}
