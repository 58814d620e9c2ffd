//! Logs of 10 GB: they are searched from their end, and neither a check nor `log` takes more memory for them.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use libtest_mimic::Failed;

use super::{Ended, PATIENCE, ctl};
use crate::harness::Outcome;
use crate::harness::scratch::Scratch;

/// The size of the log, most of which is a hole.
const SIZE: u64 = 10 << 30;
/// How much of it are lines.
const LINES: usize = 64 << 20;
/// What a run may take, in KiB.
const MOST: u64 = 48 << 10;

/// Its newest line is an error, as is one before all that is searched.
fn make(path: &Path) -> Outcome {
    let mut log = File::create(path)?;
    log.write_all(b"MemoryError, an old one\n")?;
    log.seek(SeekFrom::Start(SIZE - LINES as u64))?;
    let line = "2026-01-02 03:04:05,678 INFO a request for a page that was answered\n";
    let block = line.repeat((1 << 20) / line.len());
    for _ in 0..(LINES >> 20) {
        log.write_all(block.as_bytes())?;
    }
    log.write_all(b"\nMemoryError, a new one\n")?;
    log.set_len(SIZE)?;
    Ok(())
}

/// The most memory that a process has had so far, in KiB.
fn peak(pid: u32) -> Result<u64, Failed> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

pub(super) fn searched() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    make(&folder.join("a.log"))?;
    // The second one takes a connection, and never says a word: so long the run is there to be looked at.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let text = format!(
        "[DEFAULT]\ntimeout = 60\n[cluster]\nfrontend = a\nzeoclients = b\n[a]\ntype = TCPServer\nport = {}\nlog_file = a.log\n\
         critical_errors = MemoryError\n[b]\nport = {}\nlog_file = a.log\n",
        silent.local_addr()?.port(),
        silent.local_addr()?.port()
    );
    fs::write(folder.join("cluster.ini"), text)?;
    let began = Instant::now();
    let log = File::create(folder.join("said"))?;
    let check = Ended(ctl(&folder, &["-v", "-a", "check"]).stderr(log).spawn()?);
    let said = || fs::read_to_string(folder.join("said")).unwrap_or_default();
    while !said().contains("only the last 1024 MiB of a.log were searched") {
        if began.elapsed() > PATIENCE * 2 {
            return Err(format!("it does not come to an end\n{}", said()).into());
        }
        std::thread::yield_now();
    }
    let (taken, said) = (peak(check.0.id())?, said());
    if taken > MOST || !said.contains("a : MemoryError, a new one") || said.contains("an old one") {
        return Err(format!("{taken} KiB\n{said}").into());
    }
    drop(check);
    // Nobody reads what it shows but for the first of it, so that it is there to be looked at.
    let words = ["-a", "log", "-p", "a request|MemoryError"];
    let mut log = Ended(ctl(&folder, &words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let mut shown = [0; 24];
    log.0.stdout.as_mut().ok_or("no output")?.read_exact(&mut shown)?;
    let taken = peak(log.0.id())?;
    if taken > MOST || !shown.starts_with(b"b:MemoryError, a new one") {
        return Err(format!("{taken} KiB\n{}", String::from_utf8_lossy(&shown)).into());
    }
    Ok(())
}
