//! What is said over HAProxy's runtime socket: a line to it, a text back.
//!
//! The text of `show stat` is a table with a head, of which newer versions have more columns; they are found by their names.
//!
//! Deliberately absent: the socket, and which server is whose.

use std::fmt;

/// Asks for the table of all servers.
pub const SHOW_STAT: &str = "show stat -1 4 -1\n";

/// Asks for what a file of states holds, which HAProxy reads when it starts.
pub const SHOW_STATE: &str = "show servers state\n";

/// Asks what whoever asks may do.
pub const SHOW_LEVEL: &str = "show cli level\n";

/// What an administrator can make of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It gets what is new.
    Ready,
    /// It gets nothing new, but ends what it has.
    Drain,
    /// It gets nothing, and is not checked.
    Maintenance,
}

/// The command for it.
pub fn set(backend: &str, server: &str, wish: Wish) -> String {
    let word = match wish {
        Wish::Ready => "ready",
        Wish::Drain => "drain",
        Wish::Maintenance => "maint",
    };
    format!("set server {backend}/{server} state {word}\n")
}

/// The command that gives a server the weight back that the configuration says.
pub fn weigh(backend: &str, server: &str) -> String {
    format!("set server {backend}/{server} weight 100%\n")
}

/// What HAProxy makes of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It gets requests.
    Up,
    /// Its checks fail.
    Down,
    /// It ends what it has.
    Drain,
    /// It is in maintenance.
    Maintenance,
}

/// A server of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The backend.
    pub backend: String,
    /// Its name in it.
    pub name: String,
    /// `HOST:PORT`, where this version tells.
    pub address: Option<String>,
    /// How many sessions it has.
    pub sessions: u64,
    /// How it is.
    pub status: Status,
    /// Whether it weighs nothing, so that it gets nothing new, whatever its status says.
    pub is_weightless: bool,
}

/// Why an answer is not the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It has no head: what stands there instead.
    NoTable(String),
    /// A column is missing.
    NoColumn(&'static str),
    /// A line is shorter than the head.
    Short(String),
    /// What should be a number.
    NotNumber(String),
    /// A status that nobody knows.
    Unknown(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable(text) if text.is_empty() => f.write_str("its answer is empty"),
            Self::NoTable(text) => write!(f, "it says \"{text}\""),
            Self::NoColumn(name) => write!(f, "its table has no column `{name}`"),
            Self::Short(line) => write!(f, "its table has a line that is too short: \"{line}\""),
            Self::NotNumber(text) => write!(f, "\"{text}\" is no number of sessions"),
            Self::Unknown(text) => write!(f, "\"{text}\" is no status of a server"),
        }
    }
}

/// The first line of a text that is no table, as a reason. A command that succeeds says nothing.
pub fn refusal(answer: &str) -> Option<String> {
    answer.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

/// The level in the answer to [`SHOW_LEVEL`], if it is one that may not change servers. A `user` is not even shown where they
/// are. An old HAProxy does not know the question.
pub fn low_level(answer: &str) -> Option<&str> {
    Some(answer.trim()).filter(|level| ["user", "operator"].contains(level))
}

/// Whether a refusal is that of something that the level does not allow.
pub fn is_forbidden(refusal: &str) -> bool {
    refusal.starts_with("Permission denied")
}

/// The servers in the answer to [`SHOW_STAT`].
pub fn servers(answer: &str) -> Result<Vec<Server>, Problem> {
    let mut lines = answer.lines().filter(|line| !line.trim().is_empty());
    let head = lines.next().unwrap_or_default();
    let names = head.strip_prefix("# ").ok_or_else(|| Problem::NoTable(head.trim().to_owned()))?;
    let names = cells(names);
    let column = |name: &'static str| names.iter().position(|own| own == name).ok_or(Problem::NoColumn(name));
    let (backend, server, kind) = (column("pxname")?, column("svname")?, column("type")?);
    let (sessions, status) = (column("scur")?, column("status")?);
    let (address, weight) = (column("addr").ok(), column("weight").ok());
    let mut found = Vec::new();
    for line in lines {
        let cells = cells(line);
        let cell = |at: usize| cells.get(at).map(String::as_str).ok_or_else(|| Problem::Short(line.to_owned()));
        if cell(kind)? != SERVER {
            continue;
        }
        let count = cell(sessions)?;
        found.push(Server {
            backend: cell(backend)?.to_owned(),
            name: cell(server)?.to_owned(),
            address: address.and_then(|at| cells.get(at)).filter(|text| !text.is_empty()).cloned(),
            sessions: count.parse().map_err(|_| Problem::NotNumber(count.to_owned()))?,
            status: read_status(cell(status)?)?,
            is_weightless: weight.and_then(|at| cells.get(at)).is_some_and(|weight| weight == "0"),
        });
    }
    Ok(found)
}

/// The column `type` of a server.
const SERVER: &str = "2";

/// `UP`, `UP 1/3`, `no check`, `DOWN 1/2`, `MAINT (via a/b)` and so on.
fn read_status(text: &str) -> Result<Status, Problem> {
    let is = |word: &str| text == word || text.strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
    Ok(match text {
        _ if is("UP") || text == "no check" => Status::Up,
        _ if is("DOWN") || is("NOLB") => Status::Down,
        _ if is("DRAIN") => Status::Drain,
        _ if is("MAINT") => Status::Maintenance,
        _ => return Err(Problem::Unknown(text.to_owned())),
    })
}

/// The cells of a line; one in quotes may hold commas, and quotes twice.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().into_iter().for_each(|cell| cell.push('"'));
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TABLE: &str = "# pxname,svname,qcur,scur,status,weight,type,check_desc,addr,\n\
                         web,FRONTEND,,3,OPEN,,0,,,\n\
                         web,one,0,2,UP 1/3,0,2,\"Layer7, \"\"ok\"\"\",127.0.0.1:8001,\n\
                         web,two,0,0,MAINT (via a/b),10,2,,127.0.0.1:8002,\n\
                         web,BACKEND,0,2,UP,10,1,,,\n\n";

    #[test]
    fn servers_are_told_from_all_else() {
        let found = servers(TABLE).unwrap();
        let shown: Vec<_> = found.iter().map(|s| (s.name.as_str(), s.sessions, s.status, s.is_weightless)).collect();
        assert_eq!(shown, [("one", 2, Status::Up, true), ("two", 0, Status::Maintenance, false)]);
        assert_eq!(found[0].address.as_deref(), Some("127.0.0.1:8001"));
    }

    #[test]
    fn every_status_has_a_meaning() {
        let cases = [
            ("UP", Status::Up),
            ("no check", Status::Up),
            ("DOWN 1/2", Status::Down),
            ("NOLB", Status::Down),
            ("DRAIN", Status::Drain),
            ("MAINT (resolution)", Status::Maintenance),
        ];
        for (text, status) in cases {
            assert_eq!(read_status(text), Ok(status));
        }
        assert_eq!(read_status("UPPER"), Err(Problem::Unknown("UPPER".to_owned())));
    }

    #[test]
    fn what_is_no_table_is_told() {
        let words = |text: &str| servers(text).unwrap_err().to_string();
        assert_eq!(words("Permission denied\n"), "it says \"Permission denied\"");
        assert_eq!(words(""), "its answer is empty");
        assert_eq!(words("# pxname,svname,type,status\n"), "its table has no column `scur`");
        assert_eq!(words("# pxname,svname,type,status,scur\na,b\n"), "its table has a line that is too short: \"a,b\"");
        assert_eq!(words("# pxname,svname,type,status,scur\na,b,2,UP,x\n"), "\"x\" is no number of sessions");
        assert_eq!(refusal("\nNo such server.\n\n").as_deref(), Some("No such server."));
        assert_eq!(refusal("\n"), None);
        assert_eq!(
            ["user\n\n", "operator\n", "admin\n", "Unknown command\n"].map(|text| low_level(text).is_some()),
            [true, true, false, false]
        );
    }

    proptest! {
        #[test]
        fn any_answer_can_be_read(text in "(# pxname,svname,scur,status,type,addr\n)?[a2,\"\n ]{0,40}") {
            let _ = servers(&text);
        }
    }
}
