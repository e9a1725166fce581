package org.ccl4j.core;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.ccl4j.api.BackendInfo;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/** The open backend and what all objects made from one {@code Ccl} share. */
final class CclHandle extends Resource {
  /** How long giving something back waits for a launch that hangs in the library. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  final Backend backend;
  final DeviceRuntime devices;
  final BackendInfo info;
  final int deviceCount;
  final long waitTimeoutNanos;
  final Leaks leaks;
  final boolean nativeAllToAll;
  final boolean nativeAllToAllV;
  final boolean nativeGather;
  final boolean nativeScatter;
  final boolean float8;
  final boolean float8Reduction;

  private final LaunchLock[] launchLocks;
  private final AtomicLong serial = new AtomicLong();
  private final Watcher watcher = new Watcher(this);

  // Not static: a batch belongs to one thread and one library, and goes away with either.
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<Batch> batches = ThreadLocal.withInitial(Batch::new);

  CclHandle(Backend backend, BackendInfo info, Settings settings) {
    super(Kind.LIBRARY, "of " + info.id());
    this.backend = backend;
    this.devices = backend.devices();
    this.info = info;
    this.deviceCount = devices.deviceCount();
    this.waitTimeoutNanos = Times.nanos(settings.getDuration(CoreSettings.WAIT_TIMEOUT));
    this.leaks = new Leaks(settings.getBoolean(CoreSettings.LEAKS));
    this.nativeAllToAll = info.can(Capability.NATIVE_ALL_TO_ALL);
    this.nativeAllToAllV = info.can(Capability.NATIVE_ALL_TO_ALL_V);
    this.nativeGather = info.can(Capability.NATIVE_GATHER);
    this.nativeScatter = info.can(Capability.NATIVE_SCATTER);
    this.float8 = info.can(Capability.FLOAT8);
    this.float8Reduction = info.can(Capability.FLOAT8_REDUCTION);
    this.launchLocks = new LaunchLock[deviceCount];
    for (int i = 0; i < deviceCount; i++) {
      launchLocks[i] = new LaunchLock();
    }
  }

  /** This thread's batch. */
  Batch batch() {
    return batches.get();
  }

  Watcher watcher() {
    return watcher;
  }

  /** A number that no other object of this library has, for names. */
  long nextNumber() {
    return serial.incrementAndGet();
  }

  /** The lock of a device. */
  LaunchLock launchLock(int ordinal) {
    return launchLocks[ordinal];
  }

  /** For calls off the hot path that must not meet a launch on the same device. */
  int locked(int ordinal, IntSupplier call) {
    LaunchLock lock = launchLocks[ordinal];
    lock.lock();
    try {
      return call.getAsInt();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #locked}, for a call that gives a value. */
  <T> Result<T> lockedResult(int ordinal, Supplier<Result<T>> call) {
    LaunchLock lock = launchLocks[ordinal];
    lock.lock();
    try {
      return call.get();
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #locked}, for calls that give something back. They go ahead when a launch hangs in
   * the library, because closing must not hang with it.
   */
  int lockedPatiently(int ordinal, IntSupplier call) {
    LaunchLock lock = launchLocks[ordinal];
    boolean locked = lock.tryLock(PATIENCE_NANOS);
    try {
      return call.getAsInt();
    } finally {
      if (locked) {
        lock.unlock();
      }
    }
  }

  /** Throws unless a device call succeeded. */
  void requireOk(int status, int ordinal, String what) {
    if (status != StatusCode.OK) {
      throw Errors.ofDevice(devices, status, what, ErrorDetails.NONE.withDevice(ordinal));
    }
  }

  /** The value of a device call that must have one. */
  <T> T requireValue(Result<T> result, int ordinal, String what) {
    T value = result.value();
    if (!result.ok() || value == null) {
      throw Errors.ofDevice(devices, result.status(), what, ErrorDetails.NONE.withDevice(ordinal));
    }
    return value;
  }

  /** The library by name and version, for messages. */
  String loaded() {
    return info.id() + " " + info.version();
  }

  /** Refuses what the library lacks, before it is asked for anything. */
  void requireCapability(String what, Capability capability) {
    if (!info.can(capability)) {
      throw new CclUsageException(
          ErrorCode.UNSUPPORTED,
          what
              + ": the loaded library, "
              + loaded()
              + ", lacks "
              + capability
              + ". Ask Ccl.backend().can("
              + capability
              + ") before, or load a library that has it.");
    }
  }

  void requireNoGroup(String what) {
    if (batch().isGrouping()) {
      throw new CclUsageException(
          ErrorCode.ILLEGAL_STATE,
          what
              + " is not allowed inside a group: its operations are issued when the body has"
              + " returned. Call it before or after the group.");
    }
  }

  @Override
  List<Kind> closingOrder() {
    return List.of(Kind.DEVICE);
  }

  /**
   * Closes the communicators of all devices before the first device: an operation under way may
   * still reach into the memory of another rank.
   */
  void closeAll() {
    Failures failures = new Failures();
    for (Resource device : children(Kind.DEVICE)) {
      device.closeChildren(Kind.COMMUNICATOR, failures);
    }
    failures.attempt(this::close);
    failures.throwFirst();
  }

  @Override
  void release() {
    watcher.stop();
    backend.close();
  }
}
