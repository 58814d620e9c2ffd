//! Rules on where output goes.

pub(super) mod rotated_device;
pub(super) mod shared_logfile;
pub(super) mod syslog_as_file;

/// Whether a path is an output of supervisord itself.
pub(super) fn is_own_output(path: &str) -> bool {
    matches!(path, "/dev/stdout" | "/dev/stderr" | "/dev/fd/1" | "/dev/fd/2" | "/proc/self/fd/1" | "/proc/self/fd/2")
}

/// Whether a path is no file that could be rotated.
fn is_device(path: &str) -> bool {
    is_own_output(path) || path.starts_with("/dev/fd/") || path.starts_with("/proc/") || path.starts_with("/dev/tty")
}
