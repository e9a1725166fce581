package org.ccl4j.tools;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.config.Settings;
import org.ccl4j.api.internal.Services;
import org.ccl4j.api.internal.Services.Loaded;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendProvider;
import org.ccl4j.spi.Result;

/** The fake under another name, with something changed in its communicators. */
abstract class AlteredFakeProvider implements BackendProvider {
  /** The ids of those that were looked at, once for each time. */
  static final Queue<String> PROBED = new ConcurrentLinkedQueue<>();

  private final String id;

  AlteredFakeProvider(String id) {
    this.id = id;
  }

  /** Sees each call of a communicator before the fake does, and may change its arguments. */
  abstract void alter(String method, Object[] args);

  private static BackendProvider fake() {
    ClassLoader loader = Objects.requireNonNull(AlteredFakeProvider.class.getClassLoader());
    for (Loaded<BackendProvider> loaded : Services.load(BackendProvider.class, loader)) {
      if (loaded instanceof Loaded.Working<BackendProvider> working
          && working.provider().id().equals("cpu/fake")) {
        return working.provider();
      }
    }
    throw new IllegalStateException("the fake is not on the class path");
  }

  @Override
  public final String id() {
    return id;
  }

  @Override
  public final int priority() {
    // Never taken unasked, because the fake is there as well.
    return fake().priority() - 1;
  }

  @Override
  public final boolean simulated() {
    return true;
  }

  @Override
  public final ProbeResult probe(Settings settings) {
    PROBED.add(id);
    return fake().probe(settings);
  }

  @Override
  public final Backend open(Settings settings) {
    Backend backend = fake().open(settings);
    return proxy(
        Backend.class,
        (proxy, method, args) -> {
          if (method.getName().equals("connect")) {
            return altered(backend.connect(asFake((ConnectRequest) args[0])));
          }
          if (method.getName().equals("connectAll")) {
            return alteredAll(backend.connectAll((int[]) args[0], (Backend.Terms) args[1]));
          }
          return invoke(method, backend, args);
        });
  }

  /** The fake knows its unique ids by its own name. */
  private static ConnectRequest asFake(ConnectRequest request) {
    return new ConnectRequest(
        UniqueId.of("cpu/fake", request.id().toBytes()),
        request.rank(),
        request.size(),
        request.device(),
        request.name(),
        request.timeoutNanos());
  }

  private Result<BackendCommunicator> altered(Result<BackendCommunicator> connected) {
    BackendCommunicator communicator = connected.value();
    if (communicator == null) {
      return connected;
    }
    return Result.of(altered(communicator));
  }

  private Result<List<BackendCommunicator>> alteredAll(
      Result<List<BackendCommunicator>> connected) {
    List<BackendCommunicator> communicators = connected.value();
    return communicators == null
        ? connected
        : Result.of(communicators.stream().map(this::altered).toList());
  }

  private BackendCommunicator altered(BackendCommunicator communicator) {
    return proxy(
        BackendCommunicator.class,
        (proxy, method, args) -> {
          alter(method.getName(), args == null ? new Object[0] : args);
          return invoke(method, communicator, args);
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            AlteredFakeProvider.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object invoke(Method method, Object target, Object[] args) throws Throwable {
    try {
      return method.invoke(target, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
