//! Rules on names and values.

pub(in crate::lint) mod no_such_function;
pub(super) mod option_set_twice;
pub(super) mod quoted_value;
pub(super) mod removed_option;
pub(super) mod section_twice;
pub(super) mod swallowed_option;
pub(super) mod unknown_option;
pub(super) mod unknown_section;
pub(super) mod unused_section;
pub(super) mod unused_value;

use crate::conf::options::{Opt, Section};
use crate::conf::{command, values};
use crate::lint::view::Conf;

/// Whether nothing is wrong with a text as the value of an option: a misspelt one that is wrong is better passed over than
/// refused.
fn is_sound(conf: &Conf<'_>, opt: &Opt, kind: Section, text: &str) -> bool {
    values::check_option(opt, kind, text).is_ok()
        && match opt.name {
            "command" => command::split(text).is_ok_and(|words| !words.is_empty()),
            "programs" => values::list(text).all(|(_, name)| is_program(conf, name)),
            _ => true,
        }
}

fn is_program(conf: &Conf<'_>, name: &str) -> bool {
    let kinds = [Section::Program, Section::FcgiProgram];
    kinds.into_iter().flat_map(|kind| conf.of(kind)).filter(|block| block.name == name).count() == 1
}
