package org.ccl4j.tools;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.Device;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.FileStore;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Processes of a drill, one for each rank. Unlike those of the launcher they survive each other:
 * that is what is looked at. They say how far they are in lines on standard output.
 */
final class DrillProcesses implements AutoCloseable {
  private static final String SIGN = "drill: ";
  private static final String END = "";
  private static final int TAIL_LINES = 20;

  private final Path folder;
  private final List<Member> members = new ArrayList<>();

  private DrillProcesses(Path folder) {
    this.folder = folder;
  }

  /** Starts processes that run this very command, in another role. */
  static final class Staff {
    private final CommandSpec command;

    Staff(CommandSpec command) {
      this.command = command;
    }

    /**
     * Starts a process for each rank.
     *
     * @param role what they do
     */
    DrillProcesses start(String role, int size) {
      try {
        DrillProcesses team = new DrillProcesses(SharedFiles.createFolder("ccl-drill-"));
        try {
          for (int rank = 0; rank < size; rank++) {
            String place = role + ":" + rank + ":" + size + ":" + team.folder.resolve("store");
            team.members.add(
                new Member(rank, ProcessTeam.itself(List.of("--worker", place), command)));
          }
        } catch (IOException | RuntimeException e) {
          team.close();
          throw e;
        }
        return team;
      } catch (IOException e) {
        throw new UncheckedIOException("the processes of the drill cannot be started", e);
      }
    }
  }

  private static final class Member {
    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> tail = new ArrayList<>();

    Member(int rank, List<String> command) throws IOException {
      this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      Thread reader = new Thread(this::read, "drill-rank-" + rank);
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      try (BufferedReader from =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), Charset.defaultCharset()))) {
        for (String line = from.readLine(); line != null; line = from.readLine()) {
          if (line.startsWith(SIGN)) {
            lines.add(line.substring(SIGN.length()));
          } else {
            keep(line);
          }
        }
      } catch (IOException e) {
        // It was killed.
      }
      lines.add(END);
    }

    private synchronized void keep(String line) {
      tail.add(line);
      if (tail.size() > TAIL_LINES) {
        tail.remove(0);
      }
    }

    private synchronized String lastWords() {
      return tail.isEmpty()
          ? ""
          : "; the last it printed:\n" + tail.stream().collect(Collectors.joining("\n"));
    }
  }

  /**
   * Waits until a process says a word.
   *
   * @return what it says after the word
   * @throws DrillFailure when it says another word, ends first, or takes too long
   */
  String await(int rank, String word, Duration limit) {
    Member member = members.get(rank);
    try {
      String line = member.lines.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null) {
        throw new DrillFailure(
            "rank "
                + rank
                + " did not say '"
                + word
                + "' within "
                + limit.toMillis()
                + " ms"
                + member.lastWords());
      }
      if (line.equals(END)) {
        member.process.waitFor(1, TimeUnit.SECONDS);
        throw new DrillFailure(
            "rank "
                + rank
                + " ended before it said '"
                + word
                + "', with "
                + (member.process.isAlive()
                    ? "no exit code yet"
                    : JobReport.code(member.process.exitValue()))
                + member.lastWords());
      }
      DrillFailure.require(
          line.equals(word) || line.startsWith(word + " "),
          "rank " + rank + " said '" + line + "' in place of '" + word + "'");
      return line.substring(word.length()).strip();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DrillFailure("interrupted while rank " + rank + " was to say '" + word + "'", e);
    }
  }

  /** Ends a process at once, as the kernel does when memory runs out. */
  void kill(int rank) {
    members.get(rank).process.destroyForcibly();
  }

  @Override
  public void close() {
    // Those that have done their work end by themselves.
    boolean interrupted = false;
    for (Member member : members) {
      try {
        member.process.waitFor(DrillSite.GRACE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      member.process.destroyForcibly();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    try {
      SharedFiles.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + folder, e);
    }
  }

  /**
   * One of the processes, seen from within.
   *
   * @param site with the library of this process
   * @param store shared with the other ranks
   */
  record Worker(DrillSite site, int rank, int size, Store store, PrintWriter out) {

    /** Runs the role. */
    static void run(String place, BackendChoice choice, SiteMaker sites, PrintWriter out) {
      String[] parts = place.split(":", 4);
      int rank = Integer.parseInt(parts[1]);
      int size = Integer.parseInt(parts[2]);
      try (Store store = FileStore.open(Path.of(parts[3]), "drill");
          BackendChoice.Opened opened = choice.forProcesses().open(parts[2], DrillCommand.BYTES)) {
        Worker worker = new Worker(sites.make(opened), rank, size, store, out);
        switch (parts[0]) {
          case "graph" -> GraphDrills.runAsProcess(worker);
          case "loop" -> FaultDrills.runAsProcess(worker);
          default -> throw UsageException.notAllowed("--worker", place, "graph or loop");
        }
      }
    }

    Device device() {
      return site.ccl().device(rank);
    }

    Communicator connect(Device device) {
      return site.ccl()
          .connect(device, RankContext.of(rank, size, store.prefixed("first")), DrillSite.OPTIONS);
    }

    void say(String word, String more) {
      out.println((SIGN + word + " " + more).stripTrailing());
      out.flush();
    }
  }

  /** Makes the site of an open library. */
  interface SiteMaker {
    DrillSite make(BackendChoice.Opened opened);
  }
}
