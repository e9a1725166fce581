package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ccl4j.api.DataType;

/** The names by which nccl-tests knows the data types, so that tables can be laid side by side. */
final class TypeName {
  private static final Map<String, DataType> TYPES = types();

  private TypeName() {}

  private static Map<String, DataType> types() {
    Map<String, DataType> types = new LinkedHashMap<>();
    types.put("int8", DataType.INT8);
    types.put("uint8", DataType.UINT8);
    types.put("int32", DataType.INT32);
    types.put("uint32", DataType.UINT32);
    types.put("int64", DataType.INT64);
    types.put("uint64", DataType.UINT64);
    types.put("half", DataType.FLOAT16);
    types.put("float", DataType.FLOAT32);
    types.put("double", DataType.FLOAT64);
    types.put("bfloat16", DataType.BFLOAT16);
    types.put("f8e4m3", DataType.FLOAT8_E4M3);
    types.put("f8e5m2", DataType.FLOAT8_E5M2);
    return Collections.unmodifiableMap(types);
  }

  static String of(DataType type) {
    for (Map.Entry<String, DataType> entry : TYPES.entrySet()) {
      if (entry.getValue() == type) {
        return entry.getKey();
      }
    }
    throw new IllegalStateException("no name for " + type);
  }

  /** Reads a name, or {@code all} for the twelve types in their order. */
  static List<DataType> parse(String option, String text) {
    if (text.equals("all")) {
      return new ArrayList<>(TYPES.values());
    }
    DataType type = TYPES.get(text);
    if (type == null) {
      throw UsageException.notAllowed(option, text, allowed());
    }
    return List.of(type);
  }

  static String allowed() {
    return String.join(", ", TYPES.keySet()) + ", all";
  }
}
