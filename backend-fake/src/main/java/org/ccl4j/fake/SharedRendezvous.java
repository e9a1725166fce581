package org.ccl4j.fake;

import java.io.IOException;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** For ranks that are processes of one host, or threads of several. */
final class SharedRendezvous extends Rendezvous {
  /** Ids of this kind begin with it, in whatever process they were made. */
  private static final byte[] TAG = Arrays.copyOf(new byte[] {'s', 'h', 'm', 1}, TAG_BYTES);

  private static final long FIRST_NAP = 20_000;
  private static final long LONGEST_NAP = 1_000_000;
  private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final SharedMedium medium;
  private final SecureRandom random = new SecureRandom();
  private final Set<UniqueId> used = new HashSet<>();

  SharedRendezvous(SharedMedium medium) {
    this.medium = medium;
  }

  @Override
  byte[] newId() {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return idOf(TAG, key).toBytes();
  }

  @Override
  UniqueId childId(World parent, byte[] path) {
    return idOf(TAG, childKey(parent, path));
  }

  @Override
  Result<Member> connect(ConnectRequest request) {
    if (!Arrays.equals(Arrays.copyOf(request.id().toBytes(), TAG_BYTES), TAG)) {
      return refuse(
          "the unique id was made with "
              + FakeSettings.TRANSPORT.key()
              + "=threads; all ranks must use the same transport");
    }
    synchronized (used) {
      if (used.contains(request.id())) {
        return refuse("the unique id was used before; make a new one for each communicator");
      }
    }
    if (SharedBoard.bytes(request.size()) > Integer.MAX_VALUE) {
      return refuse(
          request.size() + " ranks are too many for shared memory; the board would not fit");
    }
    try {
      return meet(request);
    } catch (SharedBoard.SizeDiffersException e) {
      return refuse(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return Result.failed(
          Codes.error(
              Codes.SYSTEM_ERROR,
              "the board of communicator "
                  + request.name()
                  + " needs "
                  + SharedBoard.bytes(request.size())
                  + " bytes in "
                  + medium.room()
                  + ": "
                  + e));
    }
  }

  private static Result<Member> refuse(String why) {
    return Result.failed(Codes.error(Codes.INVALID_ARGUMENT, why));
  }

  private Result<Member> meet(ConnectRequest request) throws IOException {
    while (true) {
      SharedBoard shared = medium.board(keyOf(request.id()), request.name(), request.size());
      boolean entered = false;
      try {
        Result<Member> result = arrive(shared, request);
        if (result != null) {
          entered = result.value() != null;
          return result;
        }
        // The board was given up by those who had come; another takes its place.
      } finally {
        if (!entered) {
          medium.leave(shared);
        }
      }
    }
  }

  /** Takes the place of a rank and waits for the others; null when the board was given up. */
  private @Nullable Result<Member> arrive(SharedBoard shared, ConnectRequest request)
      throws IOException {
    Board board = shared.board;
    int member = shared.layout.member(request.rank());
    if (!board.compareAndSet(member + Layout.STATE, Layout.FREE, Layout.COMING)) {
      return board.get(Layout.ARRIVED) == Layout.GIVEN_UP
          ? null
          : refuse("rank " + request.rank() + " is there twice");
    }
    shared.putHome(request.rank(), medium.homeName());
    board.prepare(member + Layout.DEVICE, request.device());
    board.prepare(member + Layout.TICKET, board.getAndAdd(Layout.TICKETS, 1));
    board.set(member + Layout.STATE, Layout.PRESENT);
    String complaint = duplicateDevice(shared, request);
    if (complaint != null) {
      board.set(member + Layout.STATE, Layout.FREE);
      return refuse(complaint);
    }
    if (!addArrived(board, 1)) {
      return null;
    }
    // Before anybody can find that all have come: then calls find the rank at home.
    String failure = await(shared, request);
    if (failure == null || !addArrived(board, -1)) {
      return Result.of(complete(shared, request));
    }
    board.set(member + Layout.STATE, Layout.FREE);
    if (board.compareAndSet(Layout.ARRIVED, 0, Layout.GIVEN_UP)) {
      Files.deleteIfExists(shared.file);
    }
    return failure.isEmpty()
        ? Result.failed(StatusCode.NOT_READY)
        : Result.failed(Codes.error(Codes.REMOTE_ERROR, failure));
  }

  /** Counts ranks; false when the board was given up, or when all have come and none can leave. */
  private static boolean addArrived(Board board, int delta) {
    while (true) {
      long now = board.get(Layout.ARRIVED);
      if (now == Layout.GIVEN_UP || now == board.get(Layout.SIZE)) {
        return false;
      }
      if (board.compareAndSet(Layout.ARRIVED, now, now + delta)) {
        return true;
      }
    }
  }

  /** Of two ranks with one device the later is refused. */
  private static @Nullable String duplicateDevice(SharedBoard shared, ConnectRequest request) {
    Board board = shared.board;
    long ticket = board.get(shared.layout.member(request.rank()) + Layout.TICKET);
    for (int rank = 0; rank < shared.size(); rank++) {
      int other = shared.layout.member(rank);
      if (rank != request.rank()
          && board.get(other + Layout.STATE) == Layout.PRESENT
          && board.get(other + Layout.DEVICE) == request.device()
          && board.get(other + Layout.TICKET) < ticket) {
        return "ranks " + rank + " and " + request.rank() + " both have device " + request.device();
      }
    }
    return null;
  }

  /** Waits for all ranks; null when they are there, an empty text when the time has passed. */
  private static @Nullable String await(SharedBoard shared, ConnectRequest request) {
    long start = System.nanoTime();
    long watched = start;
    long nap = FIRST_NAP;
    while (shared.board.get(Layout.ARRIVED) != shared.size()) {
      long now = System.nanoTime();
      if (now - start >= request.timeoutNanos() || Thread.currentThread().isInterrupted()) {
        return "";
      }
      if (now - watched >= WATCH_NANOS) {
        watched = now;
        String died = shared.findDead();
        if (died != null) {
          return died + " while the communicator was connected";
        }
      }
      LockSupport.parkNanos(shared, nap);
      nap = Math.min(2 * nap, LONGEST_NAP);
    }
    return null;
  }

  private Member complete(SharedBoard shared, ConnectRequest request) throws IOException {
    synchronized (used) {
      used.add(request.id());
    }
    // From now on only those who have it open can reach it.
    Files.deleteIfExists(shared.file);
    shared.setComplete();
    return shared.world().enter(request.rank(), FakeMachine.engine(request.device()));
  }
}
