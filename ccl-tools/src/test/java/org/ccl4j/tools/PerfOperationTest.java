package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.ccl4j.api.DataType;
import org.ccl4j.tools.Content.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PerfOperationTest {
  @ParameterizedTest
  @CsvSource({
    "all_reduce, 1, 0",
    "all_reduce, 2, 1",
    "all_reduce, 4, 1.5",
    "all_reduce, 8, 1.75",
    "all_gather, 4, 0.75",
    "reduce_scatter, 4, 0.75",
    "alltoall, 4, 0.75",
    "alltoallv, 4, 0.75",
    "gather, 4, 0.75",
    "scatter, 4, 0.75",
    "broadcast, 4, 1",
    "reduce, 4, 1",
    "sendrecv, 4, 1"
  })
  void busFactorsAreThoseOfNcclTests(String operation, int ranks, double factor) {
    assertEquals(factor, PerfOperation.parse(operation).busFactor(ranks));
  }

  @ParameterizedTest
  @CsvSource({
    // operation, size on the command line, type, ranks, size column, count column
    "all_reduce, 1000, float, 3, 1000, 250",
    "all_reduce, 10, float, 3, 8, 2",
    "broadcast, 7, int8, 3, 7, 7",
    "reduce, 64, double, 4, 64, 8",
    "sendrecv, 64, half, 4, 64, 32",
    "all_gather, 8, float, 2, 0, 0",
    "all_gather, 1024, float, 4, 1024, 64",
    "all_gather, 1024, float, 3, 1008, 84",
    "reduce_scatter, 1024, double, 3, 1008, 42",
    "alltoall, 1024, int8, 3, 1008, 336",
    "gather, 1024, float, 3, 1008, 84",
    "scatter, 1024, float, 3, 1008, 84",
    "alltoallv, 1024, float, 2, 1024, 128",
    "alltoallv, 1024, float, 1, 1024, 256"
  })
  void sizeAndCountColumnsAreThoseOfNcclTests(
      String operation, long bytes, String type, int ranks, long size, long count) {
    DataType dataType = TypeName.parse("-d", type).get(0);
    for (int rank = 0; rank < ranks; rank++) {
      Plan plan =
          PerfOperation.parse(operation)
              .plan(new Shape(rank, ranks, 0), dataType, bytes / dataType.byteSize());
      assertEquals(size, plan.largest() * dataType.byteSize(), "size");
      assertEquals(count, plan.count(), "count");
    }
  }

  @ParameterizedTest
  @EnumSource(PerfOperation.class)
  void everyPlanFitsIntoTwoBuffersOfTheGivenSize(PerfOperation operation) {
    for (int ranks : new int[] {1, 2, 3, 8, 11}) {
      for (long total : new long[] {0, 1, 15, 16, 17, 1000, 4096}) {
        for (int rank = 0; rank < ranks; rank++) {
          Plan plan = operation.plan(new Shape(rank, ranks, ranks - 1), DataType.INT8, total);
          assertTrue(plan.inPlaceSendAt() + plan.sendCount() <= Math.max(total, 0), plan::toString);
          assertTrue(plan.inPlaceRecvAt() + plan.recvCount() <= Math.max(total, 0), plan::toString);
          for (Part part : plan.inputs()) {
            assertTrue(part.offset() + part.count() <= plan.sendCount(), plan::toString);
          }
          assertCovers(plan.recvCount(), plan.results());
          assertCovers(plan.recvCount(), plan.inPlaceResults());
        }
      }
    }
  }

  /** Every element of the receive buffer has an expectation: none is left unchecked. */
  private static void assertCovers(long count, List<Part> parts) {
    long next = 0;
    for (Part part : parts) {
      assertEquals(next, part.offset(), parts::toString);
      next += part.count();
    }
    assertEquals(count, next, parts::toString);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 11})
  void inAlltoallvWhatARankSendsIsWhatTheOtherExpects(int ranks) {
    long total = 16_000;
    for (int from = 0; from < ranks; from++) {
      Plan sender = plan(PerfOperation.ALLTOALLV, from, ranks, total);
      for (int to = 0; to < ranks; to++) {
        Plan receiver = plan(PerfOperation.ALLTOALLV, to, ranks, total);
        Part sent = sender.inputs().get(to);
        Part received = receiver.results().get(from);
        assertEquals(sent.count(), received.count());
        assertEquals(sent.content(), received.content());
      }
    }
  }

  @Test
  void inAlltoallvTheShareGrowsWithTheDistance() {
    Plan plan = plan(PerfOperation.ALLTOALLV, 1, 4, 4096);
    // Distances from rank 1 are 3, 0, 1, 2 of a sum of 6; each share is a multiple of 16 bytes.
    assertEquals(List.of(2048L, 0L, 672L, 1360L), plan.inputs().stream().map(Part::count).toList());
  }

  @ParameterizedTest
  @EnumSource(
      value = PerfOperation.class,
      names = {"ALLTOALL", "ALLTOALLV", "SENDRECV"},
      mode = EnumSource.Mode.INCLUDE)
  void operationsWithoutInPlaceFormSaySo(PerfOperation operation) {
    assertEquals(false, operation.hasInPlaceForm());
  }

  @Test
  void ranksAndPlacesAreToldApartByTheirStreams() {
    Plan plan = plan(PerfOperation.ALLTOALL, 2, 3, 96);
    assertEquals(
        List.of(new Input(6, 0), new Input(7, 0), new Input(8, 0)),
        plan.inputs().stream().map(Part::content).toList());
    assertEquals(
        List.of(new Input(2, 0), new Input(5, 0), new Input(8, 0)),
        plan.results().stream().map(Part::content).toList());
  }

  private static Plan plan(PerfOperation operation, int rank, int ranks, long total) {
    return operation.plan(new Shape(rank, ranks, 0), DataType.INT8, total);
  }
}
