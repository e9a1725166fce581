package org.ccl4j.junit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;

/**
 * One run as the processes of a group see it: each tells the others how its own ranks fared, and
 * hears it from them. Where there are no others, nothing is told and nobody is heard.
 */
final class GroupRun {
  private static final String FAILED = "failed";

  private final ProcessGroup group;
  private final long number;
  private final Store store;

  /** Who did not come to a meeting, and what is said about that; not waited for at the next. */
  private final Map<Integer, List<Finding>> absent = new HashMap<>();

  /** Begins the next run of this process, which is the next one of every process. */
  GroupRun(ProcessGroup group) {
    this.group = group;
    this.number = group.store().add("runs/" + group.index(), 1);
    this.store = group.store().prefixed("run/" + number);
  }

  /** The points of a run at which the processes meet. */
  enum Point {
    /** All bodies have ended, or something is wrong. */
    BODIES,
    /** All ranks are closed. */
    END
  }

  /** The store of the ranks of this run alone. */
  Store rankStore() {
    return store.prefixed("ranks");
  }

  /** Makes the other processes break off. */
  void tellFailure() {
    if (isAlone()) {
      return;
    }
    try {
      store.compareAndSet(
          FAILED, Optional.empty(), Integer.toString(group.index()).getBytes(US_ASCII));
    } catch (CclException e) {
      // The meeting at the end of the run will say that the store is gone.
      System.getLogger(GroupRun.class.getName())
          .log(System.Logger.Level.DEBUG, "a failure could not be told to other processes", e);
    }
  }

  /** Whether another process broke off, or can no longer be asked. */
  boolean hasFailedElsewhere() {
    if (isAlone()) {
      return false;
    }
    try {
      return store.get(FAILED).isPresent() && firstToFail() != group.index();
    } catch (CclException e) {
      return true;
    }
  }

  /** The process whose failure came first; this one where none is known. */
  int firstToFail() {
    if (isAlone()) {
      return 0;
    }
    try {
      return store
          .get(FAILED)
          .map(index -> Integer.parseInt(new String(index, US_ASCII)))
          .orElse(group.index());
    } catch (CclException e) {
      return group.index();
    }
  }

  /**
   * Tells what this process found and hears the others, for this long at most.
   *
   * @return the findings of each process, this one's among them
   */
  List<List<Finding>> meet(Point point, List<Finding> own, Duration bound) {
    List<List<Finding>> all = new ArrayList<>();
    if (isAlone()) {
      all.add(own);
      return all;
    }
    List<Finding> told = tell(point, own);
    long end = System.nanoTime() + bound.toNanos();
    for (int process = 0; process < group.count(); process++) {
      if (process == group.index()) {
        all.add(told);
      } else {
        List<Finding> gone = absent.get(process);
        all.add(gone == null ? hear(point, process, end, bound) : gone);
      }
    }
    return all;
  }

  private List<Finding> tell(Point point, List<Finding> own) {
    try {
      store.set(key(point, group.index()), Finding.toBytes(own));
      return own;
    } catch (CclException e) {
      List<Finding> more = new ArrayList<>(own);
      more.add(Finding.hung("Process " + group.index() + " could not tell the others: " + e));
      return more;
    }
  }

  private List<Finding> hear(Point point, int process, long end, Duration bound) {
    try {
      Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
      return Finding.parse(store.await(key(point, process), left));
    } catch (CclException e) {
      String why =
          e.code() == ErrorCode.STORE_TIMEOUT
              ? " did not come to the "
                  + (point == Point.END ? "end" : "end of the bodies")
                  + " of run "
                  + number
                  + " within "
                  + bound
                  + ". Look at whether it is alive and runs the same tests in the same order."
              : " could not be heard: " + e;
      List<Finding> gone =
          List.of(Finding.hung("Process " + process + " of " + group.count() + why));
      absent.put(process, gone);
      return gone;
    }
  }

  private static String key(Point point, int process) {
    return point + "/" + process;
  }

  private boolean isAlone() {
    return group.count() == 1;
  }
}
