//! Seeded sequences of requests, crashes and signals, with real children: our daemon and Supervisor's must answer alike and be
//! left in the same states after each step. `runtime/sim.rs` has such schedules by the million, on a virtual clock; here are
//! those whose outcome does not hang on who is faster.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;

use crate::harness::daemon::Daemon;
use crate::harness::{Outcome, project, session};

/// Steps of one sequence; Supervisor takes about half a second for each.
const COUNT: &str = "60";

/// All kinds of processes that come to rest.
const CONF: &str = "\
[program:cat]
command = cat
startsecs = 0
[program:off]
command = cat
autostart = false
startsecs = 0
[program:once]
command = true
startsecs = 0
autorestart = false
autostart = false
[program:fails]
command = false
startretries = 0
autostart = false
[program:missing]
command = /no/such
startretries = 0
autostart = false
[program:code]
command = sh -c 'read x; exit $x'
startsecs = 0
exitcodes = 3
autostart = false
[program:never]
command = cat
startsecs = 0
autorestart = false
[program:always]
command = sh -c 'read x; exit $x'
startsecs = 0
autorestart = true
[program:slow]
command = sleep 1000
startsecs = 1
[program:p]
command = cat
process_name = %(process_num)d
numprocs = 2
startsecs = 0
priority = 3
[program:q]
command = cat
startsecs = 0
priority = 7
stopsignal = INT
[program:dup]
command = cat
startsecs = 0
[group:g]
programs = q,p
[group:h]
programs = dup
";

/// Compares them, from the seed that `SEED` says.
pub fn come_to_the_same(bin: &Path) -> Outcome {
    let seed = std::env::var("SEED").unwrap_or_else(|_| "1".to_owned());
    let (ours, theirs) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| transcript(bin, &Daemon::theirs(bin, CONF), &seed).map_err(|e| format!("{e:?}")));
        (transcript(bin, &Daemon::ours(CONF), &seed), theirs.join())
    });
    let (ours, theirs) = (ours?, theirs.map_err(|_| "Supervisor's sequence panicked")??);
    if ours == theirs { Ok(()) } else { Err(format!("SEED={seed}\n{}", session::difference(&theirs, &ours)).into()) }
}

fn transcript(bin: &Path, daemon: &Daemon, seed: &str) -> Result<String, Failed> {
    let output = Command::new(bin.join("python"))
        .arg(project().join("tests/harness/schedule.py"))
        .arg(daemon.folder().join("sock"))
        .args([seed, COUNT])
        .output()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(text) } else { Err(text.into()) }
}
