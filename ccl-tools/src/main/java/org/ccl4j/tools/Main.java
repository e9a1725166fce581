package org.ccl4j.tools;

import java.io.PrintWriter;
import java.nio.charset.Charset;

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
    // With the platform's charset, as System.out on JDK 17 has it; flushed at each line, so that
    // rows appear as they are measured.
    PrintWriter out = new PrintWriter(System.out, true, Charset.defaultCharset());
    PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
    int code = CclCommand.commandLine(out, err).execute(args);
    out.flush();
    err.flush();
    // Not a return: a library may have left threads behind.
    System.exit(code);
  }
}
