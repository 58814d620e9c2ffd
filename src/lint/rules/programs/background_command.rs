//! `background-command`: a command that goes to the background, where supervisord cannot see it.

use crate::base::{Diagnostic, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Conf, Daemon, Placed};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "background-command",
        Family::Programs,
        Severity::Warning,
        "a command that leaves its program in the background",
        "What was started ends at once: it is taken for a crash, or for running because the program holds the pipe, and \
         `stop` stops nothing. Run the program in the foreground.",
    )
    .example(
        "[program:web]\ncommand = /bin/sh -c '/srv/bin/web &'\n",
        "[program:web]\ncommand = /bin/sh -c 'exec /srv/bin/web'\n",
    ),
    check,
)
.daemon(check_daemon)
.built();

/// A program, and the word with which it goes to the background.
const DAEMONISING: &[(&str, &[&str])] = &[
    ("gunicorn", &["--daemon", "-D"]),
    ("uwsgi", &["--daemonize", "-d"]),
    ("redis-server", &["--daemonize"]),
    ("php-fpm", &["--daemonize", "-D"]),
    ("celery", &["--detach", "multi"]),
    ("celeryd", &["--detach"]),
    ("mongod", &["--fork"]),
    ("haproxy", &["-D"]),
    ("memcached", &["-d"]),
    ("thin", &["--daemonize", "-d"]),
    ("unicorn", &["--daemonize", "-D"]),
    ("sidekiq", &["--daemon", "-d"]),
    ("mysqld", &["--daemonize"]),
    ("apachectl", &["start"]),
    ("apache2ctl", &["start"]),
    ("zdaemon", &["start"]),
    ("zeoctl", &["start"]),
    ("zopectl", &["start"]),
    ("instance", &["start"]),
    ("systemctl", &["start", "restart"]),
    ("service", &["start", "restart"]),
    ("start-stop-daemon", &["--background", "-b"]),
];

/// A program that goes to the background unless one of the words keeps it.
const FOREGROUND: &[(&str, &[&str])] = &[
    ("sshd", &["-D", "-d", "-t", "-T", "-i", "-De", "-eD", "-Dd", "-dD"]),
    ("cron", &["-f"]),
    ("crond", &["-f", "-n", "-d", "-x"]),
    ("rsyslogd", &["-n"]),
];

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        found.extend(block.words().and_then(finding));
    }
}

fn check_daemon(daemon: &Daemon<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(daemon.words("program").and_then(|words| finding(&words)));
}

fn finding(words: &[Placed]) -> Option<Diagnostic> {
    let first = words.first()?;
    let name = super::base(&first.text);
    if super::runs_shell(words) {
        let script = words.iter().skip_while(|word| !word.text.ends_with('c') || !word.text.starts_with('-')).nth(1)?;
        let text = script.text.trim_end();
        let is_left = text.ends_with('&') && !text.ends_with("&&");
        return is_left.then(|| {
            RULE.rule
                .finding(script.span, "the shell ends at once, as its last command is left in the background")
                .help("leave out the `&`")
        });
    }
    let is_script = first.text.contains("/init.d/");
    let sent = DAEMONISING.iter().find(|(program, _)| *program == name).map(|(_, flags)| *flags);
    let sent = sent.or(is_script.then_some(&["start", "restart"][..]));
    let has_value = |flag: &str, word: &Placed| {
        word.text == flag || (flag.starts_with("--") && word.text.split('=').next() == Some(flag))
    };
    let flag =
        words.iter().skip(1).find(|word| sent.is_some_and(|flags| flags.iter().any(|flag| has_value(flag, word))));
    if let Some(flag) = flag.filter(|flag| !is_off(words, flag)) {
        let message = format!("`{}` sends `{name}` to the background", flag.text);
        return Some(RULE.rule.finding(flag.span, message).help("run the program itself, in the foreground"));
    }
    let (_, keeping) = FOREGROUND.iter().find(|(program, _)| *program == name)?;
    let is_kept = words.iter().any(|word| keeping.contains(&word.text.as_str()));
    (!is_kept).then(|| {
        let message = format!("`{name}` goes to the background by itself");
        RULE.rule.finding(first.span, message).help(format!("`{}` keeps it in the foreground", keeping[0]))
    })
}

/// Whether what follows says that it is not to be.
fn is_off(words: &[Placed], flag: &Placed) -> bool {
    let value = flag.text.split_once('=').map(|(_, value)| value);
    let next = words.iter().skip_while(|word| word.span != flag.span).nth(1).map(|word| word.text.as_str());
    matches!(value.or(next), Some("no" | "false" | "0"))
}
