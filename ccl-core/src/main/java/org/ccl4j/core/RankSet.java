package org.ccl4j.core;

import java.util.TreeSet;

/** Ranks as a person reads them, thousands of them as well: {@code 1-63, 70}. */
final class RankSet {
  private final TreeSet<Integer> ranks = new TreeSet<>();

  static RankSet of(int rank) {
    RankSet set = new RankSet();
    set.add(rank);
    return set;
  }

  static RankSet parse(String text) {
    RankSet set = new RankSet();
    if (text.isEmpty()) {
      return set;
    }
    for (String part : text.split(", ", -1)) {
      String[] ends = part.split("-", 2);
      int first = Integer.parseInt(ends[0]);
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int rank = first; rank <= last; rank++) {
        set.add(rank);
      }
    }
    return set;
  }

  void add(int rank) {
    ranks.add(rank);
  }

  int size() {
    return ranks.size();
  }

  boolean isEmpty() {
    return ranks.isEmpty();
  }

  boolean contains(int rank) {
    return ranks.contains(rank);
  }

  /** With the noun in front: {@code rank 3}, {@code ranks 3, 4}. */
  String named() {
    return (ranks.size() == 1 ? "rank " : "ranks ") + this;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    Integer next = ranks.isEmpty() ? null : ranks.first();
    while (next != null) {
      int first = next;
      int last = first;
      while (ranks.contains(last + 1)) {
        last++;
      }
      text.append(text.length() == 0 ? "" : ", ").append(first);
      if (last > first) {
        text.append(last == first + 1 ? ", " : "-").append(last);
      }
      next = ranks.higher(last);
    }
    return text.toString();
  }
}
