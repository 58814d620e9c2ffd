#!/usr/bin/env python3
"""Reads every configuration of a corpus with `recipe show --json` and compares with what the original made of it.

    scripts/supervisord_corpus.py [--recipe target/debug/recipe] [CORPUS]

CORPUS is a folder of NAME.conf and NAME.expected.json (default: ../shared/corpus/supervisord). An answer says what the
original was given (`env`: its whole environment; `wrapped`: the file was the only [include] of an empty one) and what came
out: `config`, or `error`. Each file is read in a folder of its own, which the answer calls @HERE@, and
- where the original loads it, every option of every process and group, of the servers and of [supervisord] must be the
  same, and each of its warnings must be told;
- where it refuses it, we must, with the same text first, and the file, line and column of what is wrong; a wrapped file
  must be refused so by itself (`error_unwrapped`).
Ends with `N of M agree`; exit status 1 if any differs. Standard library only.
"""
import argparse
import ast
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
WRAPPER = "[supervisord]\n[include]\nfiles = fragment.conf\n"
#: Where the file stands: deep enough for `%(here)s/..`.
FOLDER = "a/b/c/here"
KINDS = {
    "ProcessGroupConfig": "program", "EventListenerPoolConfig": "eventlistener", "FastCGIGroupConfig": "fcgi-program"}
LEVELS = {50: "critical", 40: "error", 30: "warn", 20: "info", 10: "debug", 5: "trace", 3: "blather"}
RESTARTS = {"RestartUnconditionally": True, "RestartWhenExitUnexpected": "unexpected"}
#: What the original's options have besides those of [supervisord].
NOT_OPTIONS = {"configfile", "gid", "uid", "profile_options", "serverurl"}


def written(name, kind="user"):
    """A user as written, of `user:NAME` or a number."""
    return name if name is None else str(name).removeprefix(kind + ":")


def owner(pair):
    """`chown` as written, of the original's pair; null where it is not set."""
    if pair in (None, [-1, -1]):
        return None
    user, group = pair
    group = None if group == -1 or str(group).startswith("gid-of:") else written(group, "group")
    return ":".join(filter(None, [written(user), group]))


def socket_owner(text):
    """`socket_owner` as written. The original puts the program's user in its place, so that there may be none."""
    return owner(list(ast.literal_eval(text))) if text else None


def function(spec):
    """A Python function as written."""
    found = re.fullmatch(r"<callable (.*)\.(\w+)>", spec)
    return f"{found[1]}:{found[2]}" if found else spec.removeprefix("unresolved:")


def process(them):
    """A process of the original in our terms."""
    us = {name: value for name, value in them.items() if name not in ("uid", "type", "name")}
    restart = re.fullmatch(r"<class (\w+)>", str(us["autorestart"]))
    us.update(
        process_name=them["name"],
        user=written(them["uid"]),
        autorestart=RESTARTS[restart[1]] if restart else us["autorestart"])
    for log in "stdout_logfile", "stderr_logfile":
        us[log] = {"<Automatic>": "AUTO", "<Syslog>": None, "": None}.get(us[log], us[log])
    return us


def group(them):
    """A group of the original in our terms, without its processes."""
    us = {"name": them["name"], "kind": KINDS[them["type"]], "priority": them["priority"]}
    if "pool_events" in them:
        us.update(
            events=sorted(them["pool_events"]),
            buffer_size=them["buffer_size"],
            result_handler=function(them["result_handler"]))
    if "socket_config" in them:
        socket = them["socket_config"]
        us.update(socket=socket["url"], socket_backlog=socket["backlog"], socket_mode=socket.get("mode"))
    return us


def server(them):
    """A server of the original in our terms."""
    us = {name: value for name, value in them.items() if name not in ("family", "name")}
    if "chown" in us:
        us["chown"] = owner(us["chown"])
    return us


def settings(them):
    """The options of [supervisord] in our terms."""
    us = {name: value for name, value in them.items() if name not in NOT_OPTIONS}
    us["loglevel"] = LEVELS[us["loglevel"]]
    us["user"] = written(them["user"])
    return us


def pairs(theirs, ours):
    """(what, the original's, ours) for all that is compared."""
    yield "[supervisord]", settings(theirs["supervisord"]), ours["supervisord"]
    yield "servers", [server(s) for s in theirs["servers"]], ours["servers"]
    interfaces = [(i["name"], i["factory"], i["settings"]) for i in ours["rpcinterfaces"]]
    yield "rpcinterfaces", [(n, function(f), s) for n, f, s in theirs["rpcinterfaces"]], interfaces
    yield "groups", [g["name"] for g in theirs["groups"]], [g["name"] for g in ours["groups"]]
    for them, us in zip(theirs["groups"], ours["groups"]):
        name = f"group {them['name']}"
        wanted = group(them)
        shown = {key: value for key, value in us.items() if key not in ("processes", "socket_owner")}
        if "events" in shown:
            shown["events"] = sorted(shown["events"])
        yield name, wanted, shown
        if us.get("socket_owner"):
            yield f"{name}.socket_owner", socket_owner(them["socket_config"].get("owner")), us["socket_owner"]
        names = [[p["name"] for p in g["processes"]] for g in (them, us)]
        yield f"{name}.processes", *names
        for their, our in zip(them["processes"], us["processes"]):
            our = {key: value for key, value in our.items() if key != "name"}
            yield f"process {them['name']}:{their['name']}", process(their), our


def differences(what, theirs, ours):
    """Lines that say where two values differ."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            yield from differences(f"{what}.{key}", theirs.get(key, "(absent)"), ours.get(key, "(absent)"))
    elif (theirs, type(theirs)) != (ours, type(ours)):
        yield f"{what}: original {theirs!r}, ours {ours!r}"


def told(text, said):
    """Whether a message is among what is said, however it is broken into lines."""
    return " ".join(text.split()) in " ".join(said.split())


def check(recipe, conf, answer):
    """The list of what is wrong with a case."""
    found = read(recipe, conf, answer)
    if "error_unwrapped" in answer:
        alone = {**answer, "ok": False, "wrapped": False, "error": answer["error_unwrapped"]}
        found += [f"alone: {text}" for text in read(recipe, conf, alone)]
    return found


def read(recipe, conf, answer):
    """The list of what is wrong with what is said of one file."""
    raw = conf.read_bytes()
    with tempfile.TemporaryDirectory(prefix="corpus-") as top:
        here = pathlib.Path(top).resolve() / FOLDER
        here.mkdir(parents=True)
        main = here / "supervisord.conf"
        main.write_bytes(WRAPPER.encode() if answer["wrapped"] else raw)
        if answer["wrapped"]:
            (here / "fragment.conf").write_bytes(raw)
        if b"host_node_name" in raw:
            answer = json.loads(json.dumps(answer).replace("HOSTNAME", platform.node()))
        command = [recipe, "show", "--json", "--color", "never", str(main)]
        done = subprocess.run(command, cwd=here, capture_output=True, text=True, env=answer["env"], timeout=60)
        done.stdout, done.stderr = unstaged(done.stdout, here), unstaged(done.stderr, here)
        if "panicked" in done.stderr:
            return ["panicked:\n" + done.stderr]
        return loaded(answer, done) if answer["ok"] else refused(answer, done)


def unstaged(text, here):
    """What is said in the folder `here`, which the answers call @HERE@; the folders above it are @HERE@/.. and so on."""
    name = "@HERE@"
    for folder in (here, *here.parents[:len(FOLDER.split("/")) - 1]):
        text = text.replace(str(folder), name)
        name += "/.."
    return text


def loaded(expected, done):
    """What is wrong where the original loads the file."""
    if done.returncode != 0:
        return [f"refused with {done.returncode}:\n{done.stderr}"]
    found = [line for pair in pairs(expected["config"], json.loads(done.stdout)) for line in differences(*pair)]
    messages = expected["parse_criticals"] + expected["parse_warnings"] + [
        f"{spec} cannot be resolved within" for spec in expected["unresolved_imports"]]
    return found + [f"does not warn: {text}" for text in messages if not told(text, done.stderr)]


def refused(expected, done):
    """What is wrong where the original refuses the file."""
    if done.returncode != 2 or done.stdout:
        return [f"exit status {done.returncode}, not 2, where the original says: {expected['error']}"]
    errors = re.findall(r"^error\[[\w-]+\]: (.*?)^ *--> .+?:\d+:\d+$", done.stderr, re.M | re.S)
    if not errors:
        return [f"names no place:\n{done.stderr}"]
    if errors[0].split() != expected["error"].split():
        return [f"original {expected['error']!r}, ours:\n{done.stderr}"]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", default=TOP.parent / "shared/corpus/supervisord", type=pathlib.Path)
    parser.add_argument("--recipe", default=TOP / "target/debug/recipe", type=pathlib.Path)
    args = parser.parse_args()
    recipe = str(args.recipe.resolve())
    files = sorted(args.corpus.glob("*.conf"))
    if not files:
        sys.exit(f"{args.corpus}: no *.conf")
    agree = 0
    for conf in files:
        answer = json.loads(conf.with_suffix(".expected.json").read_text())
        wrong = check(recipe, conf, answer)
        agree += not wrong
        for text in wrong:
            print(f"{conf.stem}: {text}\n")
    print(f"{agree} of {len(files)} agree")
    sys.exit(agree != len(files))


if __name__ == "__main__":
    main()
