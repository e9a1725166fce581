package org.ccl4j.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ccl4j.api.BackendInfo;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.Graph;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Selection;
import org.ccl4j.api.Stream;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;
import org.ccl4j.spi.Result;

/** An open backend as its user holds it. */
final class CclImpl implements Ccl {
  private final CclHandle handle;
  private final Selection selection;
  private final Connector connector;

  private CclImpl(CclHandle handle, Selection selection) {
    this.handle = handle;
    this.selection = selection;
    this.connector = new Connector(handle);
    handle.leaks.watch(this, handle);
  }

  static Ccl open(Selector.Decision decision, Settings settings) {
    Selection selection = decision.selection();
    BackendProvider provider = decision.provider();
    if (provider == null
        || !(selection.chosenCandidate().orElseThrow().probe()
            instanceof ProbeResult.Available found)) {
      ErrorCode code = selection.failure();
      throw new CclSelectionException(code == null ? ErrorCode.NO_BACKEND : code, selection);
    }
    BackendInfo info =
        new BackendInfo(
            provider.id(),
            found.version(),
            found.location(),
            provider.simulated(),
            found.capabilities());
    Backend backend = openBackend(provider, settings);
    try {
      return new CclImpl(new CclHandle(backend, info, settings), selection);
    } catch (RuntimeException | Error e) {
      Failures failures = new Failures();
      failures.add(e);
      failures.attempt(backend::close);
      throw e;
    }
  }

  private static Backend openBackend(BackendProvider provider, Settings settings) {
    try {
      return provider.open(settings);
    } catch (CclException e) {
      throw e;
    } catch (RuntimeException | LinkageError e) {
      throw new CclLibraryException(
          ErrorCode.LIBRARY_ERROR,
          "opening "
              + provider.id()
              + " failed although its probe had found it available: "
              + e
              + ". Look at the cause, or name another backend.",
          ErrorDetails.NONE,
          e);
    }
  }

  @Override
  public BackendInfo backend() {
    return handle.info;
  }

  @Override
  public Selection selection() {
    return selection;
  }

  @Override
  public int deviceCount() {
    return handle.deviceCount;
  }

  @Override
  public Device device(int ordinal) {
    String what = "device";
    if (ordinal < 0 || ordinal >= handle.deviceCount) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what
              + ": ordinal is "
              + ordinal
              + "; allowed is "
              + (handle.deviceCount == 0
                  ? "none, because " + handle.info.id() + " sees no device"
                  : "0 to " + (handle.deviceCount - 1))
              + ".");
    }
    handle.hold(what);
    try {
      DeviceHandle device = new DeviceHandle(handle, ordinal);
      handle.adopt(device, what);
      return new DeviceImpl(this, device);
    } finally {
      handle.unhold();
    }
  }

  @Override
  public UniqueId newUniqueId() {
    return connector.newUniqueId();
  }

  @Override
  public Communicator connect(Device device, RankContext ranks, ConnectOptions options) {
    DeviceImpl own = DeviceImpl.own(handle, "device", device);
    Arguments.notNull("ranks", ranks);
    Arguments.notNull("options", options);
    return new CommunicatorImpl(own, connector.connect(own, ranks, options));
  }

  @Override
  public Communicator connect(
      Device device, UniqueId id, int rank, int size, ConnectOptions options) {
    DeviceImpl own = DeviceImpl.own(handle, "device", device);
    Arguments.notNull("id", id);
    Arguments.notNull("options", options);
    return new CommunicatorImpl(own, connector.connect(own, id, rank, size, options));
  }

  @Override
  public Communicator connectGrown(
      Device device, UniqueId id, int rank, int size, ConnectOptions options) {
    DeviceImpl own = DeviceImpl.own(handle, "device", device);
    Arguments.notNull("id", id);
    Arguments.notNull("options", options);
    return new CommunicatorImpl(own, connector.connectGrown(own, id, rank, size, options));
  }

  @Override
  public Communicator connectGrown(Device device, RankContext ranks, ConnectOptions options) {
    DeviceImpl own = DeviceImpl.own(handle, "device", device);
    Arguments.notNull("ranks", ranks);
    Arguments.notNull("options", options);
    return new CommunicatorImpl(own, connector.connectGrown(own, ranks, options));
  }

  @Override
  public List<Communicator> connectAll(List<Device> devices, ConnectOptions options) {
    Arguments.notNull("devices", devices);
    Arguments.notNull("options", options);
    List<DeviceImpl> own = new ArrayList<>();
    for (Device device : devices) {
      own.add(DeviceImpl.own(handle, "devices[" + own.size() + "]", device));
    }
    List<CommunicatorHandle> connected = connector.connectAll(own, options);
    List<Communicator> communicators = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      communicators.add(new CommunicatorImpl(own.get(i), connected.get(i)));
    }
    return List.copyOf(communicators);
  }

  @Override
  public void group(Runnable body) {
    Arguments.notNull("body", body);
    requireOpen("group");
    handle.batch().group(body);
  }

  @Override
  public Duration simulate(Runnable body) {
    Arguments.notNull("body", body);
    requireOpen("simulate");
    handle.requireNoGroup("simulate");
    handle.requireCapability("simulate", Capability.SIMULATE);
    return Duration.ofNanos(Math.round(handle.batch().simulate(body) * 1000));
  }

  @Override
  public Map<String, String> parameters() {
    String what = "parameters";
    handle.requireCapability(what, Capability.PARAMETERS);
    handle.hold(what);
    try {
      Map<String, String> values = new LinkedHashMap<>();
      for (String key : valueOf(handle.backend.parameters(), "listing the library's parameters")) {
        values.put(
            key, valueOf(handle.backend.parameter(key), "reading the library's parameter " + key));
      }
      return Collections.unmodifiableMap(values);
    } finally {
      handle.unhold();
    }
  }

  private <T> T valueOf(Result<T> result, String what) {
    T value = result.value();
    if (!result.ok() || value == null) {
      throw Errors.ofCall(handle.backend, result.status(), what, ErrorDetails.NONE);
    }
    return value;
  }

  private void requireOpen(String what) {
    if (handle.isClosed()) {
      throw handle.closedException(what);
    }
  }

  @Override
  public List<Graph> capture(List<Stream> streams, Runnable body) {
    String what = "capture";
    Arguments.notNull("streams", streams);
    Arguments.notNull("body", body);
    requireOpen(what);
    handle.requireNoGroup(
        "capture (its operations would be issued after it; put the group inside)");
    handle.requireCapability(what, Capability.GRAPHS);
    List<DeviceHandle> devices = new ArrayList<>();
    Set<StreamHandle> handles = new LinkedHashSet<>();
    for (Stream stream : streams) {
      StreamHandle own = StreamImpl.own(handle, "streams[" + devices.size() + "]", stream);
      if (!handles.add(own)) {
        throw new CclUsageException(
            ErrorCode.INVALID_ARGUMENT,
            what
                + ": streams["
                + devices.size()
                + "] is there twice; allowed is each stream at most once.");
      }
      devices.add(((StreamImpl) stream).deviceImpl().handle());
    }
    List<GraphHandle> graphs = Capture.record(List.copyOf(handles), body);
    return adopt(graphs, devices);
  }

  /** Gives each graph to its device, communicators and windows, or closes all of them. */
  private static List<Graph> adopt(List<GraphHandle> graphs, List<DeviceHandle> devices) {
    Failures failures = new Failures();
    for (int i = 0; i < graphs.size(); i++) {
      GraphHandle graph = graphs.get(i);
      DeviceHandle device = devices.get(i);
      failures.attempt(() -> device.adopt(graph, "capture"));
      for (CommunicatorHandle communicator : graph.communicators) {
        failures.attempt(() -> communicator.adopt(graph, "capture"));
      }
      for (RegistrationHandle window : graph.windows) {
        failures.attempt(() -> window.adopt(graph, "capture"));
      }
    }
    if (!failures.isEmpty()) {
      graphs.forEach(graph -> failures.attempt(graph::close));
      failures.throwFirst();
    }
    List<Graph> held = new ArrayList<>();
    graphs.forEach(graph -> held.add(new GraphImpl(graph)));
    return held;
  }

  @Override
  public void close() {
    handle.requireNoGroup("closing the Ccl, which closes its communicators,");
    handle.closeAll();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
