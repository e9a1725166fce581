#!/usr/bin/env bash
# Fetches the JavaCPP preset of NCCL with Maven, leaves out what the loop does not need, and compiles the loop over it:
# a folder of some 2 MB for --javacpp of run.sh.
#
# usage: ccl-benchmarks/gpu/javacpp.sh OUT_FOLDER
set -euo pipefail

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
[[ $# == 1 ]] || { echo "usage: javacpp.sh OUT_FOLDER" >&2; exit 2; }
mkdir -p "$1"
out="$(cd "$1" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
version=1.5.12

for artifact in org.bytedeco:javacpp:$version org.bytedeco:javacpp:$version:jar:linux-x86_64 \
  org.bytedeco:cuda:12.9-9.10-$version org.bytedeco:cuda:12.9-9.10-$version:jar:linux-x86_64 \
  net.java.dev.jna:jna:5.19.1; do
  mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$work/jars" -Dmdep.useBaseVersion=true \
    -Dtransitive=false </dev/null
done

# The preset's libraries of everything else in CUDA.
mkdir "$work/natives"
(cd "$work/natives" && unzip -q "$work"/jars/cuda-*-linux-x86_64.jar 'org/bytedeco/cuda/linux-x86_64/libjninccl.so' 'META-INF/MANIFEST.MF')
rm "$work"/jars/cuda-*-linux-x86_64.jar
gcc -O2 -shared -fPIC -Wall -Werror -o "$work/natives/org/bytedeco/cuda/linux-x86_64/libjnicudart.so" "$here/javacpp/cudart.c"
(cd "$work/natives" && zip -qr "$work/jars/nccl-linux-x86_64.jar" .)

javac --release 17 -Xlint:-path -d "$out" -cp "$work/jars/*" "$here"/Direct.java "$here"/Loop.java "$here"/javacpp/JavaCppLoop.java
mv "$work"/jars/*.jar "$out/"
rm -f "$out"/jna-*.jar "$out"/Direct*.class "$out"/Loop.class
du -sh "$out"
