package org.ccl4j.examples;

import java.lang.System.Logger.Level;
import java.util.List;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * A matrix product {@code C = A B} whose second factor is too large for one rank, in the two ways
 * in which the layers of a large model are split.
 *
 * <ul>
 *   <li><b>By columns of B</b>: each rank computes whole columns of C, and an all-gather gives
 *       every rank all of them.
 *   <li><b>By rows of B</b> (and columns of A): each rank computes a summand of all of C, and a
 *       reduce-scatter adds them up and leaves each rank some columns of the sum.
 * </ul>
 *
 * <p>Both end with columns of C that lie one after the other in rank order, which is why matrices
 * are stored by columns here. The local products are computed on the host; a program with kernels
 * would leave them on the device.
 */
public final class TensorParallelProduct {
  private static final System.Logger LOG = System.getLogger(TensorParallelProduct.class.getName());

  private TensorParallelProduct() {}

  /** A matrix, stored by columns: element (i, j) at place {@code i + j * rows}. */
  public static final class Matrix {
    private final int rows;
    private final int columns;
    private final float[] values;

    /**
     * Makes a matrix over an array.
     *
     * @param rows the number of rows
     * @param columns the number of columns
     * @param values as many as rows times columns; not copied
     */
    public Matrix(int rows, int columns, float[] values) {
      this.rows = rows;
      this.columns = columns;
      this.values = values;
    }

    /**
     * The number of columns.
     *
     * @return 0 or more
     */
    public int columns() {
      return columns;
    }

    /**
     * The elements.
     *
     * @return the matrix's own array
     */
    public float[] values() {
      return values;
    }

    /** Makes a matrix of small whole numbers, so that float sums of products are exact. */
    static Matrix synthetic(int rows, int columns, int seed) {
      float[] values = new float[rows * columns];
      for (int i = 0; i < values.length; i++) {
        values[i] = (i * 31 + seed) % 13 - 6;
      }
      return new Matrix(rows, columns, values);
    }

    Matrix times(Matrix right) {
      float[] product = new float[rows * right.columns];
      for (int j = 0; j < right.columns; j++) {
        for (int k = 0; k < columns; k++) {
          float factor = right.values[k + j * right.rows];
          for (int i = 0; i < rows; i++) {
            product[i + j * rows] += values[i + k * rows] * factor;
          }
        }
      }
      return new Matrix(rows, right.columns, product);
    }

    /** The columns of one rank when they are shared by several. */
    Matrix columnsOf(int rank, int size) {
      int width = share(columns, size);
      float[] part = new float[rows * width];
      System.arraycopy(values, rank * part.length, part, 0, part.length);
      return new Matrix(rows, width, part);
    }

    /** The rows of one rank when they are shared by several. */
    Matrix rowsOf(int rank, int size) {
      int height = share(rows, size);
      float[] part = new float[height * columns];
      for (int j = 0; j < columns; j++) {
        System.arraycopy(values, rank * height + j * rows, part, j * height, height);
      }
      return new Matrix(height, columns, part);
    }

    private static int share(int length, int size) {
      if (length % size != 0) {
        throw new IllegalArgumentException(
            length + " rows or columns cannot be shared equally by " + size + " ranks");
      }
      return length / size;
    }
  }

  /**
   * The product with B split by columns. All ranks must call.
   *
   * @param comm the ranks
   * @param left all of A
   * @param right this rank's columns of B
   * @return all of C, on every rank
   */
  public static Matrix byColumns(Communicator comm, Matrix left, Matrix right) {
    Matrix part = left.times(right);
    float[] product = new float[part.values.length * comm.size()];
    try (Stream stream = comm.device().openStream();
        DeviceBuffer send = comm.device().allocate(DataType.FLOAT32, part.values.length);
        DeviceBuffer recv = comm.device().allocate(DataType.FLOAT32, product.length)) {
      send.copyFrom(part.values, stream);
      comm.allGather(send, recv, stream);
      recv.copyTo(product, stream);
    }
    return new Matrix(part.rows, part.columns * comm.size(), product);
  }

  /**
   * The product with B split by rows. All ranks must call.
   *
   * @param comm the ranks; their number must divide the number of columns of C
   * @param left this rank's columns of A
   * @param right the same rows of B
   * @return this rank's columns of C
   */
  public static Matrix byRows(Communicator comm, Matrix left, Matrix right) {
    Matrix summand = left.times(right);
    int width = Matrix.share(summand.columns, comm.size());
    float[] product = new float[summand.rows * width];
    try (Stream stream = comm.device().openStream();
        DeviceBuffer send = comm.device().allocate(DataType.FLOAT32, summand.values.length);
        DeviceBuffer recv = comm.device().allocate(DataType.FLOAT32, product.length)) {
      send.copyFrom(summand.values, stream);
      comm.reduceScatter(send, recv, ReduceOp.SUM, stream);
      recv.copyTo(product, stream);
    }
    return new Matrix(summand.rows, width, product);
  }

  /**
   * Multiplies on four ranks in both ways and logs a number that must be the same.
   *
   * @param args none
   */
  public static void main(String[] args) {
    Matrix a = Matrix.synthetic(64, 128, 1);
    Matrix b = Matrix.synthetic(128, 256, 2);
    List<Float> lastByColumns =
        LocalRanks.run(4, c -> last(byColumns(c, a, b.columnsOf(c.rank(), c.size()))));
    List<Float> lastByRows =
        LocalRanks.run(
            4, c -> last(byRows(c, a.columnsOf(c.rank(), c.size()), b.rowsOf(c.rank(), c.size()))));
    LOG.log(
        Level.INFO,
        "last element of the product: {0} by columns, {1} by rows",
        lastByColumns.get(3),
        lastByRows.get(3));
  }

  private static float last(Matrix matrix) {
    return matrix.values[matrix.values.length - 1];
  }
}
