package org.ccl4j.fake;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.ccl4j.api.Signals;
import org.ccl4j.api.WindowOption;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** What a rank has told its communicator about memory, and the one-sided operations on it. */
final class KnownMemory {
  static final Signals SIGNALS = new Signals(Layout.SIGNALS, Layout.SIGNAL_CONTEXTS);

  private static final long ALIGNMENT = 4096;

  private final Member member;
  private final World world;
  private final int device;
  private final Set<Long> registrations = ConcurrentHashMap.newKeySet();
  private final AtomicLong nextRegistration = new AtomicLong();
  private final Map<Long, FakeWindow> windows = new ConcurrentHashMap<>();
  private long meetings;

  KnownMemory(Member member, int device) {
    this.member = member;
    this.world = member.world;
    this.device = device;
  }

  Result<Long> register(long address, long bytes) {
    String complaint = FakeMachine.MEMORY.complaint(device, address, bytes);
    if (complaint != null) {
      return Result.failed(invalid("register: " + complaint));
    }
    long handle = nextRegistration.getAndIncrement();
    registrations.add(handle);
    return Result.of(handle);
  }

  int deregister(long handle) {
    return registrations.remove(handle)
        ? StatusCode.OK
        : invalid("registration " + handle + " was ended before or never made");
  }

  private static int invalid(String why) {
    return Codes.error(Codes.INVALID_ARGUMENT, why);
  }

  Result<Long> registerWindow(
      long address, long bytes, Set<WindowOption> options, long timeoutNanos) {
    String complaint = FakeMachine.MEMORY.complaint(device, address, bytes);
    Allocation allocation = FakeMachine.MEMORY.at(address);
    if (complaint == null && address % ALIGNMENT != 0) {
      complaint = "address 0x" + Long.toHexString(address) + " is no multiple of " + ALIGNMENT;
    }
    if (complaint == null && world.habitat().reachesBeyond()) {
      complaint = FakeCommunicator.privateMemory(allocation);
    }
    if (complaint != null || allocation == null) {
      return Result.failed(invalid("register a window: " + complaint));
    }
    long number = meetings++;
    Result<FakeWindow> made =
        new WindowMeeting(member, number)
            .join(
                new Span(allocation, Memory.offsetOf(address)), bytes, bits(options), timeoutNanos);
    FakeWindow window = made.value();
    if (window == null) {
      return Result.failed(made.status());
    }
    windows.put(number, window);
    return Result.of(number);
  }

  @SuppressWarnings("EnumOrdinal") // on one board all ranks run the same version of this class
  private static long bits(Set<WindowOption> options) {
    long bits = 0;
    for (WindowOption option : options) {
      bits |= 1L << option.ordinal();
    }
    return bits;
  }

  int deregisterWindow(long handle) {
    FakeWindow window = windows.remove(handle);
    if (window == null) {
      return invalid("window " + handle + " was closed before or never made");
    }
    window.close();
    return StatusCode.OK;
  }

  /** For a rank that leaves. */
  void close() {
    windows.values().forEach(FakeWindow::close);
    windows.clear();
  }

  int putSignal(
      long address,
      long bytes,
      int peer,
      long handle,
      long offset,
      int index,
      int context,
      long stream) {
    FakeWindow window = windows.get(handle);
    String complaint = FakeMachine.MEMORY.complaint(device, address, bytes);
    Allocation allocation = FakeMachine.MEMORY.at(address);
    if (window == null) {
      complaint = "window " + handle + " was closed or never made";
    } else if (offset < 0 || bytes > window.bytes() - offset) {
      complaint = bytes + " bytes at " + offset + " do not lie within " + window;
    }
    if (complaint != null || allocation == null || window == null) {
      return invalid("put: " + complaint);
    }
    Span source = new Span(allocation, Memory.offsetOf(address));
    return raise(peer, index, context, stream, new RaiseOp.Put(source, bytes, window, offset));
  }

  int signal(int peer, int index, int context, long stream) {
    return raise(peer, index, context, stream, null);
  }

  private int raise(int peer, int index, int context, long stream, RaiseOp.@Nullable Put put) {
    return submit(
        index,
        context,
        stream,
        false,
        () -> {
          World.SignalWord signal = world.signal(member.rank, peer, index, context);
          return new RaiseOp(member, peer, signal, put);
        });
  }

  int waitSignal(int[] peers, int[] times, int index, int context, long stream) {
    return submit(
        index, context, stream, true, () -> new WaitSignalOp(member, peers, times, index, context));
  }

  private int submit(
      int index, int context, long stream, boolean waits, Supplier<? extends Op> op) {
    int failure = world.failure();
    if (failure != StatusCode.OK) {
      return Codes.error(failure, world.failureText());
    }
    if (member.isRevoked()) {
      return Codes.error(Codes.INVALID_USAGE, "a one-sided call on a communicator that is revoked");
    }
    if (index >= Layout.SIGNALS || context >= Layout.SIGNAL_CONTEXTS) {
      return invalid(
          "signal "
              + index
              + " of context "
              + context
              + "; the fake has "
              + Layout.SIGNALS
              + " signals in each of "
              + Layout.SIGNAL_CONTEXTS
              + " contexts");
    }
    return GroupCalls.ofThread().submit(device, stream, waits, op);
  }
}
