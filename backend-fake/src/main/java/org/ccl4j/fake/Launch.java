package org.ccl4j.fake;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The calls that one stream carries out together: a single one, or those of a group. */
final class Launch extends Op {
  private final List<Part> parts;

  Launch(List<Part> parts) {
    this.parts = parts;
  }

  @Override
  void start() {
    for (Part part : parts) {
      part.begin();
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
  String describe() {
    return parts.stream()
        .filter(part -> !part.isDone())
        .map(Part::describe)
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
