package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderPatternTest {
  @TempDir private Path folder;

  @Test
  void theOneWithoutAVersionComesFirstAndThenTheNewest() throws Exception {
    for (String name : List.of("tool-12.9", "tool-13", "tool", "tool-12.10", "tool-12", "other")) {
      Files.createDirectories(folder.resolve(name).resolve("lib64"));
    }
    Files.createFile(folder.resolve("tool-14"));

    assertEquals(
        List.of("tool", "tool-13", "tool-12.10", "tool-12.9", "tool-12"),
        FolderPattern.expand(folder, "/tool*/lib64").stream()
            .map(found -> folder.relativize(found).getName(0).toString())
            .toList());
  }

  @Test
  void severalPartsOfAPatternMayBeOpen() throws Exception {
    Path wanted = Files.createDirectories(folder.resolve("a1/targets/x86/lib"));
    Files.createDirectories(folder.resolve("a1/targets/none"));

    assertEquals(List.of(wanted), FolderPattern.expand(folder, "a*/targets/*/lib"));
    assertEquals(List.of(), FolderPattern.expand(folder.resolve("gone"), "a*/lib"));
    assertEquals(List.of(folder), FolderPattern.expand(folder, ""));
  }
}
