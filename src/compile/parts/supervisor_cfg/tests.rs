use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::testing::{built, config, file, findings, folders, outputs, process, project};
use crate::base::Severity;
use crate::compile::output::Content;
use crate::compile::project::Project;

const CONF: &str = "/p/parts/supervisor/supervisord.conf";

fn part(mut options: Value) -> Project {
    options["recipe"] = json!("collective.recipe.supervisor");
    project(true, &json!({ "supervisor": options }))
}

/// The conf of a part in which nothing is wrong.
fn conf(options: Value) -> String {
    file(&outputs(&part(options)), CONF).0.to_owned()
}

#[test]
fn the_layout_is_that_of_2_0_0_to_the_byte() {
    let text = conf(json!({
        "user": "admin", "password": "pw", "supervisord-user": "www",
        "programs": "10 zeo /p/bin/zeo\n20 web (startsecs=5 x) /p/bin/web [-p 8080] /srv true www",
        "eventlisteners": "Mem TICK_60 /p/bin/memmon [-p web=200MB]\nBare TICK_5 /p/bin/bare",
        "groups": "5 all zeo,web",
        "include": "/a.conf\n/b.conf",
    }));
    let expected = "\
[supervisord]
childlogdir = /p/var/log
logfile = /p/var/log/supervisord.log
logfile_maxbytes = 50MB
logfile_backups = 10
loglevel = info
pidfile = /p/var/supervisord.pid
umask = 022
nodaemon = false
nocleanup = false
user = www


[inet_http_server]
port = 127.0.0.1:9001
username = admin
password = pw

[supervisorctl]
serverurl = http://127.0.0.1:9001
username = admin
password = pw

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[program:zeo]
command = /p/bin/zeo~
process_name = zeo
directory = /p/bin
priority = 10
redirect_stderr = false

[program:web]
command = /p/bin/web -p 8080
process_name = web
directory = /srv
priority = 20
redirect_stderr = true
user = www
startsecs = 5

[eventlistener:Mem]
command = /p/bin/memmon -p web=200MB
events = TICK_60
process_name=Mem
environment=SUPERVISOR_USERNAME='admin',SUPERVISOR_PASSWORD='pw',SUPERVISOR_SERVER_URL='http://127.0.0.1:9001'


[eventlistener:Bare]
command = /p/bin/bare~
events = TICK_5
process_name=Bare
environment=SUPERVISOR_USERNAME='admin',SUPERVISOR_PASSWORD='pw',SUPERVISOR_SERVER_URL='http://127.0.0.1:9001'


[group:all]
programs = zeo,web
priority = 5

[include]
files = /a.conf /b.conf
";
    assert_eq!(text, expected.replace('~', " "));
}

#[test]
fn the_layout_of_0_9_has_fewer_keys_and_the_server_first() {
    let outputs = outputs(&part(json!({
        "layout": "0.9", "port": "9001", "user": "admin", "password": "pw",
        "programs": "10 other (startsecs=10) /p/bin/other [-n] /tmp true www",
        "eventlisteners": "Mem TICK_60 /p/bin/memmon",
    })));
    let text =
        file(&outputs, CONF).0.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(
        text,
        "\
[inet_http_server]
port = 9001
username = admin
password = pw
[supervisord]
logfile = /p/var/log/supervisord.log
logfile_maxbytes = 50MB
logfile_backups = 10
loglevel = info
pidfile = /p/var/supervisord.pid
nodaemon = false
[supervisorctl]
serverurl = http://localhost:9001
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:other]
command = /p/bin/other -n
process_name = other
directory = /tmp
priority = 10
redirect_stderr = true
user = www
startsecs = 10
[eventlistener:Mem]
command = /p/bin/memmon
events = TICK_60
process_name=Mem
environment=SUPERVISOR_USERNAME=admin,SUPERVISOR_PASSWORD=pw,SUPERVISOR_SERVER_URL=http://localhost:9001"
    );
    let credentials = "/p/parts/supervisor/supervisorctl.conf";
    assert_eq!(file(&outputs, credentials).1, 0o600);
    assert!(file(&outputs, "/p/bin/supervisorctl").0.contains(credentials));
}

#[test]
fn sections_gate_sections_and_scripts() {
    let fragment = outputs(&part(json!({ "sections": "services", "programs": "1 a /bin/a" })));
    assert!(file(&fragment, CONF).0.starts_with("[program:a]\n"));
    let scripts = |outputs: &[crate::compile::output::Output]| {
        outputs.iter().filter_map(|o| o.path.as_str().strip_prefix("/p/bin/").map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(scripts(&fragment), ["memmon"]);
    assert_eq!(folders(&fragment), Vec::<&str>::new());
    assert_eq!(file(&outputs(&part(json!({ "sections": "http" }))), CONF).0, "");
    let all = outputs(&part(json!({ "plugins": "superlance\nsupervisor", "runtime": "/opt/sup/bin" })));
    let found = scripts(&all);
    assert_eq!(found.len(), 10, "{found:?}");
    assert!(file(&all, "/p/bin/supervisord").0.contains("exec /opt/sup/bin/supervisord -c "));
    assert!(file(&all, "/p/bin/pidproxy").0.contains("exec /opt/sup/bin/pidproxy \"$@\""));
}

#[test]
fn what_supervisord_could_not_use_is_mended() {
    let text = conf(json!({
        "user": "it's", "password": "100%", "port": "*:9001",
        "env-path": "/a:~/b", "supervisord-environment": "A=1,\nB=%(ENV_HOME)s",
        "programs": "1 a (environment=A=\"b c\") run [-c 'x ;y']",
        "eventlisteners": "l (environment=X=1) TICK_60 /bin/l",
    }));
    let config = config(&text);
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    assert_eq!(config.supervisord.environment, pairs(&[("A", "1"), ("B", "/home/u"), ("PATH", "/a:~/b")]));
    let program = process(&config, "a");
    assert_eq!((program.command.as_str(), &program.directory), ("run -c 'x ;y'", &None));
    assert_eq!(program.environment[0], pairs(&[("A", "b c")])[0]);
    let listener = process(&config, "l");
    let url = "http://localhost:9001";
    let expected =
        [("SUPERVISOR_USERNAME", "it's"), ("SUPERVISOR_PASSWORD", "100%"), ("SUPERVISOR_SERVER_URL", url), ("X", "1")];
    assert_eq!(listener.environment[3..], pairs(&expected));
    assert_eq!(listener.command.trim(), "/bin/l");
    assert_eq!(config.servers[0].auth.as_ref().unwrap().password, "100%");
    assert!(text.contains(&format!("serverurl = {url}\n")));
}

#[test]
fn wrong_options_are_told_with_the_line() {
    let found = findings(&part(json!({
        "programs": "10 a /bin/a [x]y\n x\n10 b", "eventlisteners": "m", "groups": "1 g a, b",
        "http-socket": "nix", "layout": "1.0", "loglevel": "info ; really", "plugins": "mr.laforge >= 1\nsuperlance >= 1\nsuperlance [x]\nsuperlance foo",
    })));
    assert_eq!(
        found,
        [
            "bad-line: Event Listeners line incorrect: m",
            "bad-line: Program line incorrect:  x",
            "bad-line: Program line incorrect: 10 b",
            "bad-value: `http-socket` of part `supervisor` is `nix`",
            "bad-value: `layout` of part `supervisor` is `1.0`",
            "cut-value: supervisord reads `loglevel` as `info`",
            "foreign-plugin: plugin `mr.laforge >= 1` is not built in: it makes no scripts",
            "foreign-plugin: plugin `superlance foo` is not built in: it makes no scripts",
            "ignored-text: `b` is ignored: no field is left for it",
            "ignored-text: `y` is ignored: no field is left for it",
        ]
    );
    let found = findings(&part(json!({ "http-socket": "unix" })));
    assert_eq!(found, ["missing-option: part `supervisor` has no `file`"]);
    let found = findings(&part(json!({ "childlogdir": "" })));
    assert_eq!(found, ["bad-value: `childlogdir` of part `supervisor` is ``"]);
    assert!(findings(&part(json!({ "childlogdir": "", "sections": "services" }))).is_empty());
    let found = findings(&part(json!({ "user": "u", "password": "'\"", "eventlisteners": "m TICK_5 /bin/m" })));
    assert_eq!(found, ["unquotable-value: `password` cannot be given to event listeners as `SUPERVISOR_PASSWORD`"]);
}

#[test]
fn options_without_effect_are_told_unless_something_refers_to_them() {
    let mut project =
        part(json!({ "logelvel": "debug", "prot": "1", "data": "/srv", "used": "x", "extra-paths": "y" }));
    project.parts[0].referred = vec!["used".into(), "prot".into()];
    let found = built(&project).1;
    let shown: Vec<_> = found.iter().map(|d| (d.severity, &*d.message, d.help.concat(), &*d.note)).collect();
    let warning = Severity::Warning;
    let nothing = "it has no effect: nothing refers to it";
    assert_eq!(
        shown,
        [
            (warning, "part `supervisor` has no option `data`", String::new(), nothing),
            (warning, "part `supervisor` has no option `logelvel`", "did you mean `loglevel`?".to_owned(), ""),
        ]
    );
    project.is_fragment = true;
    assert_eq!(findings(&project), ["unknown-option: part `supervisor` has no option `logelvel`"]);
}

#[test]
fn lines_of_one_name_are_told() {
    let found = findings(&part(json!({
        "programs": "1 a /bin/a\n2 b /bin/b\n3 a /bin/c",
        "eventlisteners": "a TICK_5 /bin/l\na TICK_5 /bin/m",
        "groups": "1 g a\n2 g b",
    })));
    let merged = "is made twice: supervisord takes the later line's values for it";
    let expected = ["eventlistener:a", "group:g", "program:a"].map(|h| format!("section-twice: `[{h}]` {merged}"));
    assert_eq!(found, expected);
}

#[test]
fn the_findings_of_a_line_stand_at_the_line() {
    use crate::base::{Sources, Span};
    use crate::compile::document::Node;
    let mut project = part(json!({ "programs": "10 a /bin/a\nx" }));
    let file = Sources::new().add("f", "");
    if let Some(Node::Scalar(programs)) = project.parts[0].table.get_mut("programs") {
        programs.lines = [Span::new(file, 3, 5), Span::new(file, 7, 8)].into();
    }
    assert_eq!(built(&project).1[0].span, Some(Span::new(file, 7, 8)));
}

const OPTIONS: [&str; 24] = [
    "sections",
    "plugins",
    "http-socket",
    "file",
    "chmod",
    "chown",
    "port",
    "user",
    "password",
    "serverurl",
    "supervisord-conf",
    "logfile",
    "pidfile",
    "childlogdir",
    "loglevel",
    "umask",
    "nodaemon",
    "supervisord-user",
    "supervisord-environment",
    "env-path",
    "programs",
    "eventlisteners",
    "groups",
    "layout",
];

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_every_password_stays_private(
        options in prop::collection::hash_map(prop::sample::select(&OPTIONS[..]), "[a0 =\\[\\]()/%:;#'\"\n]{0,20}|0.9|unix|\\PC{0,9}", 0..9)
    ) {
        let password = options.get("password").cloned().unwrap_or_default();
        let map: Map<String, Value> = options.into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect();
        let (outputs, found) = built(&part(Value::Object(map)));
        if found.iter().all(|d| d.severity != Severity::Error) {
            for output in outputs {
                let Content::File { text, mode, secrets } = output.content else { continue };
                prop_assert!(secrets.is_empty() || mode.trailing_zeros() >= 6);
                prop_assert!(password.len() < 6 || !text.contains(&password) || mode.trailing_zeros() >= 6);
            }
        }
    }
}
