package org.ccl4j.tools;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RankPrinterTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final RankPrinter printer = new RankPrinter(out, err, null);

  private static void print(RankPrinter printer, int rank, boolean isError, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    printer.output(rank, isError, bytes, bytes.length);
  }

  @Test
  void eachLineHasItsRankInFrontAndKeepsItsStream() {
    print(printer, 0, false, "one\ntwo\n");
    print(printer, 12, true, "three\n\n");
    assertEquals("[rank 0] one\n[rank 0] two\n", out.toString(ISO_8859_1));
    assertEquals("[rank 12] three\n[rank 12] \n", err.toString(ISO_8859_1));
  }

  @Test
  void linesWaitForTheirEnd() {
    print(printer, 0, false, "half");
    print(printer, 1, false, "whole\n");
    print(printer, 0, false, " and half\nlast");
    assertEquals("[rank 1] whole\n[rank 0] half and half\n", out.toString(ISO_8859_1));
    printer.outputEnded(0, false);
    assertTrue(out.toString(ISO_8859_1).endsWith("[rank 0] last\n"), out::toString);
  }

  @Test
  void bytesStayAsTheyAre() {
    StringBuilder all = new StringBuilder();
    for (int value = 0; value < 256; value++) {
      if (value != '\n') {
        all.append((char) value);
      }
    }
    print(printer, 3, false, all + "\n");
    assertEquals("[rank 3] " + all + "\n", out.toString(ISO_8859_1));
  }

  @Test
  void longLinesAreCutAndLoseNothing() {
    String line = "x".repeat(RankPrinter.LONGEST_LINE * 2 + 10);
    for (int from = 0; from < line.length(); from += 1000) {
      print(printer, 1, false, line.substring(from, Math.min(line.length(), from + 1000)));
    }
    print(printer, 1, false, "\n");
    List<String> lines = out.toString(ISO_8859_1).lines().toList();
    assertEquals(3, lines.size());
    assertEquals(line, String.join("", lines).replace("[rank 1] ", ""));
    assertEquals("[rank 1] ".length() + RankPrinter.LONGEST_LINE, lines.get(0).length());
  }

  @Test
  void linesOfManyRanksNeverMix() throws Exception {
    int ranks = 8;
    int count = 5000;
    ExecutorService threads = Executors.newFixedThreadPool(ranks);
    List<Future<?>> running = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      int self = rank;
      running.add(
          threads.submit(
              () -> {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < count; i++) {
                  text.append(self).append(':').append(i).append("x".repeat(i % 50)).append('\n');
                }
                // In pieces that know nothing of lines.
                for (int from = 0; from < text.length(); from += 777) {
                  print(
                      printer,
                      self,
                      false,
                      text.substring(from, Math.min(text.length(), from + 777)));
                }
              }));
    }
    for (Future<?> each : running) {
      each.get(60, TimeUnit.SECONDS);
    }
    threads.shutdown();
    List<String> lines = out.toString(ISO_8859_1).lines().toList();
    assertEquals(ranks * count, lines.size());
    for (int rank = 0; rank < ranks; rank++) {
      String start = "[rank " + rank + "] " + rank + ":";
      List<String> own = lines.stream().filter(line -> line.startsWith(start)).toList();
      for (int i = 0; i < count; i++) {
        assertEquals(start + i + "x".repeat(i % 50), own.get(i));
      }
    }
  }

  @Test
  void logsHaveTheLinesWithoutTheRankForTheirOwnerAlone(@TempDir Path folder) throws IOException {
    Path logs = folder.resolve("new/logs");
    Files.createDirectories(logs);
    Files.writeString(logs.resolve("rank-4.log"), "of an earlier job");
    try (RankLogs files = RankLogs.open(logs.toString(), 4, 2, complaint -> {})) {
      RankPrinter logging = new RankPrinter(out, err, files);
      print(logging, 4, false, "one\ntw");
      print(logging, 4, true, "error\n");
      print(logging, 4, false, "o\n");
    }
    assertEquals("one\nerror\ntwo\n", Files.readString(logs.resolve("rank-4.log")));
    assertEquals("", Files.readString(logs.resolve("rank-5.log")));
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(logs.resolve("rank-4.log"))));
  }

  @Test
  void folderThatCannotBeWrittenIsAMistake(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    UsageException mistake =
        assertThrows(
            UsageException.class, () -> RankLogs.open(file.toString(), 0, 1, complaint -> {}));
    assertTrue(
        String.valueOf(mistake.getMessage()).startsWith("--log-dir is '" + file + "'; allowed is"),
        mistake::toString);
  }
}
