package org.ccl4j.tck;

import org.ccl4j.api.CclException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 7: send and receive. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface PointToPointRules extends ConformanceRules {

  /** Rule 7.1. */
  @OnWorlds
  default void rule_07_01_ring(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              int next = (bench.rank() + 1) % ranks;
              int previous = (bench.rank() + ranks - 1) % ranks;
              for (DataType type : bench.types()) {
                for (int count : Sweep.SMALL) {
                  Cells send =
                      bench.cells(type, count).with(0, count, Data.moved(type, bench.rank()));
                  Cells recv = bench.cells(type, count);
                  DeviceBuffer from = send.buffer();
                  DeviceBuffer to = recv.buffer();
                  bench
                      .comm()
                      .group(
                          () -> {
                            bench.comm().send(from, next, bench.stream());
                            bench.comm().recv(to, previous, bench.stream());
                          });
                  recv.expect(0, count, Data.moved(type, previous));
                  bench.check("ring of " + count + " x " + type + " on rank " + bench.rank());
                }
              }
            });
  }

  /** Rule 7.2. */
  @Test
  default void rule_07_02_rank_sends_to_itself_in_a_group() {
    kit()
        .run(
            2,
            bench -> {
              Pattern own = Data.moved(DataType.FLOAT32, bench.rank());
              Cells send = bench.cells(DataType.FLOAT32, 77).with(0, 77, own);
              Cells recv = bench.cells(DataType.FLOAT32, 77).expect(0, 77, own);
              bench
                  .comm()
                  .group(
                      () -> {
                        bench.comm().recv(recv.buffer(), bench.rank(), bench.stream());
                        bench.comm().send(send.buffer(), bench.rank(), bench.stream());
                      });
              bench.check("send to itself");
            });
  }

  /** Rule 7.3. */
  @Test
  default void rule_07_03_pairs_exchange_without_a_group() {
    kit()
        .run(
            4,
            bench -> {
              int peer = bench.rank() ^ 1;
              Cells send =
                  bench
                      .cells(DataType.INT64, 500)
                      .with(0, 500, Data.moved(DataType.INT64, bench.rank()));
              Cells recv =
                  bench.cells(DataType.INT64, 500).expect(0, 500, Data.moved(DataType.INT64, peer));
              // One side sends first and the other receives first, so neither waits for ever.
              if (bench.rank() < peer) {
                bench.comm().send(send.buffer(), peer, bench.stream());
                bench.comm().recv(recv.buffer(), peer, bench.stream());
              } else {
                bench.comm().recv(recv.buffer(), peer, bench.stream());
                bench.comm().send(send.buffer(), peer, bench.stream());
              }
              bench.check("exchange in pairs");
            });
  }

  /** Rule 7.4. */
  @Test
  default void rule_07_04_messages_to_one_peer_keep_their_order() {
    kit()
        .run(
            2,
            bench -> {
              Cells cells = bench.cells(DataType.INT32, 400);
              for (int k = 0; k < 4; k++) {
                Pattern message = Data.moved(DataType.INT32, 10 + k);
                if (bench.rank() == 0) {
                  cells.with(100L * k, 100, message);
                } else {
                  cells.expect(100L * k, 100, message);
                }
              }
              for (int k = 0; k < 4; k++) {
                if (bench.rank() == 0) {
                  bench.comm().send(cells.part(100L * k, 100), 1, bench.stream());
                } else {
                  bench.comm().recv(cells.part(100L * k, 100), 0, bench.stream());
                }
              }
              bench.check("four messages");
            });
  }

  /** Rule 7.5. */
  @OnWorlds
  default void rule_07_05_all_pairs_in_one_group(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              int count = 33;
              Cells send =
                  bench
                      .cells(DataType.UINT32, (long) count * ranks)
                      .with(0, (long) count * ranks, Data.moved(DataType.UINT32, bench.rank()));
              Cells recv = bench.cells(DataType.UINT32, (long) count * ranks);
              bench
                  .comm()
                  .group(
                      () -> {
                        for (int peer = 0; peer < ranks; peer++) {
                          long at = (long) count * peer;
                          bench.comm().send(send.part(at, count), peer, bench.stream());
                          bench.comm().recv(recv.part(at, count), peer, bench.stream());
                          recv.expect(
                              at,
                              count,
                              Data.moved(DataType.UINT32, peer),
                              (long) count * bench.rank());
                        }
                      });
              bench.check("all pairs on rank " + bench.rank());
            });
  }

  /** Rule 7.6. */
  @Test
  default void rule_07_06_unmatched_receive_ends_with_the_wait_and_can_be_aborted() {
    kit()
        .run(
            2,
            bench -> {
              DeviceBuffer x = bench.device().allocate(DataType.INT32, 10);
              // The first message may set a connection up, which is allowed to wait.
              if (bench.rank() == 0) {
                bench.comm().recv(x, 1, bench.stream());
              } else {
                bench.comm().send(x, 0, bench.stream());
              }
              bench.stream().synchronize(Bench.PATIENCE);
              bench.meet("first message");
              if (bench.rank() == 0) {
                bench.comm().recv(x, 1, bench.stream());
                Refused.with(
                    ErrorCode.WAIT_TIMEOUT,
                    "waiting for a receive without a send",
                    () -> bench.stream().synchronize(Bench.GLANCE));
                bench.comm().abort();
                // The stream drains; what the wait says about the aborted communicator is not told.
                Assertions.assertTrue(endsOrFails(bench), "the stream must drain after the abort");
                bench.signal("seen");
              } else {
                bench.await("seen");
              }
            });
  }

  private static boolean endsOrFails(Bench bench) {
    try {
      bench.stream().synchronize(Bench.PATIENCE);
      return true;
    } catch (CclException e) {
      return e.code() != ErrorCode.WAIT_TIMEOUT;
    }
  }
}
