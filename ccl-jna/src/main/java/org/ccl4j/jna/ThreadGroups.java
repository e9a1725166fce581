package org.ccl4j.jna;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ccl4j.jna.sys.Cells;
import org.jspecify.annotations.Nullable;

/**
 * The group that this thread has open, and whose communicators it holds: those that have to be
 * waited for when the library ends a group in the background.
 */
final class ThreadGroups {
  private final ThreadLocal<Group> groups = ThreadLocal.withInitial(Group::new);

  Group ofThread() {
    return groups.get();
  }

  /** Reused: opening and closing one allocates nothing. */
  static final class Group {
    private @Nullable NativeCommunicator[] members = new NativeCommunicator[8];
    private int count;
    private boolean open;

    /** Memory that the library may read until the group has ended. */
    private final List<Cells> kept = new ArrayList<>();

    boolean isOpen() {
      return open;
    }

    void begin() {
      open = true;
    }

    void add(NativeCommunicator member) {
      // Newest first: with many operations on few communicators that is mostly the one.
      for (int i = count - 1; i >= 0; i--) {
        if (members[i] == member) {
          return;
        }
      }
      if (count == members.length) {
        members = Arrays.copyOf(members, 2 * count);
      }
      members[count++] = member;
    }

    int count() {
      return count;
    }

    @Nullable NativeCommunicator member(int index) {
      return members[index];
    }

    void keep(Cells memory) {
      kept.add(memory);
    }

    void end() {
      open = false;
      if (!kept.isEmpty()) {
        kept.forEach(Cells::close);
        kept.clear();
      }
      Arrays.fill(members, 0, count, null);
      count = 0;
    }
  }
}
