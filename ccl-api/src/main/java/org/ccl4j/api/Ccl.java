package org.ccl4j.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One open backend: the way to devices and communicators.
 *
 * <pre>{@code
 * try (Ccl ccl = Ccl.open();
 *     Device device = ccl.device(ranks.localRank());
 *     Communicator comm = ccl.connect(device, ranks);
 *     Stream stream = device.openStream();
 *     DeviceBuffer x = device.allocate(DataType.FLOAT32, n)) {
 *   x.copyFrom(host, stream);
 *   comm.allReduce(x, x, ReduceOp.SUM, stream);
 *   x.copyTo(host, stream);
 * }
 * }</pre>
 *
 * <p>Objects made from a {@code Ccl} work together with each other only. All methods may be called
 * from any thread; which ranks must call what is said at each method. Closing closes everything
 * that was made from it, children first.
 */
public interface Ccl extends AutoCloseable {

  /**
   * Selects a backend by the rules of {@link Selection} and opens it. Local: other ranks need not
   * call.
   *
   * @return the open library; close it
   * @throws CclSelectionException when no backend can be taken, with the whole report
   */
  static Ccl open() {
    return open(OpenOptions.DEFAULT);
  }

  /**
   * Selects a backend by the rules of {@link Selection} and opens it. A backend that is asked for
   * by name is the only one whose libraries are looked for. Local: other ranks need not call.
   *
   * @param options backend by name, configuration, class loader
   * @return the open library; close it
   * @throws CclSelectionException when no backend can be taken, with the whole report
   */
  static Ccl open(OpenOptions options) {
    return Implementation.find(Required.nonNull("options", options).classLoader()).open(options);
  }

  /**
   * Probes every backend on the class path, also when one is asked for by name, and says which one
   * {@link #open(OpenOptions)} would take and why. Opens nothing and throws nothing on account of a
   * backend.
   *
   * @param options backend by name, configuration, class loader
   * @return the report
   */
  static Selection survey(OpenOptions options) {
    return Implementation.find(Required.nonNull("options", options).classLoader()).survey(options);
  }

  /**
   * The backend in use.
   *
   * @return its id, version, location and capabilities
   */
  BackendInfo backend();

  /**
   * How the backend was picked.
   *
   * @return the report that was made when this was opened; where the backend was asked for by name,
   *     the others are {@link ProbeResult.Unexamined}
   */
  Selection selection();

  /**
   * The number of devices this process sees ({@code cudaGetDeviceCount}).
   *
   * @return 0 or more
   */
  int deviceCount();

  /**
   * Takes a device. Each call gives a handle of its own; closing it closes what was made through it
   * and nothing else.
   *
   * @param ordinal 0 to {@link #deviceCount()} - 1
   * @return the device; close it
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when there is no such device
   */
  Device device(int ordinal);

  /**
   * Makes a unique id for a communicator to be ({@code ncclGetUniqueId}). One rank calls and gives
   * the id to all others. The process that called must live until all ranks have connected.
   *
   * @return a new id, different from all others
   */
  UniqueId newUniqueId();

  /**
   * Joins the communicator of all ranks of a job: rank 0 makes a unique id and publishes it in the
   * store, the others fetch it, and all connect ({@code ncclCommInitRank}). <b>All ranks must
   * call</b>, each with the same size, in the same order where they connect several times over one
   * store. Bounded by the default timeout of {@link ConnectOptions}.
   *
   * @param device this rank's device; no other rank of the communicator may have the same one
   * @param ranks who this rank is, and the store
   * @return the communicator; close it
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all ranks came in time;
   *     the message names those that are missing
   * @throws CclUsageException {@link ErrorCode#DUPLICATE_DEVICE} when two ranks brought the same
   *     physical device
   */
  default Communicator connect(Device device, RankContext ranks) {
    return connect(device, ranks, ConnectOptions.DEFAULT);
  }

  /**
   * As {@link #connect(Device, RankContext)}, with options.
   *
   * @param device this rank's device; no other rank of the communicator may have the same one
   * @param ranks who this rank is, and the store
   * @param options timeout, name and tuning
   * @return the communicator; close it
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all ranks came in time
   * @throws CclUsageException {@link ErrorCode#DUPLICATE_DEVICE} when two ranks brought the same
   *     physical device, {@link ErrorCode#DUPLICATE_RANK} when another participant has this rank,
   *     {@link ErrorCode#RANKS_DIFFER} when size, backend, version, configuration or tuning differ,
   *     {@link ErrorCode#UNSUPPORTED} when the library does not know an option of the tuning
   */
  Communicator connect(Device device, RankContext ranks, ConnectOptions options);

  /**
   * Joins a communicator with a unique id that came over a channel of the caller's own ({@code
   * ncclCommInitRank}). <b>All ranks must call</b>, each with the same id and size and a rank of
   * its own.
   *
   * @param device this rank's device; no other rank of the communicator may have the same one
   * @param id made by {@link #newUniqueId()} on one rank; good for one communicator
   * @param rank this rank, 0 to size - 1
   * @param size the number of ranks, at least 1
   * @param options timeout, name and tuning
   * @return the communicator; close it
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} for rank or size, {@link
   *     ErrorCode#INVALID_UNIQUE_ID} when the id is another backend's
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all ranks came in time
   */
  Communicator connect(Device device, UniqueId id, int rank, int size, ConnectOptions options);

  /**
   * Joins, as a new rank, a communicator that grows ({@code ncclCommGrow} without a communicator).
   * <b>All new ranks must call</b> while all ranks that are in it already call {@link
   * Communicator#grow(int, java.util.Optional, ConnectOptions)}.
   *
   * @param device this rank's device; no other rank of the communicator may have the same one
   * @param id made by {@link Communicator#newGrowthId()} on one of the ranks that are in it
   * @param rank this rank, from the size before to size - 1
   * @param size the number of ranks afterwards
   * @param options timeout, name and tuning
   * @return the communicator; close it
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#GROW}; {@link
   *     ErrorCode#OUT_OF_RANGE} for rank or size, {@link ErrorCode#INVALID_UNIQUE_ID} when the id
   *     is another backend's
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all ranks came in time
   */
  Communicator connectGrown(Device device, UniqueId id, int rank, int size, ConnectOptions options);

  /**
   * As {@link #connectGrown(Device, UniqueId, int, int, ConnectOptions)}, with a store in place of
   * an id. <b>All new ranks must call</b> while all ranks that are in it already call {@link
   * Communicator#grow(RankContext, ConnectOptions)}.
   *
   * @param device this rank's device; no other rank of the communicator may have the same one
   * @param ranks this new rank, the number of ranks afterwards, and a store, or a corner of one
   *     ({@link Store#prefixed}), that serves this growth alone
   * @param options timeout, name and tuning
   * @return the communicator; close it
   * @throws CclUsageException as the other form, and as {@link #connect(Device, RankContext,
   *     ConnectOptions)}
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all ranks came in time;
   *     the message names those that are missing
   */
  Communicator connectGrown(Device device, RankContext ranks, ConnectOptions options);

  /**
   * Makes one communicator over devices of this process alone, one rank for each, in the order
   * given ({@code ncclCommInitAll}). One thread calls once.
   *
   * @param devices the devices, each at most once
   * @return the communicators in the same order: the i-th has rank i; close them
   * @throws CclUsageException {@link ErrorCode#DUPLICATE_DEVICE} when a device is there twice,
   *     {@link ErrorCode#INVALID_ARGUMENT} when the list is empty
   */
  default List<Communicator> connectAll(List<Device> devices) {
    return connectAll(devices, ConnectOptions.DEFAULT);
  }

  /**
   * As {@link #connectAll(List)}, with options.
   *
   * @param devices the devices, each at most once
   * @param options timeout, name and tuning
   * @return the communicators in the same order: the i-th has rank i; close them
   * @throws CclUsageException {@link ErrorCode#DUPLICATE_DEVICE} when a device is there twice,
   *     {@link ErrorCode#INVALID_ARGUMENT} when the list is empty
   */
  List<Communicator> connectAll(List<Device> devices, ConnectOptions options);

  /**
   * Issues several operations as one ({@code ncclGroupStart}, {@code ncclGroupEnd}). The operations
   * that the body calls on communicators of this {@code Ccl}, on this thread, are collected; when
   * the body returns all of them are checked and then issued together. A thread that drives several
   * devices must group their calls; so must sends and receives that wait for each other. Groups
   * nest: an inner group becomes part of the outermost one.
   *
   * <p>If the body throws, or one check fails, <b>nothing is launched</b> and the exception rises
   * from here. Work on streams (copies, events) inside the body is not part of the group: it is
   * enqueued at once and so comes before it. Waiting for a stream that the group will use, closing
   * communicators and connecting are {@link ErrorCode#ILLEGAL_STATE} inside a group. An empty group
   * does nothing.
   *
   * @param body calls operations on communicators
   */
  void group(Runnable body);

  /**
   * Estimates how long a group would take, and runs nothing ({@code ncclGroupSimulateEnd}). The
   * operations that the body calls are collected and checked as those of {@link #group(Runnable)};
   * then the library is asked for its estimate. Local: other ranks need not call.
   *
   * @param body calls operations on communicators
   * @return the library's estimate; zero for a body without operations
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#SIMULATE};
   *     {@link ErrorCode#ILLEGAL_STATE} inside a group; whatever a check of the operations finds
   */
  Duration simulate(Runnable body);

  /**
   * The library's parameters and their values now ({@code ncclParamGetAllParameterKeys}, {@code
   * ncclParamGetParameter}). They are named and set as the library has it, mostly by environment
   * variables, and read for people: a program that depends on one is bound to a library.
   *
   * @return values by name, in the library's order; immutable
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#PARAMETERS}
   */
  Map<String, String> parameters();

  /**
   * Captures what the body enqueues on several streams into one graph for each ({@code
   * cudaStreamBeginCapture} on all, body, {@code cudaStreamEndCapture} on all, then {@code
   * cudaGraphInstantiate}). For a thread that drives several devices: the graphs of one
   * communicator must be launched on all ranks, which one thread can do in a loop.
   *
   * @param streams the streams to capture, each at most once, none of them capturing already
   * @param body enqueues operations on these streams; nothing of it runs now
   * @return a graph for each stream, in the order given; close them
   * @throws CclUsageException {@link ErrorCode#ILLEGAL_STATE} when a stream captures already or the
   *     body waits for one
   */
  List<Graph> capture(List<Stream> streams, Runnable body);

  /**
   * Closes everything that was made from this, children first, and then the backend. Idempotent. If
   * several closings fail the first failure is thrown and the others are attached to it.
   */
  @Override
  void close();
}
