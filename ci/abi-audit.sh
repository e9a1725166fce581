#!/usr/bin/env bash
# Holds what ccl-jna believes of the C interface against the vendor's own header: sizes, offsets, numbers and signatures
# become assertions in C++, which the compiler checks against each header given. Then mistakes are planted, each of which
# the compiler must find.
#
# usage: ci/abi-audit.sh HEADER...      all named nccl.h or all named rccl.h; CUDA_HOME says where cuda_runtime.h is
#                                      (/usr/local/cuda), ROCM_PATH where hip/hip_runtime.h is (/opt/rocm)
#        ci/abi-audit.sh --debian SUITE          the rccl.h of that release of Debian, from the archive that this
#                                                machine's apt has; a line that begins with SKIPPED where it has none
#        ci/abi-audit.sh --write FILE HEADER     just writes the assertions for headers of that name
#        ci/abi-audit.sh --assertions FILE HEADER...   where there is no JDK: takes them from there
set -euo pipefail

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=ci/debian/apt.sh
. "$here/debian/apt.sh"
root="$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
usage() {
  echo "abi-audit: $*; see the head of ${BASH_SOURCE[0]}" >&2
  exit 2
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
audit="$work/audit.cpp"

write() { # FILE HEADER
  (cd "$root" && mvn -q -B -pl ccl-jna -am package dependency:copy-dependencies -DincludeScope=runtime \
    "-DoutputDirectory=$work/lib" -Dccl.build=target/ccl-audit -Dccl.checks=-parameters -DskipTests \
    -Dspotless.check.skip=true) </dev/null >"$work/log" 2>&1 || {
    tail -n 30 "$work/log" >&2
    exit 1
  }
  local classes="$root/ccl-jna/target/ccl-audit"
  java -cp "$classes/test-classes:$classes/classes:$work/lib/*" org.ccl4j.jna.AbiAudit "$1" "$(basename "$2")"
}

case "${1:-}" in
  --write)
    (($# == 3)) || usage "--write needs a file and the name of a header"
    write "$2" "$3"
    exit
    ;;
  --debian)
    (($# == 2)) || usage "--debian needs the name of a release, such as trixie"
    reason="$(debian_apt "$work/apt" "$2")"
    [[ -n "$reason" ]] || {
      (cd "$work" && APT_CONFIG="$work/apt/apt.conf" apt-get download -qq librccl-dev libamdhip64-dev) >"$work/log" 2>&1 ||
        reason="apt could not fetch the headers: $(tail -n 1 "$work/log")"
    }
    [[ -z "$reason" ]] || {
      echo "SKIPPED abi-audit of Debian's $2: $reason"
      exit 0
    }
    for package in "$work"/*.deb; do
      dpkg-deb --extract "$package" "$work/debian"
    done
    export ROCM_PATH="$work/debian/usr"
    set -- "$ROCM_PATH/include/rccl/rccl.h"
    write "$audit" "$1"
    ;;
  --assertions)
    [[ -r "${2:-}" ]] || usage "--assertions needs a file"
    audit="$2"
    shift 2
    ;;
  -*) usage "there is no option $1" ;;
  *) (($# == 0)) || write "$audit" "$1" ;;
esac
(($#)) || usage "no header is given"
name="$(basename "$1")"
case "$name" in
  nccl.h) runtime="${CUDA_HOME:-/usr/local/cuda}/include" needed=cuda_runtime.h options=() ;;
  rccl.h) runtime="${ROCM_PATH:-/opt/rocm}/include" needed=hip/hip_runtime.h options=(-D__HIP_PLATFORM_AMD__) ;;
  *) usage "$1 is neither nccl.h nor rccl.h" ;;
esac
[[ -r "$runtime/$needed" ]] || usage "there is no $runtime/$needed"

compile() { # HEADER_FOLDER SOURCE
  "${CXX:-g++}" -std=c++17 -fsyntax-only -Wall -Werror -Wno-invalid-offsetof "${options[@]}" -I"$1" -isystem "$runtime" "$2"
}

# What to change in the assertions, as sed says it: an offset, the size, a number, a kind of argument, their count.
planted=(
  's/\(offsetof(ncclConfig_t, maxCTAs) ==\) [0-9]*/\1 32/'
  's/\(offsetof(ncclWaitSignalDesc_t, ctx) ==\) [0-9]*/\1 16/'
  's/\(sizeof(ncclConfig_t) [=>]=\) [0-9]*/\1 1000/'
  's/\(ncclFloat32 ==\) [0-9]*/\1 6/'
  's/\(ncclSum ==\) [0-9]*/\1 1/'
  's/\(config.magic ==\) [0-9a-fx]*/\1 0xcafebabe/'
  's/size_t\(, ncclDataType_t, int, ncclComm_t, [a-z]*Stream_t) = ncclSend\)/int\1/'
  's/int, \(ncclComm_t, [a-z]*Stream_t) = ncclRecv\)/\1/'
)

[[ "$name" != rccl.h ]] || planted+=(
  's/\(ncclFp8E4M3 ==\) [0-9]*/\1 11/'
  's/, int\(, ncclComm_t, hipStream_t) = ncclGather\)/\1/'
  's/const void \*\(, void \*, size_t, ncclDataType_t, ncclComm_t, hipStream_t) = ncclAllToAll;\)/void *\1/'
)

# What the compiler looks at in this version.
visible() { # HEADER_FOLDER SOURCE
  "${CXX:-g++}" -std=c++17 -E -P "${options[@]}" -I"$1" -isystem "$runtime" "$2"
}

status=0
for header in "$@"; do
  [[ "$(basename "$header")" == "$name" ]] || usage "$header is no $name as the first one"
  folder="$(dirname "$header")"
  version="$(sed -n 's/^#define NCCL_VERSION_CODE *\([0-9]*\).*/\1/p' "$header")"
  if ! compile "$folder" "$audit"; then
    echo "abi-audit: $header, version $version: FAILED"
    status=1
    continue
  fi
  visible "$folder" "$audit" >"$work/visible"
  checked="$(grep -cE '^ *static_assert\(.*""\);|\(\*function[0-9]+\)\(.*\) *=' "$work/visible")"
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
