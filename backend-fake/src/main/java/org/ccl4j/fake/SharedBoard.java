package org.ccl4j.fake;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The board of a communicator whose ranks are in several processes: a file that has a name only
 * until all ranks have come, so that nothing stays behind whatever happens to them.
 */
final class SharedBoard implements Habitat {
  private static final long MAGIC = 0x63636c346a000002L; // "ccl4j", and the version of the layout
  private static final int BLOCK = 1 << 16;

  final Path file;
  final Board board;
  final Layout layout;
  private final World world;
  private final int size;
  private final SharedMedium medium;

  /** Ranks of this JVM that use this view, or are about to. */
  private final AtomicInteger users = new AtomicInteger();

  private final AtomicReferenceArray<@Nullable Slabs> remote;

  /** The processes of the other ranks, by the names of their homes. For the one that watches. */
  private final Map<String, HomeWatch> watches = new HashMap<>();

  private volatile boolean complete;

  private SharedBoard(
      SharedMedium medium, Path file, Board board, String name, byte[] key, int size) {
    this.medium = medium;
    this.file = file;
    this.board = board;
    this.size = size;
    this.layout = new Layout(size);
    this.remote = new AtomicReferenceArray<>(size);
    this.world = new World(name, key, size, board, this);
  }

  /** The bytes of a board; more than can be mapped at once for absurd numbers of ranks. */
  static long bytes(int size) {
    return new Layout(size).bytes() + (long) size * size * Layout.PAIR_BYTES;
  }

  /**
   * Opens the board of a communicator; makes it when this rank is the first.
   *
   * @throws IOException when there is no room; the message says how much is needed
   */
  static SharedBoard open(
      SharedMedium medium, Path file, Path fresh, String name, byte[] key, int size)
      throws IOException {
    while (true) {
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        ByteBuffer bytes = channel.map(MapMode.READ_WRITE, 0, channel.size());
        Board board = new Board(bytes);
        int found = (int) board.get(Layout.SIZE);
        if (board.get(Layout.MAGIC) != MAGIC) {
          throw new SizeDiffersException(file + " was made by another version of the fake");
        }
        if (found != size) {
          throw new SizeDiffersException(
              "a rank says there are " + size + " ranks, others said " + found);
        }
        return new SharedBoard(medium, file, board, name, key, size);
      } catch (NoSuchFileException e) {
        create(file, fresh, size);
      }
    }
  }

  /** The ranks do not agree. */
  static final class SizeDiffersException extends IOException {
    private static final long serialVersionUID = 1L;

    SizeDiffersException(String message) {
      super(message);
    }
  }

  private static void create(Path file, Path fresh, int size) throws IOException {
    long length = bytes(size);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
            SharedFolder.OWNER_ONLY_FILE)) {
      // Written and not just made longer, since a full file system answers to that with an error.
      ByteBuffer zeros = ByteBuffer.allocate(BLOCK);
      for (long at = 0; at < length; ) {
        zeros.clear().limit((int) Math.min(BLOCK, length - at));
        at += channel.write(zeros, at);
      }
      ByteBuffer head = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.nativeOrder());
      channel.write(head.putLong(MAGIC).putLong(size).flip(), Layout.MAGIC);
      // Under its name only once it is whole; whoever is second takes what the first has made.
      Files.createLink(file, fresh);
    } catch (FileAlreadyExistsException e) {
      // Another rank was first.
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /** The homes of the ranks that came to a board, for whoever finds one left behind. */
  static List<String> homesIn(FileChannel channel) throws IOException {
    List<String> homes = new ArrayList<>();
    if (channel.size() < Layout.MEMBERS) {
      return homes;
    }
    Board board = new Board(channel.map(MapMode.READ_ONLY, 0, channel.size()));
    int size = (int) Math.min(board.get(Layout.SIZE), channel.size() / Layout.MEMBER_BYTES);
    Layout layout = new Layout(size);
    for (int rank = 0; rank < size; rank++) {
      if (board.get(layout.member(rank) + Layout.STATE) != Layout.FREE) {
        homes.add(home(board, layout, rank));
      }
    }
    return homes;
  }

  private static String home(Board board, Layout layout, int rank) {
    int member = layout.member(rank);
    int length = (int) Math.min(board.get(member + Layout.HOME_LENGTH), Layout.HOME_BYTES);
    return new String(board.getBytes(member + Layout.HOME, length), US_ASCII);
  }

  void putHome(int rank, String home) {
    byte[] bytes = home.getBytes(US_ASCII);
    board.putBytes(layout.member(rank) + Layout.HOME, bytes, bytes.length);
    board.prepare(layout.member(rank) + Layout.HOME_LENGTH, bytes.length);
  }

  String home(int rank) {
    return home(board, layout, rank);
  }

  World world() {
    return world;
  }

  int size() {
    return size;
  }

  void retain() {
    users.incrementAndGet();
  }

  /** True when this was the last user in this JVM. */
  boolean release() {
    return users.decrementAndGet() == 0;
  }

  void setComplete() {
    complete = true;
  }

  @Override
  public boolean reachesBeyond() {
    return true;
  }

  @Override
  public Board pairBoard(int sender, int receiver) {
    return board;
  }

  @Override
  public int pairOffset(int sender, int receiver) {
    return layout.bytes() + (sender * size + receiver) * Layout.PAIR_BYTES;
  }

  @Override
  public Span remoteSpan(int rank, long offset) {
    try {
      Slabs slabs = remote.get(rank);
      if (slabs == null) {
        slabs = medium.slabsOf(home(rank));
        remote.set(rank, slabs);
      }
      long slab = offset & -(long) Segment.BYTES;
      return new Span(
          Allocation.ofShared(-1, 0, Long.MAX_VALUE, slabs.from(slab), slab), offset - slab);
    } catch (IOException e) {
      throw new UncheckedIOException("the memory of rank " + rank + " cannot be reached", e);
    }
  }

  @Override
  public void leave() {
    medium.leave(this);
  }

  // --- watching ---

  /**
   * Fails the communicator when the process of a rank has died.
   *
   * @return whether one has
   */
  synchronized boolean lookAfterRanks() {
    boolean died = false;
    for (int rank = 0; complete && rank < size; rank++) {
      if (!world.isDead(rank) && isDead(home(rank))) {
        died = true;
        board.set(layout.member(rank) + Layout.DEAD, 1);
        if (!world.hasDeparted(rank)) {
          world.fail(Codes.REMOTE_ERROR, death(rank) + " without closing " + world.name());
        }
      }
    }
    return died;
  }

  /** A rank that has come to the meeting and whose process has died; null while there is none. */
  synchronized @Nullable String findDead() {
    for (int rank = 0; rank < size; rank++) {
      boolean came = board.get(layout.member(rank) + Layout.STATE) != Layout.FREE;
      String home = came ? home(rank) : "";
      if (!home.isEmpty() && isDead(home)) {
        return death(rank);
      }
    }
    return null;
  }

  /** The process number is how the home's name begins. */
  private String death(int rank) {
    String home = home(rank);
    String process = home.substring(0, Math.max(0, home.indexOf('-')));
    return "the process of rank " + rank + " (pid " + process + ") has ended";
  }

  boolean isGivenUp() {
    return board.get(Layout.ARRIVED) == Layout.GIVEN_UP;
  }

  private boolean isDead(String home) {
    if (medium.isOwnHome(home)) {
      return false;
    }
    HomeWatch watch = watches.get(home);
    try {
      if (watch == null) {
        watch = medium.watch(home);
        watches.put(home, watch);
      }
      return watch.isDead();
    } catch (NoSuchFileException e) {
      return true; // it removed its home, or was swept
    } catch (IOException e) {
      return false;
    }
  }

  synchronized void closeWatches() {
    for (HomeWatch watch : watches.values()) {
      try {
        watch.close();
      } catch (IOException e) {
        System.getLogger("org.ccl4j.fake").log(System.Logger.Level.DEBUG, "closing a watch", e);
      }
    }
    watches.clear();
  }
}
