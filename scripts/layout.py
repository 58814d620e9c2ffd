#!/usr/bin/env python3
"""Where code lies in the shipped program: makes .cargo/daemon.ld, from what idle daemons really run.

    scripts/layout.py [BINARY MAP]

BINARY is an unstripped static release binary and MAP the linker's map of it; without them both are built. A supervisord, a
zdaemon manager and the event listeners are started and, once they are idle, run one instruction at a time (ptrace), while they
answer, start a killed program again, or are told of an event. Each function that ran becomes a line of the linker script. The names hold hashes of crates, which differ
from compiler to compiler, so they are patterns; one that meets nothing does no harm.

For x86-64 with Linux, where processes may be traced. About a minute, and five more if it has to build.
"""
import bisect
import ctypes
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import xmlrpc.client

HERE = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = HERE / ".cargo" / "daemon.ld"
HEAD = """\
/*
 * Where code lies in the shipped program. Made by scripts/layout.py: what an idle supervisord or zdaemon manager runs when
 * it answers, or starts a program again, lies together, and what an event listener runs at each event.
 *
 * Linkers sort functions by name, so that what a daemon runs all day lies strewn among all that it never runs. A page
 * is mapped with those around it (64 KiB, or up to 256 where the file is cached so), so an idle daemon had more than 4 MiB of
 * code in memory, and used half of one. A pattern that meets nothing does no harm: the function stays where the linker puts
 * it. Cargo does not see that this file has changed: what is built already is linked anew only after another change.
 */
SECTIONS
{
  .text.daemon :
  {
"""
TAIL = """\
  }
}
/* Behind the rest, next to what the C library does: its code comes last. */
INSERT AFTER .text;
"""

# What the C library has one of for each kind of processor, of which this one runs one.
OF_PROCESSORS = re.compile(r"^ +(\*libc\.a:.*\(\.text\.(?:avx|evex|rtm|sse).*\))$", re.MULTILINE)

CONF = """\
[unix_http_server]
file={folder}/supervisor.sock
[supervisord]
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
nodaemon=true
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:quiet]
command=/bin/sleep 1000000
startsecs=0
[program:talker]
command=/bin/sh -c 'while :; do echo line; sleep 1; done'
[program:many]
command=/bin/sleep 1000000
process_name=%(program_name)s_%(process_num)d
numprocs=64
startsecs=0
"""
RUNNER = """\
<runner>
  program /bin/sleep 1000000
  socket-name {folder}/zdsock
  directory {folder}
  daemon true
  transcript {folder}/transcript.log
</runner>
"""

# The listeners, each with what it cannot do without.
LISTENERS = {
    "memmon": ["-a", "1GB"],
    "httpok": ["-a", "http://localhost:1/"],
    "crashmail": ["-a", "-m", "a@localhost"],
    "crashmailbatch": ["--toEmail=a@localhost", "--fromEmail=b@localhost"],
    "fatalmailbatch": ["--toEmail=a@localhost", "--fromEmail=b@localhost"],
    "crashsms": ["--toEmail=a@localhost", "--fromEmail=b@localhost"],
}
# One that none of them does anything about.
EVENT = b"ver:3.0 server:supervisor serial:1 pool:p poolserial:1 eventname:SUPERVISOR_STATE_CHANGE_RUNNING len:0\n"

PTRACE_PEEKUSER, PTRACE_SINGLESTEP, PTRACE_ATTACH, PTRACE_DETACH = 3, 9, 16, 17
PTRACE_SETOPTIONS, PTRACE_GETEVENTMSG = 0x4200, 0x4201
# The options to be told of a fork, vfork, clone and exec, and these events.
OPTIONS, BIRTHS, EXEC = 0x1e, (1, 2, 3), 4
RIP, WALL = 16 * 8, 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.restype = ctypes.c_long
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def main():
    binary, chart = map(pathlib.Path, sys.argv[1:]) if len(sys.argv) == 3 else build()
    sections = Sections(chart)
    runs = {"supervisord": supervisord, "zdaemon's manager": zdaemon, "listeners": listeners}
    ran = {who: {sections.at(address) for address in run(binary)} - {None} for who, run in runs.items()}
    daemon, manager, listener = ran.values()
    # What each of them runs lies side by side, as far as that can be for three.
    groups = (
        ("Only listeners.", listener - manager - daemon),
        ("Listeners and zdaemon's manager.", listener & manager - daemon),
        ("Only zdaemon's manager.", manager - listener - daemon),
        ("All.", listener & manager & daemon),
        ("Supervisord and zdaemon's manager.", manager & daemon - listener),
        ("Supervisord and listeners.", listener & daemon - manager),
        ("Only supervisord.", daemon - manager - listener),
    )
    text = HEAD
    seen = set()
    former = set(OF_PROCESSORS.findall(SCRIPT.read_text()))
    for title, group in groups:
        lines = sorted({pattern(*section) for section in group} - seen)
        seen |= set(lines)
        text += f"    /* {title} */\n" + "".join(f"    {line}\n" for line in lines) + "\n"
    others = "".join(f"    {line}\n" for line in sorted(former - seen))
    text += f"    /* What was found on other processors, which run these instead. */\n{others}" if others else ""
    SCRIPT.write_text(text.rstrip("\n") + "\n" + TAIL)
    size = sum(sections.sizes[section] for section in daemon | manager | listener)
    counts = ", ".join(f"{len(functions)} functions of {who}" for who, functions in ran.items())
    print(f"{counts}, {size >> 10} KiB: {SCRIPT}")


def build():
    """The shipped program with its symbols, and the linker's map."""
    folder = HERE / "target" / "layout"
    folder.mkdir(parents=True, exist_ok=True)
    chart = folder / "map"
    environ = os.environ | {"CARGO_PROFILE_RELEASE_STRIP": "none", "CARGO_TARGET_DIR": str(folder)}
    host = re.search(r"host: (\S+)", subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout)[1]
    config = re.search(r'"--config=(.*)"', (HERE / ".cargo" / "config.toml").read_text())[1].replace('\\"', '"')
    config = config[: config.rindex("]")] + f", '-Clink-arg=-Wl,-Map={chart}']"
    subprocess.run(["cargo", "build", "--release", "--target=host-tuple", f"--config={config}"], cwd=HERE, env=environ, check=True)
    return folder / host / "release" / "recipe", chart


class Sections:
    """The sections of the object files in the program, by address."""

    LINE = re.compile(r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ {9}(\S.*):\((\.text\S*)\)$")

    def __init__(self, chart):
        self.addresses, self.names, self.sizes = [], [], {}
        for line in chart.read_text().splitlines():
            if found := self.LINE.match(line):
                name = (pathlib.PurePath(found[3]).name, found[4])
                self.addresses.append(int(found[1], 16))
                self.names.append(name)
                self.sizes[name] = int(found[2], 16)
        assert self.addresses == sorted(self.addresses) and self.addresses, "the map is read amiss"

    def at(self, address):
        """The object file and the name of the section there."""
        index = bisect.bisect(self.addresses, address) - 1
        if index < 0 or address >= self.addresses[index] + self.sizes[self.names[index]]:
            return None
        return self.names[index]


def pattern(file, section):
    """A line of the linker script for a section."""
    if not re.match(r"\.text\.(unlikely\.|hot\.)?_R", section):
        # An object of the C library: `libc.a(read.o)`.
        file = re.sub(r"^(\w+\.a)\((.*)\)$", r"\1:\2", file)
        return f"*{file}({section})" if ".a:" in file else f"*({section})"
    # What a compiler of another day would write otherwise: hashes of crates, and references to what came before.
    name = re.sub(r"\.llvm\.\d+$", "*", section)
    name = re.sub(r"Cs[0-9A-Za-z]+_(?=\d|$)", "*", name)
    name = re.sub(r"B[0-9A-Za-z]*_", "*", name)
    return "*(" + re.sub(r"\*+", "*", name) + ")"


def supervisord(binary):
    """The addresses of what a supervisord runs."""
    with tempfile.TemporaryDirectory(prefix="layout-") as folder:
        conf = pathlib.Path(folder, "supervisord.conf")
        conf.write_text(CONF.format(folder=folder))
        process = subprocess.Popen([binary, "supervisord", "-c", conf], stdout=subprocess.DEVNULL)
        rpc = xmlrpc.client.ServerProxy("http://localhost", Unix(f"{folder}/supervisor.sock")).supervisor
        try:
            wait(lambda: all(info["statename"] == "RUNNING" for info in rpc.getAllProcessInfo()))

            def work():
                pid = rpc.getProcessInfo("quiet")["pid"]
                rpc.getAllProcessInfo()
                os.kill(pid, signal.SIGKILL)
                wait(lambda: rpc.getProcessInfo("quiet")["pid"] not in (0, pid))
                rpc.getAllProcessInfo()
                time.sleep(1)

            return trace(process.pid, work)
        finally:
            process.terminate()
            process.wait()


def zdaemon(binary):
    """The addresses of what a manager of zdaemon runs."""
    with tempfile.TemporaryDirectory(prefix="layout-") as folder:
        conf = pathlib.Path(folder, "zdaemon.conf")
        conf.write_text(RUNNER.format(folder=folder))

        def ask(action):
            with open(f"{folder}/said", "w+") as said:
                subprocess.run([binary, "zdaemon", "-C", conf, action], stdout=said, stderr=said)
                said.seek(0)
                return said.read()

        def program():
            found = re.search(r"program running; pid=(\d+)", ask("status"))
            return found and int(found[1])

        ask("start")
        try:
            stat = pathlib.Path(f"/proc/{program()}/stat").read_text()

            def work():
                pid = program()
                os.kill(pid, signal.SIGKILL)
                wait(lambda: program() not in (None, pid))

            return trace(int(stat[stat.rindex(")") + 2:].split()[1]), work)
        finally:
            ask("stop")


def listeners(binary):
    """The addresses of what the listeners run."""
    seen = set()
    for program, args in LISTENERS.items():
        environ = os.environ | {"SUPERVISOR_SERVER_URL": "unix:///nowhere"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([binary, program, *args], env=environ, bufsize=0, **pipes) as process:

            def take(expected):
                got = b""
                while len(got) < len(expected):
                    more = process.stdout.read(len(expected) - len(got))
                    assert more, f"{program} has ended"
                    got += more
                assert got == expected, f"{program} says {got}"

            def work():
                for _ in range(2):
                    process.stdin.write(EVENT)
                    take(b"RESULT 2\nOKREADY\n")
                    # It gives memory back once nothing more comes.
                    time.sleep(5)

            take(b"READY\n")
            seen |= trace(process.pid, work)
            process.kill()
    return seen


def trace(daemon, work):
    """Runs a process one instruction at a time while `work` is done; the addresses within the program. What a child does
    until it becomes another program is among them: it has the memory of its parent."""
    def ptrace(request, pid, data=None):
        return LIBC.ptrace(request, pid, None, data)

    base = next(int(line.split("-")[0], 16) for line in open(f"/proc/{daemon}/maps") if "/" in line)
    assert ptrace(PTRACE_ATTACH, daemon) == 0, f"process {daemon} cannot be traced"
    os.waitpid(daemon, 0)
    ptrace(PTRACE_SETOPTIONS, daemon, OPTIONS)
    ptrace(PTRACE_SINGLESTEP, daemon)
    worker = threading.Thread(target=work)
    worker.start()
    seen, traced = set(), {daemon}
    while worker.is_alive():
        for pid in list(traced):
            stopped, status = os.waitpid(pid, os.WNOHANG | WALL)
            if not stopped:
                continue
            if not os.WIFSTOPPED(status):
                traced.remove(pid)
                continue
            event, signum = status >> 16, os.WSTOPSIG(status)
            if event in BIRTHS:
                born = ctypes.c_ulong()
                ptrace(PTRACE_GETEVENTMSG, pid, ctypes.byref(born))
                traced.add(born.value)
            if event == EXEC:
                traced.remove(pid)
                ptrace(PTRACE_DETACH, pid)
                continue
            seen.add(LIBC.ptrace(PTRACE_PEEKUSER, pid, RIP, None) - base)
            ptrace(PTRACE_SINGLESTEP, pid, 0 if signum in (signal.SIGTRAP, signal.SIGSTOP) else signum)
    os.kill(daemon, signal.SIGSTOP)
    os.waitpid(daemon, 0)
    ptrace(PTRACE_DETACH, daemon)
    os.kill(daemon, signal.SIGCONT)
    return seen


def wait(is_so, seconds=120):
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


class Unix(xmlrpc.client.Transport):
    """XML-RPC over a unix socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        connection = http.client.HTTPConnection(host)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        return connection


if __name__ == "__main__":
    main()
