#!/usr/bin/env python3
"""Measures `recipe lsp`: how long after a keystroke the findings of a text come.

    benches/lsp.py [--ours "target/release/recipe lsp"] [--lines 10000] [--keys 200]

One letter is typed into, or taken out of, the name of a program in the middle of a text. Figures are milliseconds from the
write of the change to the last byte of the findings, in a running server; "processor" is what the server itself computes for
one, whoever else uses the machine.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import tempfile
import time


def toml(lines):
    text = ["[project]", 'name = "large"', ""]
    names = []
    while len(text) < lines - 5:
        name = f"web{len(names)}"
        names.append(name)
        text += [
            f"[parts.{name}]",
            'recipe = "program"',
            f"ports = {{ http = {10000 + len(names)} }}",
            f'command = "/srv/bin/web --port $<:ports.http> --name {name}"',
            "startsecs = 5",
            f'environment = {{ NAME = "{name}", MODE = "production" }}',
            "autorestart = true",
            "",
        ]
    listed = ", ".join(f'"{name}"' for name in names)
    text += ["[parts.supervisor]", 'recipe = "supervisor"', f"programs = [{listed}]"]
    return "recipe.toml", text


def yaml(lines):
    text = ["parts:"]
    names = []
    while len(text) < lines - 5:
        name = f"web{len(names)}"
        names.append(name)
        text += [
            f"  {name}:",
            "    recipe: program",
            f"    ports: {{ http: {10000 + len(names)} }}",
            f"    command: /srv/bin/web --port $<:ports.http> --name {name}",
            "    startsecs: 5",
            f"    environment: {{ NAME: {name}, MODE: production }}",
            "    autorestart: true",
        ]
    text += ["  supervisor:", "    recipe: supervisor", f"    programs: [{', '.join(names)}]"]
    return "recipe.yaml", text


def cfg(lines):
    text = ["[buildout]", "parts = supervisor", "[ports]"]
    half = lines // 2
    text += [f"web{n} = {10000 + n}" for n in range(half)]
    text += ["[supervisor]", "recipe = collective.recipe.supervisor", "programs ="]
    text += [f"    10 web{n} /srv/bin/web [ --port ${{ports:web{n}}} --name web{n} ]" for n in range(half - 6)]
    return "buildout.cfg", text


def conf(lines):
    text = ["[supervisord]", "[rpcinterface:supervisor]"]
    text.append("supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface")
    count = 0
    while len(text) < lines:
        text += [
            f"[program:web{count}]",
            f"command = /srv/bin/web --port {10000 + count} --name web{count}",
            "directory = /srv",
            "startsecs = 5",
            f'environment = NAME="web{count}",MODE="production"',
            f"stdout_logfile = /var/log/web{count}.log",
            "redirect_stderr = true",
        ]
        count += 1
    return "supervisord.conf", text


class Client:
    def __init__(self, command, folder):
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.send({"id": 0, "method": "initialize", "params": {"capabilities": {}}})
        self.read()

    def send(self, message):
        body = json.dumps(message).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def read(self):
        length = int(self.server.stdout.readline().split(b":")[1])
        self.server.stdout.readline()
        return self.server.stdout.read(length)

    def notify(self, method, **params):
        self.send({"method": "textDocument/" + method, "params": params})

    def cpu(self):
        """Milliseconds on a processor so far."""
        with open(f"/proc/{self.server.pid}/schedstat") as times:
            return int(times.read().split()[0]) / 1_000_000

    def memory(self):
        with open(f"/proc/{self.server.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024


def measure(command, made, keys):
    name, lines = made
    with tempfile.TemporaryDirectory() as folder:
        client = Client(command, folder)
        uri = "file://" + os.path.join(os.path.realpath(folder), name)
        text = "\n".join(lines) + "\n"
        client.notify("didOpen", textDocument={"uri": uri, "languageId": "x", "version": 0, "text": text})
        findings = len(json.loads(client.read())["params"]["diagnostics"])
        middle = next(n for n in range(len(lines) // 2, len(lines)) if "--name " in lines[n])
        column = lines[middle].index("--name ") + 7
        times, before = [], client.cpu()
        for key in range(keys):
            end = column + key % 2
            change = {
                "range": {"start": {"line": middle, "character": column}, "end": {"line": middle, "character": end}},
                "text": "" if key % 2 else "x",
            }
            start = time.perf_counter()
            client.notify("didChange", textDocument={"uri": uri, "version": key + 1}, contentChanges=[change])
            client.read()
            times.append((time.perf_counter() - start) * 1000)
        cpu, memory = (client.cpu() - before) / keys, client.memory()
        client.server.kill()
        client.server.wait()
    times.sort()
    p50, p99 = statistics.median(times), times[len(times) * 99 // 100]
    print(f"| `{name}` | {len(lines):,} | {findings} | {times[0]:.1f} | {p50:.1f} | {p99:.1f} | {cpu:.1f} | {memory} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", default="target/release/recipe lsp")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=200)
    arguments = parser.parse_args()
    command = shlex.split(arguments.ours)
    command[0] = os.path.abspath(command[0])
    print("| text | lines | findings | least, ms | p50, ms | p99, ms | processor, ms | memory, MiB |\n|---|---|---|---|---|---|---|---|")
    for made in (toml, yaml, cfg, conf):
        measure(command, made(arguments.lines), arguments.keys)


if __name__ == "__main__":
    main()
