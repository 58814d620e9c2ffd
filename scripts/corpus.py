#!/usr/bin/env python3
"""Builds every case of a corpus of buildout files and compares with what the original made of it.

    scripts/corpus.py [--recipe target/debug/recipe] [--verbose] [CORPUS]

CORPUS is a folder with buildout/CASE/{case.json,expected/options.json,expected/PART.conf} (default: ../shared/corpus).
Each case is copied, `recipe build -c CFG --skip-remote-extends` is run in the copy, and
- where the original resolves everything (`ok-strict`), the configuration of each of its parts must be the same text, or,
  where one of the documented fixes applies (docs/buildout.md), the same after parsing;
- where it needs what is not there (`ok-lenient`), everything that is missing must be named, and the build refused if any
  of its parts is one that we build;
- where the original refuses (`fail`), so must the build.
Ends with `N of M agree`; exit status 1 if any differs. Standard library only.
"""
import argparse
import configparser
import difflib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
SUPERVISOR = "collective.recipe.supervisor"
#: What the recorded answers were made with.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "USER": "user", "LC_ALL": "C.UTF-8"}


def parsed(text):
    """The sections of a supervisord.conf as Supervisor's parser reads them, with the documented fixes applied."""
    config = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";", "#"))
    config.read_string(merged_environments(text))
    sections = {name: dict(config[name]) for name in config.sections()}
    for name, section in sections.items():
        if name.startswith("eventlistener:"):
            section["command"] = re.sub(r" None$", "", section["command"])
        section["command"] = section.get("command", "").strip()
        if section.get("directory") == "":
            del section["directory"]
        sections[name] = {option: mended(option, value) for option, value in section.items()}
    return sections


def mended(option, value):
    """A value without what the fixes change in it: lone `%`, the URL of the port of all interfaces, quotes of variables."""
    value = value.replace("%%", "%")
    if option == "serverurl" or option == "environment":
        value = re.sub(r"http://\*?:", "http://localhost:", value)
    return re.sub("['\"]", "", value) if option == "environment" else value


def merged_environments(text):
    """One `environment` where a section has two: the second wins key by key."""
    out, at = [], None
    for line in text.split("\n"):
        if line.startswith("["):
            at = None
        match = re.match(r"environment\s*=\s*(.*)", line)
        if match and at is not None:
            out[at] += "," + match[1]
            continue
        if match:
            at = len(out)
        out.append(line)
    return "\n".join(out)


def run(recipe, root, cfg):
    """The build of a case: exit status and what it says."""
    command = [recipe, "build", "-c", cfg, "--skip-remote-extends", "--color", "never"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    return done.returncode, done.stdout + done.stderr


def wanted(folder, case):
    """{part: (path of its configuration below the root, its text)} for the parts that a build makes."""
    sections = json.loads((folder / "expected/options.json").read_text())
    return {
        name: (section["conf_path"].removeprefix("/ROOT/"), (folder / f"expected/{name}.conf").read_text())
        for name, section in sections.items()
        if section["in_parts"] and section.get("conf_path") and section["ok"]
    }


def any_built(folder):
    """Whether a part with a recipe of interest is listed."""
    return any(section["in_parts"] for section in json.loads((folder / "expected/options.json").read_text()).values())


def names_missing(case):
    """What a refusal has to name: (section, option) pairs, macros and files."""
    missing = [tuple(ref.split(":", 1)) for ref in case["missing_refs"] if ":" in ref]
    missing += [(ref[1:],) for ref in case["missing_refs"] if ref.startswith("<")]
    return missing + [(os.path.basename(name),) for name in case["missing_extends"]]


def compare(part, path, expected, root):
    """What is wrong with a rendered configuration, or None."""
    target = root / path if not path.startswith("/") else pathlib.Path(path)
    if not target.is_file():
        return f"{part}: {path} was not made"
    actual = target.read_text().replace(str(root), "/ROOT")
    if actual == expected:
        return None
    ours, theirs = parsed(actual), parsed(expected)
    if ours == theirs:
        return None
    return f"{part}: differs\n" + "".join(
        difflib.unified_diff(expected.splitlines(True), actual.splitlines(True), "original", "ours"))


def check(recipe, folder):
    """The list of what is wrong with a case."""
    case = json.loads((folder / "case.json").read_text())
    with tempfile.TemporaryDirectory(prefix="corpus-") as top:
        root = pathlib.Path(top).resolve() / "root"
        skip = shutil.ignore_patterns("case.json", "expected")
        shutil.copytree(folder, root, ignore=skip)
        subprocess.run(["chmod", "-R", "u+w", str(root)], check=True)
        status, said = run(recipe, root, case["cfg"])
        said = said.replace(str(root), "/ROOT")
        if "panicked" in said:
            return ["panicked:\n" + said]
        if case["result"] == "ok-strict":
            if status != 0:
                return [f"refused with {status}:\n{said}"]
            return [bad for part, (path, text) in wanted(folder, case).items() if (bad := compare(part, path, text, root))]
        concerns_us = case["result"] == "fail" or not case["parts"] or any_built(folder)
        if status != 2 and concerns_us:
            return [f"exit status {status}, not 2:\n{said}"]
        if case["result"] == "ok-lenient":
            return [f"does not name {':'.join(name)}:\n{said}" for name in names_missing(case)
                    if not all(word in said for word in name)][:1]
        return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", default=TOP.parent / "shared/corpus", type=pathlib.Path)
    parser.add_argument("--recipe", default=TOP / "target/debug/recipe", type=pathlib.Path)
    parser.add_argument("--verbose", action="store_true", help="show what differs in full")
    args = parser.parse_args()
    recipe = str(args.recipe.resolve())
    folders = sorted(path.parent for path in args.corpus.glob("buildout/*/case.json"))
    if not folders:
        sys.exit(f"{args.corpus}: no buildout/*/case.json")
    agree = 0
    for folder in folders:
        wrong = check(recipe, folder)
        agree += not wrong
        for text in wrong:
            shown = text if args.verbose else "\n".join(text.split("\n")[:6])
            print(f"{folder.name}: {shown}\n")
    print(f"{agree} of {len(folders)} agree")
    sys.exit(agree != len(folders))


if __name__ == "__main__":
    main()
