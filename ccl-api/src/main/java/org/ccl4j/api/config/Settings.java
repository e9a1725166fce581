package org.ccl4j.api.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * A read-only view of the configuration: explicit values first, then system properties, then the
 * environment, then the {@linkplain Setting#defaultValue() default}.
 *
 * <p>Blank values count as unset, because shells and CI systems set empty variables freely.
 * Instances are immutable and safe for use by several threads; system properties are read anew at
 * every call.
 */
public final class Settings {
  private final Map<String, String> explicit;
  private final Function<String, @Nullable String> properties;
  private final Function<String, @Nullable String> environment;

  private Settings(
      Map<String, String> explicit,
      Function<String, @Nullable String> properties,
      Function<String, @Nullable String> environment) {
    this.explicit = Map.copyOf(explicit);
    this.properties = properties;
    this.environment = environment;
  }

  /**
   * The configuration of this process.
   *
   * @return a view of the system properties and the environment
   */
  public static Settings system() {
    return new Settings(Map.of(), System::getProperty, System::getenv);
  }

  /**
   * A configuration that ignores the process, for tests and for embedding.
   *
   * @param values key to value
   * @return a view of these values alone
   */
  public static Settings of(Map<String, String> values) {
    return new Settings(values, key -> null, name -> null);
  }

  /**
   * A configuration with given properties and environment in place of those of the process.
   *
   * @param properties looks a system property up; null when unset
   * @param environment looks an environment variable up; null when unset
   * @return a view of the two
   */
  public static Settings of(
      UnaryOperator<@Nullable String> properties, UnaryOperator<@Nullable String> environment) {
    return new Settings(Map.of(), properties, environment);
  }

  /**
   * This configuration with some keys set explicitly; explicit values win over everything else.
   *
   * @param values key to value
   * @return a new view
   */
  public Settings with(Map<String, String> values) {
    Map<String, String> merged = new HashMap<>(explicit);
    merged.putAll(values);
    return new Settings(merged, properties, environment);
  }

  /**
   * Looks a key up.
   *
   * @param setting the key
   * @return the value, the default where unset, empty where there is no default either
   */
  public Optional<String> get(Setting setting) {
    return origin(setting)
        .map(Origin::value)
        .or(() -> Optional.of(setting.defaultValue()).filter(v -> !v.isEmpty()));
  }

  /**
   * Looks a key up and says where the value came from.
   *
   * @param setting the key
   * @return the value that somebody set and where; empty when nobody did
   */
  public Optional<Origin> origin(Setting setting) {
    Origin fromCode = Origin.of(explicit.get(setting.key()), "explicit value of " + setting.key());
    if (fromCode != null) {
      return Optional.of(fromCode);
    }
    Origin fromProperty =
        Origin.of(properties.apply(setting.key()), "system property " + setting.key());
    if (fromProperty != null) {
      return Optional.of(fromProperty);
    }
    String name = setting.environmentVariable();
    return Optional.ofNullable(Origin.of(environment.apply(name), "environment variable " + name));
  }

  /**
   * Looks an environment variable up that other software defines, such as {@code RANK}.
   *
   * @param name the variable
   * @return its value; empty when unset or blank
   */
  public Optional<String> environmentVariable(String name) {
    return Optional.ofNullable(environment.apply(name))
        .map(String::strip)
        .filter(v -> !v.isEmpty());
  }

  /**
   * Looks a whole number up.
   *
   * @param setting the key; it must have a default
   * @param min the smallest allowed value
   * @param max the largest allowed value
   * @return the number
   * @throws CclUsageException {@link ErrorCode#INVALID_SETTING} when the value is no number or out
   *     of range
   */
  public long getLong(Setting setting, long min, long max) {
    String text = get(setting).orElseThrow();
    try {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the one message for both mistakes
    }
    throw invalid(setting, text, "a whole number from " + min + " to " + max);
  }

  /**
   * Looks a switch up.
   *
   * @param setting the key; it must have a default
   * @return true for {@code on}, {@code true} or {@code 1}, false for {@code off}, {@code false} or
   *     {@code 0}; in any case
   * @throws CclUsageException {@link ErrorCode#INVALID_SETTING} for anything else
   */
  public boolean getBoolean(Setting setting) {
    String text = get(setting).orElseThrow();
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "on", "1" -> true;
      case "false", "off", "0" -> false;
      default -> throw invalid(setting, text, "on or off, also written true or false, 1 or 0");
    };
  }

  /**
   * Looks a constant of an enum up, by its name in any case.
   *
   * @param <E> the enum
   * @param setting the key; it must have a default
   * @param type the enum's class
   * @return the constant
   * @throws CclUsageException {@link ErrorCode#INVALID_SETTING} when there is no such constant
   */
  public <E extends Enum<E>> E getEnum(Setting setting, Class<E> type) {
    String text = get(setting).orElseThrow();
    E[] constants = Objects.requireNonNull(type.getEnumConstants());
    for (E constant : constants) {
      if (constant.name().equalsIgnoreCase(text)) {
        return constant;
      }
    }
    throw invalid(setting, text, "one of " + Arrays.toString(constants));
  }

  /**
   * Looks a length of time up, written in seconds ({@code 30}) or with a unit ({@code 500ms},
   * {@code 30s}, {@code 5m}).
   *
   * @param setting the key; it must have a default
   * @return the length of time, greater than zero
   * @throws CclUsageException {@link ErrorCode#INVALID_SETTING} when it does not parse or is not
   *     positive
   */
  public Duration getDuration(Setting setting) {
    String text = get(setting).orElseThrow();
    java.util.regex.Matcher match =
        java.util.regex.Pattern.compile("(\\d{1,9})(ms|s|m)?").matcher(text);
    if (match.matches()) {
      long number = Long.parseLong(match.group(1));
      String unit = match.group(2);
      Duration value =
          "ms".equals(unit)
              ? Duration.ofMillis(number)
              : "m".equals(unit) ? Duration.ofMinutes(number) : Duration.ofSeconds(number);
      if (!value.isZero()) {
        return value;
      }
    }
    throw invalid(setting, text, "a length of time greater than zero such as 500ms, 30s or 5m");
  }

  private CclUsageException invalid(Setting setting, String value, String allowed) {
    String where = origin(setting).map(Origin::description).orElse("default of " + setting.key());
    return new CclUsageException(
        ErrorCode.INVALID_SETTING,
        where + " is '" + value + "'; allowed is " + allowed + ". Correct or unset it.");
  }

  /**
   * A value and where it was set.
   *
   * @param value the value, stripped, never blank
   * @param description where, in words for a report, such as {@code environment variable
   *     CCL_BACKEND}
   */
  public record Origin(String value, String description) {
    private static @Nullable Origin of(@Nullable String value, String description) {
      return value == null || value.isBlank() ? null : new Origin(value.strip(), description);
    }
  }
}
