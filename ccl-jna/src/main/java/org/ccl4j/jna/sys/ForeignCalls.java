package org.ccl4j.jna.sys;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;

/**
 * Through {@code java.lang.foreign}, which JVMs have from 22 on: a tenth of the time of JNA's way,
 * because the JVM compiles the crossing. Looked up by name, for this is compiled for Java 17.
 */
final class ForeignCalls extends Calls {
  private static final String UNLIKE_JAVA_22 = "java.lang.foreign is not as Java 22 has it";

  private static final MethodHandle CALL_0 = linked(0);
  private static final MethodHandle CALL_1 = linked(1);
  private static final MethodHandle CALL_2 = linked(2);
  private static final MethodHandle CALL_3 = linked(3);
  private static final MethodHandle CALL_4 = linked(4);
  private static final MethodHandle CALL_5 = linked(5);
  private static final MethodHandle CALL_6 = linked(6);
  private static final MethodHandle CALL_7 = linked(7);
  private static final MethodHandle CALL_8 = linked(8);
  private static final MethodHandle CALL_9 = linked(9);
  private static final MethodHandle CALL_11 = linked(11);

  ForeignCalls() {}

  /** What stands for the function at an address in these calls. */
  static Object segment(long address) {
    try {
      Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
      return segment.getMethod("ofAddress", long.class).invoke(null, address);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(UNLIKE_JAVA_22, e);
    }
  }

  /** Of type {@code long (Object segment, long...)}. */
  private static MethodHandle linked(int arguments) {
    try {
      Class<?> layout = Class.forName("java.lang.foreign.MemoryLayout");
      Class<?> description = Class.forName("java.lang.foreign.FunctionDescriptor");
      Class<?> options = Class.forName("[Ljava.lang.foreign.Linker$Option;");
      Class<?> linker = Class.forName("java.lang.foreign.Linker");
      Object longLayout =
          Class.forName("java.lang.foreign.ValueLayout").getField("JAVA_LONG").get(null);
      Object layouts = Array.newInstance(layout, arguments);
      for (int i = 0; i < arguments; i++) {
        Array.set(layouts, i, longLayout);
      }
      Object described =
          description.getMethod("of", layout, layouts.getClass()).invoke(null, longLayout, layouts);
      MethodHandle bySegment =
          (MethodHandle)
              linker
                  .getMethod("downcallHandle", description, options)
                  .invoke(
                      linker.getMethod("nativeLinker").invoke(null),
                      described,
                      Array.newInstance(options.getComponentType(), 0));
      return bySegment.asType(bySegment.type().changeParameterType(0, Object.class));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(UNLIKE_JAVA_22, e);
    }
  }

  /** A function of C throws nothing, so what comes is the JVM's own. */
  private static Error thrown(Throwable e) {
    return e instanceof Error error ? error : new AssertionError(e);
  }

  @Override
  long call(CFunction f) {
    try {
      return (long) CALL_0.invokeExact(f.segment());
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0) {
    try {
      return (long) CALL_1.invokeExact(f.segment(), a0);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0, long a1) {
    try {
      return (long) CALL_2.invokeExact(f.segment(), a0, a1);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2) {
    try {
      return (long) CALL_3.invokeExact(f.segment(), a0, a1, a2);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3) {
    try {
      return (long) CALL_4.invokeExact(f.segment(), a0, a1, a2, a3);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4) {
    try {
      return (long) CALL_5.invokeExact(f.segment(), a0, a1, a2, a3, a4);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5) {
    try {
      return (long) CALL_6.invokeExact(f.segment(), a0, a1, a2, a3, a4, a5);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5, long a6) {
    try {
      return (long) CALL_7.invokeExact(f.segment(), a0, a1, a2, a3, a4, a5, a6);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7) {
    try {
      return (long) CALL_8.invokeExact(f.segment(), a0, a1, a2, a3, a4, a5, a6, a7);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(
      CFunction f,
      long a0,
      long a1,
      long a2,
      long a3,
      long a4,
      long a5,
      long a6,
      long a7,
      long a8) {
    try {
      return (long) CALL_9.invokeExact(f.segment(), a0, a1, a2, a3, a4, a5, a6, a7, a8);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  long call(
      CFunction f,
      long a0,
      long a1,
      long a2,
      long a3,
      long a4,
      long a5,
      long a6,
      long a7,
      long a8,
      long a9,
      long a10) {
    try {
      return (long) CALL_11.invokeExact(f.segment(), a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }
}
