package org.ccl4j.tools;

/** The entry point of {@code ccl}. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and ends the process with its exit code: 0 for success, 1 for a failure, 2 for
   * a mistake on the command line.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    int code = CclCommand.commandLine(System.out, System.err).execute(args);
    System.out.flush();
    System.err.flush();
    // Not a return: a library may have left threads behind.
    System.exit(code);
  }
}
