#!/bin/bash
# Measures the same calls through everything that can make them, all in one run and each in turn within every round, on a
# machine with GPUs, out of the bundle that ci/bundle.sh makes. Everything here is out of place, float, sum, enqueued back
# to back and waited for once; sizes are those of nccl-tests.
#
# usage: run.sh --work DIR --nccl FILE --cudart FILE [OPTION...]
#   --work DIR        for results: performance.md, performance.csv, call-cost.md, run.log
#   --nccl FILE       the collective library; --cudart FILE   the runtime of the devices
#   --include DIR     where nccl.h lies, to build nccl-tests
#   --nccl-tests DIR  its sources; built in a copy with CUDA_HOME (or /usr/local/cuda). Without it, it is left out
#   --javacpp DIR     what javacpp.sh made. Without it, it is left out
#   --python FILE     a Python with torch (python3)
#   --gpus N          so many of them; without it as many as nvidia-smi lists
#   --rounds N (3)  --ops LIST (all_reduce,all_gather,reduce_scatter,sendrecv)  --max BYTES (1073741824)
#   --graph-max BYTES (2097152)   the largest size in a graph, which saves time for what is short
#   --iters N (200)  --backend ID (nvidia/nccl)
#   --cpus LIST       the processors that all programs are kept to, as taskset takes them; without it those near the first
#                     device, for small calls take half as long again elsewhere; all: leave it to the system
#   --modes LIST      of plain, graph, processes, processes-graph, cost (all of them); fewer iterations do for a graph, which
#                     is launched 20 times
#   --programs LIST   of "ccl perf,nccl-tests,C loop,JNA loop,JavaCPP,Python ctypes,torch.distributed" (all of them); fewer
#                     leave time for more rounds, which small calls want: what else the machine does can double one row
set -uo pipefail

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
home="$(cd -P "$here/.." && pwd)"
work="" nccl="" cudart="" include="" nccl_tests="" javacpp="" python=python3 gpus="" rounds=3 max=1073741824 iters=200 cpus=""
ops=all_reduce,all_gather,reduce_scatter,sendrecv backend=nvidia/nccl
all_modes=plain,graph,processes,processes-graph,cost modes="$all_modes"
all_programs="ccl perf,nccl-tests,C loop,JNA loop,JavaCPP,Python ctypes,torch.distributed" programs="$all_programs"
# A size of 8 and factors of 8 end at 1 GiB exactly; a graph is for what is short.
min=8 factor=8 warmups=5 graph_max=2097152 graph_launches=20

usage() {
  echo "run.sh: $*; see the head of ${BASH_SOURCE[0]}" >&2
  exit 2
}

while (($#)); do
  case "$1" in
    --work | --nccl | --cudart | --include | --nccl-tests | --javacpp | --python | --gpus | --rounds | --ops | --max | --iters | --graph-max | --backend | --modes | --programs | --cpus)
      (($# > 1)) || usage "$1 needs a value"
      name="${1#--}"
      printf -v "${name//-/_}" %s "$2"
      shift
      ;;
    *) usage "there is no option $1" ;;
  esac
  shift
done
# known WHAT LIST ALL: what was misspelt would be left out and not be missed
known() {
  local name
  while IFS= read -r name; do
    [[ ",$3," == *",$name,"* ]] || usage "there is no $1 $name, but $3"
  done <<<"${2//,/$'\n'}"
}
known mode "$modes" "$all_modes"
known program "$programs" "$all_programs"
[[ -n "$work" ]] || usage "--work is missing"
[[ -x "$home/ccl" && -x "$home/runtime/bin/java" ]] || usage "$home is no unpacked bundle"
if [[ "$backend" != cpu/fake ]]; then
  [[ -r "$nccl" && -r "$cudart" ]] || usage "--nccl and --cudart must name the libraries"
  nccl="$(realpath "$nccl")" cudart="$(realpath "$cudart")" # a bare name is looked for where the system's loader looks
  export CCL_NCCL_LIBRARY="$nccl" CCL_CUDA_LIBRARY="$cudart"
fi
if [[ -z "$gpus" ]]; then
  gpus="$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ')" || usage "no GPU is listed; --gpus says how many there are"
fi
((graph_max < max)) || graph_max="$max"
if [[ -z "$cpus" ]]; then
  first="$(nvidia-smi -i "${CUDA_VISIBLE_DEVICES:-0}" --query-gpu=pci.bus_id --format=csv,noheader 2>/dev/null | head -n 1)"
  first="${first,,}"
  # nvidia-smi writes the domain with eight digits, the system with four.
  near="/sys/bus/pci/devices/${first#0000}/local_cpulist"
  cpus="$(cat "$near" 2>/dev/null || echo all)"
fi
pin=()
[[ "$cpus" == all ]] || pin=(taskset -c "$cpus")
echo "processors: $cpus"
export CCL_BACKEND="$backend"
mkdir -p "$work"
log="$work/run.log" csv="$work/performance.csv"
: >"$log"
: >"$csv"
java=("$home/runtime/bin/java" --enable-native-access=ALL-UNNAMED)

say() {
  echo "[$SECONDS s] $*" | tee -a "$log"
}

# The libraries under the names that compilers and loaders look for.
lib="$work/lib"
mkdir -p "$lib"
if [[ -n "$nccl" ]]; then
  ln -sf "$(realpath "$nccl")" "$lib/libnccl.so.2"
  ln -sf libnccl.so.2 "$lib/libnccl.so"
  ln -sf "$(realpath "$cudart")" "$lib/$(basename "$cudart")"
fi
export LD_LIBRARY_PATH="$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

build_nccl_tests() {
  local source="$work/nccl-tests" names=() op
  rm -rf "$source"
  cp -R "$nccl_tests" "$source"
  mkdir -p "$work/nccl-home"
  ln -sfn "$lib" "$work/nccl-home/lib"
  ln -sfn "$(realpath "$include")" "$work/nccl-home/include"
  for op in ${ops//,/ }; do names+=("$source/build/${op}_perf"); done
  local common=(CUDA_HOME="${CUDA_HOME:-/usr/local/cuda}" NCCL_HOME="$work/nccl-home" BUILDDIR="$source/build"
    "NVCC_GENCODE=-gencode=arch=compute_90,code=sm_90")
  make -s -C "$source/src" "${common[@]}" os.build &&
    make -s -j -C "$source/src" "${common[@]}" "${names[@]}"
}

if [[ -n "$nccl_tests" ]]; then
  say "building nccl-tests"
  build_nccl_tests >>"$log" 2>&1 || {
    tail -n 20 "$log"
    say "nccl-tests cannot be built and is left out"
    nccl_tests=""
  }
fi
loop=""
if [[ -n "$nccl" ]]; then
  loop="$work/loop"
  "${CC:-gcc}" -O2 -o "$loop" "$here/loop.c" -ldl >>"$log" 2>&1 || {
    say "the C loop cannot be compiled and is left out"
    loop=""
  }
fi

wants() { [[ ",$programs," == *",$1,"* ]]; }

# record MODE ROUND PROGRAM [COMMAND...]: the command prints operation,bytes,microseconds
record() {
  local mode="$1" round="$2" program="$3" start=$SECONDS
  shift 3
  wants "$program" || return 0
  "${pin[@]}" timeout -k 5 120 "$@" 2>>"$log" | grep -E '^[a-z_]+,[0-9]+,[0-9.]+$' | sed "s#^#$mode,$round,$program,#" >>"$csv"
  local status=${PIPESTATUS[0]}
  ((status == 0)) || say "$program ended with $status"
  echo "$mode $round $program: $((SECONDS - start)) s" >>"$log"
}

# ccl perf and nccl-tests measure one operation a call.
ours() { # MAX OPTION...
  local op most="$1" status=0
  shift
  for op in ${ops//,/ }; do
    "$home/ccl" perf "$op" -b "$min" -e "$most" -f "$factor" -n "$iters" -w "$warmups" -c 0 --csv "$@" |
      sed -n "s/^\([0-9]*\),[^,]*,[^,]*,[^,]*,[^,]*,\([0-9.]*\),.*/$op,\1,\2/p" | place || status=1
  done
  return $status
}

theirs() { # MAX OPTION...
  local op most="$1" status=0
  shift
  for op in ${ops//,/ }; do
    "$work/nccl-tests/build/${op}_perf" -b "$min" -e "$most" -f "$factor" -n "$iters" -w "$warmups" -c 1 -g "$gpus" "$@" |
      awk -v op="$op" '$1 ~ /^[0-9]+$/ { print op "," $1 "," $6 }' | place || status=1
  done
  return $status
}

# A size is rounded to whole elements for each rank, and printed as that: the n-th line is the n-th size. What comes out as
# nothing is left out.
place() {
  awk -F, -v b="$min" -v f="$factor" '$2 > 0 { print $1 "," b "," $3 } { b *= f }'
}

# loop_processes MAX [LAUNCHES]
loop_processes() {
  local rank most="$1" launches=("${@:2}") id="$work/id.$RANDOM" status=0 pids=()
  rm -f "$id"
  for ((rank = 0; rank < gpus; rank++)); do
    "$loop" "$nccl" "$cudart" "$ops" "$min" "$most" "$factor" "$iters" "$warmups" "$rank" 1 "$gpus" "$id" "${launches[@]}" &
    pids+=($!)
  done
  for rank in "${pids[@]}"; do wait "$rank" || status=1; done
  rm -f "$id"
  return $status
}

# For timeout, which cannot run a function.
export -f ours theirs place loop_processes
export ops min max factor iters warmups home work gpus loop nccl cudart graph_max graph_launches

args=("$nccl" "$cudart" "$ops" "$min" "$max" "$factor" "$iters" "$warmups")
graph_args=("${args[@]:0:4}" "$graph_max" "${args[@]:5}")
for ((round = 1; round <= rounds; round++)); do
  if [[ ",$modes," == *,plain,* ]]; then
    say "round $round: one process, one thread drives all devices"
    record "one process" "$round" "ccl perf" bash -o pipefail -c 'ours "$max" -t 1 --ranks "$gpus"'
    [[ -z "$nccl_tests" ]] || record "one process" "$round" nccl-tests bash -o pipefail -c 'theirs "$max"'
    [[ -z "$loop" ]] || record "one process" "$round" "C loop" "$loop" "${args[@]}" 0 "$gpus" "$gpus" -
    [[ -z "$nccl" ]] || record "one process" "$round" "JNA loop" "${java[@]}" -cp "$home/lib/*" JnaLoop "${args[@]}" "$gpus"
    [[ -z "$javacpp" ]] || record "one process" "$round" JavaCPP "${java[@]}" -cp "$javacpp:$javacpp/*:$home/lib/*" JavaCppLoop "${args[@]}" "$gpus"
    [[ -z "$nccl" ]] || record "one process" "$round" "Python ctypes" "$python" "$here/loop.py" "${args[@]}" "$gpus"
  fi
  if [[ ",$modes," == *,graph,* ]]; then
    say "round $round: the same in a graph"
    record "one process in a graph" "$round" "ccl perf" bash -o pipefail -c 'ours "$graph_max" -t 1 --ranks "$gpus" -G "$graph_launches"'
    [[ -z "$nccl_tests" ]] || record "one process in a graph" "$round" nccl-tests bash -o pipefail -c 'theirs "$graph_max" -G "$graph_launches"'
    [[ -z "$loop" ]] || record "one process in a graph" "$round" "C loop" "$loop" "${graph_args[@]}" 0 "$gpus" "$gpus" - "$graph_launches"
  fi
  if [[ ",$modes," == *,processes,* ]] && ((gpus > 1)); then
    say "round $round: a process for each device"
    record "processes" "$round" "ccl perf" bash -o pipefail -c 'ours "$max" --processes "$gpus"'
    [[ -z "$loop" ]] || record "processes" "$round" "C loop" bash -c 'loop_processes "$max"'
    if [[ -n "$nccl" ]] && wants torch.distributed && "$python" -c 'import torch' 2>>"$log"; then
      record "processes" "$round" torch.distributed "$python" "$here/torch_loop.py" "${args[@]:2}" "$gpus"
    fi
  fi
  if [[ ",$modes," == *,processes-graph,* ]] && ((gpus > 1)); then
    say "round $round: a process for each device, in a graph"
    record "processes in a graph" "$round" "ccl perf" bash -o pipefail -c 'ours "$graph_max" --processes "$gpus" -G "$graph_launches"'
    [[ -z "$loop" ]] || record "processes in a graph" "$round" "C loop" bash -c 'loop_processes "$graph_max" "$graph_launches"'
  fi
done
if [[ ",$modes," == *,cost,* && -n "$nccl" ]]; then
  say "the cost of a call"
  "${pin[@]}" timeout -k 5 120 "${java[@]}" -cp "$home/lib/*" CallCost "$nccl" "$cudart" >"$work/call-cost.md" 2>>"$log" || say "CallCost failed"
  cat "$work/call-cost.md"
fi
"$python" "$here/summary.py" "$csv" "$work/performance.md" || exit 1
say "done"
cat "$work/performance.md"
