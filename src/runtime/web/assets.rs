//! Files that the pages are drawn with: they stand in the binary, and are as old as it is.
//!
//! The pages use the style sheet and the icon. The other images are there for pages of others that show them: each
//! stands where Supervisor's pages have one for the same purpose.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One file.
#[derive(Debug)]
pub(in crate::runtime) struct Asset {
    path: &'static str,
    /// The type of its content.
    pub(in crate::runtime) kind: &'static str,
    /// Its content.
    pub(in crate::runtime) bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal $kind:literal,)+) => {
        &[$(Asset {
            path: $path,
            kind: $kind,
            bytes: include_bytes!(concat!("../../../templates/web/", $path)),
        },)+]
    };
}

const ASSETS: &[Asset] = assets! {
    "stylesheets/supervisor.css" "text/css",
    "images/icon.png" "image/png",
    "images/rule.gif" "image/gif",
    "images/state0.gif" "image/gif",
    "images/state1.gif" "image/gif",
    "images/state2.gif" "image/gif",
    "images/state3.gif" "image/gif",
    "images/supervisor.gif" "image/gif",
};

impl Asset {
    /// The file of a path.
    pub(in crate::runtime) fn of(path: &str) -> Option<&'static Self> {
        let path = path.trim_start_matches('/');
        ASSETS.iter().find(|asset| asset.path == path)
    }

    /// When it was last changed, to the second: when the binary was.
    pub(in crate::runtime) fn modified() -> SystemTime {
        static AT: OnceLock<SystemTime> = OnceLock::new();
        *AT.get_or_init(|| {
            let at = std::fs::metadata("/proc/self/exe").and_then(|metadata| metadata.modified());
            let since = at.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            UNIX_EPOCH + Duration::from_secs(since.as_secs())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_they_are_said_to_be() {
        for asset in ASSETS {
            let start: &[u8] = match asset.kind {
                "image/png" => b"\x89PNG\r\n",
                "image/gif" => b"GIF8",
                _ => b"/*",
            };
            assert!(asset.bytes.starts_with(start), "{}", asset.path);
        }
        assert!(Asset::of("//images/icon.png").is_some() && Asset::of("/images/").is_none());
        assert!(Asset::modified() > UNIX_EPOCH);
    }
}
