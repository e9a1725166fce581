package org.ccl4j.bootstrap;

import java.io.IOException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that serves all clients of this process, there while there is a client: ranks that
 * are threads have a store each, and should not need twice as many threads for it.
 */
final class ClientLoop {
  private static final Object LOCK = new Object();
  private static @Nullable Loop loop;
  private static int users;

  private ClientLoop() {}

  static Loop acquire() {
    synchronized (LOCK) {
      Loop shared = loop;
      if (shared == null) {
        try {
          shared = Loop.start("ccl-store-clients", () -> 0);
        } catch (IOException e) {
          throw Failures.of(
              ErrorCode.STORE_FAILED,
              "no connection can be opened on this host: " + Failures.reason(e) + ". Mend that.",
              e);
        }
        loop = shared;
      }
      users++;
      return shared;
    }
  }

  /** Called once for each {@link #acquire}. */
  static void release() {
    Loop last = null;
    synchronized (LOCK) {
      if (--users == 0) {
        last = loop;
        loop = null;
      }
    }
    if (last != null) {
      last.close();
    }
  }
}
