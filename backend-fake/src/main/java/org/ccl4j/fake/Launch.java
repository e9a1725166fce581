package org.ccl4j.fake;

import java.util.List;
import java.util.stream.Collectors;

/** The calls that one stream carries out together: a single one, or those of a group. */
final class Launch extends Op {
  private final List<Part> parts;
  private int remaining;
  private boolean starting;

  Launch(List<Part> parts) {
    this.parts = parts;
    parts.forEach(part -> part.launch = this);
    remaining = parts.size();
  }

  @Override
  boolean start(Scheduler scheduler) {
    starting = true;
    for (Part part : parts) {
      part.world.begin(part, scheduler);
    }
    starting = false;
    return remaining == 0;
  }

  void partDone(Scheduler scheduler) {
    remaining--;
    if (remaining == 0 && !starting) {
      scheduler.complete(this);
    }
  }

  /**
   * Ends the parts of a failed communicator that wait for other ranks; those under way end by
   * themselves.
   */
  void giveUp(World world, Scheduler scheduler) {
    for (Part part : parts) {
      if (part.world == world && part.begun && !part.isUnderWay()) {
        part.finish(scheduler);
      }
    }
  }

  @Override
  boolean isUnderWay() {
    return parts.stream().allMatch(part -> part.isDone() || part.isUnderWay());
  }

  @Override
  String describe() {
    return parts.stream()
        .filter(part -> !part.isDone())
        .map(part -> part.world.describe(part))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
