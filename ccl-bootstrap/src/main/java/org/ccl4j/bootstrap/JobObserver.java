package org.ccl4j.bootstrap;

/** What is told about a local job while it runs. */
public interface JobObserver {

  /**
   * A rank has printed something. Called by one thread for each rank and stream.
   *
   * @param rank the rank, of all hosts
   * @param isError whether it printed to standard error
   * @param bytes what it printed, valid during the call
   * @param length how many bytes
   */
  void output(int rank, boolean isError, byte[] bytes, int length);

  /**
   * A rank will print nothing more to a stream.
   *
   * @param rank the rank, of all hosts
   * @param isError whether it is standard error
   */
  default void outputEnded(int rank, boolean isError) {}

  /**
   * The job has ended, and no process of it is left on this host. Called once, before a launcher
   * that was told to end does so.
   *
   * @param end how
   */
  default void ended(JobEnd end) {}
}
