package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ccl4j.api.config.Settings;
import org.jspecify.annotations.Nullable;

/** Looks at files, and remembers what it saw for as long as a file does not change. */
final class Inspection {
  private static final int MOST_REMEMBERED = 256;
  private static final Map<Key, Optional<Refusal>> REMEMBERED = new ConcurrentHashMap<>();

  private final LibrarySpec spec;
  private final boolean isolated;
  private final Duration timeout;

  private record Key(
      LibrarySpec spec, boolean isolated, Duration timeout, Path file, long size, long modified) {}

  Inspection(LibrarySpec spec, Settings settings) {
    this.spec = spec;
    isolated =
        settings.getEnum(LibrarySearch.PROBE, LibrarySearch.Probe.class)
            == LibrarySearch.Probe.ISOLATED;
    timeout = settings.getDuration(LibrarySearch.PROBE_TIMEOUT);
  }

  /** Why a file cannot be used; empty when nothing speaks against it. */
  Optional<Refusal> of(Path file) {
    Key key = key(file);
    if (key == null) {
      return inspect(file);
    }
    Optional<Refusal> known = REMEMBERED.get(key);
    if (known != null) {
      return known;
    }
    Optional<Refusal> result = inspect(file);
    if (Thread.currentThread().isInterrupted()) {
      return result;
    }
    if (REMEMBERED.size() >= MOST_REMEMBERED) {
      REMEMBERED.clear();
    }
    REMEMBERED.put(key, result);
    return result;
  }

  private Optional<Refusal> inspect(Path file) {
    return LibraryCheck.check(file, spec)
        .or(
            () ->
                isolated
                    ? new IsolatedCheck(timeout).check(file, spec.versionFunction())
                    : Optional.empty());
  }

  private @Nullable Key key(Path file) {
    try {
      BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
      return facts.isRegularFile() && Files.isReadable(file)
          ? new Key(
              spec, isolated, timeout, file, facts.size(), facts.lastModifiedTime().toMillis())
          : null;
    } catch (IOException e) {
      return null;
    }
  }
}
