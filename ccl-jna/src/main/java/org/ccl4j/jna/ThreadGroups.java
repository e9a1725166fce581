package org.ccl4j.jna;

import java.util.Arrays;
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

    void end() {
      open = false;
      Arrays.fill(members, 0, count, null);
      count = 0;
    }
  }
}
