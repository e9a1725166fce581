package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
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
    Rendezvous rendezvous = medium.rendezvous();
    Result<Member> met = rendezvous.connect(request);
    Member member = met.value();
    return member == null
        ? Result.failed(met.status())
        : Result.of(new FakeCommunicator(settings, rendezvous, member, request.device()));
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
