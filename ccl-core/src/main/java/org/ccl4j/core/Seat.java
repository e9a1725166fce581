package org.ccl4j.core;

import java.util.List;
import java.util.UUID;

/**
 * Who holds a rank in a store, and in which meeting it was last. Stays in the store as long as the
 * job does, so that a second process with the same rank is found whenever it comes.
 *
 * @param process the process that holds the rank
 * @param meeting the meeting that it entered, counted from 1
 * @param left whether it gave up before that meeting was decided
 * @param mark tells this entry from all others
 * @param source where the process has its rank from, for messages
 */
record Seat(String process, long meeting, boolean left, String mark, String source) {
  /** This process: also tells its devices from those of others with the same bus id. */
  static final String PROCESS = UUID.randomUUID().toString();

  static Seat mine(long meeting, boolean left, String source) {
    return new Seat(PROCESS, meeting, left, UUID.randomUUID().toString(), source);
  }

  byte[] toBytes() {
    return Fields.of(List.of(process, meeting, left, mark, source));
  }

  static Seat parse(String key, byte[] bytes) {
    return Fields.read(
        key,
        bytes,
        in ->
            new Seat(
                in.next(), in.nextLong(), Boolean.parseBoolean(in.next()), in.next(), in.next()));
  }
}
