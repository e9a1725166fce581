package org.ccl4j.fake;

import org.jspecify.annotations.Nullable;

/**
 * An event: its newest record, on a stream or in a capture. Under the scheduler's lock, but for the
 * final field.
 */
final class FakeEvent {
  final boolean timing;
  @Nullable RecordOp newest;

  /**
   * Where it was recorded while a stream was captured; null when the newest record is a real one.
   */
  Capture.@Nullable Slot captured;

  FakeEvent(boolean timing) {
    this.timing = timing;
  }
}
