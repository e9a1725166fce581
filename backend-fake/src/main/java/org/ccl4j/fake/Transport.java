package org.ccl4j.fake;

import org.ccl4j.api.config.Settings;

/** How the ranks of a communicator reach each other. */
enum Transport {
  /** All ranks are threads of this JVM. */
  THREADS;

  static Transport from(Settings settings) {
    return THREADS;
  }

  Rendezvous rendezvous() {
    return FakeMachine.THREADS;
  }
}
