#!/usr/bin/env python3
"""What a supervisor adds to a restart and to a shutdown: each beside a bare loop that does no more than it must.

    benches/daemon.py [--ours target/x86_64-unknown-linux-gnu/release/recipe] [--peer venv/bin/supervisord]
                      [--programs 1,100,1000] [--kills 30] [--rounds 3]

The bare loop has as many programs with the same three pipes, is asked in the same minute and after the same pauses: it waits
for a child that ends and starts it anew, and at SIGTERM ends them all. "restart" is from kill -9 until the new program has
written a line, "shutdown" from the request until the process is gone. Who watches has a real-time priority, which nobody
inherits, where the system allows it (root): otherwise it may wait for its turn behind the program that it watches. Each round
starts all sides anew; they take turns at being killed, and are shut down in any order. It takes four descriptors for each
program. Standard library only.
"""
import argparse
import contextlib
import http.client
import os
import pathlib
import random
import resource
import select
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import xmlrpc.client

SLEEP = ["/bin/sleep", "100000"]
CONF = """\
[unix_http_server]
file = {folder}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
nodaemon = true
logfile = {folder}/log
pidfile = {folder}/pid
childlogdir = {folder}
minfds = {descriptors}
"""
PROGRAM = """\
[program:p{number:05}]
command = {command}
startsecs = 0
autorestart = true
"""


class Probe:
    """A program that tells its process id through a FIFO, then sleeps; and who listens."""

    def __init__(self, folder):
        path = folder / "fifo"
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.command = ["/bin/sh", "-c", f"echo $$ > {path}; exec {shlex.join(SLEEP)}"]

    def pid(self):
        if not select.select([self.fd], [], [], 60)[0]:
            raise SystemExit("the first program does not tell its process id")
        return int(os.read(self.fd, 100))


class Side:
    """One supervisor with its programs: the first of them is the one that is killed."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder, self.probe, self.times = folder, Probe(folder), []

    def ready(self):
        self.pid = self.probe.pid()
        deadline = time.monotonic() + 60
        while self.running() < self.count:
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.folder.name}: not all programs run")
            time.sleep(0.01)

    def restart(self):
        before = time.monotonic()
        os.kill(self.pid, signal.SIGKILL)
        self.pid = self.probe.pid()
        self.times.append((time.monotonic() - before) * 1e3)

    def shutdown(self):
        before = time.monotonic()
        self.ask()
        self.wait()
        return (time.monotonic() - before) * 1e3


class Supervisor(Side):
    def __init__(self, folder, command, count):
        super().__init__(folder)
        self.count = count
        conf = folder / "supervisord.conf"
        commands = [self.probe.command] + [SLEEP] * (count - 1)
        conf.write_text(CONF.format(folder=folder, descriptors=4 * count + 200) + "".join(
            PROGRAM.format(number=number, command=shlex.join(one)) for number, one in enumerate(commands)))
        null = subprocess.DEVNULL
        self.process = subprocess.Popen([*command, "-c", str(conf)], stdin=null, stdout=null, stderr=null)

    def call(self, method):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.folder / "sock"))
        connection.request("POST", "/RPC2", xmlrpc.client.dumps((), method), {"Content-Type": "text/xml"})
        (answer,), _ = xmlrpc.client.loads(connection.getresponse().read())
        connection.close()
        return answer

    def running(self):
        return sum(info["statename"] == "RUNNING" for info in self.call("supervisor.getAllProcessInfo"))

    def ask(self):
        self.call("supervisor.shutdown")

    def wait(self):
        self.process.wait()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Bare(Side):
    def __init__(self, folder, count):
        super().__init__(folder)
        self.count, (started, said) = count, os.pipe()
        self.process = os.fork()
        if self.process == 0:
            programs = {}
            try:
                supervise([self.probe.command] + [SLEEP] * (count - 1), programs, said)
            finally:
                for pid in programs:
                    os.kill(pid, signal.SIGKILL)
                os._exit(1)
        os.close(said)
        self.started = started

    def running(self):
        if not os.read(self.started, 1):
            raise SystemExit("the bare loop cannot start its programs")
        return self.count

    def ask(self):
        os.kill(self.process, signal.SIGTERM)

    def wait(self):
        os.waitpid(self.process, 0)
        self.process = None

    def end(self):
        if self.process:
            self.ask()
            self.wait()


def supervise(commands, programs, said):
    """The bare loop, in a process of its own; its programs are by process id, with the ends of their pipes."""

    def start(command):
        stdin, ours_in = os.pipe()
        ours_out, stdout = os.pipe()
        ours_err, stderr = os.pipe()
        theirs = (stdin, stdout, stderr)
        actions = [(os.POSIX_SPAWN_DUP2, end, number) for number, end in enumerate(theirs)]
        programs[os.posix_spawn(command[0], command, os.environ, file_actions=actions)] = (
            command, (ours_in, ours_out, ours_err))
        for end in theirs:
            os.close(end)

    def ended():
        command, ends = programs.pop(os.wait()[0])
        for end in ends:
            os.close(end)
        return command

    def stop(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for pid in programs:
            os.kill(pid, signal.SIGTERM)
        while programs:
            ended()
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    for command in commands:
        start(command)
    os.write(said, b".")
    while True:
        start(ended())


def take_precedence():
    """Lets this process be woken before those that it watches, but not its children; whether it may."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
        return True
    except PermissionError:
        return False


def a_round(count, commands, kills):
    """Of each side: the times of its restarts and that of its shutdown, in ms."""
    with tempfile.TemporaryDirectory(prefix="daemon-") as folder, contextlib.ExitStack() as started:
        folder = pathlib.Path(folder)
        sides = {name: Supervisor(folder / name, command, count) for name, command in commands.items()}
        sides["bare"] = Bare(folder / "bare", count)
        for side in sides.values():
            started.callback(side.end)
        for side in sides.values():
            side.ready()
        for _ in range(kills):
            for side in sides.values():
                time.sleep(random.uniform(0.1, 0.5))
                side.restart()
        # None is always the last one, which has the machine for itself.
        order = random.sample(sorted(sides), len(sides))
        shutdowns = {name: sides[name].shutdown() for name in order}
        return {name: (side.times, shutdowns[name]) for name, side in sides.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", default="target/x86_64-unknown-linux-gnu/release/recipe")
    parser.add_argument("--peer", help="Supervisor's own supervisord")
    parser.add_argument("--programs", default="1,100,1000", type=lambda text: [int(one) for one in text.split(",")])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    commands = {"ours": [os.path.abspath(args.ours), "supervisord"]}
    if args.peer:
        commands["peer"] = [os.path.abspath(args.peer)]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if not take_precedence():
        print("no real-time priority: restarts may look longer than they are", file=sys.stderr)
    print("| programs | side | restart p50, ms | worst, by round | shutdown, ms |\n|---|---|---|---|---|")
    for count in args.programs:
        rounds = [a_round(count, commands, args.kills) for _ in range(args.rounds)]
        for name in rounds[0]:
            times, shutdowns = zip(*(one[name] for one in rounds))
            middle = statistics.median(sum(times, []))
            worst = ", ".join(f"{max(one):.1f}" for one in times)
            print(f"| {count:,} | {name} | {middle:.2f} | {worst} | {', '.join(f'{one:.0f}' for one in shutdowns)} |", flush=True)


if __name__ == "__main__":
    main()
