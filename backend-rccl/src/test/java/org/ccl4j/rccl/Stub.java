package org.ccl4j.rccl;

import org.ccl4j.stub.StubBackend;
import org.ccl4j.stub.StubLibrary;

/** The stub in place of AMD's libraries. */
final class Stub {
  private Stub() {}

  static StubBackend of(StubLibrary library) {
    return new StubBackend(new RcclBackendProvider(), library, StubLibrary.HIP_6);
  }
}
