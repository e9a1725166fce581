#!/usr/bin/env bash
# Tries the whole thing from outside: an example program under every launcher, hosts that are slow, lose packets or
# vanish, processes that are killed. One line for each check; the exit status is 0 when none has failed.
#
# usage: ci/e2e.sh [--install] [NAME...]     --install: with apt, what is missing; NAME: only these checks
#
# All of it runs in namespaces of its own (mounts, processes, /dev/shm), so that "nothing is left" means what it says
# and nothing outlives this script. Hosts are network namespaces: each has its own address, but they share the kernel
# and /dev/shm, which is why the fake can move data between them. Only the rendezvous crosses the network.
set -euo pipefail

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/.." && pwd)"
packages=(openmpi-bin mpich iproute2 nftables libopenmpi-dev libgloo-dev g++)

if [[ "${1:-}" == --install ]]; then
  shift
  missing=()
  for package in "${packages[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  if ((${#missing[@]})); then
    echo "e2e: installing ${missing[*]}"
    # What cannot be installed is said by the checks that need it.
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null ||
      echo "e2e: apt could not install all of: ${missing[*]}"
  fi
fi

# What was misspelt would be left out and not be missed.
for name in "$@"; do
  grep -q "^run_check $name " "$here/e2e.sh" || {
    echo "e2e.sh: there is no check $name; see the list at the end of ${BASH_SOURCE[0]}" >&2
    exit 2
  }
done

if [[ -z "${E2E_INSIDE:-}" ]]; then
  namespaces=(--mount --pid --fork --kill-child --mount-proc)
  [[ $(id -u) == 0 ]] || namespaces+=(--map-root-user)
  if ! reason="$(unshare "${namespaces[@]}" true 2>&1)"; then
    echo "SKIPPED everything: no namespaces here ($reason)"
    exit 0
  fi
  E2E_INSIDE=yes exec unshare "${namespaces[@]}" bash "$here/e2e.sh" "$@"
fi

mount -t tmpfs tmpfs /dev/shm
mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns

work="$root/target/e2e"
rm -rf "$work"
mkdir -p "$work/classes" "$work/tmp"
trap 'rm -rf "$work/tmp"' EXIT

java_home="${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}"
class_path="$work/classes"
for module in ccl-api ccl-spi ccl-core ccl-bootstrap backend-fake examples; do
  [[ -d "$root/$module/target/classes" ]] ||
    (cd "$root" && mvn -q -B -pl examples,backend-fake -am package -Dmaven.test.skip=true)
  class_path+=":$root/$module/target/classes"
done
"$java_home/bin/javac" -cp "$class_path" -d "$work/classes" "$here/e2e/Worker.java"
# Short lives: starting matters more than speed.
export JAVA_TOOL_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.io.tmpdir=$work/tmp"
java=("$java_home/bin/java" -cp "$class_path")
example=("${java[@]}" org.ccl4j.examples.AllReduceEverywhere)
once=("${java[@]}" Worker once)
forever=("${java[@]}" Worker forever)

# --- helpers -------------------------------------------------------------------------------------------------------

fail() {
  echo "$*" >&2
  exit 1
}

skip() {
  echo "$*" >&2
  exit 77
}

need() {
  command -v "$1" >/dev/null || skip "no $1 (package $2)"
}

# Starts a rank in the background: start NAME LIMIT COMMAND...; its output is in $log/NAME, its status in the end too.
start() {
  local name="$1" limit="$2"
  shift 2
  (
    status=0
    timeout --kill-after=1 "$limit" "$@" >"$log/$name" 2>&1 || status=$?
    echo $status >"$log/$name.status"
  ) &
}

# The process that start has started last, or the one whose rank is given: of a Java program, the JVM.
jvm_of_rank() {
  local environ
  for environ in /proc/[0-9]*/environ; do
    if [[ "$(readlink "${environ%environ}exe" 2>/dev/null)" == */java ]] &&
      grep -szqxE "(RANK|SLURM_PROCID)=$1" "$environ"; then
      basename "${environ%/environ}"
      return
    fi
  done
  fail "no JVM runs rank $1"
}

# Waits until a file has a line that matches.
await_line() {
  local deadline=$((SECONDS + $3))
  until grep -qsE "$2" "$log/$1"; do
    ((SECONDS < deadline)) || fail "$1 did not print '$2' within $3 s: $(tail -n 3 "$log/$1")"
    sleep 0.05
  done
}

status_of() {
  cat "$log/$1.status"
}

succeeded() {
  local name
  for name in "$@"; do
    [[ "$(status_of "$name")" == 0 ]] || fail "$name ended with $(status_of "$name"): $(first_error "$name")"
  done
}

# All four ranks of the example have said that their sums are right, and found out who had launched them.
four_sums() {
  local rank
  for rank in 0 1 2 3; do
    grep -rqhE "rank $rank of 4: all .* sums are right.*launched by: $1" "$log" ||
      fail "rank $rank of 4 did not say that its sums are right and that it was launched by: $1"
  done
  ! grep -rhE 'WARN|SEVERE' "$log" || fail "there was a warning"
}

# failed NAME PATTERN: ended by itself, not with success, and said this.
failed() {
  local status
  status="$(status_of "$1")"
  [[ "$status" != 124 && "$status" != 137 ]] || fail "$1 hung until it was ended"
  [[ "$status" != 0 ]] || fail "$1 succeeded"
  grep -qE "$2" "$log/$1" || fail "$1 did not say '$2' but: $(first_error "$1")"
}

first_error() {
  grep -m 1 -E 'Exception|CCL-|rror' "$log/$1" || tail -n 1 "$log/$1"
}

# The variables of torchrun, set by hand: torchrun RANK RANKS HOST PORT COMMAND...
limit=40
torchrun() {
  start "rank-$1" "$limit" env RANK="$1" WORLD_SIZE="$2" LOCAL_RANK="$1" LOCAL_WORLD_SIZE="$2" MASTER_ADDR="$3" \
    MASTER_PORT="$4" CCL_STORE_SECRET="${secret:-a secret of this test}" CCL_FAKE_TRANSPORT=shm "${@:5}"
}

port() {
  echo $((20000 + RANDOM % 10000))
}

# --- running one check ---------------------------------------------------------------------------------------------

failures=0

# What is there although nothing should be.
leftovers() {
  local pid name
  for pid in /proc/[0-9]*; do
    pid="${pid#/proc/}"
    [[ $pid != "$$" && $pid != "$BASHPID" ]] || continue
    name="$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null || true)"
    [[ -z "$name" ]] || echo "process $pid (${name:0:60})"
  done
  # The empty folder of a user may stay.
  find /dev/shm "$work/tmp" -mindepth 2 ! -path '*hsperfdata*'
  find /dev/shm "$work/tmp" -maxdepth 1 -type f
}

clean_up() {
  local pid space
  for pid in /proc/[0-9]*; do
    pid="${pid#/proc/}"
    [[ $pid == "$$" || $pid == "$BASHPID" ]] || kill -9 "$pid" 2>/dev/null || true
  done
  for space in /run/netns/*; do
    [[ ! -e "$space" ]] || ip netns del "$(basename "$space")"
  done
  find /dev/shm "$work/tmp" -mindepth 1 -delete 2>/dev/null || true
}

# check NAME DESCRIPTION: runs the function of that name.
check() {
  local name="$1" description="$2" started=$SECONDS status=0 left="" _
  log="$work/$name"
  mkdir -p "$log"
  ("$name") >"$log/check" 2>&1 || status=$?
  if [[ $status == 0 ]]; then
    for _ in {1..10}; do
      left="$(leftovers)"
      [[ -n "$left" ]] || break
      sleep 0.2
    done
    if [[ -n "$left" ]]; then
      status=1
      echo "left behind: ${left//$'\n'/, }" >"$log/check"
    fi
  fi
  clean_up
  case $status in
    0) printf 'ok      %3d s  %s: %s\n' $((SECONDS - started)) "$name" "$description" ;;
    77) printf 'SKIPPED        %s: %s. Reason: %s\n' "$name" "$description" "$(tail -n 1 "$log/check")" ;;
    *)
      failures=$((failures + 1))
      printf 'FAILED  %3d s  %s: %s. %s\n' $((SECONDS - started)) "$name" "$description" "$(tail -n 3 "$log/check")"
      ;;
  esac
}

# Two hosts, 10.77.0.1 and 10.77.0.2, with a cable between them.
two_hosts() {
  need ip iproute2
  local host
  ip link add cable1 type veth peer name cable2 2>/dev/null || skip "no virtual network cables (veth) here"
  for host in 1 2; do
    ip netns add "host$host"
    ip link set "cable$host" netns "host$host"
    ip -n "host$host" address add "10.77.0.$host/24" dev "cable$host"
    ip -n "host$host" link set "cable$host" up
    ip -n "host$host" link set lo up
  done
}

on_host() {
  local host="$1"
  shift
  echo ip netns exec "host$host" "$@"
}

# --- one program, started in every way -----------------------------------------------------------------------------

ranks=(rank-0 rank-1 rank-2 rank-3)

threads() {
  start threads 40 "${example[@]}"
  wait
  succeeded threads
  four_sums explicit
}

launcher() {
  start launcher 60 "$root/ccl" run -n 4 -- "${example[@]}"
  wait
  succeeded launcher
  four_sums 'ccl'
}

by_hand() {
  local port rank
  port="$(port)"
  for rank in 0 1 2 3; do
    torchrun $rank 4 127.0.0.1 "$port" "${example[@]}"
  done
  wait
  succeeded "${ranks[@]}"
  four_sums torchrun
}

openmpi() {
  need mpirun.openmpi openmpi-bin
  local as_root=()
  [[ $(id -u) != 0 ]] || as_root=(--allow-run-as-root)
  start openmpi 60 env CCL_FAKE_TRANSPORT=shm mpirun.openmpi "${as_root[@]}" --oversubscribe -np 4 "${example[@]}"
  wait
  succeeded openmpi
  four_sums openmpi
}

mpich() {
  need mpiexec.hydra mpich
  # It gives a job no id.
  start mpich 60 env CCL_STORE="file:$work/tmp/store" CCL_JOB_ID=mpich CCL_FAKE_TRANSPORT=shm mpiexec.hydra -np 4 "${example[@]}"
  wait
  succeeded mpich
  four_sums pmi
}

# With the variables of a job step of Slurm: slurm_ranks COMMAND...
slurm_ranks() {
  local rank
  for rank in 0 1 2 3; do
    start "rank-$rank" "$limit" env SLURM_PROCID=$rank SLURM_NTASKS=4 SLURM_STEP_NUM_TASKS=4 SLURM_LOCALID=$rank \
      SLURM_NODEID=0 SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_STEP_TASKS_PER_NODE=4 SLURM_STEP_NODELIST=here \
      CCL_STORE="file:$work/tmp/store" CCL_FAKE_TRANSPORT=shm "$@"
  done
}

slurm() {
  slurm_ranks "${example[@]}"
  wait
  succeeded "${ranks[@]}"
  four_sums slurm
}

hosts() {
  two_hosts
  across_hosts "${example[@]}"
  wait
  succeeded "${ranks[@]}"
  four_sums torchrun
}

# A launcher on each host. What they start are not the devices of two hosts but of one, so each rank takes its own.
launcher_hosts() {
  two_hosts
  local host
  for host in 1 2; do
    # shellcheck disable=SC2016,SC2046 # the shell of the rank expands it; words are wanted
    start "launcher-$host" 60 env CCL_STORE_SECRET="a secret of this test" $(on_host $host) \
      "$root/ccl" run -n 2 --nnodes 2 --node-rank $((host - 1)) --master 10.77.0.1:29500 -- \
      sh -c 'CCL_LOCAL_RANK=$CCL_RANK LOCAL_RANK=$CCL_RANK CCL_LOCAL_SIZE=4 LOCAL_WORLD_SIZE=4 exec "$@"' sh "${example[@]}"
  done
  wait
  succeeded launcher-1 launcher-2
  four_sums 'ccl'
}

# Ranks 0 and 1 on one host, 2 and 3 on the other.
across_hosts() {
  local rank
  for rank in 0 1 2 3; do
    # shellcheck disable=SC2046 # words are wanted
    torchrun $rank 4 10.77.0.1 29500 $(on_host $((rank / 2 + 1))) "$@"
  done
}

# --- networks that are not good ------------------------------------------------------------------------------------

loss() {
  two_hosts
  need nft nftables
  local host
  for host in 1 2; do
    ip netns exec "host$host" nft -f - <<END || skip "the kernel cannot drop packets at random (nft numgen)"
table ip lossy {
  chain arriving {
    type filter hook input priority 0;
    meta l4proto tcp iif != lo numgen random mod 100 < 20 counter drop
  }
}
END
  done
  limit=60 across_hosts "${once[@]}" 50
  wait
  succeeded "${ranks[@]}"
  local lost
  lost="$(ip netns exec host1 nft list chain ip lossy arriving)"
  [[ "$lost" =~ packets\ [1-9] ]] || fail "no packet was lost"
}

slow() {
  two_hosts
  need tc iproute2
  # A delay where the kernel has it, or else a cable of 6 kbit/s, over which a short message
  # needs two thirds of that.
  tc -n host2 qdisc add dev cable2 root netem delay 300ms 2>/dev/null ||
    tc -n host2 qdisc add dev cable2 root tbf rate 6kbit burst 1540 latency 20s ||
    skip "the kernel has neither netem nor tbf"
  limit=60 across_hosts "${once[@]}" 50
  wait
  succeeded "${ranks[@]}"
}

# The host of ranks 2 and 3 goes away after rank 2 has come and before rank 3 has.
vanishing() {
  two_hosts
  local rank started=$SECONDS
  for rank in 0 1 2; do
    # shellcheck disable=SC2046 # words are wanted
    torchrun $rank 4 10.77.0.1 29500 $(on_host $((rank / 2 + 1))) "${once[@]}" 10
  done
  # Its connection to the store stands.
  until [[ -n "$(ip netns exec host2 ss -Htn state established dport = 29500)" ]]; do
    ((SECONDS - started < 9)) || fail "rank 2 did not reach the store"
    sleep 0.05
  done
  ip -n host2 link set cable2 down
  kill -9 "$(jvm_of_rank 2)"
  wait
  ((SECONDS - started <= 20)) || fail "it took $((SECONDS - started)) s, with a deadline of 10"
  failed rank-0 'CCL-4002 .*ranks 2, 3 of 4'
  failed rank-1 'CCL-4002 .*ranks 2, 3 of 4'
}

unreachable() {
  two_hosts
  local started=$SECONDS
  # Nobody has this address; and this one answers nothing.
  # shellcheck disable=SC2046 # words are wanted
  torchrun 1 2 10.77.0.9 29500 $(on_host 2) "${once[@]}" 5
  wait
  ((SECONDS - started <= 10)) || fail "it took $((SECONDS - started)) s, with a deadline of 5"
  failed rank-1 'CCL-5003 .*10\.77\.0\.9'
}

silent() {
  two_hosts
  need nft nftables
  local started=$SECONDS
  ip netns exec host1 nft 'add table ip silent; add chain ip silent arriving { type filter hook input priority 0; policy drop; }' ||
    skip "the kernel has no nft"
  # shellcheck disable=SC2046 # words are wanted
  torchrun 1 2 10.77.0.1 29500 $(on_host 2) "${once[@]}" 5
  wait
  ((SECONDS - started <= 10)) || fail "it took $((SECONDS - started)) s, with a deadline of 5"
  failed rank-1 'CCL-5003 .*10\.77\.0\.1'
}

no_such_name() {
  torchrun 1 2 no-such-host.invalid 29500 "${once[@]}" 5
  wait
  failed rank-1 'CCL-5004 .*no-such-host\.invalid'
}

# By rank 0 of another job.
port_taken() {
  local port
  port="$(port)"
  torchrun 0 2 127.0.0.1 "$port" "${once[@]}" 8
  until [[ -n "$(ss -Hltn sport = "$port")" ]]; do
    [[ ! -e "$log/rank-0.status" ]] || fail "the first job did not serve: $(first_error rank-0)"
    sleep 0.05
  done
  start second 30 env RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT="$port" \
    CCL_STORE_SECRET="the secret of another job" CCL_FAKE_TRANSPORT=shm "${once[@]}" 5
  wait
  failed second "CCL-5005 .*$port"
  failed rank-0 'CCL-4002 .*rank 1 of 2'
}

# --- mistakes ------------------------------------------------------------------------------------------------------

wrong_secret() {
  local port
  port="$(port)"
  torchrun 0 2 127.0.0.1 "$port" "${once[@]}" 8
  secret="quite another secret" torchrun 1 2 127.0.0.1 "$port" "${once[@]}" 8
  wait
  failed rank-1 'CCL-5008 .*another secret'
  failed rank-0 'CCL-4002 .*rank 1 of 2'
}

no_secret() {
  start rank-0 30 env RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT="$(port)" \
    "${once[@]}" 5
  wait
  failed rank-0 'CCL-5007 .*CCL_STORE_SECRET'
}

rank_out_of_range() {
  torchrun 2 2 127.0.0.1 "$(port)" "${once[@]}" 5
  wait
  failed rank-2 'CCL-1009 .*rank is 2.*0 to 1'
}

same_rank_twice() {
  local port
  port="$(port)"
  torchrun 0 2 127.0.0.1 "$port" "${once[@]}" 6
  torchrun 1 2 127.0.0.1 "$port" "${once[@]}" 6
  start again 30 env RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT="$port" \
    CCL_STORE_SECRET="a secret of this test" CCL_FAKE_TRANSPORT=shm "${once[@]}" 6
  wait
  # Who comes second is told so, whichever of them that is.
  grep -hE 'CCL-2017 .*rank 1 is taken' "$log/rank-1" "$log/again" >/dev/null || fail "nobody was told: $(first_error again)"
}

sizes_differ() {
  local port
  port="$(port)"
  torchrun 0 2 127.0.0.1 "$port" "${once[@]}" 6
  torchrun 1 3 127.0.0.1 "$port" "${once[@]}" 6
  wait
  failed rank-0 'CCL-2018 .*2.* on rank 0 and .*3.* on rank 1'
  failed rank-1 'CCL-2018 .*2.* on rank 0 and .*3.* on rank 1'
}

half_set() {
  start rank-0 30 env RANK=0 MASTER_ADDR=127.0.0.1 "${once[@]}" 5
  wait
  failed rank-0 'CCL-1009 .*WORLD_SIZE'
}

# Of the same step, started anew after all its ranks had been killed.
stale_store() {
  slurm_ranks "${forever[@]}" 20
  await_sums
  kill_all
  [[ -n "$(find "$work/tmp/store" -type f)" ]] || fail "nothing was left behind, so this tries nothing"
  slurm_ranks "${once[@]}" 20
  wait
  succeeded "${ranks[@]}"
}

full_disk() {
  mkdir "$work/tmp/disk"
  mount -t tmpfs -o size=64k,mode=700 tmpfs "$work/tmp/disk"
  dd if=/dev/zero of="$work/tmp/disk/filler" bs=1k count=64 2>/dev/null || true
  local rank
  for rank in 0 1; do
    start "rank-$rank" 30 env CCL_RANK=$rank CCL_SIZE=2 CCL_LOCAL_RANK=$rank CCL_LOCAL_SIZE=2 CCL_JOB_ID=full \
      CCL_STORE="file:$work/tmp/disk" CCL_FAKE_TRANSPORT=shm "${once[@]}" 6
  done
  wait
  umount "$work/tmp/disk"
  rmdir "$work/tmp/disk"
  failed rank-0 "CCL-5009 .*$work/tmp/disk.*full"
}

small_shared_memory() {
  mount -o remount,size=256k /dev/shm
  local port rank
  port="$(port)"
  for rank in 0 1; do
    torchrun $rank 2 127.0.0.1 "$port" "${once[@]}" 6
  done
  wait
  mount -o remount,size=50% /dev/shm
  grep -qE 'CCL-[0-9]+.*/dev/shm' "$log/rank-0" "$log/rank-1" || fail "nobody was told: $(first_error rank-0)"
}

# --- processes that are killed -------------------------------------------------------------------------------------

run_forever() {
  local port rank
  port="$(port)"
  for rank in 0 1 2 3; do
    torchrun $rank 4 127.0.0.1 "$port" "${forever[@]}" 20
  done
  await_sums
}

await_sums() {
  local rank
  for rank in 0 1 2 3; do
    await_line "rank-$rank" 'has the sum' 20
  done
}

# At once, so that nobody is there to clean up.
kill_all() {
  local rank jvms=()
  for rank in 0 1 2 3; do
    jvms+=("$(jvm_of_rank $rank)")
  done
  kill -9 "${jvms[@]}"
  wait
}

killed() {
  run_forever
  kill -9 "$(jvm_of_rank 2)"
  local started=$SECONDS rank
  wait
  ((SECONDS - started <= 5)) || fail "the others took $((SECONDS - started)) s to end"
  for rank in 0 1 3; do
    failed "rank-$rank" 'CCL-3003 .*rank 2'
  done
}

all_killed() {
  run_forever
  kill_all
  local left port
  left="$(find /dev/shm -type f | wc -l)"
  ((left)) || fail "nothing was left behind, so this tries nothing"
  port="$(port)"
  for rank in 0 1; do
    torchrun $rank 2 127.0.0.1 "$port" "${once[@]}" 20
  done
  wait
  succeeded rank-0 rank-1
  echo "$left files were left for the next job to remove"
}

launcher_killed() {
  start launcher 60 "$root/ccl" run -n 2 -- "${forever[@]}" 20
  local launcher deadline
  await_line launcher 'rank 1.*has the sum' 40
  launcher="$(jvm_running org.ccl4j.tools.Main)"
  kill -9 "$launcher"
  deadline=$((SECONDS + 5))
  while [[ -n "$(jvm_running Worker)" ]]; do
    ((SECONDS <= deadline)) || fail "ranks outlived the launcher by 5 s"
    sleep 0.1
  done
}

# What it shares with its processes goes as well.
verify_ended() {
  local deadline=$((SECONDS + 40))
  start verify 60 "$root/ccl" verify --processes 2
  until [[ -n "$(find /dev/shm -path '*/ccl-verify-*/*' -print -quit)" ]]; do
    ((SECONDS < deadline)) || fail "it shared nothing in /dev/shm"
    sleep 0.05
  done
  kill -TERM "$(jvm_running org.ccl4j.tools.Main)"
  wait
  [[ "$(status_of verify)" == 143 ]] || fail "it ended with $(status_of verify)"
}

# The first JVM with that main class.
jvm_running() {
  local pid
  for pid in /proc/[0-9]*; do
    if [[ "$(readlink "$pid/exe" 2>/dev/null)" == */java ]] &&
      grep -szqx "$1" "$pid/cmdline"; then
      basename "$pid"
      return
    fi
  done
}

# --- the comparison with others ------------------------------------------------------------------------------------

# Only whether it runs: the figures of a busy machine say nothing.
side_by_side() {
  need mpic++.openmpi libopenmpi-dev
  need g++ g++
  [[ -d /usr/include/gloo ]] || skip "no Gloo (package libgloo-dev)"
  start run 150 env -u JAVA_TOOL_OPTIONS "$root/ccl-benchmarks/side-by-side/run.sh" --built --quick \
    --rounds 1 --ops all_reduce --sizes 8,1M --out "$log/results"
  wait
  succeeded run
  (($(grep -c '^| all_reduce ' "$log/results/table.md") == 4)) || fail "the tables are not complete"
}

# --- the list ------------------------------------------------------------------------------------------------------

only=" $* "
run_check() {
  if (($(wc -w <<<"$only"))) && [[ "$only" != *" $1 "* ]]; then return; fi
  check "$@"
}

run_check threads "the example, its ranks being threads"
run_check launcher "the example under ./ccl run -n 4"
run_check by_hand "the example in four shells with torchrun's variables"
run_check openmpi "the example under Open MPI's mpirun -np 4"
run_check mpich "the example under MPICH's mpiexec -np 4"
run_check slurm "the example with Slurm's variables and a file store"
run_check hosts "the example, its ranks meeting across two hosts"
run_check launcher_hosts "the example under ./ccl run on each of two hosts"
run_check loss "two hosts, one packet in five lost"
run_check slow "two hosts, one of them slow"
run_check vanishing "a host vanishes in the middle of connect"
run_check unreachable "nobody has the master's address"
run_check silent "the master's host answers nothing"
run_check no_such_name "the master's name does not resolve"
run_check port_taken "the master's port is taken"
run_check wrong_secret "one rank has another secret"
run_check no_secret "no secret"
run_check half_set "half of the variables"
run_check rank_out_of_range "rank 2 of 2"
run_check same_rank_twice "the same rank twice"
run_check sizes_differ "ranks that disagree about their number"
run_check stale_store "a file store with the keys of a dead job"
run_check full_disk "the disk under the file store is full"
run_check small_shared_memory "/dev/shm is too small"
run_check killed "kill -9 of one rank in an all-reduce"
run_check all_killed "kill -9 of all ranks, and the job after that"
run_check launcher_killed "kill -9 of the launcher"
run_check verify_ended "SIGTERM for ccl verify and its processes"
run_check side_by_side "the comparison with Open MPI and Gloo"

echo "e2e: $failures failed, in $SECONDS s; the output of each is in $work"
exit $((failures > 0))
