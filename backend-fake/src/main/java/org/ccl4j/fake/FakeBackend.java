package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.ccl4j.api.Capability;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.WindowOption;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** An open fake. */
final class FakeBackend implements Backend {
  private final FakeSettings settings;
  private final Medium medium;
  private final FakeRuntime runtime;
  private final AtomicBoolean closed = new AtomicBoolean();

  FakeBackend(FakeSettings settings, Medium medium) {
    this.settings = settings;
    this.medium = medium;
    runtime = new FakeRuntime(settings, medium);
    FakeMachine.retain();
  }

  @Override
  public DeviceRuntime devices() {
    return runtime;
  }

  @Override
  public Result<byte[]> newUniqueId() {
    return Result.of(medium.rendezvous().newId());
  }

  @Override
  public int uniqueIdSize() {
    return Rendezvous.ID_BYTES;
  }

  @Override
  public String configuration() {
    return medium.describe();
  }

  @Override
  public Result<BackendCommunicator> connect(ConnectRequest request) {
    if (Rendezvous.isOfGrowth(request.id())) {
      return Result.failed(
          Codes.error(Codes.INVALID_ARGUMENT, "the unique id is that of a growth"));
    }
    return connect(medium.rendezvous(), request);
  }

  @Override
  public Result<BackendCommunicator> connectGrown(ConnectRequest request) {
    if (!settings.capabilities().contains(Capability.GROW)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    UniqueId id = request.id();
    if (!Rendezvous.isOfGrowth(id)) {
      return Result.failed(
          Codes.error(Codes.INVALID_ARGUMENT, "the unique id is not that of a growth"));
    }
    // The threads of connectAll need no other transport, and so make ids of their own.
    ThreadRendezvous threads = FakeMachine.THREADS;
    return connect(
        threads.made(id) ? threads : medium.rendezvous(),
        new ConnectRequest(
            List.of(Rendezvous.withoutMark(id)),
            request.rank(),
            request.size(),
            request.device(),
            request.terms()));
  }

  private Result<BackendCommunicator> connect(Rendezvous rendezvous, ConnectRequest request) {
    Result<Member> met = rendezvous.connect(request);
    Member member = met.value();
    return member == null
        ? Result.failed(met.status())
        : Result.of(new FakeCommunicator(settings, rendezvous, member, request.device()));
  }

  /** All that have a meaning for ranks without a network; none of them changes a result. */
  @Override
  public Set<TuningOption> tuning() {
    return options(
        Capability.TUNING, option -> option.isOfCommunicators() && option != TuningOption.NETWORK);
  }

  /** None of them changes a result; but ranks that ask for different things are noticed. */
  @Override
  public Set<TuningOption> callTuning() {
    return options(Capability.CALL_TUNING, TuningOption::isOfCalls);
  }

  private Set<TuningOption> options(Capability needed, Predicate<TuningOption> which) {
    EnumSet<TuningOption> options = EnumSet.noneOf(TuningOption.class);
    if (settings.capabilities().contains(needed)) {
      options.addAll(EnumSet.allOf(TuningOption.class));
      options.removeIf(which.negate());
    }
    return options;
  }

  @Override
  public Result<Double> groupSimulateEnd() {
    Result<Double> estimate = GroupCalls.ofThread().simulate();
    return settings.capabilities().contains(Capability.SIMULATE)
        ? estimate
        : Result.failed(StatusCode.UNSUPPORTED);
  }

  @Override
  public Result<List<String>> parameters() {
    return settings.capabilities().contains(Capability.PARAMETERS)
        ? Result.of(List.copyOf(settings.inEffect().keySet()))
        : Result.failed(StatusCode.UNSUPPORTED);
  }

  @Override
  public Result<String> parameter(String key) {
    if (!settings.capabilities().contains(Capability.PARAMETERS)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    String value = settings.inEffect().get(key);
    return value == null
        ? Result.failed(Codes.error(Codes.INVALID_ARGUMENT, "there is no parameter " + key))
        : Result.of(value);
  }

  @Override
  public Result<List<BackendCommunicator>> connectAll(int[] devices, Terms terms) {
    // Nobody else takes part, so that no other transport is needed.
    ThreadRendezvous threads = FakeMachine.THREADS;
    World world = threads.newWorld(terms.name(), devices.length);
    List<BackendCommunicator> communicators = new ArrayList<>();
    for (int rank = 0; rank < devices.length; rank++) {
      Member member = world.enter(rank, FakeMachine.engine(devices[rank]));
      communicators.add(new FakeCommunicator(settings, threads, member, devices[rank]));
    }
    return Result.of(communicators);
  }

  @Override
  public Result<Long> allocate(int device, long bytes) {
    return settings.capabilities().contains(Capability.LIBRARY_MEMORY)
        ? runtime.allocate(device, bytes)
        : Result.failed(StatusCode.UNSUPPORTED);
  }

  @Override
  public int free(int device, long address) {
    return runtime.free(device, address);
  }

  @Override
  public Set<WindowOption> windowOptions() {
    return EnumSet.allOf(WindowOption.class);
  }

  @Override
  public int groupStart() {
    return GroupCalls.ofThread().start();
  }

  @Override
  public int groupEnd() {
    return GroupCalls.ofThread().end();
  }

  @Override
  public StatusText describe(int status) {
    return Codes.describe(status);
  }

  @Override
  public String lastError() {
    return Codes.lastError();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      FakeMachine.release();
      medium.close();
    }
  }
}
