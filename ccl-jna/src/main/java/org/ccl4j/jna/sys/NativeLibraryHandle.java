package org.ccl4j.jna.sys;

import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A loaded library. It stays loaded until the process ends: collective libraries start threads and
 * register exit handlers, and unloading one under them crashes.
 */
public final class NativeLibraryHandle {
  /**
   * RTLD_LAZY with RTLD_LOCAL; JNA's default is RTLD_GLOBAL. Several vendors export the same names,
   * and a library that is opened globally binds even its internal calls to whichever came first.
   */
  private static final int LAZY_AND_LOCAL = 1;

  /** Keeps them reachable: JNA unloads a library that nobody holds any more. */
  private static final Map<String, NativeLibraryHandle> LOADED = new ConcurrentHashMap<>();

  private final String name;
  private final NativeLibrary library;

  private NativeLibraryHandle(String name, NativeLibrary library) {
    this.name = name;
    this.library = library;
  }

  /**
   * Loads a library, unless it is loaded already.
   *
   * @param name an absolute path, or a file name that the system's loader knows
   * @return the library
   * @throws LinkageError when the loader refuses it, or JNA itself cannot be loaded; the message is
   *     the loader's
   */
  public static NativeLibraryHandle open(String name) {
    return LOADED.computeIfAbsent(
        name,
        key ->
            new NativeLibraryHandle(
                key,
                NativeLibrary.getInstance(key, Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_LOCAL))));
  }

  /**
   * What it was opened by.
   *
   * @return path or file name
   */
  public String name() {
    return name;
  }

  /**
   * Looks a symbol up.
   *
   * @param symbol as the library exports it
   * @return its address; 0 when the library has no such symbol
   */
  public long address(String symbol) {
    try {
      return Pointer.nativeValue(library.getGlobalVariableAddress(symbol));
    } catch (UnsatisfiedLinkError e) {
      return 0;
    }
  }

  /**
   * Looks a function up.
   *
   * @param symbol as the library exports it
   * @return the function; one that is {@linkplain CFunction#isPresent() not present} when the
   *     library has no such symbol
   */
  public CFunction function(String symbol) {
    return new CFunction(symbol, address(symbol));
  }
}
