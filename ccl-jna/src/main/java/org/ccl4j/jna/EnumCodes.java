package org.ccl4j.jna;

import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;

/** The numbers of the libraries' enums; all vendors have the same. */
final class EnumCodes {
  private EnumCodes() {}

  static int of(DataType type) {
    return switch (type) {
      case INT8 -> 0;
      case UINT8 -> 1;
      case INT32 -> 2;
      case UINT32 -> 3;
      case INT64 -> 4;
      case UINT64 -> 5;
      case FLOAT16 -> 6;
      case FLOAT32 -> 7;
      case FLOAT64 -> 8;
      case BFLOAT16 -> 9;
      case FLOAT8_E4M3 -> 10;
      case FLOAT8_E5M2 -> 11;
    };
  }

  static int of(MemoryStatistic statistic) {
    return switch (statistic) {
      case SUSPENDABLE -> 0;
      case SUSPENDED -> 1;
      case PERSISTENT -> 2;
      case TOTAL -> 3;
    };
  }
}
