import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * What a call of the API costs over the same native call made through JNA's direct mapping on the same communicator,
 * memory and stream, and what either allocates. A communicator of one rank, in place, where the library itself has the
 * least to do; both in turn, block by block, and the median of the blocks.
 *
 * <p>Arguments: NCCL CUDART. Prints Markdown.
 */
final class CallCost {
  private static final int BLOCKS = 101;
  private static final int CALLS = 2000;
  private static final int WARM_UP_BLOCKS = 30;
  private static final int FLOAT = 7;
  private static final int SUM = 0;

  private CallCost() {}

  private record Cost(double nanos, double bytes) {}

  public static void main(String[] args) {
    Direct.open(args[0], args[1]);
    try (Ccl ccl = Ccl.open();
        Device device = ccl.device(0);
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.FLOAT32, 4)) {
      Communicator communicator = ccl.connectAll(List.of(device)).get(0);
      long address = x.address();
      long commHandle = communicator.handle();
      long streamHandle = stream.handle();
      Direct.ok(Direct.Cuda.cudaSetDevice(0), "cudaSetDevice");
      Runnable raw =
          () ->
              Direct.Nccl.ncclAllReduce(address, address, 4, FLOAT, SUM, commHandle, streamHandle);
      Runnable api =
          () -> communicator.allReduce(x, x, 4, ReduceOp.SUM, stream, CollectiveOptions.DEFAULT);
      // The first launch of a communicator that does not block may still be under way when the call is back.
      api.run();
      stream.synchronize();
      List<Cost> raws = new ArrayList<>();
      List<Cost> apis = new ArrayList<>();
      for (int block = 0; block < WARM_UP_BLOCKS + BLOCKS; block++) {
        Cost rawCost = measure(raw, stream);
        Cost apiCost = measure(api, stream);
        if (block >= WARM_UP_BLOCKS) {
          raws.add(rawCost);
          apis.add(apiCost);
        }
      }
      List<Double> differences = new ArrayList<>();
      for (int i = 0; i < BLOCKS; i++) {
        differences.add(apis.get(i).nanos() - raws.get(i).nanos());
      }
      System.out.printf(
          "%s %s, Java %s%n%n",
          ccl.backend().id(), ccl.backend().version(), Runtime.version());
      System.out.println("| all-reduce of 16 bytes, one rank | ns per call | bytes allocated per call |");
      System.out.println("|---|---|---|");
      print("raw call through JNA", raws);
      print("API", apis);
      System.out.printf(
          Locale.ROOT, "| API over raw, median of the differences | %.0f | |%n", median(differences));
    }
  }

  private static void print(String what, List<Cost> costs) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.0f | %.2f |%n",
        what,
        median(costs.stream().map(Cost::nanos).toList()),
        median(costs.stream().map(Cost::bytes).toList()));
  }

  private static double median(List<Double> numbers) {
    List<Double> sorted = new ArrayList<>(numbers);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static Cost measure(Runnable call, Stream stream) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    long bytes = threads.getThreadAllocatedBytes(self);
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      call.run();
    }
    long nanos = System.nanoTime() - start;
    bytes = threads.getThreadAllocatedBytes(self) - bytes;
    stream.synchronize();
    return new Cost((double) nanos / CALLS, (double) bytes / CALLS);
  }
}
