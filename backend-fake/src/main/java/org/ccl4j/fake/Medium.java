package org.ccl4j.fake;

import java.io.IOException;

/** What carries the memory of the devices and the boards of communicators. */
interface Medium extends AutoCloseable {

  /** Where the ranks of a communicator meet. */
  Rendezvous rendezvous();

  /**
   * Makes the memory behind a device address, poisoned.
   *
   * @throws IOException when there is no room; the message says how much is needed and where
   */
  Allocation allocate(int device, long address, long bytes) throws IOException;

  /** Takes note that memory was freed, whose bytes will be found unreachable some time. */
  default void noteFreed(long bytes) {}

  /** Tells this machine from others, and this JVM's devices from those of others; may be empty. */
  default String machineId() {
    return "";
  }

  /** What must be the same for all ranks of a communicator, for a person. */
  String describe();

  /** Gives back what the medium holds for one open backend. */
  @Override
  void close();

  /** For ranks that are threads of this JVM: memory of its own. */
  Medium THREADS =
      new Medium() {
        @Override
        public Rendezvous rendezvous() {
          return FakeMachine.THREADS;
        }

        @Override
        public Allocation allocate(int device, long address, long bytes) throws IOException {
          try {
            return Allocation.ofOwn(device, address, bytes, Segment.allocate(bytes));
          } catch (OutOfMemoryError e) {
            throw new IOException(
                "the limit of this JVM for direct memory is reached (option"
                    + " -XX:MaxDirectMemorySize): "
                    + e.getMessage(),
                e);
          }
        }

        @Override
        public String describe() {
          return "ranks are threads of one JVM, #"
              + FakeMachine.THREADS.tag()
              + " (for ranks in several processes: "
              + FakeSettings.TRANSPORT.key()
              + "=shm)";
        }

        @Override
        public void close() {}
      };
}
