#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void shim_complain(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fprintf(stderr, "shim: %s\n", text);
}

bool shim_load(const struct real *real) {
  const char *file = getenv(real->variable);
  if (file == NULL || *file == 0) {
    file = real->otherwise;
  }
  if (file == NULL) {
    shim_complain("%s is not set; it has to name the library that does the work", real->variable);
    return false;
  }
  void *handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (handle == NULL) {
    shim_complain("%s: %s", real->variable, dlerror());
    return false;
  }
  bool complete = true;
  for (int i = 0; i < real->count; i++) {
    struct function *function = &real->functions[i];
    function->address = dlsym(handle, function->name);
    if (function->address == NULL) {
      shim_complain("%s has no %s", file, function->name);
      complete = false;
    }
  }
  return complete;
}

void shim_write_calls(const char *shim, const struct real *real) {
  const char *folder = getenv("CCL_SHIM_CALLS");
  if (folder == NULL || *folder == 0) {
    return;
  }
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.%d", folder, shim, (int)getpid());
  FILE *file = NULL;
  for (int i = 0; i < real->count; i++) {
    if (real->functions[i].calls > 0) {
      if (file == NULL && (file = fopen(path, "w")) == NULL) {
        perror(path);
        return;
      }
      fprintf(file, "%s %s %lu\n", shim, real->functions[i].name, real->functions[i].calls);
    }
  }
  if (file != NULL) {
    fclose(file);
  }
}
