#!/bin/bash
# Fuzzes one target, or all of them in turn, with libFuzzer and the address and undefined-behaviour sanitizers.
# usage: tests/fuzz/fuzz.sh TARGET|all SECONDS [FOLDER]   (FOLDER keeps build, corpora and what was found)
# Needs clang with its runtime (Debian: clang-14 libclang-rt-14-dev libfuzzer-14-dev). What is found belongs, made small, into
# tests/fuzz/found/TARGET-…, where `make check` replays it.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
target=${1:?target or all} seconds=${2:?seconds} folder=${3:-${TMPDIR:-/tmp}/sohoa-fuzz}
clang=$(command -v clang-14 || command -v clang) || { echo "fuzz: no clang: apt-get install clang-14 libclang-rt-14-dev libfuzzer-14-dev" >&2; exit 2; }
mkdir -p "$folder/build" "$folder/corpus"
cd "$folder/build"
[ -x "$source/configure" ] || (cd "$source" && ./autogen.sh)
[ -f Makefile ] || "$source/configure" CC="$clang" CFLAGS='-g -O1 -fsanitize=fuzzer-no-link' --enable-sanitizers >configure.log
make -s -j"$(nproc)" all-libraries >make.log 2>&1 || { tail -n 20 make.log; exit 2; }
make -s tests/fuzz/fuzz FUZZ_LDFLAGS='-fsanitize=fuzzer' >>make.log 2>&1 || { tail -n 20 make.log; exit 2; }
[ "$target" != all ] || target=$(sed -n 's/^  { "\([a-z0-9]*\)", run_.*/\1/p' "$source/tests/fuzz/targets.c")
printf '%-10s %12s %10s %8s  %s\n' target inputs 'a second' corpus result
status=0
for one in $target; do
  mkdir -p "$folder/corpus/$one" "$folder/found"
  result=ok
  FUZZ_TARGET=$one FUZZ_SEEDS=$folder/corpus/$one ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 timeout $((seconds + 60)) tests/fuzz/fuzz "$folder/corpus/$one" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$folder/found/$one-" >"$folder/$one.log" 2>&1 || { result="see $folder/$one.log"; status=1; }
  printf '%-10s %12s %10s %8s  %s\n' "$one" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$one.log")" \
    "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$folder/$one.log")" "$(find "$folder/corpus/$one" -type f | wc -l)" "$result"
done
exit $status
