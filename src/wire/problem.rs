//! What can be wrong with bytes that came over a connection.
//!
//! They have no file and no line to point at, so unlike the problems of the other layers these end as one sentence in
//! a log or in front of the user, not as a `Diagnostic`.

use std::fmt;

/// Why a message could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not well-formed XML; the parser's reason.
    Xml(String),
    /// The text ends inside an element.
    Truncated,
    /// A reference to an entity that XML does not define.
    Entity(String),
    /// Values nested deeper than the limit.
    Depth(usize),
    /// A scalar whose text does not fit its type.
    Scalar {
        /// The type's element, such as `int`.
        kind: &'static str,
        /// What stood in it, cut to some characters.
        text: String,
    },
    /// An element without the child that it must have.
    Missing {
        /// The element.
        parent: &'static str,
        /// The child.
        child: &'static str,
    },
    /// A call without a method name.
    NoMethodName,
    /// An answer that is neither one value nor a fault.
    NotAResponse,
    /// A line that is no header of an event, cut to some characters.
    NoEventHeader(String),
    /// The head of a frame without its length.
    NoLength,
    /// A line that is no field of a head, cut to some characters.
    NoField(String),
    /// A head of more bytes than this.
    HeadTooLong(usize),
    /// A body of so many bytes.
    BodyTooLarge(usize),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xml(why) => write!(f, "not well-formed XML: {why}"),
            Self::Truncated => write!(f, "the text ends inside an element"),
            Self::Entity(name) => write!(f, "undefined entity `&{name};`"),
            Self::Depth(limit) => write!(f, "values are nested deeper than {limit}"),
            Self::Scalar { kind, text } => write!(f, "`{text}` is not of type `{kind}`"),
            Self::Missing { parent, child } => write!(f, "`<{parent}>` without `<{child}>`"),
            Self::NoMethodName => write!(f, "no method name"),
            Self::NotAResponse => write!(f, "neither one value nor a fault"),
            Self::NoEventHeader(line) => write!(f, "`{line}` is not the header of an event"),
            Self::NoLength => write!(f, "a head without `Content-Length`"),
            Self::NoField(line) => write!(f, "`{line}` is no field of a head"),
            Self::HeadTooLong(limit) => write!(f, "a head of more than {limit} bytes"),
            Self::BodyTooLarge(length) => write!(f, "a body of {length} bytes"),
        }
    }
}

impl std::error::Error for Problem {}
