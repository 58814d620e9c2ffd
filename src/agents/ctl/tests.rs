//! Runs on a world of paper.

use super::report::{Event, Level, Report, State};
use super::request::{Action, Request};
use super::testing::{Paper, PaperCache, PaperFile, monitor, request};
use super::world::Extent;

const CLUSTER: &str = "\
[DEFAULT]
ping_command = ping
perfdir = /perf
archivedir = /archive
max_process_size = 100
critical_errors = Boom
[cluster]
frontend = apache, squid, zeo
zeoclients = b1, a1, a2
[feedcache]
url = /feed
[apache]
type = TCPServer
ip = 10.0.0.1
machine = web
port = 80
service_name = u80
[squid]
type = Squid
port = 3128
service_name = u3128
[zeo]
type = ZeoServer
port = 8100
service_name = u8100
[b1]
machine = app
port = 8083
pool = 2
service_name = u8083
rotate_logs = /log/b1
    /log/b1-z2
[a1]
machine = app
port = 8081
pool = 1
service_name = u8081
pid_file = /pid/a1
log_file = /log/a1
[a2]
machine = app
port = 8082
pool = 1
service_name = u8082
pid_file = /pid/a2
log_file = /log/a2
";

fn good() -> Paper {
    let mut paper = Paper::default();
    paper.memory.extend([("/pid/a1", Ok(50)), ("/pid/a2", Ok(60))]);
    paper.logs.extend([("/log/a1", vec!["fine"]), ("/log/a2", vec!["fine", "so so"])]);
    paper
}

fn run(paper: &mut Paper, request: &Request) -> (Report, Vec<String>) {
    super::run(&monitor(CLUSTER), request, paper, &mut PaperCache::default(), Box::new(PaperFile::default()), None)
}

/// What was done, but for looking.
fn turned(paper: &Paper) -> Vec<&str> {
    let done = paper.done.iter().map(String::as_str);
    done.filter(|done| ["start", "stop", "rotate"].iter().any(|verb| done.starts_with(verb))).collect()
}

#[test]
fn a_good_cluster_is_checked_without_a_word() {
    let mut paper = good();
    let (report, critical) = run(&mut paper, &request(Action::Check, ""));
    assert_eq!((report.state, report.exit_status(), critical.len()), (State::Ok, 0, 0));
    assert_eq!(paper.log, ["INFO: BEGIN check", "INFO: END check"]);
    assert_eq!(report.services.len(), 6);
    let pings = paper.done.iter().filter(|done| done.starts_with("ping")).count();
    assert_eq!(pings, 3, "once for each host");
    let line = "append /perf/2011/3/perf_4.log 2011-03-04T05:06:07;app;a1;50;http://app:8081/;1.500;";
    assert!(paper.done.iter().any(|done| done == line), "{:?}", paper.done);
}

#[test]
fn each_critical_event_is_told_once() {
    let mut paper = good();
    paper.closed = vec![3128];
    paper.silent = vec!["10.0.0.1"];
    paper.pages.insert("8083", Ok(500));
    paper.pages.insert("8082", Err("408 no answer within 10 s".to_owned()));
    paper.memory.insert("/pid/a1", Ok(101));
    paper.logs.insert("/log/a2", vec!["x", "Boom 2", "Boom 1"]);
    let (report, critical) = run(&mut paper, &request(Action::Check, ""));
    let expected = [
        "CRITICAL: web (10.0.0.1) is down , can't ping",
        "CRITICAL: squid cant connect",
        "CRITICAL: error in URL : http://app:8083/ 500",
        "CRITICAL: memory is not good for a1 : 101",
        "CRITICAL: error in URL : http://app:8082/ 408 no answer within 10 s",
        "CRITICAL: a2 : Boom 2",
    ];
    assert_eq!(paper.log[1..7], expected);
    assert_eq!((report.exit_status(), critical.len()), (1, 6));
    assert_eq!(critical[1], "2011-03-04 05:06:07,008  CRITICAL: squid cant connect");
    let states: Vec<_> = report.services.iter().map(|service| (service.name.as_str(), service.state)).collect();
    assert_eq!(states[2], ("zeo", State::Ok));
    assert_eq!(states[4], ("a1", State::Critical));
}

#[test]
fn what_cannot_be_found_out_is_wrong_but_not_critical() {
    let mut paper = good();
    paper.memory.clear();
    paper.logs.remove("/log/a2");
    let (report, critical) = run(&mut paper, &request(Action::Check, "a1 , a2"));
    assert_eq!((report.state, critical.len()), (State::Wrong, 0));
    assert_eq!(paper.log[1..3], ["ERROR: a1 : /pid/a1 holds no pid", "ERROR: a2 : /pid/a2 holds no pid"]);
    let (_, critical) = run(&mut paper, &request(Action::Repair, "a1"));
    assert_eq!((turned(&paper), critical.len()), (vec![], 0), "nothing is restarted for that");
}

#[test]
fn a_start_takes_what_is_away_in_the_order_of_the_pools() {
    let mut paper = good();
    paper.closed = vec![8083, 8082, 8100];
    let (report, _) = run(&mut paper, &request(Action::Start, ""));
    let expected = ["stop u8100", "start u8100", "stop u8082", "start u8082", "stop u8083", "start u8083"];
    assert_eq!(turned(&paper), expected);
    assert_eq!(report.exit_status(), 0);
    let feeds = paper.done.iter().filter(|done| done.contains("/feed")).count();
    assert_eq!(feeds, 2);
}

#[test]
fn a_start_takes_what_is_named() {
    let mut paper = good();
    paper.closed = vec![8083];
    run(&mut paper, &Request { rotate: true, ..request(Action::Start, "a1,Squid,b1") });
    let expected = [
        "rotate /log/b1 to /archive/2011/3/b1-04-05-06-07-b1",
        "rotate /log/b1-z2 to /archive/2011/3/b1-04-05-06-07-b1-z2",
        "stop u3128",
        "start u3128",
        "stop u8081",
        "start u8081",
        "stop u8083",
        "start u8083",
    ];
    assert_eq!(turned(&paper), expected);
}

#[test]
fn one_that_does_not_come_up_is_critical_and_the_others_have_their_turn() {
    let mut paper = good();
    paper.closed = vec![8081, 8082];
    paper.stuck = vec!["u8081"];
    let (report, critical) = run(&mut paper, &request(Action::Repair, ""));
    assert_eq!(turned(&paper), ["stop u8081", "stop u8082", "start u8082"]);
    assert!(paper.log.contains(&"ERROR: a1 : cannot stop: exit status 1".to_owned()));
    assert_eq!((report.exit_status(), critical.len()), (1, 2));
    let states: Vec<_> = report.services.iter().map(|service| (service.name.as_str(), service.state)).collect();
    assert_eq!(states[4..], [("a1", State::Critical), ("a2", State::Ok)], "what is repaired is well");
    let mut paper = good();
    paper.closed = vec![1, 8081];
    paper.pages.insert("8081", Ok(503));
    let (_, critical) = run(&mut paper, &request(Action::Start, "a1"));
    assert!(critical[0].ends_with("error in URL : http://app:8081/ 503"), "{critical:?}");
}

#[test]
fn a_repair_heeds_the_names() {
    let mut paper = good();
    paper.closed = vec![8081, 8082];
    run(&mut paper, &request(Action::Repair, "a2"));
    assert_eq!(turned(&paper), ["stop u8082", "start u8082"]);
}

#[test]
fn a_stop_takes_the_clients_or_what_is_named() {
    let mut paper = good();
    run(&mut paper, &request(Action::Stop, ""));
    assert_eq!(turned(&paper), ["stop u8081", "stop u8082", "stop u8083"]);
    let mut paper = good();
    run(&mut paper, &request(Action::Stop, "apache"));
    assert_eq!(turned(&paper), ["stop u80"]);
}

#[test]
fn logs_memory_and_caches_are_shown_and_emptied() {
    let mut paper = good();
    let (report, _) = run(&mut paper, &request(Action::Mem, ""));
    assert_eq!(report.services.iter().filter_map(|s| s.memory).collect::<Vec<_>>(), [50, 60]);
    assert!(paper.log.contains(&"INFO: a1 : mem 50 k".to_owned()));
    let (report, _) = run(&mut paper, &Request { pattern: Some("^(fine|so)".into()), ..request(Action::Log, "a2") });
    assert_eq!(report.services[0].lines, ["fine", "so so"]);
    let mut cache = PaperCache::default();
    let start = Request { purge: true, ..request(Action::Start, "") };
    for request in [request(Action::Purge, ""), start] {
        super::run(&monitor(CLUSTER), &request, &mut paper, &mut cache, Box::new(PaperFile::default()), None);
    }
    assert_eq!(cache.0, ["squid", "squid"]);
    let (report, _) = run(&mut paper, &request(Action::Purge, "apache"));
    assert_eq!((report.exit_status(), report.events.len()), (1, 1));
}

#[test]
fn a_log_of_which_only_the_end_was_searched_is_told_as_such() {
    let told = |request: &Request, lines: Vec<&'static str>| {
        let mut paper = Paper { extent: Some(Extent::Cut(2 << 20)), ..good() };
        paper.logs.insert("/log/a1", lines);
        let (report, _) = run(&mut paper, request);
        let told =
            paper.log.iter().find_map(|line| line.strip_suffix(": a1 : only the last 2 MiB of /log/a1 were searched"));
        (told.map(str::to_owned), report.state)
    };
    let of = |word: &str, state| (Some(word.to_owned()), state);
    let check = request(Action::Check, "a1");
    assert_eq!(told(&check, vec!["fine"]), of("WARNING", State::Ok));
    assert_eq!(told(&check, vec!["Boom"]), of("WARNING", State::Critical));
    assert_eq!(told(&request(Action::Log, "a1"), vec!["fine"]), of("WARNING", State::Ok));
}

#[test]
fn a_dry_run_turns_nothing() {
    for action in [Action::Start, Action::Stop, Action::Repair, Action::Rotate, Action::Purge] {
        let mut paper = good();
        paper.closed = vec![8081, 3128];
        let (report, _) = run(&mut paper, &Request { dry_run: true, ..request(action, "") });
        assert_eq!(turned(&paper), [""; 0], "{action:?}");
        assert!(
            report.services.iter().any(|service| !service.plan.is_empty() && service.done.is_empty()),
            "{action:?}"
        );
    }
}

#[test]
fn what_a_command_stops_is_started_once_it_has_ended() {
    let text = "[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = 1\nstart_timeout = 1\n\
                stop_command = stop\nstart_command = start\n";
    let request = request(Action::Start, "a");
    let run = |paper: &mut Paper| {
        super::run(&monitor(text), &request, paper, &mut PaperCache::default(), Box::new(PaperFile::default()), None).0
    };
    let mut paper = Paper { ends: Some(std::time::Duration::from_millis(300)), ..Paper::default() };
    assert_eq!(run(&mut paper).exit_status(), 0, "{:?}", paper.log);
    assert_eq!(paper.done[..2], ["stop at 0ns", "start at 300ms"]);
    let mut paper = Paper::default();
    assert_eq!(run(&mut paper).exit_status(), 1);
    assert_eq!(paper.done, ["stop at 0ns"]);
    assert!(paper.log.contains(&"ERROR: a : cannot stop: it is still there after 1 s".to_owned()), "{:?}", paper.log);
}

#[test]
fn what_does_not_run_is_started_though_its_stop_command_fails() {
    let text = "[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = 1\nstart_timeout = 1\n\
                stop_command = stop\nstart_command = start\n";
    let run = |paper: &mut Paper| {
        super::run(
            &monitor(text),
            &request(Action::Start, "a"),
            paper,
            &mut PaperCache::default(),
            Box::new(PaperFile::default()),
            None,
        )
        .0
    };
    let mut paper = Paper { stuck: vec!["stop"], ends: Some(std::time::Duration::ZERO), ..Paper::default() };
    assert_eq!(run(&mut paper).exit_status(), 0, "{:?}", paper.log);
    assert_eq!(paper.done[..2], ["stop at 0ns", "start at 0ns"]);
    // One that does run, and cannot be stopped.
    let mut paper = Paper { stuck: vec!["stop"], ..Paper::default() };
    assert_eq!(run(&mut paper).exit_status(), 1);
    assert_eq!(paper.done, ["stop at 0ns"]);
}

#[test]
fn a_ping_that_cannot_be_made_takes_nobody_down() {
    let mut paper = Paper { without_ping: true, ..good() };
    let (report, critical) = run(&mut paper, &request(Action::Repair, ""));
    assert_eq!((report.exit_status(), critical, turned(&paper)), (1, vec![], vec![""; 0]));
    assert!(paper.log.iter().any(|line| line.starts_with("ERROR: a1 : cannot ping")), "{:?}", paper.log);
}

#[test]
fn what_nothing_controls_is_said() {
    let text = "[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = 1\n";
    let mut paper = Paper { closed: vec![1], ..Paper::default() };
    let (report, _) = super::run(
        &monitor(text),
        &request(Action::Start, ""),
        &mut paper,
        &mut PaperCache::default(),
        Box::new(PaperFile::default()),
        None,
    );
    let why =
        "ERROR: a : cannot restart: ctl neither starts nor stops it, as nothing says how; expected `control` in [a]";
    assert_eq!((paper.log[1].as_str(), report.exit_status()), (why, 1));
    let text = "[cluster]\nfrontend = c\nzeoclients = a\n[a]\nport = 1\ncontrol = none\n[c]\ntype = Squid\nport = 2\ncontrol = none\n";
    for (action, services, service, verb) in [
        (Action::Start, "a", "a", "restart"),
        (Action::Repair, "a", "a", "restart"),
        (Action::Stop, "", "a", "stop"),
        (Action::Purge, "", "c", "purge"),
    ] {
        for dry_run in [false, true] {
            let mut paper = Paper { closed: vec![1], ..Paper::default() };
            let request = Request { dry_run, ..request(action, services) };
            let marks = Box::new(PaperFile::default());
            let (report, _) = super::run(&monitor(text), &request, &mut paper, &mut PaperCache::default(), marks, None);
            let why = format!(
                "ERROR: {service} : cannot {verb}: ctl neither starts nor stops it, as its `control` is `none`"
            );
            assert!(paper.log.contains(&why), "{:?}", paper.log);
            let done = report.services.iter().flat_map(|service| service.done.iter().chain(&service.plan)).count();
            assert_eq!((report.exit_status(), done), (1, 0), "{action:?}");
        }
    }
}

const UNREADY: &str = "[DEFAULT]\ncritical_errors = Boom\narchivedir = /archive\n[cluster]\nzeoclients = a\n[a]\nport = 8081\n\
                       service_name = u8081\nlog_file = /log/a\nrotate_logs = /log/a\n";

/// Runs on a cluster of one client whose log never says that it is ready.
fn unready(paper: &mut Paper, marks: &PaperFile, request: &Request) -> Report {
    super::run(&monitor(UNREADY), request, paper, &mut PaperCache::default(), Box::new(marks.clone()), None).0
}

#[test]
fn an_error_counts_until_ctl_starts_the_service() {
    let (mut paper, marks) = (Paper::default(), PaperFile::default());
    paper.logs.insert("/log/a", vec!["fine", "Boom 1"]);
    let old = unready(&mut paper, &marks, &request(Action::Check, ""));
    let told: Vec<_> = old.services[0].events.iter().map(|event| event.message.as_str()).collect();
    assert_eq!((old.exit_status(), told[0]), (1, "a : Boom 1"));
    assert!(told[1].contains("no line holds `Zope Ready to handle requests`") && told.len() == 2, "{told:?}");
    let dry = Request { dry_run: true, ..request(Action::Repair, "") };
    unready(&mut paper, &marks, &dry);
    assert_eq!(*marks.0.borrow(), None, "a dry run notes nothing");
    let repaired = unready(&mut paper, &marks, &request(Action::Repair, ""));
    assert_eq!((repaired.exit_status(), turned(&paper)), (0, vec!["stop u8081", "start u8081"]));
    assert_eq!(*marks.0.borrow(), Some("recipe ctl marks 1\n0 0 2 0000000000000000 a\n".to_owned()));
    for action in [Action::Check, Action::Repair, Action::Log] {
        let again = unready(&mut paper, &marks, &request(action, ""));
        assert_eq!((again.exit_status(), again.services[0].lines.len()), (0, 0), "{action:?}");
    }
    paper.logs.insert("/log/a", vec!["Boom 2", "fine", "Boom 1"]);
    let new = unready(&mut paper, &marks, &request(Action::Check, ""));
    let told: Vec<_> = new.services[0].events.iter().map(|event| event.message.as_str()).collect();
    assert_eq!((new.exit_status(), told), (1, vec!["a : Boom 2"]));
    assert_eq!(unready(&mut paper, &marks, &request(Action::Log, "")).services[0].lines, ["Boom 2"]);
    assert_eq!(turned(&paper).len(), 2);
}

#[test]
fn an_archive_stays_in_its_folder() {
    let text = "[DEFAULT]\narchivedir = /archive\n[cluster]\nfrontend = ../x\nzeoclients = b\n[b]\nport = 8081\n[../x]\ntype = TCPServer\nport = 80\nrotate_logs = /log/a\n";
    let (mut paper, marks) = (Paper::default(), Box::new(PaperFile::default()));
    let request = request(Action::Rotate, "");
    super::run(&monitor(text), &request, &mut paper, &mut PaperCache::default(), marks, None);
    assert!(paper.done.len() == 1 && paper.done[0].contains("/.._x-"), "{:?}", paper.done);
}

#[test]
fn a_log_that_is_saved_has_no_old_errors() {
    let (mut paper, marks) = (Paper::default(), PaperFile::default());
    *marks.0.borrow_mut() =
        Some("recipe ctl marks 1\n0 0 5 0000000000000000 a\n0 0 5 0000000000000000 gone\n".to_owned());
    paper.logs.insert("/log/a", vec![]);
    assert_eq!(unready(&mut paper, &marks, &request(Action::Rotate, "")).exit_status(), 0);
    assert_eq!(*marks.0.borrow(), Some("recipe ctl marks 1\n0 0 0 0000000000000000 a\n".to_owned()));
    paper.logs.insert("/log/a", vec!["6", "5", "4", "3", "2", "Boom"]);
    let new = unready(&mut paper, &marks, &request(Action::Check, ""));
    assert_eq!((new.exit_status(), new.services[0].events.len()), (1, 1));
}

#[test]
fn rubbish_instead_of_marks_is_told_with_its_file_and_passed_over() {
    let (mut paper, marks) = (Paper::default(), PaperFile::default());
    *marks.0.borrow_mut() = Some("rubbish\n".to_owned());
    paper.logs.insert("/log/a", vec!["fine"]);
    let report = unready(&mut paper, &marks, &request(Action::Check, ""));
    let told = "/paper: these are no marks of ctl in logs; errors from before the last start may count";
    assert_eq!((report.exit_status(), report.events[0].message.as_str(), report.events.len()), (1, told, 1));
    unready(&mut paper, &marks, &request(Action::Start, "a"));
    assert_eq!(unready(&mut paper, &marks, &request(Action::Check, "")).exit_status(), 0);
}

#[test]
fn a_dry_run_writes_nothing_down() {
    for (dry_run, lines) in [(true, 0), (false, 2)] {
        let mut paper = good();
        run(&mut paper, &Request { dry_run, ..request(Action::Check, "a1,a2") });
        assert_eq!(paper.done.iter().filter(|done| done.starts_with("append")).count(), lines, "{:?}", paper.done);
    }
}

#[test]
fn a_run_that_has_looked_at_nothing_says_so() {
    let mut report = Report { skipped: Some("somebody is at work".to_owned()), ..Report::default() };
    report.sum_up();
    assert_eq!((report.state, report.exit_status()), (State::Skipped, 0));
    report.events.push(Event { level: Level::Error, message: "the log is not written".to_owned() });
    report.sum_up();
    assert_eq!((report.state, report.exit_status()), (State::Wrong, 1));
}

#[test]
fn nothing_to_do_for_what_is_named_is_told() {
    for (action, services, expected) in [
        (Action::Mem, "squid", "ERROR: squid : is no client; the memory that is shown is that of clients"),
        (Action::Mem, "b1", "ERROR: b1 : has no pid_file"),
        (Action::Log, "squid", "ERROR: squid : is no client; the log that is searched is that of clients"),
        (Action::Log, "b1", "ERROR: b1 : has no log_file"),
        (Action::Rotate, "squid", "ERROR: squid : has no rotate_logs: there is nothing to save"),
    ] {
        let mut paper = good();
        let (report, _) = run(&mut paper, &request(action, services));
        assert_eq!((paper.log[1].as_str(), report.exit_status()), (expected, 1), "{action:?}");
        // Of all those that are not named it is no error.
        let mut paper = good();
        assert_eq!(run(&mut paper, &request(action, "")).0.exit_status(), 0, "{:?}", paper.log);
    }
    let text = "[DEFAULT]\narchivedir = /a\n[cluster]\nfrontend = a\n[a]\ntype = TCPServer\n";
    for (action, expected) in [
        (Action::Mem, "ERROR: there is no client; the memory that is shown is that of clients"),
        (Action::Log, "ERROR: there is no client; the log that is searched is that of clients"),
        (Action::Rotate, "ERROR: no service has rotate_logs: there is nothing to save"),
    ] {
        let (mut paper, file) = (good(), Box::new(PaperFile::default()));
        super::run(&monitor(text), &request(action, ""), &mut paper, &mut PaperCache::default(), file, None);
        assert_eq!(paper.log[1], expected);
    }
    let text = "[cluster]\nzeoclients = a\n[a]\nport = 1\nlog_file = /log/a1\n";
    let (mut paper, file) = (good(), Box::new(PaperFile::default()));
    super::run(&monitor(text), &request(Action::Log, ""), &mut paper, &mut PaperCache::default(), file, None);
    let expected = "ERROR: nothing is searched: no client has a log_file, with critical_errors or a -p";
    assert!(paper.log.contains(&expected.to_owned()), "{:?}", paper.log);
}

#[test]
fn a_page_of_another_server_is_told_with_who_was_to_be_checked() {
    let mut paper = good();
    paper.pages.insert("elsewhere", Ok(404));
    let request = Request { url: "http://elsewhere/x".to_owned(), ..request(Action::Check, "a1,a2") };
    run(&mut paper, &request);
    let of = |name| format!("CRITICAL: error in URL : http://elsewhere/x 404 (for {name})");
    assert_eq!(paper.log[1..3], [of("a1"), of("a2")]);
}

#[test]
fn what_has_ended_as_soon_as_it_was_started_is_told_at_once() {
    let mut paper = Paper { closed: vec![3128], ended: vec!["u3128"], ..good() };
    let (report, _) = run(&mut paper, &request(Action::Start, "squid"));
    let line = "CRITICAL: squid cant connect: it is said to have failed";
    assert!(paper.log.contains(&line.to_owned()), "{:?}", paper.log);
    assert_eq!(report.exit_status(), 1);
    assert!(paper.time < std::time::Duration::from_secs(30), "{:?}", paper.time);
}
