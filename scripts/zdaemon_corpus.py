#!/usr/bin/env python3
"""Reads every zdaemon.conf of a corpus with `recipe show --json` and compares with what the original made of it.

    scripts/zdaemon_corpus.py [--recipe target/debug/recipe] [CORPUS]

CORPUS is a folder of NAME.conf and NAME.expected.json (default: ../shared/corpus/zdaemon). An answer says what the
original made of the file, or of `rewritten_text` where that is not null: `runner`, every option of the section, and
`environment`; or `error`. Each file is read as zdaemon.conf in a folder of its own, which the answer calls @HERE@, and every
option must be the same; where the original refuses it we must, with the same text first.
Ends with `N of M agree`; exit status 1 if any differs. Standard library only.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "USER": "user"}


def ours(recipe, text):
    """What we make of a text: its options, or the error; both with @HERE@ for the folder."""
    with tempfile.TemporaryDirectory() as folder:
        conf = pathlib.Path(folder, "zdaemon.conf")
        conf.write_bytes(text)
        shown = subprocess.run(
            [recipe, "show", "--json", str(conf)], capture_output=True, text=True, env=ENVIRONMENT, cwd=folder)
        if shown.returncode:
            return None, shown.stderr.replace(folder, "@HERE@")
        return json.loads(shown.stdout.replace(folder, "@HERE@")), None


def differences(recipe, conf):
    """Lines about what is not the same."""
    them = json.loads(conf.with_suffix(".expected.json").read_text())
    text = them.get("rewritten_text")
    us, error = ours(recipe, conf.read_bytes() if text is None else text.encode())
    if not them["ok"]:
        first = them["error"].splitlines()[0]
        return [] if error and first in error else [f"should be refused: {first}\n{error}"]
    if error:
        return [error]
    runner = {name.replace("-", "_"): value for name, value in us["runner"].items()}
    runner["umask"] = int(runner["umask"], 8)
    theirs = {name: value for name, value in (them["runner"] or {}).items() if name != "eventlog"}
    found = [f"{name}: {value!r}, not {runner.get(name)!r}" for name, value in theirs.items() if value != runner.get(name)]
    if us["environment"] != them["environment"]:
        found.append(f"environment: {them['environment']!r}, not {us['environment']!r}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default=str(TOP / "target/debug/recipe"))
    parser.add_argument("corpus", nargs="?", default=str(TOP.parent / "shared/corpus/zdaemon"))
    args = parser.parse_args()
    confs = sorted(pathlib.Path(args.corpus).glob("*.conf"))
    agree = 0
    for conf in confs:
        found = differences(str(pathlib.Path(args.recipe).resolve()), conf)
        agree += not found
        for line in found:
            print(f"{conf.stem}: {line}")
    print(f"{agree} of {len(confs)} agree")
    return 0 if confs and agree == len(confs) else 1


if __name__ == "__main__":
    sys.exit(main())
