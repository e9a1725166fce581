/* What a vendor's driver has beside its runtime. STUB_PREFIX: its prefix, such as mu, without quotes. */
#include "core.h"

#define JOINED_AGAIN(a, b) a##b
#define JOINED(a, b) JOINED_AGAIN(a, b)

EXPORTED int JOINED(STUB_PREFIX, DeviceGetName)(char *text, int room, int device) {
  return rt_device_name(text, room, device);
}
