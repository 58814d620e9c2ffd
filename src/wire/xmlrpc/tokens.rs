//! A document as what matters of it: elements and text.
//!
//! XML as clients of this protocol write it. Comments, instructions, declarations and attributes are passed over, and no
//! document can define entities. Elements must end in the order in which they began; which characters a text may hold is
//! not checked, as Supervisor's answers have always had whatever a log has.
//!
//! A text is handed out as it stands in the document: answers of a megabyte are read, most of whose texts are the blanks
//! between elements.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3, memmem};

use crate::wire::problem::Problem;

/// What comes next in a document.
#[derive(Debug)]
pub(super) enum Token<'t> {
    /// An element begins: its name without a prefix.
    Open(&'t str),
    /// The innermost element ends.
    Close,
    Text(Text<'t>),
    End,
}

/// A piece of text.
#[derive(Debug)]
pub(super) enum Text<'t> {
    /// As it stands in the document.
    Literal(&'t str),
    /// What a reference, such as `&amp;`, stands for.
    Reference(char),
}

impl<'t> Text<'t> {
    /// What it means. However lines end, they end with a line feed.
    pub(super) fn content(&self) -> Cow<'t, str> {
        match self {
            Self::Literal(text) if text.contains('\r') => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
            Self::Literal(text) => Cow::Borrowed(text),
            Self::Reference(c) => Cow::Owned((*c).into()),
        }
    }

    /// Whether it is only blanks.
    pub(super) fn is_blank(&self) -> bool {
        self.content().trim().is_empty()
    }
}

/// The tokens of a text, one after the other.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    rest: &'t str,
    /// Names of the elements that have begun and not ended, with their prefixes.
    open: Vec<&'t str>,
    /// The innermost one has no content, as in `<nil/>`.
    is_empty: bool,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text.strip_prefix('\u{FEFF}').unwrap_or(text), open: Vec::new(), is_empty: false }
    }

    /// The next token; [`Token::End`] at the end of the text, whatever has not ended by then.
    pub(super) fn next(&mut self) -> Result<Token<'t>, Problem> {
        if std::mem::take(&mut self.is_empty) {
            self.open.pop();
            return Ok(Token::Close);
        }
        loop {
            match self.rest.as_bytes() {
                [] => return Ok(Token::End),
                [b'<', b'/', ..] => return self.close(),
                [b'<', b'?', ..] => self.pass("<?", "?>").map(drop)?,
                [b'<', b'!', b'-', b'-', ..] => self.pass("<!--", "-->").map(drop)?,
                [b'<', b'!', b'[', ..] => return self.pass("<![CDATA[", "]]>").map(Text::Literal).map(Token::Text),
                [b'<', b'!', ..] => self.pass_declaration()?,
                [b'<', ..] => return self.open(),
                [b'&', ..] => return self.reference().map(Text::Reference).map(Token::Text),
                text => {
                    let end = memchr2(b'<', b'&', text).unwrap_or(text.len());
                    return Ok(Token::Text(Text::Literal(self.take(end))));
                }
            }
        }
    }

    /// What follows the begin of an element, if that was the last token and is of that name, without a prefix.
    pub(super) fn inner(&self, name: &str) -> Option<&'t str> {
        (self.open.last() == Some(&name) && !self.is_empty).then_some(self.rest)
    }

    /// Leaves the innermost element, of which somebody has taken all but `rest`, what follows behind its end.
    pub(super) fn leave(&mut self, rest: &'t str) {
        self.open.pop();
        self.rest = rest;
    }

    /// Takes the next `length` bytes.
    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Takes what begins and ends in a certain way, and gives what is between.
    fn pass(&mut self, start: &str, end: &str) -> Result<&'t str, Problem> {
        let content = self.rest.strip_prefix(start).ok_or_else(|| self.without(end))?;
        let length = memmem::find(content.as_bytes(), end.as_bytes()).ok_or_else(|| self.without(end))?;
        self.rest = &content[length + end.len()..];
        Ok(&content[..length])
    }

    /// That what ends the next token does not come.
    fn without(&self, end: &str) -> Problem {
        Problem::Xml(format!("no `{end}` after `{}`", clip(self.rest)))
    }

    /// Takes a declaration, such as a document type, with those in it.
    fn pass_declaration(&mut self) -> Result<(), Problem> {
        let (mut depth, mut at) = (0_usize, 0);
        while let Some(found) = memchr2(b'<', b'>', &self.rest.as_bytes()[at..]) {
            at += found + 1;
            if self.rest.as_bytes()[at - 1] == b'<' {
                depth += 1;
            } else {
                depth -= 1;
            }
            if depth == 0 {
                self.take(at);
                return Ok(());
            }
        }
        Err(self.without(">"))
    }

    fn open(&mut self) -> Result<Token<'t>, Problem> {
        let end = self.end_of_tag()?;
        let tag = &self.take(end + 1)[1..end];
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        if !is_name(name) {
            return Err(Problem::Xml(format!("`<{}>` has no name", clip(tag))));
        }
        self.open.push(name);
        self.is_empty = is_empty;
        // Names are too short for a search to pay.
        let local = name.bytes().rposition(|b| b == b':').map_or(0, |colon| colon + 1);
        Ok(Token::Open(&name[local..]))
    }

    /// Where the `>` of the tag is that comes next; one in quotes is not it.
    fn end_of_tag(&self) -> Result<usize, Problem> {
        let (bytes, mut at) = (self.rest.as_bytes(), 1);
        let unended = || self.without(">");
        loop {
            at += memchr3(b'>', b'"', b'\'', &bytes[at..]).ok_or_else(unended)?;
            let found = bytes[at];
            if found == b'>' {
                return Ok(at);
            }
            at += 1;
            at += memchr(found, &bytes[at..]).ok_or_else(unended)? + 1;
        }
    }

    fn close(&mut self) -> Result<Token<'t>, Problem> {
        let end = memchr(b'>', self.rest.as_bytes()).ok_or_else(|| self.without(">"))?;
        let name = self.take(end + 1)[2..end].trim_ascii_end();
        match self.open.pop() {
            Some(open) if open == name => Ok(Token::Close),
            Some(open) => Err(Problem::Xml(format!("`</{}>` where `</{}>` was to come", clip(name), clip(open)))),
            None => Err(Problem::Xml(format!("`</{}>` where nothing has begun", clip(name)))),
        }
    }

    /// A character by its number, as `&#13;`, or by one of XML's own five names.
    fn reference(&mut self) -> Result<char, Problem> {
        let end = memchr(b';', self.rest.as_bytes()).ok_or_else(|| self.without(";"))?;
        let name = &self.take(end + 1)[1..end];
        let number = |digits: &str, radix| {
            let is_number = digits.bytes().all(|b| b.is_ascii_alphanumeric());
            let code = u32::from_str_radix(digits, radix).ok().filter(|code| is_number && *code > 0);
            code.and_then(char::from_u32)
        };
        let found = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match name.strip_prefix("#x") {
                Some(digits) => number(digits, 16),
                None => name.strip_prefix('#').and_then(|digits| number(digits, 10)),
            },
        };
        found.ok_or_else(|| Problem::Entity(clip(name)))
    }
}

fn is_name(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b':') || !b.is_ascii();
    let is_other = |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'.');
    name.bytes().next().is_some_and(is_letter) && name.bytes().all(|b| is_letter(b) || is_other(b))
}

/// Enough of a text to recognise it by.
pub(super) fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}
