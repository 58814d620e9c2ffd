"""Asks a daemon for a seeded sequence of starts, stops, signals, crashes and changes of groups, and prints what each comes to
and in which states it leaves all processes. Arguments: the socket, the seed, how many steps. A sequence is the same for any
daemon with the same configuration; the processes are those of `originals/schedules.rs`."""

import random
import sys
import time
import xmlrpc.client

from supervisor.xmlrpc import SupervisorTransport

SOCKET, SEED, COUNT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
server = xmlrpc.client.ServerProxy(
    "http://localhost", transport=SupervisorTransport(None, None, "unix://" + SOCKET)
).supervisor
chance = random.Random(SEED)

NAMES = ("cat off once fails missing code never always slow p p:0 p:1 g:0 g:q g:* g: h:dup h:* nope g:nope nope:*").split()
GROUPS = "cat off once fails code never slow g h nope".split()

# What is done how often.
STEPS = [
    (20, "startProcess", lambda: [chance.choice(NAMES)]),
    (15, "stopProcess", lambda: [chance.choice(NAMES)]),
    (3, "startProcessGroup", lambda: [chance.choice(GROUPS)]),
    (3, "stopProcessGroup", lambda: [chance.choice(GROUPS)]),
    (2, "startAllProcesses", list),
    (2, "stopAllProcesses", list),
    (14, "signalProcess", lambda: [chance.choice(NAMES), chance.choice("KILL TERM CONT HUP FOO 2".split())]),
    (8, "sendProcessStdin", lambda: [chance.choice("code always never off".split()), chance.choice("013") + "\n"]),
    (2, "signalAllProcesses", lambda: [chance.choice("CONT HUP".split())]),
    (2, "signalProcessGroup", lambda: [chance.choice(GROUPS), "KILL"]),
    (8, "removeProcessGroup", lambda: [chance.choice(GROUPS)]),
    (10, "addProcessGroup", lambda: [chance.choice(GROUPS)]),
    (2, "reloadConfig", list),
]


def step():
    """The next method and its arguments."""
    at = chance.randrange(sum(weight for weight, _, _ in STEPS))
    for weight, method, arguments in STEPS:
        if at < weight:
            return method, arguments()
        at -= weight
    raise AssertionError("more steps than there are")


def comes_to(method, arguments):
    """The answer: results of many in the order of their names, since which is done first is chance."""
    try:
        answer = getattr(server, method)(*arguments)
    except xmlrpc.client.Fault as fault:
        return "fault %d %s" % (fault.faultCode, fault.faultString)
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        return sorted((one["group"], one["name"], one["status"], one["description"]) for one in answer)
    return answer


def is_settled(info, before, struck):
    """Whether nothing is to happen to a process by itself any more. One that was struck by a deadly signal has died."""
    name, state = (info["group"], info["name"]), info["statename"]
    if state in ("STARTING", "STOPPING", "BACKOFF"):
        return False
    if info["name"] in struck and info["pid"] and info["pid"] == before.get(name):
        return False
    if state == "RUNNING":
        return info["name"] != "once"
    if state != "EXITED" or info["name"] in ("once", "never"):
        return True
    # The others are started again, unless their code was one of those that are expected.
    expected = {"code": [3], "always": []}.get(info["name"], [0])
    return info["exitstatus"] in expected


def pids():
    return {(info["group"], info["name"]): info["pid"] for info in server.getAllProcessInfo()}


def settled(before, struck):
    deadline = time.monotonic() + 30
    while True:
        infos = server.getAllProcessInfo()
        if all(is_settled(info, before, struck) for info in infos):
            return infos
        if time.monotonic() > deadline:
            sys.exit("it does not settle: %r" % infos)


def dies(method, arguments, answer):
    """The names of those that end by what was done."""
    if method == "sendProcessStdin" and answer is True and arguments[0] in ("code", "always"):
        return [arguments[0]]
    if not method.startswith("signal") or arguments[-1] == "CONT":
        return []
    if isinstance(answer, list):
        return [name for _, name, status, _ in answer if status == 80]
    return [arguments[0].rpartition(":")[2]] if answer is True else []


def shown(info):
    code = " %d" % info["exitstatus"] if info["statename"] == "EXITED" else ""
    return "%s:%s %s%s %s" % (info["group"], info["name"], info["statename"], code, info["spawnerr"])


settled({}, [])
for _ in range(COUNT):
    method, arguments = step()
    before = pids()
    answer = comes_to(method, arguments)
    infos = settled(before, dies(method, arguments, answer))
    print("%s%r\n    %r" % (method, tuple(arguments), answer))
    for info in infos:
        print("        " + shown(info).rstrip())
