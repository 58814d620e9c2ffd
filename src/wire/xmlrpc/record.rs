//! Structs that are written from what they are, without becoming values first: an answer about a thousand processes has
//! fourteen members for each, and most texts in it exist already.

use super::Value;

/// What has the members of a struct.
pub trait Record {
    /// Names its members in order, with names in which XML gives nothing a meaning.
    fn members(&self, member: &mut dyn FnMut(&'static str, Scalar<'_>));
}

/// What a member of a [`Record`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar<'t> {
    /// `<int>`.
    Int(i64),
    /// `<string>`.
    Text(&'t str),
}

impl Scalar<'_> {
    /// `number` held within 32 bits, as [`Value::capped`] does.
    pub fn capped(number: i64) -> Self {
        Self::Int(number.clamp(i64::from(i32::MIN), i64::from(i32::MAX)))
    }
}

impl From<Scalar<'_>> for Value {
    fn from(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Int(number) => Self::Int(number),
            Scalar::Text(text) => text.into(),
        }
    }
}

impl Value {
    /// The struct that a record is.
    pub fn record(record: &impl Record) -> Self {
        let mut members = Vec::new();
        record.members(&mut |name, scalar| members.push((name.into(), scalar.into())));
        Self::Struct(members)
    }
}
