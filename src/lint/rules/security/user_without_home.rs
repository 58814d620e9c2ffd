//! `user-without-home`: a program that runs as another user, with the HOME of supervisord's.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "user-without-home",
        Family::Security,
        Severity::Info,
        "a program with a `user`, but without a HOME of that user",
        "supervisord changes the user and nothing else: HOME and USER stay those it was started with, often root's. Set \
         them in `environment`.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nuser = web\n",
        "[program:web]\ncommand = /srv/bin/web\nuser = web\nenvironment = HOME=\"/home/web\",USER=\"web\"\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let sets_home = |block: Block<'_>| block.text("environment").is_some_and(|text| text.contains("HOME"));
    let main = conf.of(Section::Supervisord).next();
    let own = main.and_then(|main| main.known("user"));
    if main.is_some_and(sets_home) {
        return;
    }
    for block in conf.programs().filter(|block| !sets_home(*block)) {
        let Some(user) = block.known("user").filter(|user| user != "root" && Some(user) != own.as_ref()) else {
            continue;
        };
        let message = format!("`{}` runs as `{user}`, but with the HOME and USER of supervisord", block.name);
        found.push(RULE.rule.finding(block.place_of("user"), message).help("set them in `environment`"));
    }
}
