//! What a configuration asks for that this daemon does not do yet: said at every start, so that nobody waits for it.

use crate::conf::model::{Config, GroupKind};

/// One line for each option or kind that has no effect, with the names of those that use it.
pub fn gaps(config: &Config) -> Vec<String> {
    let groups = |wanted: fn(&GroupKind) -> bool| {
        let named = config.groups.iter().filter(|group| wanted(&group.kind)).map(|group| group.name.as_str());
        named.collect::<Vec<_>>()
    };
    let gaps =
        [("event listeners run, but get no events", groups(|kind| matches!(kind, GroupKind::EventListener { .. })))];
    gaps.iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(gap, names)| format!("{gap}: {}", names.join(", ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;
    use crate::base::seams::{ConfFiles, Files, ReadError};
    use crate::conf::expand::Environ;
    use crate::conf::include::Context;
    use crate::conf::read;

    /// An empty disk.
    struct NoFiles;

    impl Files for NoFiles {
        fn read(&self, _: &str) -> Result<String, ReadError> {
            Err(ReadError::NotFound)
        }
        fn exists(&self, _: &str) -> bool {
            false
        }
    }

    impl ConfFiles for NoFiles {
        fn list(&self, _: &str) -> Vec<String> {
            Vec::new()
        }
        fn home(&self, _: &str) -> Option<String> {
            None
        }
    }

    #[test]
    fn each_is_said_with_who_asks_for_it() {
        let text = "[supervisord]\n[program:a]\ncommand=x\n\
            [eventlistener:l]\ncommand=x\nevents=TICK_5\n";
        let environ = Environ::default();
        let context =
            Context { files: &NoFiles, environ: &environ, host_node_name: "h", directory: "/", tempdir: "/tmp" };
        let lines = gaps(&read::read(&mut Sources::new(), "s.conf", text, &context).config);
        assert_eq!(lines, ["event listeners run, but get no events: l"]);
    }
}
