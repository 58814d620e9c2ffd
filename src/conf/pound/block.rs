//! The backends of a pound.cfg: a live block begins with a line `BackEnd` and ends with the next `End`; one that is commented
//! out has a `#` before each of its lines, and no line in it that is no comment.

use std::ops::Range;

use super::{Client, Problem};

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its lines, counted from 0.
    pub lines: Range<usize>,
    /// How many `#` stand before each line; 0 for a live one.
    pub hashes: usize,
    /// The line with the mark of a `ctl`, if it has one.
    pub mark: Option<usize>,
    /// The number of the `Service` it is in, from 0.
    pub service: Option<usize>,
    address: Option<String>,
    port: Option<u16>,
}

impl Block {
    /// Whether Pound sees it.
    pub fn is_live(&self) -> bool {
        self.hashes == 0
    }

    /// Its address and its port, if it has both.
    pub fn end(&self) -> Option<(&str, u16)> {
        Some((self.address.as_deref()?, self.port?))
    }

    /// Whether it is this client's.
    pub fn is_of(&self, client: &Client) -> bool {
        let is_same = |address: &String| address.eq_ignore_ascii_case(&client.address);
        self.port == Some(client.port) && self.address.as_ref().is_some_and(is_same)
    }
}

/// All blocks, in their order.
pub fn blocks(text: &str) -> Result<Vec<Block>, Problem> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut found = Vec::new();
    let mut service = None;
    let mut at = 0;
    while at < lines.len() {
        if is_service(lines[at]) {
            service = Some(service.map_or(0, |number: usize| number + 1));
        }
        match block(&lines, at, service)? {
            Some(block) => {
                at = block.lines.end;
                found.push(block);
            }
            None => at += 1,
        }
    }
    Ok(found)
}

/// Whether a service begins on this line.
pub fn is_service(line: &str) -> bool {
    is_word(line, "Service")
}

fn is_word(line: &str, word: &str) -> bool {
    first_word(line).eq_ignore_ascii_case(word)
}

fn first_word(line: &str) -> &str {
    line.split_ascii_whitespace().next().unwrap_or_default()
}

/// How many `#` a line begins with, and what is behind them.
fn uncommented(line: &str) -> (usize, &str) {
    let line = line.trim_start();
    let rest = line.trim_start_matches('#');
    (line.len() - rest.len(), rest)
}

/// Whether a line is the mark of a `ctl`: `### NAME (DATE) ###`.
fn is_mark(line: &str) -> bool {
    let inner = line.trim().strip_prefix("### ").and_then(|rest| rest.strip_suffix(" ###"));
    inner.is_some_and(|inner| inner.ends_with(')') && inner.contains(" ("))
}

/// The block that begins on this line, if one does.
fn block(lines: &[&str], start: usize, service: Option<usize>) -> Result<Option<Block>, Problem> {
    let (hashes, rest) = uncommented(lines[start]);
    // One with a name stands for itself elsewhere, and is referred to.
    if !rest.trim().eq_ignore_ascii_case("BackEnd") {
        return Ok(None);
    }
    let mut block = Block { lines: start..start, hashes, mark: None, service, address: None, port: None };
    for (at, line) in lines.iter().enumerate().skip(start + 1) {
        if is_mark(line) {
            block.mark = Some(at);
            continue;
        }
        let (own, rest) = uncommented(line);
        let is_comment = own > 0;
        if hashes == 0 && is_comment {
            continue;
        }
        let is_cut_off = is_word(rest, "BackEnd") || is_word(rest, "Service");
        if is_cut_off || (hashes > 0 && !is_comment && !rest.trim().is_empty()) {
            break;
        }
        let value = || rest.split_ascii_whitespace().nth(1).map(|value| value.trim_matches('"'));
        match first_word(rest).to_ascii_lowercase().as_str() {
            "address" => block.address = value().map(str::to_owned),
            "port" => block.port = value().and_then(|port| port.parse().ok()),
            "end" => {
                block.lines.end = at + 1;
                return Ok(Some(block));
            }
            _ => {}
        }
    }
    // What looks like one in a comment is a comment.
    if hashes > 0 { Ok(None) } else { Err(Problem::NoEnd { line: start + 1 }) }
}
