#!/bin/bash
# A document that came before: what is told, the three outcomes, one số đến for one document; doubtful values that nobody
# looked at; who corrected what.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon gdbus sqlite3

prepare
start_receiver
write_signing_conf desk </dev/null
ok "the daemon starts" start_daemon
known=("CodeNumber=152" "CodeNotation=SNV-VP" "OrganName=Sở Nội vụ" "TypeName=Công văn" "IssuedDate=2026-11-20"
  "Subject=V/v báo cáo" "FullName=Nguyễn Văn Mẫu")
new() { # SEED: a document in review, its id
  local id
  id=$("$sohoa" add "$(make_page "$1")")
  wait_state "$id" 60 review >/dev/null
  echo "$id"
}
cat >"$work/agencies.csv" <<'CSV'
name,id,old-id,aliases,valid-from,valid-to,predecessor,successor
Sở Nội vụ tỉnh Ví Dụ,H99.05,000.00.05.H99,Sở Nội vụ,,,,
Ủy ban nhân dân huyện Khoái Châu,,,UBND huyện Khoái Châu,,2025-06-30,,
CSV
ok "a directory of agencies is taken" sh -c "'$sohoa' agencies import '$work/agencies.csv' | grep -q '^2 agencies'"
ok "and found without marks" sh -c "'$sohoa' agencies list 'so noi vu' | grep -q '^H99.05 *000.00.05.H99'"
sed 's/^Sở.*/Sở Nội vụ,h99,,,,,,/' "$work/agencies.csv" >"$work/bad.csv"
bad_directory() { ! "$sohoa" agencies import "$work/bad.csv" 2>"$work/err" && grep -q 'agencies:2: id: is no identifier' "$work/err" && "$sohoa" agencies list 05 | grep -q H99.05; }
ok "a bad one is refused by line and column, the old one stays" bad_directory
"$pages" --seed 61 --count 1 --kind clean --pages 1 --handwritten --out "$work/hand" >/dev/null
a=$("$sohoa" add "$(find "$work/hand" -name 'page-01.jpg' | head -n 1)")
ok "a document whose number and date are written by hand" wait_state "$a" 60 review
"$sohoa" set "$a" "Place=Hưng Yên" "OrganName=UBND huyện Khoái Châu"
ok "M13: a body that is no more" sh -c "'$sohoa' show '$a' | grep -q 'UBND huyện Khoái Châu đã kết thúc hoạt động từ 01/7/2025. Giữ nguyên tên trên văn bản. .M13.'"
corrected() { "$sohoa" show "$a" --json >"$work/a.json" && python3 - "$work/a.json" <<'PY'
import json, sys
f = json.load(open(sys.argv[1]))["fields"]["Place"]
assert f["value"] == "Hưng Yên" and f["source"] == "person" and f["by"].startswith("uid:") and f["at"].endswith("+07:00"), f
assert all(h["source"] != "person" for h in f.get("history", [])), f
PY
}
ok "a correction has its author and time" corrected
"$sohoa" set "$a" "Place=Thái Bình"
kept() { "$sohoa" show "$a" --json >"$work/a.json" && python3 - "$work/a.json" <<'PY'
import json, sys
f = json.load(open(sys.argv[1]))["fields"]["Place"]
last = f["history"][-1]
assert f["value"] == "Thái Bình" and last["value"] == "Hưng Yên" and last["by"] == f["by"] and last["source"] == "person", f
PY
}
ok "what was there before is kept beside it" kept

"$sohoa" set "$a" "Subject=V/v của người"
layers() { sha256sum "$work/state/spool/$1/texts" "$work/state/spool/$1/images" 2>/dev/null || sha256sum "$(find "$work" -path "*$1/texts")"; stat -c %i "$(find "$work" -path "*$1/texts")"; }
layers "$a" >"$work/layers"
ok "fields only, from the text layers" "$sohoa" reprocess "$a" --from record
ok "come back to review" wait_state "$a" 30 review
same_layers() { test -s "$work/layers" && layers "$a" | cmp - "$work/layers"; }
ok "nothing was recognised again: the layers are the very same file" same_layers
still() { "$sohoa" show "$a" --json >"$work/a.json" && python3 - "$work/a.json" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
f = r["fields"]
assert f["Subject"]["value"] == "V/v của người" and f["Subject"]["source"] == "person" and f["Subject"]["by"], f["Subject"]
assert f["Place"]["value"] == "Thái Bình" and [h["value"] for h in f["Place"]["history"]][-1] == "Hưng Yên", f["Place"]
assert f["TypeName"]["source"] == "ocr" and r["pages"][0]["ocr"]["words"] > 20
PY
}
ok "a person's values and their history stay, the machine's are read anew" still
unseen() { ! "$sohoa" confirm "$@" 2>"$work/err" && grep -q 'mục cần kiểm tra: .*Bấm F8 để đến từng mục. \[M11\]' "$work/err"; }
ok "doubtful mandatory values nobody looked at: not confirmed (M11)" unseen "$a"
ok "it is still in review" test "$(state_of "$a")" = review
ok "one of them looked at is not all" unseen "$a" --seen IssuedDate
"$sohoa" set "$a" "${known[@]}"
ok "after a person gave the values it is confirmed" "$sohoa" confirm "$a"
ok "and registered" wait_state "$a" 60 done
number=$("$sohoa" show "$a" --json | tr -d '\n' | sed -n 's/.*"ArrivalNumber" *: *{ *"value" *: *"\([0-9]*\)".*/\1/p')
ok "it has a số đến" test -n "$number"
ok "M24 tells it" sh -c "'$sohoa' show '$a' | grep -q 'QLVB đã tiếp nhận. Số đến $number, ngày .*Ghi số này lên dấu ĐẾN. \[M24\]'"
one_number() { test "$(registrations)" = 1; }
ok "one registration" one_number

b=$(new 62)
"$sohoa" set "$b" "${known[@]}" "CodeNumber=0152" "CodeNotation=snv-vp" "Subject=V/v báo cáo, bản giấy"
ok "the same number, symbol and body is found, whatever case and zeros" sh -c "'$sohoa' duplicates '$b' | grep -q '$a.*same number.*số đến $number'"
told() { "$sohoa" show "$b" | grep -q "Bản điện tử của văn bản này đã đến: số đến $number, ngày [0-9/]*. Ghi nhận đã nhận bản giấy, hay đăng ký số mới? \[M12\]"; }
ok "M12 tells it" told
twice() { ! "$sohoa" confirm "$b" 2>"$work/err" && grep -q '\[M12\]' "$work/err"; }
ok "it is not confirmed before a person has decided" twice
nothing() { ! "$sohoa" duplicates "$b" --return 2>"$work/err"; }
ok "to return it needs a reason" nothing
ok "Đã nhận bản giấy" "$sohoa" duplicates "$b" --received
ok "it ends there" test "$(state_of "$b")" = superseded
ok "still one registration" one_number
rows() { test "$("$sohoa" register | grep -c "$a\|$b")" = 1 && "$sohoa" register --csv "$work/r.csv" && grep -q "Đã nhận bản giấy ngày" "$work/r.csv"; }
ok "one row in the register, with the remark" rows
history_of() { bus_call Documents.GetEvents "$1" | grep -q "paper-received"; }
ok "the history of the first says so" history_of "$a"
ok "and that of the paper" history_of "$b"

c=$(new 63)
"$sohoa" set "$c" "${known[@]}"
ok "Đăng ký số mới" "$sohoa" duplicates "$c" --register-new --reason "hai văn bản trùng số"
ok "nothing more is asked" test -z "$("$sohoa" duplicates "$c")"
ok "it is confirmed" "$sohoa" confirm "$c"
ok "and gets a number of its own" wait_state "$c" 60 done
ok "two registrations" test "$(registrations)" = 2

d=$(new 64)
"$sohoa" set "$d" "${known[@]}"
ok "Trả lại nơi gửi" "$sohoa" duplicates "$d" --return --reason "trùng văn bản đã nhận"
ok "it is returned" test "$(state_of "$d")" = returned
e=$(new 65)
"$sohoa" set "$e" "${known[@]}" "IssuedDate=2025-11-20"
ok "the same number of another year is another document" test -z "$("$sohoa" duplicates "$e")"
f=$(new 66)
cp "$(make_page 66)" "$work/again.jpg"
g=$("$sohoa" add "$work/again.jpg")
wait_state "$g" 60 review held >/dev/null
"$sohoa" set "$g" "CodeNumber=9999"
ok "the same pictures are found" sh -c "'$sohoa' duplicates '$g' | grep -q '$f.*same pictures'"
open_one() { "$sohoa" show "$g" | grep -q "Nghi trùng: cùng ảnh quét với một văn bản khác chưa có số đến.*\[M12\]"; }
ok "while the first has no số đến, that is said" open_one
refused() { ! "$sohoa" duplicates "$g" --received 2>"$work/err" && grep -q "has no số đến yet" "$work/err"; }
ok "and its paper cannot be noted" refused
ok "M18: what came today is not done" sh -c "gdbus call --session --dest vn.sohoa.Desk1 --object-path /vn/sohoa/Desk1 --method vn.sohoa.Desk1.Daemon.GetDay | grep -q 'Còn 3 văn bản đến hôm nay chưa đăng ký'"
for id in "$e" "$f" "$g"; do "$sohoa" cancel "$id"; done
ok "M34: nothing left" sh -c "gdbus call --session --dest vn.sohoa.Desk1 --object-path /vn/sohoa/Desk1 --method vn.sohoa.Desk1.Daemon.GetDay | grep -q 'Hôm nay: 2 văn bản đã đăng ký, 2 đã tiếp nhận, 0 còn lại.'"
# what people corrected is proposed when the same body's signer is read again
paper_of() { "$pages" --seed 68 --count 1 --kind "$1" --pages 1 --out "$work/paper-$1" >/dev/null && find "$work/paper-$1" -name 'page-01.*' | head -n 1; }
signer_of() { "$sohoa" show "$1" --json | python3 -c 'import json,sys; f=json.load(sys.stdin)["fields"]["FullName"]; print(f["value"], f["source"], f["confidence"] < 0.9, [h["source"] for h in f.get("history", [])], sep="|")'; }
h=$("$sohoa" add "$(paper_of fax)")
wait_state "$h" 60 review >/dev/null
"$sohoa" set "$h" CodeNumber=7001 "CodeNotation=UBND-VP" "TypeName=Công văn" "IssuedDate=2026-11-20" "Subject=V/v thử" "FullName=Phạm Đức Bình Nguyễn"
ok "a corrected signer is confirmed" "$sohoa" confirm "$h" --seen TypeName,CodeNumber,CodeNotation,IssuedDate,OrganName,Subject
i=$("$sohoa" add "$(paper_of shadow)")
ok "another paper of that body" wait_state "$i" 60 review
ok "the known signer is proposed, not claimed, and what was read stays beside it" \
  test "$(signer_of "$i")" = "Phạm Đức Bình Nguyễn|lexicon|True|['ocr']"
ok "the chain of events is whole" "$sohoa" audit verify
finish
