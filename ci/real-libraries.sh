#!/usr/bin/env bash
# Tries NVIDIA's own libraries as far as a machine without a GPU and without a driver allows: fetches NCCL and the CUDA
# runtime from the Python package index into a temporary folder, runs the tests that need them, and looks at what the
# doctor says. What cannot be had is said in a line that begins with SKIPPED; the exit status is 0 when nothing failed.
#
# usage: ci/real-libraries.sh [FOLDER]     FOLDER: has the libraries already, as pip install --target leaves them
set -euo pipefail

root="$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
wheels=(nvidia-nccl-cu13 nvidia-cuda-runtime)

skip() {
  echo "SKIPPED real libraries: $*"
  exit 0
}

folder="${1:-}"
if [[ -z "$folder" ]]; then
  command -v python3 >/dev/null || skip "no python3 to fetch them with"
  folder="$work/packages"
  python3 -m pip install --quiet --no-deps --only-binary :all: --target "$folder" "${wheels[@]}" >"$work/pip.log" 2>&1 ||
    skip "pip could not fetch ${wheels[*]}: $(grep -m 1 ERROR "$work/pip.log" || tail -n 1 "$work/pip.log")"
  for info in "$folder"/nvidia_*.dist-info; do
    echo "fetched $(basename "$info" .dist-info)"
  done
fi
[[ -d "$folder/nvidia" ]] || { echo "real libraries: $folder has no folder nvidia" >&2; exit 2; }

# Found as those of a Python environment are, with nothing else set.
export PYTHONPATH="$folder" CCL_TEST_REAL_LIBRARIES=required
mvn -B test -pl backend-nccl -am -Dspotless.check.skip=true -Dtest=RealLibrariesTest \
  -Dsurefire.failIfNoSpecifiedTests=false >"$work/mvn.log" 2>&1 ||
  { grep -E '^\[ERROR\]' "$work/mvn.log" | head -n 40; echo "real libraries: failed"; exit 1; }
grep -E 'Tests run:.*RealLibrariesTest' "$work/mvn.log"

# Exit status 1: a backend was asked for that cannot be used here, unless there is a GPU after all.
status=0
./ccl doctor --backend nccl >"$work/doctor" || status=$?
sed -n '/^. nvidia\/nccl/,/^ *search/p' "$work/doctor"
if [[ -e /proc/driver/nvidia/version ]]; then
  ((status == 0)) || { echo "real libraries: the doctor found no device"; exit 1; }
else
  ((status == 1)) && grep -q 'This machine has no NVIDIA driver' "$work/doctor" ||
    { echo "real libraries: the doctor did not say that the driver is missing"; exit 1; }
fi
echo "real libraries: everything passed in $SECONDS s"
