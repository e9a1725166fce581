package org.ccl4j.spi;

import java.util.List;
import java.util.Set;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.WindowOption;

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
   * @param terms name, tuning and bound
   * @return the communicators in rank order; {@link StatusCode#NOT_READY} when it took longer, with
   *     nothing left behind
   */
  Result<List<BackendCommunicator>> connectAll(int[] devices, Terms terms);

  /**
   * Joins, as a new rank, a communicator that grows ({@code ncclCommGrow} without a communicator);
   * with {@link org.ccl4j.api.Capability#GROW}. The ranks that are in it already call {@link
   * BackendCommunicator#grow}.
   *
   * @param request the id of the growth, this rank among the new ones, the size after it
   * @return as {@link #connect}
   */
  default Result<BackendCommunicator> connectGrown(ConnectRequest request) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * The options that the loaded library knows for a communicator. The core refuses all others.
   *
   * @return empty without {@link org.ccl4j.api.Capability#TUNING}
   */
  default Set<TuningOption> tuning() {
    return Set.of();
  }

  /**
   * The options that the loaded library knows for a single call. The core refuses all others.
   *
   * @return empty without {@link org.ccl4j.api.Capability#CALL_TUNING}
   */
  default Set<TuningOption> callTuning() {
    return Set.of();
  }

  /**
   * The options of windows that the loaded library knows. The core refuses all others.
   *
   * @return of no meaning without {@link org.ccl4j.api.Capability#WINDOWS}
   */
  default Set<WindowOption> windowOptions() {
    return Set.of(WindowOption.COLLECTIVE_SYMMETRIC);
  }

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
   * Ends the group without issuing its operations and says how long they would take ({@code
   * ncclGroupSimulateEnd}); with {@link org.ccl4j.api.Capability#SIMULATE}.
   *
   * @return microseconds
   */
  default Result<Double> groupSimulateEnd() {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * The names of the library's parameters ({@code ncclParamGetAllParameterKeys}); with {@link
   * org.ccl4j.api.Capability#PARAMETERS}.
   *
   * @return in the library's order
   */
  default Result<List<String>> parameters() {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * The value of a parameter as text ({@code ncclParamGetParameter}); with {@link
   * org.ccl4j.api.Capability#PARAMETERS}.
   *
   * @param key one of {@link #parameters()}
   * @return the value
   */
  default Result<String> parameter(String key) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * Allocates memory of the kind that the library can register ({@code ncclMemAlloc}); with {@link
   * org.ccl4j.api.Capability#LIBRARY_MEMORY}.
   *
   * @param device ordinal
   * @param bytes greater than 0
   * @return an address, aligned to 4096 bytes
   */
  default Result<Long> allocate(int device, long bytes) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclMemFree}. Work that is already enqueued still finds the memory, as with {@link
   * DeviceRuntime#free}.
   *
   * @param device ordinal
   * @param address what {@link #allocate} gave
   * @return the status
   */
  default int free(int device, long address) {
    return StatusCode.UNSUPPORTED;
  }

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
   * What every way to a new communicator takes.
   *
   * @param name for messages
   * @param tuning what is asked of the library; only options of {@link #tuning()}
   * @param timeoutNanos how long to wait for the other ranks
   */
  record Terms(String name, Tuning tuning, long timeoutNanos) {}

  /**
   * What is needed to join a communicator.
   *
   * @param ids the unique ids, of the right length: one, or {@link #uniqueIdCount} where they came
   *     over a store
   * @param rank this rank
   * @param size the number of ranks
   * @param device the ordinal of this rank's device
   * @param terms name, tuning and bound
   */
  record ConnectRequest(List<UniqueId> ids, int rank, int size, int device, Terms terms) {

    /**
     * Copies the ids.
     *
     * @param ids as in the record
     * @param rank as in the record
     * @param size as in the record
     * @param device as in the record
     * @param terms as in the record
     */
    public ConnectRequest {
      ids = List.copyOf(ids);
    }

    /**
     * A request with one id that leaves everything to the library.
     *
     * @param id the unique id, of the right length
     * @param rank as in the record
     * @param size as in the record
     * @param device as in the record
     * @param name for messages
     * @param timeoutNanos how long to wait for the other ranks
     */
    public ConnectRequest(
        UniqueId id, int rank, int size, int device, String name, long timeoutNanos) {
      this(List.of(id), rank, size, device, new Terms(name, Tuning.DEFAULT, timeoutNanos));
    }

    /**
     * The first id, which is the only one unless {@link #uniqueIdCount} says otherwise.
     *
     * @return the id
     */
    public UniqueId id() {
      return ids.get(0);
    }

    /**
     * The communicator's name.
     *
     * @return for messages
     */
    public String name() {
      return terms.name();
    }

    /**
     * The bound.
     *
     * @return how long to wait for the other ranks
     */
    public long timeoutNanos() {
      return terms.timeoutNanos();
    }
  }
}
