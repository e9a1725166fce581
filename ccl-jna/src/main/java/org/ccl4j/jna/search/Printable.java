package org.ccl4j.jna.search;

/** Text out of files and of other programs, for people: nothing in it can steer a terminal. */
final class Printable {
  private static final int LONGEST = 1000;

  private Printable() {}

  static String of(String text) {
    String clean = text.replaceAll("\\p{C}", "?");
    return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST) + "...";
  }
}
