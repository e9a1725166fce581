/*
 * The names of a vendor's device runtime over CUDA's. Chosen when compiling:
 *   SHIM_PREFIX   hip or musa, without quotes
 *   SHIM_VENDOR   AMD or MOORE_THREADS
 *   SHIM_VERSION  what it says its version is, as the vendor counts
 *   SHIM_OLD      of Moore Threads: graphs are instantiated by a function with five arguments alone
 */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMD 2
#define MOORE_THREADS 3

enum { SUCCESS = 0, INVALID_VALUE = 1, NOT_SUPPORTED = 801, UNKNOWN = 999 };

/* ---- the runtime behind ---- */

#define SAME(name, parameters, arguments) AT_##name,
#define RENAMED(name, real, parameters, arguments) AT_##name,
#define OWN(real) AT_##real,
enum {
#include "runtime.def"
  FUNCTIONS
};
#undef SAME
#undef RENAMED
#undef OWN

#define SAME(name, parameters, arguments) {"cuda" #name, NULL, 0},
#define RENAMED(name, real, parameters, arguments) {"cuda" #real, NULL, 0},
#define OWN(real) {"cuda" #real, NULL, 0},
static struct function functions[] = {
#include "runtime.def"
};
#undef SAME
#undef RENAMED
#undef OWN

static const struct real cuda = {"CCL_SHIM_CUDART", NULL, functions, FUNCTIONS};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;

static void load(void) { usable = shim_load(&cuda); }

__attribute__((destructor)) static void unload(void) { shim_write_calls(QUOTED(SHIM_PREFIX), &cuda); }

static bool begin(void) {
  pthread_once(&once, load);
  return usable;
}

#define REAL(name, parameters) ((int (*) parameters)shim_called(&functions[AT_##name]))

/* ---- errors ---- */

/*
 * AMD's numbers are CUDA's. Those of Moore Threads are not published; these are nobody's, so that whoever goes by the
 * number and not by the name goes wrong.
 */
enum { LAST_OWN = 20000 };

static int outward(int code) { return code == SUCCESS || SHIM_VENDOR == AMD ? code : LAST_OWN - code; }

static int inward(int code) { return outward(code); }

/* Where AMD's name of a code is another one than CUDA's. */
static const struct {
  int code;
  const char *name;
} OWN_NAMES[] = {
    {2, "OutOfMemory"},     {3, "NotInitialized"},  {4, "Deinitialized"},       {209, "NoBinaryForGpu"},
    {214, "ECCNotCorrectable"}, {301, "FileNotFound"}, {400, "InvalidHandle"}, {500, "NotFound"},
    {998, "RuntimeOther"},  {999, "Unknown"},
};

EXPORTED const char *NAME(GetErrorName)(int code) {
  static _Thread_local char name[96];
  if (!begin()) {
    return QUOTED(SHIM_PREFIX) "ErrorUnknown";
  }
  int real = inward(code);
  for (size_t i = 0; SHIM_VENDOR == AMD && i < sizeof OWN_NAMES / sizeof *OWN_NAMES; i++) {
    if (OWN_NAMES[i].code == real) {
      snprintf(name, sizeof name, "%sError%s", QUOTED(SHIM_PREFIX), OWN_NAMES[i].name);
      return name;
    }
  }
  const char *text = ((const char *(*)(int))shim_called(&functions[AT_GetErrorName]))(real);
  if (strncmp(text, "cuda", 4) != 0) {
    return text; /* no code of the runtime */
  }
  snprintf(name, sizeof name, "%s%s", QUOTED(SHIM_PREFIX), text + 4);
  return name;
}

EXPORTED const char *NAME(GetErrorString)(int code) {
  return begin() ? ((const char *(*)(int))shim_called(&functions[AT_GetErrorString]))(inward(code))
                 : "the shim cannot be used: the standard error output says why";
}

#define SAME(name, parameters, arguments) \
  EXPORTED int NAME(name) parameters { return outward(begin() ? REAL(name, parameters) arguments : UNKNOWN); }
#define RENAMED(name, real, parameters, arguments) SAME(name, parameters, arguments)
#define OWN(real)
#include "runtime.def"

/* ---- what differs ---- */

EXPORTED int NAME(RuntimeGetVersion)(int *version) {
  *version = SHIM_VERSION;
  return SUCCESS;
}

EXPORTED int NAME(DriverGetVersion)(int *version) {
  *version = SHIM_VERSION;
  return SUCCESS;
}

/* AMD's attributes have numbers of their own. */
EXPORTED int NAME(DeviceGetAttribute)(int *value, int attribute, int device) {
  if (!begin()) {
    return outward(UNKNOWN);
  }
#if SHIM_VENDOR == AMD
  enum { OWN_CAPABILITY_MAJOR = 23, OWN_CAPABILITY_MINOR = 61, CAPABILITY_MAJOR = 75, CAPABILITY_MINOR = 76 };
  switch (attribute) {
    case OWN_CAPABILITY_MAJOR: attribute = CAPABILITY_MAJOR; break;
    case OWN_CAPABILITY_MINOR: attribute = CAPABILITY_MINOR; break;
    default: shim_complain("%sDeviceGetAttribute: attribute %d is not known", QUOTED(SHIM_PREFIX), attribute);
      return INVALID_VALUE;
  }
#endif
  return outward(REAL(DeviceGetAttribute, (int *, int, int))(value, attribute, device));
}

static int instantiate(void **executable, void *graph, unsigned long long flags) {
  return outward(begin() ? REAL(GraphInstantiateWithFlags, (void **, void *, unsigned long long))(executable, graph, flags)
                         : UNKNOWN);
}

#ifndef SHIM_OLD
EXPORTED int NAME(GraphInstantiateWithFlags)(void **executable, void *graph, unsigned long long flags) {
  return instantiate(executable, graph, flags);
}
#endif

/*
 * The function with five arguments. A call with three leaves in the others whatever was there, and a runtime writes
 * through them; where there is one with flags, this one is not to be called at all.
 */
EXPORTED int NAME(GraphInstantiate)(void **executable, void *graph, void **node, char *log, size_t room) {
#ifdef SHIM_OLD
  if (node == NULL && log == NULL && room == 0) {
    return instantiate(executable, graph, 0);
  }
  shim_complain("%sGraphInstantiate: node %p, log %p, room %zu where nothing was to be", QUOTED(SHIM_PREFIX), (void *)node,
                (void *)log, room);
#else
  (void)executable, (void)graph, (void)node, (void)log, (void)room;
  shim_complain("%sGraphInstantiate was called; %sGraphInstantiateWithFlags is there", QUOTED(SHIM_PREFIX),
                QUOTED(SHIM_PREFIX));
#endif
  return outward(INVALID_VALUE);
}

#if SHIM_VENDOR == AMD
/* AMD's runtime says the name; CUDA's driver does. */
EXPORTED int NAME(DeviceGetName)(char *text, int room, int device) {
  const char *file = getenv("CCL_SHIM_CUDA_DRIVER");
  void *driver = dlopen(file == NULL || *file == 0 ? "libcuda.so.1" : file, RTLD_LAZY | RTLD_LOCAL);
  if (driver == NULL) {
    return NOT_SUPPORTED;
  }
  int (*name)(char *, int, int) = (int (*)(char *, int, int))dlsym(driver, "cuDeviceGetName");
  return name != NULL && name(text, room, device) == SUCCESS ? SUCCESS : NOT_SUPPORTED;
}
#endif
