//! A daemon at its limits: more programs than there are descriptors for, none left for a client, files that may not grow.
//! What does not fit is said; nothing else is harmed; what is freed is used.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::harness::Outcome;
use crate::harness::daemon::Daemon;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let too_many = INHERITED.map(|inherited| {
        let name = format!("limits::programs_that_do_not_fit_are_told_so/{}", inherited.matches('<').count());
        Trial::test(name, move || too_many_programs(inherited))
    });
    let others = [
        Trial::test("limits::a_server_without_descriptors_rests", no_descriptors),
        Trial::test("limits::files_that_may_not_grow_stop_nobody", full_files),
    ];
    too_many.into_iter().chain(others).collect()
}

/// Programs, of which a limit of 256 descriptors allows about half.
const PROGRAMS: usize = 100;

const CONF: &str = "\
[supervisord]
minfds = 256
loglevel = info
[program:p]
command = /bin/cat
process_name = p%(process_num)02d
numprocs = 100
startsecs = 0
startretries = 0
stdout_logfile = %(here)s/%(process_num)d.log
stderr_logfile = %(here)s/%(process_num)d.err
";

const ALIVE: &str = "GET /ok.html HTTP/1.0\r\n\r\n";

/// A program takes three descriptors, so three numbers of others make all that can be left over.
const INHERITED: [&str; 3] = ["", "exec 8<&0;", "exec 8<&0 9<&0;"];

fn too_many_programs(inherited: &str) -> Outcome {
    let daemon = Daemon::limited(&format!("{inherited} ulimit -n 256"), CONF);
    let last = PROGRAMS - 1;
    daemon.until(&format!("spawnerr: too many open files to spawn 'p{last}'"));
    daemon.until(&format!("gave up: p{last} entered FATAL state"));
    let answer = daemon.call("getAllProcessInfo", &[]);
    let count = |text: &str| answer.matches(text).count();
    let (up, refused) = (count("<string>RUNNING</string>"), count("<string>FATAL</string>"));
    let told = count("<name>spawnerr</name>\n<value><string>too many open files to spawn 'p");
    let fine = up > PROGRAMS / 3 && refused > 0 && up + refused == PROGRAMS && told == refused;
    wanted(fine, format!("{up} run, {refused} do not, {told} are told why"))?;
    // All at once.
    let mut clients: Vec<UnixStream> = (0..40).map(|_| daemon.connect()).collect();
    for client in &mut clients {
        client.write_all(ALIVE.as_bytes())?;
    }
    for mut client in clients {
        let mut answer = String::new();
        client.read_to_string(&mut answer)?;
        wanted(answer.ends_with("OK"), answer)?;
    }
    // Twice, so that each log goes on behind what is there.
    for text in ["one\n", "one\ntwo\n"] {
        let line = text.lines().last().unwrap_or_default();
        for n in 0..up {
            let said = daemon.call("sendProcessStdin", &[&format!("p:p{n:02}"), &format!("{line}\n")]);
            wanted(said.contains("<boolean>1"), said)?;
        }
        for n in 0..up {
            let log = daemon.folder().join(format!("{n}.log"));
            until(&format!("{text:?} in {n}.log"), || fs::read_to_string(&log).is_ok_and(|logged| logged == text))?;
        }
    }
    let late = format!("p:p{last}");
    let still = daemon.call("startProcess", &[&late]);
    wanted(still.contains("SPAWN_ERROR"), still)?;
    let stopped = daemon.call("stopProcess", &["p:p00"]);
    let started = daemon.call("startProcess", &[&late]);
    wanted(stopped.contains("<boolean>1") && started.contains("<boolean>1"), stopped + &started)
}

fn no_descriptors() -> Outcome {
    let daemon = Daemon::ours("[program:cat]\ncommand = /bin/cat\n");
    daemon.until("success: cat entered RUNNING state");
    let former = limit(&daemon, Resource::Nofile, Some(3))?;
    let mut client = daemon.connect();
    client.write_all(ALIVE.as_bytes())?;
    daemon.until("cannot accept a connection: ");
    let before = ticks(&daemon)?;
    client.set_read_timeout(Some(Duration::from_secs(1)))?;
    let answered = client.read(&mut [0; 100]);
    wanted(answered.is_err(), "answered without a descriptor".to_owned())?;
    let used = ticks(&daemon)? - before;
    wanted(used <= 5, format!("{used} hundredths of a second to wait for one"))?;
    limit(&daemon, Resource::Nofile, former.current)?;
    client.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    wanted(answer.ends_with("OK"), answer)
}

fn full_files() -> Outcome {
    let daemon = Daemon::ours("[program:cat]\ncommand = /bin/cat\nstdout_logfile = %(here)s/cat.log\nstartsecs = 0\n");
    daemon.until("success: cat entered RUNNING state");
    let former = limit(&daemon, Resource::Fsize, Some(0))?;
    daemon.call("sendProcessStdin", &["cat", "lost\n"]);
    daemon.until_all(&["cat.log: EFBIG", "could not write the main log: EFBIG"]);
    limit(&daemon, Resource::Fsize, former.current)?;
    daemon.call("sendProcessStdin", &["cat", "kept\n"]);
    let lines = ["WARN the main log is written again; ", "cat.log is written again; 5 bytes were lost"];
    let read = |name: &str| fs::read_to_string(daemon.folder().join(name)).unwrap_or_default();
    until("end of the trouble in the main log", || lines.iter().all(|line| read("main.log").contains(line)))?;
    wanted(read("cat.log") == "kept\n", read("cat.log"))
}

/// Changes a limit of a daemon, whose highest value is ours; the former one.
fn limit(daemon: &Daemon, resource: Resource, current: Option<u64>) -> Result<Rlimit, Failed> {
    let pid = Pid::from_raw(i32::try_from(daemon.pid())?);
    Ok(prlimit(pid, resource, Rlimit { current, ..getrlimit(resource) })?)
}

/// Hundredths of a second that a daemon has worked.
fn ticks(daemon: &Daemon) -> Result<u64, Failed> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", daemon.pid()))?;
    let fields = stat.rsplit_once(") ").ok_or("no stat")?.1.split(' ');
    Ok(fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap_or(0)).sum())
}

fn until(wanted: &str, come: impl Fn() -> bool) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !come() {
        if Instant::now() > deadline {
            return Err(format!("no {wanted}").into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

fn wanted(is_so: bool, instead: String) -> Outcome {
    if is_so { Ok(()) } else { Err(instead.into()) }
}
