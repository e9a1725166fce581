package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.List;

/**
 * A graph ready to be launched: the capture, and a stream of its own for each branch but the first.
 */
final class FakeGraph {
  private final Capture capture;
  private final List<FakeStream> sideStreams = new ArrayList<>();

  FakeGraph(Capture capture) {
    this.capture = capture;
    for (int branch = 1; branch < capture.branches(); branch++) {
      sideStreams.add(new FakeStream(capture.deviceOf(branch)));
    }
  }

  int device() {
    return capture.device;
  }

  /** Enqueues the captured work. */
  void launch(FakeStream stream) {
    List<FakeStream> targets = new ArrayList<>();
    targets.add(stream);
    targets.addAll(sideStreams);
    capture.launch(targets);
  }
}
