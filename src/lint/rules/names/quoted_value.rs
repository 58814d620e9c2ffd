//! `quoted-value`: quotes around a value that are a part of it.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::conf::options::{self, Type};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "quoted-value",
        Family::Names,
        Severity::Warning,
        "a path, user or address in quotes",
        "Only `command` and `environment` know quotes. Elsewhere they are a part of the value: of a path that is not there. \
         Leave them out.",
    )
    .fix("removes the quotes (unsafe: the value is another one)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\ndirectory = \"/srv\"\n",
        "[program:web]\ncommand = /srv/bin/web\ndirectory = /srv\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks() {
        for option in block.section.options() {
            if !options::find(block.kind, &option.name).is_some_and(|opt| takes_no_quotes(opt.ty)) {
                continue;
            }
            let text = option.value.text();
            let inner = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
            if let Some(inner) = inner.filter(|inner| !inner.contains(['\n', '@'])) {
                let span = option.value.span();
                let message = format!("the quotes are a part of this value of `{}`", option.name);
                let fix = Fix::replace(Safety::Unsafe, "remove the quotes", span, inner);
                found.push(RULE.rule.finding(span, message).help(format!("write `{inner}`")).fix(fix));
            }
        }
    }
}

fn takes_no_quotes(ty: Type) -> bool {
    use Type::{ChildLog, Directory, MainLog, Path, Socket, Url, User, UserGroup};
    matches!(ty, Path | Directory | MainLog | ChildLog | User | UserGroup | Url | Socket)
}
