#!/usr/bin/env bash
# Packs the command-line tool, the conformance rules and a Java runtime into one archive, for machines that have no JDK,
# no Maven and no network: unpack it anywhere and run ccl4j/ccl.
#
# usage: ci/bundle.sh OUT.tgz      makes the archive
#        ci/bundle.sh --check TGZ  unpacks it and runs it with nothing on the PATH
#
# Needs a JDK (JAVA_HOME, or the one on the PATH) with jlink, and Maven. The runtime is this JDK's and fits the
# system and the processor that this runs on.
set -euo pipefail

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/.." && pwd)"
most_bytes=60000000

fail() {
  echo "bundle: $*" >&2
  exit 1
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

check() {
  tar -xzf "$1" -C "$work"
  local bundle="$work/ccl4j" step
  # Blanks in the path, a link to the script, no PATH, no JAVA_HOME: what the archive needs it has to have.
  mkdir "$work/some where"
  mv "$bundle" "$work/some where/"
  bundle="$work/some where/ccl4j"
  ln -s "some where/ccl4j/ccl" "$work/link"
  for step in "doctor" "verify --backend fake --area 3" "verify --backend fake --area 1 --processes 2" \
    "perf all_reduce --backend fake --processes 2 -e 64K" "drill --backend fake --ranks 2"; do
    echo "bundle: ccl $step"
    # shellcheck disable=SC2086
    (cd / && env -i CCL_BACKEND=fake "$bundle/ccl" $step) >"$work/log" 2>&1 || {
      cat "$work/log"
      fail "'ccl $step' failed"
    }
    tail -n 1 "$work/log"
  done
  for step in nvidia/nccl amd/rccl moorethreads/mccl cpu/fake; do
    (cd / && env -i "$bundle/ccl" doctor || true) | grep -q "^. $step" || fail "the doctor does not know $step"
  done
  (cd / && env -i PATH=/usr/bin:/bin "$work/link" --version) >/dev/null || fail "the script cannot be linked to"
  echo "bundle: all passed"
}

if [[ "${1:-}" == --check ]]; then
  [[ -r "${2:-}" ]] || fail "no archive '${2:-}'; usage: ci/bundle.sh --check TGZ"
  check "$2"
  exit
fi

[[ $# == 1 && "$1" != -* ]] || fail "usage: ci/bundle.sh OUT.tgz | --check TGZ"
mkdir -p "$(dirname "$1")"
out="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")" || fail "no folder for $1"

java_home="${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}"
[[ -x "$java_home/bin/jlink" ]] && "$java_home/bin/jlink" --list-plugins >/dev/null 2>&1 || fail "$java_home is no JDK with jlink; set JAVA_HOME to one"
export JAVA_HOME="$java_home"

bundle="$work/ccl4j"
mkdir -p "$bundle/lib"
log="$work/maven.log"
# As the script ccl builds it: in a folder of its own and without the checks, which are for `mvn verify`.
(cd "$root" && mvn -q -B -pl ccl-tools -am package dependency:copy-dependencies \
  -DincludeScope=runtime "-DoutputDirectory=$bundle/lib" -Dccl.build=target/ccl-bundle -Dccl.checks=-parameters \
  -Dmaven.test.skip=true -Dspotless.check.skip=true) </dev/null >"$log" 2>&1 || {
  tail -n 40 "$log" >&2
  fail "the build failed"
}
cp "$root"/ccl-tools/target/ccl-bundle/*.jar "$bundle/lib/"

# JNA brings its library for some twenty systems; these archives are for two.
jna="$(echo "$bundle"/lib/jna-[0-9]*.jar)"
if [[ -r "$jna" ]]; then
  mkdir "$work/jna"
  (cd "$work/jna" && "$java_home/bin/jar" -xf "$jna" &&
    find com/sun/jna -mindepth 1 -maxdepth 1 -type d -name '*-*' ! -name linux-x86-64 ! -name linux-aarch64 \
      -exec rm -rf {} + &&
    "$java_home/bin/jar" -cfm "$jna" META-INF/MANIFEST.MF .)
fi

# Programs that call the native libraries past the project's own classes, to compare with.
if compgen -G "$here/gpu/*.java" >/dev/null; then
  mkdir "$work/programs"
  "$java_home/bin/javac" --release 17 -cp "$bundle/lib/*" -d "$work/programs" "$here"/gpu/*.java "$root"/ccl-benchmarks/gpu/*.java
  "$java_home/bin/jar" -cf "$bundle/lib/gpu-programs.jar" -C "$work/programs" .
fi

# As one folder: a jar that declares modules would have to find all that it requires, and some of it is left out.
mkdir "$work/classes"
for jar in "$bundle"/lib/*.jar; do
  (cd "$work/classes" && "$java_home/bin/jar" -xf "$jar" && rm -f module-info.class)
done
modules_needed="$("$java_home/bin/jdeps" --ignore-missing-deps --print-module-deps "$work/classes")"
# What no class names: elliptic curves for TLS, and the numbers of threads.
"$java_home/bin/jlink" --add-modules "$modules_needed,jdk.crypto.ec,jdk.management" --compress 2 --strip-debug \
  --no-header-files --no-man-pages --output "$bundle/runtime"

cp "$here/bundle/ccl" "$root/LICENSE" "$bundle/"
for folder in ci/gpu ccl-benchmarks/gpu; do
  [[ ! -d "$root/$folder" ]] || cp -R "$root/$folder" "$bundle/$(basename "$(dirname "$folder")")-gpu"
done

tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1767225600 -cf - ccl4j | gzip -9n >"$out"
bytes="$(stat -c %s "$out")"
echo "bundle: $out, $bytes bytes, modules $modules_needed"
((bytes <= most_bytes)) || fail "more than $most_bytes bytes"
