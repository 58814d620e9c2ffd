#!/usr/bin/env python3
"""Whole-process time and memory of `recipe build`, beside zc.buildout in the same run.

    benches/build.py --ours "target/x86_64-unknown-linux-gnu/release/recipe build" [--peer venv/bin/buildout]

For each number of programs P, in groups of ten, and each form of the manifest: a build from nothing, one with nothing
changed, and one with one program changed; medians of --runs rounds in which the sides take turns. The peer needs
zc.buildout and collective.recipe.supervisor in one virtual environment, and is measured on the .cfg form. Every build's
supervisord.conf is checked. Standard library only.
"""
import argparse
import configparser
import os
import pathlib
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import time

FOLDER = pathlib.Path("/tmp/recipe-bench-build")


def names(count):
    return [f"p{n:05}" for n in range(count)]


def groups(count):
    everyone = names(count)
    return [(f"g{n:05}", everyone[n:n + 10]) for n in range(0, count, 10)]


def arguments(count, last):
    return [last if n == count - 1 else 100000 for n in range(count)]


def write_cfg(count, last):
    programs = "\n".join(
        f"    {n % 1000} p{n:05} (startsecs=5 stopwaitsecs=30) /bin/sleep [{argument}] /tmp true"
        for n, argument in enumerate(arguments(count, last)))
    members = "\n".join(f"    10 {name} {','.join(inside)}" for name, inside in groups(count))
    (FOLDER / "buildout.cfg").write_text(f"""\
[buildout]
parts = supervisor
offline = true
newest = false

[supervisor]
recipe = collective.recipe.supervisor
programs =
{programs}
groups =
{members}
""")


def write_toml(count, last):
    programs = "".join(f"""
[parts.supervisor.program.p{n:05}]
command = "/bin/sleep {argument}"
directory = "/tmp"
priority = {n % 1000}
redirect_stderr = true
startsecs = 5
stopwaitsecs = 30
""" for n, argument in enumerate(arguments(count, last)))
    members = "".join(f"""
[parts.supervisor.group.{name}]
programs = {inside}
priority = 10
""" for name, inside in groups(count)).replace("'", '"')
    (FOLDER / "recipe.toml").write_text(f"""\
[parts.supervisor]
recipe = "supervisor"
ports = {{ control = 9001 }}
{programs}{members}""")


def write_yaml(count, last):
    programs = "".join(f"""
      p{n:05}:
        command: /bin/sleep {argument}
        directory: /tmp
        priority: {n % 1000}
        redirect_stderr: true
        startsecs: 5
        stopwaitsecs: 30
""" for n, argument in enumerate(arguments(count, last)))
    members = "".join(f"""
      {name}:
        programs: [{', '.join(inside)}]
        priority: 10
""" for name, inside in groups(count))
    (FOLDER / "recipe.yaml").write_text(f"""\
parts:
  supervisor:
    recipe: supervisor
    ports: {{ control: 9001 }}
    program:{programs}
    group:{members}
""")


FORMS = {"cfg": write_cfg, "toml": write_toml, "yaml": write_yaml}


def run(command):
    """Seconds of one run."""
    before = time.perf_counter()
    done = subprocess.run(command, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - before
    if done.returncode:
        sys.exit(f"{shlex.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return seconds


# A process counts the memory of the one that it was forked from as its own; so this one, which holds whole manifests,
# lets one without anything in it start what is measured.
SMALL = """
import os, resource, sys
status = os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if status == 0 else sys.exit(status))
"""


def peak(command):
    """Peak MiB of one run; nothing under that of an empty Python can be seen."""
    small = [sys.executable, "-ISc", SMALL, *command]
    done = subprocess.run(small, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return int(done.stdout.split()[-1]) / 1024


def check(count, last):
    """The built configuration holds every program, and the last as it was written."""
    [path] = [p for p in FOLDER.glob("**/supervisord.conf")]
    config = configparser.RawConfigParser()
    config.read(path)
    programs = [name for name in config.sections() if name.startswith("program:")]
    assert len(programs) == count, f"{len(programs)} programs, not {count}"
    assert config[f"program:p{count - 1:05}"]["command"].split()[-1] == str(last), "stale"


def empty_folder():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()


def measure(command, form, count):
    """{metric: value} of the three builds."""
    empty_folder()
    result = {}
    for label, last in (("from nothing", 100000), ("nothing changed", 100000), ("one changed", 100001)):
        FORMS[form](count, last)
        result[f"{form} P={count} {label}, ms"] = run(command) * 1e3
        check(count, last)
    empty_folder()
    FORMS[form](count, 100000)
    result[f"{form} P={count} peak memory, MiB"] = peak(command)
    shutil.rmtree(FOLDER)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", type=shlex.split, required=True)
    parser.add_argument("--peer", type=shlex.split)
    parser.add_argument("--programs", default="10,1000,10000", help="program counts")
    parser.add_argument("--forms", default="cfg,toml,yaml")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    args.ours[0] = str(pathlib.Path(args.ours[0]).resolve()) if "/" in args.ours[0] else args.ours[0]
    if args.peer:
        args.peer[0] = str(pathlib.Path(args.peer[0]).absolute())
    readings = {}
    for _ in range(args.runs):
        for form in args.forms.split(","):
            for count in map(int, args.programs.split(",")):
                sides = [("ours", args.ours)] + ([("peer", args.peer)] if args.peer and form == "cfg" else [])
                for side, command in sides:
                    for metric, value in measure(command, form, count).items():
                        readings.setdefault(metric, {}).setdefault(side, []).append(value)
    print("| metric | ours | peer | ratio |\n|---|---|---|---|")
    for metric, sides in readings.items():
        median = {side: statistics.median(values) for side, values in sides.items()}
        peer = f"{median['peer']:.1f} | {median['peer'] / median['ours']:.0f} ×" if "peer" in median else " | "
        print(f"| {metric} | {median['ours']:.1f} | {peer} |")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
