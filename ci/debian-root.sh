#!/usr/bin/env bash
# Tries two vendors' real libraries with the same names of functions on a machine without devices: puts the packages of
# Debian 13 that have AMD's RCCL and NVIDIA's NCCL into a root folder of their own, the tool bundle beside them, and looks
# there at what the doctor reports, and whether both work in one JVM. Everything is below a temporary folder and gone at
# the end. What cannot be had is said in a line that begins with SKIPPED; the exit status is 0 when nothing failed.
#
# usage: ci/debian-root.sh [BUNDLE.tgz]     the bundle that ci/bundle.sh made; without it, it is made
#
# Packages come from the archive that this machine's apt has for Debian. Downloads some 310 MB, needs 1.2 GB below TMPDIR.
set -euo pipefail

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=ci/debian/apt.sh
. "$here/debian/apt.sh"
suite=trixie
packages=(librccl1 libnccl2 libcudart12 bash coreutils)
# What they are in that release of Debian, and what their functions come to.
rccl=(amd/rccl 2.13.4 hip
  "NATIVE_ALL_TO_ALL,NATIVE_GATHER,NATIVE_SCATTER,PRE_MUL_SUM/SPLIT,SHRINK,GROW,REVOKE,REGISTER,LIBRARY_MEMORY,WINDOWS,SIMULATE,TUNING,FLOAT8,PARAMETERS")
nccl=(nvidia/nccl 2.22.3 cuda
  "SPLIT,PRE_MUL_SUM,REGISTER,LIBRARY_MEMORY,SIMULATE,TUNING/NATIVE_ALL_TO_ALL,NATIVE_GATHER,NATIVE_SCATTER,SHRINK,GROW,REVOKE,WINDOWS,FLOAT8,PARAMETERS")
needed_kilobytes=1500000

skip() {
  echo "SKIPPED Debian root: $*"
  exit 0
}

fail() {
  echo "Debian root: $*" >&2
  exit 1
}

bundle="${1:-}"
[[ -z "$bundle" || -r "$bundle" ]] || fail "no archive '$bundle'; usage: ci/debian-root.sh [BUNDLE.tgz]"
for program in dpkg-deb unshare chroot; do
  command -v "$program" >/dev/null || skip "no $program here"
done
namespaces=(--mount --pid --fork --kill-child)
[[ $(id -u) == 0 ]] || namespaces+=(--map-root-user)
reason="$(unshare "${namespaces[@]}" true 2>&1)" || skip "no namespaces here ($reason)"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
free="$(df -Pk "$work" | awk 'NR == 2 { print $4 }')"
((free > needed_kilobytes)) || skip "$((free / 1024)) MB free in $work, and $((needed_kilobytes / 1024)) are needed"

# --- the packages --------------------------------------------------------------------------------------------------

apt="$work/apt"
reason="$(debian_apt "$apt" "$suite")"
[[ -z "$reason" ]] || skip "$reason"
export APT_CONFIG="$apt/apt.conf"
apt-get install -qq -y --download-only "${packages[@]}" >"$work/log" 2>&1 ||
  skip "apt could not fetch ${packages[*]}: $(grep -m 1 '^E:' "$work/log" || tail -n 1 "$work/log")"
unset APT_CONFIG
downloaded="$(du -sm "$apt/cache/archives" | cut -f 1)"
echo "Debian root: $(find "$apt/cache/archives" -name '*.deb' | wc -l) packages, $downloaded MB, after $SECONDS s"

# Without their scripts: nothing here has to be set up.
root="$work/root"
mkdir -p "$root"/{usr/{bin,sbin,lib,lib64},dev,proc,tmp,opt}
for folder in bin sbin lib lib64; do
  ln -s "usr/$folder" "$root/$folder"
done
for package in "$apt"/cache/archives/*.deb; do
  dpkg-deb --extract "$package" "$root"
  rm "$package"
done
ln -sf bash "$root/usr/bin/sh"

# --- the bundle ----------------------------------------------------------------------------------------------------

[[ -n "$bundle" ]] || {
  bundle="$work/ccl4j.tgz"
  "$here/bundle.sh" "$bundle"
}
tar -xzf "$bundle" -C "$root/opt"
[[ -x "$root/opt/ccl4j/ccl" ]] || fail "$bundle is no tool bundle"
java_home="${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}"
"$java_home/bin/javac" --release 17 -cp "$root/opt/ccl4j/lib/*" -d "$root/opt/classes" "$here/debian/SideBySide.java"
echo "Debian root: $(du -sm "$root" | cut -f 1) MB, after $SECONDS s"

# In namespaces, whose end takes the mounts and all processes with it. No device files but these few.
inside() { # COMMAND...
  # shellcheck disable=SC2016
  unshare "${namespaces[@]}" bash -c '
    set -e
    root="$1"
    shift
    mount -t proc proc "$root/proc"
    # Of a driver that this machine may have.
    [[ ! -d "$root/proc/driver" ]] || mount -t tmpfs tmpfs "$root/proc/driver"
    mount -t tmpfs tmpfs "$root/dev"
    mkdir "$root/dev/shm"
    for file in null zero random urandom; do
      : >"$root/dev/$file"
      mount --bind "/dev/$file" "$root/dev/$file"
    done
    exec chroot "$root" /usr/bin/env -i PATH=/usr/bin HOME=/tmp "$@"' bash "$root" "$@"
}

# --- what is to be seen there --------------------------------------------------------------------------------------

passed=0
want() { # FILE PATTERN
  grep -qE -- "$2" "$1" || {
    cat "$1" >&2
    fail "not found: $2"
  }
  passed=$((passed + 1))
}

# Exit status 1: a backend was asked for that cannot be used here.
for one in rccl nccl; do
  declare -n expected="$one"
  status=0
  inside /opt/ccl4j/ccl doctor --backend "${expected[0]}" >"$work/$one" 2>&1 || status=$?
  ((status == 1)) || { cat "$work/$one" >&2; fail "the doctor's exit status for ${expected[0]} is $status, not 1"; }
  sed -n "/^. ${expected[0]//\//\\/}/,/^ *search/p" "$work/$one"
  want "$work/$one" "^ *${expected[0]}: unavailable"
  want "$work/$one" "${expected[1]} is there \(.*lib$one\.so"
  want "$work/$one" 'but no device\.'
done
want "$work/rccl" 'libamdhip64\.so\.5'
want "$work/rccl" 'This machine has no AMD driver'
want "$work/rccl" 'remedy .*machine with an AMD GPU'
want "$work/nccl" 'libcudart\.so\.12'
want "$work/nccl" 'This machine has no NVIDIA driver'
want "$work/nccl" 'remedy .*machine with an NVIDIA GPU'

# Each under the other's name.
folder=/usr/lib/x86_64-linux-gnu
for one in "CCL_NCCL_LIBRARY librccl.so.1 ${nccl[0]}" "CCL_RCCL_LIBRARY libnccl.so.2 ${rccl[0]}"; do
  read -r variable file id <<<"$one"
  status=0
  inside env "$variable=$folder/$file" /opt/ccl4j/ccl doctor --backend "$id" >"$work/mistaken" 2>&1 || status=$?
  sed -n "/^. *${id//\//\\/}/,/remedy/p" "$work/mistaken"
  ((status == 1)) || { cat "$work/mistaken" >&2; fail "the doctor's exit status for $one is $status, not 1"; }
  want "$work/mistaken" "reason +.*$file (is AMD's RCCL|.* is another vendor's): it"
done

# Each loaded first once.
java=(/opt/ccl4j/runtime/bin/java -cp '/opt/classes:/opt/ccl4j/lib/*' org.ccl4j.jna.SideBySide)
inside "${java[@]}" "${rccl[@]}" "${nccl[@]}" >"$work/first" 2>&1 || { cat "$work/first" >&2; fail "RCCL, then NCCL: failed"; }
cat "$work/first"
inside "${java[@]}" "${nccl[@]}" "${rccl[@]}" >"$work/second" 2>&1 || { cat "$work/second" >&2; fail "NCCL, then RCCL: failed"; }
for log in first second; do
  counts="$(sed -n 's/^OK: \([0-9]*\) passed.*/\1/p' "$work/$log")"
  [[ -n "$counts" ]] || fail "the programs said nothing"
  passed=$((passed + counts))
done
echo "Debian root: everything passed, $passed checks in $SECONDS s"
