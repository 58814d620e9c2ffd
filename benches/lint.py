#!/usr/bin/env python3
"""Measures `recipe lint`: whole processes, start to exit, on configurations that it makes itself.

    benches/lint.py [--ours target/release/recipe] [--rounds 20]

"one" is a supervisord.conf of ten programs; "pieces" a repository of 1,000 files, fifty supervisord.conf with nineteen pieces
each that they include; "lone" 1,000 of them that include none. "findings" has a misspelt option in each program. Processor is
what the process computes, user and system, whoever else uses the machine; the clock says more on a quiet one.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

HEAD = """[unix_http_server]
file = /run/supervisor.sock
chmod = 0700

[supervisord]
user = www-data
logfile = /var/log/supervisor/supervisord.log
pidfile = /run/supervisord.pid
childlogdir = /var/log/supervisor

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix:///run/supervisor.sock
"""
PROGRAM = """
[program:{name}]
command = /srv/{name}/bin/python -m {name}.worker --queue default --log-level info
directory = /srv/{name}
user = www-data
environment = HOME="/srv/{name}",USER="www-data",MODE="production"
autostart = true
{restart} = true
startsecs = 5
stopwaitsecs = 30 ; jobs may take long
stdout_logfile = /var/log/supervisor/{name}.log
redirect_stderr = true
"""


def programs(names, restart):
    return "".join(PROGRAM.format(name=name, restart=restart) for name in names)


def one(folder, restart):
    (folder / "supervisord.conf").write_text(HEAD + programs((f"web{n}" for n in range(10)), restart))


def pieces(folder, restart):
    for project in range(50):
        conf_d = folder / f"project{project}" / "conf.d"
        conf_d.mkdir(parents=True)
        main = HEAD + "\n[include]\nfiles = conf.d/*.conf\n" + programs(["main"], restart)
        (conf_d.parent / "supervisord.conf").write_text(main)
        for piece in range(19):
            (conf_d / f"web{piece}.conf").write_text(programs([f"web{piece}"], restart))


def lone(folder, restart):
    for project in range(1000):
        path = folder / f"project{project}" / "supervisord.conf"
        path.parent.mkdir()
        path.write_text(HEAD + programs((f"web{n}" for n in range(3)), restart))


def run(command, folder):
    """Processor and clock of a run, in ms."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit status {process.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000, took * 1000, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", default="target/release/recipe", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    command = [str(args.ours.resolve()), "lint", "."]
    print("| files | processor, ms: least | median | clock, ms: least | median | memory, MiB |\n|---|---|---|---|---|---|")
    for name, make, restart in (
        ("one", one, "autorestart"),
        ("1,000, pieces", pieces, "autorestart"),
        ("1,000, lone", lone, "autorestart"),
        ("1,000, lone, findings", lone, "autorestrat"),
    ):
        with tempfile.TemporaryDirectory(prefix="lint-") as folder:
            make(pathlib.Path(folder), restart)
            runs = [run(command, folder) for _ in range(args.rounds)]
        processor, clock, memory = zip(*runs)
        figures = [min(processor), statistics.median(processor), min(clock), statistics.median(clock), max(memory)]
        print(f"| {name} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |")


if __name__ == "__main__":
    main()
