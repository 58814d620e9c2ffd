//! `ZConfig`'s text: the format of zdaemon.conf.
//!
//! ```text
//! text → read (lines, %define, %include, $name) → tree → overrides (-X) → zdaemon, by the schema → model, demands, findings
//! tree → write → text
//! ```
//!
//! Lines are stripped; a line is blank, a comment, `<type name>`, `</type>`, `<type/>`, a directive or `key value`. There
//! is no quoting and no continuation. The messages of problems are the original's own texts; places and help are ours.
//!
//! Deliberately absent: files, environment and clock, which are handed in ([`super::include::Context`]); schemas other
//! than zdaemon's own.

pub mod demand;
pub mod eventlog;
pub mod overrides;
pub mod problem;
pub mod read;
pub mod schema;
pub mod substitute;
pub mod tree;
pub mod values;
pub mod words;
pub mod write;
pub mod zdaemon;

#[cfg(test)]
mod tests {
    use super::super::expand::Environ;
    use super::super::include::Context;
    use crate::base::memory::Memory;
    use std::sync::LazyLock;

    pub(super) fn context(files: &Memory) -> Context<'_> {
        static ENVIRON: LazyLock<Environ> = LazyLock::new(|| {
            let mut environ = Environ::default();
            environ.set("HOME", "/home/joe");
            environ
        });
        Context { files, environ: &ENVIRON, host_node_name: "host", directory: "/conf", tempdir: "/tmp" }
    }
}
