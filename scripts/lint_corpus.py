#!/usr/bin/env python3
"""Runs `recipe lint` over a corpus of real files and compares all findings with those that were reviewed.

    scripts/lint_corpus.py [--recipe target/debug/recipe] [--bless] [CORPUS]

CORPUS holds `supervisord/*.conf`, `zdaemon/*.conf` and, each with a `case.json` that names its manifest, folders below
`buildout/` (default: ../shared/corpus). The snapshot, scripts/lint_corpus.txt, holds file, line, severity and code of each
finding, and no text of the files; `--bless` writes it, after every new line was looked up and found true. What the original
loads may give no error: where its recorded answer is `ok`, an error is a false alarm. Prints the count of each rule; exit
status 1 if anything differs. Standard library only.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
SNAPSHOT = TOP / "scripts/lint_corpus.txt"
LINE = re.compile(r"^(?:(?P<file>.+?):(?P<line>\d+):\d+: )?(?P<severity>error|warning|info)\[(?P<code>[\w-]+)\]")


def findings(recipe, folder, arguments, prefix=""):
    """(file, line, severity, code) of what is found in `folder`."""
    command = [recipe, "--offline", "--skip-remote-extends", "lint", "--format", "concise", *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": "/home/user"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=300)
    if "panicked" in done.stderr:
        sys.exit(done.stderr)
    for text in done.stdout.splitlines():
        found = LINE.match(text)
        if found:
            yield prefix + (found["file"] or "-"), int(found["line"] or 0), found["severity"], found["code"]


def cases(corpus):
    """Folder, arguments and prefix of each run."""
    yield corpus, ["supervisord", "zdaemon"], ""
    for case in sorted((corpus / "buildout").glob("*/case.json")):
        manifest = json.loads(case.read_text())["cfg"]
        yield case.parent, [manifest], f"buildout/{case.parent.name}/"


def false_alarms(corpus, found):
    """Errors in files that the original loads as they are."""
    for file, line, severity, code in found:
        answer = (corpus / file).with_suffix(".expected.json")
        if severity == "error" and answer.exists():
            answer = json.loads(answer.read_text())
            if answer.get("ok") and answer.get("rewritten_text") is None:
                yield f"{file}:{line}: {code}, but the original loads it"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", default=TOP.parent / "shared/corpus", type=pathlib.Path)
    parser.add_argument("--recipe", default=TOP / "target/debug/recipe", type=pathlib.Path)
    parser.add_argument("--bless", action="store_true")
    args = parser.parse_args()
    recipe, corpus = str(args.recipe.resolve()), args.corpus.resolve()
    found = sorted(finding for case in cases(corpus) for finding in findings(recipe, *case))
    if not found:
        sys.exit(f"{corpus}: nothing is found")
    lines = ["{}:{} {} {}".format(*finding) for finding in found]
    alarms = list(false_alarms(corpus, found))
    print("\n".join(alarms))
    for code, number in sorted(collections.Counter(code for *_, code in found).items()):
        print(f"{number:5} {code}")
    if args.bless:
        SNAPSHOT.write_text("\n".join(lines) + "\n")
    reviewed = SNAPSHOT.read_text().splitlines() if SNAPSHOT.exists() else []
    new, gone = (collections.Counter(a) - collections.Counter(b) for a, b in ((lines, reviewed), (reviewed, lines)))
    print("\n".join([f"new: {line}" for line in new.elements()] + [f"gone: {line}" for line in gone.elements()]))
    print(f"{len(lines)} findings, {sum(new.values())} not reviewed, {sum(gone.values())} gone")
    sys.exit(bool(alarms or new or gone))


if __name__ == "__main__":
    main()
