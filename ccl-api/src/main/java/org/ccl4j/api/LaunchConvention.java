package org.ccl4j.api;

import java.util.List;

/**
 * The launchers whose variables are known, from the inside out: where two of them left something,
 * the one further up was started by the one further down.
 *
 * <p>Each list of names is in order of preference; the first one that is set counts.
 */
@SuppressWarnings("ImmutableEnumChecker") // List.of makes lists that are
enum LaunchConvention {
  CCL(
      "ccl",
      List.of("CCL_RANK"),
      List.of("CCL_SIZE"),
      List.of("CCL_LOCAL_RANK"),
      List.of("CCL_LOCAL_SIZE"),
      List.of(),
      ""),
  TORCHRUN(
      "torchrun",
      List.of("RANK"),
      List.of("WORLD_SIZE"),
      List.of("LOCAL_RANK"),
      List.of("LOCAL_WORLD_SIZE"),
      List.of("TORCHELASTIC_RUN_ID"),
      "TORCHELASTIC_RESTART_COUNT"),
  OPEN_MPI(
      "openmpi",
      List.of("OMPI_COMM_WORLD_RANK"),
      List.of("OMPI_COMM_WORLD_SIZE"),
      List.of("OMPI_COMM_WORLD_LOCAL_RANK"),
      List.of("OMPI_COMM_WORLD_LOCAL_SIZE"),
      List.of("PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"),
      ""),
  PMI(
      "pmi",
      List.of("PMI_RANK"),
      List.of("PMI_SIZE"),
      List.of("MPI_LOCALRANKID", "PMI_LOCAL_RANK"),
      List.of("MPI_LOCALNRANKS", "PMI_LOCAL_SIZE"),
      List.of(),
      ""),
  SLURM(
      "slurm",
      List.of("SLURM_PROCID"),
      List.of("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"),
      List.of("SLURM_LOCALID"),
      List.of("SLURM_NTASKS_PER_NODE"),
      List.of("SLURM_JOB_ID"),
      "SLURM_RESTART_COUNT"),
  // A pod is a host of its own as far as its devices go, so that nothing local is asked for.
  KUBERNETES(
      "kubernetes",
      List.of("JOB_COMPLETION_INDEX"),
      List.of("CCL_SIZE", "WORLD_SIZE"),
      List.of(),
      List.of(),
      List.of(),
      "");

  /** As it is written in {@code ccl.launcher} and in messages. */
  final String text;

  final List<String> rank;
  final List<String> size;
  final List<String> localRank;
  final List<String> localSize;
  final List<String> job;
  final String restart;

  LaunchConvention(
      String text,
      List<String> rank,
      List<String> size,
      List<String> localRank,
      List<String> localSize,
      List<String> job,
      String restart) {
    this.text = text;
    this.rank = rank;
    this.size = size;
    this.localRank = localRank;
    this.localSize = localSize;
    this.job = job;
    this.restart = restart;
  }
}
