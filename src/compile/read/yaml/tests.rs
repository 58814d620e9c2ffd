//! YAML as `serde-saphyr` reads it, and what is told about texts that are refused.

use std::fmt::Write;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::Value;

use super::plain;
use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::compile::document::{Document, Node, Scalar, ScalarKind, Syntax, Table};
use crate::compile::read::testing;

fn parse(text: &str) -> (Document, Vec<Diagnostic>, Sources) {
    let parsed = testing::parse(Syntax::Yaml, text);
    (parsed.document, parsed.found, parsed.sources)
}

fn good(text: &str) -> Document {
    let (document, found, _) = parse(text);
    assert!(found.is_empty(), "{text}\n{found:?}");
    document
}

/// By the core schema of YAML 1.2, as far as the other reader has it.
fn theirs(text: &str) -> Result<Value, serde_saphyr::Error> {
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true })
}

fn same(ours: &Table, theirs: &Value) -> bool {
    let Some(theirs) = theirs.as_object() else { return ours.is_empty() && theirs.is_null() };
    ours.len() == theirs.len()
        && ours.entries().iter().all(|e| theirs.get(&*e.key.text).is_some_and(|v| same_node(&e.node, v)))
}

fn same_node(ours: &Node, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Node::Table(ours), Value::Object(_)) => same(ours, theirs),
        (Node::List(ours), Value::Array(theirs)) => {
            ours.items.len() == theirs.len() && ours.items.iter().zip(theirs).all(|(a, b)| same_node(a, b))
        }
        (Node::Scalar(ours), theirs) => same_scalar(ours, theirs),
        _ => false,
    }
}

fn same_scalar(ours: &Scalar, theirs: &Value) -> bool {
    match (ours.kind, theirs) {
        (ScalarKind::String, Value::String(text)) => *ours.text == **text,
        (ScalarKind::Boolean, Value::Bool(b)) => ours.text.to_lowercase() == b.to_string(),
        (ScalarKind::Null, Value::Null) => true,
        // The other reader takes leading zeros for a fraction.
        (ScalarKind::Integer, Value::Number(n)) if n.is_f64() => ours.text.parse::<f64>().ok() == n.as_f64(),
        (ScalarKind::Integer, Value::Number(n)) => integer(&ours.text) == n.as_i64(),
        (ScalarKind::Float, Value::Number(n)) => ours.text.parse::<f64>().ok() == n.as_f64(),
        _ => false,
    }
}

fn integer(text: &str) -> Option<i64> {
    let radix = |prefix, radix| text.strip_prefix(prefix).and_then(|d| i64::from_str_radix(d, radix).ok());
    radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| text.parse().ok())
}

fn agrees(text: &str) {
    let theirs = theirs(text).unwrap_or_else(|e| panic!("{text}\n{e}"));
    assert!(same(&good(text).root, &theirs), "{text}\n{theirs:#}\n{:#?}", good(text).root);
}

#[test]
fn right_texts_mean_what_they_mean_elsewhere() {
    for text in [
        "",
        "# only a comment\n",
        "---\n...\n",
        "a: 1\nb: text with words # comment\nc:\n",
        "\u{feff}---\na: b\n...\n",
        "a:\r\n  - x\r\n  - y: 1\r\n    z: 2\r\n  -\r\n    - deep\r\n",
        "a:\n- x\n- - y\n  - z\n- {b: 1, 'c': [2, \"d\"]}\n- []\n- {}\n",
        "a: 'it''s'\nb: \"\\t\\u00e9\\x41\\\"\"\nc: \"one\n  two\n\n  three\"\nd: one\n  two\n",
        "a: |\n  one\n    two\n\n  three\nb: |-\n  x\nc: |+\n  x\n\nd: >\n  one\n  two\n\n  three\ne: |2\n    x\n",
        "a: &x {b: 1, c: [2]}\nd: *x\ne: [*x, *x]\nf: &y text\ng: *y\n",
        "a: true\nb: False\nc: on\nd: yes\ne: null\nf: ~\ng: 22:22\nh: 0x1F\ni: 1.10\nj: -7\nk: 1e3\nl: 1979-05-27\n",
        "\"quoted key\": 1\n'single': 2\nwith space: 3\n",
        "? a\n: 1\n? b\n",
        "a: !!str 12\nb: !!int \"12\"\nc: !!map {d: !!seq [1]}\nd: !!float 1\ne: !!null ''\n",
        "a: http://x:80/#y\nb: a#b\nc: '# d'\n",
        "a: {b: 1,\n  c: 2, d}\n",
    ] {
        agrees(text);
    }
}

fn text<'a>(document: &'a Document, key: &str) -> (&'a str, ScalarKind) {
    document.root.scalar(key).map(|s| (&*s.text, s.kind)).unwrap()
}

#[test]
fn scalars_keep_their_text() {
    let document = good("a: 0644\nb: 1.10\nc: on\nd: True\ne: ~\nf:\n8080: x\ntrue: y\n1.0: z\n");
    assert_eq!(text(&document, "a"), ("0644", ScalarKind::Integer));
    assert_eq!(text(&document, "b"), ("1.10", ScalarKind::Float));
    assert_eq!(text(&document, "c"), ("on", ScalarKind::String));
    assert_eq!(text(&document, "d"), ("True", ScalarKind::Boolean));
    assert_eq!(text(&document, "e"), ("~", ScalarKind::Null));
    assert_eq!(text(&document, "f"), ("", ScalarKind::Null));
    assert_eq!(document.root.keys().skip(6).collect::<Vec<_>>(), ["8080", "true", "1.0"]);
}

#[test]
fn merges_fill_in_what_is_missing() {
    let document = good("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  v: 0\n  <<: [*a, *b]\n  x: 5\n");
    let table = document.root.get("c").and_then(Node::as_table).unwrap();
    let entries: Vec<_> = table.keys().map(|k| (k, &*table.scalar(k).unwrap().text)).collect();
    assert_eq!(entries, [("v", "0"), ("y", "2"), ("z", "4"), ("x", "5")]);
    let document = good("a: &a {x: 1}\nb: {<<: *a}\nc: {'<<': 1}\n");
    let table = |key| document.root.get(key).and_then(Node::as_table).unwrap();
    assert!(table("b").scalar("x").is_some() && table("c").scalar("<<").is_some());
}

#[test]
fn everything_keeps_its_place() {
    let (document, _, sources) = parse("a:\n  b: {c: [1, 'é']}\n  d:\n    - x\n    - y\n");
    let a = document.root.get("a").and_then(Node::as_table).unwrap();
    assert_eq!(sources.position(a.span).to_string(), "1:1");
    let b = a.get("b").and_then(Node::as_table).unwrap();
    assert_eq!(sources.slice(b.span), "{c: [1, 'é']}");
    let c = b.get("c").and_then(Node::as_list).unwrap();
    assert_eq!(sources.slice(c.span), "[1, 'é']");
    assert_eq!(sources.slice(c.items[1].span()), "'é'");
    assert_eq!(sources.slice(a.get("d").unwrap().span()), "x\n    - y");
}

#[test]
fn lines_of_a_literal_block_keep_their_places() {
    let (document, _, sources) =
        parse("a: |\r\n  one\r\n    two\r\n\r\n  three\r\nb: >\n  x\n  y\nc: |1-\n   x\n  y\n");
    let lines = |key| {
        let lines = document.root.scalar(key).unwrap().lines.iter();
        lines.map(|l| sources.slice(*l).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(text(&document, "a").0, "one\n  two\n\nthree\n");
    assert_eq!(lines("a"), ["one", "  two", "", "three", ""]);
    assert!(lines("b").is_empty());
    assert_eq!((text(&document, "c").0, lines("c").len() % 2), ("  x\n y", 0));
}

fn messages(text: &str) -> Vec<String> {
    testing::parse(Syntax::Yaml, text).messages()
}

#[test]
fn errors_have_place_and_rule() {
    assert_eq!(messages("a: 1\nb: 2\na: 3\n"), ["3:1 duplicate-key `a` is set twice | 1:1 first set here"]);
    assert_eq!(
        messages("a: 1\n---\nb: 2\n"),
        [
            "2:1 second-document a second document starts here | a manifest is one document: use `extends` to share what several have in common"
        ]
    );
    assert_eq!(
        messages("a: *x\nb: *y\n"),
        ["1:4 unknown-alias no `&x` stands before `*x`", "2:4 unknown-alias no `&y` stands before `*y`"]
    );
    assert_eq!(messages("a: &a [*a]\n"), ["1:8 alias-in-itself this alias is part of what it names"]);
    assert_eq!(
        messages("a: !env X\nb: !!int x\nc: !!seq {}\n"),
        [
            concat!(
                "1:4 unknown-tag `!env` is not a known tag | ",
                "known are `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!map`, and `!!seq`"
            ),
            "2:4 tag-mismatch the value is not what its tag `!!int` says",
            "3:4 tag-mismatch the value is not what its tag `!!seq` says"
        ]
    );
    assert_eq!(messages("? [a]\n: 1\n{b: c}: 2\n")[0], "1:3 complex-key this key is a list | a key is a text");
    assert_eq!(
        messages("- a\n"),
        [
            "1:3 not-a-table the manifest is a list, and should be a table | start with sections such as `project:` and `parts:`"
        ]
    );
    assert_eq!(
        messages("word\n"),
        [
            "1:1 not-a-table the manifest is a string, and should be a table | start with sections such as `project:` and `parts:`"
        ]
    );
    assert_eq!(messages("a: {<<: 1}\n"), ["1:9 bad-merge `<<` merges tables, and this is a number"]);
    assert_eq!(
        messages("a: {}\nb:\n  <<: {}\n  <<: {}\n"),
        ["4:3 duplicate-key `<<` is set twice | 3:3 first set here"]
    );
    assert!(messages("a:\n\tb: 1\n")[0].ends_with("| indent with spaces"));
    assert_eq!(messages("a: [1\nb: 2\n").len(), 1);
    assert!(messages("a: [1\nb: 2\n")[0].contains("| 1:4 this bracket is still open"));
}

#[test]
fn what_stands_before_an_error_is_read() {
    let (document, found, _) = parse("a: 1\nb:\n  c: 2\n  d: [3, x: : ]\n");
    assert_eq!(found.len(), 1);
    assert_eq!(text(&document, "a").0, "1");
    assert!(document.root.get("b").and_then(Node::as_table).unwrap().scalar("c").is_some());
}

#[test]
fn aliases_have_a_budget() {
    let line = |n: u32| format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9));
    let bomb: Vec<_> = (1..40).map(line).collect();
    let (_, found, sources) = parse(&format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{}", bomb.concat()));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, "too-many-aliases");
    assert!(sources.position(found[0].span.unwrap()).line < 8);
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(1000));
    assert_eq!(parse(&long).1[0].code, "too-many-aliases");
    let chain: Vec<_> = (1..100).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    assert_eq!(parse(&format!("a0: &a0 []\n{}", chain.concat())).1[0].code, "nested-too-deep");
}

#[test]
fn nesting_has_an_end() {
    for text in [
        format!("a: {}", "[".repeat(10_000)),
        format!("a: {}1{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("a: {}", "{a: ".repeat(10_000)),
        format!("a:\n{}", "- ".repeat(10_000)),
        (0..1000).map(|n| " ".repeat(n) + "a:\n").collect(),
        "? ".repeat(10_000),
    ] {
        let (_, found, _) = parse(&text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, "nested-too-deep");
    }
}

#[test]
fn escapes_cannot_write_reserved_characters() {
    for text in ["a: \"\\uFDD0\"", "a: \"\\uFDD2\"", "\"\\uFDD1\": 1", "a: \"\\0\""] {
        let (_, found, _) = parse(text);
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0].message.contains("escape"));
    }
}

/// A value as JSON, which is YAML.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z ]{0,4}", inner, 0..4).prop_map(|m| m.into_iter().collect()),
        ]
    })
}

/// Writes a value in block style.
fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                write!(out, "\n{pad}{}:", Value::from(key.as_str())).unwrap();
                block(value, indent + 2, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                write!(out, "\n{pad}-").unwrap();
                block(item, indent + 2, out);
            }
        }
        Value::String(text) if text.contains('e') && !text.starts_with(' ') => {
            write!(out, " |-\n{pad}{text}").unwrap();
        }
        leaf => write!(out, " {leaf}").unwrap(),
    }
}

/// Lines as people write them, more or less.
fn lines() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "x",
        "/srv/bin/web --port $<:ports.http>",
        "5",
        "true",
        "~",
        "null",
        "0x1F",
        "1.5",
        "a b  # c",
        "a#b",
        "a:b",
        "a: b",
        "'a b'",
        "'it''s'",
        "\"a: # b\"",
        "\"\\n\"",
        "\"a",
        "'a' # c",
        "'a'#c",
        "'a' b",
        "<<",
        "<x",
        "=",
        "(x)",
        "+x",
        "-1",
        "- x",
        "-",
        "?",
        "? x",
        "! x",
        "!!str 5",
        "&a x",
        "*a",
        "|",
        "|-",
        "|+",
        ">",
        ">+",
        "|2",
        "# c",
        "%x",
        "@x",
        "`x`",
        "é",
        "\t",
        "x\t",
        "x:",
        "...",
        "---",
        ".x",
        "x \\",
        "{}",
        "[]",
        "[ ]",
        "{ }",
        "[a, b]",
        "[ a , b ]",
        "[a, b,]",
        "[a b, c]",
        "{ a: 1 }",
        "{a: 1, b: x y}",
        "{ a: 1, a: 2 }",
        "{ a : 1 }",
        "{ a:1 }",
        "{ a: }",
        "{ a }",
        "{ <<: x }",
        "{ '<<': x }",
        "{ 'a': [1, {b: 2}] }",
        "{ a: {}, b: [] } # c",
        "[a]#c",
        "[a] b",
        "[a: 1]",
        "[a",
        "]",
        "{a: 'x'}",
        "[http://x]",
        "[~, null, 5, 1.5, true]",
        "{a: [x, 'y', \"z\"]}",
        "[-1, - 1]",
        "x, y",
        "[a, # c",
        "b]",
        "x # c # d",
        "x #",
    ]);
    let key = prop::sample::select(vec![
        "a", "b", "c", "web0", "8080", "true", "a b", "'q'", "\"q\"", "a ", "<<", "/x", "$x", "é", "-a", "?a", "a#b",
        "a.b", "'a'",
    ]);
    let line = prop_oneof![
        8 => (key.clone(), words.clone()).prop_map(|(key, word)| format!("{key}: {word}")),
        4 => key.prop_map(|key| format!("{key}:")),
        1 => words.clone().prop_map(str::to_owned),
        1 => words.prop_map(|word| format!("- {word}")),
        1 => Just(String::new()),
        1 => Just("# c".to_owned()),
    ];
    let line = (prop::sample::select(vec![0, 0, 2, 2, 2, 4, 4, 6, 1]), line);
    let line = line.prop_map(|(indent, line)| format!("{}{line}", " ".repeat(indent)));
    let end = prop::sample::select(vec!["", "\n", "\n\n", "\r\n", "  \n"]);
    (prop::collection::vec(line, 0..9), end).prop_map(|(lines, end)| lines.join("\n") + end)
}

#[test]
fn what_is_mostly_written_is_read_line_by_line() {
    let file = Sources::new().add("x", "");
    let sure = |text: &str| plain::read(file, text).is_some();
    assert!(sure("---\n# x\na:\n  b: 1 # x\n\n  'c': \"d e\"\n  f: { g: [1, x] }\nh: /x y\n"));
    assert!(sure(
        "a:\n  b: >-\n    x\n    y\n  c:\n  - x\n  - y: 1\n  d: !!str 5\n  e: it\n    goes on\n  f: [x,\n    y]\n"
    ));
    for text in ["", "a: &x 1\n", "a: 1\n---\nb: 2\n", "a: 1\na: 2\n", "- a\n", "x\n", "a: [\n", "<<: { a: 1 }\n"] {
        assert!(!sure(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_read_line_by_line_means_what_the_parser_says(text in lines()) {
        let file = Sources::new().add("x", "");
        if let Some(root) = plain::read(file, &text) {
            let mut found = Diagnostics::new();
            prop_assert_eq!(root, super::parsed(file, &text, &mut found), "{}", text);
            prop_assert!(found.is_empty(), "{text}\n{found:?}");
        }
    }
}

proptest! {
    #[test]
    fn trees_come_back(tree in prop::collection::btree_map("[a-z]{1,4}", json(), 1..4)) {
        let tree: Value = tree.into_iter().collect();
        let mut text = String::new();
        block(&tree, 0, &mut text);
        prop_assert!(same(&good(&tree.to_string()).root, &tree));
        prop_assert!(same(&good(&text).root, &tree), "{}", text);
    }

    #[test]
    fn plain_scalars_have_the_type_they_have_elsewhere(word in "[-+.0-9a-feE~:]{1,6}") {
        let text = format!("k: {word}\n");
        if let Ok(theirs) = theirs(&text) {
            prop_assert!(same(&good(&text).root, &theirs), "{} {}", word, theirs);
        }
    }

    #[test]
    fn any_text_is_read(text in "(\\PC|[-\\[\\]{}a:,&*!|>?%@#'\" \n\r\t\\\\]){0,60}") {
        parse(&text);
    }
}
