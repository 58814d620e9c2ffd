//! Text to values: a descent over the tokens of a document.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use memchr::memchr3;

use super::tokens::{Token, Tokens, clip};
use super::{Call, MAX_DEPTH, Value};
use crate::wire::fault::Fault;
use crate::wire::problem::Problem;

/// Reads a call. The name of the root element is not looked at.
pub fn read_call(text: &str) -> Result<Call, Problem> {
    let mut tokens = Tokens::new(text);
    tokens.root()?;
    let (mut method, mut params) = (String::new(), Vec::new());
    while let Some(name) = tokens.child()? {
        match name {
            "methodName" => method = tokens.text()?.into_owned(),
            "params" => params = tokens.params()?,
            _ => tokens.skip()?,
        }
    }
    tokens.rest()?;
    if method.is_empty() { Err(Problem::NoMethodName) } else { Ok(Call { method, params }) }
}

/// Reads an answer: the value, or the fault that the server gave instead.
pub fn read_response(text: &str) -> Result<Result<Value, Fault>, Problem> {
    let mut tokens = Tokens::new(text);
    tokens.root()?;
    let mut answer = None;
    while let Some(name) = tokens.child()? {
        match name {
            "params" => answer = tokens.params()?.into_iter().next().map(Ok),
            "fault" => answer = Some(Err(fault(&tokens.only_value("fault", 0)?)?)),
            _ => tokens.skip()?,
        }
    }
    tokens.rest()?;
    answer.ok_or(Problem::NotAResponse)
}

fn fault(value: &Value) -> Result<Fault, Problem> {
    let code = value.get("faultCode").and_then(Value::as_int);
    let string = value.get("faultString").and_then(Value::as_str);
    match (code, string) {
        (Some(code), Some(string)) => Ok(Fault { code, string: string.to_owned() }),
        _ => Err(Problem::NotAResponse),
    }
}

impl<'t> Tokens<'t> {
    /// Enters the outermost element.
    fn root(&mut self) -> Result<(), Problem> {
        loop {
            match self.next()? {
                Token::Open(_) => return Ok(()),
                Token::Text(text) if text.is_blank() => {}
                Token::Text(_) | Token::Close | Token::End => return Err(Problem::Xml("no element".to_owned())),
            }
        }
    }

    /// Checks that nothing but blanks follows the outermost element.
    fn rest(&mut self) -> Result<(), Problem> {
        loop {
            match self.next()? {
                Token::End => return Ok(()),
                Token::Text(text) if text.is_blank() => {}
                _ => return Err(Problem::Xml("text after the document".to_owned())),
            }
        }
    }

    /// Enters the next child element, or leaves the current one and says `None`. Text between children is passed over.
    fn child(&mut self) -> Result<Option<&'t str>, Problem> {
        loop {
            match self.next()? {
                Token::Open(name) => return Ok(Some(name)),
                Token::Close => return Ok(None),
                Token::Text(_) => {}
                Token::End => return Err(Problem::Truncated),
            }
        }
    }

    /// Leaves the current element.
    fn skip(&mut self) -> Result<(), Problem> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Token::Open(_) => depth += 1,
                Token::Close => depth -= 1,
                Token::Text(_) => {}
                Token::End => return Err(Problem::Truncated),
            }
        }
        Ok(())
    }

    /// The text of the current element, which is left; elements in it are passed over.
    fn text(&mut self) -> Result<Cow<'t, str>, Problem> {
        let mut out = Cow::Borrowed("");
        loop {
            match self.next()? {
                // Adding to nothing takes what is added, so that a text of one piece is not copied.
                Token::Text(text) => out += text.content(),
                Token::Open(_) => self.skip()?,
                Token::Close => return Ok(out),
                Token::End => return Err(Problem::Truncated),
            }
        }
    }

    fn params(&mut self) -> Result<Vec<Value>, Problem> {
        let mut params = Vec::new();
        while let Some(name) = self.child()? {
            match name {
                "param" => params.push(self.only_value("param", 0)?),
                _ => self.skip()?,
            }
        }
        Ok(params)
    }

    /// The `<value>` of the current element, which is left.
    fn only_value(&mut self, parent: &'static str, depth: usize) -> Result<Value, Problem> {
        let mut found = None;
        while let Some(name) = self.child()? {
            match name {
                "value" => found = Some(self.value(depth)?),
                _ => self.skip()?,
            }
        }
        found.ok_or(Problem::Missing { parent, child: "value" })
    }

    /// The content of a `<value>`, which is left: its one typed element, or else its text.
    fn value(&mut self, depth: usize) -> Result<Value, Problem> {
        if depth > MAX_DEPTH {
            return Err(Problem::Depth(MAX_DEPTH));
        }
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Token::Text(more) => text += more.content(),
                Token::Close => return Ok(Value::Str(text.into_owned())),
                Token::End => return Err(Problem::Truncated),
                Token::Open(kind) => {
                    let value = self.typed(kind, depth)?;
                    self.skip()?;
                    return Ok(value);
                }
            }
        }
    }

    fn typed(&mut self, kind: &str, depth: usize) -> Result<Value, Problem> {
        match kind {
            "int" | "i1" | "i2" | "i4" | "i8" => int(&self.text()?),
            "boolean" => Ok(Value::Bool(self.text()?.trim() == "1")),
            "double" | "float" => double(&self.text()?),
            "dateTime.iso8601" => Ok(Value::DateTime(self.text()?.into_owned())),
            "base64" => base64(&self.text()?),
            "array" => self.array(depth),
            "struct" => self.structure(depth),
            "nil" => self.skip().map(|()| Value::Nil),
            _ => Ok(Value::Str(self.text()?.into_owned())),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut items = None;
        while let Some(name) = self.child()? {
            match name {
                "data" => items = Some(self.items(depth)?),
                _ => self.skip()?,
            }
        }
        items.map(Value::Array).ok_or(Problem::Missing { parent: "array", child: "data" })
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Value>, Problem> {
        let mut items = Vec::new();
        while let Some(name) = self.child()? {
            match name {
                "value" => items.push(self.value(depth + 1)?),
                _ => self.skip()?,
            }
        }
        Ok(items)
    }

    fn structure(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut members = Vec::new();
        while let Some(name) = self.child()? {
            match name {
                "member" => members.push(match self.usual_member(depth) {
                    Some(member) => member,
                    None => self.member(depth)?,
                }),
                _ => self.skip()?,
            }
        }
        Ok(Value::Struct(members))
    }

    /// A member laid out as all known servers do, taken at one go, as a long answer is mostly these. None where anything
    /// is otherwise; then nothing is taken.
    fn usual_member(&mut self, depth: usize) -> Option<(Cow<'static, str>, Value)> {
        let inner = self.inner("member").filter(|_| depth < MAX_DEPTH)?;
        let (name, rest) = plain(inner.strip_prefix("\n<name>")?)?;
        let rest = rest.strip_prefix("/name>\n<value><")?;
        let (value, rest) = if let Some(rest) = rest.strip_prefix("int>") {
            let (number, rest) = plain(rest)?;
            (int(number).ok()?, rest.strip_prefix("/int>")?)
        } else {
            let (text, rest) = plain(rest.strip_prefix("string>")?)?;
            (Value::Str(text.to_owned()), rest.strip_prefix("/string>")?)
        };
        self.leave(rest.strip_prefix("</value>\n</member>")?);
        Some((member(name.into()), value))
    }

    fn member(&mut self, depth: usize) -> Result<(Cow<'static, str>, Value), Problem> {
        let (mut key, mut value) = (None, None);
        while let Some(name) = self.child()? {
            match name {
                "name" => key = Some(member(self.text()?)),
                "value" => value = Some(self.value(depth + 1)?),
                _ => self.skip()?,
            }
        }
        let key = key.ok_or(Problem::Missing { parent: "member", child: "name" })?;
        let value = value.ok_or(Problem::Missing { parent: "member", child: "value" })?;
        Ok((key, value))
    }
}

/// What stands before a tag, and what follows behind its `<`. None if there is more to that text than its characters.
fn plain(text: &str) -> Option<(&str, &str)> {
    let end = memchr3(b'<', b'&', b'\r', text.as_bytes())?;
    (text.as_bytes()[end] == b'<').then(|| (&text[..end], &text[end + 1..]))
}

/// A name that a long answer has a thousand times takes no memory.
fn member(name: Cow<'_, str>) -> Cow<'static, str> {
    const FREQUENT: [&str; 14] = [
        "name",
        "group",
        "start",
        "stop",
        "now",
        "state",
        "statename",
        "spawnerr",
        "exitstatus",
        "logfile",
        "stdout_logfile",
        "stderr_logfile",
        "pid",
        "description",
    ];
    match FREQUENT.iter().find(|frequent| **frequent == name) {
        Some(frequent) => Cow::Borrowed(frequent),
        None => Cow::Owned(name.into_owned()),
    }
}

/// As Python's `int()`: blanks around, a sign, underscores between digits.
fn int(text: &str) -> Result<Value, Problem> {
    let plain = text.trim();
    let number = plain.parse().or_else(|_| plain.replace('_', "").parse());
    number.map(Value::Int).map_err(|_| Problem::Scalar { kind: "int", text: clip(text) })
}

fn double(text: &str) -> Result<Value, Problem> {
    text.trim().parse().map(Value::Double).map_err(|_| Problem::Scalar { kind: "double", text: clip(text) })
}

/// Whatever is not of the alphabet is passed over, as Python's decoder does; padding may be missing.
fn base64(text: &str) -> Result<Value, Problem> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let plain: Vec<u8> = text.bytes().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).collect();
    ENGINE.decode(plain).map(Value::Base64).map_err(|_| Problem::Scalar { kind: "base64", text: clip(text) })
}
