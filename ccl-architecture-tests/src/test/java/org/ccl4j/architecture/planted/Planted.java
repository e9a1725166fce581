package org.ccl4j.architecture.planted;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;
import org.ccl4j.spi.StatusText;
import org.jspecify.annotations.Nullable;

/** One nested class for each thing that the rules forbid. */
@SuppressWarnings({"SystemOut", "UnusedVariable"})
public final class Planted {
  private Planted() {}

  static final class UsesTheBackendContracts {
    @Nullable StatusText field;
  }

  static final class UsesAnotherLibrary {
    org.junit.jupiter.api.@Nullable TestInfo field;
  }

  static final class OpensFiles {
    @Nullable Path path;
  }

  static final class OpensSockets {
    @Nullable Socket field;
  }

  static final class ReadsFiles {
    @Nullable FileInputStream field;
  }

  static final class ReadsBytes {
    @Nullable InputStream field;
  }

  static final class StartsProcesses {
    @Nullable ProcessBuilder field;
  }

  static final class CudaStream {}

  static final class HasVendorMethod {
    void ncclSend() {}
  }

  static final class HasVendorField {
    int deviceOfNvidia;
  }

  static final class AsksForServices {
    Object ask() {
      return ServiceLoader.load(Runnable.class);
    }
  }

  static final class ReadsProperty {
    @Nullable String read() {
      return System.getProperty("x");
    }
  }

  static final class ReadsEnvironmentByReference {
    final UnaryOperator<@Nullable String> read = System::getenv;
  }

  static final class ReadsSwitch {
    final boolean value = Boolean.getBoolean("x");
  }

  static final class ReadsNumbers {
    final @Nullable Integer first = Integer.getInteger("x");
    final @Nullable Long second = Long.getLong("x");
  }

  static final class Prints {
    void print() {
      System.out.println();
    }
  }

  static final class PrintsTraces {
    void print(IllegalStateException e) {
      e.printStackTrace();
    }
  }

  static final class LogsPastTheJdk {
    java.util.logging.@Nullable Logger logger;
  }

  static class BadProvider implements BackendProvider {
    static final long LOADED_AT = System.nanoTime();

    BadProvider(int number) {}

    @Override
    public String id() {
      return "planted/bad";
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public boolean simulated() {
      return true;
    }

    @Override
    public ProbeResult probe(Settings settings) {
      return new ProbeResult.Unavailable("planted", "none");
    }

    @Override
    public Backend open(Settings settings) {
      throw new UnsupportedOperationException();
    }
  }
}
