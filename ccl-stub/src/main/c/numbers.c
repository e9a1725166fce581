/*
 * Arithmetic on elements, by the rules that were measured on GPUs: integers wrap, an integer mean is the wrapped sum
 * divided toward zero, minimum and maximum prefer a number to a NaN and order -0 below +0, 8-bit floats saturate.
 * Narrow types are computed as float, in the order of the ranks, and rounded once.
 */
#include "core.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

size_t type_size(int type) {
  static const size_t sizes[TYPES] = {1, 1, 4, 4, 8, 8, 2, 4, 8, 2, 1, 1};
  return sizes[type];
}

/* ---- narrow floating-point types ---- */

static uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

struct format {
  int exponent_bits;
  int fraction_bits;
  int bias;
  uint32_t most; /* what stands for everything too large */
  uint32_t nan;
  bool infinite; /* whether the top exponent means infinity and NaN */
};
static const struct format FORMAT_FLOAT16 = {5, 10, 15, 0x7c00, 0x7e00, true};
static const struct format FORMAT_BFLOAT16 = {8, 7, 127, 0x7f80, 0x7fc0, true};
static const struct format FORMAT_E4M3 = {4, 3, 7, 0x7e, 0x7f, false};
static const struct format FORMAT_E5M2 = {5, 2, 15, 0x7b, 0x7f, true};

static const struct format *format_of(int type) {
  switch (type) {
    case FLOAT16:
      return &FORMAT_FLOAT16;
    case BFLOAT16:
      return &FORMAT_BFLOAT16;
    case FLOAT8_E4M3:
      return &FORMAT_E4M3;
    default:
      return &FORMAT_E5M2;
  }
}

static float widen(const struct format *format, uint32_t bits) {
  uint32_t top = (1u << format->exponent_bits) - 1;
  uint32_t exponent = bits >> format->fraction_bits & top;
  uint32_t fraction = bits & ((1u << format->fraction_bits) - 1);
  bool negative = bits >> (format->exponent_bits + format->fraction_bits) & 1;
  float value;
  if (format->infinite ? exponent == top : (bits & 0x7f) == format->nan) {
    value = format->infinite && fraction == 0 ? INFINITY : NAN;
  } else if (exponent == 0) {
    value = ldexpf((float)fraction, 1 - format->bias - format->fraction_bits);
  } else {
    value = ldexpf((float)(fraction + (1u << format->fraction_bits)), (int)exponent - format->bias - format->fraction_bits);
  }
  return negative ? -value : value;
}

/* To nearest, ties to even, in integer arithmetic. */
static uint32_t narrow(const struct format *format, float value) {
  uint32_t bits = bits_of(value);
  uint32_t sign = bits >> 31 << (format->exponent_bits + format->fraction_bits);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    return sign | format->nan;
  }
  /* A subnormal float has the exponent of the smallest normal one, and no implicit bit. */
  int exponent = magnitude >= 0x800000 ? (int)(magnitude >> 23) - 127 : -126;
  /* Below the smallest normal number further bits go; beyond 25 of them nothing is left to round. */
  int below = 1 - format->bias - exponent;
  int dropped = 23 - format->fraction_bits + (below > 0 ? below : 0);
  dropped = dropped < 25 ? dropped : 25;
  uint32_t significand = (magnitude & 0x7fffff) | (magnitude >= 0x800000 ? 0x800000 : 0);
  uint32_t kept = significand >> dropped;
  uint32_t rest = significand & ((1u << dropped) - 1);
  uint32_t half = 1u << (dropped - 1);
  if (rest > half || (rest == half && (kept & 1) == 1)) {
    kept++;
  }
  /* The implicit bit, where there is one, adds one to the exponent's field, which therefore starts one lower. */
  int field = exponent + format->bias > 1 ? exponent + format->bias - 1 : 0;
  uint32_t result = ((uint32_t)field << format->fraction_bits) + kept;
  return sign | (result < format->most ? result : format->most);
}

/* Widened once for all bit patterns: the formula is too slow for each element. */
static float float16_values[1 << 16];
static float e4m3_values[1 << 8];
static float e5m2_values[1 << 8];

__attribute__((constructor)) static void fill_tables(void) {
  for (uint32_t bits = 0; bits < 1 << 16; bits++) {
    float16_values[bits] = widen(&FORMAT_FLOAT16, bits);
  }
  for (uint32_t bits = 0; bits < 1 << 8; bits++) {
    e4m3_values[bits] = widen(&FORMAT_E4M3, bits);
    e5m2_values[bits] = widen(&FORMAT_E5M2, bits);
  }
}

/* ---- blocks of elements ---- */

enum { BLOCK = 1024 };

static void read_floats(int type, const void *source, size_t count, float *values) {
  const uint16_t *pairs = source;
  const uint8_t *bytes = source;
  switch (type) {
    case FLOAT32:
      memcpy(values, source, count * sizeof *values);
      return;
    case FLOAT16:
      for (size_t i = 0; i < count; i++) {
        values[i] = float16_values[pairs[i]];
      }
      return;
    case BFLOAT16:
      for (size_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)pairs[i] << 16;
        memcpy(&values[i], &bits, sizeof bits);
      }
      return;
    default: {
      const float *table = type == FLOAT8_E4M3 ? e4m3_values : e5m2_values;
      for (size_t i = 0; i < count; i++) {
        values[i] = table[bytes[i]];
      }
    }
  }
}

static void write_floats(int type, const float *values, size_t count, void *target) {
  const struct format *format = format_of(type);
  if (type == FLOAT32) {
    memcpy(target, values, count * sizeof *values);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = narrow(format, values[i]);
    if (type_size(type) == 2) {
      ((uint16_t *)target)[i] = (uint16_t)bits;
    } else {
      ((uint8_t *)target)[i] = (uint8_t)bits;
    }
  }
}

/* Sums and means of floating-point numbers; a mean has more room than its type, for a sum that would overflow. */
#define DEFINE_FLOATING(name, T)                                                                         \
  static void name(int op, T *result, const T *value, size_t count) {                                    \
    for (size_t i = 0; i < count; i++) {                                                                 \
      T a = result[i];                                                                                   \
      T b = value[i];                                                                                    \
      switch (op) {                                                                                      \
        case PROD:                                                                                       \
          result[i] = a * b;                                                                             \
          break;                                                                                         \
        case MAX:                                                                                        \
          result[i] = isnan(a) ? b : isnan(b) ? a : a > b ? a : b > a ? b : signbit(a) ? b : a;          \
          break;                                                                                         \
        case MIN:                                                                                        \
          result[i] = isnan(a) ? b : isnan(b) ? a : a < b ? a : b < a ? b : signbit(a) ? a : b;          \
          break;                                                                                         \
        default:                                                                                         \
          result[i] = a + b;                                                                             \
      }                                                                                                  \
    }                                                                                                    \
  }
DEFINE_FLOATING(combine_float, float)
DEFINE_FLOATING(combine_double, double)

/* All results of up to a block, from sources that begin there. */
static void reduce_floats(int type, int op, int sources, const void *const *source, const void *const *scalar, size_t at,
                          size_t count, void *result) {
  float sum[BLOCK];
  float value[BLOCK];
  double wide[BLOCK] = {0};
  for (int rank = 0; rank < sources; rank++) {
    float *into = rank == 0 ? sum : value;
    read_floats(type, (const char *)source[rank] + at * type_size(type), count, into);
    if (op == PRE_MUL_SUM) {
      float factor;
      read_floats(type, scalar[rank], 1, &factor);
      for (size_t i = 0; i < count; i++) {
        into[i] *= factor;
      }
    }
    if (op == AVG) {
      for (size_t i = 0; i < count; i++) {
        wide[i] = rank == 0 ? into[i] : wide[i] + into[i];
      }
    } else if (rank > 0) {
      combine_float(op, sum, value, count);
    }
  }
  for (size_t i = 0; op == AVG && i < count; i++) {
    sum[i] = (float)(wide[i] / sources);
  }
  write_floats(type, sum, count, result);
}

static void reduce_doubles(int op, int sources, const void *const *source, const void *const *scalar, size_t at,
                           size_t count, double *result) {
  double value[BLOCK];
  long double wide[BLOCK];
  for (int rank = 0; rank < sources; rank++) {
    double *into = rank == 0 ? result : value;
    memcpy(into, (const double *)source[rank] + at, count * sizeof *into);
    if (op == PRE_MUL_SUM) {
      for (size_t i = 0; i < count; i++) {
        into[i] *= *(const double *)scalar[rank];
      }
    }
    if (op == AVG) {
      for (size_t i = 0; i < count; i++) {
        wide[i] = rank == 0 ? into[i] : wide[i] + into[i];
      }
    } else if (rank > 0) {
      combine_double(op, result, value, count);
    }
  }
  for (size_t i = 0; op == AVG && i < count; i++) {
    result[i] = (double)(wide[i] / sources);
  }
}

/* Integers: T is the type, U the unsigned one of the same width, in which overflow is defined. */
#define DEFINE_INTEGERS(name, T, U)                                                                              \
  static void name(int op, int sources, const void *const *source, const void *const *scalar, size_t at,        \
                   size_t count, void *target) {                                                                 \
    T *result = target;                                                                                          \
    for (int rank = 0; rank < sources; rank++) {                                                                 \
      const T *value = (const T *)source[rank] + at;                                                             \
      U factor = op == PRE_MUL_SUM ? (U)*(const T *)scalar[rank] : 1;                                            \
      for (size_t i = 0; i < count; i++) {                                                                       \
        T next = op == PRE_MUL_SUM ? (T)((U)value[i] * factor) : value[i];                                       \
        if (rank == 0) {                                                                                         \
          result[i] = next;                                                                                      \
        } else if (op == PROD) {                                                                                 \
          result[i] = (T)((U)result[i] * (U)next);                                                               \
        } else if (op == MAX) {                                                                                  \
          result[i] = next > result[i] ? next : result[i];                                                       \
        } else if (op == MIN) {                                                                                  \
          result[i] = next < result[i] ? next : result[i];                                                       \
        } else {                                                                                                 \
          result[i] = (T)((U)result[i] + (U)next);                                                               \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
    for (size_t i = 0; op == AVG && i < count; i++) {                                                            \
      result[i] = (T)(result[i] / (T)sources);                                                                   \
    }                                                                                                            \
  }
/* A byte's number of ranks would not fit a byte: those are divided as int. */
#define DEFINE_BYTES(name, T)                                                                                    \
  static void name(int op, int sources, const void *const *source, const void *const *scalar, size_t at,        \
                   size_t count, void *target) {                                                                 \
    T *result = target;                                                                                          \
    for (int rank = 0; rank < sources; rank++) {                                                                 \
      const T *value = (const T *)source[rank] + at;                                                             \
      int factor = op == PRE_MUL_SUM ? *(const T *)scalar[rank] : 1;                                             \
      for (size_t i = 0; i < count; i++) {                                                                       \
        T next = (T)(value[i] * factor);                                                                         \
        if (rank == 0) {                                                                                         \
          result[i] = next;                                                                                      \
        } else if (op == PROD) {                                                                                 \
          result[i] = (T)(result[i] * next);                                                                     \
        } else if (op == MAX) {                                                                                  \
          result[i] = next > result[i] ? next : result[i];                                                       \
        } else if (op == MIN) {                                                                                  \
          result[i] = next < result[i] ? next : result[i];                                                       \
        } else {                                                                                                 \
          result[i] = (T)(result[i] + next);                                                                     \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
    for (size_t i = 0; op == AVG && i < count; i++) {                                                            \
      result[i] = (T)(result[i] / sources);                                                                      \
    }                                                                                                            \
  }
DEFINE_BYTES(reduce_int8, int8_t)
DEFINE_BYTES(reduce_uint8, uint8_t)
DEFINE_INTEGERS(reduce_int32, int32_t, uint32_t)
DEFINE_INTEGERS(reduce_uint32, uint32_t, uint32_t)
DEFINE_INTEGERS(reduce_int64, int64_t, uint64_t)
DEFINE_INTEGERS(reduce_uint64, uint64_t, uint64_t)

void numbers_reduce(int type, int op, int sources, const void *const *source, const void *const *scalar, int targets,
                    void *const *target, size_t count) {
  size_t size = type_size(type);
  for (size_t at = 0; at < count; at += BLOCK) {
    size_t length = count - at < BLOCK ? count - at : BLOCK;
    /* Not straight into a target: it may be one of the sources, which are still to be read. */
    uint64_t result[BLOCK];
    switch (type) {
      case INT8:
        reduce_int8(op, sources, source, scalar, at, length, result);
        break;
      case UINT8:
        reduce_uint8(op, sources, source, scalar, at, length, result);
        break;
      case INT32:
        reduce_int32(op, sources, source, scalar, at, length, result);
        break;
      case UINT32:
        reduce_uint32(op, sources, source, scalar, at, length, result);
        break;
      case INT64:
        reduce_int64(op, sources, source, scalar, at, length, result);
        break;
      case UINT64:
        reduce_uint64(op, sources, source, scalar, at, length, result);
        break;
      case FLOAT64:
        reduce_doubles(op, sources, source, scalar, at, length, (double *)result);
        break;
      default:
        reduce_floats(type, op, sources, source, scalar, at, length, result);
    }
    for (int i = 0; i < targets; i++) {
      if (target[i] != NULL) {
        memcpy((char *)target[i] + at * size, result, length * size);
      }
    }
  }
}
