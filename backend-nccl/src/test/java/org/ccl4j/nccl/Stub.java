package org.ccl4j.nccl;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.stub.StubLibrary;

/** How the tests reach the stub in place of NVIDIA's libraries. */
final class Stub {
  private Stub() {}

  static OpenOptions options(StubLibrary library) {
    return OpenOptions.DEFAULT
        .withBackend(Nccl.ID)
        .with(Nccl.LIBRARY.key(), library.file().toString())
        .with(Nccl.RUNTIME.key(), StubLibrary.CUDA_13.file().toString());
  }
}
