package org.ccl4j.fake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * For ranks that are processes of one host: memory and boards are files in a file system that lies
 * in memory, and every process maps those of the others.
 */
final class SharedMedium implements Medium {
  private static final Map<Path, SharedMedium> OPEN = new ConcurrentHashMap<>();
  private static final long WATCH_NANOS = 200_000_000;

  private final Path parent;
  private final SharedFolder folder;
  private final Home home;
  private final Arena arena;
  private final SharedRendezvous rendezvous = new SharedRendezvous(this);
  private final AtomicLong temporaries = new AtomicLong();

  /** The boards that ranks of this JVM use, by their keys; guarded by itself. */
  private final Map<String, SharedBoard> boards = new HashMap<>();

  private final Map<String, Slabs> slabs = new ConcurrentHashMap<>();
  private int users;
  private long watched = System.nanoTime();

  private SharedMedium(Path parent) throws IOException {
    this.parent = parent;
    folder = SharedFolder.open(parent);
    home = Home.create(folder);
    arena = new Arena(folder, home.path());
  }

  /** Opens the medium of this JVM for one more backend. */
  static SharedMedium open(String directory) throws IOException {
    Path parent = Path.of(directory);
    synchronized (OPEN) {
      SharedMedium medium = OPEN.get(parent);
      if (medium == null) {
        medium = new SharedMedium(parent);
        OPEN.put(parent, medium);
      }
      medium.users++;
      return medium;
    }
  }

  static Iterable<SharedMedium> all() {
    return OPEN.values();
  }

  @Override
  public void close() {
    synchronized (OPEN) {
      if (--users > 0) {
        return;
      }
      OPEN.remove(parent);
    }
    arena.close();
    home.close();
    // Also after those that were killed before they shared a communicator with this process.
    folder.sweep();
  }

  @Override
  public Rendezvous rendezvous() {
    return rendezvous;
  }

  @Override
  public Allocation allocate(int device, long address, long bytes) throws IOException {
    return arena.allocate(device, address, bytes);
  }

  @Override
  public void noteFreed(long bytes) {
    arena.noteFreed(bytes);
  }

  @Override
  public String machineId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.US_ASCII)
          .strip();
    } catch (IOException e) {
      return folder.toString();
    }
  }

  @Override
  public String describe() {
    return "ranks are processes over " + folder + " of machine " + machineId();
  }

  String room() {
    return folder + ", whose file system has " + folder.usableSpace() + " left";
  }

  String homeName() {
    return home.name();
  }

  boolean isOwnHome(String name) {
    return home.name().equals(name);
  }

  HomeWatch watch(String name) throws IOException {
    return HomeWatch.open(folder.home(name));
  }

  /** The memory of a process, mapped once for all ranks of this JVM. */
  Slabs slabsOf(String name) {
    return slabs.computeIfAbsent(name, key -> new Slabs(folder.home(key)));
  }

  /** The board of a communicator, for one more rank of this JVM. */
  SharedBoard board(byte[] key, String name, int size) throws IOException {
    String text = HexFormat.of().formatHex(key);
    synchronized (boards) {
      SharedBoard board = boards.get(text);
      if (board == null || board.isGivenUp()) {
        Path fresh = folder.newBoard(text, home.name() + "-" + temporaries.incrementAndGet());
        board = SharedBoard.open(this, folder.board(text), fresh, name, key, size);
        boards.put(text, board);
      } else if (board.size() != size) {
        throw new SharedBoard.SizeDiffersException(
            "a rank says there are " + size + " ranks, others said " + board.size());
      }
      board.retain();
      return board;
    }
  }

  void leave(SharedBoard board) {
    synchronized (boards) {
      if (board.release()) {
        boards.values().remove(board);
        board.closeWatches();
        forgetUnusedSlabs();
      }
    }
  }

  /** So that memory of processes that have ended is not held on to. */
  private void forgetUnusedSlabs() {
    slabs.keySet().removeIf(name -> HomeWatch.isDead(folder.home(name)));
  }

  boolean hasBoards() {
    synchronized (boards) {
      return !boards.isEmpty();
    }
  }

  /** Looks now and then whether the processes of other ranks are alive. For the helper alone. */
  void lookAfterOthers() {
    long now = System.nanoTime();
    if (now - watched < WATCH_NANOS) {
      return;
    }
    watched = now;
    List<SharedBoard> open;
    synchronized (boards) {
      open = List.copyOf(boards.values());
    }
    boolean died = false;
    for (SharedBoard board : open) {
      died |= board.lookAfterRanks();
    }
    if (died) {
      folder.sweep();
    }
  }
}
