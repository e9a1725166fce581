package org.ccl4j.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from the variables of launchers, one row for each situation. */
class LaunchInfoTest {
  private static final String TORCHRUN = "RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4";
  private static final String OPEN_MPI =
      "OMPI_COMM_WORLD_RANK=5 OMPI_COMM_WORLD_SIZE=8 OMPI_COMM_WORLD_LOCAL_RANK=1"
          + " OMPI_COMM_WORLD_LOCAL_SIZE=4";
  private static final String SLURM =
      "SLURM_JOB_ID=77 SLURM_STEP_ID=3 SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_LOCALID=1";

  private static Settings environment(String text) {
    Map<String, String> variables = new HashMap<>();
    for (String variable : text.strip().split("\\s+", -1)) {
      if (!variable.isEmpty()) {
        String[] parts = variable.split("=", 2);
        variables.put(parts[0], parts[1]);
      }
    }
    return Settings.of(key -> null, variables::get);
  }

  private static Optional<LaunchInfo> find(String text) {
    return LaunchInfo.find(environment(text));
  }

  private static String place(LaunchInfo info) {
    return info.rank()
        + "/"
        + info.size()
        + " "
        + info.localRank()
        + "/"
        + info.localSize()
        + " "
        + info.masterHost()
        + ":"
        + info.masterPort()
        + " "
        + info.jobId();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # what             | variables                                                       | rank/size local master:port job
          our own            | CCL_RANK=3 CCL_SIZE=4 CCL_LOCAL_RANK=1 CCL_LOCAL_SIZE=2 CCL_JOB_ID=j1 | 3/4 1/2 :0 j1
          own, no local size | CCL_RANK=3 CCL_SIZE=4 CCL_LOCAL_RANK=3                          | 3/4 3/0 :0
          torchrun           | RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 MASTER_ADDR=h1 MASTER_PORT=29500 TORCHELASTIC_RUN_ID=abc TORCHELASTIC_RESTART_COUNT=2 | 5/8 1/4 h1:29500 abc/2
          torchrun by hand   | RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=127.0.0.1 MASTER_PORT=1234 | 0/2 0/0 127.0.0.1:1234
          agent has the port | RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=h MASTER_PORT=9 TORCHELASTIC_USE_AGENT_STORE=True | 0/2 0/0 h:0
          agent has it not   | RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=h MASTER_PORT=9 TORCHELASTIC_USE_AGENT_STORE=False | 0/2 0/0 h:9
          Open MPI 5         | OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_NAMESPACE=prterun-h-99@1 | 1/2 1/2 :0 prterun-h-99@1
          Open MPI 4         | OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 OMPI_MCA_ess_base_jobid=2058 | 1/2 1/2 :0 2058
          Hydra              | PMI_RANK=2 PMI_SIZE=3 MPI_LOCALRANKID=0 MPI_LOCALNRANKS=1       | 2/3 0/1 :0
          PALS               | PMI_RANK=2 PMI_SIZE=3 PMI_LOCAL_RANK=0 PMI_LOCAL_SIZE=1         | 2/3 0/1 :0
          srun               | SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=4 | 5/8 1/4 :0 77.0
          srun, uneven       | SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_STEP_NUM_TASKS=7 SLURM_LOCALID=1 SLURM_NODEID=2 SLURM_STEP_TASKS_PER_NODE=2(x2),3 | 5/7 1/3 :0 77.0
          srun, requeued     | SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_LOCALID=0 SLURM_RESTART_COUNT=1 | 0/1 0/0 :0 77.0/1
          srun, node list    | SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_LOCALID=0 SLURM_STEP_NODELIST=gpu[07,10-12] | 0/2 0/0 gpu07:0 77.0
          srun, one node     | SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_LOCALID=0 SLURM_STEP_NODELIST=login1 | 0/2 0/0 login1:0 77.0
          srun, master given | SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_LOCALID=0 SLURM_STEP_NODELIST=login1 MASTER_ADDR=h MASTER_PORT=5 | 0/2 0/0 h:5 77.0
          indexed job        | JOB_COMPLETION_INDEX=2 WORLD_SIZE=4                             | 2/4 0/1 :0
          indexed job, ours  | JOB_COMPLETION_INDEX=2 CCL_SIZE=4 CCL_JOB_ID=j                  | 2/4 0/1 :0 j
          job id wins        | RANK=0 WORLD_SIZE=1 LOCAL_RANK=0 TORCHELASTIC_RUN_ID=none CCL_JOB_ID=mine | 0/1 0/0 :0 mine
          """)
  void everyLauncherIsRead(String what, String variables, String expected) {
    assertEquals(expected, place(find(variables).orElseThrow()).strip());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # outer, inner        | variables                                                  | rank/size local/local size
          mpirun, same          | OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=4 RANK=1 WORLD_SIZE=4 | 1/4 1/4
          mpirun, torchrun      | OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=0 RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 | 5/8 1/4
          srun, torchrun        | SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=2 SLURM_LOCALID=0 RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 | 5/8 1/4
          srun, elastic one     | SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=2 SLURM_LOCALID=0 RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=1 TORCHELASTIC_RUN_ID=x | 0/2 0/1
          srun, mpirun          | SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=1 OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 | 1/2 1/2
          sbatch, mpirun        | SLURM_JOB_ID=7 SLURM_PROCID=0 SLURM_NTASKS=8 OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 | 1/2 1/2
          srun, PMI             | SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=4 SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=2 PMI_RANK=1 PMI_SIZE=4 | 1/4 1/2
          srun, WORLD_SIZE      | SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=4 SLURM_LOCALID=1 WORLD_SIZE=4 | 1/4 1/0
          pod, torchrun         | JOB_COMPLETION_INDEX=1 RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 | 5/8 1/4
          pod, ours             | JOB_COMPLETION_INDEX=6 CCL_RANK=0 CCL_SIZE=2 CCL_LOCAL_RANK=0 RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 | 0/2 0/0
          ours, torch variables | CCL_RANK=1 CCL_SIZE=2 CCL_LOCAL_RANK=1 CCL_LOCAL_SIZE=2 RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 | 1/2 1/2
          named                 | CCL_LAUNCHER=slurm SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=4 SLURM_LOCALID=1 RANK=0 WORLD_SIZE=4 LOCAL_RANK=0 | 1/4 1/0
          local variables alone | CCL_LOCAL_RANK=7 LOCAL_RANK=7 PMI_RANK=0 PMI_SIZE=1 MPI_LOCALRANKID=0 | 0/1 0/0
          """)
  void theInnermostOfSeveralLaunchersCounts(String what, String variables, String expected) {
    LaunchInfo info = find(variables).orElseThrow();
    assertEquals(
        expected,
        info.rank() + "/" + info.size() + " " + info.localRank() + "/" + info.localSize());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # what                 | variables                                         | what the message has, separated by ~
          other rank, same size  | RANK=0 WORLD_SIZE=4 LOCAL_RANK=0 OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4 | contradict ~ rank 0 of 4 by torchrun (RANK=0, WORLD_SIZE=4, LOCAL_RANK=0) ~ rank 2 of 4 by openmpi (OMPI_COMM_WORLD_RANK=2, OMPI_COMM_WORLD_SIZE=4) ~ ccl.launcher
          left over, fewer ranks | RANK=0 WORLD_SIZE=1 LOCAL_RANK=0 OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4 | rank 0 of 1 by torchrun ~ rank 2 of 4 by openmpi
          half, and other size   | WORLD_SIZE=8 SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=2 SLURM_LOCALID=0 | rank ? of 8 by torchrun (WORLD_SIZE=8) ~ rank 1 of 2 by slurm
          no size                | RANK=1 LOCAL_RANK=1                               | incomplete ~ torchrun set RANK=1, LOCAL_RANK=1 but not WORLD_SIZE
          no rank                | OMPI_COMM_WORLD_SIZE=4                            | openmpi set OMPI_COMM_WORLD_SIZE=4 but not OMPI_COMM_WORLD_RANK
          two halves             | WORLD_SIZE=4 PMI_RANK=1                           | torchrun set WORLD_SIZE=4 but not RANK ~ pmi set PMI_RANK=1 but not PMI_SIZE
          index without size     | JOB_COMPLETION_INDEX=1                            | kubernetes set JOB_COMPLETION_INDEX=1 but not CCL_SIZE or WORLD_SIZE
          no local rank          | RANK=1 WORLD_SIZE=4                               | local rank is missing ~ torchrun (RANK=1, WORLD_SIZE=4) ~ Set LOCAL_RANK
          rank beyond size       | CCL_RANK=4 CCL_SIZE=4 CCL_LOCAL_RANK=0            | the rank is 4; allowed is 0 to 3 ~ CCL_RANK=4, CCL_SIZE=4
          negative rank          | RANK=-1 WORLD_SIZE=4 LOCAL_RANK=0                 | RANK is '-1'; allowed is a whole number from 0 on
          size zero              | RANK=0 WORLD_SIZE=0 LOCAL_RANK=0                  | WORLD_SIZE is '0'; allowed is a whole number from 1 on
          no number              | PMI_RANK=one PMI_SIZE=2                           | PMI_RANK is 'one'
          too large a number     | RANK=0 WORLD_SIZE=99999999999 LOCAL_RANK=0        | WORLD_SIZE is '99999999999'
          local beyond local     | RANK=1 WORLD_SIZE=4 LOCAL_RANK=2 LOCAL_WORLD_SIZE=2 | the local rank is 2 of 2 on this host, with 4 ranks
          local beyond size      | RANK=1 WORLD_SIZE=2 LOCAL_RANK=2                  | the local rank is 2 on this host, with 2 ranks
          local size beyond size | RANK=1 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=3 | the local rank is 0 of 3 on this host, with 2 ranks
          port beyond ports      | RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 MASTER_PORT=70000 | MASTER_PORT is 70000; allowed is 1 to 65535
          port no number         | RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 MASTER_PORT=http | MASTER_PORT is 'http'
          named but not there    | CCL_LAUNCHER=slurm RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 | ccl.launcher is slurm ~ SLURM_PROCID ~ SLURM_STEP_ID
          """)
  void whatIsHalfSetWrongOrContradictoryIsPrinted(String what, String variables, String parts) {
    CclUsageException e = assertThrows(CclUsageException.class, () -> find(variables));
    assertEquals(ErrorCode.INVALID_LAUNCH, e.code(), e.getMessage());
    assertEquals(ErrorCategory.FIX_SETUP, e.category());
    for (String part : parts.split("~", -1)) {
      assertTrue(e.getMessage().contains(part.strip()), part + " in " + e.getMessage());
    }
  }

  @Test
  void anUnknownLauncherIsRefusedWithTheKnownOnes() {
    CclUsageException e =
        assertThrows(CclUsageException.class, () -> find("CCL_LAUNCHER=yarn " + TORCHRUN));
    assertEquals(ErrorCode.INVALID_SETTING, e.code());
    for (String part : new String[] {"CCL_LAUNCHER", "'yarn'", "auto", "openmpi", "none"}) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PATH=/bin",
    "RANK= WORLD_SIZE=",
    "MASTER_ADDR=h MASTER_PORT=1",
    "CCL_STORE=file:/x CCL_JOB_ID=7",
    "CCL_LOCAL_RANK=1 CCL_LOCAL_SIZE=2",
    // A batch script is no task, although Slurm sets the place of one.
    "SLURM_JOB_ID=7 SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_LOCALID=0",
    "SLURM_JOB_ID=7 SLURM_STEP_ID=4294967291 SLURM_PROCID=0 SLURM_NTASKS=4",
    "SLURM_JOB_ID=7 SLURM_STEP_ID=4294967290 SLURM_PROCID=0 SLURM_NTASKS=4",
    "CCL_LAUNCHER=none RANK=0 WORLD_SIZE=4 LOCAL_RANK=0",
  })
  void whereNoLauncherSaysARankThereIsNone(String variables) {
    assertEquals(Optional.empty(), find(variables));
  }

  @Test
  void whatWasLookedForIsNamedWhereThereIsNothing() {
    String text = LaunchInfo.explainAbsence(environment("SLURM_JOB_ID=7"));
    for (LaunchConvention convention : LaunchConvention.values()) {
      assertTrue(text.contains(convention.text + ": " + convention.rank.get(0)), text);
    }
    assertTrue(text.contains("srun"), text);
    assertTrue(text.contains("no task of a step"), text);
    assertFalse(LaunchInfo.explainAbsence(environment("")).contains("no task of a step"));
    assertTrue(
        LaunchInfo.explainAbsence(environment("CCL_LAUNCHER=none")).contains("ccl.launcher"));
  }

  @Test
  void theSourceNamesLauncherAndVariables() {
    assertEquals(
        "torchrun (RANK=5, WORLD_SIZE=8, LOCAL_RANK=1, LOCAL_WORLD_SIZE=4)",
        find(TORCHRUN).orElseThrow().source());
    assertEquals(
        "torchrun (RANK=5, WORLD_SIZE=8, LOCAL_RANK=1, LOCAL_WORLD_SIZE=4) = openmpi"
            + " (OMPI_COMM_WORLD_RANK=5, OMPI_COMM_WORLD_SIZE=8, OMPI_COMM_WORLD_LOCAL_RANK=1,"
            + " OMPI_COMM_WORLD_LOCAL_SIZE=4)",
        find(TORCHRUN + " " + OPEN_MPI).orElseThrow().source());
    assertEquals(
        "slurm (SLURM_PROCID=5, SLURM_NTASKS=8, SLURM_LOCALID=1, SLURM_JOB_ID=77,"
            + " SLURM_STEP_ID=3)",
        find(SLURM).orElseThrow().source());
  }

  @Test
  void ourOwnVariablesCanBeSetInCode() {
    Settings settings =
        Settings.of(Map.of("ccl.rank", "1", "ccl.size", "2", "ccl.local.rank", "1"));
    LaunchInfo info = LaunchInfo.find(settings).orElseThrow();
    assertEquals(1, info.rank());
    assertEquals(2, info.size());
  }
}
