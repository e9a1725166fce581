package org.ccl4j.fake;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;

/** A rank in a process of its own, which does what it is told by its standard input. */
final class OtherProcess implements AutoCloseable {
  static final int COUNT = 100_000;

  private final Process process;
  private final BufferedReader output;

  private OtherProcess(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts a process that connects as a rank. */
  static OtherProcess start(Path folder, UniqueId id, int rank, int size) throws IOException {
    return start(
        OtherProcess.class,
        folder.toString(),
        id.toText(),
        Integer.toString(rank),
        Integer.toString(size));
  }

  /** Starts a program. */
  static OtherProcess start(Class<?> program, String... arguments) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(program.getName());
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return new OtherProcess(builder.start());
  }

  long pid() {
    return process.pid();
  }

  /** Gives an order. */
  void tell(String order) throws IOException {
    process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Reads the next line; the test's deadline bounds the wait. */
  String hear() throws IOException {
    return String.valueOf(output.readLine());
  }

  /** As {@code kill -9}. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("process " + process.pid() + " does not die");
    }
  }

  @Override
  public void close() {
    try {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static FakeFixture open(Path folder) {
    return new FakeFixture(
        Map.of("ccl.fake.transport", "shm", "ccl.fake.shm.directory", folder.toString()));
  }

  /** The process. */
  public static void main(String[] args) {
    int rank = Integer.parseInt(args[2]);
    int size = Integer.parseInt(args[3]);
    FakeFixture fake = open(Path.of(args[0]));
    BackendCommunicator communicator =
        FakeFixture.value(
            fake.backend.connect(
                new ConnectRequest(
                    UniqueId.parse(args[1]), rank, size, rank, "c", FakeFixture.DEADLINE)));
    long stream = fake.stream(rank);
    long buffer = fake.filled(rank, COUNT, rank + 1, stream);
    fake.synchronize(rank, stream);
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    say("connected");
    try {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        switch (order) {
          case "sum" -> {
            FakeFixture.ok(
                communicator.allReduce(buffer, buffer, COUNT, DataType.INT32, Ops.SUM, stream));
            say(fake.download(rank, buffer, COUNT, stream)[COUNT - 1]);
          }
          case "biased sum" -> {
            // A copy of the terms, for the next order.
            long result = fake.filled(rank, COUNT, 0, stream);
            FakeFixture.ok(biasedSum(fake, communicator, rank, buffer, result, stream));
            say(fake.download(rank, result, COUNT, stream)[COUNT - 1]);
          }
          case "exchange" -> say(exchange(fake, communicator, rank, size, buffer, stream));
          case "sum for ever" -> {
            say("summing");
            while (communicator.asyncError() == 0) {
              communicator.allReduce(buffer, buffer, COUNT, DataType.INT32, Ops.SUM, stream);
              fake.synchronize(rank, stream);
            }
          }
          case "signal" -> {
            FakeFixture.ok(communicator.signal(0, 0, 0, stream));
            fake.synchronize(rank, stream);
          }
          case "shrink" -> {
            // Leaves out the last rank and goes on with what is left.
            BackendCommunicator shrunk =
                FakeFixture.value(
                        communicator.shrink(
                            new int[] {size - 1},
                            true,
                            new Terms("shrunk", Tuning.DEFAULT, FakeFixture.DEADLINE)))
                    .communicator();
            communicator.abort();
            FakeFixture.ok(
                shrunk.allReduce(buffer, buffer, COUNT, DataType.INT32, Ops.SUM, stream));
            say(fake.download(rank, buffer, COUNT, stream)[COUNT - 1]);
          }
          case "fail" -> {
            FakeFixture.assertSoon(() -> communicator.asyncError() != 0);
            say(communicator.lastError());
          }
          default -> throw new IllegalArgumentException(order);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds 1000 to the sum, at a place that differs from rank to rank. */
  static int biasedSum(
      FakeFixture fake,
      BackendCommunicator communicator,
      int rank,
      long buffer,
      long result,
      long stream) {
    int ahead = 4096 * rank;
    long bias = fake.filled(rank, ahead + COUNT, 1000, stream) + (long) ahead * Integer.BYTES;
    return communicator.allReduceWithBias(
        buffer, result, bias, COUNT, DataType.INT32, Ops.SUM, stream);
  }

  /** Gives each peer {@code 10000 * (rank + peer)} elements, and adds up what comes. */
  static int exchange(
      FakeFixture fake,
      BackendCommunicator communicator,
      int rank,
      int size,
      long buffer,
      long stream) {
    long[] counts = new long[size];
    long[] offsets = new long[size];
    long total = 0;
    for (int peer = 0; peer < size; peer++) {
      counts[peer] = 10_000L * (rank + peer);
      offsets[peer] = total;
      total += counts[peer];
    }
    long result = fake.filled(rank, COUNT, 0, stream);
    FakeFixture.ok(
        communicator.allToAllV(
            buffer, counts, offsets, result, counts, offsets, DataType.INT32, stream));
    return IntStream.of(fake.download(rank, result, COUNT, stream)).sum();
  }

  private static void say(Object what) {
    System.out.println(what);
    System.out.flush();
  }
}
