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
    )
    .example_in(
        "cluster.ini",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport 80\n",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n",
    ),
    rule(
        "monitor-interpolation",
        Interpolation,
        Error,
        "a `%(NAME)s` in a cluster.ini that cannot be filled in",
        "ctl would not run. Name a key of the section or of `[DEFAULT]`.",
    )
    .example_in(
        "cluster.ini",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = %(prot)s\n",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n",
    ),
    rule(
        "monitor-unknown-service",
        Names,
        Error,
        "a service without a section, or no service at all",
        "ctl would watch less than is meant. Mend the name in `zeoclients` or `frontend`.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example_in(
        "cluster.ini",
        "[cluster]\nfrontend = fornt\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n",
    ),
    rule(
        "monitor-missing-key",
        Names,
        Error,
        "a service that lacks what its type needs",
        "ctl would not know how to reach it. Add the key.",
    )
    .example_in(
        "cluster.ini",
        "[cluster]\nfrontend = lb\n\n[lb]\ntype = HAProxy\nip = 127.0.0.1\nport = 80\n\
         socket = /run/haproxy.sock\n\n",
        "[cluster]\nfrontend = lb\n\n[lb]\ntype = HAProxy\nip = 127.0.0.1\nport = 80\n\
         socket = /run/haproxy.sock\nbackend = web\n\n",
    ),
    rule(
        "monitor-unknown-key",
        Names,
        Warning,
        "a key of a cluster.ini that means nothing",
        "It may be a slip, and what it should change stays as it is. Mend the name, or leave it out.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe: it then counts)")
    .example_in(
        "cluster.ini",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n\
         timout = 5\n",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n",
    ),
    rule(
        "monitor-no-sender",
        Names,
        Warning,
        "recipients of mails, but no sender",
        "No mail could be sent, so nobody would learn what is critical. Add `fromaddr`.",
    )
    .example_in(
        "cluster.ini",
        "[DEFAULT]\ntoaddrs = ops@example.org\n\n[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\n\
         ip = 127.0.0.1\nport = 80\n",
        "[DEFAULT]\nfromaddr = ctl@example.org\ntoaddrs = ops@example.org\n\n[cluster]\nfrontend = front\n\n[front]\n\
         type = TCPServer\nip = 127.0.0.1\nport = 80\n",
    ),
    rule(
        "monitor-second-balancer",
        Names,
        Warning,
        "two balancers in one cluster",
        "Clients are only taken out of the first. Watch the second as a `TCPServer`.",
    )
    .example_in(
        "cluster.ini",
        "[cluster]\nfrontend = lb, lb2\n\n[lb]\ntype = HAProxy\nip = 127.0.0.1\nport = 80\n\
         socket = /run/haproxy.sock\nbackend = web\n\n[lb2]\ntype = HAProxy\nip = 127.0.0.1\n\
         port = 80\nsocket = /run/haproxy.sock\nbackend = web\n\n",
        "[cluster]\nfrontend = lb\n\n[lb]\ntype = HAProxy\nip = 127.0.0.1\nport = 80\n\
         socket = /run/haproxy.sock\nbackend = web\n\n",
    ),
    rule(
        "monitor-bad-value",
        Names,
        Error,
        "a value that ctl would refuse",
        "ctl would not run. Write one of what is expected.",
    )
    .example_in(
        "cluster.ini",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = http\n",
        "[cluster]\nfrontend = front\n\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n",
    ),
];
