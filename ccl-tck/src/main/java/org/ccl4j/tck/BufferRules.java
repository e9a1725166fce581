package org.ccl4j.tck;

import java.nio.ByteBuffer;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 18: device memory. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface BufferRules extends ConformanceRules {

  /** Rule 18.1. */
  @Test
  default void rule_18_01_buffers_tell_what_they_are() {
    alone(
        bench -> {
          for (DataType type : bench.types()) {
            try (DeviceBuffer buffer = bench.device().allocate(type, 10);
                DeviceBuffer empty = bench.device().allocate(type, 0)) {
              Assertions.assertEquals(type, buffer.type(), "type");
              Assertions.assertEquals(10, buffer.count(), "count");
              Assertions.assertEquals(10L * type.byteSize(), buffer.byteSize(), "byte size");
              Assertions.assertNotEquals(0, buffer.address(), "address");
              Assertions.assertEquals(0, empty.count(), "count of an empty buffer");
              Assertions.assertEquals(0, empty.address(), "address of an empty buffer");
              DeviceBuffer part = buffer.slice(3, 4);
              Assertions.assertEquals(
                  buffer.address() + 3L * type.byteSize(), part.address(), "address of a part");
              Assertions.assertEquals(4, part.count(), "count of a part");
            }
          }
        });
  }

  /** Rule 18.2. */
  @Test
  default void rule_18_02_host_copies_bring_back_what_they_took() {
    alone(
        bench -> {
          for (DataType type : bench.types()) {
            Pattern content = Data.moved(type, 0);
            bench.cells(type, 1000).with(0, 1000, content).buffer();
            bench.check("copy of " + type + " there and back");
          }
          copyArrays(bench);
        });
  }

  private static void copyArrays(Bench bench) {
    Stream s = bench.stream();
    try (DeviceBuffer bytes = bench.device().allocate(DataType.INT64, 4)) {
      float[] floats = {1.5f, -0.0f, Float.MIN_VALUE, 4};
      float[] floatsBack = new float[4];
      bytes.as(DataType.FLOAT32).copyFrom(floats, s);
      bytes.as(DataType.FLOAT32).copyTo(floatsBack, s);
      Assertions.assertArrayEquals(floats, floatsBack, "float[]");
      double[] doubles = {1.5, -0.0, Double.MIN_VALUE, 4};
      double[] doublesBack = new double[4];
      bytes.as(DataType.FLOAT64).copyFrom(doubles, s);
      bytes.as(DataType.FLOAT64).copyTo(doublesBack, s);
      Assertions.assertArrayEquals(doubles, doublesBack, "double[]");
      int[] ints = {1, -2, Integer.MIN_VALUE, 4};
      int[] intsBack = new int[4];
      bytes.as(DataType.UINT32).copyFrom(ints, s);
      bytes.as(DataType.INT32).copyTo(intsBack, s);
      Assertions.assertArrayEquals(ints, intsBack, "int[]");
      long[] longs = {1, -2, Long.MIN_VALUE, 4};
      long[] longsBack = new long[4];
      bytes.copyFrom(longs, s);
      bytes.as(DataType.UINT64).copyTo(longsBack, s);
      Assertions.assertArrayEquals(longs, longsBack, "long[]");
      short[] shorts = {1, -2, Short.MIN_VALUE, 4};
      short[] shortsBack = new short[4];
      bytes.as(DataType.BFLOAT16).copyFrom(shorts, s);
      bytes.as(DataType.FLOAT16).copyTo(shortsBack, s);
      Assertions.assertArrayEquals(shorts, shortsBack, "short[]");
      byte[] small = {1, -2, Byte.MIN_VALUE, 4};
      byte[] smallBack = new byte[4];
      bytes.as(DataType.UINT8).copyFrom(small, s);
      small[0] = 99; // the copy is done with the array
      bytes.as(DataType.INT8).copyTo(smallBack, s);
      Assertions.assertArrayEquals(new byte[] {1, -2, Byte.MIN_VALUE, 4}, smallBack, "byte[]");
    }
  }

  /** Rule 18.3. */
  @Test
  default void rule_18_03_host_copies_go_from_position_to_limit() {
    alone(
        bench -> {
          ByteBuffer host = Elements.direct(100);
          for (int i = 0; i < 100; i++) {
            host.put(i, (byte) i);
          }
          host.position(20).limit(30);
          try (DeviceBuffer buffer = bench.device().allocate(DataType.INT8, 50)) {
            buffer.fill((byte) -1, bench.stream());
            buffer.copyFrom(host, bench.stream());
            Assertions.assertEquals(20, host.position(), "position after copyFrom");
            Assertions.assertEquals(30, host.limit(), "limit after copyFrom");
            byte[] found = new byte[50];
            buffer.copyTo(found, bench.stream());
            for (int i = 0; i < 50; i++) {
              Assertions.assertEquals(i < 10 ? 20 + i : -1, found[i], "byte " + i);
            }
            ByteBuffer back = Elements.direct(40).position(10).limit(15);
            buffer.copyTo(back, bench.stream());
            bench.stream().synchronize(Bench.PATIENCE);
            Assertions.assertEquals(10, back.position(), "position after copyTo");
            back.clear();
            for (int i = 0; i < 40; i++) {
              int wanted = i >= 10 && i < 15 ? 10 + i : 0;
              Assertions.assertEquals(wanted, back.get(i), "byte " + i + " on the host");
            }
          }
        });
  }

  /** Rule 18.4. */
  @Test
  default void rule_18_04_device_copies_and_fills_stay_in_range() {
    alone(
        bench -> {
          Pattern content = Data.moved(DataType.FLOAT16, 4);
          Cells source = bench.cells(DataType.FLOAT16, 101).with(0, 101, content);
          Cells target = bench.cells(DataType.FLOAT16, 300);
          Pattern filled = new Pattern(DataType.FLOAT16, i -> 0x7777);
          target.part(11, 101).copyFrom(source.buffer(), bench.stream());
          target.part(200, 50).copyFrom(source.part(51, 50), bench.stream());
          target.part(151, 33).fill((byte) 0x77, bench.stream());
          target.expect(11, 101, content);
          target.expect(200, 50, content, 51);
          target.expect(151, 33, filled);
          bench.check("copies and fills of parts");
          try (DeviceBuffer buffer = bench.device().allocate(DataType.INT32, 10)) {
            Refused.asUsage(
                ErrorCode.BUFFER_TOO_SMALL,
                "a copy of 5 elements into 4",
                () -> buffer.slice(0, 4).copyFrom(buffer.slice(5, 5), bench.stream()));
            Refused.asUsage(
                ErrorCode.ILLEGAL_OVERLAP,
                "a copy onto itself",
                () -> buffer.slice(0, 5).copyFrom(buffer.slice(4, 5), bench.stream()));
            Refused.asUsage(
                ErrorCode.TYPE_MISMATCH,
                "a copy between types",
                () -> buffer.copyFrom(buffer.slice(5, 5).as(DataType.FLOAT32), bench.stream()));
          }
        });
  }

  /** Rule 18.5. */
  @Test
  default void rule_18_05_parts_share_memory_and_end_with_the_whole() {
    alone(
        bench -> {
          DeviceBuffer whole = bench.device().allocate(DataType.INT32, 10);
          DeviceBuffer part = whole.slice(2, 5).slice(1, 2);
          DeviceBuffer view = whole.as(DataType.INT8);
          whole.copyFrom(new int[10], bench.stream());
          part.fill((byte) 1, bench.stream());
          part.close();
          int[] found = new int[10];
          whole.copyTo(found, bench.stream());
          Assertions.assertArrayEquals(
              new int[] {0, 0, 0, 0x01010101, 0x01010101, 0, 0, 0, 0, 0}, found, "the whole");
          whole.close();
          Refused.asUsage(
              ErrorCode.CLOSED,
              "a view of a closed buffer",
              () -> view.fill((byte) 1, bench.stream()));
        });
  }

  /** Rule 18.6. */
  @Test
  default void rule_18_06_ranges_outside_are_refused() {
    alone(
        bench -> {
          Device device = bench.device();
          Refused.asUsage(
              ErrorCode.OUT_OF_RANGE,
              "allocating -1 elements",
              () -> device.allocate(DataType.INT8, -1));
          Refused.asUsage(
              ErrorCode.OUT_OF_RANGE,
              "allocating more bytes than a long can count",
              () -> device.allocate(DataType.INT64, Long.MAX_VALUE / 4));
          try (DeviceBuffer buffer = device.allocate(DataType.INT32, 10)) {
            long[][] bad = {
              {-1, 2}, {0, 11}, {10, 1}, {11, 0}, {5, -1}, {1, Long.MAX_VALUE}, {Long.MAX_VALUE, 1}
            };
            for (long[] range : bad) {
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "a part of " + range[1] + " elements at " + range[0],
                  () -> buffer.slice(range[0], range[1]));
            }
            Refused.asUsage(
                ErrorCode.INVALID_ARGUMENT,
                "12 bytes as 8-byte elements",
                () -> buffer.slice(0, 3).as(DataType.INT64));
          }
          bench.checkUsable("ranges were refused");
        });
  }

  /** Rule 18.7. */
  @Test
  default void rule_18_07_wrong_host_memory_is_refused() {
    alone(
        bench -> {
          Stream s = bench.stream();
          try (DeviceBuffer buffer = bench.device().allocate(DataType.INT32, 10)) {
            buffer.fill((byte) 5, s);
            host("a heap buffer", () -> buffer.copyFrom(ByteBuffer.allocate(4), s));
            host("41 bytes for 40", () -> buffer.copyFrom(Elements.direct(41), s));
            host("41 bytes of 40", () -> buffer.copyTo(Elements.direct(41), s));
            host(
                "a read-only buffer",
                () -> buffer.copyTo(Elements.direct(4).asReadOnlyBuffer(), s));
            Refused.asUsage(
                ErrorCode.TYPE_MISMATCH, "float[]", () -> buffer.copyFrom(new float[1], s));
            Refused.asUsage(
                ErrorCode.TYPE_MISMATCH, "to long[]", () -> buffer.copyTo(new long[1], s));
            Refused.asUsage(
                ErrorCode.BUFFER_TOO_SMALL, "11 of 10", () -> buffer.copyFrom(new int[11], s));
            Refused.asUsage(
                ErrorCode.BUFFER_TOO_SMALL, "to 11 of 10", () -> buffer.copyTo(new int[11], s));
            int[] found = new int[10];
            buffer.copyTo(found, s);
            for (int value : found) {
              Assertions.assertEquals(0x05050505, value, "an element after refused copies");
            }
          }
        });
  }

  private static void host(String what, Runnable call) {
    Refused.asUsage(ErrorCode.INVALID_HOST_BUFFER, what, call);
  }

  /** Rule 18.8. */
  @Test
  default void rule_18_08_wrapped_memory_is_used_and_not_freed() {
    alone(
        bench -> {
          try (DeviceBuffer owner = bench.device().allocate(DataType.INT32, 10)) {
            owner.copyFrom(new int[10], bench.stream());
            DeviceBuffer guest = bench.device().wrap(owner.address() + 8, DataType.INT32, 3);
            guest.fill((byte) 2, bench.stream());
            guest.close();
            int[] found = new int[10];
            owner.copyTo(found, bench.stream());
            Assertions.assertArrayEquals(
                new int[] {0, 0, 0x02020202, 0x02020202, 0x02020202, 0, 0, 0, 0, 0},
                found,
                "the owner's memory");
          }
          Refused.asUsage(
              ErrorCode.OUT_OF_RANGE,
              "wrapping address 0",
              () -> bench.device().wrap(0, DataType.INT32, 3));
        });
  }

  /** Rule 18.9. */
  @Test
  default void rule_18_09_enqueued_work_outlives_the_buffer() {
    alone(
        bench -> {
          Pattern content = Data.moved(DataType.INT32, 5);
          Cells source = bench.cells(DataType.INT32, 5000).with(0, 5000, content);
          Cells target = bench.cells(DataType.INT32, 5000);
          DeviceBuffer from = source.buffer();
          DeviceBuffer to = target.buffer();
          DeviceBuffer brief = bench.device().allocate(DataType.INT32, 5000);
          brief.copyFrom(from, bench.stream());
          to.copyFrom(brief, bench.stream());
          brief.close();
          target.expect(0, 5000, content);
          bench.check("copy through a buffer that was closed behind it");
        });
  }

  private void alone(Kit.Body body) {
    kit().run(1, body);
  }
}
