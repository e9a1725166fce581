package org.ccl4j.core;

import java.time.Duration;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** An event as its user holds it. */
final class EventImpl implements Event {
  private final DeviceImpl device;
  private final EventHandle handle;

  EventImpl(DeviceImpl device, EventHandle handle) {
    this.device = device;
    this.handle = handle;
    handle.library.leaks.watch(this, handle);
  }

  /** The handle behind an event of this library; refuses all others. */
  static EventHandle own(CclHandle library, String name, @Nullable Event event) {
    if (event == null) {
      throw Arguments.nullArgument(name);
    }
    if (!(event instanceof EventImpl own) || own.handle.library != library) {
      throw new CclUsageException(
          ErrorCode.FOREIGN_OBJECT,
          name
              + " was made by another Ccl or another implementation; allowed is one made by the"
              + " same Ccl.");
    }
    if (own.handle.isClosed()) {
      throw own.handle.closedException(name);
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
  public boolean isComplete() {
    String what = "isComplete";
    requireReachable(what);
    handle.hold(what);
    try {
      StreamHandle stream = handle.recordedOn;
      int status = handle.library.devices.queryEvent(handle.ordinal, handle.handle);
      CclException failure = stream == null ? null : stream.failure();
      if (failure != null) {
        throw failure;
      }
      if (status != StatusCode.NOT_READY) {
        handle.library.requireOk(status, handle.ordinal, what + " of " + handle);
      }
      return status == StatusCode.OK;
    } finally {
      handle.unhold();
    }
  }

  @Override
  public void synchronize(Duration timeout) {
    long nanos = Times.positiveNanos("timeout", timeout);
    requireReachable("synchronize");
    Waits.forEvent(handle, nanos, "synchronize");
  }

  private void requireReachable(String what) {
    if (handle.capture != null) {
      throw new CclUsageException(
          ErrorCode.ILLEGAL_STATE,
          what
              + ": the newest record of "
              + handle
              + " was made while its stream was captured, so it is part of a graph and never"
              + " reached itself. Record the event again, outside a capture.");
    }
  }

  @Override
  public Duration elapsedSince(Event start) {
    String what = "elapsedSince";
    EventHandle from = own(handle.library, "start", start);
    requireTime(from, "start");
    requireTime(handle, "this event");
    from.hold(what);
    try {
      handle.hold(what);
      try {
        return elapsed(from);
      } finally {
        handle.unhold();
      }
    } finally {
      from.unhold();
    }
  }

  private Duration elapsed(EventHandle from) {
    String what = "elapsedSince";
    Result<Long> nanos =
        handle.library.devices.elapsedNanos(handle.ordinal, from.handle, handle.handle);
    if (nanos.status() == StatusCode.NOT_READY) {
      throw new CclUsageException(
          ErrorCode.ILLEGAL_STATE,
          what + ": one of the two events has not been reached yet. Synchronize with it before.");
    }
    return Duration.ofNanos(handle.library.requireValue(nanos, handle.ordinal, what));
  }

  private static void requireTime(EventHandle event, String name) {
    if (!event.timing || event.recordedOn == null) {
      throw new CclUsageException(
          ErrorCode.ILLEGAL_STATE,
          "elapsedSince: "
              + name
              + (event.timing ? " was never recorded" : " takes no time")
              + "; allowed is a recorded event of Device.newTimingEvent().");
    }
  }

  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
