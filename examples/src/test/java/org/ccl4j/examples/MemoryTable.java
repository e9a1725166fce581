package org.ccl4j.examples;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Stands for a table of a database. */
final class MemoryTable implements TableStore.Table {
  private final Map<String, String> rows = new ConcurrentHashMap<>();

  @Override
  public Optional<String> select(String key) {
    return Optional.ofNullable(rows.get(key));
  }

  @Override
  public boolean write(String key, Optional<String> expected, String value) {
    return expected
        .map(old -> rows.replace(key, old, value))
        .orElseGet(() -> rows.putIfAbsent(key, value) == null);
  }

  @Override
  public boolean delete(String key) {
    return rows.remove(key) != null;
  }
}
