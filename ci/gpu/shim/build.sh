#!/usr/bin/env bash
# Compiles the shims: a folder for each generation of each vendor's libraries, with its files under the vendor's names.
#
# usage: build.sh OUT_DIR      CC says which compiler (gcc)
#
# They run over the real NCCL (CCL_SHIM_NCCL, 2.28.9 or newer), CUDA runtime (CCL_SHIM_CUDART) and NVIDIA driver
# (CCL_SHIM_CUDA_DRIVER, libcuda.so.1 without it). CCL_SHIM_CALLS is a folder for counts of what was called.
set -euo pipefail

[[ $# == 1 && "$1" != -* ]] || {
  echo "usage: build.sh OUT_DIR" >&2
  exit 2
}
here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$1"
out="$(cd -P "$1" && pwd)"

compile() { # FILE SOURCE OPTION...
  local file="$1" source="$2"
  shift 2
  mkdir -p "$(dirname "$out/$file")"
  # Beside each other they find each other.
  "${CC:-gcc}" -std=gnu11 -O2 -g -Wall -Wextra -Werror -fPIC -fvisibility=hidden -pthread -shared -Wl,-z,defs \
    -Wl,-soname,"$(basename "$file")" -Wl,-rpath,'$ORIGIN' -o "$out/$file" "$here/$source" "$here/shim.c" "$@" -ldl
}

amd() { # FOLDER LEVEL RUNTIME_VERSION RUNTIME_MAJOR
  local runtime="$1/libamdhip64.so.$4"
  compile "$runtime" runtime.c -DSHIM_PREFIX=hip -DSHIM_VENDOR=AMD -DSHIM_VERSION="$3"
  compile "$1/librccl.so.1" collective.c -DSHIM_PREFIX=nccl -DSHIM_VENDOR=AMD -DSHIM_LEVEL="$2" \
    -Wl,--no-as-needed "$out/$runtime"
}

moore_threads() { # FOLDER LEVEL RUNTIME_VERSION RUNTIME_MAJOR OPTION...
  local runtime="$1/libmusart.so.$4" level="$2" version="$3" folder="$1"
  shift 4
  compile "$folder/libmusa.so.1" driver.c
  compile "$runtime" runtime.c -DSHIM_PREFIX=musa -DSHIM_VENDOR=MOORE_THREADS -DSHIM_VERSION="$version" "$@" \
    -Wl,--no-as-needed "$out/$folder/libmusa.so.1"
  compile "$folder/libmccl.so.2" collective.c -DSHIM_PREFIX=mccl -DSHIM_VENDOR=MOORE_THREADS -DSHIM_LEVEL="$level" \
    -Wl,--no-as-needed "$out/$runtime"
}

amd rccl-2.28.3 22803 71100000 7             # as ROCm 7.11 has it
amd rccl-2.18.3 21803 60000000 6             # as ROCm 6.0 has it
moore_threads mccl-2.28.9 22809 50100 5      # the new generation
moore_threads mccl-2.11.4 21104 30100 1 -DSHIM_OLD=1 # the old one: neither configuration nor split
(cd "$out" && ls -d ./*/*)
