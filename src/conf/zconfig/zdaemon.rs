//! A zdaemon.conf as a value, by zdaemon's schema.

use super::demand::{self, Demand, Need};
use super::eventlog::{self, EventLog, Format, Handler, Others, Rotation, Style, Target, facility, style};
use super::overrides;
use super::problem::{Finding, Problem};
use super::read::{self, Text};
use super::schema::{self, Kind};
use super::tree::{Key, Section};
use super::values::{self, Address};
use super::words;
use crate::base::{Diagnostic, Sources, Span};
use crate::conf::include::Context;

/// A configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zdaemon {
    /// `<runner>`.
    pub runner: Runner,
    /// `<environment>`, in the order of the text.
    pub environment: Vec<(String, String)>,
    /// The `<eventlog>` of `<runner>`, or that of the text.
    pub eventlog: Option<EventLog>,
}

/// `<runner>`: what is run, and how. Where there is a default, it is in force already.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the keys of the file, which docs/zdaemon.md describes; times are in seconds")]
pub struct Runner {
    pub program: Vec<String>,
    pub python: Option<String>,
    pub zdrun: Option<String>,
    pub socket_name: String,
    pub daemon: bool,
    pub directory: Option<String>,
    pub backoff_limit: i64,
    pub forever: bool,
    pub exit_codes: Vec<i64>,
    pub start_test_program: Option<Vec<String>>,
    pub start_timeout: i64,
    pub stop_timeout: i64,
    pub user: Option<String>,
    pub umask: u32,
    pub hang_around: bool,
    pub default_to_interactive: bool,
    pub logfile: Option<String>,
    pub transcript: Option<String>,
    pub prompt: Option<String>,
}

impl Default for Runner {
    fn default() -> Self {
        Self {
            program: Vec::new(),
            python: None,
            zdrun: None,
            socket_name: "zdsock".to_owned(),
            daemon: true,
            directory: None,
            backoff_limit: 10,
            forever: false,
            exit_codes: vec![0, 2],
            start_test_program: None,
            start_timeout: 300,
            stop_timeout: 300,
            user: None,
            umask: 0o022,
            hang_around: false,
            default_to_interactive: true,
            logfile: None,
            transcript: None,
            prompt: None,
        }
    }
}

/// What was read.
#[derive(Debug)]
pub struct Reading {
    /// The configuration; complete where there are no findings.
    pub config: Zdaemon,
    /// What it asks of the host.
    pub demands: Vec<Demand>,
    /// What is wrong, by place.
    pub findings: Vec<Finding>,
}

impl Reading {
    /// What is wrong, for people.
    pub fn diagnostics(&self) -> impl Iterator<Item = Diagnostic> {
        self.findings.iter().cloned().map(Diagnostic::from)
    }
}

/// Whether a text looks like this format rather than like INI: its first line that says something begins a section or
/// is a directive.
pub fn looks_like(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| line.starts_with(['<', '%']))
}

/// Reads `text`, which the user calls `name`, with the values of `-X` in place of its own.
pub fn read(sources: &mut Sources, name: &str, text: &str, specifiers: &[String], context: &Context<'_>) -> Reading {
    read_tree(sources, name, text, specifiers, context).1
}

/// As [`read()`], with what stands there, for those who look at that as well.
pub fn read_tree(
    sources: &mut Sources,
    name: &str,
    text: &str,
    specifiers: &[String],
    context: &Context<'_>,
) -> (Section, Reading) {
    let Text { mut top, imports, mut findings } = read::read(sources, name, text, context);
    let start = top.span;
    findings.extend(imports.into_iter().filter(|package| !is_built_in(package)).map(|package| {
        let at = text.find(package.as_str()).filter(|_| !package.is_empty());
        let span = at.map_or(start, |at| Span::new(start.file, at, at + package.len()));
        Finding::new(Problem::NotImported { package }, span)
    }));
    findings.extend(overrides::apply(&mut top, specifiers, sources));
    let reading = of_tree(&top, findings, context);
    (top, reading)
}

/// The configuration that a tree means; `findings` are known of it already.
pub fn of_tree(top: &Section, findings: Vec<Finding>, context: &Context<'_>) -> Reading {
    let mut reader = Reader { context, demands: Vec::new(), findings };
    let config = reader.config(top);
    let Reader { demands, mut findings, .. } = reader;
    findings.sort_by_key(|finding| finding.span);
    Reading { config, demands, findings }
}

/// The packages whose schemas are in the one that is built in.
fn is_built_in(package: &str) -> bool {
    matches!(package, "zdaemon" | "ZConfig.components.logger")
}

struct Reader<'a> {
    context: &'a Context<'a>,
    demands: Vec<Demand>,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn say(&mut self, problem: Problem, span: Span) {
        self.findings.push(Finding::new(problem, span));
    }

    fn config(&mut self, top: &Section) -> Zdaemon {
        self.check(top, &schema::KINDS[0]);
        let runner = top.section("runner");
        if runner.is_none() && self.findings.is_empty() {
            self.say(Problem::Missing { what: "section type 'runner'".to_owned() }, top.end);
        }
        let outer = top.section("eventlog").map(|section| self.eventlog(section));
        let inner = runner.and_then(|section| section.section("eventlog")).map(|section| self.eventlog(section));
        let environment = top.section("environment").map(|section| &section.keys[..]).unwrap_or_default();
        Zdaemon {
            runner: runner.map(|section| self.runner(section)).unwrap_or_default(),
            environment: environment.iter().map(|key| (key.name.clone(), key.value.clone())).collect(),
            eventlog: inner.or(outer),
        }
    }

    /// Names of keys and sections, and how many there are of each.
    fn check(&mut self, section: &Section, kind: &'static Kind) {
        self.check_keys(section, kind);
        let mut names: Vec<&str> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for child in &section.sections {
            let Some(child_kind) = schema::kind(&child.kind).filter(|kind| !kind.name.is_empty()) else {
                self.say(Problem::UnknownType { kind: child.kind.clone(), known: schema::names() }, child.span);
                continue;
            };
            if !kind.sections.contains(&child_kind.name) {
                let (kind, name) = (kind.sections.to_vec(), child.name.clone());
                self.say(Problem::Misplaced { kind: child.kind.clone(), name, allowed: kind }, child.span);
                continue;
            }
            self.check(child, child_kind);
            if seen.contains(&child_kind.name) && !child_kind.many {
                self.say(Problem::TooMany { kind: child.kind.clone() }, child.end);
            }
            seen.push(child_kind.name);
            if let Some(name) = &child.name {
                if names.contains(&name.as_str()) {
                    self.say(Problem::NameReused { name: name.clone() }, child.end);
                }
                names.push(name);
            }
        }
    }

    fn check_keys(&mut self, section: &Section, kind: &'static Kind) {
        let mut seen: Vec<String> = Vec::new();
        for key in &section.keys {
            let real = if kind.any_key { key.name.clone() } else { key.name.to_lowercase() };
            if !kind.any_key && !schema::is_key(&key.name) {
                self.say(Problem::BadKey { name: key.name.clone() }, key.name_span);
            } else if !kind.any_key && !kind.keys.contains(&real.as_str()) {
                let known = kind.keys.to_vec();
                self.say(Problem::UnknownKey { name: key.name.clone(), known }, key.name_span);
            } else if seen.contains(&real) && !kind.many_keys.contains(&real.as_str()) {
                let name = key.name.clone();
                let problem = if kind.any_key { Problem::TooManyOfAnyKey { name } } else { Problem::Repeated { name } };
                self.say(problem, key.name_span);
            }
            seen.push(real);
        }
        for name in kind.required.iter().filter(|name| section.key(name).is_none()) {
            let what = crate::conf::python::repr(name);
            self.say(Problem::Missing { what }, section.end);
        }
    }

    /// A value, or its default where there is none or a wrong one.
    fn value<T>(
        &mut self,
        section: &Section,
        name: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> T {
        let Some(key) = section.key(name) else { return default };
        parse(&key.value).unwrap_or_else(|problem| {
            self.say(problem, key.value_span);
            default
        })
    }

    fn path(&mut self, section: &Section, name: &str, need: fn(&str, &str) -> Need) -> Option<String> {
        let key = section.key(name)?;
        let path = self.context.expand_user(&key.value);
        self.demands.extend(need(&path, &key.value).map(|need| Demand::new(need, key.value_span)));
        Some(path)
    }

    fn runner(&mut self, section: &Section) -> Runner {
        let text = |name: &str| section.key(name).map(|key: &Key| key.value.clone());
        let default = Runner::default();
        Runner {
            program: self.value(section, "program", default.program, words::parse),
            python: self.path(section, "python", demand::existing),
            zdrun: self.path(section, "zdrun", demand::existing),
            socket_name: self.path(section, "socket-name", demand::socket).unwrap_or(default.socket_name),
            daemon: self.value(section, "daemon", default.daemon, values::boolean),
            directory: self.path(section, "directory", demand::directory),
            backoff_limit: self.value(section, "backoff-limit", default.backoff_limit, values::integer),
            forever: self.value(section, "forever", default.forever, values::boolean),
            exit_codes: self.value(section, "exit-codes", default.exit_codes, values::integers),
            start_test_program: self
                .value(section, "start-test-program", None, |text| words::parse(text).map(Some))
                .filter(|words: &Vec<String>| !words.is_empty()),
            start_timeout: self.value(section, "start-timeout", default.start_timeout, values::integer),
            stop_timeout: self.value(section, "stop-timeout", default.stop_timeout, values::integer),
            user: text("user"),
            umask: self.value(section, "umask", default.umask, values::umask),
            hang_around: self.value(section, "hang-around", default.hang_around, values::boolean),
            default_to_interactive: self.value(
                section,
                "default-to-interactive",
                default.default_to_interactive,
                values::boolean,
            ),
            logfile: self.path(section, "logfile", demand::file),
            transcript: self.path(section, "transcript", demand::file),
            prompt: text("prompt"),
        }
    }

    fn eventlog(&mut self, section: &Section) -> EventLog {
        let level = self.value(section, "level", 20, values::level);
        let handlers = section.sections.iter().filter_map(|handler| self.handler(handler)).collect();
        EventLog { level, handlers }
    }

    fn handler(&mut self, section: &Section) -> Option<Handler> {
        let (target, format) = match section.kind.as_str() {
            "logfile" => (self.logfile(section)?, r"------\n%(asctime)s %(levelname)s %(name)s %(message)s"),
            "syslog" => {
                let facility = self.value(section, "facility", 1, facility);
                let default = Address::Inet("localhost".to_owned(), 514);
                let address = self.value(section, "address", default, values::address);
                (Target::Syslog { facility, address }, "%(name)s %(message)s")
            }
            other => {
                // What is misplaced or unknown has been said.
                if schema::HANDLERS.contains(&other) {
                    let instead = "use `<logfile>` or `<syslog>`, and let something that reads them pass it on";
                    self.say(Problem::Unsupported { what: format!("<{other}>"), instead }, section.span);
                }
                return None;
            }
        };
        let level = self.value(section, "level", 0, values::level);
        let format = self.format(section, format)?;
        Some(Handler { level, target, format })
    }

    fn format(&mut self, section: &Section, default: &str) -> Option<Format> {
        let takes_others = self.value(section, "arbitrary-fields", false, values::boolean);
        let others = if takes_others { Others::Taken } else { Others::Refused };
        if let Some(key) = section.key("formatter") {
            // What is logged here has no tracebacks, in which alone the second differs.
            if !matches!(key.value.as_str(), "logging.Formatter" | "zope.exceptions.log.Formatter") {
                self.say(Problem::BadFormatter { name: key.value.clone() }, key.value_span);
            }
        }
        let style = self.value(section, "style", Style::Classic, style);
        let dateformat = section.key("dateformat").map_or("%Y-%m-%dT%H:%M:%S", |key| &key.value);
        if let Some(key) = section.key("dateformat")
            && let Err(why) =
                jiff::fmt::strtime::format(dateformat, &jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC))
        {
            self.say(Problem::BadFormat { why: format!("not a valid date format: {why}") }, key.value_span);
        }
        let (text, span) = section.key("format").map_or((default, section.span), |key| (&key.value, key.value_span));
        match Format::parse(text, style, others, dateformat) {
            Ok(format) => Some(format),
            Err(problem) => {
                self.say(problem, span);
                None
            }
        }
    }

    fn logfile(&mut self, section: &Section) -> Option<Target> {
        let key = section.key("path")?;
        let old_files = self.value(section, "old-files", 0, values::integer);
        let max_size = self.value(section, "max-size", 0, values::byte_size);
        let interval = self.value(section, "interval", 0, values::integer);
        let delay = self.value(section, "delay", false, values::boolean);
        let when = section.key("when").filter(|key| !key.value.is_empty());
        let encoding = section.key("encoding").filter(|key| !key.value.is_empty());
        let path = key.value.clone();
        if matches!(path.as_str(), "STDOUT" | "STDERR") {
            let problem = match () {
                () if max_size != 0 || old_files != 0 || when.is_some() => {
                    Some(Problem::CannotRotate { path: path.clone() })
                }
                () if delay => Some(Problem::CannotDelay { path: path.clone() }),
                () if encoding.is_some() => Some(Problem::CannotEncode { path: path.clone() }),
                () => None,
            };
            if let Some(problem) = problem {
                self.say(problem, key.value_span);
            }
            return Some(if path == "STDOUT" { Target::Stdout } else { Target::Stderr });
        }
        if let Some(key) = encoding.filter(|key| !is_utf8(&key.value)) {
            let what = format!("encoding {}", crate::conf::python::repr(&key.value));
            self.say(Problem::Unsupported { what, instead: "leave it out: it is UTF-8" }, key.value_span);
        }
        let rotates = max_size != 0 || old_files != 0 || when.is_some() || interval != 0;
        let rotation = match rotation(section, old_files, max_size, when, interval) {
            _ if !rotates => None,
            Ok(rotation) => Some(rotation),
            Err((problem, span)) => {
                self.say(problem, span);
                None
            }
        };
        Some(Target::File { path, rotation, delay })
    }
}

/// When a log is rotated that is to be.
fn rotation(
    section: &Section,
    old_files: i64,
    max_size: i64,
    when: Option<&Key>,
    interval: i64,
) -> Result<Rotation, (Problem, Span)> {
    match when {
        _ if old_files == 0 => Err((Problem::NoOldFiles, section.end)),
        Some(key) if max_size != 0 => Err((Problem::BothRotations, key.name_span)),
        Some(key) => {
            let when = eventlog::when(&key.value).map_err(|problem| (problem, key.value_span))?;
            // Without an interval it is one.
            let interval = if interval == 0 { 1 } else { interval };
            let span = section.key("interval").map_or(key.value_span, |key| key.value_span);
            let is_good =
                interval > 0 && interval.checked_mul(when.seconds()).is_some_and(|all| all < i64::from(u32::MAX));
            if is_good {
                Ok(Rotation::Time { when, interval, old_files })
            } else {
                Err((Problem::BadInterval { interval }, span))
            }
        }
        None if max_size == 0 => Err((Problem::NoRotation, section.end)),
        None => Ok(Rotation::Size { bytes: max_size, old_files }),
    }
}

fn is_utf8(encoding: &str) -> bool {
    matches!(encoding.to_lowercase().as_str(), "utf-8" | "utf8" | "utf_8" | "ascii" | "us-ascii")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::memory::Memory;
    use crate::conf::zconfig::tests::context;

    fn of(text: &str, specifiers: &[&str]) -> (Zdaemon, Vec<String>, Vec<Demand>) {
        let mut sources = Sources::new();
        let disk = Memory::default();
        let specifiers: Vec<String> = specifiers.iter().map(|text| (*text).to_owned()).collect();
        let reading = read(&mut sources, "/conf/z.conf", text, &specifiers, &context(&disk));
        let url = |name: &str| format!("file://{name}");
        let shown = reading.findings.iter();
        let shown = shown.map(|f| format!("{}: {}", sources.position(f.span), f.original(&sources, url))).collect();
        (reading.config, shown, reading.demands)
    }

    #[test]
    fn a_whole_configuration() {
        let text = "<runner>\n program sleep 100\n Socket-Name /run/x/s\n exit-codes\n umask 077\n forever yes\n \
                    start-test-program [\"sh\", \"-c\", \"exit 0\"]\n directory ~/x\n <eventlog>\n level debug\n </eventlog>\n\
                    </runner>\n<environment>\nPath a  b\nempty\n</environment>\n<eventlog/>\n";
        let (config, wrong, demands) = of(text, &[]);
        assert_eq!(wrong, [""; 0]);
        let runner = Runner {
            program: vec!["sleep".into(), "100".into()],
            socket_name: "/run/x/s".into(),
            exit_codes: vec![],
            umask: 0o77,
            forever: true,
            start_test_program: Some(vec!["sh".into(), "-c".into(), "exit 0".into()]),
            directory: Some("/home/joe/x".into()),
            ..Runner::default()
        };
        assert_eq!(config.runner, runner);
        assert_eq!(config.environment, [("Path".into(), "a  b".into()), ("empty".into(), String::new())]);
        assert_eq!(config.eventlog, Some(EventLog { level: 10, handlers: vec![] }));
        let folders: Vec<_> = demands.into_iter().map(|demand| demand.place).collect();
        let home = vec!["/home/joe/x".to_owned(), "/home/joe".to_owned()];
        assert_eq!(folders, [demand::Place::Folder(vec!["/run".into()]), demand::Place::Folder(home)]);
    }

    #[test]
    fn all_that_is_wrong_is_said_as_the_original_says_it() {
        let text = "<runner>\nbogus 1\ndaemon maybe\nbackoff-limit x\numask 9\n-y\nforever on\nForever on\n</runner>\n\
                    <runner>\nprogram a\n</runner>\n<zeo>\n</zeo>\n<logfile>\n</logfile>\n";
        let expected = [
            "2:1: 'bogus' is not a known key name",
            "3:8: not a valid boolean value: 'maybe' (line 3, in file:///conf/z.conf)",
            "4:15: invalid literal for int() with base 10: 'x' (line 4, in file:///conf/z.conf)",
            "5:7: invalid literal for int() with base 8: '9' (line 5, in file:///conf/z.conf)",
            "6:1: value did not match regular expression: '-y' (line 6, in file:///conf/z.conf)",
            "8:1: 'Forever' does not support multiple values",
            "9:1: no values for 'program'; 1 required\n(line 9 in file:///conf/z.conf)",
            "12:1: too many instances of 'runner' section\n(line 12 in file:///conf/z.conf)",
            "13:1: unknown type name: 'zeo'\n(line 13 in file:///conf/z.conf)",
            "15:1: no matching section defined for type='logfile', name='None'\n(line 15 in file:///conf/z.conf)",
        ];
        assert_eq!(of(text, &[]).1, expected);
        assert_eq!(of("# no\n", &[]).1, ["2:1: no values for section type 'runner'; 1 required"]);
    }

    #[test]
    fn handlers_are_known_or_refused() {
        let handler = |text: &str| {
            let text = format!("<runner>\nprogram a\n</runner>\n<eventlog>\n{text}\n</eventlog>\n");
            let (config, wrong, _) = of(&text, &[]);
            (config.eventlog.map(|log| log.handlers).unwrap_or_default(), wrong)
        };
        let (handlers, wrong) = handler("<logfile>\npath x\nmax-size 1kb\nold-files 2\nlevel warn\n</logfile>");
        assert_eq!(wrong, [""; 0]);
        assert_eq!(
            handlers[0].target,
            Target::File {
                path: "x".into(),
                rotation: Some(Rotation::Size { bytes: 1024, old_files: 2 }),
                delay: false
            }
        );
        assert_eq!(handlers[0].level, 30);
        let (handlers, wrong) = handler("<logfile>\npath x\nwhen w6\nold-files 2\n</logfile>");
        assert_eq!(wrong, [""; 0]);
        let rotation = Some(Rotation::Time { when: eventlog::When::Weekday(6), interval: 1, old_files: 2 });
        assert_eq!(handlers[0].target, Target::File { path: "x".into(), rotation, delay: false });
        let (handlers, _) = handler("<syslog>\naddress /dev/log\nfacility Daemon\n</syslog>");
        let address = Address::Unix("/dev/log".into());
        assert_eq!(handlers[0].target, Target::Syslog { facility: 3, address });
        for (text, why) in [
            ("<http-logger/>", "5:1: <http-logger> is not supported"),
            ("<email-notifier>\nfrom a\nto b\nto c\n</email-notifier>", "5:1: <email-notifier> is not supported"),
            ("<logfile>\npath STDOUT\nmax-size 1\n</logfile>", "6:6: cannot rotate STDOUT"),
            ("<logfile>\npath x\nmax-size 1\n</logfile>", "8:1: old-files must be set for log rotation"),
            ("<logfile>\npath x\nold-files 1\n</logfile>", "8:1: max-bytes or when must be set for log rotation"),
            ("<logfile>\npath x\nwhen X\nold-files 1\n</logfile>", "7:6: Invalid rollover interval specified: X"),
            ("<logfile>\npath x\nwhen D\ninterval -1\nold-files 1\n</logfile>", "8:10: interval -1 is below"),
            (
                "<logfile>\npath x\nwhen D\nmax-size 1\nold-files 1\n</logfile>",
                "7:1: can't set *both* max_bytes and when",
            ),
            ("<logfile>\npath x\nformat %(no)s\n</logfile>", "7:8: 'no'"),
            ("<logfile>\npath x\nformatter a.B\n</logfile>", "7:11: formatter 'a.B' is not built in"),
        ] {
            let (_, wrong) = handler(text);
            assert!(wrong.len() == 1 && wrong[0].starts_with(why), "{text}: {wrong:?}");
        }
    }

    #[test]
    fn the_command_line_replaces_values() {
        let text =
            "<runner>\nprogram a\nforever off\n</runner>\n<eventlog>\n<logfile>\npath x\n</logfile>\n</eventlog>\n";
        let given = ["runner/Forever=on", "runner/program=b c", "eventlog/logfile/path=STDERR"];
        let (config, wrong, _) = of(text, &given);
        assert_eq!(wrong, [""; 0]);
        assert_eq!(config.runner.program, ["b", "c"]);
        assert!(config.runner.forever);
        assert_eq!(config.eventlog.unwrap().handlers[0].target, Target::Stderr);
        let (_, wrong, _) = of(text, &["x", "a//b=1", "zeo/x=1", "runner/forever=maybe"]);
        let expected = [
            "1:1: invalid configuration specifier\n(line -1, column -1 in <command-line option>)",
            "1:1: '//' is not allowed in an option path\n(line -1, column -1 in <command-line option>)",
            "1:1: not all command line options were consumed",
            "1:16: not a valid boolean value: 'maybe'",
        ];
        assert_eq!(wrong, expected);
    }
}
