package org.ccl4j.fake;

import org.ccl4j.api.DataType;
import org.jspecify.annotations.Nullable;

/**
 * What one rank called.
 *
 * @param kind the operation
 * @param send where this rank's elements are; null where it sends none
 * @param recv where its result goes; null where it gets none
 * @param count elements, as the operation counts them
 * @param type element type
 * @param op the operator; 0 where there is none
 * @param other root or peer; -1 where there is none
 * @param scalar the place of a created operator's scalar; null for the built-in ones
 */
record Call(
    Kind kind,
    @Nullable Span send,
    @Nullable Span recv,
    long count,
    DataType type,
    int op,
    int other,
    @Nullable Span scalar) {

  /** Whether two ranks' calls belong together. */
  boolean matches(Call call) {
    return kind == call.kind
        && count == call.count
        && type == call.type
        && Ops.name(op).equals(Ops.name(call.op))
        && other == call.other;
  }

  long bytes() {
    return count * type.byteSize();
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(kind.displayName())
            .append("(count=")
            .append(count)
            .append(", type=")
            .append(type);
    if (kind.reduces()) {
      text.append(", op=").append(Ops.name(op));
    }
    if (other >= 0) {
      text.append(kind.isPointToPoint() ? ", peer=" : ", root=").append(other);
    }
    return text.append(')').toString();
  }
}
