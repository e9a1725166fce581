package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.Stream;
import org.ccl4j.tools.Content.Input;
import org.ccl4j.tools.Content.Reduced;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class RankMemoryTest {
  /** More than a block of a mebibyte, and no multiple of anything. */
  private static final int COUNT = 1_300_003;

  private final Ccl ccl = Ccl.open(OpenOptions.DEFAULT.withBackend("cpu/fake"));
  private final Device device = ccl.device(0);
  private final Stream stream = device.openStream();
  private RankMemory memory = new RankMemory(this::bytes, stream, 0, n -> {});

  private DeviceBuffer bytes(long count) {
    return device.allocate(DataType.UINT8, count);
  }

  @BeforeEach
  void allocate() {
    memory = new RankMemory(this::bytes, stream, 8L * COUNT, n -> {});
  }

  @AfterEach
  void close() {
    ccl.close();
  }

  /** What is sent is what must be received, so that preparing one form is the result of another. */
  private static Plan copyInPlace(int count) {
    List<Part> parts = List.of(new Part(0, count, new Input(0, 0)));
    return Plan.simple(count, count, count, parts, parts);
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void rightDataHasNoWrongElement(DataType type) {
    Plan plan = copyInPlace(COUNT);
    TestData data = new TestData(type, null, 1, 1);
    memory.prepare(plan, type, data, true);
    assertEquals(0, memory.countWrong(plan, type, data, true));
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void oneWrongBitIsFoundWhereverItIs(DataType type) {
    Plan plan = copyInPlace(COUNT);
    TestData data = new TestData(type, null, 1, 1);
    memory.prepare(plan, type, data, true);
    DeviceBuffer bytes = memory.recv(plan, type, true).as(DataType.UINT8);
    long[] places = {0, 1, 1020, 1021, COUNT / 2, COUNT - 1};
    for (int found = 0; found < places.length; found++) {
      assertEquals(found, memory.countWrong(plan, type, data, true));
      byte[] one = new byte[1];
      DeviceBuffer place = bytes.slice(places[found] * type.byteSize(), 1);
      place.copyTo(one, stream);
      one[0] ^= 0x10;
      place.copyFrom(one, stream);
    }
    assertEquals(places.length, memory.countWrong(plan, type, data, true));
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void anElementThatNothingWroteIsWrong(DataType type) {
    Plan plan = copyInPlace(COUNT);
    TestData data = new TestData(type, null, 1, 1);
    memory.prepare(plan, type, data, false);
    assertEquals(COUNT, memory.countWrong(plan, type, data, false));
  }

  @Test
  void whatMustNotBeWrittenIsCheckedToo() {
    List<Part> untouched = List.of(new Part(0, 100, new Content.Untouched()));
    Plan plan = new Plan(100, 100, 100, 0, 0, List.of(), untouched, untouched);
    TestData data = new TestData(DataType.INT32, PerfReduction.SUM, 1, 1);
    memory.prepare(plan, DataType.INT32, data, false);
    assertEquals(0, memory.countWrong(plan, DataType.INT32, data, false));
    memory.recv(plan, DataType.INT32, false).slice(99, 1).copyFrom(new int[] {7}, stream);
    assertEquals(1, memory.countWrong(plan, DataType.INT32, data, false));
  }

  @ParameterizedTest
  @CsvSource({"AVG, 1, 0", "AVG, 2, 0", "AVG, -2, 0", "AVG, 3, 1", "SUM, 1, 1"})
  void onlyAnAverageMayBeOffByTwoUnits(PerfReduction reduction, int units, long wrong) {
    List<Part> reduced = List.of(new Part(0, 1, new Reduced(0)));
    Plan plan = new Plan(1, 1, 1, 0, 0, List.of(), reduced, reduced);
    TestData data = new TestData(DataType.FLOAT32, reduction, 1, 1);
    // The reduction over one rank is what that rank sends.
    List<Part> input = List.of(new Part(0, 1, new Input(0, 0)));
    memory.prepare(Plan.simple(1, 1, 1, input, input), DataType.FLOAT32, data, true);
    DeviceBuffer place = memory.recv(plan, DataType.FLOAT32, true);
    float[] one = new float[1];
    place.copyTo(one, stream);
    one[0] = Float.intBitsToFloat(Float.floatToRawIntBits(one[0]) + units);
    place.copyFrom(one, stream);
    assertEquals(wrong, memory.countWrong(plan, DataType.FLOAT32, data, true));
  }
}
