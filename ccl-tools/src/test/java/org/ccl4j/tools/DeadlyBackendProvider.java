package org.ccl4j.tools;

/** The fake, but one call ends the process, as a crash of a native library does. */
public final class DeadlyBackendProvider extends AlteredFakeProvider {
  /** Rule 12.2 alone splits by this colour with negative keys. */
  private static final int COLOR = 5;

  /** For the service loader. */
  public DeadlyBackendProvider() {
    super("test/deadly");
  }

  @Override
  void alter(String method, Object[] args) {
    if (method.equals("split") && args[0].equals(COLOR) && args[1].equals(-1)) {
      System.err.println("the deadly backend has its day");
      Runtime.getRuntime().halt(77);
    }
  }
}
