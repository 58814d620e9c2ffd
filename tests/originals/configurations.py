#!/usr/bin/env python3
"""Random configurations, read by Supervisor and by `recipe show`: accepted alike, with the same values and warnings, or
refused with the same text.

    configurations.py RECIPE [COUNT [SEED]]

Run with an interpreter that has the original. Configurations are made from the options' types, mostly right, sometimes
slightly wrong, with expansions, includes, groups, comments and continued lines. As `recipe show` asks nothing of the
host, neither does the original here: folders need not be there, and users are as written.
Each difference is printed with its configuration; exit status 1 if there is any.
"""
import concurrent.futures
import io
import json
import os
import pathlib
import platform
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import supervisord_corpus as corpus  # noqa: E402
from supervisor import datatypes, events, options  # noqa: E402

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "NUM": "7", "WORD": "wörd", "PERCENT": "a%b %(here)s"}

# Values by type: the first list is right, the second is not.
INTEGERS = ["0", "1", "-1", "+3", "1_000", "007", "42", "%(ENV_NUM)s", "65535"], ["q", "", "1.5", "0x10", "1 2", "_1", "--1"]
#: Larger ones are cut to 64 bits.
NUMBERS = INTEGERS[0] + ["9" * 30, "-" + "9" * 30, "0" * 4300, "1_" * 30 + "0"], INTEGERS[1] + ["0" * 4301, "-" + "1_" * 4300 + "1"]
BOOLEANS = ["true", "FALSE", "yes", "No", "on", "off", "1", "0"], ["maybe", "", "2", "%(ENV_WORD)s", "truee"]
SIZES = ["0", "1KB", "50 mb", "2Gb", "-1", "-1kb", "1_0MB", "%(ENV_NUM)sMB", "9" * 30 + "MB", "-" + "9" * 17 + "GB"], [
    "1" * 4301 + "kb", "1.5MB", "1b", "MB", "1 k b", "5m", "kb1"]
OCTALS = ["022", "0", "777", "0o17", "1_0", "-0"], ["9", "", "0x1", "rwx"]
SIGNALS = ["TERM", "sigkill", "SigHup", "9", " 15 ", "0", "RTMIN", "cld", "_DFL", "sig_ign", "_Block",
           "SIG_UNBLOCK", "_SETMASK"], ["FOO", "", "99", "-1", "SIG", "SIGSIGTERM", "_", "9" * 30]
CODES = ["0", "", "0,2", "1 , 2", "255", "+1,0_1"], ["256", "1,", ",", "a", "-1", "0;1"]
RESTARTS = ["true", "false", "unexpected", "UNEXPECTED", "1"], ["", "always", "Foo"]
LEVELS = ["info", "DEBUG", "warn", "blather"], ["warning", "", "foo", "20"]
USERS = ["root", "nobody", "0", "%(ENV_WORD)s", ""], ["%(ENV_NONE)s"]
OWNERS = ["nobody", "nobody:users", "0:0", "root:0"], ["%(here)", "%("]
NAMES = ["%(program_name)s", "p", "ä", "%(group_name)s_x", "%(program_name)s_%(process_num)02d", "n%(process_num)d"], [
    "a b", "a:b", "a/b", "%(nope)s", "%(process_num)"]
PATHS = ["/tmp/x", "x", "./a/../b", "%(here)s/x", "~/x", "/tmp//y/", "%(ENV_WORD)s.log", "/"], ["%(nope)s", "%(here)"]
LOGS = PATHS[0] + ["AUTO", "none", "OFF", "syslog", "/tmp/%(program_name)s.%(process_num)d", "/tmp/%%d", "Auto", ""], PATHS[1] + [
    "%(ENV_PERCENT)s"]
TEXTS = ["x", "a b", "%(here)s %(program_name)s", "%(process_num)03d/%(numprocs)x", "100%%", "%(host_node_name)s",
         "%(ENV_PERCENT)s", "a;b", "a ;b", "a #b", "a=b:c", "%(process_num)-5d|", "%(process_num)+d", "%(here).3s",
         "%(process_num)c", "%(process_num)#o %(process_num)r", "'quoted \"", "%(here)5.2s%(process_num)e", "é😀"], [
    "100%", "%(nope)s", "%(here)d", "%(process_num)", "%(here", "%y", "%(process_num)z", "%(here)*d", "% d", "%(a(b)c)s",
    "%(process_num).2c", "%(here)c", "%5", "%(process_num)é", "%(ENV_NONE)s"]
ENVIRONMENTS = ["A=1", 'A="x y",B=\'z\'', "A=1,\n B=2,", "", "A=a\"b", "A=%(here)s", 'A="%(ENV_PERCENT)s"', "A=x#y", "A=$x",
                "A=1,A=2", "A=é", 'A=""', "A=\"'x'\"", "A=/a.b-c+d(e):f", 'NUM="8",A="%(ENV_NUM)s"', 'A="%(process_num)d"'], [
    "A", "A=", "A=1 B=2", "A=b@c", 'A="x', "A=1,,B=2", "=1", "A=%(nope)s", "A='x\" y", "A=%", "A=\\'x"]
EVENTS = ["TICK_5", "event", "PROCESS_STATE, TICK_60", "PROCESS_LOG_STDOUT,PROCESS_LOG_STDERR"], ["TICK_6", "", " ", "EVENT FOO", "EVENT,"]
SOCKETS = ["tcp://localhost:80", "unix:///tmp/s", "unix:///tmp/%(program_name)s", "tcp://H:1", "unix:///a/../b"], [
    "foo", "unix://x", "tcp://:80", "tcp://a", "tcp://a b:1", "", "TCP://a:1", "tcp://a:1:2", "tcp://a:-1"]
PORTS = ["9001", "*:9001", "LocalHost:80", "::1:80", "127.0.0.1:1", ":65535", " 9001 "], ["foo", "", "a:", "a:0", "a:65536", "a:b", "0", "70000"]
BACKLOGS = ["1", "65535", "128"], ["0", "65536", "x", "-1"]
HANDLERS = ["supervisor.dispatchers:default_handler"], []
INTERFACES = ["supervisor.rpcinterface:make_main_rpcinterface"], []
URLS = ["AUTO", " auto ", "http://h:1", "", "unix:///%(program_name)s"], ["%(nope)s"]
PROGRAMS = ["a", "a,b", " a , b", "f", "", "a,f", "b,a,a"], ["zz", "l", "a,", "a b", "both"]

COMMON = {
    "command": TEXTS, "process_name": NAMES, "numprocs_start": INTEGERS, "priority": NUMBERS, "autostart": BOOLEANS,
    "autorestart": RESTARTS, "startsecs": NUMBERS, "startretries": NUMBERS, "exitcodes": CODES, "stopsignal": SIGNALS,
    "stopwaitsecs": NUMBERS, "stopasgroup": BOOLEANS, "killasgroup": BOOLEANS, "user": USERS, "redirect_stderr": BOOLEANS,
    "environment": ENVIRONMENTS, "directory": PATHS, "umask": OCTALS, "serverurl": URLS,
    "numprocs": (["1", "2", "3", "0", "-1"], ["x", "", "1.0"]),
    **{f"{channel}_{option}": values for channel in ("stdout", "stderr") for option, values in {
        "logfile": LOGS, "logfile_maxbytes": SIZES, "logfile_backups": NUMBERS, "capture_maxbytes": SIZES,
        "events_enabled": BOOLEANS, "syslog": BOOLEANS}.items()}}
SECTIONS = {
    "supervisord": {
        "logfile": PATHS, "logfile_maxbytes": SIZES, "logfile_backups": NUMBERS, "loglevel": LEVELS, "pidfile": PATHS,
        "umask": OCTALS, "nodaemon": BOOLEANS, "silent": BOOLEANS, "minfds": NUMBERS, "minprocs": NUMBERS,
        "nocleanup": BOOLEANS, "childlogdir": PATHS, "user": USERS, "directory": PATHS, "strip_ansi": BOOLEANS,
        "identifier": TEXTS, "environment": (ENVIRONMENTS[0][:-1], ENVIRONMENTS[1])},
    "program:": COMMON,
    "eventlistener:": {**COMMON, "events": EVENTS, "buffer_size": INTEGERS, "result_handler": HANDLERS},
    "fcgi-program:": {
        **COMMON, "socket": SOCKETS, "socket_owner": OWNERS, "socket_mode": OCTALS, "socket_backlog": BACKLOGS},
    "group:": {"programs": PROGRAMS, "priority": NUMBERS},
    "inet_http_server": {"port": PORTS, "username": TEXTS, "password": TEXTS},
    "unix_http_server": {"file": PATHS, "chmod": OCTALS, "chown": OWNERS, "username": TEXTS, "password": TEXTS},
    "rpcinterface:": {"supervisor.rpcinterface_factory": INTERFACES,
                      "setting": TEXTS},
    "include": {"files": (["*.inc", "a.inc b.inc", "%(here)s/*.inc", "none*", "[ab].inc"], ["%(nope)s", "%"])},
    "unknown": {"x": TEXTS}, "Program:a": COMMON, "supervisorctl": {"prompt": TEXTS}, "DEFAULT": COMMON}
#: Without these a section is refused.
NEEDED = {"program:": ["command"], "eventlistener:": ["command", "events"], "fcgi-program:": ["command", "socket"],
          "inet_http_server": ["port"], "unix_http_server": ["file"], "group:": ["programs"], "include": ["files"],
          "rpcinterface:": ["supervisor.rpcinterface_factory"]}

#: Characters that mean something, to us or to Python.
STRANGE = "[]=:;#%()\"' \t\n\r,\\$\xa0\x0b\x0c\x1c\x85\u2028\u3000é\0\ufeffİß²١"


class Writer:
    """Writes configurations; one in `faults` values is wrong."""

    def __init__(self, seed):
        self.pick = random.Random(seed)
        self.faults = self.pick.choice([0, 0.003, 0.02, 0.05])

    def chance(self, share):
        return self.pick.random() < share

    def value(self, values):
        right, wrong = values
        return self.pick.choice(wrong if wrong and self.chance(self.faults) else right)

    def option(self, name, values):
        """A line, or several."""
        value = self.value(values).replace("\n", "\n  ")
        if self.chance(0.03):
            value = value.replace(" ", "\n   ", 1)
        if self.chance(0.05) and values not in (HANDLERS, INTERFACES):
            value += self.pick.choice([" ; why", " # why", "\t;why", ";no", "; no", "\\", " \\\n  more", "  ", "\n  ; in between\n  more", "\n\n  more"])
        name = name.upper() if self.chance(0.02) else name
        equals = self.pick.choice(["=", " = ", ":", " : ", "= ", "=\t"])
        return name + equals + value

    def section(self, kind):
        table = SECTIONS[kind]
        names = [name for name in NEEDED.get(kind, []) if not self.chance(self.faults)]
        names += self.pick.sample(sorted(table), min(len(table), self.pick.choice([0, 1, 2, 5])))
        if "numprocs" in names and not self.chance(self.faults):
            names.append("process_name")
        self.pick.shuffle(names)
        lines = [self.header(kind)] + [self.option(name, table[name]) for name in names]
        for _ in range(self.pick.choice([0, 0, 0, 1])):
            lines.insert(self.pick.randrange(1, len(lines) + 1), self.pick.choice(["", "; comment", "# comment", "   ; deep"]))
        if self.chance(self.faults):
            lines.insert(self.pick.randrange(len(lines) + 1), self.pick.choice(["junk", "=x", "[", "[]", "  deep", ": y", "[x", "é"]))
        return "\n".join(lines)

    def header(self, kind):
        name = ""
        if kind.endswith(":"):
            right = {"eventlistener:": ["l", "m", "x y"], "fcgi-program:": ["f", "both"], "program:": ["a", "b", "both", "a"],
                     "group:": ["g", " h", "a"], "rpcinterface:": ["r", "supervisor"]}[kind]
            name = self.value((right[:2], right + ["", "a b", "a:b", "x/y"]))
        elif kind.endswith("server"):
            name = self.pick.choice(["", "", "", ":x", "2"])
        header = f"{kind}{name}"
        if self.chance(self.faults):
            header = self.pick.choice([f" {header} ", f" {header}", f"{header} ", header.replace(":", ": "), header.replace(":", " :")])
        return f"[{header}]" + self.pick.choice(["", "", "", " ; why", "  ", ";why", "]"[self.pick.randrange(9):]])

    def text(self, kinds):
        text = "\n".join(self.section(kind) for kind in kinds)
        if self.chance(4 * self.faults):
            text = self.mutated(text)
        ends = "\r\n" if self.chance(0.03) else "\n"
        return ends.join(text.split("\n")) + self.pick.choice([ends, ""])

    def mutated(self, text):
        """With characters taken out, doubled or put in."""
        for _ in range(self.pick.choice([1, 1, 2, 4])):
            at = self.pick.randrange(len(text) + 1)
            new = self.pick.choice(["", text[at:at + 1] * 2, self.pick.choice(STRANGE)])
            text = text[:at] + new + text[at + self.pick.choice([0, 1]):]
        return text

    def files(self):
        """{name: text}"""
        kinds = self.pick.choices(sorted(SECTIONS), [12 if kind.endswith(":") else 2 for kind in sorted(SECTIONS)],
                                  k=self.pick.choice([0, 1, 2, 4, 8]))
        if not self.chance(self.faults):
            kinds.append("supervisord")
        self.pick.shuffle(kinds)
        files = {"supervisord.conf": self.text(kinds)}
        if "include" in kinds:
            for name in "a.inc", "sub/b.inc", "b.inc":
                files[name] = self.text(self.pick.choices(["program:", "group:", "eventlistener:", "DEFAULT"], k=2))
        return files


def number_or_name(kind):
    def look_up(name):
        try:
            return int(name)
        except ValueError:
            return f"{kind}:{name}"
    return look_up


def stub_host():
    """The original asks nothing of the host."""
    for module in options, datatypes:
        module.existing_directory = module.existing_dirpath = os.path.expanduser
        module.name_to_uid = number_or_name("user")
        module.gid_for_uid = lambda uid: f"gid-of:{uid}"
    datatypes.name_to_gid = number_or_name("group")
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    tempfile.tempdir = "/tmp"


class Refused(Exception):
    """What the original would print."""


def original(conf):
    """What the original makes of a file, as a corpus has it."""
    read = options.ServerOptions()
    read.stdout = read.stderr = io.StringIO()

    def usage(message):
        raise Refused(str(message))
    read.usage = usage
    answer = {"ok": True, "unresolved_imports": []}
    try:
        read.realize(args=["-c", conf], doc="", progname="supervisord")
        answer["config"] = json.loads(json.dumps(meaning(read), default=described), parse_int=cut)
    except Refused as why:
        answer.update(ok=False, error=str(why))
    except Exception as why:
        answer.update(ok=False, error=f"{type(why).__name__}: {why}")
    for key in "parse_criticals", "parse_warnings":
        answer[key] = getattr(read, key)
    return answer


def cut(digits):
    """What 64 bits hold of it."""
    return max(-2**63, min(int(digits), 2**63 - 1))


def meaning(read):
    section = read.configroot.supervisord
    names = {getattr(events.EventTypes, name): name for name in dir(events.EventTypes) if name.isupper()}

    def group(them):
        us = {key: value for key, value in vars(them).items() if key not in ("options", "process_configs")}
        if "pool_events" in us:
            us["pool_events"] = [names[event] for event in us["pool_events"]]
        processes = [{k: v for k, v in vars(p).items() if k != "options"} | {"type": ""} for p in them.process_configs]
        return us | {"type": type(them).__name__, "processes": processes}
    shown = {name: getattr(read, name) for name in SECTIONS["supervisord"] if name != "environment"}
    return {
        "supervisord": shown | {"environment": section.environment},
        "servers": [dict(server) for server in read.server_configs],
        "rpcinterfaces": [[name, described(factory), values] for name, factory, values in read.rpcinterface_factories],
        "groups": [group(them) for them in read.process_group_configs]}


def described(value):
    if value is datatypes.Automatic:
        return "<Automatic>"
    if isinstance(value, datatypes.SocketConfig):
        shown = dict(vars(value), url=value.url, backlog=value.get_backlog())
        return shown | ({"owner": repr(shown["owner"])} if shown.get("owner") else {})
    if isinstance(value, type):
        return f"<class {value.__name__}>"
    return f"<callable {value.__module__}.{value.__name__}>"


def is_known(answer, done, text):
    """Differences on purpose, as docs/supervisor.md and the modules of src/conf name them."""
    error = answer.get("error", "")
    return any([
        # A function that is not built in is a warning of `show`, and so does not hide what else is wrong.
        "cannot be resolved within" in error and "[conf-foreign-function]" in done.stderr,
        # The home of a user with a NUL in the name is looked up by the original, which Python refuses.
        error == "embedded null byte",
        # The original looks at the names of events in an order of its own.
        error.startswith("Unknown event type ") and "Unknown event type " in done.stderr,
        # A conversion without a name would print the whole table of names.
        re.search(r"(?<!%)(%%)*%[-+ #0]*\d*(\.\d+)?[a-zA-Z]", text),
        # The second unknown member of a group is told with the member before it in the place of the group.
        re.match(r"\[(fcgi-)?program:.*(names unknown|is ambiguous)", error)])


def main():
    recipe, count, seed = sys.argv[1], int((sys.argv + [0, 0])[2] or 600), int((sys.argv + [0] * 3)[3])
    stub_host()
    with tempfile.TemporaryDirectory(prefix="conf-") as top:
        top = pathlib.Path(top).resolve()
        cases = [written(top, number) for number in range(seed, seed + count)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ours = pool.map(lambda conf: show(recipe, conf), cases)
            wrong = sum(differs(conf, done) for conf, done in zip(cases, ours))
    print(f"{count - wrong} of {count} agree")
    sys.exit(wrong > 0)


def written(top, seed):
    folder = top / str(seed)
    for name, text in Writer(seed).files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder / "supervisord.conf"


def show(recipe, conf):
    command = [recipe, "show", "--json", "--color", "never", str(conf)]
    return subprocess.run(command, cwd=conf.parent, capture_output=True, text=True, env=ENVIRONMENT, timeout=60)


def differs(conf, done):
    """Whether the two differ; prints how."""
    os.chdir(conf.parent)
    answer = original(str(conf))
    texts = {path.name: path.read_bytes().decode() for path in sorted(conf.parent.glob("*.*"))}
    found = ["panicked"] if "panicked" in done.stderr else (corpus.loaded if answer["ok"] else corpus.refused)(answer, done)
    if not found or is_known(answer, done, "".join(texts.values())):
        return False
    print(f"-- {conf.parent.name}: " + "\n".join(found))
    for name, text in texts.items():
        print(f"   {name}:\n" + "".join(f"      {line!r}\n" for line in text.split("\n")))
    return True


if __name__ == "__main__":
    main()
