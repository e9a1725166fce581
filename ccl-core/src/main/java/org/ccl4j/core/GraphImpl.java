package org.ccl4j.core;

import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.Graph;
import org.ccl4j.api.Stream;
import org.ccl4j.spi.StatusCode;

/** A graph as its user holds it. */
final class GraphImpl implements Graph {
  private final GraphHandle handle;

  GraphImpl(GraphHandle handle) {
    this.handle = handle;
    handle.library.leaks.watch(this, handle);
  }

  @Override
  public void launch(Stream stream) {
    String what = "launching " + handle;
    CclHandle library = handle.library;
    StreamHandle on = StreamImpl.own(library, "stream", stream);
    on.requireEnqueueable(what);
    if (on.ordinal != handle.ordinal) {
      throw new CclUsageException(
          ErrorCode.WRONG_DEVICE,
          "stream is on device "
              + on.ordinal
              + "; allowed is one on device "
              + handle.ordinal
              + ", where the graph was captured.");
    }
    requireOpen(what);
    int entered = 0;
    Batch batch = library.batch();
    try {
      for (CommunicatorHandle communicator : handle.communicators) {
        communicator.enter(Operation.LAUNCH);
        entered++;
      }
      launchLocked(on, what);
    } finally {
      for (int i = 0; i < entered; i++) {
        handle.communicators.get(i).leave(batch);
      }
    }
  }

  private void requireOpen(String what) {
    if (handle.isClosed()) {
      for (CommunicatorHandle communicator : handle.communicators) {
        if (communicator.hasEnded()) {
          throw new CclUsageException(
              ErrorCode.CLOSED,
              what
                  + ": it was closed with "
                  + communicator
                  + ", which is captured in it; allowed is a launch before that.");
        }
      }
      throw handle.closedException(what);
    }
  }

  private void launchLocked(StreamHandle on, String what) {
    CclHandle library = handle.library;
    LaunchLock lock = library.launchLock(on.ordinal);
    lock.lock();
    try {
      requireOpen(what);
      on.requireEnqueueable(what);
      for (CommunicatorHandle communicator : handle.communicators) {
        communicator.requireUsable(Operation.LAUNCH);
        on.remember(communicator);
      }
      int status = library.devices.launchGraph(on.ordinal, handle.executable, on.handle);
      if (status != StatusCode.OK) {
        throw failed(status, what);
      }
      Capture capture = on.capture;
      for (CommunicatorHandle communicator : handle.communicators) {
        on.remember(communicator);
        if (capture != null) {
          capture.use(communicator);
        }
      }
      if (capture != null) {
        handle.windows.forEach(capture::use);
      }
    } finally {
      lock.unlock();
    }
  }

  private CclException failed(int status, String what) {
    CclException error =
        Errors.ofDevice(
            handle.library.devices,
            status,
            what,
            ErrorDetails.NONE.withOperation(Operation.LAUNCH.text).withDevice(handle.ordinal));
    for (CommunicatorHandle communicator : handle.communicators) {
      communicator.fail(error);
    }
    return error;
  }

  @Override
  public boolean isClosed() {
    return handle.isClosed();
  }

  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
