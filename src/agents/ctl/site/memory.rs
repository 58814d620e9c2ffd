//! The memory of a process, as `/proc` has it.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::words;
use crate::agents::plain;

/// What a pid file may hold.
const LONGEST: u64 = 64;

/// The kilobytes that the process of a pid file has in memory; what is wrong otherwise.
pub(super) fn of(pid_file: &str) -> Result<u64, String> {
    let pid = pid(pid_file)?;
    let gone = || format!("there is no process {pid}, which {pid_file} names");
    let status = match fs::read(format!("/proc/{pid}/status")) {
        Ok(status) => status,
        Err(why) if why.kind() == ErrorKind::NotFound => return Err(gone()),
        Err(why) => return Err(format!("cannot look at process {pid}: {}", words(&why))),
    };
    // A process that has ended has no memory left.
    resident(&String::from_utf8_lossy(&status)).ok_or_else(gone)
}

fn pid(pid_file: &str) -> Result<u32, String> {
    let unread = |why: &std::io::Error| format!("cannot read {pid_file}: {}", words(why));
    let mut bytes = Vec::new();
    let file = plain::open(Path::new(pid_file)).map_err(|why| unread(&why))?;
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|why| unread(&why))?;
    let text = String::from_utf8_lossy(&bytes);
    let pid = text.trim().parse::<u32>().ok().filter(|pid| *pid > 0);
    pid.ok_or_else(|| format!("{pid_file} holds no pid"))
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_may_hold_anything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid").display().to_string();
        let with = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            of(&path)
        };
        assert!(with(format!(" {}\n", std::process::id()).as_bytes()).unwrap() > 100);
        for rubbish in [&b""[..], b"x", b"-1", b"0", b"\xff\xfe", &[b'1'; 100]] {
            assert_eq!(with(rubbish), Err(format!("{path} holds no pid")));
        }
        assert_eq!(with(b"4194999"), Err(format!("there is no process 4194999, which {path} names")));
        assert!(of("/nowhere").unwrap_err().contains("cannot read /nowhere"));
    }
}
