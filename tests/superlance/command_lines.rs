//! Command lines, good and bad, beside the originals: usage, messages, exit statuses.

use std::fmt::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::harness::{Outcome, recipe, session};

/// Words of a command line, in a shell's form.
type Words = &'static str;

/// Command lines, without a daemon.
const APART: &[(&str, &[Words])] = &[
    ("memmon", MEMMON),
    ("httpok", HTTPOK),
    ("crashmail", CRASHMAIL),
    ("crashmailbatch", BATCH),
    ("fatalmailbatch", FEW),
    ("crashsms", FEW),
];

/// Command lines that are good, or bad in a way that is noticed late, with the address of a daemon and no events.
const LISTENING: &[(&str, &[Words])] = &[
    ("memmon", &["-a 1", "--p g:a=1kb --gr=b=1GB -c", "-u 1D -a1", "-a 1 ignored"]),
    ("httpok", &["-t x http://h", "-c x http://h", "ftp://h", "http://h", "-E -n x -p a -pb -a HTTPS://h:8443/x?y"]),
    ("crashmail", &["", "-a -p x -o y", "--optional=x z"]),
    (
        "crashmailbatch",
        &["-t a -f b", "-t a -f b -e FOO", "-t a -f b -e TICK_x", "-t a -f b -e TICK_5_x -i 1_0", "-ta -fb --tls"],
    ),
    ("crashsms", &["x -t a y --from=b", "-t a -f b -e tick_5"]),
];

const MEMMON: &[Words] = &[
    "",
    "-h",
    "--help",
    "--he",
    "-x",
    "--foo",
    "-p",
    "-p a",
    "-p a=b=c",
    "-p a=x",
    "-p a=1x",
    "--group=a",
    "-g b=5 -g 7",
    "-a 1x",
    "--any '' ",
    "-u 9x",
    "-u 1.5",
    "-u ''",
    "-c -h",
    "-p a -h",
    "-h -p a",
    "--c=1",
    "-s",
    "-u",
];

const HTTPOK: &[Words] = &[
    "",
    "-h",
    "-h a b",
    "a b",
    "-x a",
    "--foo a",
    "-t",
    "--timeout a",
    "http://h",
    "--e http://h",
    "-t x",
    "-t x a b",
    "--n=x http://h",
    "--any=1 http://h",
];

const CRASHMAIL: &[Words] =
    &["", "-h", "-x", "--foo", "-p", "-a -h", "--optionalheader", "-a x y", "--any=1", "-p x -a -m y"];

const BATCH: &[Words] = &[
    "",
    "-h",
    "--help",
    "--he",
    "-x",
    "-hx",
    "-xh",
    "--foo",
    "--foo=1",
    "-t",
    "-t a",
    "-f b",
    "-t a -f b",
    "-i x -t a -f b",
    "-i ''",
    "-i 1__0",
    "--interval=nan -t a -f b",
    "--t=1",
    "--s=3",
    "--=3",
    "--tls=1",
    "--toE a --from b",
    "-t '' -f b",
    "-H",
    "-- -t a -f b",
    "a -t b -f c",
];

/// What differs between those that share a command line: the name.
const FEW: &[Words] = &["", "-h", "-x", "-t a -f b"];

pub(super) fn compared(bin: &Path) -> Outcome {
    let (mut theirs, mut ours) = (String::new(), String::new());
    for (all, url) in [(APART, None), (LISTENING, Some("unix:///nowhere"))] {
        for (program, lines) in all {
            for line in *lines {
                let words = shell_words::split(line)?;
                let original = run(Command::new(bin.join(program)).args(&words), url)?;
                let own = run(Command::new(recipe()).arg0(program).args(&words), url)?;
                let same = said_alike(&original, &own);
                for (shown, output) in [(&mut theirs, &original), (&mut ours, &own)] {
                    let stdout = if same { "(the same, and perhaps more)".into() } else { text(&output.stdout) };
                    let (status, stderr) = (output.status.code().unwrap_or(-1), last_words(output));
                    writeln!(shown, "{program} {line}\n= {status}\n! {stderr}\n> {stdout}")?;
                }
            }
        }
    }
    if theirs == ours { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

fn run(command: &mut Command, url: Option<&str>) -> std::io::Result<Output> {
    command.env_remove("SUPERVISOR_SERVER_URL").env("COLUMNS", "80");
    command.envs(url.map(|url| ("SUPERVISOR_SERVER_URL", url))).stdin(Stdio::null()).output()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Usage texts go on with what is ours.
fn said_alike(original: &Output, own: &Output) -> bool {
    let (original, own) = (text(&original.stdout), text(&own.stdout));
    if original.contains("Options:") { own.starts_with(original.trim_end()) } else { own == original }
}

/// What is said on standard error; of a traceback only what it is about, and that events have ended says nothing.
fn last_words(output: &Output) -> String {
    let stderr = text(&output.stderr).trim_end().to_owned();
    let last = stderr.lines().last().unwrap_or_default();
    if last == "KeyError: 'len'" {
        String::new()
    } else if stderr.starts_with("Traceback") {
        last.to_owned()
    } else {
        stderr
    }
}
