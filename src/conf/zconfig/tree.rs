//! What stands in a text, before anybody asks what it means.

use crate::base::Span;

/// A section; the whole text is one, too, without a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its type, in lower case.
    pub kind: String,
    /// Its name, in lower case.
    pub name: Option<String>,
    /// Its keys in the order of the text.
    pub keys: Vec<Key>,
    /// The sections in it, in the order of the text.
    pub sections: Vec<Section>,
    /// Its header.
    pub span: Span,
    /// The line that ends it; the end of the text where nothing does.
    pub end: Span,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As written.
    pub name: String,
    /// Where.
    pub name_span: Span,
    /// What stands there, with `$name` replaced.
    pub value: String,
    /// Where; empty, after the name, where there is none.
    pub value_span: Span,
}

impl Section {
    /// One without contents.
    pub fn new(kind: impl Into<String>, span: Span) -> Self {
        Self { kind: kind.into(), name: None, keys: Vec::new(), sections: Vec::new(), span, end: span }
    }

    /// The first key of this name, in any case.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name.eq_ignore_ascii_case(name))
    }

    /// The first section of this type.
    pub fn section(&self, kind: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind)
    }

    /// The same with other places, for a text that is a part of another one.
    pub fn moved(&mut self, place: &impl Fn(Span) -> Span) {
        (self.span, self.end) = (place(self.span), place(self.end));
        for key in &mut self.keys {
            (key.name_span, key.value_span) = (place(key.name_span), place(key.value_span));
        }
        self.sections.iter_mut().for_each(|section| section.moved(place));
    }
}
