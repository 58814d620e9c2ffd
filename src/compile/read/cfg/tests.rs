//! What zc.buildout 6.0.1 reads, text by text.

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use crate::base::{Diagnostic, Severity, Sources, Span};
use crate::compile::document::{Document, Node, Op, Scalar, Syntax};
use crate::compile::read::testing;

fn parse(text: &str) -> (Document, Vec<Diagnostic>, Sources) {
    let parsed = testing::parse(Syntax::Cfg, text);
    (parsed.document, parsed.found, parsed.sources)
}

fn option(document: &Document, section: &str, key: &str, op: Op) -> Option<Scalar> {
    let table = document.root.get(section)?.as_table()?;
    let entry = table.entries().iter().find(|e| &*e.key.text == key && e.op == op)?;
    entry.node.as_scalar().cloned()
}

/// The value of `x` in `[a]`.
fn x(text: &str) -> String {
    let (document, found, _) = parse(text);
    assert!(found.iter().all(|d| d.severity != Severity::Error), "{found:?}");
    option(&document, "a", "x", Op::Set).unwrap().text.into()
}

#[test]
fn a_value_behind_its_name_loses_indents_and_blank_lines() {
    assert_eq!(x("[a]\nx =  1 # c \n"), "1 # c");
    assert_eq!(x("[a]\nx=1 ; c"), "1 ; c");
    assert_eq!(x("[a]\nx==1\n"), "=1");
    assert_eq!(x("[a]\nx = 1\n    2\n\n \n\t 3\n"), "1\n2\n3");
    assert_eq!(x("[a]\nx = 1\n# c\n  2\n;d\n [b]\n y = 3\n"), "1\n2\n[b]\ny = 3");
}

#[test]
fn a_value_below_its_name_is_dedented() {
    assert_eq!(x("[a]\nx =\n\n    1\n\n      2  \n    3\n\n\n"), "1\n\n  2\n3");
    assert_eq!(x("[a]\nx =\n    1\n    # data\n\t2\n"), "    1\n    # data\n\t2");
    assert_eq!(x("[a]\nx =\n  1\n# comment\n  2\n"), "1\n2");
    assert_eq!(x("[a]\nx =\n\n  \n"), "");
    assert_eq!(x("[a]\nx ="), "");
}

#[test]
fn python_decides_what_is_white_space_and_a_line() {
    assert_eq!(x("[a]\r\nx =\r\n  1\r  2\r\n"), "1\n2");
    assert_eq!(x("[a]\nx = \u{1c}1\u{a0}\n\u{3000}2\u{2028}3\n"), "1\n2\u{2028}3");
    assert_eq!(x("[a]\nx =\n\u{a0}\u{a0}1\n\u{a0}2"), "\u{a0}\u{a0}1\n\u{a0}2");
}

#[test]
fn every_line_keeps_its_place() {
    let (document, _, sources) = parse("[a]\nx =\n\n  one\n# c\n    two\n\n  three\ny = z\n");
    let value = option(&document, "a", "x", Op::Set).unwrap();
    let lines: Vec<_> = value.lines.iter().map(|l| sources.slice(*l)).collect();
    assert_eq!(lines, ["one", "  two", "", "three"]);
    assert_eq!(sources.position(value.line_span(1)).to_string(), "6:3");
    assert_eq!(sources.slice(value.span), "one\n# c\n    two\n\n  three");
    let value = option(&document, "a", "y", Op::Set).unwrap();
    assert_eq!((sources.slice(value.span), value.lines.len()), ("z", 0));
}

#[test]
fn sections_merge_and_the_last_value_wins() {
    let (document, found, sources) = parse("[a]\nx = 1\n[b]\n[ a ] # again\ny = 2\nx = 3\n");
    assert_eq!(document.root.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(document.root.get("a").unwrap().as_table().unwrap().keys().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(&*option(&document, "a", "x", Op::Set).unwrap().text, "3");
    assert!(found.is_empty(), "{found:?}");
    let (document, found, _) = parse("[a]\nx = 1\nx = 2\n");
    assert_eq!(&*option(&document, "a", "x", Op::Set).unwrap().text, "2");
    assert_eq!((found.len(), found[0].code, found[0].severity), (1, "option-set-twice", Severity::Warning));
    assert_eq!(sources.slice(Span { start: 4, end: 5, ..document.root.span }), "x");
}

#[test]
fn operators_of_one_file_are_joined() {
    let (document, found, _) = parse("[a]\nx += 1\nx+=2\nx -= 3\n[a]\nx +=\n  4\nx -=\n");
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(option(&document, "a", "x", Op::Set), None);
    assert_eq!(&*option(&document, "a", "x", Op::Append).unwrap().text, "1\n2\n  4");
    assert_eq!(&*option(&document, "a", "x", Op::Remove).unwrap().text, "3");
    let (document, ..) = parse("[a]\nx +=\n   1\n\nx +=\n  2\n");
    assert_eq!(&*option(&document, "a", "x", Op::Append).unwrap().text, " 1\n2");
    let (document, ..) = parse("[a]\nx += 1\nx -= 1\nx = 2\nx += 3\n");
    assert_eq!(&*option(&document, "a", "x", Op::Set).unwrap().text, "2");
    assert_eq!(&*option(&document, "a", "x", Op::Append).unwrap().text, "3");
    assert_eq!(option(&document, "a", "x", Op::Remove), None);
}

#[test]
fn macros_and_dependencies_are_options() {
    let (document, ..) = parse("[a]\n<= b\n   c\n=> d e\n");
    assert_eq!(&*option(&document, "a", "<", Op::Set).unwrap().text, "b\nc");
    assert_eq!(&*option(&document, "a", "<part-dependencies>", Op::Set).unwrap().text, "d e");
}

#[test]
fn conditions_choose_sections() {
    assert_eq!(x("[a]\nx = 1\n[a:linux]\nx = 2\n[a:windows]\nx = 3\n  4\n\n   5\n[a:]\ny = 6\n"), "2");
    assert_eq!(x("[a:windows]\nx =\n  1\n[a: ]\nx = 2\n"), "2");
    assert_eq!(x("[b]\n[a:windows]\nx =\n  1\n[a: sys_platform == 'linux' ] ; c\nx = 3\n"), "3");
}

#[test]
fn a_false_condition_hides_no_bad_line() {
    let (document, found, _) = parse("[a:windows]\njunk\n[b]\n");
    assert_eq!(document.root.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(found.len(), 1);
}

#[test]
fn a_condition_that_cannot_be_judged_is_an_error_and_taken_as_true() {
    let (document, found, sources) = parse("[a: sys.version_info > (3,)]\nx = 1\n");
    assert_eq!(found.len(), 1);
    assert_eq!(sources.slice(found[0].span.unwrap()), "sys.version_info");
    assert!(option(&document, "a", "x", Op::Set).is_some());
}

#[test]
fn all_bad_lines_are_named() {
    let text = "[a]\n  x = 1\nk: v\n[b] junk\ny = 1\nmy key = 2\n= 3\n+= 3\nword\n[c\n[d e]\n[]\n";
    let (document, found, sources) = parse(text);
    let places: Vec<_> = found.iter().map(|d| sources.position(d.span.unwrap()).line).collect();
    assert_eq!(places, [2, 3, 4, 6, 7, 8, 9, 10, 11, 12]);
    assert!(found.iter().all(|d| d.code == "bad-line"));
    assert_eq!(found[1].help, ["buildout 1.x wrote `key: value`; write `k = v`"]);
    assert_eq!(found[6].help, ["indent it to make it part of the value of `y`"]);
    assert_eq!(document.root.len(), 1);
}

#[test]
fn what_stands_before_the_first_section_is_one_error() {
    let (document, found, _) = parse("\n  \n# c\nx = 1\ny = 2\n  [a]\nz\n[b]\nx = 1\n");
    assert_eq!((found.len(), found[0].code), (1, "no-section"));
    assert!(option(&document, "b", "x", Op::Set).is_some());
}

#[test]
fn a_byte_order_mark_is_only_a_warning() {
    let (document, found, _) = parse("\u{feff}[a]\nx = 1\n");
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    assert!(option(&document, "a", "x", Op::Set).is_some());
}

#[test]
fn reserved_characters_are_errors_at_their_places() {
    let (document, found, sources) = parse("[a]\nx = \u{fdd0}p\u{fdd1}\n");
    assert!(document.root.is_empty());
    assert_eq!(found.len(), 2);
    assert_eq!(sources.position(found[0].span.unwrap()).to_string(), "2:5");
    assert_eq!(parse("[a]\nx = \0\n").1[0].code, "nul-character");
}

#[test]
fn garbage_does_not_flood() {
    let (_, found, _) = parse(&format!("[a]\n{}", "junk\n".repeat(5000)));
    assert_eq!(found.len(), 201);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(\\PC|[\\[\\]a:=+ \n\r\t#;<>-]){0,60}") {
        parse(&text);
    }

    #[test]
    fn a_value_is_its_lines(text in "\\[a\\]\n(x ?[+-]?=)( *[a# ]{0,3}[\n\r]){0,8}") {
        let (document, _, sources) = parse(&text);
        for entry in document.root.get("a").unwrap().as_table().unwrap().entries() {
            let Node::Scalar(value) = &entry.node else { panic!() };
            if value.lines.is_empty() {
                prop_assert!(!value.text.contains('\n'));
                prop_assert_eq!(&*value.text, sources.slice(value.span));
            } else {
                let lines: Vec<_> = value.lines.iter().map(|l| sources.slice(*l)).collect();
                prop_assert_eq!(&*value.text, lines.join("\n"));
            }
        }
    }
}
