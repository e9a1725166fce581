package org.ccl4j.fake;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One rank's side of its communicator's shrinks. The remaining ranks connect under an id that
 * follows from the parent's and from who is left out; those that are left out need not be alive, so
 * that nothing is asked of them.
 */
final class Shrinking {
  /** Leads the path of each shrink, where that of a split has a number. */
  private static final long SHRINK = -1;

  private final Member member;

  /** How many times the rank has shrunk by the same others. */
  private final Map<ByteBuffer, Integer> times = new HashMap<>();

  Shrinking(Member member) {
    this.member = member;
  }

  /** Waits for the other remaining ranks; NOT_READY when not all of them came in time. */
  Result<Member> join(Rendezvous rendezvous, int device, int[] excluded, Terms terms) {
    ByteBuffer others = ByteBuffer.allocate(excluded.length * Integer.BYTES);
    others.asIntBuffer().put(excluded);
    int before = times.getOrDefault(others, 0);
    byte[] path =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + others.capacity())
            .putLong(SHRINK)
            .putInt(before)
            .put(others.duplicate())
            .array();
    UniqueId id = rendezvous.childId(member.world, path);
    long mark = ByteBuffer.wrap(Rendezvous.keyOf(id)).getLong() | 1;
    publish(mark);
    Result<Member> joined =
        rendezvous.connect(
            new ConnectRequest(
                id,
                member.rank - below(excluded, member.rank),
                member.world.size() - excluded.length,
                device,
                terms.name(),
                terms.timeoutNanos()));
    if (joined.status() == StatusCode.NOT_READY) {
      Codes.error(StatusCode.NOT_READY, missing(excluded, mark));
    }
    publish(0);
    if (joined.value() != null) {
      times.put(others, before + 1);
    }
    return joined;
  }

  /** How many of the excluded ranks come before a rank. */
  private static int below(int[] excluded, int rank) {
    return (int) Arrays.stream(excluded).filter(other -> other < rank).count();
  }

  private int word(int rank) {
    return member.world.layout().member(rank) + Layout.SHRINK;
  }

  private void publish(long mark) {
    member.world.board().set(word(member.rank), mark);
  }

  private String missing(int[] excluded, long mark) {
    StringBuilder text = new StringBuilder();
    for (int rank = 0; rank < member.world.size(); rank++) {
      String why = Arrays.binarySearch(excluded, rank) < 0 ? complaint(rank, mark) : null;
      if (why != null) {
        text.append(text.length() == 0 ? "" : "; ").append("rank ").append(rank).append(why);
      }
    }
    return text.toString();
  }

  private @Nullable String complaint(int rank, long mark) {
    long theirs = member.world.board().get(word(rank));
    if (member.world.isDead(rank)) {
      return " has died";
    }
    if (theirs == 0) {
      return " has not called";
    }
    return theirs == mark ? null : " called with other ranks left out";
  }
}
