package org.ccl4j.api;

/**
 * What can be told to the library about a communicator when it is made ({@code ncclConfig_t}), or
 * about a single call ({@code ncclCollConfig_t}). The loaded library knows only those of its own
 * version and before; asking for another is {@link ErrorCode#UNSUPPORTED}, never passed over in
 * silence. A value outside the range that stands here is {@link ErrorCode#OUT_OF_RANGE}.
 *
 * <p>A call takes {@link #CLUSTER_SIZE}, {@link #MIN_CTAS}, {@link #MAX_CTAS}, {@link #SWITCH_CTAS}
 * and {@link #CTA_POLICY}, which come before those of its communicator, and the three that a
 * communicator does not take: {@link #ALGORITHMS}, {@link #ALGORITHMS_REQUIRED} and {@link
 * #PROFILER_TAG}. {@link #MAX_CTAS} of a call is no more than its communicator's, and {@link
 * #CLUSTER_SIZE} the same for all calls of a group: the library leaves open what happens otherwise.
 */
public enum TuningOption {
  /** Thread blocks of a cluster ({@code cgaClusterSize}). */
  CLUSTER_SIZE(0, 8),
  /** Thread blocks used at least ({@code minCTAs}). Libraries want {@link #MAX_CTAS} beside it. */
  MIN_CTAS(1, Integer.MAX_VALUE),
  /** Thread blocks used at most ({@code maxCTAs}). */
  MAX_CTAS(1, Integer.MAX_VALUE),
  /** Whether split children share resources with their parent, 0 or 1 ({@code splitShare}). */
  SPLIT_SHARE(0, 1),
  /** Whether shrunk children share resources with their parent, 0 or 1 ({@code shrinkShare}). */
  SHRINK_SHARE(0, 1),
  /** The network's class of traffic ({@code trafficClass}). */
  TRAFFIC_CLASS(0, Integer.MAX_VALUE),
  /** Whether reductions inside the network are used, 0 or 1 ({@code collnetEnable}). */
  COLLNET(0, 1),
  /**
   * How blocks are chosen: 0 default, 1 efficiency, 2 none where the hardware copies, 3 both of
   * them ({@code CTAPolicy}).
   */
  CTA_POLICY(0, 3),
  /** Thread blocks used for reductions in the switch ({@code nvlsCTAs}). */
  SWITCH_CTAS(1, Integer.MAX_VALUE),
  /** Channels for each peer over the network ({@code nChannelsPerNetPeer}). */
  CHANNELS_PER_NETWORK_PEER(1, Integer.MAX_VALUE),
  /** Whether blocks are scheduled with the link in mind, 0 or 1 ({@code nvlinkCentricSched}). */
  LINK_CENTRIC_SCHEDULING(0, 1),
  /** How the communicator is used in graphs, 0 to 2 ({@code graphUsageMode}). */
  GRAPH_USAGE(0, 2),
  /**
   * Contexts for one-sided operations ({@code numRmaCtx}); with 0 there are none. A library that
   * does not know {@link #ONE_SIDED_SIGNALS} has signals in the first alone.
   */
  ONE_SIDED_CONTEXTS(0, Integer.MAX_VALUE),
  /** Peers with which a rank exchanges directly, at most ({@code maxP2pPeers}). */
  MAX_PEERS(1, Integer.MAX_VALUE),
  /** Whether operations in graphs are ordered by stream, 0 or 1 ({@code graphStreamOrdering}). */
  GRAPH_STREAM_ORDERING(0, 1),
  /**
   * Whether operations of several communicators on a device start in the order in which the host
   * called them, 0 or 1 ({@code launchOrderImplicit}).
   */
  IMPLICIT_LAUNCH_ORDER(0, 1),
  /**
   * Signals of each context for one-sided operations ({@code numRmaSig}); see {@link
   * Communicator#signals()}.
   */
  ONE_SIDED_SIGNALS(1, Integer.MAX_VALUE),
  /**
   * Whether one-sided signals are ready when the communicator is, and not only with its first
   * window, 0 or 1 ({@code rmaEagerInit}).
   */
  EARLY_ONE_SIDED(0, 1),
  /**
   * Whether the host may ask for endpoints of the compute fabric: 1 yes, 2 no, 3 where they can be
   * made ({@code hostCftMode}).
   */
  FABRIC_ENDPOINTS(1, 3),
  /**
   * Uses of the switch that are left out: 0 none, 1 the transport, 2 the multicast of windows, 3
   * both of them, {@link Integer#MAX_VALUE} all there will ever be ({@code nvlsHostMode}).
   */
  SWITCH_USES_LEFT_OUT(0, Integer.MAX_VALUE),
  /** The network plugin by name ({@code netName}); set with {@link Tuning#withNetwork}. */
  NETWORK(0, 0),
  /**
   * The algorithms that a call may use ({@code algSelection}); set with {@link
   * Tuning#withAlgorithms}. Of a call alone.
   */
  ALGORITHMS(0, 0),
  /**
   * Whether a call for which none of {@link #ALGORITHMS} is there fails: 1 it does, also where this
   * is not set, 0 the library chooses another ({@code forceAlgSelection}). Of a call alone.
   */
  ALGORITHMS_REQUIRED(0, 1),
  /**
   * A number that profiler plugins get with the events of a call ({@code userProfilerTag}); 0 is
   * none. Of a call alone.
   */
  PROFILER_TAG(0, Integer.MAX_VALUE);

  private final int lowest;
  private final int highest;

  TuningOption(int lowest, int highest) {
    this.lowest = lowest;
    this.highest = highest;
  }

  /**
   * Whether a communicator takes the option, when it is made.
   *
   * @return false for those of a call alone
   */
  public boolean isOfCommunicators() {
    return this != ALGORITHMS && this != ALGORITHMS_REQUIRED && this != PROFILER_TAG;
  }

  /**
   * Whether a single call takes the option.
   *
   * @return true for those of a call alone, and for what a call and a communicator have in common
   */
  public boolean isOfCalls() {
    return switch (this) {
      case CLUSTER_SIZE, MIN_CTAS, MAX_CTAS, SWITCH_CTAS, CTA_POLICY -> true;
      default -> !isOfCommunicators();
    };
  }

  /**
   * Whether the option is a text, which {@link Tuning#with} does not take.
   *
   * @return true for {@link #NETWORK} and {@link #ALGORITHMS}
   */
  public boolean isText() {
    return this == NETWORK || this == ALGORITHMS;
  }

  /**
   * The smallest value allowed.
   *
   * @return inclusive
   */
  public int lowest() {
    return lowest;
  }

  /**
   * The largest value allowed.
   *
   * @return inclusive
   */
  public int highest() {
    return highest;
  }
}
