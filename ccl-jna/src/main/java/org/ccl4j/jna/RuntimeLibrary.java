package org.ccl4j.jna;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;
import org.ccl4j.api.Capability;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.NativeLibraryHandle;
import org.ccl4j.spi.StatusCode;

/** The functions of a loaded device runtime, under their common names. */
final class RuntimeLibrary {
  final RuntimeDescriptor descriptor;
  final NativeLibraryHandle handle;

  final CFunction getDeviceCount;
  final CFunction setDevice;
  final CFunction getDevice;
  final CFunction deviceGetPciBusId;
  final CFunction deviceGetName;
  final CFunction deviceGetAttribute;
  final CFunction deviceCanAccessPeer;
  final CFunction deviceEnablePeerAccess;
  final CFunction memGetInfo;
  final CFunction malloc;
  final CFunction free;
  final CFunction mallocAsync;
  final CFunction freeAsync;
  final CFunction hostAlloc;
  final CFunction freeHost;
  final CFunction memcpyAsync;
  final CFunction memsetAsync;
  final CFunction streamCreateWithPriority;
  final CFunction streamDestroy;
  final CFunction streamQuery;
  final CFunction streamWaitEvent;
  final CFunction eventCreateWithFlags;
  final CFunction eventDestroy;
  final CFunction eventRecord;
  final CFunction eventQuery;
  final CFunction eventElapsedTime;
  final CFunction streamIsCapturing;
  final CFunction streamBeginCapture;
  final CFunction streamEndCapture;
  final CFunction graphInstantiateWithFlags;
  final CFunction graphInstantiate;
  final CFunction graphLaunch;
  final CFunction graphDestroy;
  final CFunction graphExecDestroy;
  final CFunction getErrorName;
  final CFunction getErrorString;
  final CFunction getLastError;

  /** Of the driver: whether a device is in use by this process. */
  final CFunction contextState;

  RuntimeLibrary(RuntimeDescriptor descriptor, NativeLibraryHandle handle) {
    this.descriptor = descriptor;
    this.handle = handle;
    getDeviceCount = find("GetDeviceCount");
    setDevice = find("SetDevice");
    getDevice = find("GetDevice");
    deviceGetPciBusId = find("DeviceGetPCIBusId");
    deviceGetAttribute = find("DeviceGetAttribute");
    deviceCanAccessPeer = find("DeviceCanAccessPeer");
    deviceEnablePeerAccess = find("DeviceEnablePeerAccess");
    memGetInfo = find("MemGetInfo");
    malloc = find("Malloc");
    free = find("Free");
    mallocAsync = find("MallocAsync");
    freeAsync = find("FreeAsync");
    hostAlloc = find("HostAlloc");
    freeHost = find("FreeHost");
    memcpyAsync = find("MemcpyAsync");
    memsetAsync = find("MemsetAsync");
    streamCreateWithPriority = find("StreamCreateWithPriority");
    streamDestroy = find("StreamDestroy");
    streamQuery = find("StreamQuery");
    streamWaitEvent = find("StreamWaitEvent");
    eventCreateWithFlags = find("EventCreateWithFlags");
    eventDestroy = find("EventDestroy");
    eventRecord = find("EventRecord");
    eventQuery = find("EventQuery");
    eventElapsedTime = find("EventElapsedTime");
    streamIsCapturing = find("StreamIsCapturing");
    streamBeginCapture = find("StreamBeginCapture");
    streamEndCapture = find("StreamEndCapture");
    graphInstantiateWithFlags = find("GraphInstantiateWithFlags");
    graphInstantiate = find("GraphInstantiate");
    graphLaunch = find("GraphLaunch");
    graphDestroy = find("GraphDestroy");
    graphExecDestroy = find("GraphExecDestroy");
    getErrorName = find("GetErrorName");
    getErrorString = find("GetErrorString");
    getLastError = find("GetLastError");
    CFunction name = find("DeviceGetName");
    deviceGetName =
        name.isPresent() ? name : ofDriver("DeviceGetName", RuntimeDescriptor.Driver::deviceName);
    contextState = ofDriver("contextState", RuntimeDescriptor.Driver::contextState);
  }

  private CFunction ofDriver(String commonName, Function<RuntimeDescriptor.Driver, String> symbol) {
    RuntimeDescriptor.Driver driver = descriptor.driver().orElse(null);
    if (driver == null || symbol.apply(driver).isEmpty()) {
      return CFunction.absent(commonName);
    }
    try {
      return NativeLibraryHandle.open(driver.soname()).function(symbol.apply(driver));
    } catch (LinkageError e) {
      // The runtime says in its own words that there is no driver.
      return CFunction.absent(commonName);
    }
  }

  /** As the vendor counts; 0 when it does not say. */
  int runtimeVersion() {
    return version("RuntimeGetVersion");
  }

  /** Of the newest runtime that the driver can carry; 0 without a driver or its word for it. */
  int driverVersion() {
    return descriptor.versions().isOfDriver() ? version("DriverGetVersion") : 0;
  }

  String versionText(int version) {
    return descriptor.versions().text(version);
  }

  private int version(String function) {
    long answer = find(function).callForInt();
    return CFunction.status(answer) == StatusCode.OK ? CFunction.value(answer) : 0;
  }

  private CFunction find(String commonName) {
    return Symbols.find(handle, descriptor.symbols(commonName));
  }

  Set<Capability> capabilities() {
    EnumSet<Capability> found = EnumSet.noneOf(Capability.class);
    if (mallocAsync.isPresent() && freeAsync.isPresent()) {
      found.add(Capability.STREAM_ORDERED_MEMORY);
    }
    if (streamBeginCapture.isPresent()
        && streamEndCapture.isPresent()
        && (graphInstantiateWithFlags.isPresent() || graphInstantiate.isPresent())
        && graphLaunch.isPresent()
        && graphDestroy.isPresent()
        && graphExecDestroy.isPresent()) {
      found.add(Capability.GRAPHS);
    }
    return found;
  }
}
