#!/bin/bash
# A SoftHSM2 token with a key and certificate of the test authority, for tests.
# usage: make-token.sh AUTHORITY_FOLDER TOKEN_FOLDER LABEL PIN KEY:OBJECT…     KEY: rsa2048 | rsa4096 | p256 | p384 | always (asks for the PIN each time)
# Makes TOKEN_FOLDER/softhsm2.conf; use it with SOFTHSM2_CONF. The PIN is a test's own and guards nothing.
set -eu
authority=$1 folder=$2 label=$3 pin=$4
shift 4
umask 077
mkdir -p "$folder/tokens"
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$folder" >"$folder/softhsm2.conf"
export SOFTHSM2_CONF="$folder/softhsm2.conf"
module=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1)
softhsm2-util --init-token --free --label "$label" --so-pin 12345678 --pin "$pin" >/dev/null

make_key() {
  case $1 in
    rsa2048 | always) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 ;;
    rsa4096) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:4096 ;;
    p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
    p384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 ;;
    *) echo "make-token.sh: $1: unknown kind of key" >&2; return 1 ;;
  esac
}

n=10
for row in "$@"; do
  kind=${row%%:*} object=${row#*:} n=$((n + 1))
  make_key "$kind" >"$folder/$n.key"
  openssl req -new -utf8 -key "$folder/$n.key" -subj "/O=CƠ QUAN THỬ NGHIỆM/CN=VĂN THƯ $object" -out "$folder/$n.csr"
  printf 'keyUsage=critical,digitalSignature,nonRepudiation\nbasicConstraints=critical,CA:FALSE\n' >"$folder/$n.ext"
  openssl x509 -req -in "$folder/$n.csr" -CA "$authority/test-ca.pem" -CAkey "$authority/test-ca.key" -days 700 \
    -set_serial "0x51$n" -extfile "$folder/$n.ext" -outform DER -out "$folder/$n.der" 2>/dev/null
  openssl pkcs8 -topk8 -nocrypt -in "$folder/$n.key" -outform DER -out "$folder/$n.p8"
  always=()
  [ "$kind" = always ] && always=(--always-auth)
  pkcs11-tool --module "$module" --token-label "$label" --login --pin "$pin" --write-object "$folder/$n.p8" --type privkey \
    --id "$n" --label "$object" --usage-sign "${always[@]}" >/dev/null 2>&1
  pkcs11-tool --module "$module" --token-label "$label" --login --pin "$pin" --write-object "$folder/$n.der" --type cert \
    --id "$n" --label "$object" >/dev/null 2>&1
  rm -f "$folder/$n.key" "$folder/$n.p8" "$folder/$n.csr" "$folder/$n.ext"
done
echo "$module"
