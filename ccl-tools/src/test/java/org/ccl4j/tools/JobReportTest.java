package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.ccl4j.bootstrap.JobEnd;
import org.ccl4j.bootstrap.RankEnd;
import org.junit.jupiter.api.Test;

final class JobReportTest {
  private static RankEnd rank(int rank, int exitCode, RankEnd.Means means) {
    return new RankEnd(
        rank, 100 + rank, exitCode, Duration.ofMillis(1234), Instant.ofEpochSecond(0), means);
  }

  private static String report(JobEnd.Cause cause, String elsewhere, List<RankEnd> ranks) {
    Optional<RankEnd> first =
        cause == JobEnd.Cause.RANK_FAILED ? Optional.of(ranks.get(0)) : Optional.empty();
    return JobReport.of(new JobEnd(cause, 1, ranks, first, elsewhere, Duration.ofMillis(2500)))
        .replaceAll("\\d\\d:\\d\\d:\\d\\d", "TIME");
  }

  @Test
  void successIsNotWorthALine() {
    assertEquals("", report(JobEnd.Cause.SUCCESS, "", List.of(rank(0, 0, RankEnd.Means.ITSELF))));
  }

  @Test
  void failureNamesTheRankAndWhatBecameOfAllOthers() {
    assertEquals(
        "rank 2 ended first, with exit code 3, at TIME after 1.2 s (process 102);"
            + " rank 5 ended with exit code 139 (SIGSEGV) as well;"
            + " ranks 0, 1 ended by SIGTERM; rank 3 had to be ended by SIGKILL;"
            + " rank 4 had ended with exit code 0.",
        report(
            JobEnd.Cause.RANK_FAILED,
            "",
            List.of(
                rank(2, 3, RankEnd.Means.ITSELF),
                rank(5, 139, RankEnd.Means.ITSELF),
                rank(1, 143, RankEnd.Means.TERMINATED),
                rank(0, 143, RankEnd.Means.TERMINATED),
                rank(3, 137, RankEnd.Means.KILLED),
                rank(4, 0, RankEnd.Means.ITSELF))));
  }

  @Test
  void otherEndsSayWhatTheyAre() {
    List<RankEnd> ended = List.of(rank(0, 143, RankEnd.Means.TERMINATED));
    assertEquals(
        "the time was over after 2.5 s; rank 0 ended by SIGTERM.",
        report(JobEnd.Cause.TIMEOUT, "", ended));
    assertEquals(
        "told to end after 2.5 s; rank 0 ended by SIGTERM.",
        report(JobEnd.Cause.STOPPED, "", ended));
    assertEquals(
        "the job failed on host 1: rank 5 ended with exit code 3; rank 0 ended by SIGTERM.",
        report(JobEnd.Cause.FAILED_ELSEWHERE, "host 1: rank 5 ended with exit code 3", ended));
  }

  @Test
  void exitCodesAboveAllSignalsAreNoSignals() {
    assertEquals("exit code 255", JobReport.code(255));
    assertEquals("exit code 128", JobReport.code(128));
    assertTrue(JobReport.code(137).contains("SIGKILL"), JobReport.code(137));
    assertEquals("exit code 192 (signal 64)", JobReport.code(192));
  }
}
