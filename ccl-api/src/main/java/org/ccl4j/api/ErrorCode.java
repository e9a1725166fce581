package org.ccl4j.api;

import java.util.Locale;

/**
 * The stable code of every failure. The text {@code CCL-nnnn} leads each message; docs/errors.md
 * has a heading for each with causes and remedies. Codes are never given a new meaning.
 *
 * <p>1000s: selection and configuration; 2000s: mistakes of the caller; 3000s: failures of the
 * library or the device; 4000s: time; 5000s: rendezvous.
 */
public enum ErrorCode {
  /** ccl-core, or ccl-bootstrap where it is needed, is not on the class path. */
  NO_IMPLEMENTATION(1001, ErrorCategory.FIX_SETUP),
  /** No backend is on the class path. */
  NO_BACKEND(1002, ErrorCategory.FIX_SETUP),
  /** The backend asked for is not on the class path. */
  UNKNOWN_BACKEND(1003, ErrorCategory.FIX_SETUP),
  /** The backend asked for is there but cannot be used on this machine. */
  BACKEND_UNAVAILABLE(1004, ErrorCategory.FIX_SETUP),
  /** Backends are there, but none of them can be used on this machine. */
  ALL_BACKENDS_UNAVAILABLE(1005, ErrorCategory.FIX_SETUP),
  /** Several backends of the same priority could be used, or a short name fits several. */
  AMBIGUOUS_BACKEND(1006, ErrorCategory.FIX_SETUP),
  /** A configuration value does not parse or is out of range. */
  INVALID_SETTING(1007, ErrorCategory.FIX_SETUP),
  /** No launcher says which rank this process is. */
  NO_LAUNCHER(1008, ErrorCategory.FIX_SETUP),
  /** What launchers say about the rank of this process is incomplete, wrong or contradictory. */
  INVALID_LAUNCH(1009, ErrorCategory.FIX_SETUP),
  /** Nothing says over which store the ranks of the job meet. */
  NO_STORE(1010, ErrorCategory.FIX_SETUP),

  /** A required argument is null. */
  NULL_ARGUMENT(2001, ErrorCategory.FIX_CALL),
  /** A number (rank, root, peer, count, offset, device ordinal, time) is outside its range. */
  OUT_OF_RANGE(2002, ErrorCategory.FIX_CALL),
  /** A buffer holds fewer elements than the operation reads or writes there. */
  BUFFER_TOO_SMALL(2003, ErrorCategory.FIX_CALL),
  /** Two buffers, or a buffer and an operator or array, differ in type. */
  TYPE_MISMATCH(2004, ErrorCategory.FIX_CALL),
  /** A buffer or stream belongs to another device than the communicator. */
  WRONG_DEVICE(2005, ErrorCategory.FIX_CALL),
  /** An object was made by another {@link Ccl} or is another implementation. */
  FOREIGN_OBJECT(2006, ErrorCategory.FIX_CALL),
  /** An object was used after it was closed or aborted. */
  CLOSED(2007, ErrorCategory.FIX_CALL),
  /** Send and receive buffer overlap in a way that is not the operation's in-place form. */
  ILLEGAL_OVERLAP(2008, ErrorCategory.FIX_CALL),
  /** Two threads used one communicator at the same time. */
  CONCURRENT_USE(2009, ErrorCategory.FIX_CALL),
  /** The operator belongs to another communicator or another type. */
  INVALID_OPERATOR(2010, ErrorCategory.FIX_CALL),
  /** The same physical device was given for two ranks. */
  DUPLICATE_DEVICE(2011, ErrorCategory.FIX_CALL),
  /** The loaded library lacks the capability, the option or the signal. */
  UNSUPPORTED(2012, ErrorCategory.FIX_CALL),
  /** A host buffer is not direct, is read-only where it is written, or is too small. */
  INVALID_HOST_BUFFER(2013, ErrorCategory.FIX_CALL),
  /** The call is not allowed in this state, such as waiting while a graph is captured. */
  ILLEGAL_STATE(2014, ErrorCategory.FIX_CALL),
  /** A unique id is malformed, of the wrong length or made by another backend. */
  INVALID_UNIQUE_ID(2015, ErrorCategory.FIX_CALL),
  /** An argument is wrong in a way that has no code of its own. */
  INVALID_ARGUMENT(2016, ErrorCategory.FIX_CALL),
  /** Two participants connected as the same rank. */
  DUPLICATE_RANK(2017, ErrorCategory.FIX_CALL),
  /** The ranks differ in the number of ranks, the backend, its version or its configuration. */
  RANKS_DIFFER(2018, ErrorCategory.FIX_CALL),

  /** The library returned an error. */
  LIBRARY_ERROR(3001, ErrorCategory.REBUILD_COMMUNICATOR),
  /** The device has no memory left for the request. */
  OUT_OF_MEMORY(3002, ErrorCategory.RETRY),
  /** Another rank failed, was aborted or left. */
  REMOTE_FAILURE(3003, ErrorCategory.REBUILD_COMMUNICATOR),
  /** The ranks called different operations, or the same with different arguments. */
  MISMATCH(3004, ErrorCategory.REBUILD_COMMUNICATOR),
  /** The device or its runtime failed. */
  DEVICE_FAILURE(3005, ErrorCategory.END_PROCESS),
  /** The communicator failed before; the first failure is the cause. */
  COMMUNICATOR_FAILED(3006, ErrorCategory.REBUILD_COMMUNICATOR),

  /** A wait on a stream or an event took longer than allowed. */
  WAIT_TIMEOUT(4001, ErrorCategory.RETRY),
  /** Not all ranks connected in time. */
  CONNECT_TIMEOUT(4002, ErrorCategory.RETRY),
  /** An operation did not complete within its own deadline; the communicator was aborted. */
  OPERATION_TIMEOUT(4003, ErrorCategory.REBUILD_COMMUNICATOR),
  /** A communicator could not be closed in time and was aborted instead. */
  CLOSE_TIMEOUT(4004, ErrorCategory.REBUILD_COMMUNICATOR),
  /** The waiting thread was interrupted. */
  INTERRUPTED(4005, ErrorCategory.RETRY),

  /** A key did not appear in the store in time. */
  STORE_TIMEOUT(5001, ErrorCategory.RETRY),
  /** The store failed while it was in use, or refused the request. */
  STORE_FAILED(5002, ErrorCategory.RETRY),
  /** Nothing answered at the store's address in time. */
  STORE_UNREACHABLE(5003, ErrorCategory.RETRY),
  /** The name of the store's host does not resolve. */
  STORE_HOST_UNKNOWN(5004, ErrorCategory.FIX_SETUP),
  /** A store cannot be served at the address: the port is taken, or the address is elsewhere. */
  STORE_ADDRESS_UNUSABLE(5005, ErrorCategory.FIX_SETUP),
  /** Something answers at the store's address, but it is no store of this version. */
  STORE_PROTOCOL(5006, ErrorCategory.FIX_SETUP),
  /** One side of a store has no secret. */
  STORE_SECRET_MISSING(5007, ErrorCategory.FIX_SETUP),
  /** The two sides of a store have different secrets. */
  STORE_SECRET_WRONG(5008, ErrorCategory.FIX_SETUP),
  /** The store has no room left: one of its limits is reached, or the disk is full. */
  STORE_FULL(5009, ErrorCategory.FIX_SETUP),
  /** A file or folder of a store, or of its secret, is open to other users. */
  STORE_NOT_PRIVATE(5010, ErrorCategory.FIX_SETUP),
  /** The two sides of a store could not agree on TLS. */
  STORE_TLS_FAILED(5011, ErrorCategory.FIX_SETUP),
  /** A rank cannot be started, or the launchers of several hosts do not fit together. */
  LAUNCH_FAILED(5012, ErrorCategory.FIX_SETUP);

  private final int number;
  private final ErrorCategory category;

  ErrorCode(int number, ErrorCategory category) {
    this.number = number;
    this.category = category;
  }

  /**
   * The code as it stands in messages and in docs/errors.md.
   *
   * @return such as {@code CCL-2003}
   */
  public String text() {
    return String.format(Locale.ROOT, "CCL-%04d", number);
  }

  /**
   * What to do about it.
   *
   * @return the category
   */
  public ErrorCategory category() {
    return category;
  }
}
