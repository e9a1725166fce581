package org.ccl4j.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.ccl4j.examples.TensorParallelProduct.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The elements are whole numbers small enough for float, so every comparison is exact. */
class TensorParallelProductTest {
  private static final Matrix A = Matrix.synthetic(6, 8, 1);
  private static final Matrix B = Matrix.synthetic(8, 12, 2);
  private static final Matrix C = A.times(B);

  @Test
  void theReferenceProductIsRight() {
    Matrix left = new Matrix(2, 2, new float[] {1, 2, 3, 4});
    Matrix right = new Matrix(2, 1, new float[] {5, 6});

    assertArrayEquals(new float[] {1 * 5 + 3 * 6, 2 * 5 + 4 * 6}, left.times(right).values());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void splitByColumnsEveryRankHasTheWholeProduct(int size) {
    List<Matrix> products =
        LocalRanks.run(
            size, comm -> TensorParallelProduct.byColumns(comm, A, B.columnsOf(comm.rank(), size)));

    assertEquals(size, products.size());
    for (Matrix product : products) {
      assertEquals(12, product.columns());
      assertArrayEquals(C.values(), product.values());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void splitByRowsEveryRankHasItsColumnsOfTheProduct(int size) {
    List<Matrix> parts =
        LocalRanks.run(
            size,
            comm ->
                TensorParallelProduct.byRows(
                    comm, A.columnsOf(comm.rank(), size), B.rowsOf(comm.rank(), size)));

    assertEquals(size, parts.size());
    for (int rank = 0; rank < size; rank++) {
      assertArrayEquals(C.columnsOf(rank, size).values(), parts.get(rank).values());
    }
  }

  @Test
  void theProgramRuns() {
    assertDoesNotThrow(() -> TensorParallelProduct.main(new String[0]));
  }
}
