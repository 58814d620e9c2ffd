//! The command lines of both programs: each flag, in full and cut short, conflicts and bad values, and configurations
//! that the host refuses, with the same output and exit status.
//!
//! A line that is right would start a daemon. So the configuration, which is read last, is one that is refused.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// Options of supervisord.
const SUPERVISORD: &[&str] = &[
    "-v",
    "--version",
    "--ver",
    "-nv",
    "-Z",
    "--zed",
    "--zed=1",
    "-c",
    "--configuration",
    "--conf",
    "-c missing.conf",
    "-c folder",
    "-c bad.conf extra words",
    "-c bad.conf -- -n",
    "-c bad.conf",
    "--configuration=bad.conf",
    "--conf bad.conf",
    "-cbad.conf",
    "-n -c bad.conf -n",
    "-c bad.conf --nodaemon -n",
    "-c bad.conf --nodaemon=1",
    "-c bad.conf -c bad.conf",
    "-nskt -c bad.conf",
    "-sns -c bad.conf",
    "--no -c bad.conf",
    "--nod --noc --sil --str -c bad.conf",
    "--s -c bad.conf",
    "-u nobody -c bad.conf",
    "-u no-such-user -c bad.conf",
    "-u -c",
    "--user=0 --user=0 -c bad.conf",
    "-m 022 -c bad.conf",
    "-m 9 -c bad.conf",
    "--umask= -c bad.conf",
    "--um 0o17 -c bad.conf",
    "-d folder -c bad.conf",
    "-d missing -c bad.conf",
    "--dir missing -c bad.conf",
    "--directory ~/folder -c bad.conf",
    "-l x.log -c bad.conf",
    "-l missing/x.log -c bad.conf",
    "--logfile=syslog -c bad.conf",
    "--logf x -c bad.conf",
    "-y 1KB -c bad.conf",
    "-y 1kib -c bad.conf",
    "--logfile_maxbytes=1.5MB -c bad.conf",
    "--logfile_ 1 -c bad.conf",
    "-z 3 -c bad.conf",
    "-z x -c bad.conf",
    "--logfile_backups= -c bad.conf",
    "-e debug -c bad.conf",
    "-e foo -c bad.conf",
    "-e20 -c bad.conf",
    "--loglevel WARN -c bad.conf",
    "--log warn -c bad.conf",
    "-j x.pid -c bad.conf",
    "-j missing/x.pid -c bad.conf",
    "-i me -c bad.conf",
    "--identifier a --ident b -c bad.conf",
    "-q folder -c bad.conf",
    "-q missing -c bad.conf",
    "-k --nocleanup -c bad.conf",
    "-a 100 -c bad.conf",
    "-a x -c bad.conf",
    "--minfds 1_0 -c bad.conf",
    "--min 1 -c bad.conf",
    "--minprocs 1 -c bad.conf",
    "--minprocs -c bad.conf",
    "-t -t -c bad.conf",
    "--profile_options cumulative,calls -c bad.conf",
    "--profile_options callers -c bad.conf",
    "--profile_options nonsense -c bad.conf",
    "--prof= -c bad.conf",
    "-c log.conf",
    "-c user.conf",
    "-c main-user.conf",
    "-c childlogdir.conf",
    "-c directory.conf",
    "-c plugin.conf",
    "-c both.conf",
    "-c junk.conf",
    "-c headless.conf",
    "-c include.conf",
    "-n -c none.conf",
];

/// Options of supervisorctl, all of which end before anybody is talked to.
const SUPERVISORCTL: &[&str] = &[
    "-Z status",
    "--zed status",
    "-c",
    "-c missing.conf status",
    "-c folder status",
    "-c none.conf status",
    "-c ctl-plugin.conf status",
    "-c ctl-expansion.conf status",
    "-s foo status",
    "-s http:// status",
    "-s unix:// status",
    "-s ftp://x -s ftp://x status",
    "-s",
    "-i -i",
    "--interactive=1",
    "-u a --user b status",
    "-p a --pass b status",
    "-r a --history b status",
    "-c none.conf --serverurl=foo",
    "--i --in",
];

/// The files that they name.
const FILES: &[(&str, &str)] = &[
    ("bad.conf", "[supervisord]\nlogfile=/tmp/x\n[program:a]\ncommand=x\n[unix_http_server]\nchmod=9\nfile=/tmp/x\n"),
    ("none.conf", "[program:a]\ncommand=x\n"),
    ("log.conf", "[supervisord]\n[program:a]\ncommand=x\nstdout_logfile=/missing/x\n"),
    ("user.conf", "[supervisord]\n[program:a]\ncommand=x\nuser=no-such-user\n"),
    ("main-user.conf", "[supervisord]\nuser=no-such-user\n[program:a]\nx=y\n"),
    ("childlogdir.conf", "[supervisord]\nchildlogdir=/missing\nstrip_ansi=maybe\n"),
    ("directory.conf", "[supervisord]\nminfds=x\ndirectory=/missing\n"),
    ("plugin.conf", "[supervisord]\n[rpcinterface:x]\nsupervisor.rpcinterface_factory=no.such:thing\n"),
    (
        "both.conf",
        "[supervisord]\n[fcgi-program:a]\ncommand=x\nsocket=unix:///tmp/s\nsocket_owner=no-such-user\nsocket_mode=9\n",
    ),
    ("junk.conf", "[supervisord]\nx\n\ny\n"),
    ("headless.conf", "x=1\n"),
    ("include.conf", "[supervisord]\n[include]\nfiles=bad*.inc\n"),
    ("bad.inc", "[program:a]\ncommand=x\nstartsecs=soon\n"),
    ("ctl-plugin.conf", "[supervisorctl]\n[ctlplugin:x]\nsupervisor.ctl_factory=no.such:thing\n"),
    ("ctl-expansion.conf", "[supervisorctl]\nserverurl=%(nope)s\n"),
];

/// What a program says, and how it ends.
#[derive(Debug, PartialEq)]
struct Said {
    status: Option<i32>,
    out: String,
    err: String,
}

/// Compares all lines of `supervisord`.
pub fn of_supervisord(bin: &Path) -> Outcome {
    compare(bin, "supervisord", SUPERVISORD)
}

/// Compares all lines of `supervisorctl`.
pub fn of_supervisorctl(bin: &Path) -> Outcome {
    compare(bin, "supervisorctl", SUPERVISORCTL)
}

fn compare(bin: &Path, program: &str, lines: &[&str]) -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    fs::create_dir(folder.join("folder"))?;
    FILES.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))?;
    fs::create_dir_all(folder.join("ours/bin"))?;
    let ours = folder.join("ours/bin").join(program);
    symlink(recipe(), &ours)?;
    let theirs = bin.join(program);
    let mut wrong = Vec::new();
    for line in lines {
        let (ours, theirs) = (said(&ours, line, &folder)?, said(&theirs, line, &folder)?);
        if ours != theirs {
            wrong.push(format!("{program} {line}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}

fn said(program: &Path, line: &str, folder: &Path) -> Result<Said, Failed> {
    let output = Command::new(program)
        .args(line.split_whitespace())
        .current_dir(folder)
        .env("HOME", folder)
        .env("PYTHONWARNINGS", "ignore")
        .stdin(Stdio::null())
        .output()?;
    let above = program.parent().and_then(Path::parent).unwrap_or(folder).to_string_lossy();
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).replace(&*program.to_string_lossy(), "PROGRAM").replace(&*above, "ABOVE")
    };
    // The place and the help are ours; a warning of Python names its own source.
    let ours = [" --> ", "  = help: ", "PROGRAM: UserWarning: "];
    let is_original = |line: &&str| !ours.iter().any(|start| line.starts_with(start));
    let err = text(&output.stderr).split_inclusive('\n').filter(is_original).collect();
    Ok(Said { status: output.status.code(), out: text(&output.stdout), err })
}
