use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::testing::{built, config, file, findings, folders, outputs, process, project};
use crate::base::secret;
use crate::compile::project::Project;
use crate::conf::command;
use crate::conf::model::Address;
use crate::conf::options::{self, Section};
use crate::conf::together;

const CONF: &str = "/p/parts/supervisor/supervisord.conf";

fn shop() -> Project {
    let mut parts = json!({
        "zeo": { "recipe": "program", "command": "/p/parts/zeo/bin/runzeo -a 127.0.0.1:8100", "ports": { "main": 8100 },
                 "priority": 10, "location": "/p/parts/zeo" },
        "web": { "recipe": "program", "command": "bin/web --port 8080", "environment": { "MODE": "production" },
                 "startsecs": 5 },
        "supervisor": {
            "recipe": "supervisor", "location": "/p/parts/supervisor", "ports": { "control": "127.0.0.1:9001" },
            "credentials": { "username": "admin", "password": secret::mark("s3kret") }, "programs": ["zeo", "web"],
            "eventlistener": { "memmon": { "events": ["TICK_60"], "command": "/p/bin/memmon -p web=200MB" } },
        },
    });
    project(false, &parts.take())
}

#[test]
fn a_shop_becomes_a_conf() {
    let outputs = outputs(&shop());
    let (text, mode) = file(&outputs, CONF);
    assert_eq!(
        text,
        "\
; Written by recipe build from recipe.toml for part supervisor; do not edit.

[supervisord]
logfile = /p/var/log/supervisord.log
pidfile = /p/var/supervisord.pid
childlogdir = /p/var/log

[inet_http_server]
port = 127.0.0.1:9001
username = admin
password = s3kret

[supervisorctl]
serverurl = http://127.0.0.1:9001
username = admin
password = s3kret

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[program:zeo]
command = /p/parts/zeo/bin/runzeo -a 127.0.0.1:8100
priority = 10
directory = /p

[program:web]
command = /p/bin/web --port 8080
environment = MODE=\"production\"
startsecs = 5
directory = /p

[eventlistener:memmon]
events = TICK_60
command = /p/bin/memmon -p web=200MB
directory = /p
environment = SUPERVISOR_USERNAME=\"admin\",SUPERVISOR_PASSWORD=\"s3kret\",SUPERVISOR_SERVER_URL=\"http://127.0.0.1:9001\"
"
    );
    assert_eq!(mode, 0o600);
    let config = config(text);
    assert_eq!(config.groups.len(), 3);
    assert_eq!(folders(&outputs), ["/p/var", "/p/var/log"]);
    for script in ["supervisord", "supervisorctl", "memmon"] {
        assert_eq!(file(&outputs, &format!("/p/bin/{script}")).1, 0o755);
    }
    let (script, _) = file(&outputs, "/p/bin/supervisord");
    assert!(script.ends_with("exec \"$run\" supervisord -c /p/parts/supervisor/supervisord.conf \"$@\"\n"), "{script}");
    assert_eq!(outputs.iter().filter(|o| o.path.starts_with("/p/bin")).count(), 3);
}

#[test]
fn without_ports_the_daemon_listens_on_a_socket_of_its_own() {
    let outputs = outputs(&project(false, &json!({ "s": { "recipe": "supervisor" } })));
    let (text, mode) = file(&outputs, "/p/parts/s/supervisord.conf");
    let config = config(text);
    let Address::Unix { file, chmod, .. } = &config.servers[0].address else { panic!("{:?}", config.servers) };
    assert_eq!((file.as_str(), *chmod), ("/p/var/sd.sock", 0o700));
    assert!(text.contains("serverurl = unix:///p/var/sd.sock\n"), "{text}");
    assert_eq!((mode, config.supervisord.identifier.as_str()), (0o644, "s"));
}

#[test]
fn a_socket_can_stand_beside_a_port_and_both_are_protected() {
    let outputs = outputs(&project(
        false,
        &json!({ "s": {
        "recipe": "supervisor", "ports": { "control": 9001 }, "unix_http_server": { "chmod": "0770" },
        "credentials": { "username": "u", "password": secret::mark("pw") },
    } }),
    ));
    let config = config(file(&outputs, "/p/parts/s/supervisord.conf").0);
    let addresses: Vec<_> = config.servers.iter().map(|server| server.address.clone()).collect();
    let inet = Address::Inet { host: "127.0.0.1".to_owned(), port: 9001 };
    let unix = Address::Unix { file: "/p/var/sd.sock".to_owned(), chmod: 0o770, chown: None };
    assert_eq!(addresses, [inet, unix]);
    assert!(config.servers.iter().all(|server| server.auth.is_some()));
}

#[test]
fn what_is_said_twice_is_told() {
    let found = findings(&project(
        false,
        &json!({
            "a": { "recipe": "program", "command": "x" },
            "s": {
                "recipe": "supervisor", "ports": { "control": 9001 }, "inet_http_server": { "port": 9002 },
                "program": { "a": { "command": "x" } }, "programs": "a",
            },
        }),
    ));
    assert_eq!(found, ["said-twice: `port` is said twice", "section-twice: `[program:a]` is made twice"]);
}

#[test]
fn lists_of_names_and_tables_are_what_they_should_be() {
    let found = one(&json!({ "recipe": "supervisor", "programs": { "a": 1 }, "plugins": [["memmon"]], "ports": 9001,
        "program": 1 }));
    assert_eq!(
        found,
        [
            "wrong-type: `plugins` of part `s` is a list, not a list of names",
            "wrong-type: `ports` of part `s` is a number, not a table",
            "wrong-type: `program` of part `s` is a number, not a table",
            "wrong-type: `programs` of part `s` is a table, not a list of names",
        ]
    );
}

fn one(options: &Value) -> Vec<String> {
    findings(&project(false, &json!({ "s": options })))
}

#[test]
fn wrong_options_are_told_at_once() {
    let found = one(&json!({
        "recipe": "supervisor",
        "programms": [],
        "programs": ["wep"],
        "ports": { "controll": 1 },
        "plugins": ["memmom"],
        "runtime": "pyhton",
        "program": { "a": { "comand": "x", "startsecs": "soon" }, "b c": { "command": "x" }, "d": 1 },
        "eventlistener": { "l": { "command": "x", "events": ["TICK_6"] } },
        "group": { "g": { "programs": ["aa"] } },
        "inet_http_server": { "port": "70000" },
    }));
    let expected = [
        "bad-name: `b c` cannot be the name of a `[program]` section",
        "bad-value: `runtime` of part `s` is `pyhton`",
        "conf-value: ",
        "unknown-option: `[program]` of supervisord.conf has no option `comand`",
        "unknown-option: `ports` of part `s` has no option `controll`",
        "unknown-option: part `s` has no option `programms`",
        "unknown-plugin: part `s` wants plugin `memmom`, which is not built in",
        "unknown-program: group `g` names unknown program `aa`",
        "unknown-program: there is no program part `wep`",
        "wrong-type: `program.d` of part `s` is a number, not a table",
    ];
    for message in expected {
        assert!(found.iter().any(|f| f.starts_with(message)), "{message}\n{found:#?}");
    }
    assert_eq!(found.iter().filter(|f| f.starts_with("conf-value")).count(), 3, "{found:#?}");
    assert_eq!(found.len(), 12, "{found:#?}");
}

#[test]
fn a_secret_in_a_command_is_an_error_and_elsewhere_it_is_hidden() {
    let word = secret::mark("s3kret");
    for command in [json!(format!("x {word}")), json!(["x", word])] {
        let found = one(&json!({ "recipe": "supervisor", "program": { "a": { "command": command } } }));
        assert_eq!(
            found,
            [
                "secret-in-command: the command of part `s` holds a secret, and everyone can read the arguments of a process"
            ]
        );
    }
    let part = json!({ "recipe": "supervisor", "program": { "a": { "command": "x", "environment": { "P": word } } } });
    let outputs = outputs(&project(false, &json!({ "s": part })));
    let (text, mode) = file(&outputs, "/p/parts/s/supervisord.conf");
    assert_eq!(mode, 0o600);
    assert!(text.contains("environment = P=\"s3kret\"\n"), "{text}");
}

#[test]
fn a_password_that_the_daemon_fills_in_stays_an_expansion() {
    let password = crate::base::verbatim::mark("%(ENV_PW)s");
    let outputs = outputs(&project(
        false,
        &json!({ "s": {
        "recipe": "supervisor", "credentials": { "username": "u", "password": password },
        "eventlistener": { "l": { "command": "x", "events": "TICK_5", "environment": { "A": password } } },
    } }),
    ));
    let (text, mode) = file(&outputs, "/p/parts/s/supervisord.conf");
    assert!(text.contains("\npassword = %(ENV_PW)s\n"), "{text}");
    assert!(text.contains("SUPERVISOR_PASSWORD=\"%(ENV_PW)s\","), "{text}");
    assert!(text.contains(",A=\"%(ENV_PW)s\"\n"), "{text}");
    assert_eq!(mode, 0o644);
    let found = one(&json!({ "recipe": "supervisor", "program": { "a": { "command": ["x", password] } } }));
    assert_eq!(found.len(), 1);
}

#[test]
fn a_socket_path_that_is_too_long_is_an_error() {
    let file = format!("/{}", "a".repeat(99));
    let found = one(&json!({ "recipe": "supervisor", "unix_http_server": { "file": file } }));
    assert!(found[0].starts_with("socket-path-too-long: the socket's path has 100 bytes"), "{found:?}");
}

#[test]
fn numbers_lists_and_paths_become_what_supervisord_takes() {
    let outputs = outputs(&project(
        false,
        &json!({ "s": { "recipe": "supervisor", "program": { "a": {
        "command": ["bin/a", "--num", "%(process_num)02d", "100%"], "numprocs": 2, "autostart": false,
        "process_name": "%(program_name)s_%(process_num)d", "exitcodes": [0, 2], "umask": "0o027",
        "stdout_logfile": "var/log/deep/%(program_name)s.log", "stderr_logfile": "var/err/a.log", "directory": "sub",
    } } } }),
    ));
    let config = config(file(&outputs, "/p/parts/s/supervisord.conf").0);
    let process = process(&config, "a_1");
    assert_eq!(process.command, "/p/bin/a --num 01 100%");
    assert_eq!((process.exitcodes.as_slice(), process.umask), ([0, 2].as_slice(), Some(0o27)));
    assert_eq!(process.directory.as_deref(), Some("/p/sub"));
    assert_eq!(folders(&outputs), ["/p/var", "/p/var/err", "/p/var/log", "/p/var/log/deep"]);
}

#[test]
fn programs_that_no_supervisor_runs_are_warned_of() {
    let found = findings(&project(false, &json!({ "a": { "recipe": "program", "command": "x" } })));
    assert_eq!(found, ["unlisted-program: program `a` is run by no supervisor"]);
}

/// A conf from one program; none where the manifest is refused.
fn read_back(options: &Value) -> Option<crate::conf::model::Process> {
    let parts = json!({ "s": { "recipe": "supervisor", "program": { "a": options } } });
    let (outputs, found) = built(&project(false, &parts));
    found.is_empty().then(|| {
        let config = config(file(&outputs, "/p/parts/s/supervisord.conf").0);
        process(&config, "a").clone()
    })
}

fn has_expansion(text: &str) -> bool {
    text.contains("%(")
}

const KINDS: &[Section] = &[
    Section::Program,
    Section::EventListener,
    Section::FcgiProgram,
    Section::Supervisord,
    Section::InetHttpServer,
    Section::UnixHttpServer,
];

/// A table of one kind of sections with what is required, and some options with values that may be wrong.
fn section(kind: Section) -> impl Strategy<Value = Value> {
    const VALUES: &[&str] = &[
        "",
        "0",
        "1",
        "2",
        "-1",
        "100001",
        "true",
        "off",
        "x",
        "a_%(process_num)d",
        "a_%(process_num)02d",
        "TERM",
        "SIGX",
        "0,2",
        "10MB",
        "022",
        "unix:///s",
        "tcp://h:1",
        "h:1",
        "TICK_5",
        "A=\"b\"",
        "A=",
        "unexpected",
        "info",
        "a,b",
    ];
    let mut names: Vec<&str> = options::options(kind).map(|option| option.name).collect();
    // What must fit each other is met more often.
    names.extend(together::OPTIONS.iter().filter(|name| options::find(kind, name).is_some()).cycle().take(24));
    let pairs = prop::collection::vec((prop::sample::select(names), prop::sample::select(VALUES)), 0..4);
    pairs.prop_map(move |pairs| {
        let needed = [("command", "x"), ("events", "TICK_5"), ("socket", "unix:///s"), ("port", "1"), ("file", "/s")];
        let needed =
            needed.into_iter().filter(|(name, _)| options::find(kind, name).is_some_and(|option| option.required));
        needed.chain(pairs).collect::<HashMap<_, _>>().into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// What supervisord would refuse is not built: the reader finds nothing in a conf of which nothing was said.
    #[test]
    fn what_is_built_is_not_refused(
        (kind, table) in prop::sample::select(KINDS).prop_flat_map(|kind| section(kind).prop_map(move |t| (kind, t))),
        members in prop::collection::vec(prop::sample::select(&["a", "b", "l", "none"][..]), 0..3),
    ) {
        let mut part = json!({
            "recipe": "supervisor", "program": { "a": { "command": "x" }, "b": { "command": "x" } },
            "eventlistener": { "l": { "command": "x", "events": "TICK_5" } },
            "fcgi-program": { "b": { "command": "x", "socket": "unix:///s" } }, "group": { "g": { "programs": members } },
        });
        match kind {
            Section::Program | Section::EventListener | Section::FcgiProgram => part[kind.word()]["n"] = table,
            _ => part[kind.word()] = table,
        }
        let (outputs, found) = built(&project(false, &json!({ "s": part })));
        if found.is_empty() {
            config(file(&outputs, "/p/parts/s/supervisord.conf").0);
        }
    }
}

proptest! {
    #[test]
    fn words_of_a_command_come_back(words in prop::collection::vec("\\PC*|[ ;#%'\"\\\\a\n\t]{0,8}", 0..5)) {
        prop_assume!(!words.iter().any(|w| has_expansion(w)));
        let all: Vec<String> = std::iter::once("x".to_owned()).chain(words).collect();
        let process = read_back(&json!({ "command": all })).unwrap();
        prop_assert_eq!(command::split(&process.command).unwrap(), all);
    }

    #[test]
    fn a_command_line_comes_back(line in "[a-c ;#%'\"\\\\\n]{0,12}|\\PC{0,12}") {
        prop_assume!(!has_expansion(&line));
        let line = format!("x {line}");
        let expected = command::split(&line);
        match read_back(&json!({ "command": line })) {
            Some(process) => prop_assert_eq!(command::split(&process.command), expected),
            None => prop_assert!(expected.is_err()),
        }
    }

    #[test]
    fn variables_come_back_or_are_refused(value in "[a ;#%'\",=\n]{0,6}|\\PC{0,12}") {
        prop_assume!(!has_expansion(&value));
        let holdable = !value.contains('\'') || !value.contains('"');
        match read_back(&json!({ "command": "x", "environment": { "A": value, "B": "b" } })) {
            Some(process) => {
                let expected = [("A".to_owned(), value), ("B".to_owned(), "b".to_owned())];
                prop_assert_eq!(process.environment, expected);
            }
            None => prop_assert!(!holdable || value.starts_with(['\'', '"']) || value.ends_with(['\'', '"'])),
        }
    }

    #[test]
    fn folders_come_back(path in "/[a-c ;#%'\"\\\\]{0,8}|[a-c ;#%][a-z ;#%é]{0,8}") {
        prop_assume!(!has_expansion(&path));
        let process = read_back(&json!({ "command": "x", "directory": path })).unwrap();
        let expected = project(false, &json!({})).absolute(&path).into_string();
        prop_assert_eq!(process.directory, Some(expected));
    }

    #[test]
    fn passwords_come_back_or_are_refused(password in "[a ;#%(){}'\"]{1,8}|\\PC{1,12}") {
        let credentials = json!({ "username": "u", "password": secret::mark(&password) });
        let parts = json!({ "s": { "recipe": "supervisor", "credentials": credentials } });
        let (outputs, found) = built(&project(false, &parts));
        if found.is_empty() {
            let (text, mode) = file(&outputs, "/p/parts/s/supervisord.conf");
            let config = config(text);
            prop_assert_eq!(&config.servers[0].auth.as_ref().unwrap().password, &password);
            prop_assert_eq!(mode, 0o600);
        } else {
            let cut = format!(" {password}");
            prop_assert!(cut.contains(" ;") || cut.contains(" #") || password.trim() != password
                || password.contains(char::is_whitespace), "{:?}", found);
        }
    }
}
