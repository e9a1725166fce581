/* What is asked of Moore Threads' driver, over NVIDIA's. */
#include "shim.h"

#include <pthread.h>

static struct function functions[] = {{"cuDeviceGetName", NULL, 0}, {"cuDevicePrimaryCtxGetState", NULL, 0}};
static const struct real driver = {"CCL_SHIM_CUDA_DRIVER", "libcuda.so.1", functions, 2};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;

enum { NOT_THERE = 999 };

static void load(void) { usable = shim_load(&driver); }

__attribute__((destructor)) static void unload(void) { shim_write_calls("mu", &driver); }

static bool begin(void) {
  pthread_once(&once, load);
  return usable;
}

EXPORTED int muDeviceGetName(char *text, int room, int device) {
  return begin() ? ((int (*)(char *, int, int))shim_called(&functions[0]))(text, room, device) : NOT_THERE;
}

EXPORTED int muDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) {
  return begin() ? ((int (*)(int, unsigned *, int *))shim_called(&functions[1]))(device, flags, active) : NOT_THERE;
}
