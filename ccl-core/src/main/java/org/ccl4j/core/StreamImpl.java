package org.ccl4j.core;

import java.time.Duration;
import java.util.List;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.Graph;
import org.ccl4j.api.Stream;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** A stream as its user holds it. */
final class StreamImpl implements Stream {
  private final DeviceImpl device;
  private final StreamHandle handle;

  StreamImpl(DeviceImpl device, StreamHandle handle) {
    this.device = device;
    this.handle = handle;
  }

  StreamHandle handleOf() {
    return handle;
  }

  /** The handle behind a stream of this library; refuses all others. */
  static StreamHandle own(CclHandle library, String name, @Nullable Stream stream) {
    if (stream == null) {
      throw Arguments.nullArgument(name);
    }
    if (!(stream instanceof StreamImpl own) || own.handle.library != library) {
      throw new CclUsageException(
          ErrorCode.FOREIGN_OBJECT,
          name
              + " was made by another Ccl or another implementation; allowed is one made by the"
              + " same Ccl.");
    }
    return own.handle;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public long handle() {
    return handle.handle;
  }

  @Override
  public boolean isIdle() {
    String what = "isIdle";
    handle.requireNotCaptured(what);
    handle.holder().hold(what);
    try {
      long begun = handle.beginWait();
      int status = handle.library.devices.queryStream(handle.ordinal, handle.handle);
      CclException failure = handle.endWait(begun, status == StatusCode.OK);
      if (failure != null) {
        throw failure;
      }
      if (status == StatusCode.NOT_READY) {
        return false;
      }
      handle.library.requireOk(status, handle.ordinal, what + " of " + handle);
      return true;
    } finally {
      handle.holder().unhold();
    }
  }

  @Override
  public void synchronize(Duration timeout) {
    Waits.forStream(handle, Times.positiveNanos("timeout", timeout), "synchronize");
  }

  @Override
  public void synchronize() {
    Waits.forStream(handle, handle.library.waitTimeoutNanos, "synchronize");
  }

  @Override
  public void record(Event event) {
    String what = "record";
    CclHandle library = handle.library;
    EventHandle target = EventImpl.own(library, "event", event);
    if (target.ordinal != handle.ordinal) {
      throw new CclUsageException(
          ErrorCode.WRONG_DEVICE,
          "event is on device "
              + target.ordinal
              + "; allowed is one on device "
              + handle.ordinal
              + ", the stream's.");
    }
    LaunchLock lock = library.launchLock(handle.ordinal);
    lock.lock();
    try {
      handle.requireEnqueueable(what);
      if (target.isClosed()) {
        throw target.closedException(what);
      }
      int status = library.devices.recordEvent(handle.ordinal, target.handle, handle.handle);
      library.requireOk(status, handle.ordinal, "recording an event");
      target.recordedOn = handle;
      target.capture = handle.capture;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void waitFor(Event event) {
    String what = "waitFor";
    CclHandle library = handle.library;
    EventHandle target = EventImpl.own(library, "event", event);
    target.hold(what); // it may be of another device, whose lock is not taken here
    LaunchLock lock = library.launchLock(handle.ordinal);
    lock.lock();
    try {
      handle.requireEnqueueable(what);
      Capture joining = joining(target);
      int status = library.devices.waitEvent(handle.ordinal, handle.handle, target.handle);
      library.requireOk(status, handle.ordinal, "waiting for an event");
      if (joining != null) {
        joining.join(handle);
      }
    } finally {
      lock.unlock();
      target.unhold();
    }
  }

  /** The capture that this stream enters by waiting for the event; null when it enters none. */
  private @Nullable Capture joining(EventHandle event) {
    Capture theirs = event.capture;
    Capture ours = handle.capture;
    if (theirs == ours || (theirs == null && event.recordedOn == null)) {
      return null;
    }
    if (theirs == null) {
      throw illegal("was recorded outside the capture of this stream", "Record it inside");
    }
    if (theirs.hasEnded()) {
      throw illegal("was recorded in a capture that has ended", "Record it again");
    }
    if (ours != null) {
      throw illegal("was recorded in another capture than this stream's", "Record it in this one");
    }
    if (theirs.thread() != Thread.currentThread()) {
      throw illegal("was recorded in the capture of another thread", "Wait for it on that thread");
    }
    return theirs;
  }

  private static CclUsageException illegal(String what, String remedy) {
    return new CclUsageException(
        ErrorCode.ILLEGAL_STATE, "waitFor: the event " + what + ". " + remedy + ".");
  }

  @Override
  public Graph capture(Runnable body) {
    Arguments.notNull("body", body);
    return device.ccl().capture(List.of(this), body).get(0);
  }

  DeviceImpl deviceImpl() {
    return device;
  }

  @Override
  public void close() {
    if (handle.isOfCommunicator()) {
      return;
    }
    if (!handle.isClosed()) {
      handle.requireNotCaptured("closing a stream");
    }
    handle.close();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
