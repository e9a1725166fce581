package org.ccl4j.nccl;

import org.ccl4j.stub.StubBackend;
import org.ccl4j.stub.StubLibrary;

/** The stub in place of NVIDIA's libraries. */
final class Stub {
  private Stub() {}

  static StubBackend of(StubLibrary library) {
    return new StubBackend(new NcclBackendProvider(), library, StubLibrary.CUDA_13);
  }
}
