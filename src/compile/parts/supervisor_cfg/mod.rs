//! collective.recipe.supervisor 2.0.0: its options, its line grammars, its `supervisord.conf` byte for byte.
//!
//! `layout = 0.9` writes the sections in the order and with the keys of the first releases (`[inet_http_server]` first,
//! no `sections` gate but `http`, `ctl` and `rpc`).
//!
//! # What is mended
//!
//! A conf is the same as 2.0.0's unless supervisord could not use it:
//! - A listener without arguments gets none (2.0.0 wrote `None`).
//! - `env-path` and `supervisord-environment` become one `environment` (of two keys supervisord keeps the last); so do
//!   the credentials of a listener and an `environment` among its options.
//! - A `%` that begins neither `%%` nor an expansion is doubled; `%%` and `%(ENV_X)s` stay what they are.
//! - A ` ;` or ` #` in a command, in arguments and in quoted variables is kept from becoming a comment. In other options
//!   it stays a comment, with a warning.
//! - Values of several lines are written as continuation lines.
//! - A credential that single quotes cannot hold is put in double quotes in a listener's `environment`; one that no
//!   quotes can hold is an error.
//! - A command without a folder has no `directory` (2.0.0 wrote an empty one, in which nothing can be started).
//! - The default `serverurl` for the port of all interfaces (`*:9001`, `:9001`) names `localhost`.
//! - A quoted text in process options keeps its blanks (`environment=A="b c"`).
//! - The folder of the pid file and of a unix socket is made too, and a relative path is relative to the project folder.
//! - A plugin's script never replaces the part's own (`plugins = supervisor` overwrote `bin/supervisord`).
//! - A conf with a password is mode 0600. In layout 0.9, whose control script carried the credentials in its text, they
//!   stand in a `supervisorctl.conf` of mode 0600 beside the conf.
//!
//! What follows the last field of a line is ignored as before, with a warning.

mod conf;
mod doubts;
pub(super) mod lines;
mod mend;
mod services;
mod settings;
#[cfg(test)]
mod tests;

use super::builder::{Builder, Target};
use super::options::lines_of;
use super::problem::Problem;
use super::scripts::{self, Script};
use crate::base::Span;
use crate::compile::project::Part;
use conf::Conf;
use settings::Settings;

pub(super) use doubts::KNOWN;
pub(super) use settings::network_server;

/// Builds the configuration, the scripts and the folders.
pub(super) fn build(part: &Part, builder: &mut Builder<'_>) {
    let settings = Settings::of(part, builder);
    builder.extend(doubts::of_options(part, &settings, builder.project.is_fragment));
    let mut conf = Conf::new(part, &settings, builder);
    conf.write();
    let (text, credentials) = (conf.text, conf.credentials);
    builder.file(part, settings.conf.clone(), text, 0o644);
    if let Some(text) = credentials {
        builder.file(part, settings.credentials_conf(), text, 0o644);
    }
    folders(part, &settings, builder);
    own_scripts(part, &settings, builder);
    plugins(part, &settings, builder);
}

fn folders(part: &Part, settings: &Settings<'_>, builder: &mut Builder<'_>) {
    for target in settings.folders(builder.project) {
        if target.path() != builder.project.directory {
            builder.folder(part, target);
        }
    }
}

fn own_scripts(part: &Part, settings: &Settings<'_>, builder: &mut Builder<'_>) {
    let mut write = |name: &str, program, conf: Option<&Target>| {
        let arguments = scripts::with_conf("-c", conf.map(Target::path));
        let script = Script { name, program, arguments, span: part.span };
        scripts::write(part, builder, &settings.runtime, &script);
    };
    if settings.sections.global {
        write(&format!("{}d", part.name), "supervisord", Some(&settings.conf));
    }
    if settings.sections.ctl {
        let conf = if settings.has_credentials_conf() { settings.credentials_conf() } else { settings.conf.clone() };
        write(&format!("{}ctl", part.name), "supervisorctl", Some(&conf));
    }
    write("memmon", "memmon", None);
}

fn plugins(part: &Part, settings: &Settings<'_>, builder: &mut Builder<'_>) {
    let Some(plugins) = settings.text("plugins") else { return };
    for (line, span) in lines_of(plugins) {
        match scripts::of_distribution(line.trim()) {
            Some(names) => names.iter().for_each(|name| plugin_script(part, settings, builder, name, span)),
            None => builder.report(Problem::ForeignPlugin { plugin: line.trim().to_owned(), span }),
        }
    }
}

fn plugin_script(part: &Part, settings: &Settings<'_>, builder: &mut Builder<'_>, name: &str, span: Span) {
    if !builder.makes(&builder.project.bin_directory.join(name)) {
        scripts::write(
            part,
            builder,
            &settings.runtime,
            &Script { name, program: name, arguments: String::new(), span },
        );
    }
}
