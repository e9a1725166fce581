package org.ccl4j.mccl;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Selection;
import org.ccl4j.api.Store;
import org.ccl4j.api.Stream;
import org.ccl4j.bootstrap.InMemoryStore;

/**
 * What an inference engine does with a library that an environment variable names: one communicator
 * for each device, whose unique id travels over a group on the CPU, and all-reduces on a stream
 * that the engine has or on one that belongs to the communicator.
 */
final class SwitchedLibrary {
  private static final int RANKS = 2;

  private SwitchedLibrary() {}

  /** Prints what it came to; its environment says which library. */
  public static void main(String[] args) throws Exception {
    Selection.Candidate candidate = Ccl.survey(OpenOptions.DEFAULT).chosenCandidate().orElseThrow();
    System.out.println(candidate.id());
    System.out.println(Objects.requireNonNull(candidate.probe().details().get("library")));
    Store group = new InMemoryStore();
    ExecutorService threads = Executors.newFixedThreadPool(RANKS);
    try {
      List<Callable<String>> ranks =
          List.of(
              () -> rank(RankContext.of(0, RANKS, group)),
              () -> rank(RankContext.of(1, RANKS, group)));
      for (Future<String> rank : threads.invokeAll(ranks)) {
        System.out.println(rank.get());
      }
    } finally {
      threads.shutdown();
    }
  }

  private static String rank(RankContext ranks) {
    try (Ccl ccl = Ccl.open();
        Device device = ccl.device(ranks.rank());
        Communicator comm = ccl.connect(device, ranks, ConnectOptions.DEFAULT);
        Stream engines = device.openStream();
        Stream given = device.wrapStream(engines.handle());
        Device other = ccl.device(RANKS);
        DeviceBuffer elsewhere = other.allocate(DataType.FLOAT32, 2)) {
      String sums = sum(device, comm, given) + " " + sum(device, comm, comm.stream());
      try {
        comm.allReduce(elsewhere, elsewhere, ReduceOp.SUM, comm.stream());
        return sums + " and a buffer on another device was taken";
      } catch (CclUsageException e) {
        return sums + " " + e.code() + " " + e.getMessage();
      }
    }
  }

  private static String sum(Device device, Communicator comm, Stream stream) {
    float[] host = {comm.rank() + 1, 10};
    try (DeviceBuffer x = device.allocate(DataType.FLOAT32, host.length)) {
      x.copyFrom(host, stream);
      comm.allReduce(x, x, ReduceOp.SUM, stream);
      x.copyTo(host, stream);
    }
    return Arrays.toString(host);
  }
}
