package org.ccl4j.api;

import java.util.Optional;
import org.ccl4j.api.config.Settings;

/**
 * What the launcher of this process says about its place among the ranks of a job: read from
 * variables alone, without touching a file or a network.
 *
 * <p>Known are, from the inside out: our own variables ({@code CCL_RANK}), torchrun, Open MPI,
 * MPICH and other launchers that speak PMI, Slurm, and indexed jobs of Kubernetes. Launchers nest
 * (Slurm starts an agent on each host, and the agent starts ranks), so several may have left
 * something. The innermost one that is complete counts. Another one is in order when it says the
 * same, or when it stands further out and has fewer ranks, because then those are the agents.
 * Anything else is a contradiction and an error.
 *
 * @param rank this participant, 0 to size - 1
 * @param size the number of participants
 * @param localRank its place among the participants of this host
 * @param localSize the number of participants on this host; 0 when unknown
 * @param masterHost where rank 0 can serve a store; empty when nobody said
 * @param masterPort the port for that; 0 when nobody said, or when it is taken by the launcher
 * @param jobId what tells this job from others, with the number of its restart; empty when unknown
 * @param source the launcher and the variables that were used, for messages and reports
 */
public record LaunchInfo(
    int rank,
    int size,
    int localRank,
    int localSize,
    String masterHost,
    int masterPort,
    String jobId,
    String source) {

  /**
   * Looks for the variables of all launchers known.
   *
   * @param settings where to look
   * @return what was found; empty when no launcher left anything, or {@code ccl.launcher} is {@code
   *     none}
   * @throws CclUsageException {@link ErrorCode#INVALID_LAUNCH} when variables of a launcher are
   *     missing, are out of range, or contradict those of another; the message prints all of them
   */
  public static Optional<LaunchInfo> find(Settings settings) {
    return new LaunchReader(Required.nonNull("settings", settings)).read();
  }

  /**
   * Why {@link #find} finds nothing, for a program that needs a launcher.
   *
   * @param settings where to look
   * @return names every variable that was looked for, and what else was seen
   */
  public static String explainAbsence(Settings settings) {
    return new LaunchReader(Required.nonNull("settings", settings)).explainAbsence();
  }
}
