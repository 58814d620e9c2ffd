//! `weak-password`: a password of a server in the network that is tried first. It is not shown.

use super::open_server::has_password;
use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "weak-password",
        Family::Security,
        Severity::Warning,
        "a password of an `[inet_http_server]` that is short, or that everybody knows from an example",
        "It is found in minutes. Take a long one; `%(ENV_NAME)s` keeps it out of the file.",
    )
    .example(
        "[inet_http_server]\nport = 127.0.0.1:9001\nusername = user\npassword = 123\n",
        "[inet_http_server]\nport = 127.0.0.1:9001\nusername = user\npassword = %(ENV_WEB_PASSWORD)s\n",
    ),
    check,
);

/// The least number of characters.
const SHORTEST: usize = 8;

/// Those of manuals.
const KNOWN: [&str; 8] =
    ["password", "password1", "passw0rd", "thepassword", "changeme", "supervisor", "12345678", "123456789"];

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.of(Section::InetHttpServer).filter(|block| has_password(*block)) {
        let Some(password) = block.known("password").filter(|text| !text.starts_with("{SHA}")) else { continue };
        let why = if block.text("username").as_deref() == Some(&*password) {
            "is the same as the user name"
        } else if KNOWN.contains(&password.to_lowercase().as_str()) {
            "is one that is tried first"
        } else if password.chars().count() < SHORTEST {
            "has fewer than 8 characters"
        } else {
            continue;
        };
        found.push(
            RULE.rule.finding(block.place_of("password"), format!("this password {why}")).help("take a long one"),
        );
    }
}
