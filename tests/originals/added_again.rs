//! A group that is removed and added again goes on with the logs that the daemon has named for it, until the configuration
//! is read again: then it is a new one.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

use crate::harness::Outcome;
use crate::harness::daemon::Daemon;

const CONF: &str = "\
[program:cat]
command = /bin/sh -c 'echo one; exec /bin/cat'
startsecs = 0
";

/// The same with both.
pub fn goes_on_with_its_logs(bin: &Path) -> Outcome {
    let (theirs, ours) = (told(&Daemon::theirs(bin, CONF))?, told(&Daemon::ours(CONF))?);
    if theirs != [(true, 1), (false, 2), (true, 2)] || ours != theirs {
        return Err(format!("theirs: {theirs:?}\nours: {ours:?}").into());
    }
    Ok(())
}

/// Whether the log is the former one, and how many there are: after the group was added again, after the same when the
/// configuration had been read again, and after once more.
fn told(daemon: &Daemon) -> Result<Vec<(bool, usize)>, Failed> {
    daemon.until_all(&["success: cat entered RUNNING", "'cat' stdout output:"]);
    let mut told = Vec::new();
    for is_read in [false, true, false] {
        let former = log(daemon)?;
        if is_read {
            daemon.call("reloadConfig", &[]);
        }
        for method in ["stopProcess", "removeProcessGroup", "addProcessGroup"] {
            daemon.call(method, &["cat"]);
        }
        daemon.until("'cat' stdout output:");
        told.push((log(daemon)? == former, count(&daemon.folder())?));
    }
    Ok(told)
}

/// Where the output goes.
fn log(daemon: &Daemon) -> Result<String, Failed> {
    let info = daemon.call("getProcessInfo", &["cat"]);
    let value = info.split("stdout_logfile").nth(1).and_then(|rest| rest.split("<string>").nth(1));
    let path = value.and_then(|rest| rest.split('<').next()).map(str::to_owned);
    path.filter(|path| !path.is_empty()).ok_or_else(|| info.into())
}

fn count(folder: &Path) -> Result<usize, Failed> {
    let mut logs = 0;
    for entry in fs::read_dir(folder)? {
        logs += usize::from(entry?.file_name().to_string_lossy().starts_with("cat-stdout---"));
    }
    Ok(logs)
}
