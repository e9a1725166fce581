package org.ccl4j.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;

/**
 * What some ranks say about themselves. What many have in common is written once, so that the value
 * for thousands of ranks stays well below what a store takes.
 */
final class Roster {
  private final TreeMap<Integer, Hello> hellos = new TreeMap<>();

  /**
   * What must be the same on all ranks.
   *
   * @param size how many ranks there are
   * @param backend the backend's id
   * @param version the library's version
   * @param capabilities what the library can do, because what it cannot is composed of other calls
   * @param configuration what the backend wants compared
   * @param tuning what is asked of the library
   */
  record Facts(
      int size,
      String backend,
      String version,
      String capabilities,
      String configuration,
      String tuning) {}

  /**
   * What a rank says about itself.
   *
   * @param facts what must be the same on all ranks
   * @param machine what its device is in
   * @param busId its device; where ranks may share one, also who opened it
   */
  record Hello(Facts facts, String machine, String busId) {}

  void add(int rank, Hello hello) {
    hellos.put(rank, hello);
  }

  void addAll(Roster other) {
    hellos.putAll(other.hellos);
  }

  boolean contains(int rank) {
    return hellos.containsKey(rank);
  }

  /** Whether all ranks that are known say the same. */
  boolean isAlike() {
    return hellos.values().stream().map(Hello::facts).distinct().count() <= 1;
  }

  /** What {@link #read} reads back. */
  List<Object> toFields() {
    Map<Facts, Integer> facts = new LinkedHashMap<>();
    Map<String, Integer> machines = new LinkedHashMap<>();
    for (Hello hello : hellos.values()) {
      facts.putIfAbsent(hello.facts, facts.size());
      machines.putIfAbsent(hello.machine, machines.size());
    }
    List<Object> out = new ArrayList<>();
    out.add(facts.size());
    for (Facts each : facts.keySet()) {
      out.add(each.size);
      out.add(each.backend);
      out.add(each.version);
      out.add(each.capabilities);
      out.add(each.configuration);
      out.add(each.tuning);
    }
    out.add(machines.size());
    out.addAll(machines.keySet());
    out.add(hellos.size());
    hellos.forEach(
        (rank, hello) -> {
          out.add(rank);
          out.add(facts.getOrDefault(hello.facts, 0));
          out.add(machines.getOrDefault(hello.machine, 0));
          out.add(hello.busId);
        });
    return out;
  }

  static Roster read(Fields in) {
    List<Facts> facts = new ArrayList<>();
    for (int left = in.nextInt(); left > 0; left--) {
      facts.add(new Facts(in.nextInt(), in.next(), in.next(), in.next(), in.next(), in.next()));
    }
    List<String> machines = new ArrayList<>();
    for (int left = in.nextInt(); left > 0; left--) {
      machines.add(in.next());
    }
    Roster roster = new Roster();
    for (int left = in.nextInt(); left > 0; left--) {
      int rank = in.nextInt();
      Facts common = facts.get(in.nextInt());
      String machine = machines.get(in.nextInt());
      roster.add(rank, new Hello(common, machine, in.next()));
    }
    return roster;
  }

  void requireAlike() {
    requireAlike("number of ranks", facts -> String.valueOf(facts.size));
    requireAlike("backend", Facts::backend);
    requireAlike("library version", Facts::version);
    requireAlike("capabilities of the library", Facts::capabilities);
    requireAlike("configuration of the backend", Facts::configuration);
    requireAlike("tuning", Facts::tuning);
  }

  private void requireAlike(String what, Function<Facts, String> part) {
    Map<String, RankSet> values = new LinkedHashMap<>();
    hellos.forEach(
        (rank, hello) ->
            values.computeIfAbsent(part.apply(hello.facts), value -> new RankSet()).add(rank));
    if (values.size() > 1) {
      throw new CclUsageException(
          ErrorCode.RANKS_DIFFER,
          "connect: the "
              + what
              + " is "
              + values.entrySet().stream()
                  .map(e -> "'" + e.getKey() + "' on " + e.getValue().named())
                  .collect(Collectors.joining(" and "))
              + "; allowed is the same on all ranks. Start all of them alike.");
    }
  }

  void requireOwnDevices() {
    Map<List<String>, Integer> taken = new HashMap<>();
    hellos.forEach(
        (rank, hello) -> {
          Integer other = taken.putIfAbsent(List.of(hello.machine, hello.busId), rank);
          if (other != null) {
            throw new CclUsageException(
                ErrorCode.DUPLICATE_DEVICE,
                "connect: the ranks "
                    + other
                    + " and "
                    + rank
                    + " both brought the device with bus id "
                    + hello.busId
                    + " of machine "
                    + hello.machine
                    + "; allowed is a device of its own for each rank, or a Ccl of its own where ranks"
                    + " can share devices. Take the device of the local rank, or there open a Ccl for"
                    + " each.");
          }
        });
  }
}
