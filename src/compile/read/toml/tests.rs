//! TOML as the `toml` crate reads it, and what is told about texts that it refuses.

use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::compile::document::{Document, Node, Scalar, ScalarKind, Syntax, Table};
use crate::compile::read::testing;

fn parse(text: &str) -> (Document, Vec<Diagnostic>, Sources) {
    let parsed = testing::parse(Syntax::Toml, text);
    (parsed.document, parsed.found, parsed.sources)
}

fn good(text: &str) -> Document {
    let (document, found, _) = parse(text);
    assert!(found.is_empty(), "{text}\n{found:?}");
    document
}

/// Whether both trees hold the same; numbers by their value.
fn same(ours: &Table, theirs: &toml::Table) -> bool {
    ours.len() == theirs.len()
        && ours.entries().iter().all(|e| theirs.get(&*e.key.text).is_some_and(|v| same_node(&e.node, v)))
}

fn same_node(ours: &Node, theirs: &toml::Value) -> bool {
    match (ours, theirs) {
        (Node::Table(ours), toml::Value::Table(theirs)) => same(ours, theirs),
        (Node::List(ours), toml::Value::Array(theirs)) => {
            ours.items.len() == theirs.len() && ours.items.iter().zip(theirs).all(|(a, b)| same_node(a, b))
        }
        (Node::Scalar(ours), theirs) => same_scalar(ours, theirs),
        _ => false,
    }
}

fn same_scalar(ours: &Scalar, theirs: &toml::Value) -> bool {
    let reread = || toml::from_str::<toml::Table>(&format!("x = {}", ours.text)).unwrap()["x"].to_string();
    match (ours.kind, theirs) {
        (ScalarKind::String, toml::Value::String(text)) => *ours.text == text.replace("\r\n", "\n"),
        (ScalarKind::Boolean, toml::Value::Boolean(b)) => *ours.text == b.to_string(),
        (ScalarKind::Integer, toml::Value::Integer(_))
        | (ScalarKind::Float, toml::Value::Float(_))
        | (ScalarKind::Datetime, toml::Value::Datetime(_)) => reread() == theirs.to_string(),
        _ => false,
    }
}

/// Reads with both; whether it is TOML at all must agree too.
fn agree(text: &str) -> bool {
    let (document, found, _) = parse(text);
    match toml::from_str::<toml::Table>(text) {
        // The other reader lets dotted keys that go on below one append to an array of tables.
        Ok(_) if found.iter().any(|d| d.message.contains("is an array of tables already")) => true,
        Ok(theirs) => found.is_empty() && same(&document.root, &theirs),
        Err(_) => !found.is_empty(),
    }
}

#[test]
fn right_texts_mean_what_they_mean_elsewhere() {
    for text in [
        "",
        "\u{feff}a = 1\n",
        "a = 1\r\nb.c = 'x'\r\n[t]\r\n",
        "a.b.c = 1\na.b.d = 2\na.\"e f\" = 3\n'' = 4\n\"\\u00e9\" = 5",
        "[a.b.c]\nx = 1\n[a]\ny = 2\n[a.b]\nz = 3",
        "[a]\nb.c = 1\n[a.b.d]\nx = 1",
        "[[a]]\nx = 1\n[a.b]\ny = 2\n[[a]]\n[[a.c]]\n[[a.c]]\nz = 1",
        "a = [1, [2, 'x'], {b = 3, c.d = 4, c.e = 5},]\n",
        "a = {\n  b = 1, # comment\n  c = [\n 1\n],\n}\n",
        "a = {}\nb = []\nc = [[[]]]",
        "a = 0x1F\nb = 0o17\nc = 0b1\nd = 1_000\ne = -0\nf = +1\ng = 1.10\nh = 1e5\ni = inf\nj = -nan\nk = 6.6_6e-3",
        "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.5\nc = 1979-05-27\nd = 07:32:00\ne = 07:32",
        "a = \"\\t\\n\\\\ \\\" \\u00E9 \\U0001F600 \\x41 \\e\"\nb = 'a\\b'",
        "a = \"\"\"\n  one\n  two \\\n     more\n\"\"\"\nb = '''\none\r\n'two'''\nc = \"\"\"\"x\"\"\"\"",
        "a = true\nb = false # c",
        "[ a . 'b' ]\nx=1\n[a.\"c.d\"]",
        "1 = 2\ntrue = 3\n-_ = 4",
    ] {
        let theirs: toml::Table = toml::from_str(text).unwrap();
        assert!(same(&good(text).root, &theirs), "{text}\n{theirs:?}");
    }
}

#[test]
fn wrong_texts_are_refused() {
    for text in [
        "a = 1\na = 2",
        "a.b = 1\na = 2",
        "a = 1\na.b = 2",
        "[a]\n[a]",
        "[a]\nx = 1\n[b]\n[a]",
        "a = 1\n[a]",
        "a.b = 1\n[a]",
        "[a]\nb.c = 1\n[a.b]",
        "[a.b]\n[a]\nb.c = 1",
        "[[a.b]]\n[a]\nb.y = 2",
        "[[a]]\n[a]",
        "[a]\n[[a]]",
        "a = []\n[[a]]",
        "a = [{}]\n[a.b]",
        "a = {b = 1}\n[a.c]",
        "a = {b = 1}\na.c = 2",
        "a = {b = 1, b = 2}",
        "a = {b = {c = 1}, b.d = 2}",
        "a = {b.c = 1, b = 2}",
        "a = 01",
        "a = 1__0",
        "a = yes",
        "a = 1979-13-45",
        "a = 1.",
        "a = ",
        "a",
        "= 1",
        "a = 1 b = 2",
        "[a",
        "[a]]",
        "[[a]",
        "[]",
        "[a] x = 1",
        "a = [1, 2",
        "a = [1 2]",
        "a = [,]",
        "a = {b = 1",
        "a = {b 1}",
        "a = \"x",
        "a = \"\"\"x",
        "a = \"\\q\"",
        "a = \"\\uD800\"",
        "a = 'x\ny'",
        "a b = 1",
        "a = \"\u{1}\"",
        "# \u{1}",
        "a = 1\rb = 2",
    ] {
        assert!(toml::from_str::<toml::Table>(text).is_err(), "{text}");
        let (_, found, _) = parse(text);
        assert!((1..=3).contains(&found.len()), "{text}\n{found:?}");
    }
}

#[test]
fn numbers_and_dates_keep_their_text() {
    let document = good("a = 1_000\nb = 1.10\nc = 0o0644\nd = 99999999999999999999\ne = 1979-05-27");
    let text = |key| document.root.scalar(key).map(|s| (&*s.text, s.kind));
    assert_eq!(text("a"), Some(("1_000", ScalarKind::Integer)));
    assert_eq!(text("b"), Some(("1.10", ScalarKind::Float)));
    assert_eq!(text("c"), Some(("0o0644", ScalarKind::Integer)));
    assert_eq!(text("d"), Some(("99999999999999999999", ScalarKind::Integer)));
    assert_eq!(text("e"), Some(("1979-05-27", ScalarKind::Datetime)));
}

#[test]
fn everything_keeps_its_place() {
    let (document, _, sources) = parse("x = \"é\"\n[a . b]\nc.d = [1, {e = 2}]\n[[l]]\n[[l]]\n");
    let table = document.root.get("a").and_then(Node::as_table).unwrap();
    assert_eq!(sources.slice(table.span), "a");
    let table = table.get("b").and_then(Node::as_table).unwrap();
    assert_eq!(sources.slice(table.span), "[a . b]");
    let list = table.get("c").and_then(Node::as_table).unwrap().get("d").unwrap();
    assert_eq!(sources.slice(list.span()), "[1, {e = 2}]");
    assert_eq!(sources.slice(list.as_list().unwrap().items[1].span()), "{e = 2}");
    assert_eq!(sources.slice(document.root.scalar("x").unwrap().span), "\"é\"");
    assert_eq!(sources.slice(document.root.get("l").unwrap().span()), "[[l]]\n[[l]]");
    assert_eq!(document.root.keys().collect::<Vec<_>>(), ["x", "a", "l"]);
}

#[test]
fn lines_of_a_block_keep_their_places() {
    let (document, _, sources) = parse("a = '''\r\none\r\n  two'''\nb = \"\"\"x\ny\n\"\"\"\nc = \"\"\"x\\\ny\nz\"\"\"");
    let lines = |key| {
        let scalar = document.root.scalar(key).unwrap();
        let lines: Vec<_> = scalar.lines.iter().map(|l| sources.slice(*l).to_owned()).collect();
        (scalar.text.to_string(), lines)
    };
    assert_eq!(lines("a"), ("one\n  two".into(), vec!["one".into(), "  two".into()]));
    assert_eq!(lines("b"), ("x\ny\n".into(), vec!["x".into(), "y".into(), String::new()]));
    assert_eq!(lines("c"), ("xy\nz".into(), vec![]));
    let (document, ..) = parse("a = \"\"\"x\ny\u{e9}\u{e9}");
    assert!(document.root.scalar("a").unwrap().lines.is_empty(), "no closing quotes");
}

fn messages(text: &str) -> Vec<String> {
    testing::parse(Syntax::Toml, text).messages()
}

#[test]
fn errors_name_both_places() {
    assert_eq!(messages("a = 1\n\na = 2"), ["3:1 duplicate-key `a` is set twice | 1:1 first set here"]);
    assert_eq!(messages("[a.b]\n[a.b]"), ["2:4 duplicate-key `a.b` is defined twice | 1:4 first defined here"]);
    assert_eq!(
        messages("a = {}\na.b = 1"),
        ["2:1 duplicate-key `a` is an inline table already, and takes no keys here | 1:1 defined here"]
    );
    assert_eq!(
        messages("umask = 022"),
        [
            "1:9 toml-syntax `022` is not a value of TOML: unexpected leading zero | to keep it as it is written, quote it: `\"022\"`"
        ]
    );
    assert_eq!(
        messages("a = [\n  'x',\nb = 1\nc = 2\n[d]\ne = 1"),
        [concat!(
            "3:1 toml-syntax `b` is not a value of TOML: string values must be quoted | 1:5 in this list; is its `]` missing? | ",
            "to keep it as it is written, quote it: `\"b\"`"
        )]
    );
}

#[test]
fn common_slips_are_told_in_plain_words() {
    assert_eq!(messages("a =\n"), ["1:4 toml-syntax a value is missing here | write `key = value`"]);
    assert_eq!(
        messages("key: value\n"),
        ["1:4 toml-syntax invalid unquoted key | 1:1 while reading this | TOML writes `key = value`"]
    );
    assert_eq!(messages("a = 'x\n"), ["1:7 toml-syntax this text lacks its closing quote | 1:5 while reading this"]);
    assert_eq!(
        messages("a = [1\n'b']\n"),
        ["2:1 toml-syntax missing comma between array elements | 1:5 while reading this | expected `,` or `]`"]
    );
    assert_eq!(
        messages("a = \"\\d\"\n"),
        [concat!(
            "1:7 toml-syntax missing escaped value | 1:5 while reading this | ",
            "write `\\\\` for a backslash, or use single quotes"
        )]
    );
}

#[test]
fn all_errors_are_told_and_good_lines_are_kept() {
    let (document, found, sources) = parse("a = \nb = 1\nc = yes\n[d\ne = 2\nf = 'x\n[g]\nh = 1\nh = 2\n");
    let lines: Vec<_> = found.iter().map(|d| sources.position(d.span.unwrap()).line).collect();
    assert_eq!(lines, [1, 3, 4, 6, 9]);
    assert_eq!(&*document.root.scalar("b").unwrap().text, "1");
    assert_eq!(&*document.root.get("d").unwrap().as_table().unwrap().scalar("e").unwrap().text, "2");
    assert!(document.root.get("g").is_some());
}

#[test]
fn nesting_has_an_end() {
    for text in [
        format!("a = {}1{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(10_000)),
        format!("a = {}", "[{a=".repeat(10_000)),
        format!("{}a = 1", "a.".repeat(10_000)),
        format!("[{}a]\nb = 1\n", "a.".repeat(10_000)),
        format!("[{0}a]\n{0}a = {1}", "a.".repeat(40), "[".repeat(100)),
    ] {
        let (_, found, _) = parse(&text);
        assert!((1..=3).contains(&found.len()), "{}", found.len());
        assert!(found.iter().any(|d| d.code == "nested-too-deep"));
    }
    good(&format!("a = {}1{}", "[".repeat(60), "]".repeat(60)));
}

#[test]
fn escapes_cannot_write_reserved_characters() {
    for text in
        ["a = \"\\uFDD0\"", "a = \"\\uFDD2\"", "\"\\uFDD1\" = 1", "a = \"\\u0000\"", "a = \"\"\"\\u0000\n\"\"\""]
    {
        let (_, found, _) = parse(text);
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0].message.contains("escape"));
    }
}

#[test]
fn garbage_does_not_flood() {
    assert_eq!(parse(&"a = yes\n".repeat(5000)).1.len(), 201);
    assert_eq!(parse(&"junk junk\n".repeat(5000)).1.len(), 201);
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[abc]", Just("\"a b\"".to_owned()), Just("'c'".to_owned())]
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "-?[1-9][0-9]{0,3}",
        "[0-9]\\.[0-9]{1,3}",
        "(true|false)",
        "'[a-zé #=\\\\]{0,6}'",
        "\"[a-zé #=']{0,6}(\\\\n|\\\\u00e9|\\\\\\\\)?\"",
        "'''[a-z'\n]{0,5}[a-z]'''",
        "0x[0-9A-F]{1,3}",
        "19[0-9]{2}-0[1-9]-1[0-9]",
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::vec((path(), inner), 0..3).prop_map(|v| {
                let pairs: Vec<_> = v.iter().map(|(k, v)| format!("{k} = {v}")).collect();
                format!("{{{}}}", pairs.join(", "))
            }),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(key(), 1..4).prop_map(|keys| keys.join("."))
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (path(), value()).prop_map(|(k, v)| format!("{k} = {v}\n")),
        2 => path().prop_map(|k| format!("[{k}]\n")),
        1 => path().prop_map(|k| format!("[[{k}]]\n")),
        1 => Just("# comment\n".to_owned()),
    ]
}

/// What reading a few tokens at a time gives.
fn read_by(at_once: usize, text: &str) -> (Table, Vec<Diagnostic>) {
    let file = Sources::new().add("manifest", text);
    let mut found = Diagnostics::new();
    let table = super::read_by(at_once, file, text, &mut found);
    (table, found.sorted())
}

proptest! {
    #[test]
    fn the_size_of_the_pieces_does_not_matter(text in "(\\PC|[\\[\\]{}a.=, '\"\n\r\t#\\\\]){0,60}") {
        prop_assert_eq!(read_by(1, &text), read_by(1000, &text), "{}", text);
    }

    #[test]
    fn nor_where_brackets_do_not_match(text in "[\\[\\]{}a=,\n]{0,20}") {
        prop_assert_eq!(read_by(1, &text), read_by(1000, &text), "{}", text);
    }

    #[test]
    fn nor_in_a_document(statements in prop::collection::vec(statement(), 0..8)) {
        let text = statements.concat();
        prop_assert_eq!(read_by(1, &text), read_by(1000, &text), "{}", text);
    }

    #[test]
    fn documents_mean_what_they_mean_elsewhere(statements in prop::collection::vec(statement(), 0..8)) {
        let text = statements.concat();
        prop_assert!(agree(&text), "{}", text);
    }

    #[test]
    fn any_text_is_read(text in "(\\PC|[\\[\\]{}a.=, '\"\n\r\t#\\\\]){0,60}") {
        let right = toml::from_str::<toml::Table>(&text).is_ok();
        let (_, found, _) = parse(&text);
        prop_assert!(!right || found.is_empty(), "{}\n{:?}", text, found);
    }
}
