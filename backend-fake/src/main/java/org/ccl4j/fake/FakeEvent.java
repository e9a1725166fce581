package org.ccl4j.fake;

import org.jspecify.annotations.Nullable;

/**
 * An event: its newest record, on a stream or in a capture. Changed under the lock of its device's
 * engine.
 */
final class FakeEvent {
  final boolean timing;
  volatile @Nullable RecordOp newest;

  /**
   * Where it was recorded while a stream was captured; null when the newest record is a real one.
   */
  volatile Capture.@Nullable Slot captured;

  FakeEvent(boolean timing) {
    this.timing = timing;
  }
}
