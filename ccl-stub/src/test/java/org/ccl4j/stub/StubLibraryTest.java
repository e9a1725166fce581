package org.ccl4j.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.NativeLibraryHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The stub before any binding comes into it. */
class StubLibraryTest {

  /** Written in C, so that what fails here is the stub and what fails in the kit is not. */
  @Test
  void theStubPassesItsOwnTest() throws Exception {
    Path program = StubBuild.get().selfTest();
    Path log = program.resolveSibling("selftest.log");
    Process process =
        new ProcessBuilder(program.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(process.waitFor(90, TimeUnit.SECONDS), "it ends");
    assertEquals(0, process.exitValue(), Files.readString(log));
    assertTrue(Files.readString(log).contains(" tests passed"), Files.readString(log));
  }

  @ParameterizedTest
  @EnumSource
  void everyLibraryCanBeLoaded(StubLibrary library) {
    NativeLibraryHandle handle = NativeLibraryHandle.open(library.file().toString());
    boolean found =
        handle.function("ncclAllReduce").isPresent()
            || handle.function("mcclAllReduce").isPresent()
            || handle.function("cudaStreamQuery").isPresent()
            || handle.function("hipStreamQuery").isPresent()
            || handle.function("musaStreamQuery").isPresent()
            || handle.function("muDeviceGetName").isPresent()
            || handle.function("mcDeviceGetName").isPresent();
    assertTrue(found, library + " exports its vendor's names");
  }

  @Test
  void versionsDifferInSymbolsAndInHowTheyCountThemselves() {
    NativeLibraryHandle old = NativeLibraryHandle.open(StubLibrary.NCCL_2_7.file().toString());
    NativeLibraryHandle newest = NativeLibraryHandle.open(StubLibrary.NCCL_2_30.file().toString());

    assertEquals(2708, CFunction.value(old.function("ncclGetVersion").callForInt()));
    assertEquals(23007, CFunction.value(newest.function("ncclGetVersion").callForInt()));
    for (String since :
        new String[] {"ncclCommSplit", "ncclGetLastError", "ncclCommInitRankConfig"}) {
      assertFalse(old.function(since).isPresent(), since);
      assertTrue(newest.function(since).isPresent(), since);
    }
  }

  @Test
  void violationsAreCountedAndTold() {
    int before = StubControl.violations();
    NativeLibraryHandle nccl = NativeLibraryHandle.open(StubLibrary.NCCL_2_30.file().toString());

    assertEquals(4, CFunction.status(nccl.function("ncclCommCount").callForInt(0)));

    assertEquals(before + 1, StubControl.violations());
    assertEquals("ncclCommCount : comm argument is NULL", StubControl.lastViolation());
  }

  @Test
  void unknownSettingsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> StubControl.configure("nothing", "1"));
    assertThrows(IllegalArgumentException.class, () -> StubControl.configure("devices", "many"));
  }
}
