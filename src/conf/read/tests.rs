//! The behaviour of the original, case by case: what is read, and in which words it is refused.

use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;

use super::{Client, Reading, read, read_client};
use crate::base::Sources;
use crate::base::seams::{ConfFiles, Files, ReadError};
use crate::conf::check::{Question, tests::Host};
use crate::conf::diff::{ReloadDiff, reload_diff};
use crate::conf::expand::Environ;
use crate::conf::include::Context;
use crate::conf::model::{Address, Autorestart, ChildLog, Group, GroupKind, LogLevel, MainLog, Process};
use crate::conf::options::{OPTIONS, Section};
use crate::conf::together::MAX_PROCESSES;

/// A disk in memory.
#[derive(Default)]
struct Disk(BTreeMap<&'static str, &'static str>);

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        match self.0.get(path) {
            Some(&"(not UTF-8)") => Err(ReadError::NotUtf8 { line: 1, column: 1, shown: String::new() }),
            Some(&"(denied)") => Err(ReadError::Other("permission denied".to_owned())),
            Some(text) => Ok((*text).to_owned()),
            None => Err(ReadError::NotFound),
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }
}

impl ConfFiles for Disk {
    fn list(&self, directory: &str) -> Vec<String> {
        let names = self.0.keys().filter_map(|path| path.strip_prefix(directory)?.strip_prefix('/'));
        names.rev().filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }

    fn home(&self, user: &str) -> Option<String> {
        (user == "alice").then(|| "/home/alice".to_owned())
    }
}

/// With `f` on what a reading is relative to: `/etc/s/conf`, the directory `/srv`, HOME and X, a host called `node`.
fn in_context<T>(disk: &Disk, f: impl FnOnce(&Context<'_>) -> T) -> T {
    let environ: Environ = [("HOME", "/home/me"), ("X", "a%b")].into_iter().collect();
    f(&Context { files: disk, environ: &environ, host_node_name: "node", directory: "/srv", tempdir: "/tmp" })
}

fn read_with(files: &[(&'static str, &'static str)], text: &str) -> Reading {
    let disk = Disk(files.iter().copied().collect());
    in_context(&disk, |context| read(&mut Sources::new(), "/etc/s/conf", text, context))
}

fn errors(text: &str) -> Vec<String> {
    read_with(&[], text).errors.iter().map(|finding| finding.problem.to_string()).collect()
}

/// What is refused in a conf that has an empty `[supervisord]` besides.
fn error(text: &str) -> String {
    let mut errors = errors(&format!("[supervisord]\n{text}"));
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn groups(text: &str) -> Vec<Group> {
    let reading = read_with(&[], &format!("[supervisord]\n{text}"));
    assert_eq!(reading.errors, [], "{text}");
    reading.config.groups
}

fn processes(text: &str) -> Vec<Process> {
    let mut groups = groups(text);
    assert_eq!(groups.len(), 1);
    groups.remove(0).processes.into_iter().map(Rc::unwrap_or_clone).collect()
}

fn process(text: &str) -> Process {
    let mut processes = processes(text);
    assert_eq!(processes.len(), 1);
    processes.remove(0)
}

fn warnings(text: &str) -> Vec<String> {
    let reading = read_with(&[], &format!("[supervisord]\n{text}"));
    reading.warnings.into_iter().map(|notice| notice.text).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn an_empty_section_has_all_defaults() {
    let main = read_with(&[], "[supervisord]").config.supervisord;
    assert_eq!(main.logfile, MainLog::Path("/srv/supervisord.log".to_owned()));
    assert_eq!((main.logfile_maxbytes, main.logfile_backups, main.loglevel), (50 << 20, 10, LogLevel::Info));
    assert_eq!((main.pidfile.as_str(), main.umask), ("/srv/supervisord.pid", 0o22));
    assert_eq!((main.minfds, main.minprocs, main.childlogdir.as_str()), (1024, 200, "/tmp"));
    assert!(!(main.nodaemon || main.silent || main.nocleanup || main.strip_ansi));
    assert_eq!((main.user, main.directory, main.environment), (None, None, vec![]));
    assert_eq!(main.identifier, "supervisor");
}

#[test]
fn a_program_has_all_defaults() {
    let a = process("[program:a]\ncommand=x");
    assert_eq!((a.name.as_str(), a.command.as_str(), a.priority), ("a", "x", 999));
    assert_eq!((a.autostart, a.autorestart), (true, Autorestart::Unexpected));
    assert_eq!((a.startsecs, a.startretries, a.exitcodes), (1, 3, vec![0]));
    assert_eq!((a.stopsignal, a.stopwaitsecs, a.stopasgroup, a.killasgroup), (15, 10, false, false));
    assert_eq!((a.user, a.umask, a.directory, a.serverurl), (None, None, None, None));
    assert_eq!((a.stdout.logfile, a.stdout.logfile_maxbytes, a.stdout.logfile_backups), (ChildLog::Auto, 50 << 20, 10));
    assert_eq!((a.stderr.capture_maxbytes, a.stderr.events_enabled, a.stderr.syslog), (0, false, false));
}

#[test]
fn paths_of_the_daemon_are_made_absolute() {
    let text = "[supervisord]\nlogfile=~/log/../x\npidfile=%(here)s/p\nchildlogdir=~alice/l\ndirectory=~bob";
    let main = read_with(&[], text).config.supervisord;
    assert_eq!(main.logfile, MainLog::Path("/home/me/x".to_owned()));
    assert_eq!(main.pidfile, "/etc/s/p");
    assert_eq!(main.childlogdir, "/home/alice/l");
    assert_eq!(main.directory.as_deref(), Some("~bob"));
    assert_eq!(read_with(&[], "[supervisord]\nlogfile=syslog").config.supervisord.logfile, MainLog::Syslog);
}

#[test]
fn many_processes_come_from_one_section() {
    let text = "[program:a]\ncommand=x %(process_num)02d %(group_name)s\nnumprocs=2\nnumprocs_start=8\n\
                process_name=%(program_name)s_%(process_num)d\nstdout_logfile=/l/%(process_num)d.%(host_node_name)s";
    let all = processes(text);
    assert_eq!(all.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["a_8", "a_9"]);
    assert_eq!(all[1].command, "x 09 a");
    assert_eq!(all[0].stdout.logfile, ChildLog::Path("/l/8.node".to_owned()));
    assert_eq!(processes("[program:a]\ncommand=x\nnumprocs=0"), []);
}

#[test]
fn variables_are_known_further_down() {
    let text = "[supervisord]\nenvironment=A=\"1\",B=\"2\",H=\"%(host_node_name)s\"\n[program:a]\n\
                environment=B=\"3\",C=\"%(ENV_A)s\"\ncommand=%(ENV_A)s %(ENV_B)s %(ENV_C)s %(ENV_X)s";
    let reading = read_with(&[], text);
    assert_eq!(reading.errors, []);
    let a = &reading.config.groups[0].processes[0];
    assert_eq!(a.command, "1 3 1 a%b");
    assert_eq!(a.environment, [pair("A", "1"), pair("B", "3"), pair("H", "node"), pair("C", "1")]);
    // These are expanded twice.
    let text = "[supervisord]\nenvironment=A=\"%%%%\"\n[program:a]\ncommand=%%\nstdout_logfile=%%%%";
    let reading = read_with(&[], text);
    assert_eq!(reading.config.supervisord.environment, [pair("A", "%")]);
    assert_eq!(reading.config.groups[0].processes[0].stdout.logfile, ChildLog::Path("%".to_owned()));
    assert_eq!(reading.config.groups[0].processes[0].command, "%");
}

#[test]
fn groups_take_programs_in() {
    let text = "[group:g]\nprograms=b, a\npriority=5\n[program:a]\ncommand=x\npriority=1\n[program:b]\ncommand=x\n\
                [program:c]\ncommand=%(group_name)s\npriority=2\n[fcgi-program:f]\ncommand=x\nsocket=tcp://h:1";
    let all = groups(text);
    let names: Vec<_> = all.iter().map(|group| (group.name.as_str(), group.priority)).collect();
    assert_eq!(names, [("c", 2), ("g", 5), ("f", 999)]);
    assert_eq!(all[1].processes.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(groups("[group:g]")[0].processes, []);
    // A program may be in several groups.
    assert_eq!(groups("[group:g]\nprograms=a\n[group:h]\nprograms=a\n[program:a]\ncommand=x").len(), 2);
}

#[test]
fn listeners_have_a_group_that_starts_first() {
    let all = groups("[eventlistener:l]\ncommand=x\nevents=tick_5,TICK_5, event");
    let events = vec!["TICK_5".to_owned(), "EVENT".to_owned()];
    let result_handler = "supervisor.dispatchers:default_handler".to_owned();
    assert_eq!(all[0].kind, GroupKind::EventListener { events, buffer_size: 10, result_handler });
    assert_eq!((all[0].priority, all[0].processes[0].priority), (-1, 999));
}

#[test]
fn sockets_of_fastcgi_programs() {
    let socket = |text: &str| match groups(&format!("[fcgi-program:f]\ncommand=x\n{text}")).remove(0).kind {
        GroupKind::FastCgi(socket) => socket,
        kind => panic!("{kind:?}"),
    };
    let unix = socket("socket=unix:///a/../%(program_name)s.sock\nsocket_owner=a:b\nsocket_backlog=7");
    assert_eq!((unix.url.as_str(), unix.mode, unix.backlog), ("unix:///f.sock", Some(0o700), Some(7)));
    assert_eq!(unix.owner.as_deref(), Some("a:b"));
    let tcp = socket("socket=tcp://LocalHost:80");
    assert_eq!((tcp.url.as_str(), tcp.mode, tcp.backlog), ("tcp://localhost:80", None, None));
}

#[test]
fn servers_are_opened_inet_first() {
    let text = "[unix_http_server]\nfile=%(here)s/s\nchown=a:b\n[inet_http_server:x]\nport=*:9001\nusername=u\n\
                password=%%\n[supervisord]\n[inet_http_server]\nport=H:1\nusername=\npassword=";
    let servers = read_with(&[], text).config.servers;
    let sections: Vec<_> = servers.iter().map(|server| server.section.as_str()).collect();
    assert_eq!(sections, ["inet_http_server:x", "inet_http_server", "unix_http_server"]);
    assert_eq!(servers[0].address, Address::Inet { host: String::new(), port: 9001 });
    assert_eq!(servers[0].auth.as_ref().unwrap().password, "%");
    assert_eq!(servers[1].auth, None);
    let (file, chown) = ("/etc/s/s".to_owned(), Some("a:b".to_owned()));
    assert_eq!(servers[2].address, Address::Unix { file, chmod: 0o700, chown });
}

#[test]
fn processes_are_told_of_a_unix_socket_first() {
    let url = |servers: &str| read_with(&[], &format!("[supervisord]\n{servers}")).config.serverurl();
    assert_eq!(url(""), None);
    let ports = "[inet_http_server]\nport=h:1\n[inet_http_server:b]\nport=*:2\n";
    assert_eq!(url(ports).as_deref(), Some("http://localhost:2"));
    assert_eq!(url(&format!("{ports}[unix_http_server]\nfile=/s")).as_deref(), Some("unix:///s"));
    assert_eq!(url("[inet_http_server]\nport=::1:2\n").as_deref(), Some("http://[::1]:2"));
}

#[test]
fn values_are_refused_with_their_section_and_file() {
    let error = |line: &str| error(&format!("[program:a]\ncommand=x\n{line}"));
    let within = " in section 'program:a' (file: '/etc/s/conf')";
    for (line, text) in [
        ("startsecs=q", "invalid literal for int() with base 10: 'q'"),
        ("autostart=foo", "not a valid boolean value: 'foo'"),
        ("umask=9", "9 can not be converted to an octal type"),
        ("exitcodes=256", "not a valid list of exit codes: '256'"),
        ("stopsignal=FOO", "value 'FOO' is not a valid signal name"),
        ("autorestart=Foo", "invalid 'autorestart' value 'foo'"),
        ("stdout_logfile_maxbytes=1.5MB", "invalid literal for int() with base 10: '1.5'"),
        ("environment=A", "Unexpected end of key/value pairs in value 'A'"),
        ("environment=A='", "No closing quotation"),
        ("process_name=a b", "Invalid name: 'a b' because of character: ' '"),
        ("numprocs=2", "%(process_num) must be present within process_name when numprocs > 1"),
        ("stopasgroup=true\nkillasgroup=false", "Cannot set stopasgroup=true and killasgroup=false"),
        ("directory=%", "Format string '%' for 'program:a.directory' is badly formatted: incomplete format"),
        ("environment=%", "Format string '%' for 'environment' is badly formatted: incomplete format"),
        ("stderr_logfile=%%", "Format string '%' for 'stderr_logfile' is badly formatted: incomplete format"),
        ("process_name=%", "Format string '%' for 'process_name' is badly formatted: incomplete format"),
    ] {
        assert_eq!(error(line), format!("{text}{within}"));
    }
}

#[test]
fn names_that_are_not_known_are_told_with_those_that_are() {
    assert_eq!(
        error("[program:a]\ncommand=%(foo)s"),
        "Format string '%(foo)s' for 'program:a.command' contains names ('foo') which cannot be expanded. Available \
         names: ENV_HOME, ENV_X, group_name, here, host_node_name, numprocs, process_num, program_name in section \
         'program:a' (file: '/etc/s/conf')"
    );
}

#[test]
fn sections_are_refused_in_the_words_of_the_original() {
    for (conf, text) in [
        (
            "[program:a]",
            "program section program:a does not specify a command in section 'program:a' (file: '/etc/s/conf')",
        ),
        ("[group:g]\nprograms=a", "[group:g] names unknown program or fcgi-program a"),
        (
            "[group:g]\nprograms=a\n[program:a]\ncommand=x\n[fcgi-program:a]\ncommand=x\nsocket=tcp://h:1",
            "[group:g] name a is ambiguous (exists as program and fcgi-program)",
        ),
        ("[group:a b]", "Invalid name: 'a b' because of character: ' '"),
        ("[eventlistener:l]\ncommand=x", "[eventlistener:l] section requires an \"events\" line"),
        ("[eventlistener:l]\ncommand=x\nevents=FOO", "Unknown event type FOO in [eventlistener:l] events"),
        (
            "[eventlistener:l]\ncommand=x\nevents=EVENT\nbuffer_size=0",
            "[eventlistener:l] section sets invalid buffer_size (0)",
        ),
        (
            "[eventlistener:l]\ncommand=x\nevents=EVENT\nredirect_stderr=true",
            "[eventlistener:l] section sets redirect_stderr=true but this is not allowed because it will interfere \
             with the eventlistener protocol",
        ),
        ("[fcgi-program:f]\ncommand=x", "[fcgi-program:f] section requires a \"socket\" line"),
        ("[fcgi-program:f]\ncommand=x\nsocket=foo", "('Bad socket format %s', 'foo') in [fcgi-program:f] socket"),
        (
            "[fcgi-program:f]\ncommand=x\nsocket=tcp://h:1\nsocket_mode=0700",
            "socket_owner and socket_mode params should only be used with a Unix domain socket in [fcgi-program:f] \
             socket",
        ),
        ("[fcgi-program:f]\ncommand=x\nsocket=unix:///x\nsocket_mode=9", "Invalid socket_mode value 9"),
        ("[fcgi-program:f]\ncommand=x\nsocket=unix:///x\nsocket_backlog=0", "Invalid socket_backlog value 0"),
        ("[inet_http_server]", "section [inet_http_server] has no port value"),
        ("[inet_http_server]\nport=foo", "not a valid port number: 'foo' "),
        ("[unix_http_server]", "section [unix_http_server] has no file value"),
        ("[unix_http_server]\nfile=x\nchmod=9", "Invalid chmod value 9"),
        (
            "[inet_http_server]\nport=1\nusername=u",
            "Section [inet_http_server] contains incomplete authentication: If a username or a password is \
             specified, both the username and password must be specified",
        ),
        ("[rpcinterface:x]", "section [rpcinterface:x] does not specify a supervisor.rpcinterface_factory"),
        ("loglevel=foo", "bad logging level name 'foo'"),
        ("[include]", ".ini file has [include] section, but no files setting"),
        ("junk", "Source contains parsing errors: '/etc/s/conf'\n\t[line  2]: 'junk'"),
    ] {
        assert_eq!(error(conf), text);
    }
    assert_eq!(errors(""), [".ini file does not include supervisord section"]);
}

#[test]
fn all_errors_are_found_in_the_order_of_the_original() {
    let text = "[supervisord]\njunk\nloglevel=x\nminfds=q\n[inet_http_server]\n[program:a]\numask=9\nstartsecs=q\n";
    let found = errors(text);
    let starts = [
        "Source",
        "invalid literal",
        "bad logging",
        "invalid literal",
        "9 can not",
        "program section",
        "section [inet",
    ];
    assert_eq!(found.len(), starts.len(), "{found:?}");
    for (message, start) in found.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn a_fault_is_told_once_however_often_it_is_read() {
    let program = "[program:a]\ncommand=%\nnumprocs=9\nprocess_name=%(process_num)d";
    error(&format!("[group:g]\nprograms=a\n[group:h]\nprograms=a\n{program}"));
}

#[test]
fn findings_point_into_the_value() {
    let text = "[supervisord]\n[group:g]\nprograms = a,\n   zz\n[program:a]\ncommand = x\n";
    let mut sources = Sources::new();
    let reading = in_context(&Disk::default(), |context| read(&mut sources, "conf", text, context));
    let span = reading.errors[0].span.unwrap();
    assert_eq!((sources.slice(span), sources.place(span).as_str()), ("zz", "conf:4:4"));
    let diagnostics: Vec<_> = reading.diagnostics().into_iter().collect();
    assert_eq!(diagnostics[0].code, "conf-unknown-program");
}

#[test]
fn there_is_a_limit_to_processes() {
    let conf = |n: i64| format!("[supervisord]\n[program:a]\ncommand=x\nprocess_name=%(process_num)d\nnumprocs={n}");
    assert_eq!(read_with(&[], &conf(1_000)).config.groups[0].processes.len(), 1_000);
    assert!(errors(&conf(MAX_PROCESSES + 1))[0].starts_with("100001 processes are more than the limit of 100000"));
    assert_eq!(errors(&conf(i64::MAX)).len(), 1);
}

#[test]
fn warnings_are_those_of_the_original() {
    let program = |lines: &str| warnings(&format!("[program:a]\ncommand=x\n{lines}"));
    assert_eq!(
        program("stdout_logfile=syslog"),
        ["For [program:a], stdout_logfile=syslog but this is deprecated and will be removed.  Use \
          stdout_syslog=true to enable syslog instead."]
    );
    assert_eq!(
        program("stdout_logfile_maxbytes=0"),
        ["For [program:a], AUTO logging used for stdout_logfile without rollover, set maxbytes > 0 to avoid filling \
          up filesystem unintentionally"]
    );
    assert_eq!(
        program("redirect_stderr=true\nstderr_logfile=/x"),
        ["For [program:a], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename \
          has been ignored"]
    );
    assert_eq!(program("redirect_stderr=true"), [""; 0]);
    let a = process("[program:a]\ncommand=x\nstdout_logfile=syslog\nredirect_stderr=1");
    assert!(a.stdout.syslog);
    assert_eq!((a.stdout.logfile, a.stderr.logfile), (ChildLog::None, ChildLog::None));
}

const INCLUDING: &str = "[supervisord]\nidentifier=%(here)s\n[include]\nfiles = conf.d/*.conf nope.conf";

#[test]
fn includes_are_read_in_order_over_the_main_file() {
    let files = [
        ("/etc/s/conf.d/b.conf", "[program:a]\ndirectory=%(here)s"),
        ("/etc/s/conf.d/a.conf", "[program:a]\ncommand=%(here)s/a\ndirectory=/old\n[supervisord]\nminfds=5"),
        ("/etc/s/conf.d/.c.conf", "junk"),
    ];
    let reading = read_with(&files, INCLUDING);
    assert_eq!(reading.errors, []);
    let a = &reading.config.groups[0].processes[0];
    assert_eq!((a.command.as_str(), a.directory.as_deref()), ("/etc/s/conf.d/a", Some("/etc/s/conf.d")));
    assert_eq!(reading.config.supervisord.identifier, "/etc/s");
    assert_eq!(reading.config.supervisord.minfds, 5);
    assert_eq!(reading.warnings[0].text, "No file matches via include \"/etc/s/nope.conf\"");
    assert_eq!(
        reading.infos,
        [
            "Included extra file \"/etc/s/conf.d/a.conf\" during parsing",
            "Included extra file \"/etc/s/conf.d/b.conf\" during parsing"
        ]
    );
}

#[test]
fn errors_name_the_file_that_the_section_is_from() {
    let reading = read_with(&[("/etc/s/conf.d/a.conf", "[program:a]\n")], INCLUDING);
    let message = reading.errors[0].problem.to_string();
    assert!(message.ends_with(" in section 'program:a' (file: '/etc/s/conf.d/a.conf')"), "{message}");
    let reading = read_with(&[("/etc/s/conf.d/a.conf", "x=1")], INCLUDING);
    let message = reading.errors[0].problem.to_string();
    assert_eq!(message, "File contains no section headers.\nfile: '/etc/s/conf.d/a.conf', line: 1\n'x=1'");
}

#[test]
fn included_files_that_cannot_be_read() {
    let reading = read_with(&[("/etc/s/conf.d/a.conf", "(denied)")], INCLUDING);
    assert_eq!(reading.errors, []);
    assert_eq!(reading.warnings[0].code, "conf-include-unreadable");
    let reading = read_with(&[("/etc/s/conf.d/a.conf", "(not UTF-8)")], INCLUDING);
    assert_eq!(reading.errors[0].problem.code(), "conf-unreadable");
}

#[test]
fn the_host_is_asked_only_afterwards() {
    let text =
        "[supervisord]\nlogfile=/nope/x\npidfile=/tmp/p\n[program:a]\ncommand=x\nuser=bob\nstdout_logfile=/tmp/x\n";
    let reading = read_with(&[], text);
    let directories = |path: &str| Question::Directory(path.to_owned());
    let questions: Vec<_> = reading.checks.iter().map(|check| check.question.clone()).collect();
    let expected = ["/nope", "/tmp", "/tmp", "bob", "/tmp"].map(|text| match text {
        "bob" => Question::User(text.to_owned()),
        path => directories(path),
    });
    assert_eq!(questions, expected);
    let denied: Vec<_> = reading.checks.iter().filter_map(|check| check.run(&Host)).map(|d| d.message).collect();
    assert_eq!(
        denied,
        [
            "The directory named as part of the path /nope/x does not exist",
            "Invalid user name bob in section 'program:a' (file: '/etc/s/conf')"
        ]
    );
}

#[test]
fn the_first_error_is_the_one_that_is_met_first() {
    let first = |text: &str| read_with(&[], text).first_error(&Host).map(|error| error.message);
    assert_eq!(first("[supervisord]"), None);
    assert_eq!(
        first("[supervisord]\nlogfile=/nope/x\nloglevel=x").unwrap(),
        "The directory named as part of the path /nope/x does not exist"
    );
    assert_eq!(
        first("[supervisord]\nlogfile=/nope/x\nminfds=x").unwrap(),
        "invalid literal for int() with base 10: 'x'"
    );
    assert_eq!(
        first("[supervisord]\n[eventlistener:l]\ncommand=x\nevents=EVENT\nresult_handler=foo:bar").unwrap(),
        "foo:bar cannot be resolved within [eventlistener:l]"
    );
}

#[test]
fn rereading_tells_what_has_changed() {
    let old = groups("[program:a]\ncommand=x\n[program:b]\ncommand=x\nenvironment=A=1,B=2\n[program:c]\ncommand=x");
    let new = groups("[program:d]\ncommand=x\n[program:b]\ncommand=x\nenvironment=B=2,A=1\n[program:c]\ncommand=y");
    let names = |name: &str| vec![name.to_owned()];
    assert_eq!(reload_diff(&old, &new), ReloadDiff { added: names("d"), changed: names("c"), removed: names("a") });
    assert_eq!(reload_diff(&old, &old), ReloadDiff::default());
    let listener = |events: &str| groups(&format!("[eventlistener:l]\ncommand=x\nevents={events}"));
    assert_eq!(reload_diff(&listener("TICK_5,EVENT"), &listener("EVENT,TICK_5")), ReloadDiff::default());
    assert_eq!(reload_diff(&listener("TICK_5"), &listener("TICK_60")).changed, ["l"]);
}

fn client(text: &str) -> (Client, Vec<String>) {
    let reading = in_context(&Disk::default(), |context| read_client(&mut Sources::new(), "conf", text, context));
    (reading.client, reading.errors.iter().map(|finding| finding.problem.to_string()).collect())
}

#[test]
fn the_client_reads_its_own_section() {
    let (defaults, errors) = client("[supervisorctl]");
    assert_eq!(errors, [""; 0]);
    assert_eq!((defaults.serverurl.as_str(), defaults.prompt.as_str()), ("http://localhost:9001", "supervisor"));
    assert_eq!((defaults.username, defaults.password, defaults.history_file), (None, None, None));
    let text = "[supervisorctl]\nserverurl=unix://%(here)s/../s\nusername=u\npassword=%%\n\
                history_file=~/h\n[program:a]\numask=9";
    let (client, errors) = self::client(text);
    assert_eq!(errors, [""; 0]);
    assert_eq!((client.serverurl.as_str(), client.history_file.as_deref()), ("unix:///s", Some("/home/me/h")));
    assert_eq!((client.username.as_deref(), client.password.as_deref()), (Some("u"), Some("%")));
    assert!(!format!("{client:?}").contains('%'));
}

#[test]
fn the_client_refuses_in_the_words_of_the_original() {
    assert_eq!(client("[supervisord]").1, [".ini file does not include supervisorctl section"]);
    let message = "section [ctlplugin:x] does not specify a supervisor.ctl_factory";
    assert_eq!(client("[supervisorctl]\n[ctlplugin:x]").1, [message]);
    let disk = Disk::default();
    let text = "[supervisorctl]\n[ctlplugin:x]\nsupervisor.ctl_factory=a:b";
    let reading = in_context(&disk, |context| read_client(&mut Sources::new(), "conf", text, context));
    assert_eq!(reading.checks[0].run(&Host).unwrap().message, "a:b cannot be resolved within [ctlplugin:x]");
}

/// A section of this kind that sets `name`, and what it must have.
fn setting(section: Section, name: &str, value: &str) -> String {
    let header = if section.is_named() { format!("{}:a", section.word()) } else { section.word().to_owned() };
    let command = if section.is_program_like() && name != "command" { "command=x\n" } else { "" };
    let others = match section {
        Section::EventListener if name != "events" => "events=EVENT\n",
        Section::FcgiProgram if name != "socket" => "socket=tcp://h:1\n",
        Section::RpcInterface if name.contains('.') => "",
        _ => "",
    };
    format!("[supervisord]\n[supervisorctl]\n[{header}]\n{command}{others}{name}={value}\n")
}

#[test]
fn the_table_knows_which_names_the_reader_knows() {
    let names = ["here", "host_node_name", "program_name", "group_name", "process_num", "numprocs"];
    for (option, section) in OPTIONS.iter().flat_map(|option| option.sections.iter().map(move |s| (option, *s))) {
        for name in names {
            let text = setting(section, option.name, &format!("%({name})s"));
            let is_client = matches!(section, Section::Supervisorctl | Section::CtlPlugin);
            let messages = if is_client { client(&text).1 } else { errors(&text) };
            let is_refused = messages.iter().any(|message| message.contains("which cannot be expanded"));
            assert_eq!(is_refused, !option.names(section).contains(&name), "{text}{messages:?}");
        }
    }
}

#[test]
fn the_table_knows_how_often_the_reader_expands() {
    for (option, section) in OPTIONS.iter().flat_map(|option| option.sections.iter().map(move |s| (option, *s))) {
        let text = setting(section, option.name, "%%");
        let is_client = matches!(section, Section::Supervisorctl | Section::CtlPlugin);
        let messages = if is_client { client(&text).1 } else { errors(&text) };
        let is_refused = messages.iter().any(|message| message.contains("badly formatted"));
        assert_eq!(is_refused, option.expansions == 2, "{text}{messages:?}");
    }
}

/// Texts that look like a conf.
fn conf() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "\\[(supervisord|program:[ab ]|group:[ab]|eventlistener:a|fcgi-program:b|include|inet_http_server|DEFAULT)\\]",
        "(command|environment|numprocs|process_name|programs|user) ?[=:][ab0-9%()s,=:/*'\" ;#-]{0,9}",
        "(events|socket|files|port|priority) ?[=:][ab0-9%()s,=:/*'\" ;#-]{0,9}",
        "(command|process_name|stdout_logfile)=.?%\\((here|process_num|program_name|ENV_X)\\)[0-9.]{0,2}[sdxfrc%]",
        "[ \\t]?[^\\n]{0,6}",
    ];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in conf()) {
        let reading = read_with(&[("/etc/s/a", "[program:a]\ncommand=%(here)s")], &text);
        for check in &reading.checks {
            let _ = check.run(&Host);
        }
        let _ = reading.first_error(&Host);
        let _ = client(&text);
    }

    #[test]
    fn a_reread_of_the_same_changes_nothing(text in conf()) {
        let groups = read_with(&[], &text).config.groups;
        prop_assert_eq!(reload_diff(&groups, &groups), ReloadDiff::default());
    }
}

#[test]
fn the_sample_is_a_configuration_as_it_is_and_with_all_that_it_shows() {
    let sample = crate::conf::sample::sample();
    assert_eq!(errors(&sample), [""; 0]);
    // Python factories are not built in, and members of a group must be there.
    let off = ["ctlplugin", "my.package", "progname1"];
    let shown = |line: &str| {
        let bare = line.strip_prefix(';')?;
        let value = bare.split(" ;").next()?.trim_end();
        let has_value =
            value.starts_with('[') || (!value.starts_with(' ') && !value.ends_with('=') && !value.is_empty());
        (has_value && off.iter().all(|word| !bare.contains(word))).then(|| bare.to_owned())
    };
    let all: Vec<String> = sample.lines().map(|line| shown(line).unwrap_or_else(|| line.to_owned())).collect();
    let reading = read_with(&[], &all.join("\n"));
    let errors: Vec<String> = reading.errors.iter().map(|finding| finding.problem.to_string()).collect();
    assert_eq!(errors, [""; 0], "{}", all.join("\n"));
    assert_eq!((reading.config.groups.len(), reading.config.servers.len()), (4, 2));
}
