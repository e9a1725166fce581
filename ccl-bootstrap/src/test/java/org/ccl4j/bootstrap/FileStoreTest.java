package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path parent = Path.of("replaced");
  private final List<Process> processes = new ArrayList<>();

  private Path folder() {
    return parent.resolve("store");
  }

  private Store open(String job) {
    return FileStore.open(folder(), job);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private static CclException assertCode(ErrorCode expected, Executable call) {
    CclException e = assertThrows(CclException.class, call);
    assertEquals(expected, e.code(), e.getMessage());
    return e;
  }

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "a child outlives its killing");
    }
  }

  /** Another process that has the store open. Lines to it are calls, lines from it results. */
  public static final class Member {
    private Member() {}

    public static void main(String[] args) throws IOException {
      try (Store store = FileStore.open(Path.of(args[0]), args[1])) {
        System.out.println("open");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          String[] words = line.split(" ", 3);
          switch (words[0]) {
            case "set" -> store.set(words[1], bytes(words[2]));
            case "await" -> System.out.println(new String(store.await(words[1], LONG), US_ASCII));
            case "count" -> {
              for (int i = 0; i < Integer.parseInt(words[2]); i++) {
                store.add(words[1], 1);
              }
            }
            default -> throw new IllegalArgumentException(line);
          }
          System.out.println("done");
        }
      }
    }
  }

  private Process start(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    processes.add(process);
    return process;
  }

  private Process member(Path folder, String job) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return start(
        java,
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        Member.class.getName(),
        folder.toString(),
        job);
  }

  private static void tell(Process member, String line) throws IOException {
    OutputStream out = member.getOutputStream();
    out.write((line + "\n").getBytes(US_ASCII));
    out.flush();
  }

  private static void hear(Process member, String expected) throws IOException {
    assertEquals(expected, member.inputReader(US_ASCII).readLine());
  }

  @Test
  void processesShareKeysAndCounters() throws IOException {
    try (Store store = open("job")) {
      Process a = member(folder(), "job");
      Process b = member(folder(), "job");
      hear(a, "open");
      hear(b, "open");
      tell(a, "await k");
      store.set("k", bytes("v"));
      hear(a, "v");
      hear(a, "done");
      tell(a, "count n 500");
      tell(b, "count n 500");
      for (int i = 0; i < 500; i++) {
        store.add("n", 1);
      }
      hear(a, "done");
      hear(b, "done");
      assertEquals(1500, store.add("n", 0));
    }
  }

  @Test
  void whatAKilledJobLeftBehindIsNeverRead() throws Exception {
    Process dead = member(folder(), "job");
    hear(dead, "open");
    tell(dead, "set id old");
    hear(dead, "done");
    dead.destroyForcibly();
    assertTrue(dead.waitFor(60, TimeUnit.SECONDS));
    assertTrue(files(folder()).stream().anyMatch(f -> f.contains("key-")), "left nothing behind");

    try (Store store = open("job")) {
      assertTrue(store.get("id").isEmpty(), "read the id of a dead job");
      Process late = member(folder(), "job");
      hear(late, "open");
      tell(late, "await id");
      store.set("id", bytes("new"));
      hear(late, "new");
    }
  }

  @Test
  void aMemberThatIsKilledTakesNothingFromTheOthers() throws Exception {
    try (Store store = open("job")) {
      Process other = member(folder(), "job");
      hear(other, "open");
      tell(other, "set k v");
      hear(other, "done");
      other.destroyForcibly();
      assertTrue(other.waitFor(60, TimeUnit.SECONDS));
      assertArrayEquals(bytes("v"), store.get("k").orElseThrow());
      Process third = member(folder(), "job");
      hear(third, "open");
      tell(third, "await k");
      hear(third, "v");
    }
  }

  @Test
  void theLastOneLeavesNothingBehind() throws IOException {
    Store first = open("job");
    Store second = open("job");
    first.set("k", bytes("v"));
    first.close();
    assertArrayEquals(bytes("v"), second.get("k").orElseThrow());
    assertCode(ErrorCode.CLOSED, () -> first.get("k"));
    second.close();
    assertEquals(List.of(), files(parent));
  }

  @Test
  void aFolderOfTheUsersStays() throws IOException {
    Files.createDirectory(
        folder(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    open("job").close();
    assertEquals(List.of("store"), files(parent));
  }

  @Test
  void theNextJobDeletesWhatAnotherLeftBehind() throws Exception {
    Process dead = member(folder(), "dead");
    hear(dead, "open");
    dead.destroyForcibly();
    assertTrue(dead.waitFor(60, TimeUnit.SECONDS));
    Process living = member(folder(), "living");
    hear(living, "open");
    assertFalse(files(folder()).contains("job-dead"), "the next job deletes it");
    open("third").close();
    assertTrue(files(folder()).contains("job-living"), "the files of a living job stay");
  }

  @Test
  void jobsOfOneFolderAreApart() {
    try (Store a = open("a");
        Store b = open("b");
        Store odd = open("../a b/\u00e4")) {
      a.set("k", bytes("1"));
      assertTrue(b.get("k").isEmpty());
      assertTrue(odd.get("k").isEmpty());
    }
  }

  @Test
  void filesAreTheOwnersAlone() throws IOException {
    try (Store store = open("job")) {
      store.set("k", bytes("v"));
      try (Stream<Path> all = Files.walk(folder())) {
        for (Path path : all.toList()) {
          String expected = Files.isDirectory(path) ? "rwx------" : "rw-------";
          assertEquals(
              expected,
              PosixFilePermissions.toString(Files.getPosixFilePermissions(path)),
              path.toString());
        }
      }
    }
  }

  @Test
  void aFolderThatIsOpenToOthersIsRefused() throws IOException {
    for (String permissions : List.of("rwxr-xr-x", "rwxrwx---", "rwx-----x")) {
      Files.createDirectory(folder());
      Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString(permissions));
      CclException e = assertCode(ErrorCode.STORE_NOT_PRIVATE, () -> open("job"));
      assertTrue(e.getMessage().contains("chmod 700 " + folder()), e.getMessage());
      assertEquals(List.of(), files(folder()));
      Files.delete(folder());
    }
  }

  @Test
  void aLinkAndAFileAreRefused() throws IOException {
    Path real = Files.createDirectory(parent.resolve("real"));
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwx------"));
    Files.createSymbolicLink(folder(), real);
    assertCode(ErrorCode.STORE_NOT_PRIVATE, () -> open("job"));
    Files.delete(folder());
    Files.createFile(folder());
    assertCode(ErrorCode.STORE_NOT_PRIVATE, () -> open("job"));
  }

  @Test
  void aFolderOfAnotherUserIsRefused() throws IOException {
    assumeTrue(
        Files.getOwner(parent).getName().equals("root"), "needs root, to give a folder away");
    Files.createDirectory(folder());
    Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwx------"));
    Files.setOwner(
        folder(),
        folder().getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    CclException e = assertCode(ErrorCode.STORE_NOT_PRIVATE, () -> open("job"));
    assertTrue(e.getMessage().contains("belongs to nobody"), e.getMessage());
  }

  @Test
  void aParentThatIsMissingIsNamed() {
    CclException e =
        assertCode(
            ErrorCode.STORE_FAILED,
            () -> FileStore.open(parent.resolve("none").resolve("store"), "job"));
    assertTrue(e.getMessage().contains("none"), e.getMessage());
  }

  @Test
  void aFolderThatIsDeletedUnderTheStoreIsSaid() throws IOException {
    try (Store store = open("job")) {
      store.set("k", bytes("v"));
      try (Stream<Path> all = Files.walk(folder())) {
        for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
      assertCode(ErrorCode.STORE_FAILED, () -> store.get("k"));
      assertCode(ErrorCode.STORE_FAILED, () -> store.set("k", bytes("v")));
      assertCode(ErrorCode.STORE_FAILED, () -> store.await("k", LONG));
    }
  }

  @Test
  void anInterruptedThreadCanStillChangeAndLeave() throws IOException {
    try (Store store = open("job")) {
      Thread.currentThread().interrupt();
      store.set("k", bytes("v"));
      assertEquals(1, store.add("n", 1));
      assertArrayEquals(bytes("v"), store.get("k").orElseThrow());
      Store again = open("job");
      again.close();
      assertTrue(Thread.currentThread().isInterrupted(), "the flag stays");
    } finally {
      assertTrue(Thread.interrupted(), "the flag stays after close");
    }
    assertEquals(List.of(), files(parent));
  }

  /** Fills a file system of one megabyte, in a mount namespace of its own. */
  public static final class FullDisk {
    private FullDisk() {}

    public static void main(String[] args) {
      try (Store store = FileStore.open(Path.of(args[0], "store"), "job")) {
        store.set("before", bytes("v"));
        CclException e =
            assertThrows(
                CclException.class,
                () -> {
                  for (int i = 0; i < 64; i++) {
                    store.set("k" + i, new byte[Store.MAX_VALUE_BYTES / 8]);
                  }
                });
        System.out.println(e.code());
        System.out.println(new String(store.get("before").orElseThrow(), US_ASCII));
        store.delete("k0");
        store.set("after", bytes("w"));
        System.out.println(new String(store.get("after").orElseThrow(), US_ASCII));
      }
      System.out.println(Path.of(args[0]).toFile().list().length);
    }
  }

  @Test
  void aFullDiskIsSaidAndNothingIsLost() throws Exception {
    Process probe = start("unshare", "-m", "true");
    assumeTrue(
        probe.waitFor(60, TimeUnit.SECONDS) && probe.exitValue() == 0,
        "needs the right to mount, to make a small file system");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process child =
        start(
            "unshare",
            "-m",
            "sh",
            "-c",
            "mount -t tmpfs -o size=1m,mode=700 tmpfs \"$1\" && exec \"$2\" -cp \"$3\" \"$4\" \"$1\"",
            "sh",
            parent.toString(),
            java,
            System.getProperty("java.class.path"),
            FullDisk.class.getName());
    assertEquals(
        List.of("STORE_FULL", "v", "w", "0"), child.inputReader(US_ASCII).lines().toList());
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
  }

  private static List<String> files(Path in) throws IOException {
    try (Stream<Path> all = Files.walk(in)) {
      return all.filter(p -> !p.equals(in)).map(p -> in.relativize(p).toString()).sorted().toList();
    }
  }
}
