//! The original's `service_name`: what it names is really started, stopped and repaired, be it a program of a supervisor or, by a
//! stand-in for `systemctl`, a unit of systemd.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use libtest_mimic::Failed;

use super::ctl;
use crate::harness::Outcome;
use crate::harness::daemon::Daemon;
use crate::harness::ports::free;
use crate::harness::scratch::Scratch;

fn run(folder: &std::path::Path, words: &[&str]) -> Result<(i32, String), Failed> {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = ctl(folder, words).env("PATH", format!("{}:{path}", folder.display())).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.code().unwrap_or(-1), said))
}

/// Each word of a run, how it ends, and whether the service is up then.
fn turned(folder: &std::path::Path, is_up: impl Fn() -> bool) -> Outcome {
    for (action, status, up) in [
        ("check", 1, false),
        ("start", 0, true),
        ("check", 0, true),
        ("stop", 0, false),
        ("repair", 0, true),
        ("stop", 0, false),
    ] {
        let (ended, said) = run(folder, &["-a", action, "-s", "web"])?;
        if (ended, is_up()) != (status, up) {
            return Err(format!("{action} ends with {ended}, up: {}\n{said}", is_up()).into());
        }
    }
    Ok(())
}

fn cluster(port: u16, more: &str) -> String {
    format!(
        "[cluster]\nfrontend = web\n[web]\ntype = TCPServer\nip = 127.0.0.1\nport = {port}\nservice_name = the-web\n{more}"
    )
}

const SERVER: &str = "exec python3 -m http.server --bind 127.0.0.1";

pub(super) fn of_supervisor() -> Outcome {
    let port = free();
    let program = format!("[program:the-web]\ncommand = sh -c '{SERVER} {port}'\nautostart = false\nstartsecs = 0\n");
    let daemon = Daemon::ours(&program);
    let folder = daemon.folder();
    fs::write(folder.join("cluster.ini"), cluster(port, "supervisor_conf = supervisord.conf\n"))?;
    turned(&folder, || daemon.call("getProcessInfo", &["the-web"]).contains("RUNNING"))
}

pub(super) fn of_systemd() -> Outcome {
    let (scratch, port) = (Scratch::new(), free());
    let folder = scratch.path();
    let stand_in = format!(
        "#!/bin/sh\necho \"$@\" >> asked\ncase \"$1 $3\" in\n'start the-web') ({SERVER} {port}) >/dev/null 2>&1 & echo $! > unit;;\n\
         'stop the-web') [ ! -e unit ] || {{ kill $(cat unit) && rm unit; }};;\n'is-active the-web') [ -e unit ] && echo active;;\n*) exit 5;;\nesac\n"
    );
    fs::write(folder.join("systemctl"), stand_in)?;
    fs::set_permissions(folder.join("systemctl"), fs::Permissions::from_mode(0o755))?;
    fs::write(folder.join("cluster.ini"), cluster(port, ""))?;
    turned(&folder, || folder.join("unit").exists())?;
    let asked = fs::read_to_string(folder.join("asked"))?;
    if asked.contains("start -- the-web\n") { Ok(()) } else { Err(asked.into()) }
}
