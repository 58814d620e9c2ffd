use super::{part, toml};
use crate::base::{secret, verbatim};
use crate::compile::document::Node;

/// The password of a part, as text that refers to it, and the messages.
fn password(value: &str) -> (String, Vec<String>) {
    let text = format!(
        "[parts.s]\nrecipe = 'program'\ncredentials = {{ username = 'u', password = {value} }}\nname = 'PW'\n[parts.t]\nrecipe = 'program'\nx = 'a $<s:credentials.password> b $<s:credentials.username>'\n"
    );
    let case = toml(&text).with("$PW", "s3kret").with("/srv/shop/pw", "filed").with("$EMPTY", "");
    let outcome = case.run();
    let project = outcome.project.unwrap();
    let text = match part(&project, "t").table.get("x") {
        Some(Node::Scalar(scalar)) => scalar.text.to_string(),
        other => panic!("{other:?}"),
    };
    (text, outcome.messages)
}

#[test]
fn passwords_come_from_everywhere_and_are_marked() {
    let cases = [
        ("{ env = 'PW' }", "s3kret"),
        ("{ env = '$<:name>' }", "s3kret"),
        ("{ env = 'PW', at = 'build' }", "s3kret"),
        ("'$<env:PW>'", "s3kret"),
        ("{ file = 'pw' }", "filed"),
        ("{ command = 'pass show \"a b\"' }", "pass|show|a b in /srv/shop"),
        ("{ command = ['pass', '$<:name>'] }", "pass|PW in /srv/shop"),
        ("{ generate = 20 }", "s20"),
    ];
    for (value, expected) in cases {
        let (text, messages) = password(value);
        assert_eq!(messages, Vec::<String>::new(), "{value}");
        assert_eq!(secret::masked(&text), "a (secret) b u", "{value}");
        assert_eq!(secret::reveal(&text), format!("a {expected} b u"), "{value}");
    }
}

#[test]
fn a_literal_password_is_a_warning() {
    let (text, messages) = password("'pw'");
    assert_eq!(secret::masked(&text), "a (secret) b u");
    assert_eq!(messages.len(), 1);
    assert!(
        messages[0].starts_with("recipe.toml:3:44 warning: the password of `s` stands in the manifest"),
        "{messages:?}"
    );
}

#[test]
fn what_the_daemon_fills_in_is_no_secret_and_is_not_quoted() {
    let (text, messages) = password("{ env = 'PW', at = 'start' }");
    assert!(messages.is_empty());
    assert!(!secret::is_marked(&text));
    assert_eq!(text, format!("a {} b u", verbatim::mark("%(ENV_PW)s")));
}

#[test]
fn what_is_wrong_is_told_once() {
    let cases = [
        ("{ env = 'NO' }", "cannot be had: the environment variable `NO` is not set, or empty"),
        ("{ env = 'EMPTY' }", "cannot be had: the environment variable `EMPTY` is not set, or empty"),
        ("{ env = 'A B', at = 'start' }", "`A B` is no name of an environment variable"),
        ("{ file = 'none' }", "`/srv/shop/none`: no such file"),
        ("{ command = 'a \"b' }", "the quotes of `a \"b` do not match"),
        ("{ command = [] }", "it is empty"),
        ("{ generate = 3 }", "`generate` is a length from 8 to 256"),
        ("{ env = [1] }", "this is a list"),
        ("{ env = 'PW', file = 'pw' }", "must come from exactly one place"),
        ("{}", "must come from exactly one place"),
        ("{ file = 'pw', at = 'start' }", "`at` is `start`, which `file` does not know"),
        ("[1]", "the password of `s` is a list"),
        ("{ env = '$<:credentials.password>' }", "references go in a circle"),
        ("{ env = '$<no:x>' }", "there is no section `no`"),
    ];
    for (value, expected) in cases {
        let (_, messages) = password(value);
        assert_eq!(messages.len(), 1, "{value}: {messages:?}");
        assert!(messages[0].contains(expected), "{value}: {messages:?}");
    }
    let (_, messages) = password("{ evn = 'PW', env = 'PW' }");
    assert!(messages[0].contains("unknown key `evn` (did you mean `env`?)"), "{messages:?}");
}
