#!/bin/bash
# The wall between the rooms (design.md 1): who may include whom. Prints TAP.
set -u
top=${SOHOA_TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
declare -A may=(
  [lib]="lib" [dbus]="dbus"
  [scan]="scan lib" [intake]="intake lib" [ocr]="ocr lib" [record]="record lib"
  [pdf]="pdf lib" [sign]="sign lib" [store]="store lib"
  [worker]="worker lib intake ocr record pdf sign"
  [pipeline]="pipeline lib sign"
  [submit]="submit lib record"
  [daemon]="daemon lib dbus scan intake record sign pipeline store submit"
  [cli]="cli lib dbus scan pipeline"
  [ui-gtk]="ui-gtk lib dbus"
  [agent]="agent lib dbus"
  [qlvb]="qlvb lib record pipeline"
)
n=0 failed=0
folders=$(printf '%s\n' "${!may[@]}" | sort)
echo "1..${#may[@]}"
for folder in $folders; do
  n=$((n + 1)) bad=""
  for file in "$top/$folder"/*.[ch]; do
    [ -e "$file" ] || continue
    while read -r header; do
      home=""
      for other in $folders; do [ -e "$top/$other/$header" ] && home=$other; done
      # a generated header belongs to dbus/
      case $header in sohoa-dbus-generated.h) home=dbus ;; esac
      [ -z "$home" ] && { bad="$bad $(basename "$file"):$header(unknown)"; continue; }
      case " ${may[$folder]} " in *" $home "*) ;; *) bad="$bad $(basename "$file"):$home/$header" ;; esac
    done < <(sed -n 's/^ *# *include "\(.*\)"/\1/p' "$file" | grep -v '^config.h$')
  done
  if [ -n "$bad" ]; then failed=1; echo "not ok $n $folder includes$bad"; else echo "ok $n $folder"; fi
done
exit $failed
