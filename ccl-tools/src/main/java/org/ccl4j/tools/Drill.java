package org.ccl4j.tools;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ccl4j.api.Capability;
import org.jspecify.annotations.Nullable;

/** The drills: programs that do to a library what breaks programs. */
enum Drill {
  GRAPH_REPLAY(
      1, Capability.GRAPHS, "a captured all-reduce, launched 1000 times", GraphDrills::replay),
  GRAPH_PAIR(1, Capability.GRAPHS, "two graphs of one communicator in turn", GraphDrills::pair),
  GRAPH_ORDER(
      1,
      Capability.GRAPHS,
      "graphs, communicators and streams closed in every order",
      GraphDrills::order),
  GRAPH_PROCESSES(
      1,
      Capability.GRAPHS,
      "a captured all-reduce of a process for each rank, launched 1000 times",
      GraphDrills::processes),
  CONNECT_MISSING(1, null, "connecting where one rank never comes", FaultDrills::missing),
  OPERATION_DEADLINE(
      2, null, "an operation that one rank never joins, with a deadline", FaultDrills::deadline),
  ABORT(2, null, "aborting with operations in flight", FaultDrills::abort),
  RANK_KILLED(2, null, "a process killed in the middle of an all-reduce loop", FaultDrills::killed),
  CONNECT_CYCLES(
      1, null, "connecting and closing again and again, and the memory after", LeakDrill::cycles);

  /** What a drill does. */
  interface Body {
    /**
     * Runs it.
     *
     * @return what is worth telling of a success
     * @throws DrillFailure when the library did not do what it must
     */
    String run(DrillSite site);
  }

  private final int leastRanks;
  private final @Nullable Capability needed;
  private final String summary;

  @SuppressWarnings("ImmutableEnumChecker") // all of them are references to static methods
  private final Body body;

  Drill(int leastRanks, @Nullable Capability needed, String summary, Body body) {
    this.leastRanks = leastRanks;
    this.needed = needed;
    this.summary = summary;
    this.body = body;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String summary() {
    return summary;
  }

  /** Why the drill cannot be run here; empty when it can. */
  String obstacle(DrillSite site) {
    if (site.ranks() < leastRanks) {
      return "needs " + leastRanks + " devices";
    }
    if (needed != null && !site.ccl().backend().can(needed)) {
      return "the library lacks " + needed;
    }
    return "";
  }

  String run(DrillSite site) {
    return body.run(site);
  }

  static List<Drill> parse(List<String> names) {
    return names.isEmpty() ? List.of(values()) : names.stream().map(Drill::parse).toList();
  }

  private static Drill parse(String text) {
    return Arrays.stream(values())
        .filter(drill -> drill.text().equals(text))
        .findFirst()
        .orElseThrow(() -> UsageException.notAllowed("NAME", text, allowed()));
  }

  private static String allowed() {
    return Arrays.stream(values()).map(Drill::text).collect(Collectors.joining(", "));
  }
}
