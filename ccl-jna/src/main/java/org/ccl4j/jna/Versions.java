package org.ccl4j.jna;

/** Version numbers of the libraries. */
final class Versions {
  /** Up to 2.8 a version was {@code 1000 * major + 100 * minor + patch}. */
  private static final int FIRST_OF_TODAYS_FORM = 10000;

  private Versions() {}

  /** A library's number as {@code 10000 * major + 100 * minor + patch}. */
  static int normal(int code) {
    return code >= FIRST_OF_TODAYS_FORM ? code : code / 1000 * 10000 + code % 1000;
  }

  /** Such as {@code 2.28.9}. */
  static String text(int normal) {
    return normal / 10000 + "." + normal / 100 % 100 + "." + normal % 100;
  }
}
