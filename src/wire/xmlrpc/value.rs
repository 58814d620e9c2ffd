//! The values of XML-RPC.

use std::borrow::Cow;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `<int>`; also `<i4>` and `<i8>` when read.
    Int(i64),
    /// `<boolean>`.
    Bool(bool),
    /// `<string>`, or text without a type.
    Str(String),
    /// `<double>`.
    Double(f64),
    /// `<dateTime.iso8601>`, as written.
    DateTime(String),
    /// `<base64>`, decoded.
    Base64(Vec<u8>),
    /// `<array>`.
    Array(Vec<Value>),
    /// `<struct>`, in the order of the text; of a repeated name the last one counts.
    Struct(Vec<(Cow<'static, str>, Value)>),
    /// `<nil/>`, an extension that clients send for Python's `None`.
    Nil,
}

impl Value {
    /// `number` held within 32 bits, which is all that some clients can read.
    pub fn capped(number: i64) -> Self {
        Self::Int(number.clamp(i64::from(i32::MIN), i64::from(i32::MAX)))
    }

    /// A struct of the given members.
    pub fn members(members: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        Self::Struct(members.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The boolean; an integer counts as one, as in Python.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Int(number) => Some(*number != 0),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// A member of a struct.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let Self::Struct(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items)
    }
}
