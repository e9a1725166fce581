package org.ccl4j.jna.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ccl4j.jna.search.CLibraries;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways into C give each argument to its place. */
class CallsTest {
  private static final int FIRST_JAVA_WITH_FOREIGN = 22;
  private static final long[] A = {-1, 1L << 40, -3, -(1L << 41), 5, 6, -7, 8, -9, 10, -11};

  /** 0, or the sum of 1, 2, 4 ... for what did not come as it was sent. */
  private static final String ID_FUNCTIONS =
      """
      struct id { char bytes[128]; };
      static int wrong(long long *out, int size, struct id *id, int rank) {
        int wrong = (*out != 77) + 2 * (size != -12) + 8 * (rank != 34);
        for (int i = 0; i < 128; i++) wrong |= 4 * (id->bytes[i] != (char) (7 * i + 1));
        *out = -1;
        return wrong;
      }
      int join(long long *out, int size, struct id id, int rank) { return wrong(out, size, &id, rank); }
      int join_with(long long *out, int size, struct id id, int rank, long long *config) {
        return wrong(out, size, &id, rank) + 16 * (*config != 99);
      }
      """;

  @TempDir private static Path folder;

  private static Stream<Calls> ways() {
    return Stream.concat(Stream.of(new FrameCalls()), Calls.foreign().stream());
  }

  /** Adds up its arguments with weights; every other one is an int. */
  private static String weigher(int arguments) {
    String list =
        IntStream.range(0, arguments)
            .mapToObj(i -> (i % 2 == 0 ? "int a" : "long long a") + i)
            .collect(Collectors.joining(", "));
    String sum =
        IntStream.range(0, arguments)
            .mapToObj(i -> (i + 1) + "LL * a" + i)
            .collect(Collectors.joining(" + ", "7 + ", ""));
    return "long long weigh%d(%s) { return %s; }\n"
        .formatted(arguments, arguments == 0 ? "void" : list, arguments == 0 ? "7" : sum);
  }

  private static long expected(int arguments) {
    return 7 + IntStream.range(0, arguments).mapToLong(i -> (i + 1) * A[i]).sum();
  }

  private static NativeLibraryHandle library() throws Exception {
    String source =
        IntStream.range(0, 12).mapToObj(CallsTest::weigher).collect(Collectors.joining())
            + "int refuse(int *out) { *out = -2; return -6; }\n"
            + ID_FUNCTIONS;
    Path file = folder.resolve("libweigh.so");
    if (!file.toFile().exists()) {
      CLibraries.compile(file, source);
    }
    return NativeLibraryHandle.open(file.toString());
  }

  @Test
  void theForeignWayIsThereFromJava22On() {
    assertEquals(
        Runtime.version().feature() >= FIRST_JAVA_WITH_FOREIGN, Calls.foreign().isPresent());
  }

  @ParameterizedTest
  @MethodSource("ways")
  void everyArgumentComesToItsPlace(Calls c) throws Exception {
    NativeLibraryHandle library = library();
    CFunction[] f =
        IntStream.range(0, 12)
            .mapToObj(count -> library.function("weigh" + count))
            .toArray(CFunction[]::new);

    assertEquals(expected(0), c.call(f[0]));
    assertEquals(expected(1), c.call(f[1], A[0]));
    assertEquals(expected(2), c.call(f[2], A[0], A[1]));
    assertEquals(expected(3), c.call(f[3], A[0], A[1], A[2]));
    assertEquals(expected(4), c.call(f[4], A[0], A[1], A[2], A[3]));
    assertEquals(expected(5), c.call(f[5], A[0], A[1], A[2], A[3], A[4]));
    assertEquals(expected(6), c.call(f[6], A[0], A[1], A[2], A[3], A[4], A[5]));
    assertEquals(expected(7), c.call(f[7], A[0], A[1], A[2], A[3], A[4], A[5], A[6]));
    assertEquals(expected(8), c.call(f[8], A[0], A[1], A[2], A[3], A[4], A[5], A[6], A[7]));
    assertEquals(expected(9), c.call(f[9], A[0], A[1], A[2], A[3], A[4], A[5], A[6], A[7], A[8]));
    assertEquals(
        expected(11),
        c.call(f[11], A[0], A[1], A[2], A[3], A[4], A[5], A[6], A[7], A[8], A[9], A[10]));
  }

  @Test
  void anIntIsLeftAndReturnedAlikeBeforeAndAfterTheChangeOfWay() throws Exception {
    CFunction refuse = library().function("refuse");
    long before = refuse.callForInt();

    boolean changed = CFunction.quicken();

    assertEquals(Calls.foreign().isPresent(), changed);
    for (long packed : new long[] {before, refuse.callForInt()}) {
      assertEquals(-6, CFunction.status(packed));
      assertEquals(-2, CFunction.value(packed));
    }
    assertTrue(refuse.isPresent());
  }

  @Test
  void anIdByValueAndItsNeighboursComeToTheirPlaces() throws Exception {
    NativeLibraryHandle library = library();
    byte[] id = new byte[128];
    for (int i = 0; i < id.length; i++) {
      id[i] = (byte) (7 * i + 1);
    }
    try (Cells out = new Cells(Long.BYTES);
        Cells config = new Cells(Long.BYTES)) {
      config.putLong(0, 99);
      out.putLong(0, 77);
      assertEquals(0, library.function("join").callWithId(out.address(), -12, id, 34));
      assertEquals(-1, out.getLong(0));

      out.putLong(0, 77);
      assertEquals(
          0,
          library.function("join_with").callWithId(out.address(), -12, id, 34, config.address()));
      assertEquals(-1, out.getLong(0));
    }
  }

  @Test
  void anIdOfAnotherLengthIsNotSent() throws Exception {
    CFunction join = library().function("join");

    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> join.callWithId(0, 1, new byte[127], 0));

    assertEquals("an id of 127 bytes; it has 128", refused.getMessage());
  }
}
