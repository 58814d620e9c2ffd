use proptest::collection;
use proptest::prelude::*;
use quick_xml::events::Event;

use super::tokens::{Token, Tokens};
use super::*;
use crate::wire::fault::Fault;
use crate::wire::problem::Problem;

fn one(inner: &str) -> Result<Value, Problem> {
    let text = format!("<methodCall><methodName>m</methodName><params><param>{inner}</param></params></methodCall>");
    read_call(&text).map(|mut call| call.params.remove(0))
}

#[test]
fn a_call_is_laid_out_as_pythons() {
    assert_eq!(
        write_call("a.b", &[Value::Int(-1), "x<y".into(), Value::Array(vec![true.into()])]),
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>a.b</methodName>\n<params>\n\
         <param>\n<value><int>-1</int></value>\n</param>\n\
         <param>\n<value><string>x&lt;y</string></value>\n</param>\n\
         <param>\n<value><array><data>\n<value><boolean>1</boolean></value>\n</data></array></value>\n</param>\n\
         </params>\n</methodCall>\n"
    );
}

#[test]
fn a_fault_goes_both_ways() {
    let fault = Fault { code: 10, string: "BAD_NAME: ü&".to_owned() };
    assert_eq!(read_response(&write_fault(&fault)).unwrap(), Err(fault));
}

#[test]
fn reading_is_tolerant() {
    let call = read_call("<?xml version=\"1.0\"?><!-- c --><x><methodName>a.b</methodName></x>\n").unwrap();
    assert_eq!(call, Call { method: "a.b".to_owned(), params: vec![] });
    assert_eq!(one("<value> a &amp; b</value>").unwrap(), " a & b".into());
    assert_eq!(one("<value/>").unwrap(), "".into());
    assert_eq!(one("<value> <i4> +1_0 </i4> </value>").unwrap(), Value::Int(10));
    assert_eq!(one("<value><i8>5000000000</i8></value>").unwrap(), Value::Int(5_000_000_000));
    assert_eq!(one("<value><boolean>2</boolean></value>").unwrap(), Value::Bool(false));
    assert_eq!(one("<value><string><![CDATA[<&]]></string></value>").unwrap(), "<&".into());
    assert_eq!(one("<value><double> 1.5 </double></value>").unwrap(), Value::Double(1.5));
    assert_eq!(one("<value><ex:nil/></value>").unwrap(), Value::Nil);
    assert_eq!(one("<value><base64>\naGk=\n</base64></value>").unwrap(), Value::Base64(b"hi".to_vec()));
    assert_eq!(one("<value><string>a&#13;\r\nb</string></value>").unwrap(), "a\r\nb".into());
}

#[test]
fn of_a_repeated_member_the_last_counts() {
    let member = |n: i64| format!("<member><name>a</name><value><int>{n}</int></value></member>");
    let value = one(&format!("<value><struct>{}{}</struct></value>", member(1), member(2))).unwrap();
    assert_eq!(value.get("a"), Some(&Value::Int(2)));
    assert_eq!(value.get("b"), None);
}

#[test]
fn what_is_no_call_is_refused() {
    assert_eq!(read_call("<methodCall></methodCall>"), Err(Problem::NoMethodName));
    assert!(matches!(read_call(""), Err(Problem::Xml(_))));
    assert!(matches!(read_call("junk"), Err(Problem::Xml(_))));
    assert!(matches!(read_call("<a><b></a>"), Err(Problem::Xml(_))));
    assert_eq!(read_call("<a><methodName>x</methodName>"), Err(Problem::Truncated));
    assert!(matches!(read_call("<a><methodName>x</methodName></a><b/>"), Err(Problem::Xml(_))));
    assert_eq!(one("<value>&bomb;</value>"), Err(Problem::Entity("bomb".to_owned())));
    assert_eq!(one("<value><int>1.5</int></value>"), Err(Problem::Scalar { kind: "int", text: "1.5".to_owned() }));
    assert_eq!(one("<value><array/></value>"), Err(Problem::Missing { parent: "array", child: "data" }));
    assert_eq!(one("<x/>"), Err(Problem::Missing { parent: "param", child: "value" }));
    assert_eq!(read_response("<methodResponse/>"), Err(Problem::NotAResponse));
}

/// The tokens of a document: the names of elements, their ends, and the texts.
fn tokens(text: &str) -> Result<Vec<String>, Problem> {
    let (mut tokens, mut all) = (Tokens::new(text), Vec::new());
    loop {
        all.push(match tokens.next()? {
            Token::Open(name) => format!("<{name}>"),
            Token::Close => "</>".to_owned(),
            Token::Text(text) => text.content().into_owned(),
            Token::End => return Ok(all),
        });
    }
}

/// The same by a reader of all of XML.
fn events(text: &str) -> Option<Vec<String>> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut all = Vec::new();
    loop {
        all.push(match reader.read_event().ok()? {
            Event::Start(tag) => format!("<{}>", tag.local_name().as_ref()),
            Event::End(_) => "</>".to_owned(),
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(name) if name.is_char_ref() => name.resolve_char_ref().ok()??.to_string(),
            Event::GeneralRef(name) => quick_xml::escape::resolve_xml_entity(&name)?.to_owned(),
            Event::Eof => return Some(all),
            _ => continue,
        });
    }
}

#[test]
fn what_is_no_xml_is_told_with_its_place() {
    for (text, why) in [
        ("<a><b></a>", "`</a>` where `</b>` was to come"),
        ("</a>", "`</a>` where nothing has begun"),
        ("<a", "no `>` after `<a`"),
        ("<a x='>", "no `>` after `<a x='>`"),
        ("<a></a", "no `>` after `</a`"),
        ("< a>", "`< a>` has no name"),
        ("<>", "`<>` has no name"),
        ("<a<b>", "`<a<b>` has no name"),
        ("a<!-- b -- >", "no `-->` after `<!-- b -- >`"),
        ("<?xml", "no `?>` after `<?xml`"),
        ("<![CDATA[x]]", "no `]]>` after `<![CDATA[x]]`"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]", "no `>` after `<!DOCTYPE a [<!ENTITY b 'c'>]`"),
        ("a&amp", "no `;` after `&amp`"),
    ] {
        assert_eq!(tokens(text), Err(Problem::Xml(why.to_owned())), "{text}");
    }
    for name in ["x", "", "#", "#x", "#0", "#+1", "#xD800", "#x110000", "AMP"] {
        assert_eq!(tokens(&format!("&{name};")), Err(Problem::Entity(name.to_owned())));
    }
}

#[test]
fn what_means_nothing_here_is_passed_over() {
    let text =
        "\u{FEFF}<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b '>'> ]><x:a y=\"/>\" z='\"'><!--<b>--><b\n/>]]></x:a >";
    let all = ["<a>", "<b>", "</>", "]]>", "</>"];
    assert_eq!(tokens(&text.replace("'>'", "'c'")).unwrap(), all);
    assert_eq!(tokens("<a>\r\r\n&#x41;&apos;<![CDATA[\r<]]></a>").unwrap(), ["<a>", "\n\n", "A", "'", "\n<", "</>"]);
}

#[test]
fn nesting_has_a_limit() {
    let nested = |n: usize| {
        let (open, close) = ("<value><array><data>".repeat(n), "</data></array></value>".repeat(n));
        one(&format!("{open}<value/>{close}"))
    };
    assert!(nested(MAX_DEPTH).is_ok());
    assert_eq!(nested(MAX_DEPTH + 1), Err(Problem::Depth(MAX_DEPTH)));
    assert_eq!(nested(100_000), Err(Problem::Depth(MAX_DEPTH)));
}

/// An answer as one text, which is as long as was said beforehand.
fn answer(result: Value) -> String {
    let pieces = write_response(result);
    let length = pieces.left();
    let text: String = pieces.collect();
    assert_eq!(text.len(), length);
    text
}

proptest! {
    /// The short way through a member means what the long one does, whatever is wrong with it.
    #[test]
    fn usual_members_are_read_as_any(value in values(), cut in any::<prop::sample::Index>(), length in 0..9_usize, more in "[<>/&;a-z \r\n]{0,6}") {
        let text: String = write_response(value).collect();
        let at = cut.index(text.len());
        let end = (at + length).min(text.len());
        for text in [text.clone(), [text.get(..at), Some(&more), text.get(end..)].into_iter().flatten().collect()] {
            let unusual = text.replace("<member>", "<member><!---->");
            prop_assert_eq!(read_response(&text).ok(), read_response(&unusual).ok());
        }
    }
}

#[test]
fn special_characters_are_found_wherever_they_stand() {
    for special in ['&', '<', '>', '\r', '\0', '\u{1F}', '\u{FFFE}', '\u{FFFF}'] {
        for (before, after) in (0..20).flat_map(|before| (0..20).map(move |after| (before, after))) {
            let text = format!("{}{special}{}", "a".repeat(before), "~".repeat(after));
            assert!(!answer(text.as_str().into()).contains(&format!("<string>{text}<")), "{text:?}");
        }
    }
}

/// A struct of any scalars.
#[derive(Clone, Debug)]
struct Row(Vec<Result<i64, String>>);

impl Record for Row {
    fn members(&self, member: &mut dyn FnMut(&'static str, Scalar<'_>)) {
        for (at, of) in self.0.iter().enumerate() {
            let name = ["a", "b", "c", "d"][at % 4];
            member(name, of.as_ref().map_or_else(|text| Scalar::Text(text), |number| Scalar::Int(*number)));
        }
    }
}

proptest! {
    #[test]
    fn records_are_written_as_their_values(rows in collection::vec(collection::vec(prop_oneof![any::<i64>().prop_map(Ok), ".*".prop_map(Err)], 0..5), 0..40)) {
        let rows: Vec<Row> = rows.into_iter().map(Row).collect();
        let values = Value::Array(rows.iter().map(Value::record).collect());
        let records = write_records(rows);
        let length = records.left();
        let text: String = records.collect();
        prop_assert_eq!(text.len(), length);
        prop_assert_eq!(text, write_response(values).collect::<String>());
    }
}

#[test]
fn a_long_answer_comes_in_pieces() {
    let items: Vec<Value> = (0..20_000).map(Value::Int).collect();
    let mut pieces = write_response(items.clone().into());
    let (mut left, mut text) = (pieces.left(), String::new());
    while let Some(piece) = pieces.next() {
        assert!(piece.len() < 128 << 10);
        left -= piece.len();
        assert_eq!(pieces.left(), left);
        text += &piece;
    }
    assert_eq!(left, 0);
    assert_eq!(read_response(&text).unwrap().unwrap(), items.into());
}

#[test]
fn what_xml_cannot_hold_is_replaced() {
    let text = "a\u{1b}[0m\0\u{FFFE}\u{FFFF}\u{F8FF}\t\n\rz";
    let back = read_response(&answer(text.into())).unwrap().unwrap();
    assert_eq!(back, "a\u{FFFD}[0m\u{FFFD}\u{FFFD}\u{FFFD}\u{F8FF}\t\n\rz".into());
}

/// Values whose texts XML can hold.
fn values() -> impl Strategy<Value = Value> {
    let text = r"[\t\n\r -~äöü€😀\u{F000}]{0,12}";
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        text.prop_map(Value::Str),
        prop::num::f64::NORMAL.prop_map(Value::Double),
        text.prop_map(Value::DateTime),
        prop::collection::vec(any::<u8>(), 0..80).prop_map(Value::Base64),
        Just(Value::Nil),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((text.prop_map(Into::into), inner), 0..5).prop_map(Value::Struct),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(method in "[a-z.&<]{1,9}", params in prop::collection::vec(values(), 0..4)) {
        let call = read_call(&write_call(&method, &params)).unwrap();
        prop_assert_eq!(call, Call { method, params });
    }

    #[test]
    fn tokens_are_those_of_all_of_xml(text in r"(<[ab]( x='>')?>|</[ab]>|<b/>|<c:a/>|&amp;|&#65;|&x;|\r|\n|<!-- - -->|<[?]p [?]>|<!\[CDATA\[<&\]\]>|\]\]>|[<>&;/ü ]){0,12}") {
        if let Ok(tokens) = tokens(&text) {
            prop_assert_eq!(events(&text), Some(tokens));
        }
    }

    #[test]
    fn what_is_answered_is_read(result in values()) {
        prop_assert_eq!(read_response(&answer(result.clone())).unwrap().unwrap(), result);
    }

    #[test]
    fn an_answer_of_any_text_is_read(text in any::<String>()) {
        let back = read_response(&answer(text.as_str().into())).unwrap().unwrap();
        prop_assert_eq!(back.as_str().map(|t| t.chars().count()), Some(text.chars().count()));
    }

    #[test]
    fn no_text_is_a_panic(text in r"(<(/)?(value|array|data|int|struct|member|name|params|param|fault|x)(/)?>|&|&amp;|[a-z0-9 ]|\PC){0,40}") {
        let _ = read_call(&text);
        let _ = read_response(&text);
    }
}
