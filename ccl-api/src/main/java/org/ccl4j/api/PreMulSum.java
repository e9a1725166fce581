package org.ccl4j.api;

/**
 * An operator that multiplies each rank's elements by a scalar of that rank and then sums: {@code
 * result[i] = sum over ranks of scalar(rank) * send(rank)[i]}. Stands for {@code
 * ncclRedOpCreatePreMulSum} and {@code ncclRedOpDestroy}.
 *
 * <p>Made by {@link Communicator#preMulSum(DataType, double)} and its siblings. It is valid for
 * that communicator and that type only; anything else is {@link ErrorCode#INVALID_OPERATOR}.
 * Closing the communicator closes it.
 */
public non-sealed interface PreMulSum extends ReduceOp, AutoCloseable {

  /**
   * The type of the elements and of the scalar.
   *
   * @return the type it was made for
   */
  DataType type();

  /**
   * Whether {@link #close()} was called, here or by closing the communicator.
   *
   * @return true once closed
   */
  boolean isClosed();

  @Override
  default String displayName() {
    return "premulsum";
  }

  /**
   * Gives the operator back ({@code ncclRedOpDestroy}). Local to this rank, idempotent. Operations
   * that were enqueued with it before still complete; inside a group it must stay open until the
   * group's body has returned.
   */
  @Override
  void close();
}
