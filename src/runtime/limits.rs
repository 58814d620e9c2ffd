//! The daemon's own limits: at least `minfds` descriptors and `minprocs` processes, or it does not start.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::conf::model::Supervisord;

/// Raises the limits as far as needed. Gives the lines for the log, or the words of a usage error.
pub(super) fn raise(options: &Supervisord) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for limit in [NOFILE, NPROC] {
        let wanted = u64::try_from((limit.wanted)(options)).unwrap_or(0);
        lines.extend(limit.raise(wanted)?);
    }
    Ok(lines)
}

struct Limit {
    resource: Resource,
    name: &'static str,
    wanted: fn(&Supervisord) -> i64,
    refusal: fn(u64, u64) -> String,
}

const NOFILE: Limit = Limit {
    resource: Resource::Nofile,
    name: "RLIMIT_NOFILE",
    wanted: |options| options.minfds,
    refusal: |wanted, hard| {
        format!(
            "The minimum number of file descriptors required to run this process is {wanted} as per the \"minfds\" \
             command-line argument or config file setting. The current environment will only allow you to open {hard} \
             file descriptors.  Either raise the number of usable file descriptors in your environment (see \
             README.rst) or lower the minfds setting in the config file to allow the process to start."
        )
    },
};

const NPROC: Limit = Limit {
    resource: Resource::Nproc,
    name: "RLIMIT_NPROC",
    wanted: |options| options.minprocs,
    refusal: |wanted, hard| {
        format!(
            "The minimum number of available processes required to run this program is {wanted} as per the \
             \"minprocs\" command-line argument or config file setting. The current environment will only allow you \
             to open {hard} processes.  Either raise the number of usable processes in your environment (see \
             README.rst) or lower the minprocs setting in the config file to allow the program to start."
        )
    },
};

impl Limit {
    fn raise(&self, wanted: u64) -> Result<Option<String>, String> {
        let now = getrlimit(self.resource);
        let Some(new) = raised(&now, wanted) else { return Ok(None) };
        let shown = new.maximum.unwrap_or(u64::MAX);
        match setrlimit(self.resource, new) {
            Ok(()) => Ok(Some(format!("Increased {} limit to {wanted}", self.name))),
            Err(_) => Err((self.refusal)(wanted, shown)),
        }
    }
}

/// The limit that allows `wanted`, if that is more than now. No limit is `None`.
fn raised(now: &Rlimit, wanted: u64) -> Option<Rlimit> {
    if now.current.is_none_or(|current| current >= wanted) {
        return None;
    }
    Some(Rlimit { current: Some(wanted), maximum: now.maximum.map(|hard| hard.max(wanted)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_low_is_raised() {
        let limit = |current, maximum| Rlimit { current, maximum };
        assert!(raised(&limit(None, None), 5).is_none());
        assert!(raised(&limit(Some(5), Some(9)), 5).is_none());
        let soft = raised(&limit(Some(4), Some(9)), 5).unwrap();
        assert_eq!((soft.current, soft.maximum), (Some(5), Some(9)));
        let both = raised(&limit(Some(4), Some(4)), 5).unwrap();
        assert_eq!((both.current, both.maximum), (Some(5), Some(5)));
        assert_eq!(raised(&limit(Some(4), None), 5).unwrap().maximum, None);
    }
}
