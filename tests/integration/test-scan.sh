#!/bin/bash
# Paper: the real daemon, the real scan worker, a simulated scanner on loopback. Bit-exact pages, named faults with
# every announced page kept, jam and restart, SIGKILL of worker and daemon, separators, the gate.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
. "${SOHOA_TOP_SRCDIR:?}/tests/escl/escl-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/scan/sohoa-scan-worker" dbus-daemon gdbus sqlite3 qpdf python3 pdftoppm

prepare
start_receiver
write_signing_conf desk <<CONF
[scanners]
call-limit-ms=3000
CONF
"$pages" --seed 21 --count 3 --kind clean --pages 2 --out "$work/paper" >/dev/null
mapfile -t paper < <(ls "$work"/paper/*/page-*.jpg)
sides=("${paper[@]}" "${paper[@]}")
sides=("${sides[@]:0:6}") # three sheets, both sides
ok "the daemon starts" start_daemon

batch_state() { bus_call Scanner.GetBatch "$1" 2>/dev/null | sed -n "s/.*'state': <'\([a-z]*\)'>.*/\1/p"; }
batch_number() { bus_call Scanner.GetBatch "$1" | sed -n "s/.*'$2': <\(uint32 \)\{0,1\}\([0-9]*\)>.*/\2/p"; }
scan() { # OPTION…: status in $status, its words in $work/said
  timeout 90 "$sohoa" scan -d "${device:-escl:$scanner_url}" "$@" >"$work/said" 2>"$work/err"
  status=$?
  batch=$(sed -n 's/^batch: //p' "$work/said")
}
expect() { # STATUS TEXT: of the last scan
  [ "$status" = "$1" ] && grep -q -- "$2" "$work/said" "$work/err" && return
  echo "status $status, wanted $1 and '$2'"; cat "$work/said" "$work/err"
  return 1
}
# The picture streams of the spool are the very bytes that the device sent, in their order.
same_bytes() { # ID FIRST-IMAGE
  local n=$2 file
  for file in $(ls "$work/state/spool/$1"/input-* | sort -t- -k2 -V); do
    cmp "$file" "$work/rec/$(printf 'image-%04u.jpg' "$n")" || return 1
    n=$((n + 1))
  done
  [ "$n" -gt "$2" ]
}
documents() { sed -n 's/^document: //p' "$work/said"; }
stop_scanner() {
  [ -z "$scanner_pid" ] && return
  kill "$scanner_pid" 2>/dev/null
  wait "$scanner_pid" 2>/dev/null
  scanner_pid=
}
new_scanner() { # OPTION… [-- FILE…]
  rm -rf "$work/rec"
  mkdir "$work/rec"
  stop_scanner
  start_scanner Sim --record "$work/rec" --log "$work/scan.log" "$@"
}

# ---- a stack, both sides ----
scanner_pid=
new_scanner "${sides[@]}"
scan -s adf-duplex --sheets 3
ok "a duplex stack of three sheets is one document" expect 0 "3 sheets x 2 sides"
id=$(documents)
ok "six pages were kept" test "$(batch_number "$batch" kept)" = 6
ok "the spool has the device's bytes" same_bytes "$id" 1
ok "it comes to review" wait_state "$id" 60 review
for f in $("$sohoa" show "$id" --json | sed -n '/"needs_person"/,/]/s/.*"\([A-Z][A-Za-z]*\)".*/\1/p'); do :; done
"$sohoa" confirm "$id" --as demo >/dev/null
ok "and is registered" wait_state "$id" 60 done
"$sohoa" export "$id" "$work/export" --name "{id}" >/dev/null
# the raw streams of the PDF's images, by a program that is not ours
cat >"$work/streams.py" <<'PY'
import hashlib, json, subprocess, sys
pdf = sys.argv[1]
doc = json.loads(subprocess.run(["qpdf", "--json=2", "--json-stream-data=inline", "--decode-level=none", pdf], capture_output=True).stdout)
import base64
objects = doc["qpdf"][1]
for page in doc["pages"]:
    for image in page["images"]:
        data = base64.b64decode(objects["obj:" + image["object"]]["stream"]["data"])
        print(hashlib.sha256(data).hexdigest())
PY
pdf_exact() {
  python3 "$work/streams.py" "$work/export/$id.pdf" >"$work/in-pdf"
  sha256sum "$work"/rec/image-*.jpg | cut -d' ' -f1 >"$work/from-device"
  diff "$work/in-pdf" "$work/from-device" && [ "$(wc -l <"$work/in-pdf")" = 6 ]
}
ok "the PDF's image streams are the device's JPEG files" pdf_exact
ok "no key and no sealed page is left" sh -c "[ -z \"\$(ls '$work/runtime/keys')\" ] && ! find '$work/state/batches' -name '*.sealed' | grep -q ."

# ---- faults: each has its name, and what was announced stays ----
fault() { # NAME LINE KEPT OPTION…: the scan waits with Scan.NAME, KEPT pages are announced
  local name=$1 line=$2 kept=$3
  shift 3
  new_scanner --fault "$line" "${sides[@]}"
  scan -s adf-duplex "$@"
  ok "$line: $name" expect 6 "$name"
  ok "$line: $kept pages stay" test "$(batch_number "$batch" kept)" = "$kept"
}
fault Scan.Jam "jam 2" 2
ok "it says what to put back" grep -q "from sheet 2 on" "$work/err"
ok "M2 and M1 in the clerk's words" sh -c "grep -qF 'Kẹt giấy ở tờ thứ 2. Lấy tờ kẹt ra, đặt lại từ tờ thứ 2 rồi bấm Quét tiếp. [M2]' '$work/err' && grep -q 'được giữ nguyên (2 trang). .*\[M1\]' '$work/err'"
scanner_control clear
scan --batch "$batch"
ok "the rest follows, one document of six" expect 0 "3 sheets x 2 sides + 0 again = kept 6"
ok "M4: the count matches" grep -qF "Đủ giấy: 3 tờ, 6 mặt = 6 trang giữ + 0 trang trắng. [M4]" "$work/err"
ok "all pages are the device's" same_bytes "$(documents)" 1
fault Scan.Jam "jam 3 back" 4
scanner_control clear
scan --batch "$batch"
ok "a sheet whose front came before the jam is fed again" expect 0 "3 sheets x 2 sides + 0 again = kept 6"
fault Scan.CoverOpen "cover 2" 2
fault Scan.DoubleFeed "double-feed 2" 2
ok "M3" grep -qF "Máy kéo hai tờ cùng lúc sau trang 2." "$work/err"
fault Scan.Vanished "cut 3" 2
fault Scan.BadImage "shorter 3" 2
fault Scan.Vanished "longer 3" 2
fault Scan.BadImage "type 3" 2
fault Scan.BadImage "garbage 3" 2
fault Scan.Vanished "vanish 5" 4
fault Scan.Hang "hang 5" 4
fault Scan.Hang "stall 5" 4
fault Scan.AccessDenied "denied 9" 0
new_scanner --empty "${sides[@]}"
scan -s adf
ok "an empty feeder" expect 6 Scan.NoPaper
new_scanner --fault "busy 3 2" "${sides[@]}"
scan -s adf-duplex
ok "busy for a while is no fault" expect 0 "kept 6"

# ---- separators, also upside down and on the back ----
"$sohoa" separators -o "$work/separators.pdf"
qpdf --rotate=180 "$work/separators.pdf" "$work/turned.pdf"
printf '%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n' >"$work/blank.pdf"
picture_of() { pdftoppm -r 150 -jpeg -singlefile "$work/$1.pdf" "$work/$2" 2>/dev/null && mv "$work/$2.jpg" "$work/$1.jpg"; }
for name in separators turned blank; do picture_of $name page-of-$name; done
stack=("${sides[@]:0:2}" "$work/separators.jpg" "$work/blank.jpg" "${sides[@]:2:2}" "$work/blank.jpg" "$work/turned.jpg" "${sides[@]:4:2}")
new_scanner "${stack[@]}"
scan -s adf-duplex --separators patch-t
ok "three documents in one stack, two separator sheets" expect 0 "5 sheets x 2 sides + 0 again = kept 6 + blank 0 + separators 4"
ok "three documents" test "$(documents | wc -l)" = 3

# ---- the gate ----
"$pages" --seed 31 --count 1 --kind clean --pages 1 --secrecy MAT --out "$work/confidential" >/dev/null
secret=$(ls "$work"/confidential/*/page-01.jpg | head -n 1)
new_scanner --sides 1 --interval-ms 300 "${sides[0]}" "$secret" "${sides[@]}"
scan -s adf
ok "a secrecy mark holds the batch" expect 4 "secrecy"
ok "M15, and M16 of a scanner on the network" sh -c "grep -q 'nghi tài liệu mật.*\[M15\]' '$work/err' && grep -q 'có thể còn lưu ảnh trong bộ nhớ.*\[M16\]' '$work/err'"
ok "nothing of it lies open" sh -c "! find '$work/state/batches/$batch' -name 'page-*' ! -name '*.sealed' | grep -q ."
ok "the log does not name it" sh -c "! grep -q MẬT '$work/sohoad.log'"
ok "who scanned it cannot release it" sh -c "! '$sohoa' scan --batch $batch --release --reason Thử 2>/dev/null"
ok "purge" "$sohoa" scan --batch "$batch" --purge
ok "the key and the pages are gone" sh -c "[ ! -e '$work/runtime/keys/$batch' ] && ! find '$work/state/batches/$batch' -name 'page-*' | grep -q ."

# ---- SIGKILL ----
child() { # NAME: a process of that name started by our daemon
  local pid
  for pid in $(cat /proc/"$daemon_pid"/task/*/children 2>/dev/null); do
    [ "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -d' ' -f1 | sed 's|.*/||')" = "$1" ] && echo "$pid" && return
  done
}
kill_child() { # NAME: while a stack is fed
  local pid=
  new_scanner --interval-ms 1000 "${sides[@]}"
  timeout 90 "$sohoa" scan -d "escl:$scanner_url" -s adf-duplex >"$work/said" 2>"$work/err" &
  client=$!
  sleep 1
  for _ in $(seq 400); do pid=$(child "$1"); [ -n "$pid" ] && break; sleep 0.05; done
  kill -KILL "$pid"
  wait "$client"
  status=$?
  batch=$(sed -n 's/^batch: //p' "$work/said")
}
kill_child sohoa-page-worker
ok "a page worker killed in mid-stack is replaced, nothing is lost" expect 0 "3 sheets x 2 sides + 0 again = kept 6"
kill_child sohoa-scan-worker
ok "a scan worker killed in mid-stack has its name" expect 6 "Scan.WorkerDied"
rest=$(batch_number "$batch" put-back)
stop_scanner
start_scanner Sim --record "$work/rec" "${sides[@]:$(((rest - 1) * 2))}"
timeout 90 "$sohoa" scan --batch "$batch" -d "escl:$scanner_url" >"$work/said" 2>"$work/err"
status=$?
ok "put back from sheet $rest, it becomes whole" expect 0 "3 sheets x 2 sides + 0 again = kept 6"

new_scanner --interval-ms 2500 "${sides[@]}"
timeout 60 "$sohoa" scan -d "escl:$scanner_url" -s adf-duplex >"$work/said" 2>"$work/err" &
client=$!
for _ in $(seq 400); do
  batch=$(sed -n 's/^batch \([0-9a-z]*\) .*/\1/p' "$work/err" | head -n 1)
  [ -n "$batch" ] && [ "$(batch_number "$batch" kept)" -ge 2 ] && break
  sleep 0.1
done
before=$(bus_call Scanner.GetPages "$batch" 0 200 | grep -o "'sha256': <'[0-9a-f]\{64\}'>" | sort)
kill_daemon KILL
wait "$client"
ok "the daemon starts again after SIGKILL in mid-stack" start_daemon
for _ in $(seq 400); do [ "$(batch_number "$batch" sealed)" = 0 ] && break; sleep 0.1; done
after=$(bus_call Scanner.GetPages "$batch" 0 200 | grep -o "'sha256': <'[0-9a-f]\{64\}'>" | sort)
ok "no announced page is lost" test -z "$(comm -23 <(echo "$before") <(echo "$after"))"
ok "the batch says that it was interrupted" sh -c "echo '$(bus_call Scanner.GetBatch "$batch" | tr -d "'")' | grep -q Scan.Interrupted"
put_back=$(batch_number "$batch" put-back)
stop_scanner
start_scanner Sim --record "$work/rec" "${sides[@]:$(((put_back - 1) * 2))}"
timeout 90 "$sohoa" scan --batch "$batch" -d "escl:$scanner_url" >"$work/said" 2>"$work/err"
status=$?
ok "put back from sheet $put_back, it becomes whole" expect 0 "3 sheets x 2 sides + 0 again = kept 6"
finish
