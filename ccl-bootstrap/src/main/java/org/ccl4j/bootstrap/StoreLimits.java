package org.ccl4j.bootstrap;

import java.time.Duration;
import org.ccl4j.api.Store;

/**
 * What a {@link TcpStoreServer} allows, so that no client can make it fail for the others. Start
 * from {@link #DEFAULT} and change what is needed.
 *
 * @param maxConnections clients at a time; further ones are refused
 * @param maxGreeting connections at a time whose other side has not proved itself yet; further ones
 *     wait in the queue of the operating system
 * @param greetingTimeout how long the other side has for that
 * @param maxKeys keys in the store
 * @param maxBytes bytes in the store: keys, values and 128 for each key
 * @param maxValueBytes bytes in one value, at most {@value Store#MAX_VALUE_BYTES}
 * @param maxWaits waits of one client at a time
 * @param maxBacklogBytes how far a client may be behind in reading before it is cut off
 * @param stallTimeout how long a client may read nothing of what was sent to it before it is cut
 *     off
 */
public record StoreLimits(
    int maxConnections,
    int maxGreeting,
    Duration greetingTimeout,
    int maxKeys,
    long maxBytes,
    int maxValueBytes,
    int maxWaits,
    long maxBacklogBytes,
    Duration stallTimeout) {

  /** Enough for a job of 16384 ranks, and little enough for a small host. */
  public static final StoreLimits DEFAULT =
      new StoreLimits(
          16384,
          4096,
          Duration.ofSeconds(10),
          1 << 18,
          64L << 20,
          Store.MAX_VALUE_BYTES,
          4096,
          16L << 20,
          Duration.ofSeconds(30));

  /**
   * Checks the numbers.
   *
   * @throws org.ccl4j.api.CclUsageException {@link org.ccl4j.api.ErrorCode#OUT_OF_RANGE} when one
   *     of them is less than 1, or {@code maxValueBytes} is greater than allowed
   */
  public StoreLimits {
    Arguments.requireRange("maxConnections", maxConnections, 1, Integer.MAX_VALUE);
    Arguments.requireRange("maxGreeting", maxGreeting, 1, Integer.MAX_VALUE);
    Arguments.requirePositive("greetingTimeout", greetingTimeout);
    Arguments.requireRange("maxKeys", maxKeys, 1, Integer.MAX_VALUE);
    Arguments.requireAtLeastOne("maxBytes", maxBytes);
    Arguments.requireRange("maxValueBytes", maxValueBytes, 1, Store.MAX_VALUE_BYTES);
    Arguments.requireRange("maxWaits", maxWaits, 1, Integer.MAX_VALUE);
    Arguments.requireAtLeastOne("maxBacklogBytes", maxBacklogBytes);
    Arguments.requirePositive("stallTimeout", stallTimeout);
  }

  /**
   * Changes how many clients there may be.
   *
   * @param connections that have proved themselves
   * @param greeting that have not
   * @param timeout how long the latter have for it
   * @return new limits
   */
  public StoreLimits withConnections(int connections, int greeting, Duration timeout) {
    return new StoreLimits(
        connections,
        greeting,
        timeout,
        maxKeys,
        maxBytes,
        maxValueBytes,
        maxWaits,
        maxBacklogBytes,
        stallTimeout);
  }

  /**
   * Changes how much the store holds.
   *
   * @param keys how many keys
   * @param bytes how many bytes in all
   * @param valueBytes how many bytes in one value
   * @return new limits
   */
  public StoreLimits withContent(int keys, long bytes, int valueBytes) {
    return new StoreLimits(
        maxConnections,
        maxGreeting,
        greetingTimeout,
        keys,
        bytes,
        valueBytes,
        maxWaits,
        maxBacklogBytes,
        stallTimeout);
  }

  /**
   * Changes what one client may have open.
   *
   * @param waits at a time
   * @param backlogBytes how far it may be behind in reading
   * @param stall how long it may read nothing
   * @return new limits
   */
  public StoreLimits withClient(int waits, long backlogBytes, Duration stall) {
    return new StoreLimits(
        maxConnections,
        maxGreeting,
        greetingTimeout,
        maxKeys,
        maxBytes,
        maxValueBytes,
        waits,
        backlogBytes,
        stall);
  }
}
