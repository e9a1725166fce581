package org.ccl4j.jna;

import java.util.EnumSet;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.NativeLibraryHandle;

/** The functions of a loaded collective library, under their common names. */
final class CollectiveLibrary {
  final VendorDescriptor vendor;
  final NativeLibraryHandle handle;

  final CFunction getVersion;
  final CFunction getUniqueId;
  final CFunction getErrorString;
  final CFunction getLastError;
  final CFunction commInitRank;
  final CFunction commInitRankConfig;
  final CFunction commInitRankScalable;
  final CFunction commInitAll;
  final CFunction commFinalize;
  final CFunction commDestroy;
  final CFunction commAbort;
  final CFunction commRevoke;
  final CFunction commGetAsyncError;
  final CFunction commCount;
  final CFunction commUserRank;
  final CFunction commSplit;
  final CFunction commShrink;
  final CFunction commGetUniqueId;
  final CFunction commGrow;
  final CFunction commSuspend;
  final CFunction commResume;
  final CFunction commMemStats;
  final CFunction allReduce;
  final CFunction broadcast;
  final CFunction reduce;
  final CFunction allGather;
  final CFunction reduceScatter;
  final CFunction allReduceWithBias;
  final CFunction allToAll;
  final CFunction allToAllV;
  final CFunction gather;
  final CFunction scatter;
  final CFunction allReduceConfig;
  final CFunction broadcastConfig;
  final CFunction reduceConfig;
  final CFunction allGatherConfig;
  final CFunction reduceScatterConfig;
  final CFunction allToAllConfig;
  final CFunction gatherConfig;
  final CFunction scatterConfig;
  final CFunction send;
  final CFunction recv;
  final CFunction groupStart;
  final CFunction groupEnd;
  final CFunction groupSimulateEnd;
  final CFunction redOpCreatePreMulSum;
  final CFunction redOpDestroy;
  final CFunction memAlloc;
  final CFunction memFree;
  final CFunction commRegister;
  final CFunction commDeregister;
  final CFunction commWindowRegister;
  final CFunction commWindowDeregister;
  final CFunction putSignal;
  final CFunction signal;
  final CFunction waitSignal;
  final CFunction paramGetAllParameterKeys;
  final CFunction paramGetParameter;

  /** As {@code 10000 * major + 100 * minor + patch}, whatever the library's own way. */
  final int version;

  private final boolean nonblocking;

  /**
   * Looks everything up.
   *
   * @param nonblocking whether communicators are to stay nonblocking where the library can
   */
  CollectiveLibrary(VendorDescriptor vendor, NativeLibraryHandle handle, boolean nonblocking) {
    this.vendor = vendor;
    this.handle = handle;
    this.nonblocking = nonblocking;
    getVersion = find("GetVersion");
    getUniqueId = find("GetUniqueId");
    getErrorString = find("GetErrorString");
    getLastError = find("GetLastError");
    commInitRank = find("CommInitRank");
    commInitRankConfig = find("CommInitRankConfig");
    commInitRankScalable = find("CommInitRankScalable");
    commInitAll = find("CommInitAll");
    commFinalize = find("CommFinalize");
    commDestroy = find("CommDestroy");
    commAbort = find("CommAbort");
    commRevoke = find("CommRevoke");
    commGetAsyncError = find("CommGetAsyncError");
    commCount = find("CommCount");
    commUserRank = find("CommUserRank");
    commSplit = find("CommSplit");
    commShrink = find("CommShrink");
    commGetUniqueId = find("CommGetUniqueId");
    commGrow = find("CommGrow");
    commSuspend = find("CommSuspend");
    commResume = find("CommResume");
    commMemStats = find("CommMemStats");
    allReduce = find("AllReduce");
    broadcast = find("Broadcast");
    reduce = find("Reduce");
    allGather = find("AllGather");
    reduceScatter = find("ReduceScatter");
    allReduceWithBias = find("AllReduceWithBias");
    allToAll = find("AlltoAll");
    allToAllV = find("AllToAllv");
    gather = find("Gather");
    scatter = find("Scatter");
    allReduceConfig = find("AllReduceConfig");
    broadcastConfig = find("BroadcastConfig");
    reduceConfig = find("ReduceConfig");
    allGatherConfig = find("AllGatherConfig");
    reduceScatterConfig = find("ReduceScatterConfig");
    allToAllConfig = find("AlltoAllConfig");
    gatherConfig = find("GatherConfig");
    scatterConfig = find("ScatterConfig");
    send = find("Send");
    recv = find("Recv");
    groupStart = find("GroupStart");
    groupEnd = find("GroupEnd");
    groupSimulateEnd = find("GroupSimulateEnd");
    redOpCreatePreMulSum = find("RedOpCreatePreMulSum");
    redOpDestroy = find("RedOpDestroy");
    memAlloc = find("MemAlloc");
    memFree = find("MemFree");
    commRegister = find("CommRegister");
    commDeregister = find("CommDeregister");
    commWindowRegister = find("CommWindowRegister");
    commWindowDeregister = find("CommWindowDeregister");
    putSignal = find("PutSignal");
    signal = find("Signal");
    waitSignal = find("WaitSignal");
    paramGetAllParameterKeys = find("ParamGetAllParameterKeys");
    paramGetParameter = find("ParamGetParameter");
    version = Versions.normal(CFunction.value(getVersion.callForInt()));
  }

  private CFunction find(String commonName) {
    return Symbols.find(handle, vendor.symbols(commonName));
  }

  /**
   * Whether communicators are made without blocking: only such ones can be given up while they
   * connect and aborted while they run.
   */
  boolean connectsNonblocking() {
    return vendor.config().isKnownTo(version)
        && commInitRankConfig.isPresent()
        && commGetAsyncError.isPresent()
        && commAbort.isPresent();
  }

  /**
   * Whether communicators stay nonblocking once they are connected. Then the library issues every
   * group on a thread that it makes for it: 49 in place of 6 microseconds for a small all-reduce
   * (two H200, 2.28.9).
   */
  boolean callsNonblocking() {
    return connectsNonblocking() && (nonblocking || !commSplit.isPresent());
  }

  /** What the symbols and the version give; the device runtime adds its own. */
  Set<Capability> capabilities() {
    EnumSet<Capability> found = EnumSet.noneOf(Capability.class);
    add(found, Capability.NATIVE_ALL_TO_ALL, allToAll);
    add(found, Capability.NATIVE_ALL_TO_ALL_V, allToAllV);
    add(found, Capability.ALL_REDUCE_BIAS, allReduceWithBias);
    add(found, Capability.NATIVE_GATHER, gather);
    add(found, Capability.NATIVE_SCATTER, scatter);
    add(found, Capability.PRE_MUL_SUM, redOpCreatePreMulSum, redOpDestroy);
    add(found, Capability.SPLIT, commSplit);
    add(found, Capability.SHRINK, commShrink);
    if (connectsNonblocking()) {
      // Ranks that join need a configuration: the library reads it without asking whether it is
      // there (its source, 2.30.7).
      add(found, Capability.GROW, commGrow, commGetUniqueId);
    }
    add(found, Capability.REVOKE, commRevoke);
    add(found, Capability.SUSPEND, commSuspend, commResume);
    add(found, Capability.MEMORY_STATISTICS, commMemStats);
    add(found, Capability.REGISTER, commRegister, commDeregister);
    add(found, Capability.LIBRARY_MEMORY, memAlloc, memFree);
    add(found, Capability.WINDOWS, commWindowRegister, commWindowDeregister);
    // Not SIGNAL_WAIT_ABORT: an abort hangs under such a wait (seen in 2.30.7).
    add(found, Capability.ONE_SIDED, putSignal, signal, waitSignal);
    if (!callsNonblocking()) {
      // The end of a simulated group of nonblocking communicators launches it (seen in 2.28.9).
      add(found, Capability.SIMULATE, groupSimulateEnd);
    }
    add(found, Capability.PARAMETERS, paramGetAllParameterKeys, paramGetParameter);
    if (version >= CallConfig.SINCE) {
      add(
          found,
          Capability.CALL_TUNING,
          allReduceConfig,
          broadcastConfig,
          reduceConfig,
          allGatherConfig,
          reduceScatterConfig,
          allToAllConfig,
          gatherConfig,
          scatterConfig);
    }
    if (vendor.float8().isIn(version)) {
      found.add(Capability.FLOAT8);
    }
    if (connectsNonblocking()) {
      found.add(Capability.TUNING);
    }
    return found;
  }

  private static void add(Set<Capability> found, Capability capability, CFunction... needed) {
    for (CFunction function : needed) {
      if (!function.isPresent()) {
        return;
      }
    }
    found.add(capability);
  }
}
