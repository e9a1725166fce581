#!/bin/bash
# Tries everything on a machine with GPUs, out of the bundle that ci/bundle.sh makes: no JDK, no Maven, no network.
# One line for each check in a table at the end; the exit status is 0 when none has failed.
#
# usage: run.sh --work DIR [OPTION...] [CHECK...]
#   --work DIR      for logs and results: results.md, results.csv and logs.tgz
#   --nccl FILE     the collective library (libnccl.so.2); without it the usual search finds one
#   --cudart FILE   the runtime of the devices (libcudart.so.13); likewise
#   --nccl2 FILE    another version of the collective library, for the check two-versions
#   --gpus N        so many of them; without it as many as nvidia-smi lists
#   --cycles N      connections of the drill connect-cycles (100)
#   --limit N       seconds that a check may take (400)
#   --backend ID    another backend than nvidia/nccl, such as cpu/fake where there is no GPU
#   CHECK           doctor, verify, verify-processes, the names of drills (ccl drill --help), interop, two-versions,
#                   leftovers, or drills for all drills; without any all of them
set -uo pipefail

home="$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="" nccl="" cudart="" nccl2="" gpus="" cycles=100 limit=400 backend=nvidia/nccl
drills=(graph-replay graph-pair graph-order graph-processes connect-missing operation-deadline abort rank-killed connect-cycles)
checks=()

usage() {
  echo "run.sh: $*; see the head of ${BASH_SOURCE[0]}" >&2
  exit 2
}

while (($#)); do
  case "$1" in
    --work | --nccl | --cudart | --nccl2 | --gpus | --cycles | --limit | --backend)
      (($# > 1)) || usage "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    -*) usage "there is no option $1" ;;
    drills) checks+=("${drills[@]}") ;;
    *) checks+=("$1") ;;
  esac
  shift
done
((${#checks[@]})) || checks=(doctor verify verify-processes "${drills[@]}" interop two-versions leftovers)
[[ -n "$work" ]] || usage "--work is missing"
[[ -x "$home/ccl" && -x "$home/runtime/bin/java" ]] || usage "$home is no unpacked bundle"
for file in "$nccl" "$cudart" "$nccl2"; do
  [[ -z "$file" || -r "$file" ]] || usage "there is no $file"
done
if [[ -z "$gpus" ]]; then
  gpus="$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ')" || usage "no GPU is listed; --gpus says how many there are"
fi

logs="$work/logs"
mkdir -p "$logs"
export CCL_BACKEND="$backend"
[[ -z "$nccl" ]] || export CCL_NCCL_LIBRARY="$nccl"
[[ -z "$cudart" ]] || export CCL_CUDA_LIBRARY="$cudart"
# What the library itself says of a failure, without a word in what the programs print.
export NCCL_DEBUG="${NCCL_DEBUG:-WARN}" NCCL_DEBUG_FILE="${NCCL_DEBUG_FILE:-$logs/nccl.%p}"

java=("$home/runtime/bin/java" --enable-native-access=ALL-UNNAMED -cp "$home/lib/*")
shm_before="$(ls -A /dev/shm)"
rows=()
failed=0

row() { # CHECK PASSED FAILED UNSUPPORTED SECONDS
  rows+=("$1,$gpus,$2,$3,$4,$5")
  printf '%-20s %3s passed, %s failed, %s unsupported in %s s\n' "$1" "$2" "$3" "$4" "$5"
  (($3 == 0)) || failed=1
}

# Runs a check that ends with a line "OK: 3 passed, 0 failed, 1 unsupported"; one that says nothing counts by its status.
check() { # NAME COMMAND...
  local name="$1" log="$logs/$1.log" start=$SECONDS counts status
  shift
  # QUIT has a JVM print what its threads do.
  timeout -s QUIT -k 10 "$limit" "$@" >"$log" 2>&1
  status=$?
  counts="$(sed -n 's/^\(OK\|FAILED\): \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) unsupported.*/\2 \3 \4/p' "$log" | tail -n 1)"
  if [[ -z "$counts" ]]; then
    counts="$([[ $status == 0 ]] && echo "1 0 0" || echo "0 1 0")"
  elif [[ $status != 0 && "$counts" == *" 0 "* ]]; then
    counts="${counts%% *} 1 ${counts##* }"
  fi
  # shellcheck disable=SC2086
  row "$name" $counts $((SECONDS - start))
  [[ $status == 0 ]] || {
    echo "--- the end of $log (status $status)"
    tail -n 25 "$log"
    echo "---"
  }
}

unsupported() { # NAME REASON
  echo "$1: $2" >"$logs/$1.log"
  row "$1" 0 0 1 0
}

# Not through check: it is no program that could be timed.
leftovers() {
  local left
  left="$(comm -13 <(echo "$shm_before" | sort) <(ls -A /dev/shm | sort))"
  echo "${left:-nothing}" >"$logs/leftovers.log"
  if [[ -z "$left" ]]; then
    row leftovers 1 0 0 0
  else
    echo "left in /dev/shm: $left"
    row leftovers 0 1 0 0
  fi
}

for name in "${checks[@]}"; do
  case "$name" in
    doctor) check doctor "$home/ccl" doctor ;;
    verify) check verify "$home/ccl" verify --max-ranks "$gpus" ;;
    verify-processes)
      if ((gpus > 1)); then
        check verify-processes "$home/ccl" verify --max-ranks "$gpus" --processes "$gpus"
      else
        unsupported verify-processes "needs 2 devices"
      fi
      ;;
    interop)
      if [[ -n "$nccl" && -n "$cudart" ]]; then
        check interop "${java[@]}" Interop "$cudart" "$nccl"
      else
        unsupported interop "needs --nccl and --cudart"
      fi
      ;;
    two-versions)
      if [[ -n "$nccl" && -n "$nccl2" ]]; then
        check two-versions "${java[@]}" TwoLibraries ccl.nccl.library "$nccl" "$nccl2"
      else
        unsupported two-versions "needs --nccl and --nccl2"
      fi
      ;;
    leftovers) leftovers ;;
    *) check "$name" "$home/ccl" drill "$name" --ranks "$gpus" --cycles "$cycles" ;;
  esac
done

"$home/ccl" doctor >"$work/doctor.txt" 2>&1
{
  echo "check,gpus,passed,failed,unsupported,seconds"
  printf '%s\n' "${rows[@]}"
} >"$work/results.csv"
{
  echo "| check | GPUs | passed | failed | unsupported | seconds |"
  echo "|---|---|---|---|---|---|"
  printf '%s\n' "${rows[@]}" | sed 's/,/ | /g; s/^/| /; s/$/ |/'
} >"$work/results.md"
tar -C "$work" -czf "$work/logs.tgz" logs
echo
cat "$work/results.md"
exit "$failed"
