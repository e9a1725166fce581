package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which store the ranks of a launcher meet over. */
class LaunchedRanksTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final String SECRET = "CCL_STORE_SECRET=a-secret-for-tests-only";

  @TempDir private Path folder;

  private static Settings environment(String text) {
    Map<String, String> variables = new HashMap<>();
    for (String variable : text.strip().split("\\s+", -1)) {
      String[] parts = variable.split("=", 2);
      variables.put(parts[0], parts.length < 2 ? "" : parts[1]);
    }
    return Settings.of(key -> null, variables::get);
  }

  private static RankContext ranks(String variables) {
    return RankContext.fromEnvironment(environment(variables), LONG);
  }

  private static CclException refused(String variables) {
    return assertThrows(
        CclException.class, () -> RankContext.fromEnvironment(environment(variables), SHORT));
  }

  private static void assertFailure(CclException e, ErrorCode code, String... parts) {
    assertEquals(code, e.code(), e.getMessage());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), part + " in " + e.getMessage());
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String torchrun(int rank, int size, int port) {
    return "RANK="
        + rank
        + " WORLD_SIZE="
        + size
        + " LOCAL_RANK="
        + rank
        + " MASTER_ADDR=127.0.0.1 MASTER_PORT="
        + port
        + " ";
  }

  private static void assertShared(RankContext writer, RankContext reader) {
    writer.store().set("key", "value".getBytes(UTF_8));
    assertArrayEquals("value".getBytes(UTF_8), reader.store().await("key", LONG));
  }

  @Test
  void rankZeroServesTheStoreAtTheMasterAndLeavesItLast() throws Exception {
    int port = freePort();
    // Whoever comes before rank 0 tries again.
    CompletableFuture<RankContext> one =
        CompletableFuture.supplyAsync(() -> ranks(torchrun(1, 2, port) + SECRET));
    RankContext zero = ranks(torchrun(0, 2, port) + SECRET);
    RankContext other = one.get(60, TimeUnit.SECONDS);
    assertShared(zero, other);
    assertTrue(
        zero.source().contains("torchrun (RANK=0, WORLD_SIZE=2, LOCAL_RANK=0)")
            && zero.source().contains("127.0.0.1:" + port),
        zero.source());
    assertFalse(zero.toString().contains("a-secret"), zero.toString());

    CompletableFuture<Void> leaving = CompletableFuture.runAsync(zero::close);
    other.store().set("last", new byte[0]);
    assertFalse(leaving.isDone(), "rank 0 waits for the others");
    other.close();
    leaving.get(60, TimeUnit.SECONDS);
    assertFailure(refused(torchrun(1, 2, port) + SECRET), ErrorCode.STORE_UNREACHABLE);
  }

  @Test
  void anAddressThatIsGivenWinsAndTheKeysAreThoseOfTheJob() {
    try (TcpStoreServer server =
        TcpStoreServer.start(
            TcpStoreServer.Options.with(StoreSecret.of("a-secret-for-tests-only")))) {
      String store = " " + SECRET + " CCL_STORE=tcp://127.0.0.1:" + server.address().getPort();
      String slurm =
          "SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_LOCALID=0 MASTER_ADDR=nowhere"
              + " MASTER_PORT=1"
              + store;
      try (RankContext first = ranks(slurm + " SLURM_JOB_ID=7");
          RankContext same = ranks(slurm + " SLURM_JOB_ID=7");
          RankContext restarted = ranks(slurm + " SLURM_JOB_ID=7 SLURM_RESTART_COUNT=1");
          RankContext another = ranks(slurm + " SLURM_JOB_ID=8")) {
        assertShared(first, same);
        assertEquals(Optional.empty(), restarted.store().get("key"));
        assertEquals(Optional.empty(), another.store().get("key"));
        assertTrue(first.toString().contains("job '7.0'"), first.toString());
        assertTrue(restarted.toString().contains("job '7.0/1'"), restarted.toString());
      }
    }
  }

  @Test
  void ranksThatAreAllOnOneHostMeetInAPrivateFolderUnasked() throws Exception {
    String job = UUID.randomUUID().toString();
    String mpirun =
        "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_NAMESPACE="
            + job
            + " OMPI_COMM_WORLD_RANK=%1$d OMPI_COMM_WORLD_LOCAL_RANK=%1$d";
    try (RankContext zero = ranks(String.format(mpirun, 0));
        RankContext one = ranks(String.format(mpirun, 1))) {
      assertShared(zero, one);
      assertTrue(zero.source().contains("FileStore["), zero.source());
      assertEquals(1, one.localRank());
    }
    try (RankContext again = ranks(String.format(mpirun, 0))) {
      assertEquals(Optional.empty(), again.store().get("key"), "the keys went with the job");
    }
  }

  @Test
  void aFolderThatIsGivenNeedsAJobIdAndKeepsJobsApart() throws Exception {
    Path store = folder.resolve("store");
    String own = "CCL_RANK=0 CCL_SIZE=2 CCL_LOCAL_RANK=0 CCL_STORE=file:" + store;
    assertFailure(refused(own), ErrorCode.NO_STORE, "CCL_JOB_ID", store.toString());
    assertFalse(Files.exists(store), "nothing is left behind");
    try (RankContext first = ranks(own + " CCL_JOB_ID=1");
        RankContext same = ranks(own + " CCL_JOB_ID=1");
        RankContext other = ranks(own + " CCL_JOB_ID=2")) {
      assertShared(first, same);
      assertEquals(Optional.empty(), other.store().get("key"));
    }
    assertFalse(Files.exists(store), "nothing is left behind");
  }

  @Test
  void aSingleRankNeedsNobody() {
    try (RankContext alone = ranks("RANK=0 WORLD_SIZE=1 LOCAL_RANK=0")) {
      assertShared(alone, alone);
      assertEquals(1, alone.size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Slurm on several hosts: the first one is known, a port is not.
        "SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=4 SLURM_LOCALID=1 SLURM_STEP_NODELIST=gpu[3-4]"
            + "|slurm (SLURM_PROCID=1;tcp://gpu3:PORT;MASTER_ADDR",
        "RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 MASTER_ADDR=h MASTER_PORT=9"
            + " TORCHELASTIC_USE_AGENT_STORE=True|taken by the agent of torchrun;tcp://h:PORT",
        "JOB_COMPLETION_INDEX=1 WORLD_SIZE=2|kubernetes (JOB_COMPLETION_INDEX=1;CCL_STORE",
        "PMI_RANK=1 PMI_SIZE=2 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=2|file:/dev/shm/NAME;CCL_JOB_ID",
      })
  void whereNothingSaysWhereToMeetThatIsAnErrorWithARemedy(String variables, String parts) {
    CclException e = refused(variables);
    assertTrue(e instanceof CclUsageException);
    assertFailure(e, ErrorCode.NO_STORE, parts.split(";", -1));
  }

  @Test
  void withoutALauncherAllThatWereLookedForAreNamed() {
    assertFailure(
        refused("PATH=/bin"),
        ErrorCode.NO_LAUNCHER,
        "CCL_RANK",
        "WORLD_SIZE",
        "OMPI_COMM_WORLD_RANK",
        "PMI_RANK",
        "SLURM_PROCID",
        "JOB_COMPLETION_INDEX",
        "RankContext.of");
  }

  @Test
  void aMissingSecretIsNamedWithTheVariablesToSet() throws Exception {
    for (int rank = 0; rank < 2; rank++) {
      assertFailure(
          refused(torchrun(rank, 2, freePort())),
          ErrorCode.STORE_SECRET_MISSING,
          "CCL_STORE_SECRET",
          "CCL_STORE_SECRET_FILE",
          "ccl.store.insecure");
    }
  }

  @Test
  void aWrongSecretIsToldApartFromAServerThatIsNotThere() throws Exception {
    int port = freePort();
    assertFailure(
        refused(torchrun(1, 2, port) + SECRET), ErrorCode.STORE_UNREACHABLE, "127.0.0.1:" + port);
    try (TcpStoreServer server =
        TcpStoreServer.start(
            TcpStoreServer.Options.with(StoreSecret.random())
                .withBind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))) {
      assertFailure(
          refused(torchrun(1, 2, server.address().getPort()) + SECRET),
          ErrorCode.STORE_SECRET_WRONG);
      assertFailure(
          refused(torchrun(0, 2, port) + SECRET), ErrorCode.STORE_ADDRESS_UNUSABLE, "" + port);
    }
  }

  @Test
  void aJobIdThatLeavesNoRoomForKeysIsRefused() {
    assertFailure(
        refused("RANK=0 WORLD_SIZE=1 LOCAL_RANK=0 CCL_JOB_ID=" + "x".repeat(201)),
        ErrorCode.INVALID_LAUNCH,
        "201 characters");
  }

  @Test
  void aConnectionThatWasLostIsMadeAnewForTheNextCall() throws Exception {
    int port = freePort();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    StoreSecret secret = StoreSecret.of("a-secret-for-tests-only");
    TcpStoreServer.Options options = TcpStoreServer.Options.with(secret).withBind(address);
    TcpStoreServer before = TcpStoreServer.start(options);
    try (RankContext ranks =
        ranks(
            "RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 CCL_STORE=tcp://127.0.0.1:" + port + " " + SECRET)) {
      Store store = ranks.store();
      store.set("key", new byte[] {1});
      before.close();
      assertFailure(
          assertThrows(CclException.class, () -> store.get("key")), ErrorCode.STORE_FAILED);
      try (TcpStoreServer after = TcpStoreServer.start(options)) {
        assertEquals(Optional.empty(), store.get("key"), "from " + after);
        store.set("key", new byte[] {2});
        assertArrayEquals(new byte[] {2}, store.await("key", LONG));
      }
    }
  }

  @Test
  void aClosedStoreStaysClosed() {
    RankContext ranks = ranks("RANK=0 WORLD_SIZE=1 LOCAL_RANK=0");
    ranks.close();
    ranks.close();
    assertFailure(
        assertThrows(CclException.class, () -> ranks.store().get("key")), ErrorCode.CLOSED);
  }
}
