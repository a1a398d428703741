#!/bin/bash
# The registers of the desk: official columns, pages that continue where the last printing ended, printed rows that
# stay as they were printed, void rows, and what is searched.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" dbus-daemon pdftotext pdfinfo

prepare
url=http://127.0.0.1:9
write_conf desk <<CONF
[signing]
p12=$work/ca/signer.p12
[demo]
enabled=yes
CONF
sed -i '/^\[target/,/^to=/d' "$work/sohoad.conf" # what is signed stays here
ok "the daemon starts" start_daemon

take() { # SEED: one document up to its number; sets id
  local before
  before=$(ids | sort)
  cp "$(make_page "$1")" "$work/in/p$1.jpg"
  for _ in $(seq 600); do [ "$(ids | sort)" != "$before" ] && break; sleep 0.1; done
  id=$(comm -13 <(echo "$before") <(ids | sort) | head -n 1)
  wait_state "$id" 60 review || return 1
}
number_it() { confirm_seen "$id" >/dev/null && wait_state "$id" 30 confirmed && "$sohoa" sign "$id"; }

ok "a first document" take 11
a=$id
ok "its subject is set" "$sohoa" set "$id" "Subject==HYPERLINK(\"x\")" "OrganName=Sở Nội vụ" CodeNumber=152 CodeNotation=SNV-VP IssuedDate=2026-11-20 "TypeName=Công văn"
ok "it gets number 1" number_it
ok "a second document" take 12
b=$id
ok "with Vietnamese words" "$sohoa" set "$id" "Subject=Về việc hoà giải ở cơ sở, Đồng Tháp"
ok "it gets number 2" number_it

csv=$work/register.csv
ok "CSV" "$sohoa" register --csv "$csv"
# titles by hand from NĐ30 Annex IV (domain.md 5.4)
titles='"Ngày đến","Số đến","Tác giả","Số, ký hiệu văn bản","Ngày tháng văn bản","Tên loại và trích yếu nội dung","Đơn vị hoặc người nhận","Ngày chuyển","Ký nhận","Ghi chú"'
ok "has the ten official columns" test "$(sed -n '1s/^\xef\xbb\xbf//;1s/\r$//p' "$csv")" = "$titles"
ok "and what was confirmed" grep -q '"1","Sở Nội vụ","152/SNV-VP","20/11/2026","Công văn. =HYPERLINK' "$csv"
ok "the follow-up has seven" sh -c "'$sohoa' register --follow-up --csv '$work/f.csv' && [ \$(head -n 1 '$work/f.csv' | tr -cd , | wc -c) -ge 6 ] && grep -q 'Tiến độ giải quyết' '$work/f.csv'"

ok "pages of what is new" "$sohoa" register --pdf "$work/1.pdf"
on_paper() { pdftotext -layout "$work/$1.pdf" - | tr -s ' \n' ' ' | grep -q "$2"; }
ok "with the official title" on_paper 1 "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN NĂM"
ok "and both documents" on_paper 1 "152/SNV-VP"
ok "across" sh -c "pdfinfo '$work/1.pdf' | grep -q '841.* x 595'"
ok "nothing new: nothing is printed" sh -c "'$sohoa' register --pdf '$work/2.pdf' | grep -q 'nothing new' && [ ! -e '$work/2.pdf' ]"
ok "the second is cancelled" "$sohoa" cancel "$b" --reason "trùng văn bản"
ok "the printed row stays as it was printed" sh -c "'$sohoa' register --csv '$csv' && ! grep -q 'Hủy số' '$csv'"
ok "a third document" take 13
ok "it gets number 3" number_it
ok "pages go on" sh -c "'$sohoa' register --pdf '$work/3.pdf' 2>'$work/warn'"
ok "with number 3 only" sh -c "! pdftotext '$work/3.pdf' - | grep -q 152/SNV-VP"
ok "the change after printing is told" grep -q "số đến 2 was changed after it was printed" "$work/warn"
ok "the whole book again" sh -c "'$sohoa' register --pdf '$work/4.pdf' --all 2>/dev/null && pdftotext '$work/4.pdf' - | grep -q 152/SNV-VP"

finds() { "$sohoa" list --search "$1" | grep -q "$2"; }
ok "search ignores marks: hòa finds hoà" finds "hòa giải" "$b"
ok "đ is d" finds "dong thap" "$b"
ok "by number and symbol" finds "152/SNV-VP" "$a"
ok "other words find nothing" sh -c "! '$sohoa' list --search 'không có chữ này' | grep -q ."
finish
