package org.ccl4j.fake.broken;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.Selection;
import org.ccl4j.api.internal.CclFactory;
import org.ccl4j.core.CoreFactory;
import org.jspecify.annotations.Nullable;

/**
 * The core, with one thing broken: what the core does for every backend cannot be broken by a
 * backend. Only the class loader of the tests registers it.
 */
public final class BrokenFactory implements CclFactory {
  private final CoreFactory core = new CoreFactory();

  /** For the service loader. */
  public BrokenFactory() {}

  @Override
  public Ccl open(OpenOptions options) {
    return wrap(Ccl.class, core.open(options), Fault.of(options.settings()));
  }

  @Override
  public Selection survey(OpenOptions options) {
    return core.survey(options);
  }

  private static <T> T wrap(Class<T> type, T real, Fault fault) {
    AtomicBoolean closed = new AtomicBoolean();
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              String name = method.getName();
              if (fault == Fault.LAUNCHES_HALF_A_GROUP && name.equals("group")) {
                return launchHalf((Runnable) arguments[0], body -> invoke(real, method, body));
              }
              if (fault == Fault.SWALLOWS_REFUSALS && name.equals("allReduceWithBias")) {
                try {
                  return invoke(real, method, arguments);
                } catch (CclUsageException e) {
                  return null;
                }
              }
              if (fault == Fault.KEEPS_ARRAYS && name.equals("group")) {
                return late((Runnable) arguments[0], body -> invoke(real, method, body));
              }
              List<LateCall> late = LATE.get();
              if (fault == Fault.KEEPS_ARRAYS && name.equals("allToAllV") && late != null) {
                late.add(() -> invoke(real, method, arguments));
                return null;
              }
              if (fault == Fault.SECOND_CLOSE_FAILS
                  && name.equals("close")
                  && closed.getAndSet(true)) {
                throw new IllegalStateException("closed twice");
              }
              if (fault == Fault.QUEUES_THREADS) {
                synchronized (real) {
                  return wrapResult(invoke(real, method, arguments), fault);
                }
              }
              return wrapResult(invoke(real, method, arguments), fault);
            }));
  }

  /** A call that is made later. */
  private interface LateCall {
    @Nullable Object issue() throws Throwable;
  }

  /** The calls of the group's body that are made at its end; null outside. */
  private static final ThreadLocal<@Nullable List<LateCall>> LATE = new ThreadLocal<>();

  private static @Nullable Object late(Runnable body, Group group) throws Throwable {
    List<LateCall> calls = new ArrayList<>();
    Runnable withLate =
        () -> {
          LATE.set(calls);
          try {
            body.run();
          } finally {
            LATE.remove();
          }
          for (LateCall call : calls) {
            try {
              call.issue();
            } catch (RuntimeException e) {
              throw e;
            } catch (Throwable e) {
              throw new IllegalStateException(e);
            }
          }
        };
    group.issue(withLate);
    return null;
  }

  /** A group. */
  private interface Group {
    void issue(Object... body) throws Throwable;
  }

  private static @Nullable Object launchHalf(Runnable body, Group group) throws Throwable {
    List<RuntimeException> thrown = new ArrayList<>();
    Runnable safe =
        () -> {
          try {
            body.run();
          } catch (RuntimeException e) {
            thrown.add(e);
          }
        };
    group.issue(safe);
    if (!thrown.isEmpty()) {
      throw thrown.get(0);
    }
    return null;
  }

  private static @Nullable Object wrapResult(@Nullable Object result, Fault fault) {
    if (result instanceof Communicator communicator) {
      return wrap(Communicator.class, communicator, fault);
    }
    if (result instanceof Optional<?> optional) {
      return optional.map(value -> wrapResult(value, fault));
    }
    if (result instanceof List<?> list) {
      return list.stream().map(value -> wrapResult(value, fault)).toList();
    }
    return result;
  }

  private static @Nullable Object invoke(Object real, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
