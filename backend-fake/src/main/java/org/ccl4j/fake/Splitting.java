package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** One split of a communicator: where its ranks wait for each other and learn their new places. */
final class Splitting {
  /** A rank's place in its new communicator. */
  record Place(World world, int rank) {}

  private record Wish(int color, int key, int rank, String name) {}

  private final @Nullable Wish[] wishes;
  private final @Nullable Place[] places;
  private int missing;
  private boolean abandoned;

  Splitting(int size) {
    wishes = new Wish[size];
    places = new Place[size];
    missing = size;
  }

  /**
   * Waits for the other ranks.
   *
   * @return OK, then {@link #place} has the answer; NOT_READY when not all ranks came in time, for
   *     all of them
   */
  synchronized int join(int rank, int color, int key, String name, long timeoutNanos) {
    wishes[rank] = new Wish(color, key, rank, name);
    if (--missing == 0 && !abandoned) {
      assign();
      notifyAll();
    }
    Monitors.await(this, () -> missing == 0 || abandoned, timeoutNanos);
    if (missing > 0) {
      abandoned = true; // a rank that comes later must not wait for those that have gone
      notifyAll();
    }
    return abandoned ? StatusCode.NOT_READY : StatusCode.OK;
  }

  private void assign() {
    Map<Integer, List<Wish>> byColor = new TreeMap<>();
    for (Wish wish : wishes) {
      if (wish != null && wish.color >= 0) {
        byColor.computeIfAbsent(wish.color, color -> new ArrayList<>()).add(wish);
      }
    }
    for (List<Wish> members : byColor.values()) {
      members.sort(Comparator.comparingInt(Wish::key).thenComparingInt(Wish::rank));
      World world = new World(members.get(0).name, members.size());
      for (int i = 0; i < members.size(); i++) {
        places[members.get(i).rank] = new Place(world, i);
      }
    }
  }

  /** The rank's place; null when it wished for none. */
  synchronized @Nullable Place place(int rank) {
    return places[rank];
  }
}
