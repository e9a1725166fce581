package org.ccl4j.fake;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The calls of a group that one stream carries out together. */
final class Launch extends Op {
  private final Part[] parts;

  Launch(Part[] parts) {
    this.parts = parts;
  }

  @Override
  boolean isOverAtOnce() {
    boolean all = true;
    for (Part part : parts) {
      all &= part.isOverAtOnce();
    }
    return all;
  }

  @Override
  void start() {
    for (Part part : parts) {
      part.start();
    }
  }

  @Override
  boolean poll() {
    boolean all = true;
    for (Part part : parts) {
      all &= part.poll();
    }
    return all;
  }

  @Override
  @Nullable Work work() {
    for (Part part : parts) {
      Work work = part.work();
      if (work != null && !work.isExhausted()) {
        return work;
      }
    }
    return null;
  }

  @Override
  void audit() {
    for (Part part : parts) {
      part.audit();
    }
  }

  @Override
  boolean isHeldUp() {
    for (Part part : parts) {
      if (part.isHeldUp()) {
        return true;
      }
    }
    return false;
  }

  @Override
  String describe() {
    return Arrays.stream(parts)
        .filter(part -> !part.isOver())
        .map(Part::describe)
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
