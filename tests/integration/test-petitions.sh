#!/bin/bash
# Letters of citizens: a book of their own, not in the shared search, and only for the group that handles them.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" dbus-daemon gdbus pdftotext

prepare
url=http://127.0.0.1:9
write_conf desk <<CONF
[signing]
p12=$work/ca/signer.p12
[petitions]
group=nogroup
CONF
sed -i '/^\[target/,/^to=/d' "$work/sohoad.conf" # what is signed stays here
ok "the daemon starts" start_daemon
id=$("$sohoa" add "$(make_page 81)")
ok "a paper" wait_state "$id" 60 review
other=$("$sohoa" add "$(make_page 82)")
ok "and another" wait_state "$other" 60 review
ok "the clerk sees that it is a citizen's letter" "$sohoa" set "$id" "TypeName=Đơn khiếu nại" "Subject=Khiếu nại của bà Nguyễn Thị Mẫu" \
  "OrganName=Nguyễn Thị Mẫu" "FullName=Nguyễn Thị Mẫu" IssuedDate=2026-11-20 CodeNumber=77 CodeNotation=KN
revision=2
closed() { ! "$@" >"$work/closed" 2>&1 && grep -q "only for those who handle letters of citizens" "$work/closed" && ! grep -q "Mẫu" "$work/closed"; }
ok "from now on it is closed to them: show" closed "$sohoa" show "$id"
for method in GetText GetMessages GetDuplicates GetEvents GetReceipt GetArchiveRecord GetDocumentFile; do
  ok "$method" closed bus_call "Documents.$method" "$id"
done
ok "the picture" closed bus_call Documents.GetPageImage "$id" "$revision" 1 "(0.0, 0.0, 1.0, 1.0)" 200
ok "set" closed bus_call Documents.SetFields "$id" "$revision" t1 "{'Subject': 'x'}"
ok "confirm" closed bus_call Documents.Confirm "$id" "$revision" t2 "{}"
ok "cancel" closed bus_call Documents.Cancel "$id" "$revision" t3 "{'reason': <'x'>}"
ok "unlock, which tells neither its state nor anything of the token" closed bus_call Signing.Unlock "[('$id', $revision, 'x')]" 0 "{}"
ok "who guesses its number, day and writer into another paper" "$sohoa" set "$other" CodeNumber=77 CodeNotation=KN \
  "OrganName=Nguyễn Thị Mẫu" IssuedDate=2026-11-20
quiet() { bus_call "Documents.$1" "$other" >"$work/quiet" && ! grep -q "$id\|M12" "$work/quiet"; }
ok "is not told by the duplicates that he guessed right" quiet GetDuplicates
ok "nor by the messages" quiet GetMessages
listed() { "$sohoa" list >"$work/list" && grep -q "$id" "$work/list" && ! grep -q "Mẫu\|Khiếu nại" "$work/list"; }
ok "the list has it without its words" listed
ok "its book is closed" closed bus_call Documents.GetRegisterRows 2026 "Đơn, thư" arrivals
ok "and cannot be frozen" closed bus_call Documents.FreezeRegister 2026 "Đơn, thư"
ok "the other paper is open" "$sohoa" show "$other"

kill_daemon TERM
sed -i "s/^group=nogroup/group=$(id -gn)/" "$work/sohoad.conf"
ok "for a member of the group" start_daemon
ok "it is open" sh -c "'$sohoa' show '$id' | grep -q 'Nguyễn Thị Mẫu'"
ok "the shared search does not find it" sh -c "! '$sohoa' list --search 'Khiếu nại của bà' | grep -q ."
ok "nor its text" sh -c "! '$sohoa' list --search 'Nguyễn Thị Mẫu' | grep -q '$id'"
ok "confirmed" "$sohoa" confirm "$id" --seen TypeName,CodeNumber,CodeNotation,IssuedDate,OrganName,Subject,FullName
ok "signed" "$sohoa" sign "$id"
numbered() { for _ in $(seq 400); do "$sohoa" register --book "Đơn, thư" 2>/dev/null | grep -q "$id" && return; sleep 0.2; done; return 1; }
ok "its number is of its own book" numbered
ok "it is signed and stays" wait_state "$id" 60 signed
cp "$(make_page 81)" "$work/again.jpg"
again=$("$sohoa" add "$work/again.jpg")
ok "the same letter comes once more" wait_state "$again" 60 review
told() { bus_call Documents.GetDuplicates "$again" | grep -qE "'$id', 'pictures', $1, 'signed'"; }
ok "its pictures are known, without its number while the new one is no letter yet" told "'', ''"
refused() { ! "$sohoa" duplicates "$again" --received 2>"$work/err" && grep -q "give this one its type first" "$work/err"; }
ok "nothing is written into the letter from there" refused
ok "once it is known as a letter" "$sohoa" set "$again" "TypeName=Đơn khiếu nại"
ok "its number and day are told" told "'[0-9]+', '20[0-9-]+'"
ok "the shared book does not have it" sh -c "! '$sohoa' register | grep -q '$id'"
finish
