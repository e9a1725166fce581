import java.time.Duration;
import java.util.Arrays;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.api.config.Settings;

/** A rank that connects and sums up, once or until something ends it. */
final class Worker {
  private static final int COUNT = 1 << 20;

  private Worker() {}

  /** Arguments: {@code once} or {@code forever}, and the seconds that connecting may take. */
  public static void main(String[] arguments) {
    Duration timeout = Duration.ofSeconds(Long.parseLong(arguments[1]));
    try (RankContext ranks = RankContext.fromEnvironment(Settings.system(), timeout);
        Ccl ccl = Ccl.open();
        Device device = ccl.device(ranks.localRank());
        Communicator comm =
            ccl.connect(device, ranks, ConnectOptions.DEFAULT.withTimeout(timeout));
        Stream stream = device.openStream();
        DeviceBuffer send = device.allocate(DataType.FLOAT32, COUNT);
        DeviceBuffer recv = device.allocate(DataType.FLOAT32, COUNT)) {
      float[] host = new float[COUNT];
      Arrays.fill(host, ranks.rank() + 1);
      send.copyFrom(host, stream);
      float wanted = ranks.size() * (ranks.size() + 1) / 2f;
      boolean first = true;
      do {
        comm.allReduce(send, recv, ReduceOp.SUM, stream);
        recv.copyTo(host, stream);
        for (float value : host) {
          if (value != wanted) {
            throw new IllegalStateException("the sum is " + value + ", wanted " + wanted);
          }
        }
        if (first) {
          System.out.println("rank " + ranks.rank() + " of " + ranks.size() + " has the sum, " + ranks);
          first = false;
        }
      } while (arguments[0].equals("forever"));
    }
  }
}
