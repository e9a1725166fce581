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

    /** The same, for arguments that every call has anew; used again from the first on. */
    private final List<Cells> tables = new ArrayList<>();

    private int tablesInUse;

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

    /** Memory for arrays of a call, until the group has ended or it is given back. */
    Cells table(long bytes) {
      if (tablesInUse == tables.size()) {
        tables.add(new Cells(bytes));
      } else if (tables.get(tablesInUse).bytes() < bytes) {
        tables.set(tablesInUse, new Cells(bytes));
      }
      return tables.get(tablesInUse++);
    }

    void giveTablesBack() {
      tablesInUse = 0;
    }

    void end() {
      open = false;
      giveTablesBack();
      if (!kept.isEmpty()) {
        kept.forEach(Cells::close);
        kept.clear();
      }
      Arrays.fill(members, 0, count, null);
      count = 0;
    }
  }
}
