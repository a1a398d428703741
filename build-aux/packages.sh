#!/bin/bash
# The Debian packages of each need, in one place: quickstart and check install from here.
# usage: packages.sh build|test   (prints names)
set -eu
build="
 build-essential autoconf automake libtool pkg-config gettext
 libglib2.0-dev libjson-glib-dev libxml2-dev libxmlsec1-dev libsqlite3-dev
 libhpdf-dev libqpdf-dev libpoppler-glib-dev poppler-data
 libleptonica-dev libtesseract-dev tesseract-ocr tesseract-ocr-vie libjpeg-dev libtiff-dev libpng-dev libzbar-dev
 libsane-dev sane-airscan
 libssl-dev openssl libp11-kit-dev
 libsoup-3.0-dev ca-certificates
 libseccomp-dev libpolkit-gobject-1-dev libsystemd-dev dbus
 libgtk-4-dev libadwaita-1-dev adwaita-icon-theme
 libpango1.0-dev libcairo2-dev libfontconfig-dev zlib1g-dev fonts-liberation2 fonts-noto-cjk icc-profiles-free
"
tests="
 poppler-utils mupdf-tools qpdf jbig2dec sqlite3
 sane-utils
 softhsm2 opensc
 chromium chromium-driver python3-selenium libnss3-tools xmlsec1 libxml2-utils
 apache2 apache2-utils openssh-server openssh-client
 python3 python3-venv default-jdk-headless maven
 polkitd strace shellcheck xvfb xauth
 xdotool at-spi2-core gir1.2-atspi-2.0 python3-pyatspi python3-gi imagemagick
"
case ${1:-} in
  build) echo $build ;;
  test) echo $build $tests ;;
  *) echo "usage: $0 build|test" >&2; exit 2 ;;
esac
