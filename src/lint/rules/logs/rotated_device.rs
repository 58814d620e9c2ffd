//! `rotated-device`: an output that cannot be rotated, with a size at which it is to be.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "rotated-device",
        Family::Logs,
        Severity::Warning,
        "a log that is a device or a pipe, without `maxbytes = 0`",
        "Supervisor measures the file to rotate it at 50 MB: a pipe or terminal cannot be measured (`Illegal seek`), and the \
         output is lost. Set `stdout_logfile_maxbytes = 0`.",
    )
    .fix("sets `…_maxbytes = 0`")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /dev/stdout\n",
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /dev/stdout\nstdout_logfile_maxbytes = 0\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks() {
        let logs: &[_] = if block.kind.is_program_like() {
            &[("stdout_logfile", "stdout_logfile_maxbytes"), ("stderr_logfile", "stderr_logfile_maxbytes")]
        } else if block.kind == crate::conf::options::Section::Supervisord {
            &[("logfile", "logfile_maxbytes")]
        } else {
            &[]
        };
        found.extend(logs.iter().filter_map(|(file, size)| finding(block, file, size)));
    }
}

fn finding(block: Block<'_>, file: &'static str, size: &'static str) -> Option<Diagnostic> {
    let path = block.text(file).filter(|path| super::is_device(path))?;
    if file == "stderr_logfile" && block.boolean("redirect_stderr") != Some(false) {
        return None;
    }
    let bytes = block.bytes(size).filter(|bytes| *bytes != 0)?;
    let message = format!("`{path}` is no file that can be rotated, and `{size}` is {bytes}");
    let fix = match block.setting(size) {
        Some(setting) => Fix::replace(Safety::Safe, "set it to 0", setting.value.span(), "0"),
        None => Fix {
            title: format!("set `{size} = 0`"),
            safety: Safety::Safe,
            edits: vec![block.insert(Some(file), &format!("{size} = 0"))],
        },
    };
    let finding = RULE.rule.finding(block.place_of(file), message);
    let finding = match block.setting(size) {
        Some(setting) => finding.label(setting.value.span(), "the size at which it is to be rotated"),
        None => finding,
    };
    Some(finding.help(format!("set `{size} = 0`")).fix(fix))
}
