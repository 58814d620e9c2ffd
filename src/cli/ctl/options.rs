//! The options of `ctl`, by the original's names.

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::super::getopt::{self, Given, Opt};
use crate::agents::ctl::request::{Action, Request, names};
use crate::base::suggest::did_you_mean;
use crate::conf::monitor;

/// `%s` is the program's name.
const HELP: &str = "\
Usage: %s -a ACTION [options]

Watches the services of a cluster, and starts and stops them.

Options:
  -h, --help                show this text and exit
  -a, --action ACTION       what to do:
                              start   start or restart services
                              stop    stop services
                              check   check that services are available
                              repair  check, and start what is not available
                              mem     show the memory of the clients
                              log     search the logs since the last start
                              rotate  save the logs
                              purge   purge the proxy caches
  -v, --verbose             show everything that is done
  -c, --config FILE         the configuration (default: cluster.ini)
  -s, --services A,B,...    these services only
  -u, --url URL             the page that is asked for (default: /)
  -p, --pattern REGEX       log: search this instead of critical errors
  -P, --purge               start: purge the proxy caches, too
  -R, --rotate              start: rotate the logs of the services first
  -r, --remove              has no effect
      --dry-run             say what would be done, and change nothing
      --json                write the result as JSON

Exit status: 0 all is well, 1 something is wrong, 2 could not run, 128+N ended by signal N.
";

/// What an option sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Help,
    Action,
    Verbose,
    Config,
    Services,
    Url,
    Pattern,
    Remove,
    Purge,
    Rotate,
    DryRun,
    Json,
}

const fn opt(key: Key, short: Option<char>, long: &'static str, takes_value: bool) -> Opt<Key> {
    Opt { key, short, long: Some(long), takes_value }
}

const OPTIONS: &[Opt<Key>] = &[
    opt(Key::Help, Some('h'), "help", false),
    opt(Key::Action, Some('a'), "action", true),
    opt(Key::Verbose, Some('v'), "verbose", false),
    opt(Key::Config, Some('c'), "config", true),
    opt(Key::Services, Some('s'), "services", true),
    opt(Key::Url, Some('u'), "url", true),
    opt(Key::Pattern, Some('p'), "pattern", true),
    opt(Key::Remove, Some('r'), "remove", false),
    opt(Key::Purge, Some('P'), "purge", false),
    opt(Key::Rotate, Some('R'), "rotate", false),
    opt(Key::DryRun, None, "dry-run", false),
    opt(Key::Json, None, "json", false),
];

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) config: String,
    pub(super) is_verbose: bool,
    pub(super) is_json: bool,
    pub(super) request: Request,
}

/// Why there is nothing to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The help text was asked for.
    Help,
    /// What is wrong.
    Wrong(String),
}

impl Refusal {
    /// Says it, and gives the exit status.
    pub(super) fn print(self, argv0: &str) -> ExitCode {
        match self {
            Self::Help => {
                let printed = super::print(&HELP.replace("%s", argv0));
                printed.map_or_else(ExitCode::from, |()| ExitCode::SUCCESS)
            }
            Self::Wrong(why) => {
                let _ = writeln!(io::stderr(), "{why} (-h for see all options)");
                super::NOT_RUN.into()
            }
        }
    }
}

impl Options {
    /// Understands a command line, without the program's name.
    pub(super) fn read(words: Vec<String>) -> Result<Self, Refusal> {
        let wrong = |why: String| Err(Refusal::Wrong(why));
        let given = given(words)?;
        if given.iter().any(|option| option.key == Key::Help) {
            return Err(Refusal::Help);
        }
        let last = |key: Key| given.iter().rfind(|option| option.key == key).map(|option| option.value.as_str());
        let has = |key: Key| last(key).is_some();
        let Some(action) = last(Key::Action) else { return wrong("action is required".to_owned()) };
        let Some(action) = Action::named(action) else {
            let nearest = did_you_mean(action, Action::ALL.iter().map(|(name, _)| *name));
            let nearest = nearest.map(|nearest| format!(", {nearest}")).unwrap_or_default();
            return wrong(format!("there is no action {action}{nearest}"));
        };
        let pattern = last(Key::Pattern).map(str::to_owned);
        if let Some(Err(why)) = pattern.as_deref().map(monitor::pattern) {
            return wrong(format!("the pattern is no regular expression: {why}"));
        }
        let services = last(Key::Services).map(|text| names(text).collect::<Vec<_>>());
        if services.as_ref().is_some_and(Vec::is_empty) {
            return wrong("-s names no service".to_owned());
        }
        Ok(Self {
            config: last(Key::Config).unwrap_or("cluster.ini").to_owned(),
            is_verbose: has(Key::Verbose),
            is_json: has(Key::Json),
            request: Request {
                action,
                services,
                url: last(Key::Url).unwrap_or("/").to_owned(),
                pattern,
                purge: has(Key::Purge),
                rotate: has(Key::Rotate),
                dry_run: has(Key::DryRun),
            },
        })
    }
}

/// The options in order. A word that is none goes on with the list of services before it, as `-s a, b` has a blank.
fn given(words: Vec<String>) -> Result<Vec<Given<Key>>, Refusal> {
    let mut all: Vec<Given<Key>> = Vec::new();
    let mut words = words;
    loop {
        let (given, mut rest) = getopt::parse(OPTIONS, words).map_err(|why| Refusal::Wrong(why.to_string()))?;
        all.extend(given);
        if rest.is_empty() {
            return Ok(all);
        }
        let word = rest.remove(0);
        match all.last_mut().filter(|option| option.key == Key::Services) {
            Some(list) if list.value.trim_end().ends_with(',') || word.starts_with(',') => list.value.push_str(&word),
            _ => {
                let hint = Action::named(&word).map(|_| format!("; expected `-a {word}`")).unwrap_or_default();
                return Err(Refusal::Wrong(format!("{word} is no option{hint}")));
            }
        }
        words = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Options, Refusal> {
        Options::read(line.split_whitespace().map(str::to_owned).collect())
    }

    fn wrong(line: &str) -> String {
        match of(line) {
            Err(Refusal::Wrong(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_are_the_originals() {
        let options = of("-v -a start -c x.ini -s a, b ,c -u /x -P -R --dry-run --json").unwrap();
        assert_eq!(options.request.services, Some(vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!((options.config.as_str(), options.request.url.as_str()), ("x.ini", "/x"));
        assert!(options.is_verbose && options.is_json && options.request.purge && options.request.rotate);
        let plain = of("--act=check -r").unwrap();
        assert_eq!((plain.config.as_str(), plain.request.services), ("cluster.ini", None));
        assert_eq!(of("-a check -h"), Err(Refusal::Help));
    }

    #[test]
    fn slips_are_told() {
        assert_eq!(wrong("-v"), "action is required");
        assert_eq!(wrong("-a chek"), "there is no action chek, did you mean `check`?");
        assert_eq!(wrong("-a check -s ,"), "-s names no service");
        assert_eq!(wrong("-a check -s a b"), "b is no option");
        assert_eq!(wrong("start"), "start is no option; expected `-a start`");
        assert!(wrong("-a log -p (").starts_with("the pattern is no regular expression: "));
        assert_eq!(wrong("-x"), "option -x not recognized");
    }
}
