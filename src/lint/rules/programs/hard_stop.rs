//! `hard-stop`: a program that is killed wherever it is, as it is not asked to end before.

use crate::base::{Diagnostic, Severity};
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "hard-stop",
        Family::Programs,
        Severity::Info,
        "`stopsignal = KILL`, or no signal at all",
        "The program cannot end in order: what it has half written stays so. Take the signal that it knows, such as `TERM` or \
         `QUIT`; KILL follows after `stopwaitsecs` anyway.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = KILL\n",
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = QUIT\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let signal = block.known("stopsignal").and_then(|text| values::signal(&text).ok());
        let message = match signal {
            Some(9) => format!("`{}` is killed without a chance to end in order", block.name),
            // `SIG_DFL` is such a number as well.
            Some(0) => format!("`{}` is not asked to end: signal 0 is none, and KILL follows", block.name),
            _ => continue,
        };
        found.push(RULE.rule.finding(block.place_of("stopsignal"), message));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{codes, settings};

    #[test]
    fn signals_are_known_by_number_and_name() {
        for (text, is_hard) in
            [("sigkill", true), ("9", true), ("0", true), ("_DFL", true), ("_IGN", false), ("INT", false)]
        {
            let text = format!("[program:a]\ncommand = /a\nstopsignal = {text}\n");
            assert_eq!(codes(&text, &settings("")).contains(&"hard-stop"), is_hard, "{text}");
        }
    }
}
