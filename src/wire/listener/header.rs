//! The line that comes before each payload.

use std::fmt;

use crate::wire::problem::Problem;

/// The line that comes before each payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `identifier` of the daemon.
    pub server: String,
    /// Number of the event, the same in all pools.
    pub serial: u64,
    /// Name of the listener's group.
    pub pool: String,
    /// Number of the event in that pool.
    pub poolserial: u64,
    /// Its type.
    pub eventname: String,
    /// Characters of the payload.
    pub len: usize,
}

/// The line without its end.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, serial, pool, poolserial, eventname, len } = self;
        write!(f, "ver:3.0 server:{server} serial:{serial} pool:{pool} poolserial:{poolserial} ")?;
        write!(f, "eventname:{eventname} len:{len}")
    }
}

impl Header {
    /// Reads the line, as tolerantly as listeners do: in any order, with words that it does not know (an identifier may
    /// hold blanks). Only the type and the length must be there.
    pub fn parse(line: &str) -> Result<Self, Problem> {
        let value = |key: &str| tokens(line).find_map(|(k, value)| (k == key).then_some(value));
        let text = |key| value(key).map(str::to_owned);
        let refuse = || Problem::NoEventHeader(line.chars().take(80).collect());
        let number = |key| value(key).and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(Self {
            server: text("server").unwrap_or_default(),
            serial: number("serial"),
            pool: text("pool").unwrap_or_default(),
            poolserial: number("poolserial"),
            eventname: text("eventname").ok_or_else(refuse)?,
            len: value("len").and_then(|text| text.parse().ok()).ok_or_else(refuse)?,
        })
    }
}

/// An event as it is written to a listener. The header must tell the length of this payload.
pub fn envelope(header: &Header, payload: &str) -> Vec<u8> {
    format!("{header}\n{payload}").into_bytes()
}

/// The `key:value` words of a header, or of the first line of a payload.
pub fn tokens(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split_whitespace().filter_map(|word| word.split_once(':'))
}
