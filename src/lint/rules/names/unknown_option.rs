//! `unknown-option`: what supervisord passes over without a word. Those of manifests the compiler finds.

use crate::base::suggest::nearest;
use crate::base::{Diagnostic, Severity};
use crate::conf::ini::Setting;
use crate::conf::options::{self, Section};
use crate::conf::together;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "unknown-option",
        Family::Names,
        Severity::Error,
        "an option that its part, `[project]`, or its section of supervisord.conf has not",
        "It would have no effect, and what was meant keeps its default. Mend the name; data goes to a section of its own.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe: that option then counts)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nautorestrat = true\n",
        "[program:web]\ncommand = /srv/bin/web\nautorestart = true\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks().filter(|block| !options::takes_any(block.kind)) {
        let unknown = |option: &&Setting<'_>| options::find(block.kind, &option.name).is_none();
        let options = block.section.options().iter().filter(unknown);
        found.extend(
            options
                .filter(|o| super::removed_option::instead(block.kind, &o.name).is_none())
                .map(|o| finding(block, o)),
        );
    }
}

fn finding(block: Block<'_>, option: &Setting<'_>) -> Diagnostic {
    let message = format!("supervisord passes over `{}`: no option of `[{}]`", option.name, block.kind.word());
    let finding = Diagnostic::warning(RULE.rule.code, option.name_span, message);
    if let Some(name) = nearest(&option.name, options::names(block.kind)) {
        let name = name.unless(|name| block.section.get(name).is_some());
        if name.is_sure() && !is_meant(block, option, &name) {
            return finding.help(format!("did you mean `{}`, which does not take this value?", &*name));
        }
        return finding.meant(Some(&name));
    }
    let elsewhere = Section::ALL.iter().find(|kind| options::find(**kind, &option.name).is_some());
    match elsewhere {
        Some(kind) if option.name != "environment" => {
            finding.help(format!("`[{}]` has an option of that name", kind.word()))
        }
        _ => finding,
    }
}

/// Whether the option would be taken under this name.
fn is_meant(block: Block<'_>, option: &Setting<'_>, name: &str) -> bool {
    let Some(opt) = options::find(block.kind, name) else { return false };
    let text = option.value.text();
    let set: Vec<_> = options::names(block.kind).filter_map(|name| Some((name, block.text(name)?))).collect();
    let get = |name: &'static str| set.iter().find(|(key, _)| *key == name).map(|(_, text)| text.as_ref());
    let with = |key: &'static str| if key == name { Some(text.as_ref()) } else { get(key) };
    super::is_sound(block.conf, opt, block.kind, &text)
        && together::check(block.kind, block.header(), with).len()
            <= together::check(block.kind, block.header(), get).len()
}

#[cfg(test)]
mod tests {
    use crate::lint::fix;
    use crate::lint::settings::Settings;
    use crate::lint::tests::lint;

    #[test]
    fn a_name_is_mended_unless_its_value_is_refused_then() {
        let is_mended = |text: &str| {
            let (sources, found) = lint(&format!("[program:a]\n{text}\n"), &Settings::default());
            assert!(found.iter().any(|finding| finding.code == "unknown-option"), "{found:?}");
            !fix::apply(&sources, &found, crate::base::Safety::Unsafe).texts.is_empty()
        };
        assert!(is_mended("comand = /a"));
        assert!(is_mended("command = /a\nautorestrat = true"));
        for text in ["comand = /a '", "command = /a\nautorestrat = x", "command = /a\nnumproc = 2"] {
            assert!(!is_mended(text), "{text}");
        }
    }
}
