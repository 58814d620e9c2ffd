//! The upstream of an nginx configuration: which servers are in it, and how one is marked as down and up again. Every other
//! byte stays.
//!
//! Deliberately absent: all other directives, which nginx itself checks, and files that are included.

use std::fmt;
use std::ops::Range;

use super::host;

/// A server of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address, as written.
    pub address: String,
    /// Where the word `down` stands, with the blanks before it.
    down: Option<Range<usize>>,
    /// Where the `;` stands.
    end: usize,
}

impl Server {
    /// Whether it gets no requests.
    pub fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether it listens there; `HOST` is port 80.
    pub fn is_at(&self, host: &str, port: u16) -> bool {
        host::parts(&self.address, 80).is_some_and(|own| own.1 == port && host::are_same(own.0, host))
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It has no upstream of this name; those that it has.
    NoUpstream {
        /// The name that was looked for.
        name: String,
        /// The names that there are.
        others: Vec<String>,
    },
    /// A block, a statement or a text in quotes does not end.
    Unfinished {
        /// The line on which it begins.
        line: usize,
    },
    /// The upstream has no such server.
    NoServer {
        /// The upstream.
        upstream: String,
        /// The server's address and port.
        address: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUpstream { name, others } if others.is_empty() => write!(f, "no upstream `{name}`, nor any other"),
            Self::NoUpstream { name, others } => {
                write!(f, "no upstream `{name}`; there is `{}`", others.join("`, `"))
            }
            Self::Unfinished { line } => write!(f, "line {line}: what begins here does not end"),
            Self::NoServer { upstream, address } => write!(f, "the upstream `{upstream}` has no server {address}"),
        }
    }
}

/// The servers of the upstream `name`.
pub fn servers(text: &str, name: &str) -> Result<Vec<Server>, Problem> {
    let mut others = Vec::new();
    let mut tokens = Tokens { text, at: 0 };
    let mut before: Vec<Token<'_>> = Vec::new();
    while let Some(token) = tokens.next()? {
        match token.text {
            ";" | "}" => before.clear(),
            "{" => {
                if let [Token { text: "upstream", .. }, own] = before.as_slice() {
                    if own.value() == name {
                        return inner(&mut tokens, token.start);
                    }
                    others.push(own.value().to_owned());
                }
                before.clear();
            }
            _ => before.push(token),
        }
    }
    Err(Problem::NoUpstream { name: name.to_owned(), others })
}

/// The text with the server of this address down, or not.
pub fn set(text: &str, name: &str, host: &str, port: u16, is_down: bool) -> Result<String, Problem> {
    let servers = servers(text, name)?;
    let mut edited = text.to_owned();
    let mut is_found = false;
    for server in servers.iter().rev().filter(|server| server.is_at(host, port)) {
        is_found = true;
        match &server.down {
            Some(range) if !is_down => edited.replace_range(range.clone(), ""),
            None if is_down => edited.insert_str(server.end, " down"),
            _ => {}
        }
    }
    let missing = || Problem::NoServer { upstream: name.to_owned(), address: format!("{host}:{port}") };
    if is_found { Ok(edited) } else { Err(missing()) }
}

/// The statements of an upstream, from behind its `{` to its `}`.
fn inner(tokens: &mut Tokens<'_>, opened: usize) -> Result<Vec<Server>, Problem> {
    let mut servers = Vec::new();
    let mut words: Vec<Token<'_>> = Vec::new();
    let mut depth = 0;
    while let Some(token) = tokens.next()? {
        match token.text {
            "}" if depth == 0 => return Ok(servers),
            "}" => depth -= 1,
            "{" => depth += 1,
            ";" => servers.extend(server(&words, token.start)),
            _ => {
                words.push(token);
                continue;
            }
        }
        words.clear();
    }
    Err(tokens.unfinished(opened))
}

fn server(words: &[Token<'_>], end: usize) -> Option<Server> {
    let [Token { text: "server", .. }, address, parameters @ ..] = words else { return None };
    let mut before = address;
    let mut down = None;
    for parameter in parameters {
        if parameter.text == "down" {
            down = Some(before.end()..parameter.end());
        }
        before = parameter;
    }
    Some(Server { address: address.value().to_owned(), down, end })
}

#[derive(Clone, Copy, Debug)]
struct Token<'t> {
    text: &'t str,
    start: usize,
}

impl Token<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Without its quotes.
    fn value(&self) -> &str {
        let quoted = |quote| self.text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        quoted('"').or_else(|| quoted('\'')).unwrap_or(self.text)
    }
}

struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    /// The next word, `;`, `{` or `}`, without comments.
    fn next(&mut self) -> Result<Option<Token<'t>>, Problem> {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                break;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let length = match first {
            ';' | '{' | '}' => 1,
            '"' | '\'' => quoted(rest, first).ok_or_else(|| self.unfinished(self.at))?,
            _ => word(rest),
        };
        let token = Token { text: &rest[..length], start: self.at };
        self.at += length;
        Ok(Some(token))
    }

    fn unfinished(&self, at: usize) -> Problem {
        Problem::Unfinished { line: self.text[..at].matches('\n').count() + 1 }
    }
}

/// The length of a text in quotes, with them.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a word: `${` and what is escaped belong to it.
fn word(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let is_variable = c == '{' && before == '$';
        if c == '\\' {
            chars.next();
        } else if c.is_whitespace() || matches!(c, ';' | '{') && !is_variable {
            return at;
        }
        before = c;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "# upstream web { server no; }\nupstream other { server a; }\nhttp {\n upstream \"web\" {\n  hash $x;\n  \
                        server 127.0.0.1:8001 weight=2; # first; }\n  server [::1]:8002  down  max_fails=1;\n  server c;\n }\n}\n";

    #[test]
    fn servers_are_found() {
        let found = servers(TEXT, "web").unwrap();
        let shown: Vec<_> = found.iter().map(|server| (server.address.as_str(), server.is_down())).collect();
        assert_eq!(shown, [("127.0.0.1:8001", false), ("[::1]:8002", true), ("c", false)]);
        assert!(found[1].is_at("::1", 8002) && found[2].is_at("C", 80) && !found[2].is_at("c", 8002));
        assert!(
            found[0].is_at("localhost", 8001)
                && found[1].is_at("127.0.0.1", 8002)
                && !found[0].is_at("localhost", 8002)
        );
    }

    #[test]
    fn one_is_down_and_up_again_and_all_else_stays() {
        let down = set(TEXT, "web", "127.0.0.1", 8001, true).unwrap();
        assert_eq!(down, TEXT.replace("weight=2;", "weight=2 down;"));
        assert_eq!(set(&down, "web", "127.0.0.1", 8001, true).unwrap(), down);
        assert_eq!(set(&down, "web", "127.0.0.1", 8001, false).unwrap(), TEXT);
        assert_eq!(set(TEXT, "web", "::1", 8002, false).unwrap(), TEXT.replace("8002  down", "8002"));
    }

    #[test]
    fn what_is_not_there_is_told() {
        let words = |text: &str, name: &str| set(text, name, "h", 1, true).unwrap_err().to_string();
        assert_eq!(words(TEXT, "shop"), "no upstream `shop`; there is `other`, `web`");
        assert_eq!(words("", "shop"), "no upstream `shop`, nor any other");
        assert_eq!(words(TEXT, "web"), "the upstream `web` has no server h:1");
        assert_eq!(words("\nupstream web {\n server a", "web"), "line 2: what begins here does not end");
        assert_eq!(words("\n\n'a", "web"), "line 3: what begins here does not end");
    }

    proptest! {
        #[test]
        fn any_text_can_be_edited(text in "(upstream w \\{ )?((server|h:1|down|w|[;{}#'\n])[ \n]?){0,12}", is_down: bool) {
            if let Ok(edited) = set(&text, "w", "h", 1, is_down) {
                let found = servers(&edited, "w").unwrap();
                prop_assert!(found.iter().filter(|s| s.is_at("h", 1)).all(|s| s.is_down() == is_down), "{}", edited);
            }
        }
    }
}
