#!/bin/sh
# Runs zdaemon's own black-box tests, and an older README of it, against our zdaemon.
#
#     scripts/zdaemon_blackbox.sh RECIPE HARNESS README
#
# HARNESS is a Python program that runs the tests of the installed zdaemon against the program in $ZDAEMON_BIN; README is
# what it takes with --seed. They expect to be nobody special, so root hands them over to a user without rights, who must be
# able to read all that they need: a copy of it in a folder of its own, and an interpreter for everybody.
set -eu
recipe=$1 harness=$2 readme=$3

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$folder/home"
cp "$recipe" "$folder/zdaemon"
cp "$harness" "$folder/harness.py"
cp "$readme" "$folder/README"
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    zdaemon==5.2.1 ZConfig==4.3 manuel==1.13.0 zc.customdoctests==1.0.1 zope.exceptions==6.0 zope.interface==8.7 \
    zope.testing==6.2 zope.testrunner==8.3

as_nobody=
if [ "$(id -u)" = 0 ]; then
    chmod -R a+rX "$folder"
    chown 65534 "$folder/home"
    as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
fi
cd "$folder/home"
# shellcheck disable=SC2086 # words, or none
$as_nobody env HOME="$folder/home" TMPDIR="$folder/home" ZDAEMON_BIN="$folder/zdaemon" \
    "$folder/venv/bin/python" "$folder/harness.py" --all --seed "$folder/README"
