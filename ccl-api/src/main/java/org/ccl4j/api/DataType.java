package org.ccl4j.api;

/**
 * The type of the elements of a buffer. The twelve types are those of the NCCL family ({@code
 * ncclDataType_t}); no vendor has booleans or complex numbers: send a boolean as {@link #UINT8}, a
 * complex number as two reals.
 *
 * <p>Java has no unsigned and no narrow floating-point types. Unsigned types travel in the signed
 * Java type of the same size; for the narrow floating-point types {@link NarrowFloats} converts to
 * and from {@code float}.
 */
public enum DataType {
  /** Signed 8-bit integer; Java {@code byte}. */
  INT8(1, Kind.SIGNED),
  /** Unsigned 8-bit integer; travels in Java {@code byte}. */
  UINT8(1, Kind.UNSIGNED),
  /** Signed 32-bit integer; Java {@code int}. */
  INT32(4, Kind.SIGNED),
  /** Unsigned 32-bit integer; travels in Java {@code int}. */
  UINT32(4, Kind.UNSIGNED),
  /** Signed 64-bit integer; Java {@code long}. */
  INT64(8, Kind.SIGNED),
  /** Unsigned 64-bit integer; travels in Java {@code long}. */
  UINT64(8, Kind.UNSIGNED),
  /** IEEE 754 binary16; its bits travel in Java {@code short}. */
  FLOAT16(2, Kind.FLOATING),
  /** The upper half of a binary32, 8 bits of exponent; its bits travel in Java {@code short}. */
  BFLOAT16(2, Kind.FLOATING),
  /** IEEE 754 binary32; Java {@code float}. */
  FLOAT32(4, Kind.FLOATING),
  /** IEEE 754 binary64; Java {@code double}. */
  FLOAT64(8, Kind.FLOATING),
  /**
   * 8-bit float, 4 bits of exponent, no infinity, largest value 448 (OCP E4M3); its bits travel in
   * Java {@code byte}.
   */
  FLOAT8_E4M3(1, Kind.FLOATING),
  /**
   * 8-bit float, 5 bits of exponent, largest value 57344 (OCP E5M2); its bits travel in Java {@code
   * byte}.
   */
  FLOAT8_E5M2(1, Kind.FLOATING);

  private enum Kind {
    SIGNED,
    UNSIGNED,
    FLOATING
  }

  private final int byteSize;
  private final Kind kind;

  DataType(int byteSize, Kind kind) {
    this.byteSize = byteSize;
    this.kind = kind;
  }

  /**
   * The size of one element.
   *
   * @return 1, 2, 4 or 8 bytes
   */
  public int byteSize() {
    return byteSize;
  }

  /**
   * Whether this is one of the six floating-point types.
   *
   * @return true for FLOAT16, BFLOAT16, FLOAT32, FLOAT64, FLOAT8_E4M3 and FLOAT8_E5M2
   */
  public boolean isFloatingPoint() {
    return kind == Kind.FLOATING;
  }

  /**
   * Whether this is one of the six integer types.
   *
   * @return true for the signed and unsigned integers
   */
  public boolean isInteger() {
    return kind != Kind.FLOATING;
  }

  /**
   * Whether this is an unsigned integer type.
   *
   * @return true for UINT8, UINT32 and UINT64
   */
  public boolean isUnsigned() {
    return kind == Kind.UNSIGNED;
  }
}
