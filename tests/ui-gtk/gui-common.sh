# For the desk's tests: the stage (build-aux/desk-stage.sh), a display of its own, the program. Sourced after desk-common.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154 # build, top, work, pids: of desk-common.sh and desk-stage.sh
start_display() { # WIDTHxHEIGHT
  exec 8< <(exec Xvfb -displayfd 1 -screen 0 "${1}x24" -nolisten tcp 2>/dev/null)
  xvfb_pid=$!
  pids+=("$xvfb_pid")
  read -r -t 20 number <&8 || return 1
  export DISPLAY=":$number" GDK_BACKEND=x11 GSK_RENDERER=cairo GTK_A11Y=atspi NO_AT_BRIDGE=0
  unset WAYLAND_DISPLAY
}
start_gui() {
  "$build/ui-gtk/sohoa-gtk" >>"$work/gtk.log" 2>&1 &
  gui_pid=$!
  pids+=("$gui_pid")
}
# A page with a few lines, read in no time.
make_short_page() { # FILE LINE…
  local file=$1 y=500 draw=()
  shift
  for line in "$@"; do
    draw+=(-annotate "+360+$y" "$line")
    y=$((y + 120))
  done
  convert -size 2480x3508 xc:'#fdfdfb' -font Liberation-Serif -pointsize 58 -fill '#151515' "${draw[@]}" -density 300 \
    -units PixelsPerInch -quality 88 "$file"
}
# Ten sheets, both sides: a letter of one page, its annexes, three empty backs.
make_stack() { # SEED: sets stack
  "$pages" --seed "$1" --count 1 --kind clean --pages 1 --out "$work/letter" >/dev/null
  stack=("$(find "$work/letter" -name 'page-01.jpg' | head -n 1)")
  for i in $(seq 2 20); do
    case $i in
      6 | 12 | 20) make_blank "$work/blank-$i.jpg" && stack+=("$work/blank-$i.jpg") ;;
      *)
        make_short_page "$work/annex-$i.jpg" "Phu luc so $i" "Bieu mau thong ke nam 2020 trang $i" "Cac don vi bao cao truoc ngay 15 hang thang" \
          "So lieu duoc tong hop theo tung quy va ca nam" && stack+=("$work/annex-$i.jpg")
        ;;
    esac
  done
}
