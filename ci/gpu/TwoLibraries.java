import java.util.ArrayList;
import java.util.List;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * Two versions of one library in one JVM, at work at the same time: each communicator's calls reach
 * the version that made it.
 *
 * <p>Arguments: the setting that names the library file, and two files.
 */
final class TwoLibraries {
  private TwoLibraries() {}

  public static void main(String[] args) {
    if (args.length != 3) {
      System.err.println("usage: TwoLibraries SETTING FILE FILE");
      System.exit(2);
    }
    int checks = 0;
    try (Ccl first = Ccl.open(OpenOptions.DEFAULT.with(args[0], args[1]));
        Ccl second = Ccl.open(OpenOptions.DEFAULT.with(args[0], args[2]))) {
      System.out.println(first.backend().version() + " from " + first.backend().location());
      System.out.println(second.backend().version() + " from " + second.backend().location());
      if (first.backend().location().equals(second.backend().location())) {
        throw new IllegalStateException("both are the same library");
      }
      List<Communicator> ofFirst = first.connectAll(devices(first));
      List<Communicator> ofSecond = second.connectAll(devices(second));
      for (int round = 1; round <= 3; round++) {
        checks += allReduce(first, ofFirst, round);
        checks += allReduce(second, ofSecond, 10 + round);
      }
    }
    System.out.println("OK: " + checks + " passed, 0 failed, 0 unsupported");
  }

  private static List<Device> devices(Ccl ccl) {
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < ccl.deviceCount(); i++) {
      devices.add(ccl.device(i));
    }
    return devices;
  }

  private static int allReduce(Ccl ccl, List<Communicator> communicators, int factor) {
    List<Stream> streams = new ArrayList<>();
    List<DeviceBuffer> buffers = new ArrayList<>();
    for (Communicator communicator : communicators) {
      Stream stream = communicator.device().openStream();
      DeviceBuffer buffer = communicator.device().allocate(DataType.INT32, 1);
      buffer.copyFrom(new int[] {factor}, stream);
      streams.add(stream);
      buffers.add(buffer);
    }
    ccl.group(
        () -> {
          for (int rank = 0; rank < buffers.size(); rank++) {
            DeviceBuffer buffer = buffers.get(rank);
            communicators.get(rank).allReduce(buffer, buffer, ReduceOp.SUM, streams.get(rank));
          }
        });
    int[] found = new int[1];
    for (int rank = 0; rank < buffers.size(); rank++) {
      buffers.get(rank).copyTo(found, streams.get(rank));
      if (found[0] != factor * buffers.size()) {
        throw new IllegalStateException("the sum is " + found[0] + " on rank " + rank);
      }
      buffers.get(rank).close();
      streams.get(rank).close();
    }
    return buffers.size();
  }
}
