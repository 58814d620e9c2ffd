"""Makes the same calls to whatever daemon listens on a unix socket, and prints what each comes to, without pids, times
and the folder. Arguments: the socket, the folder. Every method is called, rightly and wrongly."""

import re
import sys
import time
import xmlrpc.client

from supervisor.xmlrpc import SupervisorTransport

SOCKET, FOLDER = sys.argv[1:]
server = xmlrpc.client.ServerProxy(
    "http://localhost", transport=SupervisorTransport(None, None, "unix://" + SOCKET), allow_none=True
)
called = set()


def plain(value, key=None):
    """The value without what differs from run to run."""
    if key in ("start", "stop", "now", "pid") and isinstance(value, int):
        return bool(value)
    if isinstance(value, dict):
        return {name: plain(value[name], name) for name in sorted(value)}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        value = value.replace(FOLDER, "[DIR]")
        value = re.sub(r"---supervisor-\w{8}\.log", "---supervisor-[..].log", value)
        value = re.sub(r"^pid \d+, uptime [\d:]+$", "pid and uptime", value)
        value = re.sub(r"^[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M$", "time of stop", value)
    return value


def by_name(value):
    """Results of many processes in order of their names: which is done first is chance."""
    if isinstance(value, list) and all(isinstance(item, dict) and "status" in item for item in value):
        return sorted(value, key=lambda item: (item["group"], item["name"]))
    return [by_name(item) for item in value] if isinstance(value, list) else value


def call(method, *args, shown=lambda value: value):
    called.add(method)
    function = server
    for part in method.split("."):
        function = getattr(function, part)
    try:
        answer = repr(plain(by_name(shown(function(*args)))))
    except xmlrpc.client.Fault as fault:
        answer = "fault %d %s" % (fault.faultCode, plain(fault.faultString))
    except xmlrpc.client.ProtocolError as error:
        answer = "HTTP %d" % error.errcode
    print("%s%r\n    %s" % (method, plain(list(args)), answer))
    sys.stdout.flush()


def sup(method, *args, **how):
    call("supervisor." + method, *args, **how)
    if False in args or method.startswith("start"):
        settle()


def settle():
    """Waits until no process is on its way, which takes the original longer."""
    moving = {"STARTING", "STOPPING", "BACKOFF"}
    wait_for(lambda: not any(info["statename"] in moving for info in server.supervisor.getAllProcessInfo()))


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("what is waited for does not come")


SIMPLE = ("getAPIVersion getVersion getSupervisorVersion getIdentification getState getAllProcessInfo "
          "getAllConfigInfo").split()
for method in SIMPLE:
    sup(method)
    sup(method, 1)
sup("getPID", shown=lambda pid: pid > 0)
sup("getPID", "x")

# Methods about methods.
call("system.listMethods")
call("system.listMethods", 1)
for name in server.system.listMethods():
    call("system.methodSignature", name)
    call("system.methodHelp", name, shown=lambda text: sorted(
        line.split()[:2] for line in text.splitlines() if line.strip().startswith(("@param", "@return"))))
call("system.methodSignature", "nope")
call("system.methodHelp", "nope")
call("system.methodHelp")
for name in ("nope", "supervisor.nope", "supervisor", "supervisor.getPID.x", "system.getPID", "supervisor._update"):
    call(name)

# One process.
for name in ("cat", "off", "missing", "quick", "folder", "g:a", "g:z", "g:*", "g:", "g", "z", "", ":", "cat:*", "a"):
    sup("getProcessInfo", name)
    sup("stopProcess", name)
    sup("startProcess", name)
    # Whether the original sees that one is over again before it answers is a matter of chance.
    if name != "quick":
        sup("startProcess", name, False)
    sup("signalProcess", name, "CONT")
    sup("sendProcessStdin", name, "text\n")
    sup("clearProcessLogs", name)
    sup("clearProcessLog", name)
    sup("stopProcess", name, False)
    sup("stopProcess", name)
    sup("startProcess", name)
for method in ("getProcessInfo", "startProcess", "stopProcess", "clearProcessLog", "clearProcessLogs"):
    sup(method)
    sup(method, "cat", True, 3)
for method in ("signalProcess", "sendProcessStdin", "sendRemoteCommEvent", "signalProcessGroup"):
    sup(method)
    sup(method, "cat")
    sup(method, "cat", "x", "y")
for signal in ("HUPP", "", "0", "99", "SIGCONT", "cont", " CONT ", 18, "18"):
    sup("signalProcess", "cat", signal)
sup("signalProcess", "off", "CONT")
sup("signalProcess", "g:*", "CONT")
sup("signalProcess", "g:*", "HUPP")
sup("sendProcessStdin", "cat", 1)
sup("sendProcessStdin", "cat", "h\u00e9\n")
sup("sendProcessStdin", "off", "x")
sup("sendRemoteCommEvent", "type", "data")
sup("sendRemoteCommEvent", "type", 7)
sup("sendRemoteCommEvent", 1.5, True)

# Groups and all.
for name in ("g", "cat", "g:*", "z", ""):
    for method in ("stopProcessGroup", "startProcessGroup"):
        sup(method, name)
        sup(method, name)
    sup("stopProcessGroup", name, False)
    sup("stopProcessGroup", name)
    sup("startProcessGroup", name, False)
    sup("signalProcessGroup", name, "CONT")
    sup("signalProcessGroup", name, "HUPP")
for method in ("stopProcessGroup", "startProcessGroup"):
    sup(method)
sup("signalAllProcesses", "CONT")
sup("signalAllProcesses", "HUPP")
sup("signalAllProcesses")
sup("stopAllProcesses")
sup("stopAllProcesses", False)
sup("startAllProcesses")
sup("stopAllProcesses", True, 1)
sup("startAllProcesses", True, 1)
sup("getAllProcessInfo")

# Logs. `told` has been started twice and has written 12 characters in 13 bytes each time; its errors went nowhere.
wait_for(lambda: server.supervisor.tailProcessLog("told", 0, 1)[1] == 26)
READ = ("readProcessLog", "readProcessStdoutLog", "readProcessStderrLog")
TAIL = ("tailProcessLog", "tailProcessStdoutLog", "tailProcessStderrLog")
for method in READ + TAIL:
    for name in ("told", "missing", "z", "g:*", "g:a"):
        for offset, length in ((0, 0), (0, 5), (2, 3), (0, 100), (13, 1), (50, 1), (-3, 0), (-50, 0), (-3, 1), (0, -1)):
            sup(method, name, offset, length)
    sup(method)
    sup(method, "told", 0)
    sup(method, "told", 0, 0, 0)
for method in ("readLog", "readMainLog"):
    sup(method, 0, 0, shown=lambda text: "entered RUNNING state" in text)
    sup(method, 0, 4, shown=len)
    sup(method, -1, 0)
    for offset, length in ((-4, 1), (0, -1), (1 << 30, 0)):
        sup(method, offset, length)
    sup(method)
    sup(method, 0)
sup("clearProcessLog", "told")
sup("clearProcessLog", "g:b")
sup("tailProcessLog", "g:b", 0, 100)
sup("clearAllProcessLogs")
sup("clearAllProcessLogs", 1)
sup("clearLog")
sup("clearLog", 1)

# Many in one.
def one(name, *params):
    return {"methodName": name, "params": list(params)}


call("system.multicall", [
    one("supervisor.getState"), one("supervisor.stopProcess", "cat"), one("supervisor.stopProcess", "cat"),
    one("supervisor.startProcess", "cat"), one("supervisor.startProcess", "quick"), one("nope"),
    one("supervisor.getProcessInfo"), one("system.multicall", []), one("system.methodSignature", "nope"),
    {"methodName": "supervisor.getIdentification"}, {"params": []}, {}, one("supervisor.stopProcess", "g:*"),
    one("supervisor.startProcessGroup", "g"),
])
call("system.multicall", [])
call("system.multicall")

# Groups come and go.
sup("reloadConfig")
sup("reloadConfig", 1)
for name in ("z", "cat", "g"):
    sup("addProcessGroup", name)
    sup("removeProcessGroup", name)
sup("addProcessGroup")
sup("removeProcessGroup")
sup("stopProcess", "cat")
sup("removeProcessGroup", "cat")
sup("getProcessInfo", "cat")
sup("getAllConfigInfo", shown=lambda all: [(one["name"], one["inuse"]) for one in all])
conf = FOLDER + "/supervisord.conf"
text = open(conf).read()
changed = text.replace("[program:cat]", "[program:new]\ncommand = /bin/cat\n[program:cat]")
changed = changed.replace("[program:off]\n", "[program:off]\nstartsecs = 7\n").replace("[program:missing]", "[program:lost]")
open(conf, "w").write(changed)
sup("reloadConfig")
sup("addProcessGroup", "new")
sup("addProcessGroup", "new")
sup("removeProcessGroup", "missing")
sup("reloadConfig")
open(conf, "w").write(changed + "[program:broken]\n")
sup("reloadConfig", shown=lambda _: None)
open(conf, "w").write(changed)

# The end.
sup("restart", 1)
sup("shutdown", 1)
missing = set(server.system.listMethods()) - called - {"supervisor.restart", "supervisor.shutdown"}
print("not called: %s" % sorted(missing))
sup("shutdown")
