//! Text to values: a descent over the events of an XML reader.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use quick_xml::Reader;
use quick_xml::events::{BytesCData, BytesRef, BytesText, Event};

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

/// What matters of a document: elements and text. Comments, instructions and declarations are passed over.
enum Token<'t> {
    /// The element's name, or `""` for one that means nothing here.
    Open(&'static str),
    Close,
    Text(Text<'t>),
    End,
}

/// Text as it stands. Most of it is the blanks between elements, which nobody looks at.
enum Text<'t> {
    Plain(BytesText<'t>),
    CData(BytesCData<'t>),
    /// What a reference stands for.
    Resolved(String),
}

impl<'t> Text<'t> {
    fn content(&self) -> Cow<'t, str> {
        match self {
            Self::Plain(text) => text.xml10_content(),
            Self::CData(text) => text.xml10_content(),
            Self::Resolved(text) => Cow::Owned(text.clone()),
        }
    }

    fn is_blank(&self) -> bool {
        self.content().trim().is_empty()
    }
}

struct Tokens<'t> {
    xml: Reader<&'t [u8]>,
}

impl<'t> Tokens<'t> {
    fn new(text: &'t str) -> Self {
        let mut xml = Reader::from_str(text);
        xml.config_mut().expand_empty_elements = true;
        Self { xml }
    }

    fn next(&mut self) -> Result<Token<'t>, Problem> {
        loop {
            return Ok(match self.xml.read_event().map_err(|e| Problem::Xml(e.to_string()))? {
                Event::Start(tag) | Event::Empty(tag) => {
                    Token::Open(element(tag.local_name().as_ref()).unwrap_or_default())
                }
                Event::End(_) => Token::Close,
                Event::Text(text) => Token::Text(Text::Plain(text)),
                Event::CData(text) => Token::Text(Text::CData(text)),
                Event::GeneralRef(name) => Token::Text(Text::Resolved(resolve(&name)?)),
                Event::Eof => Token::End,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
            });
        }
    }

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
    fn child(&mut self) -> Result<Option<&'static str>, Problem> {
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
                "member" => members.push(self.member(depth)?),
                _ => self.skip()?,
            }
        }
        Ok(Value::Struct(members))
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

/// A function that gives a name as one of the listed ones. A `match`, as it is asked for every element.
macro_rules! listed {
    ($function:ident: $($name:literal)+) => {
        fn $function(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some($name),)+
                _ => None,
            }
        }
    };
}

// The elements that mean something; prefixes, as in `ex:nil`, do not.
listed! {
    element:
    "value" "string" "name" "member" "int" "struct" "boolean" "array" "data" "param" "params" "methodName" "fault"
    "i1" "i2" "i4" "i8" "double" "float" "dateTime.iso8601" "base64" "nil"
}

// The members of which a long answer has thousands.
listed! {
    frequent:
    "name" "group" "start" "stop" "now" "state" "statename" "spawnerr" "exitstatus" "logfile" "stdout_logfile"
    "stderr_logfile" "pid" "description" "status"
}

fn member(name: Cow<'_, str>) -> Cow<'static, str> {
    frequent(&name).map_or_else(|| Cow::Owned(name.into_owned()), Cow::Borrowed)
}

/// The character of `&#13;` or of one of XML's own five names.
fn resolve(name: &BytesRef<'_>) -> Result<String, Problem> {
    let unknown = || Problem::Entity(clip(name));
    if name.is_char_ref() {
        let c = name.resolve_char_ref().map_err(|_| unknown())?;
        return c.map(String::from).ok_or_else(unknown);
    }
    quick_xml::escape::resolve_xml_entity(name).map(str::to_owned).ok_or_else(unknown)
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

/// Enough of a text to recognise it by.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}
