//! Options of one section that must fit each other: what supervisord refuses though each of them is all right by itself.
//! The reader asks here, and so does whoever makes a section.

use super::options::Section;
use super::problem::Problem;
use super::values;

/// The most processes that a configuration can have. Each takes several file descriptors; the original has no limit,
/// and fills the memory.
pub const MAX_PROCESSES: i64 = 100_000;

/// The options that [`check`] looks at.
pub const OPTIONS: [&str; 10] = [
    "events",
    "socket",
    "numprocs",
    "process_name",
    "stopasgroup",
    "killasgroup",
    "buffer_size",
    "redirect_stderr",
    "username",
    "password",
];

/// Several processes need names that differ.
pub fn process_name(numprocs: i64, name: &str) -> Result<(), Problem> {
    if numprocs > 1 && !name.contains("%(process_num)") { Err(Problem::NoProcessNum) } else { Ok(()) }
}

/// How many processes there may be, of one section or of all.
pub fn number(number: i64) -> Result<(), Problem> {
    let limit = MAX_PROCESSES;
    if number > limit { Err(Problem::TooManyProcesses { number, limit }) } else { Ok(()) }
}

/// What is stopped as a group is killed as one.
pub fn group_signals(stop: bool, kill: bool) -> Result<(), Problem> {
    if stop && !kill { Err(Problem::StopButNotKillAsGroup) } else { Ok(()) }
}

/// A listener needs room for an event. `header` is that of its section.
pub fn buffer_size(header: &str, size: i64) -> Result<(), Problem> {
    if size < 1 { Err(Problem::BadBufferSize { section: header.to_owned(), size }) } else { Ok(()) }
}

/// The output of a listener is its protocol.
pub fn listener_output(header: &str, redirects: bool) -> Result<(), Problem> {
    if redirects { Err(Problem::ListenerRedirects { section: header.to_owned() }) } else { Ok(()) }
}

/// A server asks for a name and a password, or for nothing. `header` is that of its section.
pub fn credentials(header: &str, has_name: bool, has_password: bool) -> Result<(), Problem> {
    if has_name == has_password { Ok(()) } else { Err(Problem::IncompleteAuth { section: header.to_owned() }) }
}

/// What a section of this kind is for must be said: an empty text is none.
fn purpose(kind: Section, header: &str, text: Option<&str>) -> Result<(), Problem> {
    let section = || header.to_owned();
    match kind {
        Section::EventListener if text == Some("") => Err(Problem::NoEvents { section: section() }),
        Section::FcgiProgram if text == Some("") => Err(Problem::NoSocket { section: section() }),
        _ => Ok(()),
    }
}

/// What does not fit in a section of this kind, each with the option to blame. `get` gives the text of an option that is
/// set; a text that is wrong by itself is not looked at.
pub fn check<'t>(
    kind: Section,
    header: &str,
    get: impl Fn(&'static str) -> Option<&'t str>,
) -> Vec<(&'static str, Problem)> {
    let all = match kind {
        Section::InetHttpServer | Section::UnixHttpServer => {
            let (has_name, has_password) = (get("username").is_some(), get("password").is_some());
            let blamed = if has_name { "username" } else { "password" };
            vec![(blamed, credentials(header, has_name, has_password))]
        }
        kind if kind.is_program_like() => of_program(kind, header, get),
        _ => Vec::new(),
    };
    all.into_iter().filter_map(|(name, result)| Some((name, result.err()?))).collect()
}

fn of_program<'t>(
    kind: Section,
    header: &str,
    get: impl Fn(&'static str) -> Option<&'t str>,
) -> Vec<(&'static str, Result<(), Problem>)> {
    let integer = |name| get(name).and_then(|text| values::integer(text).ok());
    let boolean = |name| get(name).and_then(|text| values::boolean(text).ok());
    let numprocs = integer("numprocs").unwrap_or(1);
    let is_listener = kind == Section::EventListener;
    let blame = |name| if get(name).is_some() { name } else { "numprocs" };
    let purposeful = if is_listener { "events" } else { "socket" };
    vec![
        (purposeful, purpose(kind, header, get(purposeful))),
        (blame("process_name"), process_name(numprocs, get("process_name").unwrap_or_default())),
        ("numprocs", number(numprocs)),
        ("killasgroup", group_signals(boolean("stopasgroup") == Some(true), boolean("killasgroup") != Some(false))),
        ("buffer_size", integer("buffer_size").filter(|_| is_listener).map_or(Ok(()), |n| buffer_size(header, n))),
        ("redirect_stderr", listener_output(header, is_listener && boolean("redirect_stderr") == Some(true))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blamed(kind: Section, options: &[(&str, &str)]) -> Vec<&'static str> {
        let get = |name| options.iter().find(|(key, _)| *key == name).map(|(_, text)| *text);
        check(kind, "x", get).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn what_does_not_fit_is_found() {
        use Section::{EventListener, Group, Program};
        type Case = (Section, &'static [(&'static str, &'static str)], &'static [&'static str]);
        let cases: [Case; 13] = [
            (EventListener, &[("events", "")], &["events"]),
            (Section::FcgiProgram, &[("socket", "")], &["socket"]),
            (Section::InetHttpServer, &[("username", "u")], &["username"]),
            (Section::UnixHttpServer, &[("username", "u"), ("password", "p")], &[]),
            (Program, &[], &[]),
            (Program, &[("numprocs", "2")], &["numprocs"]),
            (Program, &[("numprocs", "2"), ("process_name", "x")], &["process_name"]),
            (Program, &[("numprocs", "2"), ("process_name", "%(process_num)d")], &[]),
            (Program, &[("numprocs", "many"), ("stopasgroup", "true")], &[]),
            (Program, &[("stopasgroup", "true"), ("killasgroup", "no")], &["killasgroup"]),
            (Program, &[("redirect_stderr", "true"), ("buffer_size", "0")], &[]),
            (EventListener, &[("redirect_stderr", "true"), ("buffer_size", "0")], &["buffer_size", "redirect_stderr"]),
            (Group, &[("numprocs", "2")], &[]),
        ];
        for (kind, options, expected) in cases {
            assert_eq!(blamed(kind, options), expected, "{options:?}");
        }
        assert_eq!(blamed(Program, &[("numprocs", "100001"), ("process_name", "%(process_num)d")]), ["numprocs"]);
    }
}
