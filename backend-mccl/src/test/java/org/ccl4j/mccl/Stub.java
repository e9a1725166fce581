package org.ccl4j.mccl;

import org.ccl4j.stub.StubBackend;
import org.ccl4j.stub.StubLibrary;

/** The stub in place of Moore Threads' libraries. */
final class Stub {
  private Stub() {}

  static StubBackend of(StubLibrary library) {
    return of(library, StubLibrary.MUSA_5);
  }

  static StubBackend of(StubLibrary library, StubLibrary runtime) {
    return new StubBackend(new McclBackendProvider(), library, runtime);
  }
}
