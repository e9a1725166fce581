package org.ccl4j.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Registration;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.Signal;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Stream;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.Window;
import org.ccl4j.api.WindowOption;
import org.jspecify.annotations.Nullable;

/**
 * A communicator as its user holds it: for each operation, which checks it needs and which native
 * calls it becomes.
 */
final class CommunicatorImpl implements Communicator {
  private final DeviceImpl device;
  private final CommunicatorHandle handle;
  private final Arguments check;
  private final Registering registering;
  private final OneSided oneSided;
  private final CommunicatorLife life;
  private final OwnStream ownStream;

  CommunicatorImpl(DeviceImpl device, CommunicatorHandle handle) {
    this.device = device;
    this.handle = handle;
    this.check = new Arguments(handle);
    this.registering = new Registering(handle, check);
    this.oneSided = new OneSided(handle, check);
    this.life = new CommunicatorLife(device, handle);
    this.ownStream = new OwnStream(device, handle);
    handle.library.leaks.watch(this, handle);
  }

  @Override
  public int rank() {
    return handle.rank;
  }

  @Override
  public int size() {
    return handle.size;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public String name() {
    return handle.name();
  }

  @Override
  public long handle() {
    return handle.backend.handle();
  }

  @Override
  public Stream stream() {
    return ownStream.get();
  }

  // --- one native call each ---

  @Override
  public void allReduce(
      DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.ALL_REDUCE);
    try {
      StreamHandle on = check.check(Operation.ALL_REDUCE, stream, options);
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      check.sameType(in, out);
      int number = check.operator(op, in.type());
      check.elements(count, 1, in.type());
      check.holds("send", in, count);
      check.holds("recv", out, count);
      check.sameStartOrApart(in, out, count);
      batch
          .draft(handle, Operation.ALL_REDUCE, on, options)
          .from(in)
          .to(out)
          .of(count, in.type())
          .reducing(number, Arguments.custom(op));
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void broadcast(
      @Nullable DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      int root,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.BROADCAST);
    try {
      StreamHandle on = check.check(Operation.BROADCAST, stream, options);
      check.rank("root", root);
      BufferImpl out = check.buffer("recv", recv);
      check.elements(count, 1, out.type());
      check.holds("recv", out, count);
      BufferImpl in = root == handle.rank ? check.buffer("send", send) : null;
      if (in != null) {
        check.sameType(in, out);
        check.holds("send", in, count);
        check.sameStartOrApart(in, out, count);
      }
      batch
          .draft(handle, Operation.BROADCAST, on, options)
          .from(in)
          .to(out)
          .of(count, out.type())
          .with(root);
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void reduce(
      DeviceBuffer send,
      @Nullable DeviceBuffer recv,
      long count,
      ReduceOp op,
      int root,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.REDUCE);
    try {
      StreamHandle on = check.check(Operation.REDUCE, stream, options);
      check.rank("root", root);
      BufferImpl in = check.buffer("send", send);
      int number = check.operator(op, in.type());
      check.elements(count, 1, in.type());
      check.holds("send", in, count);
      BufferImpl out = root == handle.rank ? check.buffer("recv", recv) : null;
      if (out != null) {
        check.sameType(in, out);
        check.holds("recv", out, count);
        check.sameStartOrApart(in, out, count);
      }
      batch
          .draft(handle, Operation.REDUCE, on, options)
          .from(in)
          .to(out)
          .of(count, in.type())
          .reducing(number, Arguments.custom(op))
          .with(root);
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void allGather(
      DeviceBuffer send, DeviceBuffer recv, long count, Stream stream, CollectiveOptions options) {
    Batch batch = handle.enter(Operation.ALL_GATHER);
    try {
      StreamHandle on = check.check(Operation.ALL_GATHER, stream, options);
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      check.sameType(in, out);
      long all = check.elements(count, handle.size, in.type());
      check.holds("send", in, count);
      check.holds("recv", out, all);
      check.ownPartOrApart(in, count, out, handle.rank * count, all);
      batch.draft(handle, Operation.ALL_GATHER, on, options).from(in).to(out).of(count, in.type());
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void reduceScatter(
      DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.REDUCE_SCATTER);
    try {
      StreamHandle on = check.check(Operation.REDUCE_SCATTER, stream, options);
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      check.sameType(in, out);
      int number = check.operator(op, in.type());
      long all = check.elements(count, handle.size, in.type());
      check.holds("send", in, all);
      check.holds("recv", out, count);
      check.ownPartOrApart(out, count, in, handle.rank * count, all);
      batch
          .draft(handle, Operation.REDUCE_SCATTER, on, options)
          .from(in)
          .to(out)
          .of(count, in.type())
          .reducing(number, Arguments.custom(op));
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void send(
      DeviceBuffer buffer, long count, int peer, Stream stream, CollectiveOptions options) {
    Batch batch = handle.enter(Operation.SEND);
    try {
      StreamHandle on = check.check(Operation.SEND, stream, options);
      check.rank("peer", peer);
      BufferImpl in = check.buffer("buffer", buffer);
      check.elements(count, 1, in.type());
      check.holds("buffer", in, count);
      batch.draft(handle, Operation.SEND, on, options).from(in).of(count, in.type()).with(peer);
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void recv(
      DeviceBuffer buffer, long count, int peer, Stream stream, CollectiveOptions options) {
    Batch batch = handle.enter(Operation.RECV);
    try {
      StreamHandle on = check.check(Operation.RECV, stream, options);
      check.rank("peer", peer);
      BufferImpl out = check.buffer("buffer", buffer);
      check.elements(count, 1, out.type());
      check.holds("buffer", out, count);
      batch.draft(handle, Operation.RECV, on, options).to(out).of(count, out.type()).with(peer);
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void barrier(Stream stream, CollectiveOptions options) {
    Batch batch = handle.enter(Operation.BARRIER);
    try {
      StreamHandle on = check.check(Operation.BARRIER, stream, options);
      batch
          .draft(handle, Operation.BARRIER, on, options)
          .inPlaceAt(handle.barrierAddress)
          .of(1, CommunicatorHandle.BARRIER_TYPE)
          .reducing(Arguments.SUM, null);
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void allReduceWithBias(
      DeviceBuffer send,
      DeviceBuffer recv,
      DeviceBuffer bias,
      long count,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.ALL_REDUCE_WITH_BIAS);
    try {
      handle.requireCapability(Operation.ALL_REDUCE_WITH_BIAS.text, Capability.ALL_REDUCE_BIAS);
      StreamHandle on = check.check(Operation.ALL_REDUCE_WITH_BIAS, stream, options);
      check.several();
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      BufferImpl with = check.buffer("bias", bias);
      check.sameType(in, out);
      int number = check.operator(op, in.type());
      check.elements(count, 1, in.type());
      check.holds("send", in, count);
      check.holds("recv", out, count);
      check.sameStartOrApart(in, out, count);
      check.bias(with, out, count);
      batch
          .draft(handle, Operation.ALL_REDUCE_WITH_BIAS, on, options)
          .from(in)
          .to(out)
          .biasedBy(with)
          .of(count, in.type())
          .reducing(number, Arguments.custom(op));
      batch.submit(handle);
    } finally {
      handle.leave(batch);
    }
  }

  // --- one native call where the library has it, else composed ---

  @Override
  public void allToAll(DeviceBuffer send, DeviceBuffer recv, Stream stream) {
    allToAll(send, recv, -1, stream, CollectiveOptions.DEFAULT, true);
  }

  @Override
  public void allToAll(
      DeviceBuffer send, DeviceBuffer recv, long count, Stream stream, CollectiveOptions options) {
    allToAll(send, recv, count, stream, options, false);
  }

  private void allToAll(
      DeviceBuffer send,
      DeviceBuffer recv,
      long given,
      Stream stream,
      CollectiveOptions options,
      boolean share) {
    Batch batch = handle.enter(Operation.ALL_TO_ALL);
    try {
      StreamHandle on = check.check(Operation.ALL_TO_ALL, stream, options);
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      check.sameType(in, out);
      long count = share ? check.share("send", in) : given;
      long all = check.elements(count, handle.size, in.type());
      check.holds("send", in, all);
      check.holds("recv", out, all);
      check.apart(in, 0, all, out, 0, all, "");
      if (handle.nativeAllToAll) {
        batch
            .draft(handle, Operation.ALL_TO_ALL, on, options)
            .from(in)
            .to(out)
            .of(count, in.type());
        batch.submit(handle);
        return;
      }
      Parts parts = batch.parts().start(handle, Operation.ALL_TO_ALL, on);
      try {
        for (int r = 0; r < handle.size; r++) {
          parts.send(in, r * count, count, r);
          parts.recv(out, r * count, count, r);
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void gather(
      DeviceBuffer send,
      @Nullable DeviceBuffer recv,
      long count,
      int root,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.GATHER);
    try {
      StreamHandle on = check.check(Operation.GATHER, stream, options);
      check.rank("root", root);
      BufferImpl in = check.buffer("send", send);
      long all = check.elements(count, handle.size, in.type());
      check.holds("send", in, count);
      BufferImpl out = root == handle.rank ? check.buffer("recv", recv) : null;
      if (out != null) {
        check.sameType(in, out);
        check.holds("recv", out, all);
        check.ownPartOrApart(in, count, out, root * count, all);
      }
      if (handle.library.nativeGather) {
        batch
            .draft(handle, Operation.GATHER, on, options)
            .from(in)
            .to(out)
            .of(count, in.type())
            .with(root);
        batch.submit(handle);
        return;
      }
      Parts parts = batch.parts().start(handle, Operation.GATHER, on);
      try {
        gatherParts(parts, in, count, out, root * count, root);
        if (out != null) {
          for (int r = 0; r < handle.size; r++) {
            if (r != root) {
              parts.recv(out, r * count, count, r);
            }
          }
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  /** This rank's own share of a gather: nothing when the root has it in place already. */
  private void gatherParts(
      Parts parts, BufferImpl in, long count, @Nullable BufferImpl out, long ownOffset, int root) {
    if (out == null) {
      parts.send(in, 0, count, root);
    } else if (in.addressOf(0) != out.addressOf(ownOffset)) {
      parts.send(in, 0, count, root);
      parts.recv(out, ownOffset, count, root);
    }
  }

  @Override
  public void scatter(
      @Nullable DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      int root,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.SCATTER);
    try {
      StreamHandle on = check.check(Operation.SCATTER, stream, options);
      check.rank("root", root);
      BufferImpl out = check.buffer("recv", recv);
      long all = check.elements(count, handle.size, out.type());
      check.holds("recv", out, count);
      BufferImpl in = root == handle.rank ? check.buffer("send", send) : null;
      if (in != null) {
        check.sameType(in, out);
        check.holds("send", in, all);
        check.ownPartOrApart(out, count, in, root * count, all);
      }
      if (handle.library.nativeScatter) {
        batch
            .draft(handle, Operation.SCATTER, on, options)
            .from(in)
            .to(out)
            .of(count, out.type())
            .with(root);
        batch.submit(handle);
        return;
      }
      Parts parts = batch.parts().start(handle, Operation.SCATTER, on);
      try {
        scatterParts(parts, in, root * count, out, count, root);
        if (in != null) {
          for (int r = 0; r < handle.size; r++) {
            if (r != root) {
              parts.send(in, r * count, count, r);
            }
          }
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  /** This rank's own share of a scatter: nothing when the root has it in place already. */
  private void scatterParts(
      Parts parts, @Nullable BufferImpl in, long ownOffset, BufferImpl out, long count, int root) {
    if (in == null) {
      parts.recv(out, 0, count, root);
    } else if (out.addressOf(0) != in.addressOf(ownOffset)) {
      parts.send(in, ownOffset, count, root);
      parts.recv(out, 0, count, root);
    }
  }

  @Override
  public void allToAllV(
      DeviceBuffer send,
      long[] sendCounts,
      long[] sendOffsets,
      DeviceBuffer recv,
      long[] recvCounts,
      long[] recvOffsets,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.ALL_TO_ALL_V);
    try {
      StreamHandle on = check.check(Operation.ALL_TO_ALL_V, stream, options);
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      check.sameType(in, out);
      check.parts("sendCounts", sendCounts, "sendOffsets", sendOffsets, "send", in);
      check.parts("recvCounts", recvCounts, "recvOffsets", recvOffsets, "recv", out);
      check.disjointParts("recv", recvCounts, recvOffsets);
      if (Arguments.shareMemory(in, out)) {
        for (int r = 0; r < handle.size; r++) {
          check.apartFromParts(in, sendOffsets[r], sendCounts[r], out, recvCounts, recvOffsets, "");
        }
      }
      if (handle.nativeAllToAllV) {
        batch
            .draft(handle, Operation.ALL_TO_ALL_V, on, options)
            .from(in)
            .to(out)
            .of(0, in.type())
            .inParts(sendCounts, sendOffsets, recvCounts, recvOffsets);
        batch.submit(handle);
        return;
      }
      Parts parts = batch.parts().start(handle, Operation.ALL_TO_ALL_V, on);
      try {
        for (int r = 0; r < handle.size; r++) {
          parts.send(in, sendOffsets[r], sendCounts[r], r);
          parts.recv(out, recvOffsets[r], recvCounts[r], r);
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  // --- composed, with parts of any length ---

  @Override
  public void allGatherV(
      DeviceBuffer send,
      DeviceBuffer recv,
      long[] counts,
      long[] offsets,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.ALL_GATHER_V);
    try {
      StreamHandle on = check.check(Operation.ALL_GATHER_V, stream, options);
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      check.sameType(in, out);
      check.parts("counts", counts, "offsets", offsets, "recv", out);
      check.disjointParts("recv", counts, offsets);
      ownPart(in, "send", out, counts, offsets);
      Parts parts = batch.parts().start(handle, Operation.ALL_GATHER_V, on);
      try {
        for (int r = 0; r < handle.size; r++) {
          parts.broadcast(r == handle.rank ? in : null, out, offsets[r], counts[r], r);
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  /** Checks the buffer that is this rank's own part against the one that has all parts. */
  private void ownPart(BufferImpl own, String name, BufferImpl all, long[] counts, long[] offsets) {
    long count = counts[handle.rank];
    check.holds(name, own, count);
    if (count > 0 && own.addressOf(0) != all.addressOf(offsets[handle.rank])) {
      check.apartFromParts(
          own, 0, count, all, counts, offsets, "or the shorter one at this rank's part");
    }
  }

  @Override
  public void reduceScatterV(
      DeviceBuffer send,
      long[] counts,
      long[] offsets,
      DeviceBuffer recv,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.REDUCE_SCATTER_V);
    try {
      StreamHandle on = check.check(Operation.REDUCE_SCATTER_V, stream, options);
      BufferImpl in = check.buffer("send", send);
      BufferImpl out = check.buffer("recv", recv);
      check.sameType(in, out);
      int number = check.operator(op, in.type());
      check.parts("counts", counts, "offsets", offsets, "send", in);
      ownPart(out, "recv", in, counts, offsets);
      OperatorHandle custom = Arguments.custom(op);
      Parts parts = batch.parts().start(handle, Operation.REDUCE_SCATTER_V, on);
      try {
        for (int r = 0; r < handle.size; r++) {
          parts.reduce(in, offsets[r], r == handle.rank ? out : null, counts[r], number, custom, r);
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void gatherV(
      DeviceBuffer send,
      @Nullable DeviceBuffer recv,
      long[] counts,
      long[] offsets,
      int root,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.GATHER_V);
    try {
      StreamHandle on = check.check(Operation.GATHER_V, stream, options);
      check.rank("root", root);
      BufferImpl in = check.buffer("send", send);
      check.counts("counts", counts);
      check.holds("send", in, counts[handle.rank]);
      BufferImpl out = root == handle.rank ? check.buffer("recv", recv) : null;
      if (out != null) {
        check.sameType(in, out);
        check.parts("counts", counts, "offsets", offsets, "recv", out);
        check.disjointParts("recv", counts, offsets);
        ownPart(in, "send", out, counts, offsets);
      }
      Parts parts = batch.parts().start(handle, Operation.GATHER_V, on);
      try {
        gatherParts(parts, in, counts[handle.rank], out, out == null ? 0 : offsets[root], root);
        if (out != null) {
          for (int r = 0; r < handle.size; r++) {
            if (r != root) {
              parts.recv(out, offsets[r], counts[r], r);
            }
          }
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void scatterV(
      @Nullable DeviceBuffer send,
      long[] counts,
      long[] offsets,
      DeviceBuffer recv,
      int root,
      Stream stream,
      CollectiveOptions options) {
    Batch batch = handle.enter(Operation.SCATTER_V);
    try {
      StreamHandle on = check.check(Operation.SCATTER_V, stream, options);
      check.rank("root", root);
      BufferImpl out = check.buffer("recv", recv);
      check.counts("counts", counts);
      check.holds("recv", out, counts[handle.rank]);
      BufferImpl in = root == handle.rank ? check.buffer("send", send) : null;
      if (in != null) {
        check.sameType(in, out);
        check.parts("counts", counts, "offsets", offsets, "send", in);
        ownPart(out, "recv", in, counts, offsets);
      }
      Parts parts = batch.parts().start(handle, Operation.SCATTER_V, on);
      try {
        scatterParts(parts, in, in == null ? 0 : offsets[root], out, counts[handle.rank], root);
        if (in != null) {
          for (int r = 0; r < handle.size; r++) {
            if (r != root) {
              parts.send(in, offsets[r], counts[r], r);
            }
          }
        }
        parts.issue(options);
      } finally {
        parts.end();
      }
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public void group(Runnable body) {
    handle.requireUsable(Operation.GROUP);
    device.ccl().group(body);
  }

  // --- operators ---

  @Override
  public PreMulSum preMulSum(DataType type, double scalar) {
    requirePreMulSum(type);
    ByteBuffer bytes = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    Scalars.put(bytes, type, scalar);
    return preMulSum(type, bytes.flip());
  }

  @Override
  public PreMulSum preMulSum(DataType type, ByteBuffer scalar) {
    requirePreMulSum(type);
    Arguments.notNull("scalar", scalar);
    if (scalar.remaining() != type.byteSize()) {
      throw new CclUsageException(
          ErrorCode.INVALID_HOST_BUFFER,
          "preMulSum: scalar has "
              + scalar.remaining()
              + " bytes from position to limit; allowed is exactly one element of "
              + type
              + ", which has "
              + type.byteSize()
              + ".");
    }
    ByteBuffer direct = ByteBuffer.allocateDirect(type.byteSize()).order(ByteOrder.nativeOrder());
    direct.put(scalar.duplicate()).flip();
    Batch batch = handle.enter(Operation.PRE_MUL_SUM);
    try {
      return new PreMulSumImpl(handle.newOperator(type, direct));
    } finally {
      handle.leave(batch);
    }
  }

  @Override
  public PreMulSum preMulSum(DeviceBuffer scalar) {
    Batch batch = handle.enter(Operation.PRE_MUL_SUM);
    try {
      check.start(Operation.PRE_MUL_SUM);
      BufferImpl own = check.buffer("scalar", scalar);
      requirePreMulSum(own.type());
      check.holds("scalar", own, 1);
      return new PreMulSumImpl(handle.newOperator(own.type(), own.memory(), own.address()));
    } finally {
      handle.leave(batch);
    }
  }

  private void requirePreMulSum(@Nullable DataType type) {
    Arguments.notNull("type", type);
    handle.requireCapability("preMulSum", Capability.PRE_MUL_SUM);
  }

  // --- memory that the library knows ---

  @Override
  public Registration register(DeviceBuffer buffer) {
    return registering.register(buffer);
  }

  @Override
  public Window registerWindow(DeviceBuffer buffer) {
    return registering.registerWindow(
        buffer, Set.of(WindowOption.COLLECTIVE_SYMMETRIC), Duration.ofNanos(handle.timeoutNanos));
  }

  @Override
  public Window registerWindow(DeviceBuffer buffer, Set<WindowOption> options, Duration timeout) {
    return registering.registerWindow(buffer, options, timeout);
  }

  @Override
  public void putSignal(
      DeviceBuffer source,
      long count,
      int peer,
      Window window,
      long offset,
      Signal signal,
      Stream stream,
      CollectiveOptions options) {
    oneSided.putSignal(source, count, peer, window, offset, signal, stream, options);
  }

  @Override
  public void signal(int peer, Signal signal, Stream stream, CollectiveOptions options) {
    oneSided.signal(peer, signal, stream, options);
  }

  @Override
  public void waitSignal(
      int[] peers, int[] times, Signal signal, Stream stream, CollectiveOptions options) {
    oneSided.waitSignal(peers, times, signal, stream, options);
  }

  @Override
  public Signals signals() {
    return oneSided.signals();
  }

  // --- life ---

  @Override
  public Optional<Communicator> split(int color, int key, ConnectOptions options) {
    return life.split(color, key, options);
  }

  @Override
  public Communicator shrink(Set<Integer> excludedRanks, ShrinkMode mode, ConnectOptions options) {
    return life.shrink(excludedRanks, mode, options);
  }

  @Override
  public UniqueId newGrowthId() {
    return life.newGrowthId();
  }

  @Override
  public Communicator grow(int newSize, Optional<UniqueId> id, ConnectOptions options) {
    return life.grow(newSize, id, options);
  }

  @Override
  public Communicator grow(RankContext ranks, ConnectOptions options) {
    return life.grow(ranks, options);
  }

  @Override
  public void revoke() {
    life.revoke();
  }

  @Override
  public void suspend() {
    life.suspend(handle.timeoutNanos);
  }

  @Override
  public void suspend(Duration timeout) {
    life.suspend(Times.positiveNanos("timeout", Arguments.notNull("timeout", timeout)));
  }

  @Override
  public void resume() {
    life.resume(handle.timeoutNanos);
  }

  @Override
  public void resume(Duration timeout) {
    life.resume(Times.positiveNanos("timeout", Arguments.notNull("timeout", timeout)));
  }

  @Override
  public long memoryStatistic(MemoryStatistic statistic) {
    return life.memoryStatistic(statistic);
  }

  @Override
  public Optional<CclException> failure() {
    return Optional.ofNullable(handle.pollFailure());
  }

  @Override
  public boolean isClosed() {
    return handle.hasEnded();
  }

  @Override
  public void abort() {
    handle.abort();
  }

  @Override
  public void close() {
    handle.library.requireNoGroup("closing a communicator");
    handle.close();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
