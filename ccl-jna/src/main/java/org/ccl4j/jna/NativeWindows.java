package org.ccl4j.jna;

import java.util.Set;
import org.ccl4j.api.WindowOption;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/** The memory that a communicator knows: registered buffers and windows. */
final class NativeWindows {
  private static final int WINDOW_COLLECTIVE_SYMMETRIC = 1;
  private static final int WINDOW_STRICT_ORDERING = 2;

  private final NativeBackend backend;
  private final CollectiveLibrary library;
  private final Progress progress;
  private final NativeOneSided oneSided;
  private final long handle;
  private final int device;

  NativeWindows(
      NativeBackend backend, Progress progress, NativeOneSided oneSided, long handle, int device) {
    this.backend = backend;
    this.library = backend.library();
    this.progress = progress;
    this.oneSided = oneSided;
    this.handle = handle;
    this.device = device;
  }

  /**
   * The one call that goes by the thread's device and not by the communicator: it looks the address
   * up, and in a process that uses the communicator's device alone another one does not know it
   * (seen in 2.30.7: 500, symbol not found).
   */
  Result<Long> register(long address, long bytes) {
    try (Cells out = new Cells(Long.BYTES)) {
      int status =
          backend
              .connections()
              .onDevice(
                  device,
                  () ->
                      progress.completed(
                          library.commRegister.call(handle, address, bytes, out.address())));
      return status == StatusCode.OK ? Result.of(out.getLong(0)) : Result.failed(status);
    }
  }

  int deregister(long registration) {
    return progress.completed(library.commDeregister.call(handle, registration));
  }

  Result<Long> registerWindow(
      long address, long bytes, Set<WindowOption> options, long timeoutNanos) {
    int flags =
        (options.contains(WindowOption.COLLECTIVE_SYMMETRIC) ? WINDOW_COLLECTIVE_SYMMETRIC : 0)
            | (options.contains(WindowOption.STRICT_ORDERING) ? WINDOW_STRICT_ORDERING : 0);
    Cells out = new Cells(Long.BYTES);
    int status =
        progress.together(
            "window",
            timeoutNanos,
            () -> library.commWindowRegister.call(handle, address, bytes, out.address(), flags));
    if (status == StatusCode.NOT_READY) {
      progress.abandon(out);
    }
    if (status != StatusCode.OK) {
      return Result.failed(status);
    }
    long window = out.getLong(0);
    boolean forPuts = window != 0 && options.contains(WindowOption.COLLECTIVE_SYMMETRIC);
    if (forPuts && oneSided.begin(timeoutNanos) == StatusCode.NOT_READY) {
      return Result.failed(StatusCode.NOT_READY);
    }
    return Result.of(window);
  }

  int deregisterWindow(long window) {
    return progress.completed(library.commWindowDeregister.call(handle, window));
  }
}
