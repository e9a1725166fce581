package org.ccl4j.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCategory;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.UniqueId;
import org.jspecify.annotations.Nullable;

/**
 * How the ranks of a communicator find each other over a store.
 *
 * <p>Each meeting over one store has a number, which every rank counts for itself. In a meeting
 * each rank leaves a hello; rank 0 collects and compares them and leaves a verdict, which all
 * others read: the unique id, or what is wrong. So every rank fails for the same reason, and with
 * {@code n} ranks the store sees {@code 3 n} requests and not {@code n * n}.
 */
final class Rendezvous {
  /** Tells the devices of this process from those of others that have the same bus id. */
  static final String PROCESS = UUID.randomUUID().toString();

  private static final String SEPARATOR = "\n";

  private final RankContext ranks;
  private final Store store;
  private final long timeoutNanos;
  private final Hello hello;
  private final long end;
  private long meeting;

  Rendezvous(RankContext ranks, long timeoutNanos, Hello hello) {
    this.ranks = ranks;
    this.store = ranks.store();
    this.timeoutNanos = timeoutNanos;
    this.hello = hello;
    this.end = System.nanoTime() + timeoutNanos;
  }

  /**
   * What a rank says about itself.
   *
   * @param size how many ranks it expects
   * @param backend its backend
   * @param version the library's version
   * @param process its process
   * @param busId its device
   */
  record Hello(int size, String backend, String version, String process, String busId) {

    private byte[] toBytes() {
      return String.join(SEPARATOR, String.valueOf(size), backend, version, process, busId)
          .getBytes(UTF_8);
    }

    private static Hello parse(String key, byte[] bytes) {
      try {
        String[] parts = new String(bytes, UTF_8).split(SEPARATOR, 5);
        return new Hello(Integer.parseInt(parts[0]), parts[1], parts[2], parts[3], parts[4]);
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new CclLibraryException(
            ErrorCode.STORE_FAILED,
            "connect: key '"
                + key
                + "' of the store holds "
                + bytes.length
                + " bytes that no rank wrote; allowed is a store whose keys under ccl/ are left"
                + " alone. Use another store or a prefix.",
            ErrorDetails.NONE,
            e);
      }
    }
  }

  /** How a meeting ended. */
  private enum Verdict {
    MEET,
    WRONG,
    LATE
  }

  /** Meets the other ranks and gives the id that rank 0 made. */
  UniqueId meet(Supplier<UniqueId> newId) {
    while (true) {
      meeting = store.add("ccl/meeting/" + ranks.rank(), 1);
      store.set(helloKey(meeting, ranks.rank()), hello.toBytes());
      if (ranks.rank() == 0) {
        return lead(newId);
      }
      Optional<UniqueId> id = follow();
      if (id.isPresent()) {
        return id.get();
      }
    }
  }

  private static String helloKey(long of, int rank) {
    return "ccl/" + of + "/hello/" + rank;
  }

  private static String verdictKey(long of) {
    return "ccl/" + of + "/verdict";
  }

  private UniqueId lead(Supplier<UniqueId> newId) {
    try {
      List<Hello> hellos = new ArrayList<>();
      for (int rank = 0; rank < ranks.size(); rank++) {
        String key = helloKey(meeting, rank);
        hellos.add(Hello.parse(key, await(key)));
      }
      // Whoever is here has read the verdict of the meeting before.
      tidy(meeting - 1, true);
      requireAlike(hellos);
      requireOwnDevices(hellos);
      UniqueId id = newId.get();
      publish(Verdict.MEET, ranks.size() + SEPARATOR + id.toText());
      return id;
    } catch (CclException e) {
      if (e.code() == ErrorCode.STORE_TIMEOUT) {
        List<Integer> missing = missing();
        publish(Verdict.LATE, missing.toString());
        throw late(missing, e);
      }
      publish(Verdict.WRONG, e.code() + SEPARATOR + stripped(e));
      throw e;
    }
  }

  private void publish(Verdict verdict, String text) {
    store.set(verdictKey(meeting), (verdict + SEPARATOR + text).getBytes(UTF_8));
    if (verdict != Verdict.LATE) {
      tidy(meeting, false);
    }
  }

  private byte[] await(String key) {
    return store.await(key, Duration.ofNanos(Math.max(1, end - System.nanoTime())));
  }

  /** The id; empty when this rank came to a meeting that was over, so that the next one is due. */
  private Optional<UniqueId> follow() {
    String[] verdict;
    try {
      verdict = new String(await(verdictKey(meeting)), UTF_8).split(SEPARATOR, 3);
    } catch (CclTimeoutException e) {
      throw e.code() == ErrorCode.STORE_TIMEOUT ? late(missing(), e) : e;
    }
    return switch (Verdict.valueOf(verdict[0])) {
      case MEET -> Optional.of(accept(Integer.parseInt(verdict[1]), verdict[2]));
      case WRONG -> throw wrong(ErrorCode.valueOf(verdict[1]), verdict[2]);
      case LATE -> {
        List<Integer> missing = parseRanks(verdict[1]);
        if (!missing.contains(ranks.rank())) {
          throw late(missing, null);
        }
        yield Optional.empty();
      }
    };
  }

  /** What rank 0 found, in the same words on every rank. */
  private static CclException wrong(ErrorCode code, String message) {
    return code.category() == ErrorCategory.FIX_CALL
        ? new CclUsageException(code, message)
        : new CclLibraryException(
            ErrorCode.REMOTE_FAILURE, "connect: rank 0 could not go on: " + message);
  }

  private static List<Integer> parseRanks(String text) {
    List<Integer> parsed = new ArrayList<>();
    for (String rank : text.substring(1, text.length() - 1).split(", ", -1)) {
      if (!rank.isEmpty()) {
        parsed.add(Integer.valueOf(rank));
      }
    }
    return parsed;
  }

  private UniqueId accept(int size, String id) {
    if (size != ranks.size()) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "connect: size is "
              + ranks.size()
              + " on rank "
              + ranks.rank()
              + " and "
              + size
              + " on rank 0; all ranks must pass the same.");
    }
    return UniqueId.parse(id);
  }

  private void requireAlike(List<Hello> hellos) {
    Hello first = hellos.get(0);
    requireAlike(hellos, "size", ErrorCode.INVALID_ARGUMENT, first, h -> String.valueOf(h.size()));
    requireAlike(hellos, "backend", ErrorCode.INVALID_ARGUMENT, first, Hello::backend);
    requireAlike(hellos, "library version", ErrorCode.INVALID_ARGUMENT, first, Hello::version);
  }

  private static void requireAlike(
      List<Hello> hellos, String what, ErrorCode code, Hello first, Function<Hello, String> part) {
    List<Integer> others = new ArrayList<>();
    for (int rank = 0; rank < hellos.size(); rank++) {
      if (!part.apply(hellos.get(rank)).equals(part.apply(first))) {
        others.add(rank);
      }
    }
    if (!others.isEmpty()) {
      throw new CclUsageException(
          code,
          "connect: the "
              + what
              + " is "
              + part.apply(first)
              + " on rank 0 and "
              + part.apply(hellos.get(others.get(0)))
              + " on rank "
              + others.get(0)
              + "; the ranks "
              + others
              + " differ from rank 0. All ranks must have the same.");
    }
  }

  private static void requireOwnDevices(List<Hello> hellos) {
    Map<String, Integer> taken = new HashMap<>();
    for (int rank = 0; rank < hellos.size(); rank++) {
      Hello hello = hellos.get(rank);
      Integer other = taken.putIfAbsent(hello.process() + SEPARATOR + hello.busId(), rank);
      if (other != null) {
        throw new CclUsageException(
            ErrorCode.DUPLICATE_DEVICE,
            "connect: the ranks "
                + other
                + " and "
                + rank
                + " both brought the device with bus id "
                + hello.busId()
                + "; allowed is a device of its own for each rank. Take the device of the local"
                + " rank.");
      }
    }
  }

  private List<Integer> missing() {
    List<Integer> missing = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      if (store.get(helloKey(meeting, rank)).isEmpty()) {
        missing.add(rank);
      }
    }
    return missing;
  }

  private CclTimeoutException late(List<Integer> missing, @Nullable CclException cause) {
    return new CclTimeoutException(
        ErrorCode.CONNECT_TIMEOUT,
        "connect: "
            + (missing.isEmpty()
                ? "rank 0 had not decided"
                : (missing.size() == 1 ? "rank " : "ranks ")
                    + join(missing)
                    + " of "
                    + ranks.size()
                    + " had not come")
            + " within "
            + Duration.ofNanos(timeoutNanos)
            + ". Start the missing ranks, or look at why they ended, then connect again.",
        ErrorDetails.NONE.withOperation("connect"),
        cause);
  }

  private static String join(List<Integer> ranks) {
    return ranks.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** The message without the code, which the exception made from it puts in front again. */
  private static String stripped(CclException e) {
    String message = e.getMessage();
    String code = e.code().text() + " ";
    return message.startsWith(code) ? message.substring(code.length()) : message;
  }

  /**
   * Removes the hellos of a meeting; with its verdict where every rank is known to have left it.
   */
  private void tidy(long of, boolean withVerdict) {
    try {
      for (int rank = 0; rank < ranks.size(); rank++) {
        store.delete(helloKey(of, rank));
      }
      if (withVerdict) {
        store.delete(verdictKey(of));
      }
    } catch (CclException e) {
      // A few keys that stay behind are no reason not to connect.
      System.getLogger(Rendezvous.class.getName())
          .log(System.Logger.Level.DEBUG, "keys of a finished meeting stay in the store", e);
    }
  }
}
