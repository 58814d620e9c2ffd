//! What the sections of a `.cfg` can be conditional on: this host, and the Python that is on PATH.

use std::process::{Command, Stdio};

use crate::compile::read::condition::Conditions;

/// The facts of this host. The version of Python is the manifest's affair.
pub(super) fn conditions() -> Conditions {
    let host = rustix::system::uname();
    let text = |c: &std::ffi::CStr| c.to_string_lossy().into_owned();
    Conditions {
        platform_machine: text(host.machine()),
        platform_system: text(host.sysname()),
        platform_release: text(host.release()),
        platform_version: text(host.version()),
        sys_platform: std::env::consts::OS.replace("macos", "darwin"),
        bits: usize::BITS,
        little_endian: cfg!(target_endian = "little"),
        environment: std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
        ..Conditions::default()
    }
}

/// `X.Y.Z` of the `python3` on PATH. Slow, as it starts one.
pub(super) fn python() -> Option<String> {
    let program = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    let output = Command::new("python3").args(["-Ic", program]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = String::from_utf8(output.ok().filter(|o| o.status.success())?.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|version| !version.is_empty())
}
