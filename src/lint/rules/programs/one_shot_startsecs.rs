//! `one-shot-startsecs`: a command that ends before it counts as started.

use super::one_shot;
use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "one-shot-startsecs",
        Family::Programs,
        Severity::Warning,
        "a command that ends within a moment, and must live for `startsecs`",
        "That it ends early is taken for a failed start, whatever its exit code: it is tried again, and ends as FATAL. Write \
         `startsecs = 0`.",
    )
    .fix("sets `startsecs = 0` (unsafe: such a start then succeeds)")
    .example(
        "[program:folder]\ncommand = /bin/mkdir -p /srv/run\n",
        "[program:folder]\ncommand = /bin/mkdir -p /srv/run\nstartsecs = 0\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        if block.integer("startsecs").is_none_or(|seconds| seconds <= 0) {
            continue;
        }
        if let Some(word) = one_shot::word(block, true) {
            let message = format!("`{}` ends before `startsecs`, which is taken for a failed start", word.text);
            let fix = match block.setting("startsecs") {
                Some(setting) => Fix::replace(Safety::Unsafe, "set it to 0", setting.value.span(), "0"),
                None => Fix {
                    title: "set `startsecs = 0`".to_owned(),
                    safety: Safety::Unsafe,
                    edits: vec![block.insert(Some("command"), "startsecs = 0")],
                },
            };
            found.push(RULE.rule.finding(word.span, message).help("write `startsecs = 0`").fix(fix));
        }
    }
}
