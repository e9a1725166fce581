package org.ccl4j.jna.sys;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The program of a process in which a library is tried: it loads the library and calls one function
 * of it. What it came to stands in a file and not on standard output, where the library may write.
 */
public final class TrialProcess {
  /** The first word of the result when the library was loaded and then nothing more was heard. */
  public static final String LOADED = "loaded";

  /** The first word of the result when the loader refused; its message follows. */
  public static final String REFUSED = "refused";

  /** The first word of the result when the function was called; its status and value follow. */
  public static final String CALLED = "called";

  private static final int LAZY_AND_LOCAL = 1;
  private static final int HUNG = 3;

  private TrialProcess() {}

  /**
   * The program.
   *
   * @param arguments the library, the function {@code int f(int *)}, the file for the result, and
   *     after how many milliseconds the process ends by itself, should nobody be there to end it
   * @throws IOException when the result cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    // Not Runtime.halt, which runs the library's exit handlers: they are not on trial, and while a
    // library hangs in the loader they wait for it.
    Function exit = NativeLibrary.getProcess().getFunction("_exit");
    // The JVM looks for JNA's part of a call when it is first made, which a hanging loader delays.
    NativeLibrary.getProcess().getFunction("abs").invokeVoid(new Object[] {0});
    Thread guard = new Thread(() -> endAfter(Long.parseLong(arguments[3]), exit), "guard");
    guard.setDaemon(true);
    guard.start();
    Path result = Path.of(arguments[2]);
    Files.writeString(result, tried(arguments[0], arguments[1], result));
    exit.invokeVoid(new Object[] {0});
  }

  private static void endAfter(long millis, Function exit) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < deadline) {
      LockSupport.parkNanos(deadline - System.nanoTime());
    }
    exit.invokeVoid(new Object[] {HUNG});
  }

  private static String tried(String file, String function, Path result) throws IOException {
    try {
      NativeLibrary library =
          NativeLibrary.getInstance(file, Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_LOCAL));
      Files.writeString(result, LOADED);
      try (Memory value = new Memory(Integer.BYTES)) {
        value.clear();
        int status = library.getFunction(function).invokeInt(new Object[] {value});
        return CALLED + " " + status + " " + value.getInt(0);
      }
    } catch (LinkageError e) {
      return REFUSED + " " + e.getMessage();
    }
  }

  /**
   * What the program needs on its class path.
   *
   * @return the places of its own classes and of JNA; empty when they are in no files
   */
  public static List<Path> classPath() {
    List<Path> places = new ArrayList<>();
    for (Class<?> needed : List.of(TrialProcess.class, Native.class)) {
      CodeSource source = needed.getProtectionDomain().getCodeSource();
      if (source == null || source.getLocation() == null) {
        return List.of();
      }
      if (!source.getLocation().getProtocol().equals("file")) {
        return List.of();
      }
      try {
        places.add(Path.of(source.getLocation().toURI()));
      } catch (URISyntaxException | IllegalArgumentException e) {
        return List.of();
      }
    }
    return places;
  }
}
