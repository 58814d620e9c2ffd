//! Values to text, straight into one string, or a long answer into several.

use std::vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Value;
use crate::wire::fault::Fault;

const HEADER: &str = "<?xml version='1.0'?>\n";
const OPENING: &str = "<methodResponse>\n<params>\n<param>\n";
const CLOSING: &str = "</param>\n</params>\n</methodResponse>\n";
const VALUE: (&str, &str) = ("<value>", "</value>\n");
const ARRAY: (&str, &str) = ("<array><data>\n", "</data></array>");
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
    let mut length = Length(HEADER.len() + OPENING.len() + CLOSING.len());
    value(&mut length, &result);
    Response { left: length.0, rest: Rest::Whole(result) }
}

/// The text of an answer in pieces, each made when it is wanted: a long one never takes up memory as a whole, and what a
/// socket takes is still at hand for the processor.
#[derive(Debug)]
pub struct Response {
    left: usize,
    rest: Rest,
}

/// What is not written yet.
#[derive(Debug)]
enum Rest {
    Whole(Value),
    /// Items of the array that is the result.
    Items(vec::IntoIter<Value>),
    Nothing,
}

impl Response {
    /// How many bytes are still to come.
    pub fn left(&self) -> usize {
        self.left
    }
}

impl Iterator for Response {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let is_first = matches!(self.rest, Rest::Whole(_));
        let mut out = String::with_capacity(if is_first { self.left.min(ROOM) } else { ROOM });
        self.rest = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::Whole(result) => start(&mut out, result),
            Rest::Items(items) => some(&mut out, items),
            Rest::Nothing => return None,
        };
        self.left = self.left.saturating_sub(out.len());
        Some(out)
    }
}

/// Writes an answer up to where its first piece ends.
fn start(out: &mut String, result: Value) -> Rest {
    out.push_str(HEADER);
    out.push_str(OPENING);
    if let Value::Array(items) = result {
        out.push_str(VALUE.0);
        out.push_str(ARRAY.0);
        return some(out, items.into_iter());
    }
    value(out, &result);
    out.push_str(CLOSING);
    Rest::Nothing
}

/// Writes items until the piece is full, and the end behind the last.
fn some(out: &mut String, mut items: vec::IntoIter<Value>) -> Rest {
    while out.len() < PIECE {
        let Some(item) = items.next() else {
            out.push_str(ARRAY.1);
            out.push_str(VALUE.1);
            out.push_str(CLOSING);
            return Rest::Nothing;
        };
        value(out, &item);
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
    out.push_str(VALUE.0);
    match value {
        Value::Int(number) => {
            out.push_str("<int>");
            out.push_str(itoa::Buffer::new().format(*number));
            out.push_str("</int>");
        }
        Value::Bool(flag) => out.push_str(if *flag { "<boolean>1</boolean>" } else { "<boolean>0</boolean>" }),
        Value::Str(text) => {
            out.push_str("<string>");
            escaped(out, text);
            out.push_str("</string>");
        }
        Value::Double(number) => out.push_str(&format!("<double>{number:?}</double>")),
        Value::DateTime(text) => {
            out.push_str("<dateTime.iso8601>");
            escaped(out, text);
            out.push_str("</dateTime.iso8601>");
        }
        Value::Base64(bytes) => encoded(out, bytes),
        Value::Array(items) => array(out, items),
        Value::Struct(members) => structure(out, members),
        Value::Nil => out.push_str("<nil/>"),
    }
    out.push_str(VALUE.1);
}

fn array(out: &mut impl Sink, items: &[Value]) {
    out.push_str(ARRAY.0);
    for item in items {
        value(out, item);
    }
    out.push_str(ARRAY.1);
}

fn structure<N: AsRef<str>>(out: &mut impl Sink, members: &[(N, Value)]) {
    out.push_str("<struct>\n");
    for (name, member) in members {
        out.push_str("<member>\n<name>");
        escaped(out, name.as_ref());
        out.push_str("</name>\n");
        value(out, member);
        out.push_str("</member>\n");
    }
    out.push_str("</struct>");
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

/// Whether nothing in it is special. It goes by blocks, as nearly all texts are plain, and a block can be looked at at once.
fn is_plain(text: &str) -> bool {
    text.as_bytes().chunks(16).all(|block| !block.iter().fold(false, |found, byte| found | is_special(*byte)))
}

/// Bytes at which [`escaped`] must look closer; 0xEF starts U+F000 to U+FFFF.
fn is_special(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' => false,
        b'&' | b'<' | b'>' | 0xEF => true,
        byte => byte < 0x20,
    }
}
