//! What `ctl` would say of a cluster.ini.

use super::{Rule, rule};
use crate::base::Severity::{Error, Warning};
use crate::lint::Family::{Interpolation, Names, Syntax};

pub(super) const RULES: &[Rule] = &[
    rule(
        "monitor-syntax",
        Syntax,
        Error,
        "a line of a cluster.ini that is none",
        "ctl would not run. Write `[NAME]`, `KEY = VALUE` or a comment; what continues a value is indented.",
    ),
    rule(
        "monitor-interpolation",
        Interpolation,
        Error,
        "a `%(NAME)s` in a cluster.ini that cannot be filled in",
        "ctl would not run. Name a key of the section or of `[DEFAULT]`.",
    ),
    rule(
        "monitor-unknown-service",
        Names,
        Error,
        "a service without a section, or no service at all",
        "ctl would watch less than is meant. Mend the name in `zeoclients` or `frontend`.",
    ),
    rule(
        "monitor-missing-key",
        Names,
        Error,
        "a service that lacks what its type needs",
        "ctl would not know how to reach it. Add the key.",
    ),
    rule(
        "monitor-unknown-key",
        Names,
        Warning,
        "a key of a cluster.ini that means nothing",
        "It may be a slip, and what it should change stays as it is. Mend the name, or leave it out.",
    ),
    rule(
        "monitor-second-balancer",
        Names,
        Warning,
        "two balancers in one cluster",
        "Clients are only taken out of the first. Watch the second as a `TCPServer`.",
    ),
    rule(
        "monitor-bad-value",
        Names,
        Error,
        "a value that ctl would refuse",
        "ctl would not run. Write one of what is expected.",
    ),
];
