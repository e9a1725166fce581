package org.ccl4j.tools;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.fake.FakeBackendProvider;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendProvider;
import org.ccl4j.spi.Result;

/** The fake, but its all-reduce takes the maximum where the sum was asked for. */
public final class BrokenBackendProvider implements BackendProvider {
  static final String ID = "test/broken";
  private static final int SUM = 0;
  private static final int MAX = 2;

  private final FakeBackendProvider fake = new FakeBackendProvider();

  /** For the service loader. */
  public BrokenBackendProvider() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public int priority() {
    // Never taken unasked, because the fake is there as well.
    return fake.priority() - 1;
  }

  @Override
  public boolean simulated() {
    return true;
  }

  @Override
  public ProbeResult probe(Settings settings) {
    return fake.probe(settings);
  }

  @Override
  public Backend open(Settings settings) {
    Backend backend = fake.open(settings);
    return proxy(
        Backend.class,
        (proxy, method, args) -> {
          Object result = invoke(method, backend, args);
          return method.getName().equals("connect") ? broken(result) : result;
        });
  }

  private static Object broken(Object result) {
    Result<?> connected = (Result<?>) result;
    if (!(connected.value() instanceof BackendCommunicator communicator)) {
      return result;
    }
    return Result.of(
        proxy(
            BackendCommunicator.class,
            (proxy, method, args) -> {
              if (method.getName().equals("allReduce") && args[4].equals(SUM)) {
                args[4] = MAX;
              }
              return invoke(method, communicator, args);
            }));
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            BrokenBackendProvider.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object invoke(Method method, Object target, Object[] args) throws Throwable {
    try {
      return method.invoke(target, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
