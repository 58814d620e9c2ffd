//! Values to text, straight into one string, or a long answer into several.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Record, Scalar, Value};
use crate::wire::fault::Fault;

const HEADER: &str = "<?xml version='1.0'?>\n";
const OPENING: &str = "<methodResponse>\n<params>\n<param>\n";
const CLOSING: &str = "</param>\n</params>\n</methodResponse>\n";
/// Length of what stands around the value of an answer.
const AROUND: usize = HEADER.len() + OPENING.len() + CLOSING.len();
const VALUE: (&str, &str) = ("<value>", "</value>\n");
const ARRAY: (&str, &str) = ("<array><data>\n", "</data></array>");
/// Around and between a member's name and its value.
const MEMBER: (&str, &str, &str) = ("<member>\n<name>", "</name>\n", "</member>\n");
/// About how many bytes of an answer are made at once.
const PIECE: usize = 64 << 10;
/// The room for a piece, also for the last one of several: the C library gives memory back when more than 64 KiB become free at
/// once, and by then all of a long answer has.
const ROOM: usize = PIECE + PIECE / 8;

/// Where text is written to.
trait Sink {
    fn push_str(&mut self, text: &str);
}

impl Sink for String {
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// How long a text would be, in bytes.
struct Length(usize);

impl Sink for Length {
    fn push_str(&mut self, text: &str) {
        self.0 += text.len();
    }
}

/// The text of a call.
pub fn write_call(method: &str, params: &[Value]) -> String {
    let mut out = String::with_capacity(256);
    out.push_str(HEADER);
    out.push_str("<methodCall>\n<methodName>");
    escaped(&mut out, method);
    out.push_str("</methodName>\n<params>\n");
    for param in params {
        parameter(&mut out, param);
    }
    out.push_str("</params>\n</methodCall>\n");
    out
}

/// The text of an answer.
pub fn write_response(result: Value) -> Response {
    match result {
        Value::Array(items) => Response::list(items, value, value),
        result => {
            let mut length = Length(AROUND);
            value(&mut length, &result);
            Response { left: length.0, is_begun: false, rest: Rest::Whole(result) }
        }
    }
}

/// The text of an answer that is an array of structs, the same as that of their values.
pub fn write_records<R: Record + 'static>(records: Vec<R>) -> Response {
    Response::list(records, |out, item| record(out, item), |length, item| record(length, item))
}

/// The text of an answer in pieces, each made when it is wanted: a long one never takes up memory as a whole, and what a
/// socket takes is still at hand for the processor.
#[derive(Debug)]
pub struct Response {
    left: usize,
    is_begun: bool,
    rest: Rest,
}

/// What is not written yet.
enum Rest {
    Whole(Value),
    Items(Items),
    Nothing,
}

/// Writes the next item of an array; false when there is none.
type Items = Box<dyn FnMut(&mut String) -> bool>;

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Items(_) => "Items",
            Self::Nothing => "Nothing",
        })
    }
}

impl Response {
    fn list<T: 'static>(items: Vec<T>, write: fn(&mut String, &T), measure: fn(&mut Length, &T)) -> Self {
        let mut length = Length(AROUND);
        array(&mut length, |length| items.iter().for_each(|item| measure(length, item)));
        let mut items = items.into_iter();
        let next = move |out: &mut String| items.next().map(|item| write(out, &item)).is_some();
        Self { left: length.0, is_begun: false, rest: Rest::Items(Box::new(next)) }
    }

    /// How many bytes are still to come.
    pub fn left(&self) -> usize {
        self.left
    }
}

impl Iterator for Response {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut out = String::with_capacity(self.left.min(ROOM));
        if !std::mem::replace(&mut self.is_begun, true) {
            out.push_str(HEADER);
            out.push_str(OPENING);
            if let Rest::Items(_) = self.rest {
                out.push_str(VALUE.0);
                out.push_str(ARRAY.0);
            }
        }
        self.rest = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::Whole(result) => {
                value(&mut out, &result);
                out.push_str(CLOSING);
                Rest::Nothing
            }
            Rest::Items(items) => some(&mut out, items),
            Rest::Nothing => return None,
        };
        self.left = self.left.saturating_sub(out.len());
        Some(out)
    }
}

/// Writes items until the piece is full, and the end behind the last.
fn some(out: &mut String, mut items: Items) -> Rest {
    while out.len() < PIECE {
        if !items(out) {
            out.push_str(ARRAY.1);
            out.push_str(VALUE.1);
            out.push_str(CLOSING);
            return Rest::Nothing;
        }
    }
    Rest::Items(items)
}

/// The text of an answer that says the call failed.
pub fn write_fault(fault: &Fault) -> String {
    let mut out = String::with_capacity(384);
    out.push_str(HEADER);
    out.push_str("<methodResponse>\n<fault>\n");
    let members = [("faultCode", Value::Int(fault.code)), ("faultString", Value::Str(fault.string.clone()))];
    value(&mut out, &Value::members(members));
    out.push_str("</fault>\n</methodResponse>\n");
    out
}

fn parameter(out: &mut String, param: &Value) {
    out.push_str("<param>\n");
    value(out, param);
    out.push_str("</param>\n");
}

fn value(out: &mut impl Sink, value: &Value) {
    match value {
        Value::Int(number) => scalar(out, Scalar::Int(*number)),
        Value::Str(text) => scalar(out, Scalar::Text(text)),
        Value::Array(items) => array(out, |out| items.iter().for_each(|item| self::value(out, item))),
        Value::Struct(members) => structure(out, |out| {
            for (name, value) in members {
                member(out, name, |out| self::value(out, value));
            }
        }),
        Value::Bool(flag) => boxed(out, |out| {
            out.push_str(if *flag { "<boolean>1</boolean>" } else { "<boolean>0</boolean>" });
        }),
        Value::Double(number) => boxed(out, |out| out.push_str(&format!("<double>{number:?}</double>"))),
        Value::DateTime(text) => boxed(out, |out| {
            out.push_str("<dateTime.iso8601>");
            escaped(out, text);
            out.push_str("</dateTime.iso8601>");
        }),
        Value::Base64(bytes) => boxed(out, |out| encoded(out, bytes)),
        Value::Nil => boxed(out, |out| out.push_str("<nil/>")),
    }
}

/// The same as [`value`] of what [`Value::record`] makes of it.
fn record(out: &mut impl Sink, record: &impl Record) {
    structure(out, |out| {
        record.members(&mut |name, it| {
            out.push_str(MEMBER.0);
            out.push_str(name);
            out.push_str(MEMBER.1);
            scalar(out, it);
            out.push_str(MEMBER.2);
        });
    });
}

fn scalar(out: &mut impl Sink, scalar: Scalar<'_>) {
    match scalar {
        Scalar::Int(number) => {
            out.push_str("<value><int>");
            out.push_str(itoa::Buffer::new().format(number));
            out.push_str("</int></value>\n");
        }
        Scalar::Text(text) => {
            out.push_str("<value><string>");
            escaped(out, text);
            out.push_str("</string></value>\n");
        }
    }
}

fn boxed<S: Sink>(out: &mut S, inner: impl FnOnce(&mut S)) {
    out.push_str(VALUE.0);
    inner(out);
    out.push_str(VALUE.1);
}

fn array<S: Sink>(out: &mut S, items: impl FnOnce(&mut S)) {
    boxed(out, |out| {
        out.push_str(ARRAY.0);
        items(out);
        out.push_str(ARRAY.1);
    });
}

fn structure<S: Sink>(out: &mut S, members: impl FnOnce(&mut S)) {
    boxed(out, |out| {
        out.push_str("<struct>\n");
        members(out);
        out.push_str("</struct>");
    });
}

fn member<S: Sink>(out: &mut S, name: &str, value: impl FnOnce(&mut S)) {
    out.push_str(MEMBER.0);
    escaped(out, name);
    out.push_str(MEMBER.1);
    value(out);
    out.push_str(MEMBER.2);
}

/// Lines of 76 characters, each ended, as Python's `base64.encodebytes` makes them.
fn encoded(out: &mut impl Sink, bytes: &[u8]) {
    out.push_str("<base64>\n");
    for line in bytes.chunks(57) {
        out.push_str(&STANDARD.encode(line));
        out.push_str("\n");
    }
    out.push_str("</base64>");
}

/// Appends `text` with what XML gives a meaning escaped and what XML forbids replaced.
fn escaped(out: &mut impl Sink, text: &str) {
    if is_plain(text) {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        out.push_str(&rest[..at]);
        let Some(c) = rest[at..].chars().next() else { break };
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A bare one would be read as a line feed.
            '\r' => out.push_str("&#13;"),
            '\u{FFFE}' | '\u{FFFF}' | '\0'..='\u{1F}' => out.push_str("\u{FFFD}"),
            c => out.push_str(c.encode_utf8(&mut [0; 4])),
        }
        rest = &rest[at + c.len_utf8()..];
    }
    out.push_str(rest);
}

/// Whether nothing in it is special; nearly all texts are such, so that it goes by eight bytes at once. Tabs and ends of
/// lines are looked at closer, though nothing is special about them.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks::<8>();
    let last = bytes.last_chunk::<8>().copied().unwrap_or_else(|| {
        let mut last = [b' '; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        last
    });
    words.iter().chain([&last]).all(|word| !has_special(*word))
}

/// Whether one of the bytes is below 0x20 or one of `& < >` or 0xEF. What is borrowed from one byte by the next can only make
/// a byte look special behind one that is.
fn has_special(word: [u8; 8]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    let word = u64::from_le_bytes(word);
    let below = |word: u64, limit: u8| word.wrapping_sub(EACH * u64::from(limit)) & !word & HIGH;
    let is = |byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    below(word, 0x20) | is(b'&') | is(b'<') | is(b'>') | is(0xEF) != 0
}

/// Bytes at which [`escaped`] must look closer; 0xEF starts U+F000 to U+FFFF.
fn is_special(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' => false,
        b'&' | b'<' | b'>' | 0xEF => true,
        byte => byte < 0x20,
    }
}
