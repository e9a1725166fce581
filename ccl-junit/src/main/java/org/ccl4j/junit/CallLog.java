package org.ccl4j.junit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the newest call of one rank and every communicator it made.
 *
 * <p>Dynamic proxies do it, because an interface of some fifty methods would otherwise be repeated
 * here. Only {@link Ccl} and {@link Communicator} are wrapped: no method takes one of them as an
 * argument, while a wrapped buffer or stream would be a foreign object to the library.
 */
final class CallLog {
  /** Questions that never wait; recording them would hide the call that matters. */
  private static final Set<String> IGNORED =
      Set.of("rank", "size", "device", "deviceCount", "name", "handle", "failure", "isClosed");

  private final Queue<Communicator> communicators = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Call newest;

  /** A call; its text is made only when somebody asks, so that recording stays cheap. */
  private static final class Call {
    private final Method method;
    private final Object[] arguments;
    private volatile boolean returned;

    Call(Method method, Object[] arguments) {
      this.method = method;
      this.arguments = arguments;
    }

    @Override
    public String toString() {
      return method.getName()
          + Arrays.stream(arguments)
              .map(CallLog::show)
              .collect(Collectors.joining(", ", "(", returned ? "), which returned" : ")"));
    }
  }

  Ccl watch(Ccl ccl) {
    return proxy(Ccl.class, ccl);
  }

  /** The newest call in words. */
  String describe() {
    Call call = newest;
    return call == null ? "no call yet" : call.toString();
  }

  /** Whether this rank has a communicator whose waits an abort would end. */
  boolean hasCommunicators() {
    return !communicators.isEmpty();
  }

  /** Ends whatever waits on this rank's communicators. Children end with their parents. */
  void abortAll() {
    communicators.forEach(Communicator::abort);
  }

  private <T> T proxy(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                call(target, method, arguments == null ? new Object[0] : arguments)));
  }

  private @Nullable Object call(Object target, Method method, Object[] arguments) throws Throwable {
    if (method.getDeclaringClass() == Object.class || IGNORED.contains(method.getName())) {
      return invoke(target, method, arguments);
    }
    Call call = new Call(method, arguments);
    newest = call;
    Object result = invoke(target, method, arguments);
    call.returned = true;
    return wrap(result);
  }

  private static @Nullable Object invoke(Object target, Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  private @Nullable Object wrap(@Nullable Object result) {
    if (result instanceof Communicator communicator) {
      communicators.add(communicator);
      return proxy(Communicator.class, communicator);
    }
    if (result instanceof Optional<?> optional) {
      return optional.map(this::wrap);
    }
    if (result instanceof List<?> list) {
      return list.stream().map(this::wrap).toList();
    }
    return result;
  }

  private static String show(@Nullable Object argument) {
    if (argument instanceof DeviceBuffer buffer) {
      return buffer.type() + "[" + buffer.count() + "]";
    }
    if (argument instanceof Stream) {
      return "stream";
    }
    if (argument instanceof Device device) {
      return "device " + device.ordinal();
    }
    if (argument instanceof ReduceOp op) {
      return op.displayName();
    }
    if (argument instanceof long[] numbers) {
      return Arrays.toString(numbers);
    }
    if (argument instanceof Runnable) {
      return "body";
    }
    if (argument == CollectiveOptions.DEFAULT) {
      return "default options";
    }
    return String.valueOf(argument);
  }
}
