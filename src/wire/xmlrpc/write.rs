//! Values to text, straight into one string.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Value;
use crate::wire::fault::Fault;

const HEADER: &str = "<?xml version='1.0'?>\n";

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
pub fn write_response(result: &Value) -> String {
    let mut out = String::with_capacity(weight(result) + 128);
    out.push_str(HEADER);
    out.push_str("<methodResponse>\n<params>\n");
    parameter(&mut out, result);
    out.push_str("</params>\n</methodResponse>\n");
    out
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

/// About how many bytes a value takes, so that a long answer is not copied as it grows.
fn weight(value: &Value) -> usize {
    match value {
        Value::Str(text) | Value::DateTime(text) => text.len() + 48,
        Value::Base64(bytes) => bytes.len() * 4 / 3 + 48,
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 64,
        Value::Struct(members) => members.iter().map(|(name, v)| name.len() + 36 + weight(v)).sum::<usize>() + 48,
        Value::Int(_) | Value::Bool(_) | Value::Double(_) | Value::Nil => 56,
    }
}

fn parameter(out: &mut String, param: &Value) {
    out.push_str("<param>\n");
    value(out, param);
    out.push_str("</param>\n");
}

fn value(out: &mut String, value: &Value) {
    out.push_str("<value>");
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
        Value::Double(number) => {
            // Writing into a String cannot fail.
            let _ = write!(out, "<double>{number:?}</double>");
        }
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
    out.push_str("</value>\n");
}

fn array(out: &mut String, items: &[Value]) {
    out.push_str("<array><data>\n");
    for item in items {
        value(out, item);
    }
    out.push_str("</data></array>");
}

fn structure<N: AsRef<str>>(out: &mut String, members: &[(N, Value)]) {
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
fn encoded(out: &mut String, bytes: &[u8]) {
    out.push_str("<base64>\n");
    for line in bytes.chunks(57) {
        STANDARD.encode_string(line, out);
        out.push('\n');
    }
    out.push_str("</base64>");
}

/// Appends `text` with what XML gives a meaning escaped and what XML forbids replaced.
fn escaped(out: &mut String, text: &str) {
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
            '\u{FFFE}' | '\u{FFFF}' | '\0'..='\u{1F}' => out.push('\u{FFFD}'),
            c => out.push(c),
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
