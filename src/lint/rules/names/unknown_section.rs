//! `unknown-section`: a section that supervisord passes over without a word. A slip of one that there is costs all that
//! stands in it; any other may be for somebody else.

use crate::base::suggest::nearest;
use crate::base::{Diagnostic, Fix, Safety, Severity, Span};
use crate::conf::options::{self, Section};
use crate::conf::{ini, together, values};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "unknown-section",
        Family::Names,
        Severity::Warning,
        "a section that supervisord passes over",
        "What stands in it has no effect: a misspelt program is not run. Mend the name. (A section with a name of its own \
         is only told of.)",
    )
    .fix("writes the name that is nearest to it (unsafe: the section then counts)")
    .example("[progam:web]\ncommand = /srv/bin/web\n", "[program:web]\ncommand = /srv/bin/web\n"),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for section in conf.ini.sections().iter().filter(|section| Section::of(section.name).is_none()) {
        let Some(span) = section.span else { continue };
        let message = format!("supervisord passes over the section `{}`", section.name);
        found.push(match meant(section.name) {
            Some((kind, header)) => {
                let (finding, help) = (RULE.rule.finding(span, message), help(kind, section.name, &header));
                match fix(conf, section, span, &header) {
                    Some(fix) => finding.help(help).fix(fix),
                    None => finding.help(help).help("its name is not all that is to be mended"),
                }
            }
            None => Diagnostic::new(Severity::Info, RULE.rule.code, span, message),
        });
    }
}

/// What a header that is none may mean: the kind, and the header as it should be.
fn meant(header: &str) -> Option<(Section, String)> {
    let (word, name) = match header.split_once(':') {
        Some((word, name)) => (word.trim(), Some(name.trim())),
        None => (header.split_whitespace().next().unwrap_or_default(), None),
    };
    let kinds = Section::ALL.iter().copied();
    let kind = kinds.clone().find(|kind| kind.word() == word).or_else(|| {
        let near = nearest(word, kinds.clone().map(Section::word))?;
        kinds.clone().find(|kind| kind.word() == &*near)
    })?;
    let written = match name {
        Some(name) if kind.is_named() => format!("{}:{name}", kind.word()),
        _ => kind.word().to_owned(),
    };
    Some((kind, written))
}

fn help(kind: Section, header: &str, meant: &str) -> String {
    match kind.word() {
        word if kind.is_named() && !header.contains(':') => format!("write `[{word}:NAME]`"),
        word if kind.is_named() && header.contains(word) => format!("write `[{meant}]`, without blanks around"),
        word if header.contains(word) => format!("write `[{word}]`"),
        word => format!("did you mean `{word}`?"),
    }
}

/// Renames it, where the section is then as it should be: one that is wrong is better passed over than refused.
fn fix(conf: &Conf<'_>, section: &ini::Section<'_>, span: Span, header: &str) -> Option<Fix> {
    let (kind, name) = Section::of(header)?;
    let is_sound = name.is_none_or(|name| values::name(name).is_ok_and(|name| !name.is_empty()))
        && kind.is_named() == name.is_some()
        && conf.ini.section(header).is_none()
        && is_whole(conf, kind, section);
    let at = conf.sources.slice(span).find(section.name)?;
    let place = span.part(at, at + section.name.len());
    is_sound.then(|| Fix::replace(Safety::Unsafe, format!("write `[{header}]`"), place, header))
}

/// Whether a section has what one of this kind needs, and nothing that is refused in it.
fn is_whole(conf: &Conf<'_>, kind: Section, section: &ini::Section<'_>) -> bool {
    let set: Vec<_> =
        options::options(kind).filter_map(|opt| Some((opt, conf.ini.get_in(section, opt.name)?))).collect();
    let texts: Vec<_> = set.into_iter().map(|(opt, value)| (opt, value.text())).collect();
    let get = |name: &'static str| texts.iter().find(|(opt, _)| opt.name == name).map(|(_, text)| text.as_ref());
    options::options(kind).filter(|opt| opt.required).all(|opt| get(opt.name).is_some())
        && texts.iter().all(|(opt, text)| super::is_sound(conf, opt, kind, text))
        && together::check(kind, section.name, get).is_empty()
        && kind != Section::Include
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;
    use crate::lint::fix;
    use crate::lint::settings::Settings;
    use crate::lint::tests::lint;

    /// The text with its fixes made, and what help is given.
    fn mended(text: &str) -> (String, Vec<String>) {
        let (sources, found): (Sources, _) = lint(text, &Settings::default());
        let found: Vec<_> = found.into_iter().filter(|finding| finding.code == RULE.rule.code).collect();
        let fixed = fix::apply(&sources, &found, Safety::Unsafe).texts.pop_first();
        (fixed.map_or_else(|| text.to_owned(), |(_, text)| text), found.into_iter().flat_map(|f| f.help).collect())
    }

    #[test]
    fn blanks_and_slips_are_mended() {
        let cases = [
            ("[ program:b ]", "[program:b]", "write `[program:b]`, without blanks around"),
            ("[program :b]", "[program:b]", "write `[program:b]`, without blanks around"),
            ("[progam:b]", "[program:b]", "did you mean `program`?"),
            ("[progam: b]", "[program:b]", "did you mean `program`?"),
        ];
        for (written, right, help) in cases {
            let text = |header: &str| format!("[supervisord]\nuser = u\n{header}\ncommand = /b\n");
            assert_eq!(mended(&text(written)), (text(right), vec![help.to_owned()]), "{written}");
        }
        assert_eq!(mended("[ supervisord ]\n").0, "[supervisord]\n");
        let group = "[program:a]\ncommand = /a\n[grop:x]\nprograms = a\n";
        assert_eq!(mended(group).0, group.replace("grop", "group"));
    }

    #[test]
    fn a_section_that_would_be_refused_is_left_alone() {
        let cases = [
            "[progam:b]\npriority = 1\n",
            "[progam:b]\ncommand = /b\nstartsecs = x\n",
            "[progam:b]\ncommand = /b '\n",
            "[progam:b]\ncommand =\n",
            "[progam:b]\ncommand = /b\nnumprocs = 2\n",
            "[progam:b]\ncommand = /b\n[program:b]\ncommand = /c\n",
            "[progam:b c]\ncommand = /b\n",
            "[progam:]\ncommand = /b\n",
            "[progam]\ncommand = /b\n",
            "[grop:x]\nprograms = a\n",
            "[evntlistener:x]\ncommand = /b\n",
            "[unix_htp_server]\nchmod = 0700\n",
        ];
        for text in cases {
            assert_eq!(mended(text).0, text);
        }
    }
}
