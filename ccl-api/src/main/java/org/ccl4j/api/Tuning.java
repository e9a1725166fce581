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
 * What is asked of the library for one communicator ({@code ncclConfig_t}); immutable. What is not
 * set is left to the library. Most options must be the same on all ranks.
 */
public final class Tuning {
  /** Everything left to the library. */
  public static final Tuning DEFAULT = new Tuning(Map.of(), "");

  private final Map<TuningOption, Integer> values;
  private final String network;

  private Tuning(Map<TuningOption, Integer> values, String network) {
    this.values = values;
    this.network = network;
  }

  /**
   * This tuning with one option set.
   *
   * @param option any but {@link TuningOption#NETWORK}
   * @param value in the option's range
   * @return a new tuning
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} for another value, {@link
   *     ErrorCode#INVALID_ARGUMENT} for {@link TuningOption#NETWORK}
   */
  public Tuning with(TuningOption option, int value) {
    Required.nonNull("option", option);
    if (option == TuningOption.NETWORK) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT, "NETWORK is set by name: use withNetwork(name).");
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
    return new Tuning(Collections.unmodifiableMap(more), network);
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
    return new Tuning(values, name);
  }

  /**
   * The value of an option.
   *
   * @param option any but {@link TuningOption#NETWORK}
   * @return empty where it is left to the library
   */
  public OptionalInt value(TuningOption option) {
    @Nullable Integer value = values.get(Required.nonNull("option", option));
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
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
    return Collections.unmodifiableSet(set);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tuning that
        && values.equals(that.values)
        && network.equals(that.network);
  }

  @Override
  public int hashCode() {
    return Objects.hash(values, network);
  }

  @Override
  public String toString() {
    return "Tuning" + values + (network.isEmpty() ? "" : "[network=" + network + "]");
  }
}
