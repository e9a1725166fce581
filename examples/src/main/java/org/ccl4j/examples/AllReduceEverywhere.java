package org.ccl4j.examples;

import java.lang.System.Logger.Level;
import java.time.Duration;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.LaunchInfo;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.api.config.Settings;

/**
 * One program for every way to start ranks. Under a launcher ({@code ./ccl run}, torchrun, mpirun,
 * srun, or their variables set by hand) each process is one rank; without one, four threads of this
 * JVM are. What a rank does is the same and knows nothing of that: {@link #run(RankContext)}.
 *
 * <p>Ends with an exception, and so with an exit code other than 0, when a result is wrong or the
 * ranks do not find each other.
 */
public final class AllReduceEverywhere {
  private static final System.Logger LOG = System.getLogger(AllReduceEverywhere.class.getName());
  private static final int COUNT = 1_000;
  private static final int THREADS = 4;

  private AllReduceEverywhere() {}

  /**
   * Runs this process's rank, or all of them.
   *
   * @param args none
   */
  public static void main(String[] args) {
    if (LaunchInfo.find(Settings.system()).isPresent()) {
      try (RankContext ranks = RankContext.fromEnvironment()) {
        run(ranks);
      }
    } else {
      LocalRanks.runEach(THREADS, AllReduceEverywhere::run);
    }
  }

  /**
   * What a rank does: adds up numbers over all ranks, checks the sums and logs one line.
   *
   * @param ranks who this rank is
   */
  static void run(RankContext ranks) {
    int[] host = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      host[i] = (ranks.rank() + 1) * (i + 1);
    }
    try (Ccl ccl = Ccl.open();
        Device device = ccl.device(ranks.localRank());
        Communicator comm = ccl.connect(device, ranks);
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.INT32, COUNT)) {
      x.copyFrom(host, stream);
      comm.allReduce(x, x, ReduceOp.SUM, stream);
      x.copyTo(host, stream);
      stream.synchronize(Duration.ofMinutes(1));
    }
    int ofRanks = ranks.size() * (ranks.size() + 1) / 2;
    for (int i = 0; i < COUNT; i++) {
      if (host[i] != ofRanks * (i + 1)) {
        throw new IllegalStateException(
            "rank "
                + ranks.rank()
                + ": element "
                + i
                + " is "
                + host[i]
                + " instead of "
                + ofRanks * (i + 1));
      }
    }
    LOG.log(
        Level.INFO,
        "rank "
            + ranks.rank()
            + " of "
            + ranks.size()
            + ": all "
            + COUNT
            + " sums are right, the first is "
            + host[0]
            + "; launched by: "
            + ranks.source());
  }
}
