package org.ccl4j.jna.search;

import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the system's loader says, explained. */
final class LoadError {

  private record Known(Pattern pattern, Function<Matcher, Refusal> meaning) {}

  private static final List<Known> KNOWN =
      List.of(
          known(
              "version [`'](GLIBC(?:XX)?_[^']+)' not found",
              found ->
                  new Refusal(
                      "needs "
                          + found
                          + " of the C or C++ library, which this system's is too old for",
                      "Use a build of the library for this system, or a newer system (or container"
                          + " image).")),
          known(
              "version [`']([^']+)' not found",
              found ->
                  new Refusal(
                      "needs version " + found + " of a library of which this system has another",
                      "Install the version of that library that it was built for.")),
          known(
              "(\\S+): cannot open shared object file: No such file",
              found ->
                  new Refusal(
                      "needs " + found + ", which the system's loader does not find",
                      "Install what has "
                          + found
                          + ", or add its folder to LD_LIBRARY_PATH before the program starts.")),
          known(
              "undefined symbol: ([^\\s,]+)",
              found ->
                  new Refusal(
                      "needs the symbol " + found + ", which none of its libraries has",
                      "Install the versions of its libraries that it was built for.")),
          known(
              "(cannot allocate memory in static TLS block)",
              found ->
                  new Refusal(
                      "finds no room for its thread-local data in a process that runs already",
                      "Name its file in LD_PRELOAD before the program starts.")),
          known(
              "(failed to map segment from shared object|cannot enable executable stack)",
              found ->
                  new Refusal(
                      "may not be run: the loader says " + found,
                      "Copy it to a file system that is not mounted with noexec.")));

  private LoadError() {}

  static Refusal explain(String message) {
    for (Known known : KNOWN) {
      Matcher matcher = known.pattern().matcher(message);
      if (matcher.find()) {
        return known.meaning().apply(matcher);
      }
    }
    return new Refusal(
        "is refused by the system's loader: " + Printable.of(message.strip()),
        "Install it again, or use another file of the library.");
  }

  private static Known known(String pattern, Function<String, Refusal> meaning) {
    return new Known(
        Pattern.compile(pattern), matcher -> meaning.apply(Printable.of(matcher.group(1))));
  }
}
