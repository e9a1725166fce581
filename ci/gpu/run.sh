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
#   --ranks-per-device N  ranks that share a device in verify and verify-processes (1); more with NCCL 2.30 and newer
#                   alone, and with NCCL_MULTI_RANK_GPU_ENABLE=1
#   --limit N       seconds that a check may take (400)
#   --backend ID    another backend than nvidia/nccl, such as cpu/fake where there is no GPU
#   --shims DIR     a folder that shim/build.sh made: the backend amd/rccl or moorethreads/mccl does its work by the
#                   libraries there, and these by --nccl and --cudart
#   CHECK           doctor, verify, verify-processes, perf, the names of drills (ccl drill --help), interop,
#                   two-versions, shim-calls, leftovers, or drills for all drills; without any all of them
set -uo pipefail

home="$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="" nccl="" cudart="" nccl2="" shims="" gpus="" cycles=100 limit=400 ranks_per_device=1 backend=nvidia/nccl
drills=(graph-replay graph-pair graph-order graph-processes connect-missing operation-deadline abort rank-killed connect-cycles)
checks=()

usage() {
  echo "run.sh: $*; see the head of ${BASH_SOURCE[0]}" >&2
  exit 2
}

while (($#)); do
  case "$1" in
    --work | --nccl | --cudart | --nccl2 | --gpus | --ranks-per-device | --cycles | --limit | --backend | --shims)
      (($# > 1)) || usage "$1 needs a value"
      variable="${1#--}"
      printf -v "${variable//-/_}" %s "$2"
      shift
      ;;
    -*) usage "there is no option $1" ;;
    drills) checks+=("${drills[@]}") ;;
    *) checks+=("$1") ;;
  esac
  shift
done
((${#checks[@]})) || checks=(doctor verify verify-processes perf "${drills[@]}" interop two-versions shim-calls leftovers)
[[ -n "$work" ]] || usage "--work is missing"
[[ -x "$home/ccl" && -x "$home/runtime/bin/java" ]] || usage "$home is no unpacked bundle"
for file in "$nccl" "$cudart" "$nccl2"; do
  [[ -z "$file" || -r "$file" ]] || usage "there is no $file"
done
if [[ -z "$gpus" ]]; then
  gpus="$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ')" || usage "no GPU is listed; --gpus says how many there are"
fi

ranks=(--max-ranks $((gpus * ranks_per_device)) --ranks-per-device "$ranks_per_device")

logs="$work/logs"
mkdir -p "$logs"
export CCL_BACKEND="$backend"
if [[ -n "$shims" ]]; then
  [[ -n "$nccl" && -n "$cudart" ]] || usage "--shims needs --nccl and --cudart, to which they pass everything on"
  case "$backend" in
    amd/rccl) names=(RCCL librccl HIP libamdhip64) ;;
    moorethreads/mccl) names=(MCCL libmccl MUSA libmusart) ;;
    *) usage "--shims is for --backend amd/rccl and moorethreads/mccl, not for $backend" ;;
  esac
  for i in 0 2; do
    files=("$shims/${names[i + 1]}".so.*)
    [[ -r "${files[0]}" ]] || usage "there is no ${files[0]}; shim/build.sh makes it"
    export "CCL_${names[i]}_LIBRARY=$(realpath "${files[0]}")"
  done
  calls="$work/shim-calls"
  rm -rf "$calls"
  mkdir "$calls"
  CCL_SHIM_CALLS="$(realpath "$calls")"
  export CCL_SHIM_NCCL="$nccl" CCL_SHIM_CUDART="$cudart" CCL_SHIM_CALLS
else
  # With its folder, for a bare name is looked for where the system's loader looks.
  [[ -z "$nccl" ]] || export CCL_NCCL_LIBRARY="$(realpath "$nccl")"
  [[ -z "$cudart" ]] || export CCL_CUDA_LIBRARY="$(realpath "$cudart")"
fi
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

# Every operation: all types and operators at small sizes, then one at large ones. Every element is checked.
perf() {
  local operation passed=0 failed=0
  for operation in all_reduce all_gather reduce_scatter broadcast reduce alltoall gather scatter sendrecv alltoallv; do
    if "$home/ccl" perf "$operation" --ranks "$gpus" -d all -o all -b 8 -e 256K -f 32 -n 2 -w 0 &&
      "$home/ccl" perf "$operation" --ranks "$gpus" -b 8 -e 64M -f 8 -n 5; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  echo "$( ((failed == 0)) && echo OK || echo FAILED): $passed passed, $failed failed, 0 unsupported"
  ((failed == 0))
}

# That the work went through the shims: functions of both of them were called, and they had nothing to complain about.
shim_calls() {
  local functions complaints
  awk '{ calls[$1 " " $2] += $3 } END { for (name in calls) print name, calls[name] }' "$calls"/* 2>/dev/null |
    sort >"$work/shim-calls.txt"
  functions="$(wc -l <"$work/shim-calls.txt")"
  complaints="$(cat "$logs"/*.log | grep -c 'shim: ')"
  if grep -q ' ncclAllReduce ' "$work/shim-calls.txt" && grep -q ' cudaMemcpyAsync ' "$work/shim-calls.txt" && ((complaints == 0)); then
    row shim-calls "$functions" 0 0 0
  else
    echo "$functions functions were called through the shims, which complained $complaints times"
    grep -h 'shim: ' "$logs"/*.log | sort | uniq -c | head -n 10
    row shim-calls 0 1 0 0
  fi
}

# Not through check: it is no program that could be timed.
leftovers() {
  local left
  # The fake keeps its folder for the user's next job, empty.
  rmdir "/dev/shm/ccl4j-fake-$(id -u)" 2>/dev/null
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
    verify) check verify "$home/ccl" verify "${ranks[@]}" ;;
    verify-processes)
      if ((gpus > 1)); then
        check verify-processes "$home/ccl" verify "${ranks[@]}" --processes "$gpus"
      else
        unsupported verify-processes "needs 2 devices"
      fi
      ;;
    perf)
      export -f perf
      export home gpus
      check perf bash -c perf
      ;;
    shim-calls)
      if [[ -n "$shims" ]]; then
        shim_calls
      else
        unsupported shim-calls "needs --shims"
      fi
      ;;
    interop)
      if [[ -n "$shims" ]]; then
        unsupported interop "calls NVIDIA's libraries by their own names"
      elif [[ -n "$nccl" && -n "$cudart" ]]; then
        check interop "${java[@]}" Interop "$cudart" "$nccl"
      else
        unsupported interop "needs --nccl and --cudart"
      fi
      ;;
    two-versions)
      if [[ -n "$shims" ]]; then
        unsupported two-versions "goes by the setting of NVIDIA's library"
      elif [[ -n "$nccl" && -n "$nccl2" ]]; then
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
