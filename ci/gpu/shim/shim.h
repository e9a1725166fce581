/*
 * What the shims have in common. A shim is a library with one vendor's names that calls another vendor's: it shows on
 * devices that are at hand how a backend does whose own devices are not.
 *
 * A table (*.def) lists the functions; it is included several times, each time with another meaning of its macros:
 *   SAME(name, parameters, arguments)            passed on as it is
 *   RENAMED(name, real, parameters, arguments)   likewise, under another name
 *   OWN(real)                                    called by code of the shim's own
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>

#define EXPORTED __attribute__((visibility("default")))
#define JOINED_AGAIN(a, b) a##b
#define JOINED(a, b) JOINED_AGAIN(a, b)
#define QUOTED_AGAIN(a) #a
#define QUOTED(a) QUOTED_AGAIN(a)
#define NAME(function) JOINED(SHIM_PREFIX, function)

/* A function of the library behind the shim. */
struct function {
  const char *name;
  void *address;
  unsigned long calls;
};

/* A library behind a shim. */
struct real {
  const char *variable;  /* of the environment, with the file */
  const char *otherwise; /* the file without it; NULL: there has to be one */
  struct function *functions;
  int count;
};

/*
 * Opens it with RTLD_LOCAL, and asks its handle alone: some shims have the very names of what they call. False, and a
 * line on the standard error output, when it is not there or lacks a function.
 */
bool shim_load(const struct real *real);

/* Writes how often each function was called, where CCL_SHIM_CALLS names a folder. */
void shim_write_calls(const char *shim, const struct real *real);

/* Says on the standard error output what the caller did wrong. */
__attribute__((format(printf, 1, 2))) void shim_complain(const char *format, ...);

/* Its address, and counts the call. */
static inline void *shim_called(struct function *function) {
  __atomic_fetch_add(&function->calls, 1, __ATOMIC_RELAXED);
  return function->address;
}

#endif
