package org.ccl4j.tck;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.HostBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 21: memory in the order of a stream, of the library, and of the host. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface MemoryKindRules extends ConformanceRules {

  /** Rule 21.1. */
  @Test
  default void rule_21_01_ordered_memory_outlives_its_close_in_the_order_of_the_stream() {
    kit()
        .run(
            2,
            Capability.STREAM_ORDERED_MEMORY,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              Cells out = bench.cells(DataType.INT32, 5000);
              DeviceBuffer result = out.buffer();
              // Each round may get the memory of the one before.
              for (int round = 0; round < 20; round++) {
                Cells in =
                    bench.cells(DataType.INT32, 5000).with(0, 5000, data.input(bench.rank()));
                DeviceBuffer source = in.buffer();
                DeviceBuffer brief = bench.device().allocate(DataType.INT32, 5000, bench.stream());
                brief.copyFrom(source, bench.stream());
                bench.comm().allReduce(brief, brief, ReduceOp.SUM, bench.stream());
                result.copyFrom(brief, bench.stream());
                brief.close();
              }
              out.expect(0, 5000, data.expected());
              bench.check("all-reduces of memory in the order of a stream");
            });
  }

  /** Rule 21.2. */
  @Test
  default void rule_21_02_ordered_memory_belongs_to_its_stream() {
    kit()
        .run(
            2,
            Capability.STREAM_ORDERED_MEMORY,
            bench -> {
              Stream own = bench.device().openStream();
              DeviceBuffer buffer = bench.device().allocate(DataType.INT32, 4, own);
              DeviceBuffer none = bench.device().allocate(DataType.INT32, 0, own);
              Assertions.assertEquals(0, none.address(), "address of an empty buffer");
              own.close();
              Refused.asUsage(
                  ErrorCode.CLOSED,
                  "memory of a stream that was closed",
                  () -> buffer.fill((byte) 1, bench.stream()));
              buffer.close();
              Refused.asUsage(
                  ErrorCode.CLOSED,
                  "allocating in the order of a closed stream",
                  () -> bench.device().allocate(DataType.INT32, 4, own));
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "a negative count",
                  () -> bench.device().allocate(DataType.INT32, -1, bench.stream()));
              try (Device second = bench.otherDevice();
                  Stream other = second.openStream()) {
                Refused.asUsage(
                    ErrorCode.WRONG_DEVICE,
                    "allocating in the order of another device's stream",
                    () -> bench.device().allocate(DataType.INT32, 4, other));
              }
              bench.checkUsable("allocations were refused");
            });
  }

  /** Rule 21.3. */
  @Test
  default void rule_21_03_ordered_memory_is_refused_inside_a_capture() {
    kit()
        .run(
            1,
            Set.of(Capability.STREAM_ORDERED_MEMORY, Capability.GRAPHS),
            bench -> {
              DeviceBuffer before = bench.device().allocate(DataType.INT32, 4, bench.stream());
              bench.stream()
                  .capture(
                      () -> {
                        Refused.asUsage(
                            ErrorCode.ILLEGAL_STATE,
                            "allocating in the order of a captured stream",
                            () -> bench.device().allocate(DataType.INT32, 4, bench.stream()));
                        Refused.asUsage(
                            ErrorCode.ILLEGAL_STATE,
                            "freeing in the order of a captured stream",
                            before::close);
                      })
                  .close();
              before.fill((byte) 1, bench.stream());
              before.close();
              bench.checkUsable("allocations were refused");
            });
  }

  /** Rule 21.4. */
  @Test
  default void rule_21_04_memory_of_the_library_is_aligned_and_like_any_other() {
    kit()
        .run(
            2,
            Capability.LIBRARY_MEMORY,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 2);
              for (int count : new int[] {1, 1000, 100_000}) {
                Cells cells =
                    bench.cells(DataType.INT32, count).with(0, count, data.input(bench.rank()));
                DeviceBuffer outside = cells.buffer();
                DeviceBuffer buffer = bench.device().allocateShareable(DataType.INT32, count);
                Assertions.assertEquals(0, buffer.address() % 4096, "address modulo 4096");
                Assertions.assertEquals(count, buffer.count(), "count");
                buffer.copyFrom(outside, bench.stream());
                bench.comm().allReduce(buffer, buffer, ReduceOp.SUM, bench.stream());
                outside.copyFrom(buffer, bench.stream());
                // Work that is enqueued still finds the memory.
                buffer.close();
                cells.expect(0, count, data.expected());
                bench.check("all-reduce of " + count + " elements in memory of the library");
              }
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "a negative count",
                  () -> bench.device().allocateShareable(DataType.INT32, -1));
            });
  }

  /** Rule 21.5. */
  @Test
  default void rule_21_05_host_memory_is_copied_from_and_to() {
    kit()
        .run(
            1,
            bench -> {
              try (HostBuffer up = bench.device().allocateHost(8000);
                  HostBuffer down = bench.device().allocateHost(8000);
                  DeviceBuffer buffer = bench.device().allocate(DataType.INT64, 1000)) {
                ByteBuffer bytes = up.bytes();
                Assertions.assertTrue(bytes.isDirect(), "direct");
                Assertions.assertEquals(ByteOrder.nativeOrder(), bytes.order(), "order");
                Assertions.assertEquals(0, bytes.position(), "position");
                Assertions.assertEquals(8000, bytes.limit(), "limit");
                Assertions.assertEquals(8000, up.byteSize(), "byte size");
                Pattern content = Data.moved(DataType.INT64, 3);
                content.copyTo(bytes, 0, 0, 1000);
                bytes.position(16);
                Assertions.assertEquals(0, up.bytes().position(), "position of another view");
                buffer.copyFrom(up.bytes(), bench.stream());
                buffer.copyTo(down.bytes(), bench.stream());
                bench.stream().synchronize(Bench.PATIENCE);
                Assertions.assertEquals(
                    -1, up.bytes().mismatch(down.bytes()), "first wrong byte of the copy");
              }
              for (int bytes : new int[] {0, -1}) {
                Refused.asUsage(
                    ErrorCode.OUT_OF_RANGE,
                    bytes + " bytes of host memory",
                    () -> bench.device().allocateHost(bytes));
              }
            });
  }

  /** Rule 21.6. */
  @Test
  default void rule_21_06_host_memory_may_be_closed_while_copies_are_in_flight() {
    kit()
        .run(
            1,
            bench -> {
              int bytes = 1 << 20;
              Pattern content = Data.moved(DataType.UINT8, 9);
              for (int round = 0; round < 5; round++) {
                Cells cells = bench.cells(DataType.UINT8, bytes);
                DeviceBuffer target = cells.buffer();
                HostBuffer host = bench.device().allocateHost(bytes);
                ByteBuffer view = host.bytes();
                content.copyTo(view, 0, 0, bytes);
                target.copyFrom(host.bytes(), bench.stream());
                host.close();
                host.close();
                Assertions.assertTrue(host.isClosed(), "isClosed");
                Refused.asUsage(ErrorCode.CLOSED, "bytes of closed memory", host::bytes);
                // So that memory which nothing holds is given away again.
                System.gc();
                try (HostBuffer other = bench.device().allocateHost(bytes)) {
                  ByteBuffer zeros = other.bytes();
                  while (zeros.hasRemaining()) {
                    zeros.put((byte) 0);
                  }
                }
                cells.expect(0, bytes, content);
                bench.check("copy from host memory that was closed behind it");
                ByteBuffer again = Elements.direct(bytes);
                content.copyTo(again, 0, 0, bytes);
                Assertions.assertEquals(-1, again.mismatch(view), "a view after the close");
              }
            });
  }

  /** Rule 21.7. */
  @Test
  default void rule_21_07_access_to_another_device_can_be_had_where_it_is_reachable() {
    kit()
        .run(
            2,
            bench -> {
              try (Device own = bench.ccl().device(bench.device().ordinal());
                  Device second = bench.otherDevice()) {
                own.enableAccess(own);
                if (own.canAccess(second)) {
                  own.enableAccess(second);
                  own.enableAccess(second);
                } else {
                  Refused.asUsage(
                      ErrorCode.INVALID_ARGUMENT,
                      "access to a device that is out of reach",
                      () -> own.enableAccess(second));
                }
              }
              bench.checkUsable("access was asked for");
            });
  }
}
