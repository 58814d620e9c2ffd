use super::*;
use crate::conf::model;
use crate::runtime::core::event::Event;
use crate::runtime::fake::{Fake, interfaces};
use crate::runtime::testing::{group, process};

/// `cat` runs, `off` does not; `g` has two members that run.
fn groups() -> Vec<model::Group> {
    let fast = |name: &str| model::Process { startsecs: -1, ..process(name) };
    vec![
        group("cat", vec![fast("cat")]),
        group("off", vec![model::Process { autostart: false, ..fast("off") }]),
        group("g", vec![fast("a"), fast("b")]),
    ]
}

fn daemon() -> (Rc<Fake>, Rpc) {
    let fake = Fake::new(groups());
    let rpc = Rpc::new(fake.clone(), &interfaces());
    (fake, rpc)
}

fn call(rpc: &Rpc, method: &str, params: Vec<Value>) -> Answer {
    let call = Call { method: method.to_owned(), params };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(rpc.call(call)).map(Payload::into_value)
}

fn supervisor(rpc: &Rpc, method: &str, params: Vec<Value>) -> Answer {
    call(rpc, &format!("supervisor.{method}"), params)
}

fn fault(answer: Answer) -> String {
    answer.unwrap_err().string
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

fn states(rpc: &Rpc) -> Vec<String> {
    let all = supervisor(rpc, "getAllProcessInfo", vec![]).unwrap();
    let line = |info: &Value| {
        let of = |key| info.get(key).unwrap().as_str().unwrap().to_owned();
        format!("{}:{} {}", of("group"), of("name"), of("statename"))
    };
    all.as_array().unwrap().iter().map(line).collect()
}

#[test]
fn all_methods_are_listed_and_described() {
    let (_fake, rpc) = daemon();
    let list = call(&rpc, "system.listMethods", vec![]).unwrap();
    let names = texts(&list);
    assert_eq!(names.len(), 41);
    assert!(names.is_sorted() && names.contains(&"supervisor.getVersion") && names.contains(&"system.multicall"));
    for name in &names {
        let signature = call(&rpc, "system.methodSignature", vec![(*name).into()]).unwrap();
        let help = call(&rpc, "system.methodHelp", vec![(*name).into()]).unwrap();
        let help = help.as_str().unwrap();
        let tagged = |tag: &'static str| -> Vec<&str> {
            help.lines().filter_map(|l| l.trim().strip_prefix(tag)?.split_whitespace().next()).collect()
        };
        let in_help = [tagged("@return"), tagged("@param")].concat();
        assert_eq!(in_help, texts(&signature), "{name}");
    }
    let signature = call(&rpc, "system.methodSignature", vec!["supervisor.startProcess".into()]).unwrap();
    assert_eq!(texts(&signature), ["boolean", "string", "boolean"]);
    assert_eq!(fault(call(&rpc, "system.methodHelp", vec!["nope".into()])), "SIGNATURE_UNSUPPORTED");
}

#[test]
fn unknown_methods_and_wrong_parameters_are_faults() {
    let (_fake, rpc) = daemon();
    for name in ["getPID", "supervisor.nope", "supervisor.getPID.x", "system.getPID", "foo.getPID", "", "."] {
        assert_eq!(fault(call(&rpc, name, vec![])), "UNKNOWN_METHOD", "{name}");
    }
    assert_eq!(fault(supervisor(&rpc, "getPID", vec![1.into()])), "INCORRECT_PARAMETERS");
    assert_eq!(fault(supervisor(&rpc, "getProcessInfo", vec![])), "INCORRECT_PARAMETERS");
    assert_eq!(fault(supervisor(&rpc, "getProcessInfo", vec![1.into()])), "INCORRECT_PARAMETERS");
}

#[test]
fn without_the_interface_only_system_answers() {
    let fake = Fake::new(groups());
    let rpc = Rpc::new(fake, &[]);
    assert_eq!(call(&rpc, "system.listMethods", vec![]).unwrap().as_array().unwrap().len(), 4);
    assert_eq!(fault(supervisor(&rpc, "getPID", vec![])), "UNKNOWN_METHOD");
}

#[test]
fn the_daemon_tells_about_itself() {
    let (_fake, rpc) = daemon();
    let told = |method| supervisor(&rpc, method, vec![]).unwrap();
    assert_eq!(told("getVersion"), "3.0".into());
    assert_eq!(told("getSupervisorVersion"), "4.3.0".into());
    assert_eq!(told("getIdentification"), "fake".into());
    assert_eq!(told("getPID"), 77.into());
    assert_eq!(told("getState").get("statename"), Some(&"RUNNING".into()));
}

#[test]
fn processes_are_started_stopped_and_signalled() {
    let (_fake, rpc) = daemon();
    assert_eq!(states(&rpc), ["cat:cat RUNNING", "g:a RUNNING", "g:b RUNNING", "off:off STOPPED"]);
    assert_eq!(supervisor(&rpc, "stopProcess", vec!["cat".into()]).unwrap(), true.into());
    assert_eq!(fault(supervisor(&rpc, "stopProcess", vec!["cat".into()])), "NOT_RUNNING: cat");
    assert_eq!(supervisor(&rpc, "startProcess", vec!["off".into(), false.into()]).unwrap(), true.into());
    assert_eq!(fault(supervisor(&rpc, "startProcess", vec!["off".into()])), "ALREADY_STARTED: off");
    assert_eq!(fault(supervisor(&rpc, "startProcess", vec!["zz".into()])), "BAD_NAME: zz");
    assert_eq!(fault(supervisor(&rpc, "stopProcess", vec!["zz:*".into()])), "BAD_NAME: zz:*");
    let stopped = supervisor(&rpc, "stopProcess", vec!["g:*".into()]).unwrap();
    let first = &stopped.as_array().unwrap()[0];
    assert_eq!(first.get("description"), Some(&"OK".into()));
    assert_eq!(first.get("status"), Some(&80.into()));
    assert_eq!(states(&rpc), ["cat:cat STOPPED", "g:a STOPPED", "g:b STOPPED", "off:off RUNNING"]);
    assert_eq!(supervisor(&rpc, "signalProcess", vec!["off".into(), "HUP".into()]).unwrap(), true.into());
    assert_eq!(supervisor(&rpc, "signalProcess", vec!["off".into(), 1.into()]).unwrap(), true.into());
    assert_eq!(fault(supervisor(&rpc, "signalProcess", vec!["off".into(), "FOO".into()])), "BAD_SIGNAL: FOO");
    assert_eq!(fault(supervisor(&rpc, "signalProcess", vec!["zz".into(), "FOO".into()])), "BAD_NAME: zz");
    let refused = supervisor(&rpc, "signalAllProcesses", vec!["FOO".into()]).unwrap();
    assert_eq!(refused.as_array().unwrap().len(), 1);
    assert_eq!(refused.as_array().unwrap()[0].get("description"), Some(&"BAD_SIGNAL: FOO".into()));
}

#[test]
fn processes_are_described() {
    let (_fake, rpc) = daemon();
    let info = supervisor(&rpc, "getProcessInfo", vec!["g:b".into()]).unwrap();
    assert_eq!(info.get("description"), Some(&"pid 4004, uptime 0:00:00".into()));
    assert_eq!(info.get("start"), Some(&1_795_223_038.into()));
    assert_eq!(info.get("stderr_logfile"), Some(&"".into()));
    let off = supervisor(&rpc, "getProcessInfo", vec!["off".into()]).unwrap();
    assert_eq!((off.get("description"), off.get("start")), (Some(&"Not started".into()), Some(&0.into())));
    assert_eq!(fault(supervisor(&rpc, "getProcessInfo", vec!["g:*".into()])), "BAD_NAME: g:*");
    let configs = supervisor(&rpc, "getAllConfigInfo", vec![]).unwrap();
    let first = &configs.as_array().unwrap()[0];
    assert_eq!((first.get("name"), first.get("group")), (Some(&"a".into()), Some(&"g".into())));
    assert_eq!((first.get("inuse"), first.get("uid")), (Some(&true.into()), Some(&"none".into())));
}

#[test]
fn logs_are_read_tailed_and_cleared() {
    let (fake, rpc) = daemon();
    std::fs::write(fake.path("cat"), b"0123456\xff89").unwrap();
    let read = |offset: i64, length: i64| {
        supervisor(&rpc, "readProcessStdoutLog", vec!["cat".into(), offset.into(), length.into()])
    };
    assert_eq!(read(-3, 0).unwrap(), "\u{FFFD}89".into());
    assert_eq!(fault(read(-3, 1)), "BAD_ARGUMENTS");
    let tail = supervisor(&rpc, "tailProcessLog", vec!["cat".into(), 0.into(), 2.into()]).unwrap();
    assert_eq!(tail, Value::Array(vec!["89".into(), 10.into(), true.into()]));
    let none = supervisor(&rpc, "tailProcessStderrLog", vec!["cat".into(), 0.into(), 2.into()]).unwrap();
    assert_eq!(none, Value::Array(vec!["".into(), 0.into(), false.into()]));
    assert_eq!(fault(supervisor(&rpc, "readProcessStderrLog", vec!["cat".into(), 0.into(), 0.into()])), "NO_FILE");
    let missing = fault(supervisor(&rpc, "readProcessLog", vec!["off".into(), 0.into(), 0.into()]));
    assert_eq!(missing, format!("NO_FILE: {}", fake.path("off").display()));
    assert_eq!(supervisor(&rpc, "clearProcessLog", vec!["cat".into()]).unwrap(), true.into());
    assert_eq!(fault(supervisor(&rpc, "clearProcessLogs", vec!["cat".into()])), "FAILED: cat");
    assert_eq!(supervisor(&rpc, "clearAllProcessLogs", vec![]).unwrap().as_array().unwrap().len(), 4);
    std::fs::write(fake.path("main"), b"main").unwrap();
    assert_eq!(supervisor(&rpc, "readLog", vec![0.into(), 0.into()]).unwrap(), "main".into());
    assert_eq!(supervisor(&rpc, "clearLog", vec![]).unwrap(), true.into());
    assert_eq!(fault(supervisor(&rpc, "clearLog", vec![])), "NO_FILE");
}

#[test]
fn texts_reach_processes_and_listeners() {
    let (fake, rpc) = daemon();
    let send = |name: &str, chars: Value| supervisor(&rpc, "sendProcessStdin", vec![name.into(), chars]);
    assert_eq!(send("cat", "é\n".into()).unwrap(), true.into());
    assert_eq!(send("cat", Value::Base64(vec![0xff])).unwrap(), true.into());
    assert_eq!(*fake.stdin.borrow(), b"\xc3\xa9\n\xff");
    assert_eq!(fault(send("off", "x".into())), "NOT_RUNNING: off");
    assert_eq!(fault(send("cat", 1.into())), "INCORRECT_PARAMETERS: 1");
    supervisor(&rpc, "sendRemoteCommEvent", vec!["t".into(), "d".into()]).unwrap();
    supervisor(&rpc, "sendRemoteCommEvent", vec![7.into(), true.into()]).unwrap();
    let told = |kind: &str, data: &str| Event::Remote { kind: kind.to_owned(), data: data.to_owned() };
    assert_eq!(*fake.events.borrow(), [told("t", "d"), told("7", "True")]);
}

#[test]
fn groups_come_and_go() {
    let (fake, rpc) = daemon();
    let mut wanted = groups();
    wanted.remove(0);
    wanted.push(group("new", vec![process("new")]));
    wanted[0].priority = 1;
    fake.configure(wanted);
    let names = |names: &[&str]| Value::Array(names.iter().map(|n| (*n).into()).collect());
    let lists = Value::Array(vec![names(&["new"]), names(&["off"]), names(&["cat"])]);
    assert_eq!(supervisor(&rpc, "reloadConfig", vec![]).unwrap(), Value::Array(vec![lists]));
    let add = |name: &str| supervisor(&rpc, "addProcessGroup", vec![name.into()]);
    let remove = |name: &str| supervisor(&rpc, "removeProcessGroup", vec![name.into()]);
    assert_eq!(add("new").unwrap(), true.into());
    assert_eq!(fault(add("new")), "ALREADY_ADDED: new");
    assert_eq!(fault(add("cat")), "BAD_NAME: cat");
    assert_eq!(fault(remove("cat")), "STILL_RUNNING: cat");
    assert_eq!(fault(remove("zz")), "BAD_NAME: zz");
    assert_eq!(remove("off").unwrap(), true.into());
    fake.configure(vec![]);
    assert_eq!(fault(supervisor(&rpc, "reloadConfig", vec![])), "CANT_REREAD: no groups");
}

#[test]
fn many_calls_go_in_one() {
    let (_fake, rpc) = daemon();
    let one = |name: &str, params: Vec<Value>| {
        Value::members([("methodName", name.into()), ("params", Value::Array(params))])
    };
    let calls = vec![
        one("supervisor.getPID", vec![]),
        one("supervisor.stopProcess", vec!["cat".into()]),
        one("supervisor.stopProcess", vec!["cat".into()]),
        one("system.multicall", vec![]),
        Value::members([]),
        1.into(),
    ];
    let results = call(&rpc, "system.multicall", vec![calls.into()]).unwrap();
    let [pid, stopped, again, nested, nameless, number] = results.as_array().unwrap() else { panic!("{results:?}") };
    assert_eq!((pid, stopped), (&77.into(), &true.into()));
    assert_eq!(again.get("faultString"), Some(&"NOT_RUNNING: cat".into()));
    let forbidden = "INCORRECT_PARAMETERS: Recursive system.multicall forbidden";
    assert_eq!(nested.get("faultString"), Some(&forbidden.into()));
    for wrong in [nameless, number] {
        assert_eq!(wrong.get("faultString"), Some(&"INCORRECT_PARAMETERS: No methodName".into()));
    }
}

#[test]
fn a_leaving_daemon_refuses() {
    let (fake, rpc) = daemon();
    assert_eq!(supervisor(&rpc, "shutdown", vec![]).unwrap(), true.into());
    assert_eq!(fault(supervisor(&rpc, "getState", vec![])), "SHUTDOWN_STATE");
    assert_eq!(fault(supervisor(&rpc, "shutdown", vec![])), "SHUTDOWN_STATE");
    assert!(supervisor(&rpc, "sendRemoteCommEvent", vec!["t".into(), "d".into()]).is_ok());
    assert!(call(&rpc, "system.listMethods", vec![]).is_ok());
    let lines = fake.lines.borrow();
    assert!(lines.contains(&"XML-RPC method called: supervisor.getState()".to_owned()), "{lines:?}");
    let refused = "XML-RPC method supervisor.getState() returned fault: [6] SHUTDOWN_STATE".to_owned();
    assert!(lines.contains(&refused), "{lines:?}");
}

#[test]
fn faults_of_the_core_have_the_codes_of_the_wire() {
    let shown = |why| {
        let fault = on_the_wire(&why);
        (fault.code, fault.string)
    };
    assert_eq!(shown(request::Fault::ShutdownState), (6, "SHUTDOWN_STATE".to_owned()));
    assert_eq!(shown(request::Fault::SpawnError("g:p".to_owned())), (50, "SPAWN_ERROR: g:p".to_owned()));
    assert_eq!(shown(request::Fault::StillRunning(String::new())), (91, "STILL_RUNNING: ".to_owned()));
}
