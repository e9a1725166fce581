package org.ccl4j.fake;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** For ranks that are threads of this JVM. */
final class ThreadRendezvous extends Rendezvous {
  private final SecureRandom random = new SecureRandom();
  private final byte[] jvmTag = new byte[TAG_BYTES];
  private final Set<UniqueId> unused = new HashSet<>();
  private final Map<UniqueId, Assembly> assemblies = new HashMap<>();

  ThreadRendezvous() {
    random.nextBytes(jvmTag);
  }

  /** What tells this JVM from others. */
  String tag() {
    return HexFormat.of().formatHex(jvmTag, 0, 4);
  }

  /** Whether an id was made here. */
  boolean made(UniqueId id) {
    return Arrays.equals(Arrays.copyOf(id.toBytes(), TAG_BYTES), jvmTag);
  }

  @Override
  synchronized byte[] newId() {
    return newUnusedId().toBytes();
  }

  private UniqueId newUnusedId() {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    UniqueId id = idOf(jvmTag, key);
    unused.add(id);
    return id;
  }

  @Override
  synchronized UniqueId childId(World parent, byte[] path) {
    UniqueId id = idOf(jvmTag, childKey(parent, path));
    unused.add(id);
    return id;
  }

  /** A communicator whose ranks need not wait for each other. */
  synchronized World newWorld(String name, int size) {
    UniqueId id = newUnusedId();
    unused.remove(id);
    return World.ofThreads(name, keyOf(id), size);
  }

  @Override
  Result<Member> connect(ConnectRequest request) {
    Result<World> met = meet(request);
    World world = met.value();
    return world == null
        ? Result.failed(met.status())
        : Result.of(world.enter(request.rank(), FakeMachine.engine(request.device())));
  }

  private synchronized Result<World> meet(ConnectRequest request) {
    if (!made(request.id())) {
      return refuse(
          "the unique id was made in another process, but with "
              + FakeSettings.TRANSPORT.key()
              + "=threads the ranks of the fake live in one JVM; set it to shm in all processes");
    }
    Assembly assembly = assemblies.get(request.id());
    if (assembly == null) {
      if (!unused.contains(request.id())) {
        return refuse("the unique id was used before; make a new one for each communicator");
      }
      assembly = new Assembly(request.size());
      assemblies.put(request.id(), assembly);
    }
    String complaint = assembly.add(request);
    if (complaint != null) {
      return refuse(complaint);
    }
    if (assembly.isComplete()) {
      assembly.world = World.ofThreads(request.name(), keyOf(request.id()), request.size());
      assemblies.remove(request.id());
      unused.remove(request.id());
      notifyAll();
    }
    return await(assembly, request);
  }

  private Result<World> await(Assembly assembly, ConnectRequest request) {
    Monitors.await(this, () -> assembly.world != null, request.timeoutNanos());
    if (assembly.world != null) {
      return Result.of(assembly.world);
    }
    assembly.remove(request);
    if (assembly.isEmpty()) {
      assemblies.remove(request.id());
    }
    return Result.failed(StatusCode.NOT_READY);
  }

  private static Result<World> refuse(String why) {
    return Result.failed(Codes.error(Codes.INVALID_ARGUMENT, why));
  }

  private static final class Assembly {
    private final @Nullable ConnectRequest[] present;
    private int count;
    @Nullable World world;

    Assembly(int size) {
      present = new ConnectRequest[size];
    }

    @Nullable String add(ConnectRequest request) {
      if (request.size() != present.length) {
        return "rank "
            + request.rank()
            + " says there are "
            + request.size()
            + " ranks, others said "
            + present.length;
      }
      if (present[request.rank()] != null) {
        return "rank " + request.rank() + " is there twice";
      }
      for (ConnectRequest other : present) {
        if (other != null && other.device() == request.device()) {
          return "ranks "
              + other.rank()
              + " and "
              + request.rank()
              + " both have device "
              + request.device();
        }
      }
      present[request.rank()] = request;
      count++;
      return null;
    }

    void remove(ConnectRequest request) {
      present[request.rank()] = null;
      count--;
    }

    boolean isComplete() {
      return count == present.length;
    }

    boolean isEmpty() {
      return count == 0;
    }
  }
}
