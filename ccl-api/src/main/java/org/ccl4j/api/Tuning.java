package org.ccl4j.api;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the library for one communicator ({@code ncclConfig_t}) or for one call ({@code
 * ncclCollConfig_t}); immutable. What is not set is left to the library. Most options of a
 * communicator, and all of a call, must be the same on all ranks.
 */
public final class Tuning {
  /** Everything left to the library. */
  public static final Tuning DEFAULT = new Tuning(Map.of(), "", "");

  private final Map<TuningOption, Integer> values;
  private final String network;
  private final String algorithms;

  private Tuning(Map<TuningOption, Integer> values, String network, String algorithms) {
    this.values = values;
    this.network = network;
    this.algorithms = algorithms;
  }

  /**
   * This tuning with one option set.
   *
   * @param option any that is no text
   * @param value in the option's range
   * @return a new tuning
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} for another value, {@link
   *     ErrorCode#INVALID_ARGUMENT} for an option that {@link TuningOption#isText() is a text}
   */
  public Tuning with(TuningOption option, int value) {
    Required.nonNull("option", option);
    if (option.isText()) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          option
              + " is set by name: use "
              + (option == TuningOption.NETWORK ? "withNetwork(name)." : "withAlgorithms(names)."));
    }
    if (value < option.lowest() || value > option.highest()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          option
              + " is "
              + value
              + "; allowed is "
              + option.lowest()
              + (option.highest() == Integer.MAX_VALUE
                  ? " or more."
                  : " to " + option.highest() + "."));
    }
    EnumMap<TuningOption, Integer> more = new EnumMap<>(TuningOption.class);
    more.putAll(values);
    more.put(option, value);
    return new Tuning(Collections.unmodifiableMap(more), network, algorithms);
  }

  /**
   * This tuning with a network plugin.
   *
   * @param name as the library knows it, such as {@code Socket} or {@code IB}; not empty
   * @return a new tuning
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} when the name is empty
   */
  public Tuning withNetwork(String name) {
    if (Required.nonNull("name", name).isBlank()) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT, "The network's name is empty; allowed is a plugin's name.");
    }
    return new Tuning(values, name, algorithms);
  }

  /**
   * This tuning with the algorithms that a call may use.
   *
   * @param names as the library knows them, such as {@code ring,tree} or {@code ^nvls} for all but
   *     that one; not empty, printable ASCII
   * @return a new tuning
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} when it is empty or has another
   *     character
   */
  public Tuning withAlgorithms(String names) {
    if (Required.nonNull("names", names).isBlank()
        || !names.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "The algorithms are "
              + (names.isBlank() ? "empty" : "no printable ASCII")
              + "; allowed are names that the library knows, such as ring,tree.");
    }
    return new Tuning(values, network, names);
  }

  /**
   * The value of an option.
   *
   * @param option any that is no text
   * @return empty where it is left to the library
   */
  public OptionalInt value(TuningOption option) {
    @Nullable Integer value = values.get(Required.nonNull("option", option));
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  /**
   * The value of an option; the form of the question that allocates nothing.
   *
   * @param option any that is no text
   * @param otherwise what stands for an option that is left to the library
   * @return the value
   */
  public int value(TuningOption option, int otherwise) {
    @Nullable Integer value = values.get(Required.nonNull("option", option));
    return value == null ? otherwise : value;
  }

  /**
   * The network plugin.
   *
   * @return empty where it is left to the library
   */
  public String network() {
    return network;
  }

  /**
   * The algorithms that a call may use.
   *
   * @return empty where it is left to the library
   */
  public String algorithms() {
    return algorithms;
  }

  /**
   * What is set.
   *
   * @return in the order of the enum; immutable
   */
  public Set<TuningOption> options() {
    EnumSet<TuningOption> set = EnumSet.noneOf(TuningOption.class);
    set.addAll(values.keySet());
    if (!network.isEmpty()) {
      set.add(TuningOption.NETWORK);
    }
    if (!algorithms.isEmpty()) {
      set.add(TuningOption.ALGORITHMS);
    }
    return Collections.unmodifiableSet(set);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tuning that
        && values.equals(that.values)
        && network.equals(that.network)
        && algorithms.equals(that.algorithms);
  }

  @Override
  public int hashCode() {
    return Objects.hash(values, network, algorithms);
  }

  @Override
  public String toString() {
    return "Tuning"
        + values
        + (network.isEmpty() ? "" : "[network=" + network + "]")
        + (algorithms.isEmpty() ? "" : "[algorithms=" + algorithms + "]");
  }
}
