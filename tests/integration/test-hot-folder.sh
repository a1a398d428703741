#!/bin/bash
# Hot folders as offices have them: one scan in many files, tickets beside files, folders that choose the profile, a network mount.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon gdbus sqlite3

prepare
start_receiver
mkdir -p "$work/multi" "$work/kinds/VN-TT05-2025" "$work/kinds/not-a-profile"
write_conf qlvb <<CONF
[hotfolder multi]
path=$work/multi
stable-seconds=0
group=_
group-seconds=1
tickets=optional
[hotfolder kinds]
path=$work/kinds
stable-seconds=0
watch=poll
subfolders=yes
CONF
ok "the daemon starts" start_daemon

has_documents() { [ "$(ids | wc -l)" = "$1" ]; }
wait_documents() { # COUNT SECONDS
  local end=$(($(date +%s) + $2 * patience))
  until has_documents "$1"; do
    [ "$(date +%s)" -le "$end" ] || { echo "documents: $(ids | wc -l), wanted $1"; return 1; }
    sleep 0.1
  done
}
json_of() { "$sohoa" show "$1" --json; }
newest() { ids | sort | tail -n 1; }

# ---- one scan, many files ----
for n in 1 2 3; do make_page $((40 + n)) >"$work/made-$n"; done # first: the pages of one scan come within a second
for n in 3 2 1; do cp "$(cat "$work/made-$n")" "$work/multi/may_000$n.jpg"; done
ok "three files are one document" wait_documents 1 20
id=$(newest)
ok "it comes to review" wait_state "$id" 60 review
sources() { json_of "$id" | sed -n 's/^ *"source" *: *"\(may_[^"]*\)".*/\1/p' | tr '\n' ' '; }
ok "the pages stand in the order of their numbers" test "$(sources)" = "may_0001.jpg may_0002.jpg may_0003.jpg "

# ---- a page that does not come ----
cp "$(make_page 45)" "$work/multi/lo_3.jpg" # the last first: a scan that begins with it is never whole
cp "$(make_page 44)" "$work/multi/lo_1.jpg"
sleep 3
ok "a scan with a hole waits" has_documents 1
ok "and the doctor says so" sh -c "'$sohoa' doctor | grep 'hot folder multi' | grep -q '2 files wait'"
cp "$(make_page 46)" "$work/multi/lo_2.jpg"
ok "with its page it is taken" wait_documents 2 20

# ---- tickets ----
cat >"$work/multi/.p.json" <<JSON
{"profile": "VN-TT05-2025", "priority": 2, "set": {"CodeNumber": "98765", "ToPlaces": "Phòng Văn hóa"}}
JSON
mv "$work/multi/.p.json" "$work/multi/phieu.json"
cp "$(make_page 47)" "$work/multi/phieu.jpg"
ok "a file with its ticket is taken" wait_documents 3 20
id=$(newest)
ok "it comes to review too" wait_state "$id" 60 review
ok "in the ticket's profile" sh -c "'$sohoa' show '$id' --json | grep -q '\"profile\" *: *\"VN-TT05-2025\"'"
ok "what the paper shows is not overwritten" sh -c "! '$sohoa' show '$id' --json | grep -A1 CodeNumber | grep -q 98765"
ok "that the ticket says something else is said" sh -c "'$sohoa' show '$id' --json | grep -q 'ticket-differs: CodeNumber'"
echo '{"run": "/bin/sh"}' >"$work/multi/.x"
mv "$work/multi/.x" "$work/multi/xau.json"
cp "$(make_page 48)" "$work/multi/xau.jpg"
for _ in $(seq 400); do [ -f "$work/multi/rejected/xau.jpg.reason.txt" ] && break; sleep 0.1; done
ok "a bad ticket sets the file aside with a reason" grep -q 'xau.json: unknown member' "$work/multi/rejected/xau.jpg.reason.txt"
ok "and the file with it" test -f "$work/multi/rejected/xau.jpg" -a -f "$work/multi/rejected/xau.json"
sum=$(sha256sum "$(make_page 49)" | cut -d' ' -f1)
echo "<ticket sha256=\"${sum%??}00\"/>" >"$work/multi/.x"
mv "$work/multi/.x" "$work/multi/khac.xml"
cp "$(make_page 49)" "$work/multi/khac.jpg"
for _ in $(seq 400); do [ -f "$work/multi/rejected/khac.jpg.reason.txt" ] && break; sleep 0.1; done
ok "a ticket of another file is refused" grep -q 'another file' "$work/multi/rejected/khac.jpg.reason.txt"
ok "neither became a document" has_documents 3

# ---- folders that choose the profile; no notices from the kernel ----
cp "$(make_page 50)" "$work/kinds/VN-TT05-2025/a.jpg"
cp "$(make_page 51)" "$work/kinds/not-a-profile/b.jpg"
ok "a file in a profile's folder is taken" wait_documents 4 20
id=$(newest)
ok "it comes to review as well" wait_state "$id" 60 review
ok "in the folder's profile" sh -c "'$sohoa' show '$id' --json | grep -q '\"profile\" *: *\"VN-TT05-2025\"'"
ok "what lies in another folder is left alone" test -f "$work/kinds/not-a-profile/b.jpg"
ok "and that is said" grep -q 'not-a-profile: its name is no profile' "$work/sohoad.log"

# ---- killed while claims are open: nothing twice, nothing lost ----
before=$(ids | sort)
kill_daemon KILL
ok "the daemon starts again" start_daemon
sleep 2
ok "the same documents" test "$(ids | sort)" = "$before"
finish
