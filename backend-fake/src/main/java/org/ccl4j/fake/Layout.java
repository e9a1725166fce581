package org.ccl4j.fake;

/**
 * Where things are on the boards of a communicator.
 *
 * <p>The main board: words of the whole, then a row of words for each rank, then for each rank the
 * slots of its collectives, then for each rank a row about its windows. The board of a pair: the
 * signals from one rank to another, the slots of its sends and of their receives. In slot {@code k
 * % depth} a rank describes its k-th call; everybody reads it, and only this rank writes it, but
 * for the chunk counter.
 */
final class Layout {
  static final int LINE = 64;

  /** Slots start at multiples of two lines, which processors fetch together. */
  static final int LINE_PAIR = 2 * LINE;

  // Words of the whole.
  static final int MAGIC = 0;
  static final int SIZE = 8;

  /** How many ranks have come; all of them from the moment on when none can leave any more. */
  static final int ARRIVED = 16;

  /** In ARRIVED: all that had come have left again. */
  static final long GIVEN_UP = -1;

  /** Numbers the ranks in the order in which they come. */
  static final int TICKETS = 24;

  /** Which growth the id on the board is for, and how many ranks there shall be. */
  static final int GROWTH_NUMBER = 32;

  static final int GROWTH_SIZE = 40;

  static final int FAILURE = 64;
  static final int FAILURE_STATUS = 72;
  static final int FAILURE_LENGTH = 80;

  /** Not 0 when a rank has revoked; beside FAILURE, since both are looked at together. */
  static final int REVOKED = 88;

  static final int FAILURE_TEXT = 128;
  static final int FAILURE_TEXT_BYTES = 16_256 - Rendezvous.ID_BYTES;
  static final int GROWTH_ID = FAILURE_TEXT + FAILURE_TEXT_BYTES;
  static final int MEMBERS = GROWTH_ID + Rendezvous.ID_BYTES;

  // Words of a rank, from member(rank) on.
  static final int STATE = 0;

  /** In STATE: nobody has come as this rank, somebody is coming, it is there. */
  static final long FREE = 0;

  static final long COMING = 1;
  static final long PRESENT = 2;

  static final int DEVICE = 8;

  /** Not 0 when the rank has closed the communicator. */
  static final int DEPARTED = 16;

  /** Not 0 when the process of this rank has died. */
  static final int DEAD = 24;

  static final int TICKET = 32;

  /** Not 0 when the rank has ended its operations and begins no more. */
  static final int HAS_REVOKED = 40;

  /** What the rank is shrinking to, in a word that tells one shrink from others; 0 for nothing. */
  static final int SHRINK = 48;

  /** How often the rank has suspended the communicator or resumed it. */
  static final int SUSPENSIONS = 56;

  /** How many splits the rank has asked for, and what it wished for in the newest. */
  static final int SPLIT_NUMBER = 64;

  static final int SPLIT_COLOR = 72;
  static final int SPLIT_KEY = 80;

  /** From the words of one split to those of the next, which take turns. */
  static final int SPLIT_STRIDE = 24;

  static final int HOME_LENGTH = 128;
  static final int HOME = 136;
  static final int HOME_BYTES = 312;
  static final int MEMBER_BYTES = 512;

  /** How many of its collectives the rank is through with, on a line of its own. */
  private static final int RETIRED = 448;

  // Words of a slot.
  /** The call's number plus one, where the call is described and waits for earlier work. */
  static final int JOINED = 0;

  /** The call's number plus one, once the call is at the head of its stream. */
  static final int BEGUN = 8;

  static final int WHAT = 16;
  static final int COUNT = 24;
  static final int SEND = 32;
  static final int RECV = 40;
  static final int SCALAR = 48;

  /**
   * Of a send: how many sends to the peer (lower half) and receives from it (upper half) the sender
   * is through with, so that who sends to and fro need not look for that. Where a scalar would be.
   */
  static final int THROUGH = SCALAR;

  static final int SLOT_HEADER = 64;

  /** Where a small message lies; a large one has its counters there. */
  private static final int PAYLOAD = SLOT_HEADER;

  /**
   * Contributions up to this size lie where the addresses of large ones do: whoever sees that the
   * call has begun has them already, while another line would have to be fetched.
   */
  private static final int TINY = 2 * Long.BYTES;

  /**
   * How many chunks of this rank's share of the work have been claimed. Not where small messages
   * lie: a latecomer must not take one for the counter of its call.
   */
  static final int CLAIMED = 56;

  /** Where the bias of a large reduction is; small ones keep theirs to themselves. */
  static final int BIAS = SLOT_HEADER;

  /** How many chunks this rank has done, of anybody's share. */
  static final int FINISHED = SLOT_HEADER + LINE;

  /** How many calls a rank describes ahead of the slowest. A power of 2. */
  static final int DEPTH = 16;

  /** The largest contribution of a rank that travels inside its slot. */
  static final int EAGER = 2112;

  /** Not a power of 2, or the headers would share a few lines of the cache. */
  private static final int SLOT_BYTES = SLOT_HEADER + EAGER;

  // Words about the windows of a rank, from windows(rank) on.
  /** Which registration the rank has come to, and what it brought; two, which take turns. */
  static final int WINDOW_NUMBER = 0;

  static final int WINDOW_PLACE = 8;
  static final int WINDOW_OFFSET = 16;
  static final int WINDOW_BYTES = 24;
  static final int WINDOW_OPTIONS = 32;

  /** From the words of one registration to those of the next. */
  static final int WINDOW_STRIDE = 64;

  /** For each place the number plus one of the window that is open there; 0 for none. */
  static final int WINDOW_OPEN = LINE_PAIR;

  static final int WINDOW_PLACES = 32;
  private static final int WINDOW_ROW = WINDOW_OPEN + WINDOW_PLACES * Long.BYTES;

  static final int PAIR_DEPTH = 8;
  static final int PAIR_EAGER = 1088;

  /** How many signals a rank can raise at another in each context, and the contexts. */
  static final int SIGNALS = 8;

  static final int SIGNAL_CONTEXTS = 2;
  private static final int PAIR_SIGNALS = 2 * LINE_PAIR;
  private static final int PAIR_SLOTS = PAIR_SIGNALS + SIGNALS * SIGNAL_CONTEXTS * Long.BYTES;
  private static final int SEND_SLOT_BYTES = SLOT_HEADER + PAIR_EAGER;
  private static final int PAIR_SLOT_BYTES = SEND_SLOT_BYTES + 2 * LINE_PAIR;
  static final int PAIR_BYTES = PAIR_SLOTS + PAIR_DEPTH * PAIR_SLOT_BYTES;

  private final int size;

  Layout(int size) {
    this.size = size;
  }

  /** Where in a slot a small contribution of a size lies. */
  static int payload(long bytes) {
    return bytes <= TINY ? SEND : PAYLOAD;
  }

  int member(int rank) {
    return MEMBERS + rank * MEMBER_BYTES;
  }

  /** The bytes of the main board. */
  int bytes() {
    return windows(size);
  }

  /** The row about the windows of a rank. */
  int windows(int rank) {
    return member(size) + size * DEPTH * SLOT_BYTES + rank * WINDOW_ROW;
  }

  /** The word that says which window is open in a place of a rank. */
  int openWindow(int rank, int place) {
    return windows(rank) + WINDOW_OPEN + place * Long.BYTES;
  }

  /** On the board of a pair: how often a signal was raised. */
  static int signal(int base, int index, int context) {
    return base + PAIR_SIGNALS + (context * SIGNALS + index) * Long.BYTES;
  }

  /** The slots of collectives, as a rank sees them: the places are the ranks. */
  Ring.Slots collectives() {
    int[] first = new int[size];
    int[] retired = new int[size];
    for (int rank = 0; rank < size; rank++) {
      first[rank] = member(size) + rank * DEPTH * SLOT_BYTES;
      retired[rank] = member(rank) + RETIRED;
    }
    return new Ring.Slots(first, retired, SLOT_BYTES, DEPTH, EAGER);
  }

  /** The slots on the board of a pair: place 0 is the sender, place 1 the receiver. */
  static Ring.Slots pair(int base) {
    return new Ring.Slots(
        new int[] {base + PAIR_SLOTS, base + PAIR_SLOTS + SEND_SLOT_BYTES},
        new int[] {base, base + LINE_PAIR},
        PAIR_SLOT_BYTES,
        PAIR_DEPTH,
        PAIR_EAGER);
  }
}
