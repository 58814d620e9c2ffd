//! One file per rule, in a folder per family.

mod listeners;
mod logs;
mod names;
mod portability;
mod ports;
mod programs;
mod security;
mod syntax;

use super::Checked;
use super::view::Conf;
use crate::base::Diagnostic;
pub(super) use logs::syslog_as_file::fix as syslog_as_file;
pub(super) use names::no_such_function::is_nothing as is_no_function;
pub(super) use security::bad_certificate::{
    of_cluster as bad_certificates_of_cluster, of_project as bad_certificates_of_project,
};
pub(super) use syntax::comment_without_blank::{GLUED, fix as glued_comment};

/// The rules that are not the compiler's, by family.
pub static RULES: &[&Checked] = &[
    &syntax::comment_without_blank::RULE,
    &syntax::cut_value::RULE,
    &syntax::escaped_line_end::RULE,
    &names::no_such_function::RULE,
    &names::option_set_twice::RULE,
    &names::quoted_value::RULE,
    &names::removed_option::RULE,
    &names::section_twice::RULE,
    &names::swallowed_option::RULE,
    &names::unknown_option::RULE,
    &names::unknown_section::RULE,
    &names::unused_section::RULE,
    &names::unused_value::RULE,
    &programs::background_command::RULE,
    &programs::bad_command::RULE,
    &programs::command_not_found::RULE,
    &programs::empty_group::RULE,
    &programs::hard_stop::RULE,
    &programs::hot_loop::RULE,
    &programs::never_started::RULE,
    &programs::no_foreground::RULE,
    &programs::one_shot_restart::RULE,
    &programs::one_shot_startsecs::RULE,
    &programs::quoted_words::RULE,
    &programs::relative_command::RULE,
    &programs::retries_too_short::RULE,
    &programs::shell_syntax::RULE,
    &programs::start_order::RULE,
    &logs::rotated_device::RULE,
    &logs::shared_logfile::RULE,
    &listeners::late_listener::RULE,
    &listeners::small_buffer::RULE,
    &ports::missing_rpcinterface::RULE,
    &ports::port_in_use::RULE,
    &ports::port_taken::RULE,
    &ports::socket_path_too_long::RULE,
    &ports::unreachable_server::RULE,
    &security::bad_certificate::RULE,
    &security::credentials_mismatch::RULE,
    &security::in_tmp::RULE,
    &security::open_server::RULE,
    &security::open_socket::RULE,
    &security::runs_as_root::RULE,
    &security::secret_in_command::RULE,
    &security::user_without_home::RULE,
    &security::weak_password::RULE,
    &security::world_readable_secret::RULE,
    &portability::newer_option::RULE,
];

/// Names of sections and options that supervisord does not know.
pub(super) fn unknown_names(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let rules = [&names::unknown_section::RULE, &names::removed_option::RULE, &names::unknown_option::RULE];
    rules.into_iter().filter_map(|rule| rule.conf).for_each(|check| check(conf, found));
}
