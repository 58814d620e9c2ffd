//! The fix of `conf-deprecated`, which the reader finds: `syslog` in the place of a log file.

use crate::base::{Diagnostic, Edit, Fix, Safety};
use crate::conf::options;
use crate::conf::values::{self, ChildLogName};
use crate::lint::view::{Block, Conf};

/// The options of a log file, each with the one that sends it to the system log.
const CHANNELS: [(&str, &str); 2] = [("stdout_logfile", "stdout_syslog"), ("stderr_logfile", "stderr_syslog")];

/// What the reader takes `syslog` for: no file, and the system log. None where it is not written so in the section itself,
/// or where the version of Supervisor that the settings name would not understand it.
pub(in crate::lint) fn fix(conf: &Conf<'_>, finding: &Diagnostic) -> Option<Fix> {
    let span = finding.span.filter(|_| finding.code == "conf-deprecated")?;
    let is_syslog = values::child_log(conf.sources.slice(span)) == ChildLogName::Syslog;
    conf.programs().filter(|_| is_syslog).find_map(|block| {
        let is_here = |option: &str| block.setting(option).is_some_and(|setting| setting.value.span() == span);
        let (file, log) = CHANNELS.into_iter().find(|(file, _)| is_here(file))?;
        let title = format!("write `{file} = NONE` and `{log} = true`");
        let mut edits = switched_on(block, file, log)?;
        edits.push(Edit { span, text: "NONE".to_owned() });
        Some(Fix { title, safety: Safety::Safe, edits })
    })
}

/// The edits that switch the system log on, which may be none; none where that cannot be.
fn switched_on(block: Block<'_>, file: &str, log: &str) -> Option<Vec<Edit>> {
    let since = options::find(block.kind, log)?.since.parse().ok()?;
    if block.conf.given.settings.target.is_some_and(|target| !target.has(since)) {
        return None;
    }
    let Some(setting) = block.setting(log) else {
        return Some(vec![block.insert(Some(file), &format!("{log} = true"))]);
    };
    // What is no truth value is to be mended first.
    let is_on = block.boolean(log)?;
    let on = Edit { span: setting.value.span(), text: "true".to_owned() };
    Some(if is_on { Vec::new() } else { vec![on] })
}

#[cfg(test)]
mod tests {
    use crate::base::Safety;
    use crate::lint::fix;
    use crate::lint::tests::{lint, settings};

    #[test]
    fn the_file_is_none_and_the_system_log_is_on() {
        let fixed = |options: &str, given: &str| {
            let text = format!("[program:a]\ncommand = /a\n{options}");
            let (sources, found) = lint(&text, &settings(given));
            let fixed = fix::apply(&sources, &found, Safety::Safe).texts.pop_first();
            fixed.map(|(_, text)| text.split_once("/a\n").unwrap().1.to_owned())
        };
        for (options, expected) in [
            ("stdout_logfile=SYSLOG ; x", "stdout_logfile=NONE ; x\nstdout_syslog = true"),
            ("stderr_logfile = syslog\nstderr_syslog = no\n", "stderr_logfile = NONE\nstderr_syslog = true\n"),
            ("stdout_syslog=on\nstdout_logfile=syslog\n", "stdout_syslog=on\nstdout_logfile=NONE\n"),
        ] {
            assert_eq!(fixed(options, "").as_deref(), Some(expected));
        }
        for options in ["stdout_logfile=%(ENV_X)s\n", "stdout_logfile=syslog\nstdout_syslog=%(ENV_X)s\n"] {
            assert_eq!(fixed(options, ""), None);
        }
        assert_eq!(fixed("stdout_logfile=syslog\n", "target = \"3.3\"\n"), None);
    }
}
