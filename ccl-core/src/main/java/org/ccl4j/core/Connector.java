package org.ccl4j.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/** The ways to a communicator. */
final class Connector {
  private static final String GROWN = "connectGrown";

  private static final AtomicLong OPENED = new AtomicLong();

  private final CclHandle library;

  /** The number of the Ccl in this process. */
  private final long number = OPENED.incrementAndGet();

  Connector(CclHandle library) {
    this.library = library;
  }

  UniqueId newUniqueId() {
    String what = "newUniqueId";
    library.requireNoGroup(what);
    library.hold(what);
    try {
      Result<byte[]> bytes = library.backend.newUniqueId();
      byte[] value = bytes.value();
      if (!bytes.ok() || value == null) {
        throw Errors.ofCall(library.backend, bytes.status(), what, ErrorDetails.NONE);
      }
      return UniqueId.of(library.info.id(), value);
    } finally {
      library.unhold();
    }
  }

  CommunicatorHandle connect(DeviceImpl device, RankContext ranks, ConnectOptions options) {
    library.requireNoGroup("connect");
    Tunings.requireKnown(library, "connect", options.tuning());
    DeviceHandle owner = device.handle();
    owner.hold("connect");
    try {
      long end = System.nanoTime() + Times.nanos(options.timeout());
      int idCount = library.backend.uniqueIdCount(ranks.size());
      List<UniqueId> ids = meet(device, ranks, options, party(owner, idCount, this::newUniqueId));
      return connectNatively(
          owner, library.backend::connect, ids, ranks.rank(), ranks.size(), options, end);
    } finally {
      owner.unhold();
    }
  }

  /** Meets the ranks of a growth over a store; the id is made on rank 0, which is in it already. */
  UniqueId meetToGrow(
      DeviceImpl device, RankContext ranks, ConnectOptions options, Supplier<UniqueId> newId) {
    return meet(device, ranks, options, party(device.handle(), 1, newId)).get(0);
  }

  private List<UniqueId> meet(
      DeviceImpl device, RankContext ranks, ConnectOptions options, Rendezvous.Party party) {
    Roster.Facts facts = facts(ranks.size(), options);
    return new Rendezvous(
            ranks,
            Times.nanos(options.timeout()),
            new Roster.Hello(facts, machine(), place(device)),
            party)
        .meet();
  }

  private Roster.Facts facts(int size, ConnectOptions options) {
    return new Roster.Facts(
        size,
        library.info.id(),
        library.info.version(),
        library.info.capabilities().stream().sorted().toList().toString(),
        library.backend.configuration(),
        options.tuning().toString());
  }

  /** Where nobody else can see the devices, no other process can bring the same one. */
  private String machine() {
    String id = library.devices.machineId();
    return id.isEmpty() ? "of process " + Seat.PROCESS : id;
  }

  /**
   * What only one rank may bring. Ranks that share a device still need a Ccl each, for a launch of
   * one may wait inside the library for the launch of another, and a Ccl launches one at a time.
   */
  private String place(DeviceImpl device) {
    String busId = device.info().busId();
    return library.info.can(Capability.SHARED_DEVICES)
        ? busId + " through Ccl " + number + " of process " + Seat.PROCESS
        : busId;
  }

  private Rendezvous.Party party(DeviceHandle owner, int idCount, Supplier<UniqueId> newId) {
    return new Rendezvous.Party() {
      @Override
      public UniqueId newUniqueId() {
        return newId.get();
      }

      @Override
      public int uniqueIdCount() {
        return idCount;
      }

      @Override
      public void requireWanted() {
        if (library.isClosed()) {
          throw library.closedException("connect");
        }
        if (owner.isClosed()) {
          throw owner.closedException("connect");
        }
      }
    };
  }

  CommunicatorHandle connect(
      DeviceImpl device, UniqueId id, int rank, int size, ConnectOptions options) {
    String what = "connect";
    library.requireNoGroup(what);
    requireUsable(what, id);
    requirePlace(what, rank, 0, size);
    Tunings.requireKnown(library, what, options.tuning());
    DeviceHandle owner = device.handle();
    owner.hold(what);
    try {
      long end = System.nanoTime() + Times.nanos(options.timeout());
      return connectNatively(
          owner, library.backend::connect, List.of(id), rank, size, options, end);
    } finally {
      owner.unhold();
    }
  }

  CommunicatorHandle connectGrown(
      DeviceImpl device, UniqueId id, int rank, int size, ConnectOptions options) {
    requireGrowing(rank, size, options);
    requireUsable(GROWN, id);
    DeviceHandle owner = device.handle();
    owner.hold(GROWN);
    try {
      long end = System.nanoTime() + Times.nanos(options.timeout());
      return connectNatively(
          owner, library.backend::connectGrown, List.of(id), rank, size, options, end);
    } finally {
      owner.unhold();
    }
  }

  CommunicatorHandle connectGrown(DeviceImpl device, RankContext ranks, ConnectOptions options) {
    requireGrowing(ranks.rank(), ranks.size(), options);
    DeviceHandle owner = device.handle();
    owner.hold(GROWN);
    try {
      long end = System.nanoTime() + Times.nanos(options.timeout());
      UniqueId id =
          meetToGrow(
              device,
              ranks,
              options,
              () -> {
                throw new IllegalStateException("a new rank is never rank 0");
              });
      return connectNatively(
          owner,
          library.backend::connectGrown,
          List.of(id),
          ranks.rank(),
          ranks.size(),
          options,
          end);
    } finally {
      owner.unhold();
    }
  }

  private void requireGrowing(int rank, int size, ConnectOptions options) {
    library.requireNoGroup(GROWN);
    library.requireCapability(GROWN, Capability.GROW);
    // At least one rank was there before.
    requirePlace(GROWN, rank, 1, size);
    Tunings.requireKnown(library, GROWN, options.tuning());
  }

  private static void requirePlace(String what, int rank, int lowest, int size) {
    if (size <= lowest) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + ": size is " + size + "; allowed is " + (lowest + 1) + " or more.");
    }
    if (rank < lowest || rank >= size) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + ": rank is " + rank + "; allowed is " + lowest + " to " + (size - 1) + ".");
    }
  }

  void requireUsable(String what, UniqueId id) {
    if (!id.backendId().equals(library.info.id())) {
      throw new CclUsageException(
          ErrorCode.INVALID_UNIQUE_ID,
          what
              + ": id was made by "
              + id.backendId()
              + "; allowed is one made by "
              + library.info.id()
              + ". All ranks must run the same backend.");
    }
    int length = id.toBytes().length;
    if (length != library.backend.uniqueIdSize()) {
      throw new CclUsageException(
          ErrorCode.INVALID_UNIQUE_ID,
          what
              + ": id has "
              + length
              + " bytes; allowed are "
              + library.backend.uniqueIdSize()
              + ". Pass on what newUniqueId() gave, unchanged.");
    }
  }

  private CommunicatorHandle connectNatively(
      DeviceHandle owner,
      Function<Backend.ConnectRequest, Result<BackendCommunicator>> join,
      List<UniqueId> ids,
      int rank,
      int size,
      ConnectOptions options,
      long end) {
    // All ranks have the ids in common, so that they speak of the communicator by one name.
    String name =
        options.name().isEmpty()
            ? String.format(Locale.ROOT, "#%08x", ids.get(0).hashCode())
            : options.name();
    ErrorDetails details =
        ErrorDetails.NONE
            .withOperation("connect")
            .withCommunicator(name, rank)
            .withDevice(owner.ordinal);
    long left = Math.max(1, end - System.nanoTime());
    Result<BackendCommunicator> result =
        join.apply(
            new Backend.ConnectRequest(
                ids, rank, size, owner.ordinal, new Backend.Terms(name, options.tuning(), left)));
    if (result.status() == StatusCode.NOT_READY) {
      Waits.requireNotInterrupted("connect", "Connect again with a new id, on every rank.");
      String said = library.backend.lastError().strip();
      throw new CclTimeoutException(
          ErrorCode.CONNECT_TIMEOUT,
          "connect: not all "
              + size
              + " ranks joined "
              + name
              + " within "
              + options.timeout()
              + ". "
              + (said.isEmpty() ? "" : said + ". ")
              + "Look for the ranks that did not get here, then connect again with a new id.",
          details,
          null);
    }
    BackendCommunicator communicator = result.value();
    if (!result.ok() || communicator == null) {
      throw Errors.ofCall(library.backend, result.status(), "connect", details);
    }
    CommunicatorHandle handle =
        CommunicatorHandle.over(
            library, owner.ordinal, communicator, rank, size, name, Times.nanos(options.timeout()));
    owner.adopt(handle, "connect");
    return handle;
  }

  List<CommunicatorHandle> connectAll(List<DeviceImpl> devices, ConnectOptions options) {
    String what = "connectAll";
    library.requireNoGroup(what);
    if (devices.isEmpty()) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT, what + ": devices is empty; allowed is 1 device or more.");
    }
    int[] ordinals = devices.stream().mapToInt(DeviceImpl::ordinal).toArray();
    if (!library.info.can(Capability.SHARED_DEVICES)) {
      requireDistinct(ordinals);
    }
    Tunings.requireKnown(library, what, options.tuning());
    int held = 0;
    try {
      for (DeviceImpl device : devices) {
        device.handle().hold(what);
        held++;
      }
      return connectAllHeld(devices, ordinals, options);
    } finally {
      for (int i = 0; i < held; i++) {
        devices.get(i).handle().unhold();
      }
    }
  }

  private List<CommunicatorHandle> connectAllHeld(
      List<DeviceImpl> devices, int[] ordinals, ConnectOptions options) {
    String name = options.name().isEmpty() ? "#all-" + library.nextNumber() : options.name();
    Result<List<BackendCommunicator>> result =
        library.backend.connectAll(
            ordinals, new Backend.Terms(name, options.tuning(), Times.nanos(options.timeout())));
    if (result.status() == StatusCode.NOT_READY) {
      Waits.requireNotInterrupted("connectAll", "Connect again.");
      throw new CclTimeoutException(
          ErrorCode.CONNECT_TIMEOUT,
          "connectAll: the library did not connect the "
              + ordinals.length
              + " devices within "
              + options.timeout()
              + ". Allow more time, or look at the library's own log.",
          ErrorDetails.NONE.withOperation("connectAll"),
          null);
    }
    List<BackendCommunicator> communicators = result.value();
    if (!result.ok() || communicators == null) {
      throw Errors.ofCall(
          library.backend,
          result.status(),
          "connectAll",
          ErrorDetails.NONE.withOperation("connectAll"));
    }
    List<CommunicatorHandle> handles = new ArrayList<>();
    Failures failures = new Failures();
    for (int i = 0; i < ordinals.length; i++) {
      int rank = i;
      failures.attempt(
          () -> {
            CommunicatorHandle handle =
                CommunicatorHandle.over(
                    library,
                    ordinals[rank],
                    communicators.get(rank),
                    rank,
                    ordinals.length,
                    name,
                    Times.nanos(options.timeout()));
            handles.add(handle);
            devices.get(rank).handle().adopt(handle, "connectAll");
          });
    }
    if (!failures.isEmpty()) {
      handles.forEach(handle -> failures.attempt(handle::abort));
      failures.throwFirst();
    }
    return handles;
  }

  private static void requireDistinct(int[] ordinals) {
    for (int i = 0; i < ordinals.length; i++) {
      for (int earlier = 0; earlier < i; earlier++) {
        if (ordinals[earlier] == ordinals[i]) {
          throw new CclUsageException(
              ErrorCode.DUPLICATE_DEVICE,
              "connectAll: devices["
                  + earlier
                  + "] and devices["
                  + i
                  + "] are both device "
                  + ordinals[i]
                  + "; allowed is each device at most once. Take another device for one of them, or"
                  + " connect fewer ranks.");
        }
      }
    }
  }
}
