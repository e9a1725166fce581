/*
 * Device and pinned memory. All of it comes from one reserved range in which addresses only grow: an address that was
 * freed is never given out again, so that whoever still uses it is found out.
 */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, POISON = 0xDB, POISONED_AT_MOST = 1 << 20 };
static size_t range = (size_t)1 << 42;

static uintptr_t start;
static uintptr_t next;
static struct allocation **all; /* by address, because addresses grow */
static size_t count;
static size_t room;
static size_t used[1024];

static bool reserve(void) {
  if (start != 0) {
    return true;
  }
  void *area = MAP_FAILED;
  while (area == MAP_FAILED) {
    area = mmap(NULL, range, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED && (range /= 4) < stub_settings.memory) {
      return false; /* less than one device has */
    }
  }
  /* Huge pages would make every small allocation cost 2 MiB. */
  madvise(area, range, MADV_NOHUGEPAGE);
  start = (uintptr_t)area;
  next = start;
  return true;
}

size_t memory_left(int device) { return stub_settings.memory > used[device] ? stub_settings.memory - used[device] : 0; }

struct allocation *memory_new(int device, size_t bytes, enum memory_kind kind) {
  if (!reserve() || bytes > start + range - next || (device >= 0 && bytes > memory_left(device))) {
    return NULL;
  }
  if (count == room) {
    room = room == 0 ? 1024 : 2 * room;
    all = realloc(all, room * sizeof *all);
  }
  struct allocation *allocation = malloc(sizeof *allocation);
  *allocation = (struct allocation){.base = next, .size = bytes, .device = device, .kind = kind, .live = true};
  all[count++] = allocation;
  /* Whole pages, so that they can be given back one by one. */
  next += (bytes + PAGE - 1) / PAGE * PAGE;
  if (device >= 0) {
    used[device] += bytes;
  }
  memset((void *)allocation->base, POISON, bytes < POISONED_AT_MOST ? bytes : POISONED_AT_MOST);
  return allocation;
}

void memory_end(struct allocation *allocation) {
  allocation->live = false;
  if (allocation->device >= 0) {
    used[allocation->device] -= allocation->size;
  }
  madvise((void *)allocation->base, allocation->size, MADV_DONTNEED);
}

struct allocation *memory_find(const void *address) {
  uintptr_t wanted = (uintptr_t)address;
  if (start == 0 || wanted < start || wanted >= next) {
    return NULL;
  }
  size_t low = 0;
  size_t high = count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (all[middle]->base <= wanted) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return all[low];
}

bool memory_check(const void *address, size_t bytes, int device, const char *what, char *reason, size_t length) {
  if (bytes == 0) {
    return true;
  }
  struct allocation *found = memory_find(address);
  if (found == NULL) {
    /* Host memory that is not of the stub cannot be checked, but for the one address that is never good. */
    if (device < 0 && address != NULL) {
      return true;
    }
    snprintf(reason, length, "%s %p is not memory of a device", what, address);
    return false;
  }
  if (!found->live) {
    snprintf(reason, length, "%s %p was freed", what, address);
    return false;
  }
  size_t offset = (uintptr_t)address - found->base;
  if (offset > found->size || bytes > found->size - offset) {
    snprintf(reason, length, "%s: %zu bytes from %p on end beyond the memory there, %zu bytes from %p on", what, bytes,
             address, found->size, (void *)found->base);
    return false;
  }
  if (found->device != device && found->device >= 0) {
    snprintf(reason, length, "%s %p is on device %d, not on %d", what, address, found->device, device);
    return false;
  }
  if (device < 0 && found->device >= 0) {
    snprintf(reason, length, "%s %p is on device %d, not on the host", what, address, found->device);
    return false;
  }
  return true;
}
