package org.ccl4j.tck;

import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 24: revoking and suspending. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface RevokeRules extends ConformanceRules {

  /** Rule 24.1. */
  @Test
  default void rule_24_01_revoking_ends_the_operations_of_a_rank() {
    kit()
        .run(
            2,
            Capability.REVOKE,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              bench.meet("connected");
              if (bench.rank() == 0) {
                DeviceBuffer x = bench.device().allocate(DataType.INT32, 100_000);
                Stream own = bench.device().openStream();
                comm.allReduce(x, x, ReduceOp.SUM, own);
                Refused.with(
                    ErrorCode.WAIT_TIMEOUT,
                    "waiting for an operation that the other rank has not called",
                    () -> own.synchronize(Bench.GLANCE));
                Elsewhere.run(comm::revoke);
                own.synchronize(Bench.PATIENCE);
                Assertions.assertTrue(own.isIdle(), "the stream is idle");
                Assertions.assertTrue(comm.failure().isEmpty(), "revoking is no failure");
                own.close();
                x.close();
                bench.signal("revoked");
              } else {
                bench.await("revoked");
                comm.revoke();
              }
              comm.close();
              bench.checkUsable("another communicator was revoked");
            });
  }

  /** Rule 24.2. */
  @Test
  default void rule_24_02_a_revoked_communicator_refuses_operations() {
    kit()
        .run(
            2,
            Capability.REVOKE,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              bench.meet("connected");
              comm.revoke();
              comm.revoke();
              DeviceBuffer x = bench.cells(DataType.INT32, 10).buffer();
              refused("allReduce", () -> comm.allReduce(x, x, ReduceOp.SUM, bench.stream()));
              refused("send", () -> comm.send(x, 0, bench.stream()));
              refused("barrier", () -> comm.barrier(bench.stream()));
              bench.check("nothing was launched");
              Assertions.assertFalse(comm.isClosed(), "a revoked communicator is closed");
              comm.close();
              Assertions.assertTrue(comm.isClosed(), "isClosed after close");
              Refused.asUsage(ErrorCode.CLOSED, "revoking after close", comm::revoke);
            });
  }

  private static void refused(String what, Runnable call) {
    Refused.asUsage(ErrorCode.ILLEGAL_STATE, what, call);
  }

  /** Rule 24.3. */
  @Test
  default void rule_24_03_a_revoked_communicator_splits_and_its_children_outlive_it() {
    kit()
        .run(
            3,
            Capability.REVOKE,
            bench -> {
              if (!bench.ccl().backend().can(Capability.SPLIT)) {
                throw Kit.unsupported("the library lacks SPLIT");
              }
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              bench.meet("connected");
              comm.revoke();
              Communicator child = comm.split(0, -bench.rank()).orElseThrow();
              comm.close();
              Assertions.assertFalse(child.isClosed(), "closed with its parent");
              Assertions.assertEquals(2 - bench.rank(), child.rank(), "rank in the child");
              bench.checkUsable(child, "split of a revoked communicator");
              child.close();
            });
  }

  /** Rule 24.4. */
  @Test
  default void rule_24_04_a_revoked_communicator_shrinks_and_its_children_outlive_it() {
    kit()
        .run(
            3,
            Capability.REVOKE,
            bench -> {
              if (!bench.ccl().backend().can(Capability.SHRINK)) {
                throw Kit.unsupported("the library lacks SHRINK");
              }
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              bench.meet("connected");
              comm.revoke();
              if (bench.rank() != 0) {
                Communicator child = comm.shrink(Set.of(0), ShrinkMode.PLAIN);
                comm.close();
                Assertions.assertFalse(child.isClosed(), "closed with its parent");
                bench.checkUsable(child, "shrink of a revoked communicator");
                child.close();
              }
              bench.meet("shrunk");
              comm.close();
            });
  }

  /** Rule 24.5. */
  @Test
  default void rule_24_05_a_suspended_communicator_refuses_operations_until_it_is_resumed() {
    kit()
        .run(
            2,
            Capability.SUSPEND,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              bench.meet("idle");
              comm.resume();
              comm.suspend();
              comm.suspend();
              DeviceBuffer x = bench.cells(DataType.INT32, 10).buffer();
              refused("allReduce", () -> comm.allReduce(x, x, ReduceOp.SUM, bench.stream()));
              refused("split", () -> comm.split(0, 0));
              refused("group", () -> comm.group(() -> {}));
              bench.check("nothing was launched");
              bench.meet("suspended");
              comm.resume();
              bench.meet("resumed");
              bench.checkUsable(comm, "resume");
              comm.suspend();
              bench.meet("suspended again");
              comm.close();
              bench.checkUsable("another communicator was closed while suspended");
            });
  }

  /** Rule 24.6. */
  @Test
  default void rule_24_06_memory_statistics_are_plausible() {
    kit()
        .run(
            2,
            Capability.MEMORY_STATISTICS,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting once more");
              bench.meet("idle");
              for (MemoryStatistic each : MemoryStatistic.values()) {
                Assertions.assertTrue(comm.memoryStatistic(each) >= 0, each + " is negative");
              }
              long total = comm.memoryStatistic(MemoryStatistic.TOTAL);
              Assertions.assertTrue(
                  comm.memoryStatistic(MemoryStatistic.SUSPENDABLE) <= total
                      && comm.memoryStatistic(MemoryStatistic.PERSISTENT) <= total,
                  "a part is more than the whole of " + total);
              Assertions.assertEquals(
                  0, comm.memoryStatistic(MemoryStatistic.SUSPENDED), "SUSPENDED before");
              if (bench.ccl().backend().can(Capability.SUSPEND)) {
                comm.suspend();
                Assertions.assertEquals(
                    1, comm.memoryStatistic(MemoryStatistic.SUSPENDED), "SUSPENDED meanwhile");
                bench.meet("suspended");
                comm.resume();
                Assertions.assertEquals(
                    0, comm.memoryStatistic(MemoryStatistic.SUSPENDED), "SUSPENDED afterwards");
                bench.meet("resumed");
              }
              bench.checkUsable(comm, "its statistics were read");
              comm.close();
            });
  }

  /** Rule 24.7. */
  @Test
  default void rule_24_07_suspending_ends_in_time_when_a_rank_stays_away() {
    kit()
        .run(
            2,
            Capability.SUSPEND,
            bench -> {
              Communicator comm = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(comm, "connecting");
              bench.giveUp(
                  comm,
                  () ->
                      Refused.with(
                          ErrorCode.OPERATION_TIMEOUT,
                          "suspending alone",
                          () -> comm.suspend(Bench.GLANCE)));
            });
  }
}
