package org.ccl4j.junit;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Stream;
import org.ccl4j.api.config.Setting;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** Turns the one invocation of a {@link RankTest} into one for each rank. */
final class RankExtension implements InvocationInterceptor, ParameterResolver {
  static final Setting TIMEOUT =
      new Setting("ccl.junit.timeout", "60s", "How long the ranks of a @RankTest may take.");

  private static final Map<Class<?>, Function<RankScope, Object>> INJECTED =
      Map.of(
          Ccl.class, RankScope::ccl,
          Communicator.class, RankScope::communicator,
          Device.class, RankScope::device,
          Stream.class, RankScope::stream,
          RankContext.class, RankScope::ranks,
          RankScope.class, scope -> scope);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    // Types of the API that are not injected are claimed as well, to be refused with a list of
    // those that are.
    Class<?> type = parameter.getParameter().getType();
    return INJECTED.containsKey(type) || type.getPackage() == Ccl.class.getPackage();
  }

  @Override
  public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (!(parameter.getDeclaringExecutable() instanceof Method method)
        || !AnnotationSupport.isAnnotated(method, RankTest.class)) {
      throw new ParameterResolutionException(
          "A parameter of type "
              + type.getSimpleName()
              + " belongs to one rank; only a @RankTest method may have it, because everything"
              + " else runs once around all ranks.");
    }
    if (!INJECTED.containsKey(type)) {
      throw new ParameterResolutionException(
          "A @RankTest cannot be given a "
              + type.getSimpleName()
              + "; its parameters may be "
              + INJECTED.keySet().stream()
                  .map(Class::getSimpleName)
                  .sorted()
                  .collect(Collectors.joining(", "))
              + ".");
    }
    return null; // a stand-in: each rank gets its own below
  }

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> invocationContext,
      ExtensionContext context) {
    invocation.skip();
    Method method = invocationContext.getExecutable();
    RankTest settings = AnnotationSupport.findAnnotation(method, RankTest.class).orElseThrow();
    Optional<Object> instance = invocationContext.getTarget();
    List<Object> shared = invocationContext.getArguments();
    OpenOptions options = options(settings);
    RankHarness.of(settings.ranks())
        .withOptions(options)
        .withDeadline(options.settings().getDuration(TIMEOUT))
        .run(
            scope ->
                ReflectionSupport.invokeMethod(
                    method, instance.orElse(null), arguments(method, shared, scope)));
  }

  private static @Nullable Object[] arguments(Method method, List<Object> shared, RankScope scope) {
    Parameter[] parameters = method.getParameters();
    @Nullable Object[] arguments = shared.toArray();
    for (int i = 0; i < arguments.length; i++) {
      Function<RankScope, Object> own = INJECTED.get(parameters[i].getType());
      if (own != null) {
        arguments[i] = own.apply(scope);
      }
    }
    return arguments;
  }

  private static OpenOptions options(RankTest test) {
    OpenOptions options = OpenOptions.DEFAULT;
    if (!test.backend().isEmpty()) {
      options = options.withBackend(test.backend());
    }
    if (!test.timeout().isEmpty()) {
      options = options.with(TIMEOUT.key(), test.timeout());
    }
    for (String setting : test.settings()) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new CclUsageException(
            ErrorCode.INVALID_ARGUMENT,
            "settings of @RankTest has '" + setting + "'; allowed is key=value.");
      }
      options = options.with(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return options;
  }
}
