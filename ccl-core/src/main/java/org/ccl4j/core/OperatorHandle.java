package org.ccl4j.core;

import java.util.List;
import org.ccl4j.api.DataType;
import org.jspecify.annotations.Nullable;

/** An operator made on a communicator. */
final class OperatorHandle extends Resource {
  final CommunicatorHandle communicator;
  final DataType type;
  final int number;

  /** Where the scalar is when it is on the device; it is read whenever an operation runs. */
  final @Nullable MemoryHandle scalar;

  OperatorHandle(
      CommunicatorHandle communicator, DataType type, int number, @Nullable MemoryHandle scalar) {
    super(Kind.OPERATOR, "premulsum " + number + " of " + communicator.name());
    this.communicator = communicator;
    this.type = type;
    this.number = number;
    this.scalar = scalar;
  }

  @Override
  List<Kind> closingOrder() {
    return List.of();
  }

  @Override
  void release() {
    communicator.destroyOperator(this);
  }
}
