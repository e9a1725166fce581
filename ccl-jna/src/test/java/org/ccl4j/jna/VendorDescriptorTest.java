package org.ccl4j.jna;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.config.Setting;
import org.ccl4j.jna.RuntimeDescriptor.Counting;
import org.ccl4j.jna.VendorDescriptor.Float8;
import org.ccl4j.jna.VendorDescriptor.Sharing;
import org.ccl4j.jna.search.DriverSpec;
import org.ccl4j.jna.search.LibrarySpec;
import org.junit.jupiter.api.Test;

class VendorDescriptorTest {
  private static final Setting SETTING = new Setting("ccl.thing.library", "", "For tests.");

  private static VendorDescriptor of(Map<Integer, String> releases) {
    return new VendorDescriptor(
        "test/thing",
        "THING",
        "thing",
        VendorDescriptor.library(
            "thing", SETTING, List.of("libthing.so.1"), List.of(), List.of(), Map.of(), "Get it."),
        new RuntimeDescriptor(
            "rt",
            RuntimeDescriptor.library("rt", SETTING, List.of("librt64.so.7"), List.of(), "Get it."),
            Map.of("HostAlloc", List.of("HostMalloc"), "MallocAsync", List.of()),
            Counting.HIP,
            false,
            Optional.empty(),
            new DriverSpec("driver", "/proc/none", "/dev/none", "", "NONE", "", "")),
        Map.of("AlltoAll", List.of("AlltoAll", "AllToAll")),
        ConfigLayout.COMMON,
        Float8.NONE,
        Sharing.NONE,
        releases,
        List.of());
  }

  @Test
  void whatEveryLibraryOfTheFamilyHasFollowsFromThePrefix() {
    LibrarySpec library = of(Map.of()).library();

    assertEquals("libthing", library.name());
    assertEquals("thingGetVersion", library.versionFunction());
    assertEquals("2.0", library.required().get("thingAllReduce"));
    assertEquals("2.7", library.required().get("thingSend"));
    assertEquals(List.of("VLLM_NCCL_SO_PATH", "SGLANG_NCCL_SO_PATH"), library.foreignVariables());
    LibrarySpec runtime = of(Map.of()).runtime().library();
    assertEquals("rtRuntimeGetVersion", runtime.versionFunction());
    assertTrue(runtime.required().containsKey("rtStreamQuery"), runtime::toString);
  }

  @Test
  void spellingsHaveAnOrderAndMayBeNone() {
    VendorDescriptor vendor = of(Map.of());

    assertEquals(List.of("thingAlltoAll", "thingAllToAll"), vendor.symbols("AlltoAll"));
    assertEquals(List.of("thingSend"), vendor.symbols("Send"));
    assertEquals(List.of("rtHostMalloc"), vendor.runtime().symbols("HostAlloc"));
    assertEquals(List.of(), vendor.runtime().symbols("MallocAsync"));
  }

  @Test
  void aVersionIsPlacedAmongTheReleases() {
    VendorDescriptor vendor = of(Map.of(21803, "Box 6.0", 22105, "Box 6.3"));

    assertEquals("older than Box 6.0", vendor.release(21304));
    assertEquals("of Box 6.0", vendor.release(21803));
    assertEquals("between Box 6.0 and Box 6.3", vendor.release(22005));
    assertEquals("of Box 6.3", vendor.release(22105));
    assertEquals("newer than Box 6.3", vendor.release(22106));
    assertEquals("", of(Map.of()).release(22105));
  }

  @Test
  void eachRuntimeCountsItsVersionsInItsOwnWay() {
    assertEquals("13.0", Counting.CUDA.text(13000));
    assertEquals("6.3", Counting.HIP.text(60342134));
    assertEquals("5.1", Counting.HUNDREDS.text(50100));
    assertTrue(Counting.CUDA.isOfDriver());
    assertFalse(Counting.HIP.isOfDriver());
  }

  @Test
  void withoutAConfigurationNothingElseChanges() {
    VendorDescriptor vendor = of(Map.of(21803, "Box 6.0"));
    VendorDescriptor without = vendor.withoutConfig();

    assertFalse(without.config().isKnownTo(23007));
    assertEquals(vendor.releases(), without.releases());
    assertEquals(vendor.spellings(), without.spellings());
    assertEquals(vendor.library(), without.library());
  }
}
