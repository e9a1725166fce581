package org.ccl4j.fake;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What all fake backends of this JVM share: the ranks of one communicator may each have opened a
 * backend of their own, as ranks in processes of their own have.
 */
final class FakeMachine {
  static final Memory MEMORY = new Memory();
  static final ThreadRendezvous THREADS = new ThreadRendezvous();
  static final Helper HELPER = new Helper();
  static final HandleTable<FakeStream> STREAMS = new HandleTable<>();
  static final HandleTable<FakeEvent> EVENTS = new HandleTable<>();
  static final HandleTable<Capture> CAPTURES = new HandleTable<>();
  static final HandleTable<FakeGraph> GRAPHS = new HandleTable<>();
  static final HandleTable<FakeCommunicator> COMMUNICATORS = new HandleTable<>();

  private static final AtomicReferenceArray<@Nullable Engine> BY_DEVICE =
      new AtomicReferenceArray<>(FakeSettings.MAX_DEVICES);
  private static final CopyOnWriteArrayList<Engine> ENGINES = new CopyOnWriteArrayList<>();

  private static int users;

  private FakeMachine() {}

  /** What runs the streams of a device. */
  static Engine engine(int device) {
    Engine engine = BY_DEVICE.get(device);
    if (engine == null) {
      Engine fresh = new Engine();
      if (BY_DEVICE.compareAndSet(device, null, fresh)) {
        ENGINES.add(fresh);
        return fresh;
      }
      engine = BY_DEVICE.get(device);
    }
    return java.util.Objects.requireNonNull(engine);
  }

  static List<Engine> engines() {
    return ENGINES;
  }

  /** Works on another device than the one given, where nobody else does. */
  static boolean turnOthers(Engine self, boolean patient) {
    for (Engine engine : ENGINES) {
      if (engine != self && engine.turnIfLeftAlone(patient)) {
        return true;
      }
    }
    return false;
  }

  /** Whether some rank of this JVM is in a communicator that may have ranks in other processes. */
  static boolean reachesBeyond() {
    for (SharedMedium medium : SharedMedium.all()) {
      if (medium.hasBoards()) {
        return true;
      }
    }
    return false;
  }

  /** Looks now and then whether the processes of other ranks are still alive. */
  static void lookAfterOthers() {
    SharedMedium.all().forEach(SharedMedium::lookAfterOthers);
  }

  /** The helper thread lives as long as some backend is open. */
  static synchronized void retain() {
    if (users++ == 0) {
      HELPER.start();
    }
  }

  static synchronized void release() {
    if (--users == 0) {
      HELPER.stop();
    }
  }
}
