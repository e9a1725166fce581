package org.ccl4j.api;

/**
 * How a reduction combines the elements of the ranks: one of five built-in operators ({@code
 * ncclRedOp_t}) or a {@link PreMulSum} made on a communicator.
 *
 * <p>Integers wrap around in their own width. {@link #AVG} of integers is the wrapped sum divided
 * by the number of ranks and truncated toward zero. {@link #MAX} and {@link #MIN} of floating-point
 * numbers ignore a NaN where another rank has a number, and order -0 below +0. The 8-bit
 * floating-point types saturate at their largest finite value; sums and products never give them an
 * infinity. docs/spec.md has the rules in full.
 */
public sealed interface ReduceOp permits ReduceOp.Builtin, PreMulSum {
  /** The sum over all ranks. */
  ReduceOp SUM = Builtin.SUM;

  /** The product over all ranks. */
  ReduceOp PROD = Builtin.PROD;

  /** The largest value of any rank. */
  ReduceOp MAX = Builtin.MAX;

  /** The smallest value of any rank. */
  ReduceOp MIN = Builtin.MIN;

  /** The mean over all ranks. */
  ReduceOp AVG = Builtin.AVG;

  /**
   * The operator's name for messages and tables.
   *
   * @return such as {@code sum} or {@code premulsum}
   */
  String displayName();

  /** The operators that every communicator and every type has, in the order of the C enum. */
  enum Builtin implements ReduceOp {
    /** See {@link ReduceOp#SUM}. */
    SUM,
    /** See {@link ReduceOp#PROD}. */
    PROD,
    /** See {@link ReduceOp#MAX}. */
    MAX,
    /** See {@link ReduceOp#MIN}. */
    MIN,
    /** See {@link ReduceOp#AVG}. */
    AVG;

    @Override
    public String displayName() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
