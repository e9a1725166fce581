package org.ccl4j.fake;

/**
 * What all fake backends of this JVM share: the ranks of one communicator may each have opened a
 * backend of their own, as ranks in processes of their own have.
 */
final class FakeMachine {
  static final Memory MEMORY = new Memory();
  static final Scheduler SCHEDULER = new Scheduler();
  static final Rendezvous RENDEZVOUS = new Rendezvous();
  static final HandleTable<FakeStream> STREAMS = new HandleTable<>();
  static final HandleTable<FakeEvent> EVENTS = new HandleTable<>();
  static final HandleTable<Capture> CAPTURES = new HandleTable<>();
  static final HandleTable<FakeGraph> GRAPHS = new HandleTable<>();
  static final HandleTable<FakeCommunicator> COMMUNICATORS = new HandleTable<>();

  private static int users;

  private FakeMachine() {}

  /** The helper thread lives as long as some backend is open. */
  static synchronized void retain() {
    if (users++ == 0) {
      SCHEDULER.startHelper();
    }
  }

  static synchronized void release() {
    if (--users == 0) {
      SCHEDULER.stopHelper();
    }
  }
}
