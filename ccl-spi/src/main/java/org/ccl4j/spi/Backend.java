package org.ccl4j.spi;

import java.util.List;
import org.ccl4j.api.UniqueId;

/**
 * An open library. Its communicators may be used by several threads at once, each by one at a time.
 */
public interface Backend extends AutoCloseable {

  /**
   * The devices, their memory and their streams.
   *
   * @return always the same object
   */
  DeviceRuntime devices();

  /**
   * Makes a unique id ({@code ncclGetUniqueId}).
   *
   * @return {@link #uniqueIdSize()} bytes
   */
  Result<byte[]> newUniqueId();

  /**
   * The length of a unique id.
   *
   * @return bytes, 128 with every vendor known
   */
  int uniqueIdSize();

  /**
   * From how many unique ids a communicator is made ({@code ncclCommInitRankScalable}). Each is
   * made on another rank, so that the work of getting many ranks together is shared among them.
   *
   * @param size the number of ranks, at least 1
   * @return 1 to size; the same on every rank
   */
  default int uniqueIdCount(int size) {
    return 1;
  }

  /**
   * What has to be equal on all ranks beyond the library's version, such as settings that choose an
   * algorithm or a transport. Compared as text; shown to the user where it differs.
   *
   * @return for a person, such as {@code transport=shm}; empty when there is nothing of the kind
   */
  default String configuration() {
    return "";
  }

  /**
   * Joins a communicator ({@code ncclCommInitRank} and its variants) and waits for the other ranks.
   *
   * @param request id, rank, size, device and bound
   * @return the communicator; {@link StatusCode#NOT_READY} when not all ranks came in time, with
   *     nothing left behind
   */
  Result<BackendCommunicator> connect(ConnectRequest request);

  /**
   * Makes a communicator over several devices of this process ({@code ncclCommInitAll}).
   *
   * @param devices ordinals, each once; the i-th becomes rank i
   * @param name for messages
   * @return the communicators in rank order
   */
  Result<List<BackendCommunicator>> connectAll(int[] devices, String name);

  /**
   * Starts a group on this thread ({@code ncclGroupStart}): until {@link #groupEnd()} the
   * operations that this thread calls are held back. Not nested by the core. Hot.
   *
   * @return the status
   */
  int groupStart();

  /**
   * Issues the operations of the group together ({@code ncclGroupEnd}). Hot.
   *
   * @return the status; when it is not OK the communicators of the group have failed
   */
  int groupEnd();

  /**
   * Explains a status of this interface or of {@link BackendCommunicator}.
   *
   * @param status any code but OK
   * @return its meaning
   */
  StatusText describe(int status);

  /**
   * What the library said about the newest error that this thread met ({@code ncclGetLastError}).
   *
   * @return text for a person; empty when it said nothing
   */
  String lastError();

  /** Gives the library back. Everything made from it has been closed before. Idempotent. */
  @Override
  void close();

  /**
   * What is needed to join a communicator.
   *
   * @param ids the unique ids, of the right length: one, or {@link #uniqueIdCount} where they came
   *     over a store
   * @param rank this rank
   * @param size the number of ranks
   * @param device the ordinal of this rank's device
   * @param name for messages
   * @param timeoutNanos how long to wait for the other ranks
   */
  record ConnectRequest(
      List<UniqueId> ids, int rank, int size, int device, String name, long timeoutNanos) {

    /**
     * Copies the ids.
     *
     * @param ids as in the record
     * @param rank as in the record
     * @param size as in the record
     * @param device as in the record
     * @param name as in the record
     * @param timeoutNanos as in the record
     */
    public ConnectRequest {
      ids = List.copyOf(ids);
    }

    /**
     * A request with one id.
     *
     * @param id the unique id, of the right length
     * @param rank as in the record
     * @param size as in the record
     * @param device as in the record
     * @param name as in the record
     * @param timeoutNanos as in the record
     */
    public ConnectRequest(
        UniqueId id, int rank, int size, int device, String name, long timeoutNanos) {
      this(List.of(id), rank, size, device, name, timeoutNanos);
    }

    /**
     * The first id, which is the only one unless {@link #uniqueIdCount} says otherwise.
     *
     * @return the id
     */
    public UniqueId id() {
      return ids.get(0);
    }
  }
}
