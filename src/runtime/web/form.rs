//! What a client has filled in, in the address and in the body.

use crate::wire::url;

/// The fields of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::runtime) struct Form {
    query: Vec<(String, String)>,
    body: Vec<(String, String)>,
}

impl Form {
    /// Reads the query of the address and the body of a POST.
    pub(in crate::runtime) fn read(query: &str, body: &str) -> Self {
        Self { query: url::fields(query).collect(), body: url::fields(body).collect() }
    }

    /// A field. The body goes before the query; of several there the last counts, of several here the first.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.body.iter().rev().chain(&self.query);
        all.find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// What is to be done.
    pub(super) fn action(&self) -> Option<&str> {
        self.get("action")
    }

    /// Whether it asks for more than to be shown something.
    pub(in crate::runtime) fn changes_something(&self) -> bool {
        self.action().is_some_and(|action| action != "refresh")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_body_go_first() {
        let form = Form::read("a=1&a=2&b=3", "a=4&a=5");
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("5"), Some("3"), None));
        assert_eq!(Form::read("a=1&a=2", "").get("a"), Some("1"));
    }

    #[test]
    fn to_look_changes_nothing() {
        for (query, changes) in [("", false), ("action=refresh", false), ("action=stopall", true), ("action=x", true)] {
            assert_eq!(Form::read(query, "").changes_something(), changes, "{query}");
        }
        assert!(Form::read("action=refresh", "action=stopall").changes_something());
    }
}
