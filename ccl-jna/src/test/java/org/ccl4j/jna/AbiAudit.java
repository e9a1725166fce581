package org.ccl4j.jna;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.jna.sys.CFunction;

/**
 * Writes what this module believes of the C interface as assertions, for a compiler to hold against
 * the vendor's own header: sizes, offsets, numbers and signatures, each from the version on that is
 * believed to have it. The script {@code ci/abi-audit.sh} runs it.
 */
final class AbiAudit {
  private static final Map<DataType, String> TYPES = new LinkedHashMap<>();
  private static final Map<DataType, Integer> TYPES_SINCE =
      Map.of(DataType.BFLOAT16, 21000, DataType.FLOAT8_E4M3, 22400, DataType.FLOAT8_E5M2, 22400);

  static {
    TYPES.put(DataType.INT8, "ncclInt8");
    TYPES.put(DataType.UINT8, "ncclUint8");
    TYPES.put(DataType.INT32, "ncclInt32");
    TYPES.put(DataType.UINT32, "ncclUint32");
    TYPES.put(DataType.INT64, "ncclInt64");
    TYPES.put(DataType.UINT64, "ncclUint64");
    TYPES.put(DataType.FLOAT16, "ncclFloat16");
    TYPES.put(DataType.FLOAT32, "ncclFloat32");
    TYPES.put(DataType.FLOAT64, "ncclFloat64");
    TYPES.put(DataType.BFLOAT16, "ncclBfloat16");
    TYPES.put(DataType.FLOAT8_E4M3, "ncclFloat8e4m3");
    TYPES.put(DataType.FLOAT8_E5M2, "ncclFloat8e5m2");
  }

  /** Before, {@code blocking} was the only member, and began as 1. */
  private static final int UNSET_SINCE = 21700;

  private final AbiDialect dialect;
  private final StringBuilder out = new StringBuilder();
  private int assertions;
  private int functions;

  private AbiAudit(AbiDialect dialect) {
    this.dialect = dialect;
  }

  /**
   * Writes the assertions.
   *
   * @param args the file to write, and the name of the header that they are for
   */
  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of(args[0]), text(AbiDialect.of(args[1])));
  }

  /** The assertions as C++. */
  static String text(AbiDialect dialect) {
    AbiAudit audit = new AbiAudit(dialect);
    audit.line("// Written by org.ccl4j.jna.AbiAudit; what does not compile is believed wrongly.");
    audit.line("#include <climits>");
    audit.line("#include <cstddef>");
    audit.line("#include <" + dialect.header() + ">");
    audit.config();
    audit.callConfig();
    audit.structures();
    audit.numbers();
    audit.functions("nccl", AbiSignatures.COLLECTIVE);
    audit.functions("cuda", AbiSignatures.RUNTIME);
    audit.line("// " + audit.assertions + " assertions");
    return audit.out.toString();
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  private void require(int since, String condition) {
    require(since, Integer.MAX_VALUE, condition);
  }

  private void require(int since, int until, String condition) {
    assertions++;
    line("#if NCCL_VERSION_CODE >= " + code(since) + " && NCCL_VERSION_CODE < " + code(until));
    line("static_assert(" + condition + ", \"\");");
    line("#endif");
  }

  /** That a constant has a value, under each name that the header has for it. */
  private void number(int since, String name, int value) {
    dialect
        .spelled(name, "", since)
        .forEach(found -> require(found.since(), found.until(), found.name() + " == " + value));
  }

  /** A version as the header of that version has it. */
  private static int code(int version) {
    int major = version / 10_000;
    int minor = version / 100 % 100;
    return major <= 2 && minor <= 8 ? major * 1000 + minor * 100 + version % 100 : version;
  }

  private void offset(int since, String type, String member, int offset) {
    require(since, "offsetof(" + type + ", " + member + ") == " + offset);
  }

  private void config() {
    ConfigLayout layout = ConfigLayout.COMMON;
    int first = layout.fields().get(0).since();
    offset(first, "ncclConfig_t", "size", 0);
    offset(first, "ncclConfig_t", "magic", 8);
    offset(first, "ncclConfig_t", "version", 12);
    line("#if NCCL_VERSION_CODE >= " + code(first));
    line("constexpr ncclConfig_t config = NCCL_CONFIG_INITIALIZER;");
    line("#endif");
    require(first, "config.magic == " + hex(constant(ConfigLayout.class, "MAGIC")));
    for (ConfigField field : layout.fields()) {
      boolean isText = field.type() == ConfigField.Type.STRING;
      offset(field.since(), "ncclConfig_t", field.name(), field.offset());
      require(field.since(), "sizeof config." + field.name() + " == " + (isText ? 8 : 4));
      require(
          Math.max(field.since(), UNSET_SINCE),
          "config."
              + field.name()
              + " == "
              + (isText ? "nullptr" : "(" + constant(ConfigLayout.class, "UNSET") + " + 0LL)"));
    }
    // The size in each version: up to its last member, in whole words of 8 bytes.
    List<Integer> versions =
        layout.fields().stream().map(ConfigField::since).distinct().sorted().toList();
    for (int i = 0; i < versions.size(); i++) {
      int version = versions.get(i);
      int end =
          layout.fields().stream()
              .filter(field -> field.since() <= version)
              .mapToInt(field -> field.offset() + (field.type() == ConfigField.Type.STRING ? 8 : 4))
              .max()
              .orElseThrow();
      int next = i + 1 < versions.size() ? versions.get(i + 1) : layout.newest() + 1;
      assertions++;
      line("#if NCCL_VERSION_CODE >= " + code(version) + " && NCCL_VERSION_CODE < " + code(next));
      line("static_assert(sizeof(ncclConfig_t) == " + (end + 7) / 8 * 8 + ", \"\");");
      line("#endif");
    }
    line("#if NCCL_VERSION_CODE > " + layout.newest());
    // Members may have come at the end.
    line("static_assert(sizeof(ncclConfig_t) >= " + layout.bytes() + ", \"\");");
    line("#endif");
  }

  private void callConfig() {
    int since = CallConfig.SINCE;
    String type = "ncclCollConfig_t";
    line("#if NCCL_VERSION_CODE >= " + since);
    line("constexpr ncclCollConfig_t call = NCCL_COLLCONFIG_INITIALIZER;");
    line("#endif");
    // Members may have come at the end.
    require(since, "sizeof(ncclCollConfig_t) >= " + constant(CallConfig.class, "BYTES"));
    offset(since, type, "size", 0);
    offset(since, type, "magic", 8);
    offset(since, type, "version", 12);
    require(since, "call.magic == " + hex(constant(ConfigLayout.class, "MAGIC")));
    Map<String, String> numbers = new LinkedHashMap<>();
    numbers.put("minCTAs", "MIN_CTAS");
    numbers.put("maxCTAs", "MAX_CTAS");
    numbers.put("nvlsCTAs", "SWITCH_CTAS");
    numbers.put("cgaClusterSize", "CLUSTER_SIZE");
    numbers.put("CTAPolicy", "CTA_POLICY");
    numbers.forEach(
        (member, field) -> {
          offset(since, type, member, constant(CallConfig.class, field));
          require(since, "sizeof call." + member + " == 4");
          require(
              since,
              "call." + member + " == (" + constant(ConfigLayout.class, "UNSET") + " + 0LL)");
        });
    offset(since, type, "ext", constant(CallConfig.class, "EXTENSIONS"));
    require(since, "call.ext == nullptr");
    offset(since, type, "algSelection", constant(CallConfig.class, "ALGORITHMS"));
    require(since, "call.algSelection == nullptr");
    offset(since, type, "forceAlgSelection", constant(CallConfig.class, "ALGORITHMS_REQUIRED"));
    require(since, "sizeof call.forceAlgSelection == 4 && call.forceAlgSelection == 1");
    offset(since, type, "userProfilerTag", constant(CallConfig.class, "PROFILER_TAG"));
    require(since, "sizeof call.userProfilerTag == 8 && call.userProfilerTag == 0");
  }

  private void structures() {
    require(20000, "sizeof(ncclUniqueId) == " + NativeBackend.UNIQUE_ID_BYTES);
    require(22200, "sizeof(ncclSimInfo_t) == " + SimulationInfo.BYTES);
    offset(22203, "ncclSimInfo_t", "size", 0);
    offset(22203, "ncclSimInfo_t", "magic", 8);
    offset(22203, "ncclSimInfo_t", "version", 12);
    offset(22203, "ncclSimInfo_t", "estimatedTime", SimulationInfo.ESTIMATED_MICROS);
    line("#if NCCL_VERSION_CODE >= 22203");
    line("constexpr ncclSimInfo_t simulation = NCCL_SIM_INFO_INITIALIZER;");
    line("#endif");
    require(22203, "simulation.magic == " + hex(constant(SimulationInfo.class, "MAGIC")));
    require(22203, "simulation.estimatedTime == -1.0f");
    require(
        22902, "sizeof(ncclWaitSignalDesc_t) == " + constant(NativeOneSided.class, "SIGNAL_BYTES"));
    offset(22902, "ncclWaitSignalDesc_t", "opCnt", 0);
    offset(22902, "ncclWaitSignalDesc_t", "peer", 4);
    offset(22902, "ncclWaitSignalDesc_t", "sigIdx", 8);
    offset(22902, "ncclWaitSignalDesc_t", "ctx", 12);
  }

  private void numbers() {
    for (DataType type : DataType.values()) {
      int since = TYPES_SINCE.getOrDefault(type, 20300);
      number(since, Objects.requireNonNull(TYPES.get(type)), EnumCodes.of(type));
    }
    // The core passes a built-in operator as its place in this order.
    List<ReduceOp.Builtin> ops = List.of(ReduceOp.Builtin.values());
    for (ReduceOp.Builtin op : ops) {
      int since = op == ReduceOp.Builtin.AVG ? 21000 : 20300;
      String name = op.name().charAt(0) + op.name().substring(1).toLowerCase(Locale.ROOT);
      require(since, "nccl" + name + " == " + ops.indexOf(op));
    }
    List<String> results =
        List.of(
            "Success",
            "UnhandledCudaError",
            "SystemError",
            "InternalError",
            "InvalidArgument",
            "InvalidUsage");
    for (int i = 0; i < results.size(); i++) {
      require(20300, "nccl" + results.get(i) + " == " + i);
    }
    require(20300, "ncclInternalError == " + ResultCodes.INTERNAL_ERROR);
    require(21304, "ncclRemoteError == 6");
    require(21403, "ncclInProgress == " + ResultCodes.IN_PROGRESS);
    require(23003, "ncclTimeout == " + ResultCodes.TIMEOUT);
    require(21104, "ncclScalarDevice == " + constant(NativeOperators.class, "DEVICE_SCALAR"));
    require(21104, "ncclScalarHostImmediate == " + constant(NativeOperators.class, "HOST_SCALAR"));
    require(21801, "NCCL_SPLIT_NOCOLOR == " + Communicator.NO_COLOR);
    require(22703, "NCCL_SHRINK_ABORT == " + constant(NativeChildren.class, "SHRINK_ABORT"));
    require(
        22703,
        "NCCL_WIN_COLL_SYMMETRIC == "
            + constant(NativeWindows.class, "WINDOW_COLLECTIVE_SYMMETRIC"));
    require(
        22907,
        "NCCL_WIN_STRICT_ORDERING == " + constant(NativeWindows.class, "WINDOW_STRICT_ORDERING"));
    require(22907, "NCCL_SUSPEND_MEM == " + constant(NativeCommunicator.class, "SUSPEND_MEMORY"));
    Map<MemoryStatistic, String> statistics =
        Map.of(
            MemoryStatistic.SUSPENDABLE, "GpuMemSuspend",
            MemoryStatistic.SUSPENDED, "GpuMemSuspended",
            MemoryStatistic.PERSISTENT, "GpuMemPersist",
            MemoryStatistic.TOTAL, "GpuMemTotal");
    for (MemoryStatistic statistic : MemoryStatistic.values()) {
      require(22907, "ncclStat" + statistics.get(statistic) + " == " + EnumCodes.of(statistic));
    }
    Map<String, String> runtime = new LinkedHashMap<>();
    runtime.put("cudaMemcpyHostToDevice", "HOST_TO_DEVICE");
    runtime.put("cudaMemcpyDeviceToHost", "DEVICE_TO_HOST");
    runtime.put("cudaMemcpyDeviceToDevice", "DEVICE_TO_DEVICE");
    runtime.put("cudaStreamNonBlocking", "STREAM_NON_BLOCKING");
    runtime.put("cudaEventDisableTiming", "EVENT_WITHOUT_TIMING");
    runtime.put("cudaHostAllocPortable", "HOST_MEMORY_FOR_ALL_DEVICES");
    runtime.put("cudaStreamCaptureModeRelaxed", "CAPTURE_RELAXED");
    runtime.put("cudaDevAttrComputeCapabilityMajor", "COMPUTE_CAPABILITY_MAJOR");
    runtime.forEach((name, field) -> number(20300, name, constant(NativeRuntime.class, field)));
  }

  private void functions(String prefix, List<AbiSignatures.Signature> signatures) {
    for (AbiSignatures.Signature signature : signatures) {
      List<AbiDialect.Spelling> spelled =
          dialect.spelled(signature.name(), prefix, signature.since()).toList();
      for (AbiDialect.Spelling found : spelled) {
        assertions++;
        line("#if NCCL_VERSION_CODE >= " + code(found.since()));
        line(
            dialect.translated(
                signature.result()
                    + " (*function"
                    + functions++
                    + ")("
                    + String.join(", ", signature.arguments())
                    + ") = "
                    + found.name()
                    + ";"));
        line("#endif");
      }
    }
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value) + "u";
  }

  private static int constant(Class<?> owner, String name) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return field.getInt(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(owner.getSimpleName() + " has no constant " + name, e);
    }
  }

  /** The common names under which a class looks for functions. */
  static List<String> functionFields(Class<?> library) {
    return Arrays.stream(library.getDeclaredFields())
        .filter(field -> field.getType() == CFunction.class)
        .map(Field::getName)
        .toList();
  }
}
