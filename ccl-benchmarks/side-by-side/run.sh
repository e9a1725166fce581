#!/usr/bin/env bash
# Runs Open MPI, Gloo and the fake of this project (ranks as threads, ranks as processes) in turn on this machine, and
# makes tables of medians and ratios. For Debian and its children; README.md says what the figures mean.
set -euo pipefail

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
repo="${REPO:-$(cd "$here/../.." && pwd)}"
packages=(openmpi-bin libopenmpi-dev libgloo-dev g++)

usage() {
  cat <<END
usage: run.sh [options]
  --install        install with apt what is missing (${packages[*]}); otherwise only say it
  --quick          3 rounds with short budgets: enough to see which way something went
  --rounds N       rounds (default 5)
  --ranks N        ranks (default 2)
  --ops LIST       of all_reduce,all_gather,reduce_scatter,broadcast,broadcast_in_turn,sendrecv (default all)
  --sizes LIST     message sizes, with K and M (default 8,1K,64K,1M,16M,64M)
  --libraries LIST of openmpi,gloo,threads,processes (default all)
  --built          measure what mvn has built (target/classes) instead of building without its checks
  --nice N         run all of them at this niceness; -19 on a machine that others use
  --out DIR        where the results go (default: a new folder under target)
environment:
  REPO             the checkout to measure (default: the one this script is in)
  JAVA_HOME        the JDK
  JAVA_OPTIONS     more options for the JVM
END
}

fail() {
  echo "run.sh: $*" >&2
  exit 1
}

bytes_of() {
  case "$1" in
    *K) echo $((${1%K} * 1024)) ;;
    *M) echo $((${1%M} * 1024 * 1024)) ;;
    *) echo "$1" ;;
  esac
}

install=no rounds=5 ranks=2 out="" niceness=0 classes=target/side-by-side/classes
ops=all_reduce,all_gather,reduce_scatter,broadcast,broadcast_in_turn,sendrecv
sizes=8,1K,64K,1M,16M,64M
libraries=openmpi,gloo,threads,processes
warm=50 budget=100 compile=3000 enqueued=100 enqueued_large=10 bindings=(core none)
arguments=("$@")
while (($#)); do
  case "$1" in
    --install) install=yes ;;
    --quick) rounds=3 warm=20 budget=40 compile=1500 bindings=(core) ;;
    --rounds) rounds="$2"; shift ;;
    --ranks) ranks="$2"; shift ;;
    --ops) ops="$2"; shift ;;
    --sizes) sizes="$2"; shift ;;
    --libraries) libraries="$2"; shift ;;
    --built) classes=target/classes ;;
    --nice) niceness="$2"; shift ;;
    --out) out="$2"; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "no such option: $1" ;;
  esac
  shift
done
# Linux shares the processors among sessions first, so niceness counts only in a session of its own.
if [[ $niceness != 0 && -z "${SIDE_BY_SIDE_SESSION:-}" ]]; then
  SIDE_BY_SIDE_SESSION=own exec setsid --wait "$0" "${arguments[@]}"
fi
byte_sizes=""
for size in ${sizes//,/ }; do
  byte_sizes+="${byte_sizes:+,}$(bytes_of "$size")"
done

wants() { [[ ",$libraries," == *",$1,"* ]]; }

# --- what must be there --------------------------------------------------------------------------------------------

missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if ((${#missing[@]})); then
  [[ $install == yes ]] || fail "missing: ${missing[*]}. Install them, or call this with --install."
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
java_home="${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}"
[[ -x "$java_home/bin/javac" ]] || fail "no JDK; set JAVA_HOME"

# --- building ------------------------------------------------------------------------------------------------------

build="$repo/target/side-by-side"
mkdir -p "$build/classes"
out="${out:-$build/results-$(date +%Y%m%d-%H%M%S)}"
mkdir -p "$out"

compile_native() {
  local name="$1" compiler="$2"
  [[ "$build/$name" -nt "$here/$name.cpp" && "$build/$name" -nt "$here/loop.h" ]] ||
    "$compiler" -O3 -march=native -std=c++17 "$here/$name.cpp" -o "$build/$name" "${@:3}"
}
compile_native probe g++ -lpthread
compile_native mpi mpic++.openmpi
compile_native gloo g++ -lgloo -lpthread

# Like the script ccl: without checks, beside the folder of the real build.
modules=(ccl-api ccl-spi ccl-core ccl-bootstrap backend-fake)
class_path="$build/classes"
sources=()
for module in "${modules[@]}"; do
  class_path+=":$repo/$module/$classes"
  sources+=("$repo/$module/src/main")
done
if [[ $classes == target/classes ]]; then
  [[ -d "$repo/backend-fake/$classes" ]] || fail "nothing is built; run mvn package, or leave --built out"
elif [[ ! -e "$build/built" || -n "$(find "${sources[@]}" -newer "$build/built" -print -quit)" ]]; then
  touch "$build/building"
  (cd "$repo" && JAVA_HOME="$java_home" mvn -q -B ${MAVEN_OPTIONS:-} -pl ccl-core,ccl-bootstrap,backend-fake -am package \
    -Dccl.build=target/side-by-side -Dccl.checks=-parameters -Dmaven.test.skip=true -Dspotless.check.skip=true) ||
    fail "the build failed"
  mv "$build/building" "$build/built"
fi
driver="$here/../src/main/java/org/ccl4j/benchmarks"
"$java_home/bin/javac" --release 17 -proc:none -cp "$class_path" -d "$build/classes" \
  "$driver"/{SideBySide,ComparedRank,ComparedOperation,ComparisonPlan,ComparisonReport}.java

# --- running -------------------------------------------------------------------------------------------------------

[[ $niceness == 0 ]] || echo "$niceness" >/proc/self/autogroup || fail "only root may use --nice $niceness"
rows="$out/rows.csv"
samples="$out/samples.csv"
echo "round,hop_ns,library,operation,bytes,mode,ranks,calls,micros_per_call,best_micros,check" >"$samples"
common=()

run_openmpi() {
  local root=() many=()
  [[ $(id -u) != 0 ]] || root=(--allow-run-as-root)
  (($(nproc) >= ranks)) || many=(--oversubscribe)
  mpirun.openmpi "${root[@]}" "${many[@]}" --bind-to "$1" -np "$ranks" "$build/mpi" --label "openmpi-$1" "${common[@]}"
}

# Starts a command for each rank and waits for all; the first failure is the result.
for_each_rank() {
  local rank ids=() status=0
  for ((rank = 0; rank < ranks; rank++)); do
    "$@" "$rank" &
    ids+=($!)
  done
  for rank in "${ids[@]}"; do
    wait "$rank" || status=$?
  done
  return $status
}

gloo_rank() {
  "$build/gloo" --label gloo "${common[@]}" --rank "$1" --ranks "$ranks" --store "$store"
}

run_gloo() {
  store="$(mktemp -d)"
  local status=0
  for_each_rank gloo_rank || status=$?
  rm -rf "$store"
  return $status
}

run_java() {
  # In the foreground: where all processors are busy the compiler would not be done when the warm-up is.
  # shellcheck disable=SC2086 # several options are wanted
  "$java_home/bin/java" -Xbatch -XX:MaxRAMPercentage=75 ${JAVA_OPTIONS:-} -cp "$class_path" \
    org.ccl4j.benchmarks.SideBySide "${common[@]}" --ranks "$ranks" --compile-ms $compile --enqueued $enqueued --enqueued-large $enqueued_large "$@"
}

run_threads() {
  run_java --label threads
}

java_rank() {
  CCL_FAKE_TRANSPORT=shm run_java --label processes --rank "$1" --id-file "$id_folder/id"
}

run_processes() {
  id_folder="$(mktemp -d)"
  local status=0
  for_each_rank java_rank || status=$?
  rm -rf "$id_folder"
  return $status
}

# Runs one library and puts the round and the hop before its rows.
sample() {
  local round="$1" hop
  shift
  hop="$("$build/probe")"
  rm -f "$rows"
  "$@" || fail "failed: $*"
  sed "s/^/$round,$hop,/" "$rows" >>"$samples"
}

ways=()
if wants openmpi; then
  for binding in "${bindings[@]}"; do
    ways+=("run_openmpi $binding")
  done
fi
if wants gloo; then ways+=(run_gloo); fi
if wants threads; then ways+=(run_threads); fi
if wants processes; then ways+=(run_processes); fi

for ((round = 1; round <= rounds; round++)); do
  for op in ${ops//,/ }; do
    common=(--ops "$op" --sizes "$byte_sizes" --warm-ms "$warm" --budget-ms "$budget" --out "$rows")
    for ((i = 0; i < ${#ways[@]}; i++)); do
      # Another one begins in each round.
      # shellcheck disable=SC2086 # a function and its argument
      sample $round ${ways[$(((i + round) % ${#ways[@]}))]}
    done
  done
  echo "round $round of $rounds done" >&2
done
rm -f "$rows"

"$java_home/bin/java" -cp "$build/classes" org.ccl4j.benchmarks.ComparisonReport "$samples" "$out/table.md"
cat "$out/table.md"
# The others' mistakes are their own; Gloo's reduce_scatter has them when it is large and the machine busy.
! grep -E '^[^,]*,[^,]*,(threads|processes),.*,WRONG$' "$samples" >&2 || fail "the results above are wrong"
echo >&2
echo "samples: $samples" >&2
