#!/bin/bash
# After a purge nothing of a marked document is left on the disk: the daemon's state folder lies on an ext4 image of its
# own, and the raw image is searched for every stretch of the page's bytes and of its pixels' coding, and for its text.
# The image is mounted by the kernel's loop device, which needs root; where that is not permitted the test says so.
# Prints TAP.
# shellcheck source=tests/integration/desk-common.sh
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
IMAGE_MIB=64
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon sqlite3 python3 mkfs.ext4

image=$work/disk.img
prepare
truncate -s "${IMAGE_MIB}M" "$image"
mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$image"
if ! mount -o loop "$image" "$work/state" 2>"$work/mount.err"; then
  echo "1..0 # SKIP no loop device may be mounted here: $(tail -n 1 "$work/mount.err")"
  exit 0
fi
mounted=yes
leave() {
  [ -n "$daemon_pid" ] && kill "$daemon_pid" 2>/dev/null && wait "$daemon_pid" 2>/dev/null
  daemon_pid=
  [ -z "$mounted" ] || umount "$work/state" || umount -l "$work/state"
  cleanup
}
trap leave EXIT

start_receiver
write_conf desk </dev/null
ok "the daemon starts" start_daemon

# Looks into the raw image, free blocks too, for the pages' coded pixels and their text, whatever the offset.
search_image() { # none|some
  sync -f "$work/state"
  python3 - "$image" "$1" "$work"/paper/*/*.jpg "$work"/paper/*/truth.json <<'P'
import json, pathlib, re, sys
WINDOW, BLOCK = 64, 4096
image, expected = pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2]
windows, words = set(), set()
for path in map(pathlib.Path, sys.argv[3:]):
    data = path.read_bytes()
    if path.suffix == ".jpg":
        # the tables before the scan are every JPEG's; a stretch of two windows anywhere holds one of these whole
        body = data[data.index(b"\xff\xda") + 16:]
        windows |= {body[i:i + WINDOW] for i in range(0, len(body) - WINDOW, WINDOW)}
    else:
        truth = json.loads(data)
        for text in [truth["subject"], truth["number"]] + [p["text"] for p in truth["pages"]]:
            for run in re.findall(r"[^\n]{8,}", text):
                words |= {run.encode(), run.lower().encode(), run.encode("utf-16-le")}
windows = {w for w in windows if len(set(w)) > 16}  # white paper is everyone's too
assert len(windows) > 500 and len(words) > 10, (len(windows), len(words))
used, start = [], None  # blocks with something in them, as runs
for at in range(0, len(image), BLOCK):
    empty = not any(image[at:at + BLOCK])
    if not empty and start is None:
        start = at
    if empty and start is not None:
        used.append(image[start:at])
        start = None
if start is not None:
    used.append(image[start:])
bytes_found = sum(run[i:i + WINDOW] in windows for run in used for i in range(len(run) - WINDOW + 1))
text_found = sum(word in image for word in words)
print(f"{sum(map(len, used))} bytes in use of {len(image)}: {bytes_found} of {len(windows)} windows, "
      f"{text_found} of {len(words)} runs of text")
sys.exit(0 if (bytes_found > 0 and text_found > 0 if expected == "some" else bytes_found + text_found == 0) else 1)
P
}
said() { ok "$1: $(search_image "$2" 2>&1 | tail -n 1)" search_image "$2"; }

"$pages" --seed 41 --count 1 --kind office --pages 2 --secrecy TOI_MAT --out "$work/paper" >/dev/null
mapfile -t paper < <(ls "$work"/paper/*/page-*.jpg)
held=$("$sohoa" add --together "${paper[@]}")
ok "the document is held" wait_state "$held" 60 held
said "while it is held" none
kill_daemon KILL
ok "the daemon starts again" start_daemon
ok "still held" wait_state "$held" 20 held
ok "purge" "$sohoa" purge "$held" --reason "tài liệu mật"
ok "no sealed file, no key" test -z "$(find "$work/state" "$work/runtime" -name "*$held*" -print -quit)"
said "after the purge" none
kill_daemon TERM
said "after the daemon ended" none
clean_log() { ! grep -q -i -e 'mật' -e "$(sed -n 's/.*"subject" *: *"\([^"]*\)".*/\1/p' "$work"/paper/*/truth.json | head -n 1)" "$work/sohoad.log"; }
ok "the log says nothing of it" clean_log

# what the search is worth: the same pages in the clear, deleted again, are found
cp "${paper[@]}" "$work"/paper/*/truth.json "$work/state/"
sync -f "$work/state"
rm "$work"/state/page-*.jpg "$work/state/truth.json"
said "a plain file that was deleted would be found" some
finish
