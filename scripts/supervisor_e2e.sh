#!/bin/sh
# Runs Supervisor's own end-to-end tests against our programs: both of them, and each with the original's other one.
#
#     scripts/supervisor_e2e.sh RECIPE HARNESS
#
# HARNESS is a folder with a conftest.py that makes the tests of the installed Supervisor start the programs in
# $SUPERVISORD_BIN, $SUPERVISORCTL_BIN, $PIDPROXY_BIN and $ECHO_SUPERVISORD_CONF_BIN, and a file that collects them.
set -eu
recipe=$(realpath "$1") harness=$(realpath "$2")

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cp "$harness/conftest.py" "$harness/test_supervisor_e2e.py" "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    supervisor==4.3.0 setuptools==80.9.0 pytest==8.4.2 pexpect==4.9.0
cd "$folder"

# Runs them with a supervisord and a supervisorctl.
e2e() {
    echo "-- $1 with $2"
    SUPERVISORD_BIN=$1 SUPERVISORCTL_BIN=$2 PIDPROXY_BIN="$recipe pidproxy" \
        ECHO_SUPERVISORD_CONF_BIN="$recipe echo_supervisord_conf" venv/bin/python -m pytest -q -p no:cacheprovider .
}
original=$folder/venv/bin
e2e "$recipe supervisord" "$recipe supervisorctl"
e2e "$recipe supervisord" "$original/supervisorctl"
e2e "$original/supervisord" "$recipe supervisorctl"
