//! `no-foreground`: a configuration for a container, by which supervisord goes to the background.
//!
//! That it is for a container is told by programs that log to the standard output of supervisord. Only an information, as
//! `-n` on the command line does the same.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::rules::logs;
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "no-foreground",
        Family::Programs,
        Severity::Info,
        "programs that log to supervisord's own output, without `nodaemon = true`",
        "In the background that output is `/dev/null`, and a container ends when its first process does. Set `nodaemon = \
         true`, or start it with `-n`.",
    )
    .fix("sets `nodaemon = true` (unsafe: it then stays in the foreground)")
    .example(
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /dev/stdout\n\
         stdout_logfile_maxbytes = 0\n",
        "[supervisord]\nuser = web\nnodaemon = true\n[program:web]\ncommand = /srv/bin/web\n\
         stdout_logfile = /dev/stdout\nstdout_logfile_maxbytes = 0\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for main in conf.of(Section::Supervisord).filter(|main| main.boolean("nodaemon") == Some(false)) {
        let logged = conf.programs().find_map(|block| {
            let device = |option: &&&str| block.text(option).is_some_and(|path| logs::is_own_output(&path));
            let option = *["stdout_logfile", "stderr_logfile"].iter().find(device)?;
            Some(block.place_of(option))
        });
        if let Some(place) = logged {
            let message = "by this, supervisord goes to the background, where its output is `/dev/null`";
            let fix = match main.setting("nodaemon") {
                Some(setting) => Fix::replace(Safety::Unsafe, "set it to true", setting.value.span(), "true"),
                None => Fix {
                    title: "set `nodaemon = true`".to_owned(),
                    safety: Safety::Unsafe,
                    edits: vec![main.insert(None, "nodaemon = true")],
                },
            };
            let finding = RULE.rule.finding(main.place_of("nodaemon"), message).label(place, "logs to its output");
            found.push(finding.help("set `nodaemon = true`, or start it with `-n`").fix(fix));
        }
    }
}
