package org.ccl4j.core;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * What a communicator can do besides moving data: become other communicators, be revoked, be
 * suspended. Each call is checked here, then carried out; nothing is asked of the library before
 * all checks have passed.
 */
final class CommunicatorLife {
  private static final Set<Standing> SPLIT_REFUSED = EnumSet.of(Standing.SUSPENDED, Standing.SPENT);
  private static final Set<Standing> NOT_ANY_MORE = EnumSet.of(Standing.REVOKED, Standing.SPENT);
  private static final Set<Standing> GROW_REFUSED = EnumSet.complementOf(EnumSet.of(Standing.OPEN));

  private final DeviceImpl device;
  private final CommunicatorHandle handle;
  private final CclHandle library;
  private final Offspring offspring;

  /** The id that this rank made and that no growth has used up. */
  private volatile @Nullable UniqueId growthId;

  CommunicatorLife(DeviceImpl device, CommunicatorHandle handle) {
    this.device = device;
    this.handle = handle;
    this.library = handle.library;
    this.offspring = new Offspring(handle, device.handle());
  }

  // --- children ---

  Optional<Communicator> split(int color, int key, ConnectOptions options) {
    String what = Operation.SPLIT.text;
    Arguments.notNull("options", options);
    library.requireNoGroup(what);
    if (color < Communicator.NO_COLOR) {
      throw wrong(
          Operation.SPLIT,
          ErrorCode.OUT_OF_RANGE,
          "color is " + color + "; allowed is 0 or more, or NO_COLOR (-1).");
    }
    handle.requireCapability(what, Capability.SPLIT);
    Tunings.requireKnown(library, what, options.tuning());
    String own = color == Communicator.NO_COLOR ? "none" : String.valueOf(color);
    Terms terms = terms(options, own);
    handle.enterUnless(Operation.SPLIT, SPLIT_REFUSED, false);
    try {
      CommunicatorHandle child = offspring.split(color, key, terms);
      return child == null ? Optional.empty() : Optional.of(new CommunicatorImpl(device, child));
    } finally {
      handle.disown();
    }
  }

  Communicator shrink(Set<Integer> excludedRanks, ShrinkMode mode, ConnectOptions options) {
    String what = Operation.SHRINK.text;
    Arguments.notNull("excludedRanks", excludedRanks);
    Arguments.notNull("mode", mode);
    Arguments.notNull("options", options);
    library.requireNoGroup(what);
    int[] excluded = requireRemaining(excludedRanks);
    handle.requireCapability(what, Capability.SHRINK);
    Tunings.requireKnown(library, what, options.tuning());
    boolean abort = mode == ShrinkMode.ABORT;
    handle.enterUnless(
        Operation.SHRINK, abort ? EnumSet.of(Standing.SUSPENDED) : SPLIT_REFUSED, abort);
    try {
      return new CommunicatorImpl(
          device, offspring.shrink(excluded, abort, terms(options, "shrunk")));
    } finally {
      handle.disown();
    }
  }

  /** The excluded ranks in rising order. */
  private int[] requireRemaining(Set<Integer> excludedRanks) {
    TreeSet<Integer> excluded = new TreeSet<>();
    for (Integer rank : excludedRanks) {
      Arguments.notNull("a rank of excludedRanks", rank);
      if (rank < 0 || rank >= handle.size) {
        throw wrong(
            Operation.SHRINK,
            ErrorCode.OUT_OF_RANGE,
            "excludedRanks has " + rank + "; allowed is 0 to " + (handle.size - 1) + ".");
      }
      excluded.add(rank);
    }
    if (excluded.isEmpty()) {
      throw wrong(
          Operation.SHRINK,
          ErrorCode.INVALID_ARGUMENT,
          "excludedRanks is empty; allowed is one rank or more. To have the same ranks once more,"
              + " split with one colour.");
    }
    if (excluded.contains(handle.rank)) {
      throw wrong(
          Operation.SHRINK,
          ErrorCode.INVALID_ARGUMENT,
          "excludedRanks has "
              + handle.rank
              + ", which is this rank; allowed are the others. A rank that is left out does not"
              + " call: it closes or aborts the communicator.");
    }
    return excluded.stream().mapToInt(Integer::intValue).toArray();
  }

  UniqueId newGrowthId() {
    requireGrowing(Operation.NEW_GROWTH_ID);
    handle.enterUnless(Operation.NEW_GROWTH_ID, GROW_REFUSED, false);
    try {
      UniqueId pending = growthId;
      if (pending != null) {
        throw wrong(
            Operation.NEW_GROWTH_ID,
            ErrorCode.ILLEGAL_STATE,
            pending
                + ", which this rank made before, is not used up; allowed is one at a time. Pass"
                + " that one to grow.");
      }
      UniqueId made = offspring.newGrowthId();
      growthId = made;
      return made;
    } finally {
      handle.disown();
    }
  }

  private void requireGrowing(Operation operation) {
    library.requireNoGroup(operation.text);
    handle.requireCapability(operation.text, Capability.GROW);
  }

  Communicator grow(int newSize, Optional<UniqueId> id, ConnectOptions options) {
    Arguments.notNull("id", id);
    Arguments.notNull("options", options);
    requireGrowing(Operation.GROW);
    requireLarger(newSize, options);
    UniqueId own = id.orElse(null);
    if (own == null) {
      if (handle.size == 1) {
        throw wrong(
            Operation.GROW,
            ErrorCode.INVALID_ARGUMENT,
            "id is empty, and there is no other rank that could have it; allowed is what"
                + " newGrowthId() gave.");
      }
    } else if (!Objects.equals(own, growthId)) {
      throw wrong(
          Operation.GROW,
          ErrorCode.INVALID_UNIQUE_ID,
          "id is "
              + own
              + ", which was not made here or is used up; allowed is what newGrowthId() of this"
              + " communicator gave on this rank, and nothing on all other ranks.");
    }
    handle.enterUnless(Operation.GROW, GROW_REFUSED, false);
    try {
      return grow(newSize, own, terms(options, "grown"));
    } finally {
      handle.disown();
    }
  }

  Communicator grow(RankContext ranks, ConnectOptions options) {
    Arguments.notNull("ranks", ranks);
    Arguments.notNull("options", options);
    requireGrowing(Operation.GROW);
    requireLarger(ranks.size(), options);
    if (ranks.rank() != handle.rank) {
      throw wrong(
          Operation.GROW,
          ErrorCode.INVALID_ARGUMENT,
          "ranks says that this is rank "
              + ranks.rank()
              + "; allowed is "
              + handle.rank
              + ", for ranks keep their numbers when a communicator grows.");
    }
    handle.enterUnless(Operation.GROW, GROW_REFUSED, false);
    try {
      long end = System.nanoTime() + Times.nanos(options.timeout());
      new Connector(library).meetToGrow(device, ranks, options, this::growthIdOfRankZero);
      Terms terms = terms(options, "grown");
      long left = Math.max(1, end - System.nanoTime());
      return grow(
          ranks.size(),
          handle.rank == 0 ? growthId : null,
          new Terms(terms.name(), terms.tuning(), left));
    } finally {
      handle.disown();
    }
  }

  /** Made anew unless an earlier growth has left one. */
  private UniqueId growthIdOfRankZero() {
    UniqueId id = growthId;
    if (id == null) {
      id = offspring.newGrowthId();
      growthId = id;
    }
    return id;
  }

  private Communicator grow(int newSize, @Nullable UniqueId id, Terms terms) {
    CommunicatorHandle grown = offspring.grow(newSize, id, terms);
    growthId = null;
    return new CommunicatorImpl(device, grown);
  }

  private void requireLarger(int newSize, ConnectOptions options) {
    if (newSize <= handle.size) {
      throw wrong(
          Operation.GROW,
          ErrorCode.OUT_OF_RANGE,
          "the new size is "
              + newSize
              + "; allowed is more than the "
              + handle.size
              + " ranks that there are. For fewer, shrink.");
    }
    Tunings.requireKnown(library, Operation.GROW.text, options.tuning());
  }

  private Terms terms(ConnectOptions options, String suffix) {
    return new Terms(
        options.name().isEmpty() ? handle.name() + "/" + suffix : options.name(),
        options.tuning(),
        Times.nanos(options.timeout()));
  }

  private CclUsageException wrong(Operation operation, ErrorCode code, String message) {
    return new CclUsageException(code, operation + ": " + message, handle.details(operation), null);
  }

  // --- between use and end ---

  void revoke() {
    library.requireNoGroup(Operation.REVOKE.text);
    handle.requireCapability(Operation.REVOKE.text, Capability.REVOKE);
    // Whoever is inside a call now is not waited for: this is how such a call is ended.
    handle.hold(Operation.REVOKE.text);
    try {
      if (handle.isAborted() || handle.standing() == Standing.SUSPENDED) {
        throw handle.unusable(Operation.REVOKE);
      }
      // Of what a deadline has aborted nothing is in flight any more.
      if (handle.stand(Standing.OPEN, Standing.REVOKED) && handle.isAlive()) {
        requireOk(Operation.REVOKE, handle.backend.revoke());
      }
    } finally {
      handle.unhold();
    }
  }

  void suspend(long timeoutNanos) {
    library.requireNoGroup(Operation.SUSPEND.text);
    handle.requireCapability(Operation.SUSPEND.text, Capability.SUSPEND);
    handle.enterUnless(Operation.SUSPEND, NOT_ANY_MORE, false);
    try {
      handle.hold(Operation.SUSPEND.text);
      try {
        if (handle.stand(Standing.OPEN, Standing.SUSPENDED)) {
          int status = handle.backend.suspend(timeoutNanos);
          if (status != StatusCode.OK) {
            handle.stand(Standing.SUSPENDED, Standing.OPEN);
          }
          requireAllCame(Operation.SUSPEND, status, timeoutNanos);
        }
      } finally {
        handle.unhold();
      }
    } finally {
      handle.disown();
    }
  }

  void resume(long timeoutNanos) {
    library.requireNoGroup(Operation.RESUME.text);
    handle.requireCapability(Operation.RESUME.text, Capability.SUSPEND);
    handle.enterUnless(Operation.RESUME, NOT_ANY_MORE, false);
    try {
      handle.hold(Operation.RESUME.text);
      try {
        if (handle.standing() == Standing.SUSPENDED) {
          requireAllCame(Operation.RESUME, handle.backend.resume(timeoutNanos), timeoutNanos);
          handle.stand(Standing.SUSPENDED, Standing.OPEN);
        }
      } finally {
        handle.unhold();
      }
    } finally {
      handle.disown();
    }
  }

  long memoryStatistic(MemoryStatistic statistic) {
    String what = Operation.MEMORY_STATISTIC.text;
    Arguments.notNull("statistic", statistic);
    handle.requireCapability(what, Capability.MEMORY_STATISTICS);
    handle.enterUnless(Operation.MEMORY_STATISTIC, NOT_ANY_MORE, false);
    try {
      handle.hold(what);
      try {
        Result<Long> result = handle.backend.memoryStatistic(statistic);
        Long value = result.value();
        if (!result.ok() || value == null) {
          throw failed(Operation.MEMORY_STATISTIC, result.status());
        }
        return value;
      } finally {
        handle.unhold();
      }
    } finally {
      handle.disown();
    }
  }

  private void requireAllCame(Operation operation, int status, long timeoutNanos) {
    if (status == StatusCode.NOT_READY) {
      throw handle.notAllCame(operation, timeoutNanos);
    }
    requireOk(operation, status);
  }

  private void requireOk(Operation operation, int status) {
    if (status != StatusCode.OK) {
      throw failed(operation, status);
    }
  }

  private CclException failed(Operation operation, int status) {
    return Errors.ofCall(
        library.backend, status, operation + " of " + handle, handle.details(operation));
  }
}
