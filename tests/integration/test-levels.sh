#!/bin/bash
# The levels as an operator meets them: real time stamp authority, OCSP responder and CRLs on a port of this computer,
# with faults. Poppler judges every signature besides us. Prints TAP.
set -u
top=${SOHOA_TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${SOHOA_TOP_BUILDDIR:-$top/build}
sohoa=$build/cli/sohoa
unset http_proxy https_proxy no_proxy
dir=$(mktemp -d) || exit 1
n=0 failed=0
"$build/tests/sign/sohoa-trust-server" "$dir/pki" 300 >"$dir/server" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$dir"' EXIT

is() { # name, command…
  local name=$1 said; shift; n=$((n + 1))
  if said=$("$@" 2>&1); then echo "ok $n $name"; else
    echo "not ok $n $name"; failed=1; head -c 1500 <<<"$said" | sed 's/^/# /'
  fi
}
ends() { # status, command…: ends with exactly this status
  local wanted=$1; shift
  "$@" </dev/null; local got=$?
  [ $got -eq "$wanted" ] || { echo "exit $got, not $wanted"; return 1; }
}
for _ in $(seq 400); do grep -q port "$dir/server" && break; sleep 0.1; done
port=$(sed -n 's/^port //p' "$dir/server")
[ -n "$port" ] || { echo "1..1"; echo "not ok 1 services"; exit 1; }
url=http://127.0.0.1:$port
modes() { python3 -c 'import sys,urllib.request; urllib.request.urlopen(sys.argv[1]).read()' "$url/set?$1"; }
trust=(--trust "$dir/pki/root.pem")
services=(--tsa "$url/tsa" --tsa-timeout 3 "${trust[@]}")
"$build/tests/pages/sohoa-make-pages" --out "$dir/plain" --format pdf --dpi 100 --pages 1 >/dev/null || exit 1
plain=$dir/plain/doc-000/doc.pdf

sign() { # out, key, options…
  local out=$1 key=$2; shift 2
  "$sohoa" sign-file "$plain" -o "$dir/$out.pdf" --sign "p12:$dir/pki/$key.p12" "$@" </dev/null
}
level_of() { "$sohoa" verify "$1" "${trust[@]}" --json 2>/dev/null </dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["level"])'; }
has_level() { local got; got=$(level_of "$dir/$1.pdf"); [ "$got" = "$2" ] || { echo "level $got, not $2"; return 1; }; }
poppler() { # every signature it can judge is good; document time stamps it cannot
  local said; said=$(pdfsig -nocert "$1" 2>/dev/null)
  grep -q 'Signature is Valid' <<<"$said" && ! grep -qE 'Digest Mismatch|Signature is Invalid' <<<"$said"
}

openssl_judges() { # the first signature of the file
  python3 - "$1" "$dir/one.der" "$dir/one.bin" <<'PYTHON' &&
import re, sys
data = open(sys.argv[1], "rb").read()
a, b, c, d = map(int, re.search(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)", data).groups())
open(sys.argv[2], "wb").write(bytes.fromhex(data[b + 1:c - 1].decode()))
open(sys.argv[3], "wb").write(data[a:a + b] + data[c:c + d])
PYTHON
    openssl cms -verify -cades -inform DER -in "$dir/one.der" -content "$dir/one.bin" -binary \
      -CAfile "$dir/pki/root.pem" -out /dev/null
}

# ---- every level, every kind of key ----
for level in b t lt lta; do
  is "sign at $level" sign $level agency --level $level "${services[@]}"
  is "$level is VALID" ends 0 "$sohoa" verify "$dir/$level.pdf" "${trust[@]}"
  is "$level by name" has_level $level "B-$(tr '[:lower:]' '[:upper:]' <<<$level)"
  is "pdfsig $level" poppler "$dir/$level.pdf"
  is "qpdf $level" qpdf --check "$dir/$level.pdf"
  is "the original's bytes are the first of $level" cmp -n "$(stat -c %s "$plain")" "$plain" "$dir/$level.pdf"
done
for key in bare ec256 ec384 pss crl-only; do
  is "sign with $key" sign "$key" "$key" "${services[@]}"
  is "$key is B-LTA" has_level "$key" B-LTA
  # NSS, and so Poppler, knows no certificates for RSA-PSS keys
  if [ $key = pss ]; then is "openssl pss" openssl_judges "$dir/pss.pdf"; else is "pdfsig $key" poppler "$dir/$key.pdf"; fi
done

# ---- in four years the certificates have ended: only what was archived before still holds ----
later=$(date -d '+4 years' +%Y-%m-%dT00:00:00+07:00)
soon=$(date -d '+1 year' +%Y-%m-%dT00:00:00+07:00)
is "lta holds a year on" ends 0 "$sohoa" verify "$dir/lta.pdf" "${trust[@]}" --at "$soon"
is "b does not hold four years on" ends 7 "$sohoa" verify "$dir/b.pdf" "${trust[@]}" --at "$later"
is "lta needed renewing before four years" ends 7 "$sohoa" verify "$dir/lta.pdf" "${trust[@]}" --at "$later"

# ---- authorities that are away: a lower level, said so, completed later ----
degrades() { # modes, level
  modes "$1" || return 1
  sign down agency "${services[@]}" 2>"$dir/said" || return 1
  grep -q "level $2 instead of B-LTA" "$dir/said" || { cat "$dir/said"; return 1; }
  has_level down "$2" && ends 0 "$sohoa" verify "$dir/down.pdf" "${trust[@]}"
}
for fault in down hang nonce usage; do # tests/sign/test-trust has them all
  is "time stamp $fault: B-B" degrades "tsa=$fault&ocsp=ok&crl=ok" B-B
done
is "no revocation service: B-T" degrades "tsa=ok&ocsp=down&crl=down" B-T
cp "$dir/down.pdf" "$dir/t-only.pdf"
is "stale answers: B-T" degrades "tsa=ok&ocsp=stale&crl=stale" B-T
modes "tsa=down&ocsp=ok&crl=ok"; sign b-only agency "${services[@]}" 2>/dev/null
is "renew while the authority is away" ends 6 "$sohoa" renew "$dir/b-only.pdf" "${services[@]}"
is "nothing was lost by that" has_level b-only B-B
modes "tsa=ok&ocsp=ok&crl=ok"
for file in b-only t-only; do
  cp "$dir/$file.pdf" "$dir/$file.before"
  is "renew $file" ends 0 "$sohoa" renew "$dir/$file.pdf" "${services[@]}"
  is "$file is B-LTA now" has_level $file B-LTA
  is "$file is VALID" ends 0 "$sohoa" verify "$dir/$file.pdf" "${trust[@]}"
  is "the signed bytes of $file are untouched" cmp -n "$(stat -c %s "$dir/$file.before")" "$dir/$file.before" "$dir/$file.pdf"
done

# ---- archive time stamps are followed by new ones ----
is "a fresh archive has nothing to do" bash -c "'$sohoa' renew '$dir/lta.pdf' ${services[*]} | grep -q 'nothing to do'"
modes "tsa=short"; sign ending agency "${services[@]}"; modes "tsa=ok"
is "an archive stamp that ends in 20 days is followed" ends 0 "$sohoa" renew "$dir/ending.pdf" "${services[@]}"
is "that holds when the first stamp's certificate has ended" ends 0 "$sohoa" verify "$dir/ending.pdf" "${trust[@]}" \
  --at "$(date -d '+60 days' +%Y-%m-%dT00:00:00+07:00)"
is "and pdfsig agrees" poppler "$dir/ending.pdf"

# ---- an office that reaches the authorities through a proxy only ----
proxy_port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
mkdir "$dir/proxy"
{
  for module in mpm_event authz_core proxy proxy_http; do
    echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
  done
  cat <<CONF
ServerRoot $dir/proxy
DefaultRuntimeDir $dir/proxy
PidFile $dir/proxy/pid
ErrorLog $dir/proxy/error
ServerName proxy.test
Listen 127.0.0.1:$proxy_port
LogFormat "%m %U %>s" short
CustomLog $dir/proxy/access short
ProxyRequests On
Timeout 5
User nobody
Group nogroup
CONF
} >"$dir/proxy/conf"
/usr/sbin/apache2 -X -f "$dir/proxy/conf" 2>>"$dir/proxy/error" &
proxy=$!
trap 'kill $server $proxy 2>/dev/null; rm -rf "$dir"' EXIT
up() { for _ in $(seq 400); do (: <"/dev/tcp/127.0.0.1/$proxy_port") 2>/dev/null && return 0; sleep 0.1; done; cat "$dir/proxy/error"; return 1; }
is "a real proxy runs" up
is "sign through it" sign proxied crl-only "${services[@]}" --proxy "http://127.0.0.1:$proxy_port"
is "B-LTA came through it" has_level proxied B-LTA
went() { grep -q "$1" "$dir/proxy/access" || { cat "$dir/proxy/access"; return 1; }; }
is "the time stamp went its way" went 'POST .*/tsa 200'
is "and the CRLs" went 'GET .*/crl/.* 200'
is "sign with OCSP through it" sign proxied agency "${services[@]}" --proxy "http://127.0.0.1:$proxy_port"
is "OCSP went its way" went 'POST .*/ocsp 200'
seen=$(wc -l <"$dir/proxy/access")
is "sign with a proxy of the environment" env http_proxy="http://127.0.0.1:$proxy_port" "$sohoa" sign-file "$plain" \
  -o "$dir/environment.pdf" --sign "p12:$dir/pki/agency.p12" "${services[@]}"
is "it was obeyed" test "$(wc -l <"$dir/proxy/access")" -gt "$seen"
kill $proxy; wait $proxy 2>/dev/null
through_dead() { sign down agency "${services[@]}" --proxy "http://127.0.0.1:$proxy_port" 2>"$dir/said" && grep -q "level B-B instead" "$dir/said"; }
is "a proxy that is away: B-B, said so" through_dead

# ---- every byte of a B-LTA file: every 97th here, all by hand (CONTRIBUTING.md) ----
python3 - "$dir/small.pdf" <<'PYTHON'
import sys
out, at = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
for i, body in enumerate((b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                          b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>>>"), 1):
    at.append(len(out))
    out += b"%d 0 obj\n%s\nendobj\n" % (i, body)
table = b"".join(b"%010d 00000 n \n" % a for a in at)
out += b"xref\n0 4\n0000000000 65535 f \n%strailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))
open(sys.argv[1], "wb").write(out)
PYTHON
small() { "$sohoa" sign-file "$dir/small.pdf" -o "$dir/small-lta.pdf" --sign "p12:$dir/pki/agency.p12" "${services[@]}" </dev/null; }
is "sign a small file" small
bytes() { SOHOA_EVERY_BYTE_OF=$dir/small-lta.pdf SOHOA_TRUST=$dir/pki/root.pem "$build/tests/pdf/test-attacks" -p /attacks/every-byte; }
is "no changed byte of it is VALID" bytes
hide() { # an archive time stamp whose catalog a changed generation hides: qpdf takes the one before it
  python3 - "$dir/small-lta.pdf" "$dir/hidden.pdf" <<'PYTHON' || return 1
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.rindex(b"\nxref\n1 1\n") + len(b"\nxref\n1 1\n") + 11
assert data[at:at + 5] == b"00000"
data[at + 3] ^= 1
open(sys.argv[2], "wb").write(data)
PYTHON
  ends 7 "$sohoa" verify "$dir/hidden.pdf" "${trust[@]}"
}
is "a time stamp that was hidden is missed" hide

# ---- what must not be believed, or sealed ----
sign revoked revoked
is "a revoked signer is INVALID online" bash -c "'$sohoa' verify '$dir/revoked.pdf' ${trust[*]} --online | grep -q ': INVALID'"
is "a good signer is VALID online" ends 0 "$sohoa" verify "$dir/b.pdf" "${trust[@]}" --online
modes "ocsp=down&crl=down"
is "online without an answer is UNKNOWN" bash -c "'$sohoa' verify '$dir/b.pdf' ${trust[*]} --online | grep -q ': UNKNOWN'"
modes "ocsp=ok&crl=ok"
sign bare-b bare
is "a missing sub-CA is UNKNOWN offline" ends 7 "$sohoa" verify "$dir/bare-b.pdf" "${trust[@]}"
is "and fetched online" ends 0 "$sohoa" verify "$dir/bare-b.pdf" "${trust[@]}" --online
is "or given" ends 0 "$sohoa" verify "$dir/bare-b.pdf" "${trust[@]}" --trust "$dir/pki/sub.pem"
python3 -c 'import sys; d=bytearray(open(sys.argv[1],"rb").read()); d[len(d)//2]^=1; open(sys.argv[2],"wb").write(d)' \
  "$dir/b.pdf" "$dir/broken.pdf"
not_renewed() { ! "$sohoa" renew "$dir/broken.pdf" "${services[@]}" -o "$dir/sealed.pdf" </dev/null && [ ! -e "$dir/sealed.pdf" ]; }
is "what is broken is not renewed" not_renewed
is "an unsigned file is not renewed" ends 7 "$sohoa" renew "$plain" "${services[@]}" -o "$dir/sealed.pdf"
is "a level without an authority is a usage error" ends 2 "$sohoa" sign-file "$plain" -o "$dir/no.pdf" \
  --sign "p12:$dir/pki/agency.p12" --level lta
echo "1..$n"
exit $failed
