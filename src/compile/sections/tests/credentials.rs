use super::{cfg, part, toml};
use crate::base::{secret, verbatim};
use crate::compile::document::Node;
use crate::compile::project::Project;

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
    assert!(messages[0].contains("unknown key `evn` (did you mean `env`, which is there already?)"), "{messages:?}");
}

/// The text of an option of a part.
fn option(project: &Project, name: &str, key: &str) -> String {
    part(project, name).table.scalar(key).unwrap().text.to_string()
}

#[test]
fn what_a_password_is_taken_from_is_as_secret() {
    let forms = [
        ("pw = '$<env:PW>'", "$<secrets:pw>", "$<secrets:pw>", "s3kret", 0),
        ("pw = 'one'", "$<secrets:pw>", "$<secrets:pw>", "one", 1),
        ("pw = '$<:other>'\nother = 'two'", "$<secrets:pw>", "$<secrets:other>", "two", 1),
        ("a.b = 123", "$<secrets:a.b>", "$<secrets:a.b>", "123", 1),
        ("pw = 'x'", "$<env:PW>", "$<env:PW>", "s3kret", 0),
    ];
    for (data, password, elsewhere, expected, warnings) in forms {
        let text = format!(
            "[parts.a]\nrecipe = 'program'\nx = 'a {elsewhere} b'\n[secrets]\n{data}\n[parts.s]\nrecipe = 'program'\n\
             credentials = {{ username = 'u', password = '{password}' }}\n"
        );
        let outcome = toml(&text).with("$PW", "s3kret").run();
        let found = option(&outcome.project.unwrap(), "a", "x");
        assert_eq!(secret::masked(&found), "a (secret) b", "{data}");
        assert_eq!(secret::reveal(&found), format!("a {expected} b"), "{data}");
        assert_eq!(outcome.messages.len(), warnings, "{data}: {:?}", outcome.messages);
        assert!(outcome.messages.iter().all(|m| m.contains("the password of `s` stands in the manifest")));
    }
}

#[test]
fn what_is_only_a_piece_of_a_password_is_none() {
    let text = "[data]\nname = 'shop'\n[parts.a]\nrecipe = 'program'\nx = '$<data:name>'\n[parts.s]\n\
        recipe = 'program'\ncredentials = { username = 'u', password = '$<data:name>-1' }\n";
    assert_eq!(option(&toml(text).run().project.unwrap(), "a", "x"), "shop");
}

#[test]
fn in_a_cfg_too() {
    let text = "[buildout]\nparts = s\n[passwords]\nadmin = hunter\n[s]\nrecipe = collective.recipe.supervisor\n\
        password = ${passwords:admin}\nprograms = 10 a (environment=DB=${passwords:admin}) /bin/a\n";
    let outcome = cfg(text).run();
    let programs = option(&outcome.project.unwrap(), "s", "programs");
    assert_eq!(secret::masked(&programs), "10 a (environment=DB=(secret)) /bin/a");
    assert_eq!(outcome.messages.len(), 1, "{:?}", outcome.messages);
}

#[test]
fn a_command_of_a_fetched_file_is_not_run() {
    let credentials = |password: &str| format!("credentials = {{ username = 'u', password = {password} }}\n");
    let fetched = format!(
        "[secrets]\npw = {{ command = 'theirs' }}\nwords = {{ command = ['theirs'] }}\nvariable = {{ env = 'PW' }}\n\
         [parts.a]\nrecipe = 'program'\n{}[parts.e]\nrecipe = 'program'\n{}",
        credentials("{ command = 'theirs' }"),
        credentials("{ command = 'theirs' }"),
    );
    let own = format!(
        "extends = ['https://h/base.toml']\n[parts.b]\nrecipe = 'program'\n{}[parts.c]\nrecipe = 'program'\n{}\
         [parts.d]\nrecipe = 'program'\n{}[parts.e.credentials.password]\ncommand = 'ours'\n\
         [parts.f]\nrecipe = 'program'\n{}",
        credentials("'$<secrets:pw>'"),
        credentials("{ command = 'ours' }"),
        credentials("'$<secrets:variable>'"),
        credentials("'$<secrets:words>'"),
    );
    let mut case = toml(&own).with("https://h/base.toml", &fetched).with("$PW", "s3kret");
    let messages = case.messages();
    for (message, part) in messages.iter().zip(["b", "f", "a"]) {
        let expected = format!("the password of `{part}` is a command that a file from a URL says");
        assert!(message.starts_with("https://h/base.toml:") && message.contains(&expected), "{messages:?}");
    }
    assert_eq!(messages.len(), 3, "{messages:?}");
    case.allow_fetched_commands = true;
    assert_eq!(secret::reveal(&option_of(&case.project(), "f")), "theirs in /srv/shop");
}

/// The password of a part.
fn option_of(project: &Project, name: &str) -> String {
    let credentials = part(project, name).table.get("credentials").and_then(Node::as_table).unwrap();
    credentials.scalar("password").unwrap().text.to_string()
}
