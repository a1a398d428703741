#!/bin/bash
# Recorded option trees through the real libsane: what is set, what is read back, what comes out. Every shape has its
# expectations beside it, written by hand: "> arguments", then lines that must appear, in any order.
. "$SOHOA_TOP_SRCDIR/tests/integration/desk-common.sh"
pids=()
. "$SOHOA_TOP_SRCDIR/tests/scan/scan-common.sh"
setup_backends libsane-replay.so replay
shapes=$SOHOA_TOP_SRCDIR/tests/scan/shapes
cp "$shapes"/*.tree "$work/sane/"
: >"$work/sane/replay.conf"
mkdir -p "$work/data/scan"
printf '[device replay:one-bit]\nlineart=inverted\n\n[device replay:liar]\nsource=active\n' >"$work/data/scan/quirks.conf"
export SOHOA_DATA_DIR=$work/data SOHOA_DEBUG=worker

# Pixels are read by a second program.
black() { # FILE: grey value of the first line of a 1-bit picture (a black line), 0 = black
  python3 - "$1" <<'END'
import sys, struct
b = open(sys.argv[1], 'rb').read()
at, = struct.unpack('<I', b[4:8]); n, = struct.unpack('<H', b[at:at + 2])
tags = {t: v for t, _, _, v in (struct.unpack('<HHII', b[at + 2 + 12 * i:at + 14 + 12 * i]) for i in range(n))}
bit = b[tags[273]] >> 7                      # first pixel of the first line
print('black 0.0' if bit == (1 if tags[262] & 0xffff == 0 else 0) else 'black 1.0')
END
}
woven() { # FILE: is every pixel what the backend's formula says for three passes
  python3 - "$1" <<'END'
import sys, struct
b = open(sys.argv[1], 'rb').read()
at, = struct.unpack('<I', b[4:8]); n, = struct.unpack('<H', b[at:at + 2])
tags = {t: v for t, _, _, v in (struct.unpack('<HHII', b[at + 2 + 12 * i:at + 14 + 12 * i]) for i in range(n))}
w, h, off = tags[256], tags[257], tags[273]
good = all(b[off + (y * w + x) * 3 + c] == (50 + y + x + 40 * c) & 255 for y in range(h) for x in range(w) for c in range(3))
print('same-as-one-pass' if good else 'other pixels')
END
}
run() { # SHAPE ARGUMENTS
  rm -rf "$work/pictures"
  mkdir "$work/pictures"
  # shellcheck disable=SC2086
  timeout 60 "$probe" --out "$work/pictures" $2 "replay:$1" 2>&1 | sed 's/^replay: //; s/ bytes [0-9]*$//; s/^\(error Scan\.[A-Za-z]*\):.*/\1/' >"$work/said"
  case $1 in
    one-bit) black "$work/pictures/page-001.tiff" >>"$work/said" ;;
    three-pass) woven "$work/pictures/page-001.tiff" >>"$work/said" ;;
  esac
}
check() { # FILE of lines: each one must have been said; the driver's own guard must not have been hit
  local line
  ! grep -q CRASH "$work/said" || { cat "$work/said"; return 1; }
  while IFS= read -r line; do
    grep -qxF -- "$line" "$work/said" || { echo "not said: $line"; cat "$work/said"; return 1; }
  done <"$1"
}
for file in "$shapes"/*.expect; do
  shape=$(basename "$file" .expect)
  mapfile -t lines <"$file"
  lines+=("> ")
  arguments=
  : >"$work/want"
  for line in "${lines[@]}"; do
    case $line in
      '> '*)
        if [ -n "$arguments" ]; then
          run "$shape" "$arguments"
          ok "$shape: $arguments" check "$work/want"
        fi
        arguments=${line#> }
        : >"$work/want"
        ;;
      *) echo "$line" >>"$work/want" ;;
    esac
  done
done
# buttons and capabilities
caps() { timeout 30 "$probe" --caps "replay:$1" >"$work/said" 2>/dev/null; grep -q "$2" "$work/said" || { cat "$work/said"; return 1; }; }
ok "a button is listed" caps centred "'buttons': <\['button-1'\]>"
ok "duplex by a switch is a source" caps duplex-switch "'source': <'adf-duplex'>"
ok "the back alone is no source" caps adf-duplex "'sources': <\[{'source': <'adf'>.*{'source': <'adf-duplex'>[^{]*}\]>"
ok "an absurd length is cut" caps absurd-size "'height-mm': <460.0>"
raw() { timeout 30 "$probe" --options "replay:$1" >"$work/said" 2>/dev/null; grep -q "$2" "$work/said" || { cat "$work/said"; return 1; }; }
ok "raw options are listed" raw duplex-switch "'name': <'adf-mode'>.*'active': <false>"
finish
