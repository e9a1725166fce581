package org.ccl4j.jna.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
            + "int refuse(int *out) { *out = -2; return -6; }\n";
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
}
