//! Names as calls take them: `process`, `group:process`, `group:*`.

/// What a name asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namespec<'t> {
    /// The group; of a bare name the name itself.
    pub group: &'t str,
    /// The process; `None` for `group:*` and `group:`, all of the group.
    pub process: Option<&'t str>,
}

impl<'t> Namespec<'t> {
    /// Takes a name apart. Any text is a name.
    pub fn parse(text: &'t str) -> Self {
        match text.split_once(':') {
            Some((group, "" | "*")) => Self { group, process: None },
            Some((group, process)) => Self { group, process: Some(process) },
            None => Self { group: text, process: Some(text) },
        }
    }

    /// Whether it means this process, for those who take a bare name for that of a group as well.
    pub fn means(&self, group: &str, process: &str) -> bool {
        self.group == group && self.process.is_none_or(|name| name == process || name == self.group)
    }
}

/// How a process is shown: `name` alone where the group has the same name.
pub fn namespec(group: &str, process: &str) -> String {
    if group == process { process.to_owned() } else { format!("{group}:{process}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_and_shown() {
        let parts = |text| {
            let Namespec { group, process } = Namespec::parse(text);
            (group.to_owned(), process.map(str::to_owned))
        };
        assert_eq!(parts("a"), ("a".into(), Some("a".into())));
        assert_eq!(parts("a:b:c"), ("a".into(), Some("b:c".into())));
        assert_eq!(parts("a:*"), ("a".into(), None));
        assert_eq!(parts("a:"), ("a".into(), None));
        assert_eq!(namespec("a", "a"), "a");
        assert_eq!(namespec("a", "b"), "a:b");
    }
}
