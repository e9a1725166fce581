package org.ccl4j.tools;

/** The fake, but its all-reduce takes the maximum where the sum was asked for. */
public final class BrokenBackendProvider extends AlteredFakeProvider {
  private static final int SUM = 0;
  private static final int MAX = 2;

  /** For the service loader. */
  public BrokenBackendProvider() {
    super("test/broken");
  }

  @Override
  void alter(String method, Object[] args) {
    if (method.equals("allReduce") && args[4].equals(SUM)) {
      args[4] = MAX;
    }
  }
}
