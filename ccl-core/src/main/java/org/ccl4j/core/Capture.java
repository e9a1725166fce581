package org.ccl4j.core;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.Status;
import org.ccl4j.spi.Result;
import org.jspecify.annotations.Nullable;

/**
 * One capture under way: the stream it began on, those that joined it, and what the graph must
 * know. Used by the capturing thread alone.
 */
final class Capture {
  private final Thread thread = Thread.currentThread();
  private final StreamHandle origin;
  private final List<StreamHandle> streams = new ArrayList<>();
  private final Set<CommunicatorHandle> communicators = new LinkedHashSet<>();
  private final Set<RegistrationHandle> windows = new LinkedHashSet<>();
  private final List<ByteBuffer> hostMemory = new ArrayList<>();
  private volatile boolean ended;

  /** The captured graph, between the end of the capture and its instantiation. */
  private @Nullable Long graph;

  private Capture(StreamHandle origin) {
    this.origin = origin;
  }

  Thread thread() {
    return thread;
  }

  boolean hasEnded() {
    return ended;
  }

  /** Called when a stream waits for an event that was recorded in this capture. */
  void join(StreamHandle stream) {
    streams.add(stream);
    stream.capture = this;
  }

  void use(CommunicatorHandle communicator) {
    communicators.add(communicator);
  }

  void use(RegistrationHandle window) {
    windows.add(window);
  }

  void keep(ByteBuffer memory) {
    hostMemory.add(memory);
  }

  /**
   * Captures on several streams at once. Every capture has ended before the first graph is
   * instantiated, because instantiating is not allowed beside a capture.
   *
   * @return the graphs in the order of the streams, not adopted by anybody yet
   */
  static List<GraphHandle> record(List<StreamHandle> streams, Runnable body) {
    List<Capture> captures = new ArrayList<>();
    List<GraphHandle> graphs = new ArrayList<>();
    Failures failures = new Failures();
    failures.attempt(
        () -> {
          for (StreamHandle stream : streams) {
            captures.add(begin(stream));
          }
          body.run();
        });
    for (Capture capture : captures) {
      failures.attempt(capture::end);
    }
    for (Capture capture : captures) {
      if (failures.isEmpty()) {
        failures.attempt(() -> graphs.add(capture.instantiate()));
      }
    }
    for (Capture capture : captures) {
      failures.attempt(capture::dropGraph);
    }
    if (!failures.isEmpty()) {
      for (GraphHandle graph : graphs) {
        failures.attempt(graph::close);
      }
      failures.throwFirst();
    }
    return graphs;
  }

  private static Capture begin(StreamHandle stream) {
    String what = "capture";
    stream.requireNotCaptured(what);
    CclHandle library = stream.library;
    Capture capture = new Capture(stream);
    int status =
        library.locked(
            stream.ordinal,
            () -> {
              stream.requireNotCaptured(what);
              int begun = library.devices.beginCapture(stream.ordinal, stream.handle);
              if (begun == 0) {
                capture.join(stream);
              }
              return begun;
            });
    library.requireOk(status, stream.ordinal, "beginning the capture of " + stream);
    return capture;
  }

  private void end() {
    CclHandle library = origin.library;
    if (origin.isClosed()) {
      leave();
      throw origin.closedException("capture");
    }
    Result<Long> result =
        library.lockedResult(
            origin.ordinal, () -> library.devices.endCapture(origin.ordinal, origin.handle));
    leave();
    graph = result.value();
    if (!result.ok()) {
      throw refused(result.status());
    }
  }

  private void leave() {
    ended = true;
    for (StreamHandle stream : streams) {
      stream.capture = null;
    }
  }

  // What a library says to a joined stream that was not joined back is its form of "wrong usage".
  private CclException refused(int status) {
    CclException error =
        Errors.ofDevice(
            origin.library.devices,
            status,
            "ending the capture of " + origin,
            ErrorDetails.NONE.withDevice(origin.ordinal));
    Status neutral = error.details().status().orElse(Status.UNKNOWN);
    if (neutral != Status.INVALID_USAGE && neutral != Status.INVALID_ARGUMENT) {
      return error;
    }
    return new CclUsageException(
        ErrorCode.ILLEGAL_STATE,
        "the capture of "
            + origin
            + " is not whole: "
            + error.details().vendorText()
            + ". Join every stream back before the body ends: record an event on it and let the"
            + " captured stream wait for that.",
        error.details(),
        null);
  }

  private GraphHandle instantiate() {
    CclHandle library = origin.library;
    long source = Objects.requireNonNull(graph);
    Result<Long> executable =
        library.lockedResult(
            origin.ordinal, () -> library.devices.instantiateGraph(origin.ordinal, source));
    return new GraphHandle(
        library,
        origin.ordinal,
        library.requireValue(executable, origin.ordinal, "instantiating the graph of " + origin),
        communicators,
        windows,
        hostMemory);
  }

  private void dropGraph() {
    Long source = graph;
    graph = null;
    if (source != null) {
      CclHandle library = origin.library;
      int status =
          library.locked(
              origin.ordinal, () -> library.devices.destroyGraph(origin.ordinal, source));
      library.requireOk(status, origin.ordinal, "destroying the graph of " + origin);
    }
  }
}
