package org.ccl4j.fake;

/**
 * The operators' numbers, as the SPI has them. Numbers from {@link #FIRST_CREATED} on are operators
 * made by a communicator.
 */
final class Ops {
  static final int SUM = 0;
  static final int PROD = 1;
  static final int MAX = 2;
  static final int MIN = 3;
  static final int AVG = 4;
  static final int FIRST_CREATED = 5;

  private static final String[] NAMES = {"sum", "prod", "max", "min", "avg"};

  private Ops() {}

  static String name(int op) {
    return op < FIRST_CREATED ? NAMES[op] : "premulsum";
  }
}
