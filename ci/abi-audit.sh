#!/usr/bin/env bash
# Holds what ccl-jna believes of the C interface against the vendor's own header: sizes, offsets, numbers and signatures
# become assertions in C++, which the compiler checks against each header given. Then mistakes are planted, each of which
# the compiler must find.
#
# usage: ci/abi-audit.sh NCCL_H...      CUDA_HOME says where cuda_runtime.h is (/usr/local/cuda)
#        ci/abi-audit.sh --write FILE            just writes the assertions
#        ci/abi-audit.sh --assertions FILE NCCL_H...   where there is no JDK: takes them from there
set -euo pipefail

root="$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
usage() {
  echo "abi-audit: $*; see the head of ${BASH_SOURCE[0]}" >&2
  exit 2
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
audit="$work/audit.cpp"

write() {
  (cd "$root" && mvn -q -B -pl ccl-jna -am package dependency:copy-dependencies -DincludeScope=runtime \
    "-DoutputDirectory=$work/lib" -Dccl.build=target/ccl-audit -Dccl.checks=-parameters -DskipTests \
    -Dspotless.check.skip=true) </dev/null >"$work/log" 2>&1 || {
    tail -n 30 "$work/log" >&2
    exit 1
  }
  local classes="$root/ccl-jna/target/ccl-audit"
  java -cp "$classes/test-classes:$classes/classes:$work/lib/*" org.ccl4j.jna.AbiAudit "$1"
}

case "${1:-}" in
  --write)
    (($# == 2)) || usage "--write needs a file"
    write "$2"
    exit
    ;;
  --assertions)
    [[ -r "${2:-}" ]] || usage "--assertions needs a file"
    audit="$2"
    shift 2
    ;;
  -*) usage "there is no option $1" ;;
  *) (($# == 0)) || write "$audit" ;;
esac
(($#)) || usage "no header is given"
cuda="${CUDA_HOME:-/usr/local/cuda}/include"
[[ -r "$cuda/cuda_runtime.h" ]] || usage "there is no $cuda/cuda_runtime.h"

compile() { # HEADER_FOLDER SOURCE
  "${CXX:-g++}" -std=c++17 -fsyntax-only -Wall -Werror -Wno-invalid-offsetof -I"$1" -isystem "$cuda" "$2"
}

# What to change in the assertions, as sed says it: an offset, the size, a number, a kind of argument, their count.
planted=(
  's/\(offsetof(ncclConfig_t, maxCTAs) ==\) [0-9]*/\1 32/'
  's/\(offsetof(ncclWaitSignalDesc_t, ctx) ==\) [0-9]*/\1 16/'
  's/\(sizeof(ncclConfig_t) [=>]=\) [0-9]*/\1 1000/'
  's/\(ncclFloat32 ==\) [0-9]*/\1 6/'
  's/\(ncclSum ==\) [0-9]*/\1 1/'
  's/\(config.magic ==\) [0-9a-fx]*/\1 0xcafebabe/'
  's/size_t\(, ncclDataType_t, int, ncclComm_t, cudaStream_t) = ncclSend\)/int\1/'
  's/int, \(ncclComm_t, cudaStream_t) = ncclRecv\)/\1/'
)

# What the compiler looks at in this version.
visible() { # HEADER_FOLDER SOURCE
  "${CXX:-g++}" -std=c++17 -E -P -I"$1" -isystem "$cuda" "$2"
}

status=0
for header in "$@"; do
  folder="$(dirname "$header")"
  version="$(sed -n 's/^#define NCCL_VERSION_CODE *\([0-9]*\).*/\1/p' "$header")"
  if ! compile "$folder" "$audit"; then
    echo "abi-audit: $header, version $version: FAILED"
    status=1
    continue
  fi
  visible "$folder" "$audit" >"$work/visible"
  checked="$(grep -cE '^ *static_assert\(.*""\);|\(\*(nccl|cuda)[0-9]+\)\(.*\) *=' "$work/visible")"
  found=0 all=0
  for change in "${planted[@]}"; do
    sed "$change" "$audit" >"$work/planted.cpp"
    if cmp -s "$audit" "$work/planted.cpp"; then
      echo "abi-audit: nothing to change by $change"
      status=1
    elif visible "$folder" "$work/planted.cpp" | cmp -s - "$work/visible"; then
      continue # not yet in this version
    elif compile "$folder" "$work/planted.cpp" 2>/dev/null; then
      echo "abi-audit: not found: $change"
      status=1
    else
      found=$((found + 1))
    fi
    all=$((all + 1))
  done
  echo "abi-audit: $header, version $version: $checked assertions hold, $found of $all planted mistakes found"
done
exit "$status"
