#!/bin/sh
# Runs one test so that nothing of the person's desk leaks in: any cwd, any order, in parallel.
export LC_ALL=C.UTF-8 TZ=UTC GSETTINGS_BACKEND=memory G_DEBUG=fatal-criticals NO_AT_BRIDGE=1
unset DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
# leaks of libraries that keep their caches to the end
LSAN_OPTIONS=suppressions=$(cd "$(dirname "$0")" && pwd)/lsan.supp:print_suppressions=0
export LSAN_OPTIONS
case $1 in
  *.sh) exec bash "$@" ;;
  *) exec "$@" --tap ;;
esac
