package org.ccl4j.fake;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** Where ranks that hold the same unique id wait for each other. */
final class Rendezvous {
  static final int ID_BYTES = 128;
  private static final int TAG_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final byte[] jvmTag = new byte[TAG_BYTES];
  private final Set<UniqueId> unused = new HashSet<>();
  private final Map<UniqueId, Assembly> assemblies = new HashMap<>();

  Rendezvous() {
    random.nextBytes(jvmTag);
  }

  /**
   * An id that tells which JVM made it, so that a rank elsewhere gets an answer instead of waiting
   * in vain.
   */
  synchronized byte[] newId() {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    System.arraycopy(jvmTag, 0, id, 0, TAG_BYTES);
    unused.add(UniqueId.of(FakeBackendProvider.ID, id));
    return id;
  }

  /** Waits for the other ranks. Blocks at most as long as the request says. */
  synchronized Result<World> connect(ConnectRequest request) {
    if (!Arrays.equals(Arrays.copyOf(request.id().toBytes(), TAG_BYTES), jvmTag)) {
      return refuse("the unique id was made in another process; ranks of the fake live in one JVM");
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
      assembly.world = new World(request.name(), request.size());
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
