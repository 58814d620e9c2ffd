//! The language server: what an editor asks about manifests and configurations, and what it is told.
//!
//! ```text
//! bytes → wire::lsp → Server::receive (a queue, so that a request can be cancelled) → Server::step → bodies → wire::lsp
//! documents → check → diagnostics, actions          documents → model, cursor → hover, completion, definition
//! ```
//!
//! - [`server`]: the protocol's life and its methods; [`protocol`] has its shapes.
//! - [`documents`], [`position`], [`uri`]: open texts, laid over the files of the disk; places as editors count them.
//! - [`check`]: the findings of a root (a manifest, or a configuration) and all files that belong to it. They are the
//!   compiler's own: the editor is told what `recipe lint` prints.
//! - [`model`]: the sections of a root; where its text is broken for the moment, those that it had before.
//! - [`cursor`]: what stands at a place of a text, by its text alone, as most texts are broken while one types.
//! - [`rows`]: which options may stand there, from the tables that the compiler checks with.
//! - [`hover`], [`completion`], [`definition`], [`actions`]: one file a feature.
//!
//! After each change everything is checked anew: that takes less than ten milliseconds for ten thousand lines, and there is
//! no state that could be wrong. Changes that come at once are checked once.
//!
//! Deliberately absent: files, the network (what a manifest extends at a URL comes from the cache) and passwords, which a
//! [`Site`] stands for; standard input and output, which are `cli::lsp`'s.

mod actions;
mod check;
mod completion;
mod cursor;
mod definition;
mod diagnostics;
mod documents;
mod hover;
mod model;
mod position;
mod protocol;
mod rows;
mod server;
mod site;
#[cfg(test)]
mod tests;
mod uri;

pub use server::Server;
pub use site::Site;
