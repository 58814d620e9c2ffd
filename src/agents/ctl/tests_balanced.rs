//! Runs behind a balancer, on a world of paper.

use std::time::Duration;

use super::report::{OfService, Report};
use super::request::{Action, Request};
use super::stream::Stream;
use super::testing::{Paper, PaperBalancer, PaperCache, PaperFile, monitor, request};
use super::world::Asked;

const CLUSTER: &str = "\
[DEFAULT]
min_serving = 0
[cluster]
frontend = front
zeoclients = a1, a2
[feedcache]
url = /feed
[front]
type = HAProxy
socket = /run/s
backend = zope
port = 80
service_name = u80
[a1]
port = 8081
pool = 1
service_name = u8081
[a2]
port = 8082
pool = 1
service_name = u8082
";

/// Runs it; the report and the journal afterwards.
fn run(
    paper: &mut Paper,
    balancer: PaperBalancer,
    written: Option<&str>,
    action: Action,
    services: &str,
) -> (Report, Option<String>) {
    let request = request(action, services);
    let journal = PaperFile::default();
    *journal.0.borrow_mut() = written.map(|lines| format!("recipe ctl roll 1\n{lines}"));
    let stream = Stream { balancer: Box::new(balancer), journal: Box::new(journal.clone()), silence: None };
    let monitor = monitor(CLUSTER);
    let (report, _) =
        super::run(&monitor, &request, paper, &mut PaperCache::default(), Box::new(PaperFile::default()), Some(stream));
    let left = journal.0.borrow().clone();
    (report, left)
}

#[test]
fn a_repair_restarts_nobody_who_is_not_named() {
    let bad = || Paper { pages: [("8081", Ok(500))].into_iter().collect(), ..Paper::default() };
    for (named, restarted) in [("a2", vec![]), ("front", vec![]), ("a1", vec!["stop u8081", "start u8081"])] {
        let mut paper = bad();
        run(&mut paper, PaperBalancer::default(), None, Action::Repair, named);
        assert_eq!(turned(&paper), restarted, "{named}");
    }
}

#[test]
fn a_start_takes_those_without_a_pool_too_but_not_those_of_none() {
    let started = |text: &str| {
        let (mut paper, request) = (Paper::default(), request(Action::Start, ""));
        let stream = Stream {
            balancer: Box::new(PaperBalancer::default()),
            journal: Box::new(PaperFile::default()),
            silence: None,
        };
        super::run(
            &monitor(text),
            &request,
            &mut paper,
            &mut PaperCache::default(),
            Box::new(PaperFile::default()),
            Some(stream),
        );
        turned(&paper).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let one = ["stop u8082", "start u8082"];
    assert_eq!(started(&CLUSTER.replacen("pool = 1", "pool = 0", 1)), one);
    let last = ["stop u8082", "start u8082", "stop u8081", "start u8081"];
    assert_eq!(started(&CLUSTER.replacen("pool = 1\n", "", 1)), last);
}

#[test]
fn a_balancer_that_does_not_say_who_is_in_is_told_of() {
    let balancer = PaperBalancer { unknown: vec!["a1", "a2"], ..PaperBalancer::default() };
    let (report, _) = run(&mut Paper::default(), balancer, None, Action::Check, "");
    let told: Vec<_> = report.events.iter().map(|event| event.message.as_str()).collect();
    let of = |name| format!("{name} : it is not known whether the balancer has it: paper has no server {name}");
    assert_eq!((report.exit_status(), told), (1, vec![&*of("a1"), &*of("a2")]));
}

/// What a check of a2 tells, but for how it begins and ends.
fn checked(mut paper: Paper, balancer: PaperBalancer, written: &str) -> Vec<String> {
    let (report, left) = run(&mut paper, balancer, Some(written), Action::Check, "a2");
    assert_eq!(left, Some(format!("recipe ctl roll 1\n{written}")));
    let told: Vec<String> = paper.log.iter().filter(|line| !line.starts_with("INFO")).cloned().collect();
    assert_eq!(report.exit_status(), u8::from(!told.iter().all(|line| line.starts_with("WARNING"))), "{told:?}");
    told
}

#[test]
fn a_check_tells_who_is_out_by_the_balancer_and_only_why_by_what_is_written_down() {
    let out = || PaperBalancer { out: ["a1".to_owned()].into(), ..PaperBalancer::default() };
    let down = || PaperBalancer { bad: vec!["a1"], ..PaperBalancer::default() };
    let bad = || Paper { pages: [("8081", Ok(500))].into_iter().collect(), ..Paper::default() };
    let closed = || Paper { closed: vec![8081], ..Paper::default() };
    let (failed, in_hand, stopped) = ("failed\ta1\tx\n", "in-hand\ta1\n", "stopped\ta1\n");
    assert_eq!(checked(bad(), out(), failed), ["CRITICAL: a1 is out of the balancer: x"]);
    // The balancer was restarted, and has forgotten that it was told so.
    let again = "a1 is in the balancer, though it is written down to be out: x; `repair` takes care of it";
    assert_eq!(checked(bad(), PaperBalancer::default(), failed), [format!("CRITICAL: {again}")]);
    assert_eq!(checked(Paper::default(), PaperBalancer::default(), failed), [format!("ERROR: {again}")]);
    let good = "CRITICAL: a1 is in the balancer, which does not find it good; it is written down to be out: x";
    assert_eq!(checked(Paper::default(), down(), failed), [good]);
    // It has not done what it was told.
    let hand = "ERROR: a1 is in the balancer, though a run that was cut off had it in hand; `repair` takes care of it";
    assert_eq!(checked(Paper::default(), PaperBalancer::default(), in_hand), [hand]);
    let hand = "a1 is out of the balancer: a run that was cut off has left it out, and `repair` takes care of it";
    assert_eq!(checked(Paper::default(), out(), in_hand), [format!("CRITICAL: {hand}")]);
    let stop = "a1 is in the balancer, though it is written down to be out: it was stopped";
    assert_eq!(checked(closed(), PaperBalancer::default(), stopped), [format!("CRITICAL: {stop}")]);
    assert_eq!(checked(Paper::default(), PaperBalancer::default(), stopped), [format!("ERROR: {stop}")]);
    assert_eq!(checked(closed(), out(), stopped), ["WARNING: a1 is out of the balancer: it was stopped"]);
    let old = "ERROR: old is written down to be out of the balancer, and is no client any more: x; `repair` forgets it";
    assert_eq!(checked(Paper::default(), PaperBalancer::default(), "failed\told\tx\n"), [old]);
}

#[test]
fn where_the_balancer_cannot_be_asked_a_check_says_so_once() {
    let silent = || PaperBalancer { is_silent: true, ..PaperBalancer::default() };
    let why = "the balancer at paper refuses `show`: no";
    let expected = [
        format!("ERROR: it is not known who is out of the balancer: {why}"),
        "CRITICAL: a1 may be out of the balancer: x".to_owned(),
        "WARNING: a2 may be out of the balancer: it was stopped".to_owned(),
    ];
    let told = checked(Paper { closed: vec![8082], ..Paper::default() }, silent(), "failed\ta1\tx\nstopped\ta2\n");
    assert!(expected.iter().all(|line| told.contains(line)), "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains(why)).count(), 1);
}

fn turned(paper: &Paper) -> Vec<&str> {
    let done = paper.done.iter().map(String::as_str);
    done.filter(|done| done.starts_with("start") || done.starts_with("stop")).collect()
}

#[test]
fn one_connection_that_fails_takes_nobody_out() {
    let mut paper = Paper::default();
    paper.refusals.insert(8082, 2);
    let (report, left) = run(&mut paper, PaperBalancer::default(), None, Action::Start, "a1");
    assert_eq!((report.exit_status(), left), (0, None), "{:?}", paper.log);
    assert_eq!(turned(&paper), ["stop u8081", "start u8081"]);
    let mut paper = Paper::default();
    paper.refusals.insert(8082, 3);
    let (_, left) = run(&mut paper, PaperBalancer::default(), None, Action::Start, "a1");
    assert!(left.unwrap().contains("failed\ta2\ta2 cant connect"), "{:?}", paper.log);
}

#[test]
fn what_the_balancer_does_not_know_is_repaired_and_holds_up_nobody() {
    let mut paper = Paper { closed: vec![8081, 8082], ..Paper::default() };
    let balancer = PaperBalancer { unknown: vec!["a1"], ..PaperBalancer::default() };
    let (report, left) = run(&mut paper, balancer, None, Action::Repair, "");
    assert_eq!(turned(&paper), ["stop u8082", "start u8082", "stop u8081", "start u8081"]);
    assert_eq!((report.exit_status(), left), (1, None));
    assert!(paper.log.contains(&"CRITICAL: front : paper has no server a1".to_owned()), "{:?}", paper.log);
    // Or if it answers, and does nothing.
    let mut paper = Paper { closed: vec![8081, 8082], ..Paper::default() };
    let balancer = PaperBalancer { is_read_only: true, ..PaperBalancer::default() };
    let (report, _) = run(&mut paper, balancer, None, Action::Repair, "");
    assert_eq!(turned(&paper), ["stop u8081", "start u8081", "stop u8082", "start u8082"]);
    assert_eq!(report.exit_status(), 1);
    // One that serves is left alone.
    let mut paper = Paper::default();
    let balancer = PaperBalancer { unknown: vec!["a1", "a2"], ..PaperBalancer::default() };
    run(&mut paper, balancer, None, Action::Repair, "");
    assert_eq!(turned(&paper), [""; 0]);
}

#[test]
fn a_feed_that_fails_does_not_keep_the_last_one_out() {
    let mut paper = Paper::default();
    paper.pages.insert("/feed", Ok(500));
    let balancer = PaperBalancer { out: ["a1", "a2"].map(str::to_owned).into(), ..PaperBalancer::default() };
    let (_, left) = run(&mut paper, balancer, Some("failed\ta1\tx\nfailed\ta2\tx\n"), Action::Repair, "");
    let left = left.unwrap();
    assert!(!left.contains("a1") && left.contains("failed\ta2\t"), "{left}");
    let warnings = paper.log.iter().filter(|line| line.starts_with("WARNING: a1 is put back all the same")).count();
    assert_eq!(warnings, 1, "{:?}", paper.log);
}

#[test]
fn a_repair_forgets_those_that_are_no_clients_any_more() {
    let written = Some("in-hand\told\n");
    let mut paper = Paper::default();
    let (_, left) = run(&mut paper, PaperBalancer::default(), written, Action::Start, "a1");
    assert!(left.unwrap().contains("old"));
    let (_, left) = run(&mut paper, PaperBalancer::default(), written, Action::Repair, "");
    assert_eq!(left, None);
    let warning = "WARNING: old is no client any more: that it is out of the balancer is forgotten";
    assert!(paper.log.contains(&warning.to_owned()), "{:?}", paper.log);
}

#[test]
fn one_that_may_stop_at_any_moment_is_known_until_it_is_recovered() {
    let mut paper = Paper { slow: vec!["u8081"], ..Paper::default() };
    let (report, left) = run(&mut paper, PaperBalancer::default(), None, Action::Start, "a1");
    let left = left.unwrap();
    assert_eq!(report.exit_status(), 1);
    assert_eq!(left, "recipe ctl roll 1\nending\ta1\ta1 : cannot stop: no answer within 70 s\n");
    let written = Some("ending\ta1\tno answer\n");
    let balancer = || PaperBalancer { out: ["a1".to_owned()].into(), ..PaperBalancer::default() };
    let mut paper = Paper::default();
    run(&mut paper, balancer(), written, Action::Check, "a2");
    let told = "CRITICAL: a1 was told to stop: it may stop at any moment, and `repair` takes care of it: no answer";
    assert!(paper.log.contains(&told.to_owned()), "{:?}", paper.log);
    // It has stopped meanwhile, and somebody else is started.
    let mut paper = Paper { closed: vec![8081], ..Paper::default() };
    let (report, left) = run(&mut paper, balancer(), written, Action::Start, "a2");
    assert_eq!(turned(&paper), ["stop u8081", "start u8081", "stop u8082", "start u8082"]);
    assert_eq!((report.exit_status(), left), (0, None), "{:?}", paper.log);
}

#[test]
fn that_nobody_serves_is_critical_and_a_repair_puts_the_good_ones_back() {
    let balancer = || PaperBalancer { out: ["a1", "a2"].map(str::to_owned).into(), ..PaperBalancer::default() };
    let mut paper = Paper::default();
    let (report, _) = run(&mut paper, balancer(), None, Action::Check, "");
    let nobody = "CRITICAL: nobody serves: all clients are out of the balancer".to_owned();
    assert!(report.exit_status() == 1 && paper.log.contains(&nobody), "{:?}", paper.log);
    let mut paper = Paper::default();
    let (report, left) = run(&mut paper, balancer(), None, Action::Repair, "");
    let told = "CRITICAL: nobody serves: a1 is put back, though it was not ctl that took it out".to_owned();
    assert!(paper.log.contains(&told), "{:?}", paper.log);
    assert!(paper.log.iter().any(|line| line.starts_with("INFO: a2 serves again")), "{:?}", paper.log);
    assert_eq!((report.exit_status(), left, turned(&paper)), (0, None, vec![]));
}

#[test]
fn a_signal_ends_a_run_with_its_status_and_nothing_comes_after() {
    let asked = Some(Asked { name: "SIGTERM", number: 15 });
    let ended = |action, services: &str, closed: Vec<u16>, balancer: PaperBalancer| {
        let mut paper = Paper { closed, ..Paper::default() };
        paper.signals.asked = asked;
        let (report, left) = run(&mut paper, balancer, None, action, services);
        (report.exit_status(), left, turned(&paper).join(", "), paper.log.join("\n"))
    };
    let (status, left, done, log) = ended(Action::Start, "", vec![], PaperBalancer::default());
    assert_eq!((status, left, &*done), (143, None, ""), "{log}");
    let told = "ERROR: SIGTERM came: the rolling start ends here, 2 of 2 turns are not done; nobody is left out of the balancer";
    assert!(log.contains(told), "{log}");
    // Neither those without the balancer, nor those that are not behind it.
    let unknown = || PaperBalancer { unknown: vec!["a1", "a2"], ..PaperBalancer::default() };
    let (status, _, done, log) = ended(Action::Repair, "", vec![8081, 8082], unknown());
    assert_eq!((status, &*done), (143, ""), "{log}");
    assert!(log.contains("ERROR: SIGTERM came: nothing more is done"), "{log}");
    let (status, _, done, log) = ended(Action::Stop, "a1, front", vec![], PaperBalancer::default());
    assert_eq!((status, &*done), (143, ""), "{log}");
}

#[test]
fn a_journal_that_cannot_be_read_is_told_with_its_place_and_what_to_do() {
    for action in [Action::Check, Action::Repair] {
        let mut paper = Paper::default();
        let balancer = PaperBalancer { out: ["a1".to_owned()].into(), ..PaperBalancer::default() };
        let (report, _) = run(&mut paper, balancer, Some("rubbish\n"), action, "");
        let told: Vec<_> = report.events.iter().map(|event| event.message.as_str()).collect();
        assert!(told[0].starts_with("/paper: line 2: \"rubbish\", expected "), "{told:?}");
        assert!(told[1].contains("put those back by `start -s NAME`, and remove the file"), "{told:?}");
        assert_eq!(report.exit_status(), 1);
    }
}

#[test]
fn what_somebody_else_has_taken_out_is_an_error_and_left_alone() {
    let balancer = || PaperBalancer { out: ["a1".to_owned()].into(), ..PaperBalancer::default() };
    let others = ["stop u8082", "start u8082"];
    let good = "ERROR: a1 is good, but out of the balancer, and it was not ctl that took it out: it is left alone; \
                `start -s a1` restarts it and puts it back";
    for (action, services, done) in
        [(Action::Repair, "", &[][..]), (Action::Start, "a2", &others), (Action::Start, "", &others)]
    {
        let mut paper = Paper::default();
        let (report, left) = run(&mut paper, balancer(), None, action, services);
        assert_eq!((report.exit_status(), left, turned(&paper)), (1, None, done.to_vec()), "{services}");
        assert!(paper.log.contains(&good.to_owned()), "{:?}", paper.log);
    }
    // It may be stopped because somebody is at it.
    let mut paper = Paper { closed: vec![8081], ..Paper::default() };
    let (report, _) = run(&mut paper, balancer(), None, Action::Repair, "");
    assert_eq!((report.exit_status(), turned(&paper)), (1, vec![]));
    let bad = good.replace("good, but", "not good, and");
    assert!(paper.log.contains(&bad), "{:?}", paper.log);
    // Who names it means it.
    let mut paper = Paper::default();
    let (report, _) = run(&mut paper, balancer(), None, Action::Start, "a1");
    assert_eq!((report.exit_status(), turned(&paper)), (0, vec!["stop u8081", "start u8081"]));
}

#[test]
fn one_that_was_stopped_and_is_up_again_is_told() {
    let written = Some("stopped\ta1\n");
    let balancer = || PaperBalancer { out: ["a1".to_owned()].into(), ..PaperBalancer::default() };
    for (closed, status) in [(vec![8081], 0), (vec![], 1)] {
        let mut paper = Paper { closed: closed.clone(), ..Paper::default() };
        let (report, _) = run(&mut paper, balancer(), written, Action::Start, "a2");
        let told = "ERROR: a1 is good, but out of the balancer, as it was stopped: it is left alone; `start -s a1` restarts it \
                    and puts it back";
        assert_eq!(
            (report.exit_status(), paper.log.contains(&told.to_owned())),
            (status, status == 1),
            "{:?}",
            paper.log
        );
        let mut paper = Paper { closed, ..Paper::default() };
        let (report, _) = run(&mut paper, balancer(), written, Action::Check, "a2");
        assert_eq!(report.exit_status(), status, "{:?}", paper.log);
    }
}

#[test]
fn connections_that_are_cut_are_mailed_and_make_the_exit_status_1() {
    let mut paper = Paper::default();
    let balancer = PaperBalancer { connections: 2, ..PaperBalancer::default() };
    let (report, left) = run(&mut paper, balancer, None, Action::Start, "a1");
    let cut = "CRITICAL: a1: 2 connections are cut, as the time to drain is over";
    let sum = "ERROR: connections were cut at a1: they had not ended within `drain_timeout`, 30 s";
    for line in [cut, sum] {
        assert!(paper.log.contains(&line.to_owned()), "{:?}", paper.log);
    }
    assert!(paper.log.iter().any(|line| line.starts_with("INFO: a1 serves again")), "{:?}", paper.log);
    assert_eq!((report.exit_status(), left), (1, None));
}

#[test]
fn one_that_is_stopping_is_not_put_back_but_restarted() {
    for (written, action, services) in [("in-hand\ta1\n", Action::Repair, ""), ("ending\ta1\tx\n", Action::Start, "a2")]
    {
        let mut paper = Paper { stopping: vec!["u8081"], ..Paper::default() };
        let balancer = PaperBalancer { out: ["a1".to_owned()].into(), ..PaperBalancer::default() };
        let (report, left) = run(&mut paper, balancer, Some(written), action, services);
        assert_eq!(turned(&paper)[..2], ["stop u8081", "start u8081"]);
        assert_eq!((report.exit_status(), left), (0, None), "{:?}", paper.log);
    }
}

#[test]
fn an_old_error_keeps_nobody_out_who_is_restarted_for_it() {
    let keys = "critical_errors = Boom\nlog_file = /log/a1\n";
    let text = CLUSTER.replace("[a1]\n", &format!("[a1]\n{keys}"));
    let (mut paper, marks, journal) = (Paper::default(), PaperFile::default(), PaperFile::default());
    paper.logs.insert("/log/a1", vec!["Boom"]);
    for action in [Action::Repair, Action::Check, Action::Repair] {
        let stream =
            Stream { balancer: Box::new(PaperBalancer::default()), journal: Box::new(journal.clone()), silence: None };
        let (monitor, marks, request) = (monitor(&text), Box::new(marks.clone()), request(action, ""));
        let (report, _) = super::run(&monitor, &request, &mut paper, &mut PaperCache::default(), marks, Some(stream));
        assert_eq!((report.exit_status(), &*journal.0.borrow()), (0, &None), "{:?}", paper.log);
    }
    assert_eq!(turned(&paper), ["stop u8081", "start u8081"]);
}

/// What a dry run of a start shows, client by client, and what is told besides.
fn rehearsed(text: &str, paper: &mut Paper, balancer: PaperBalancer, action: Action) -> (Vec<String>, Vec<String>) {
    let journal = PaperFile::default();
    let stream = Stream { balancer: Box::new(balancer), journal: Box::new(journal.clone()), silence: None };
    let request = Request { dry_run: true, ..request(action, "") };
    let marks = Box::new(PaperFile::default());
    let (report, _) = super::run(&monitor(text), &request, paper, &mut PaperCache::default(), marks, Some(stream));
    assert_eq!((turned(paper), &*journal.0.borrow()), (vec![], &None));
    let of =
        |service: &OfService| service.plan.iter().map(|done| format!("{} {done}", service.name)).collect::<Vec<_>>();
    let told = paper.log.iter().filter(|line| !line.starts_with("INFO")).cloned();
    (report.services.iter().flat_map(of).collect(), told.collect())
}

#[test]
fn a_dry_run_says_what_would_be_refused() {
    let both = ["a1 restart", "a2 restart"];
    let of = |least: &str, paper: &mut Paper| {
        let text = CLUSTER.replace("min_serving = 0", least);
        rehearsed(&text, paper, PaperBalancer::default(), Action::Start)
    };
    assert_eq!(of("min_serving = 1", &mut Paper::default()), (both.map(str::to_owned).into(), vec![]));
    let (done, told) = of("min_serving = 2", &mut Paper::default());
    let why = "CRITICAL: the rolling start stops before a1: without it 1 client would serve, and min_serving is 2";
    assert_eq!((done, told), (vec![], vec![why.to_owned()]));
    // Nobody serves: what others took out comes back.
    let balancer = PaperBalancer { out: ["a1", "a2"].map(str::to_owned).into(), ..PaperBalancer::default() };
    let (done, told) = rehearsed(CLUSTER, &mut Paper::default(), balancer, Action::Repair);
    assert_eq!((done, told.len()), (["a1 recover", "a2 recover"].map(str::to_owned).into(), 2));
    // One that does not serve comes first; with it there would be enough.
    let mut paper = Paper { pages: [("8082", Ok(500))].into_iter().collect(), ..Paper::default() };
    let (done, told) = of("min_serving = 1", &mut paper);
    assert_eq!((done, told), (vec!["a1 restart".to_owned(), "a2 restart".to_owned()], vec![]));
    let mut paper = Paper { pages: [("8082", Ok(500))].into_iter().collect(), ..Paper::default() };
    let (done, told) = of("min_serving = 2", &mut paper);
    assert_eq!((done, told), (vec!["a2 restart".to_owned()], vec![why.to_owned()]));
}

#[test]
fn a_dry_run_says_what_ctl_neither_starts_nor_stops() {
    let text = CLUSTER.replace("service_name = u8081", "control = none");
    let why = "ctl neither starts nor stops it, as its `control` is `none`";
    let (done, told) = rehearsed(&text, &mut Paper::default(), PaperBalancer::default(), Action::Start);
    let told_of_it = format!("CRITICAL: a1 is not restarted, and serves as before: {why}");
    assert_eq!((done, told), (vec!["a2 restart".to_owned()], vec![told_of_it]));
    let mut paper = Paper { closed: vec![8081], ..Paper::default() };
    let (done, told) = rehearsed(&text, &mut paper, PaperBalancer::default(), Action::Repair);
    let told_of_it = format!("CRITICAL: a1 is not restarted, and leaves the balancer as it is dead: {why}");
    assert_eq!(done, ["a1 take out"]);
    assert!(told.contains(&told_of_it), "{told:?}");
    // Nor a balancer that would have to be restarted.
    let text = CLUSTER.replace("service_name = u80\n", "control = none\n");
    let balancer = PaperBalancer { is_restarted: true, ..PaperBalancer::default() };
    let (done, told) = rehearsed(&text, &mut Paper::default(), balancer, Action::Start);
    let told_of_it = format!("CRITICAL: the rolling start stops at a1: {why}; it may be out of the balancer");
    assert_eq!((done, told), (vec![], vec![told_of_it]));
}

#[test]
fn nobody_is_taken_out_of_the_balancer_for_nothing() {
    let told = |paper: &Paper, line: &str| paper.log.iter().filter(|own| *own == line).count();
    for (action, dry_run) in [(Action::Start, false), (Action::Start, true), (Action::Repair, false)] {
        let mut paper = Paper { away: vec!["u8081", "u8082"], ..Paper::default() };
        if action == Action::Repair {
            paper.pages.insert("808", Ok(500));
        }
        let (balancer, journal) = (PaperBalancer::default(), PaperFile::default());
        let drained = balancer.drained.clone();
        let stream = Stream { balancer: Box::new(balancer), journal: Box::new(journal.clone()), silence: None };
        let (monitor, request) = (monitor(CLUSTER), Request { dry_run, ..request(action, "") });
        let marks = Box::new(PaperFile::default());
        let (report, _) = super::run(&monitor, &request, &mut paper, &mut PaperCache::default(), marks, Some(stream));
        let state = if action == Action::Repair { "stays as it is" } else { "serves as before" };
        for name in ["a1", "a2"] {
            let line = format!("CRITICAL: {name} is not restarted, and {state}: nobody answers");
            assert_eq!(told(&paper, &line), 1, "{:?}", paper.log);
        }
        assert_eq!((drained.get(), turned(&paper), report.exit_status()), (0, vec![], 1), "{:?}", paper.log);
        assert!(report.services.iter().all(|service| service.plan.is_empty() && service.done.is_empty()));
    }
    // The others have their turn.
    let mut paper = Paper { away: vec!["u8081"], ..Paper::default() };
    let (report, left) = run(&mut paper, PaperBalancer::default(), None, Action::Start, "");
    assert_eq!((turned(&paper), report.exit_status(), left), (vec!["stop u8082", "start u8082"], 1, None));
    // One that goes away later ends the run before the next client is taken out.
    let mut paper = Paper { away: vec!["u8082"], away_from: Duration::from_secs(5), ..Paper::default() };
    let balancer = PaperBalancer::default();
    let drained = balancer.drained.clone();
    let (report, left) = run(&mut paper, balancer, None, Action::Start, "");
    assert_eq!((turned(&paper), drained.get(), left), (vec!["stop u8081", "start u8081"], 1, None), "{:?}", paper.log);
    let line = "CRITICAL: the rolling start stops at a2: nobody answers; it serves as before";
    assert_eq!((told(&paper, line), report.exit_status()), (1, 1), "{:?}", paper.log);
}

#[test]
fn what_ctl_does_not_stop_is_told_and_goes_on_serving() {
    let text = CLUSTER.replace("service_name = u8081", "control = none");
    let (mut paper, balancer) = (Paper::default(), PaperBalancer::default());
    let drained = balancer.drained.clone();
    let stream = Stream { balancer: Box::new(balancer), journal: Box::new(PaperFile::default()), silence: None };
    let (request, marks) = (request(Action::Stop, ""), Box::new(PaperFile::default()));
    let (report, _) =
        super::run(&monitor(&text), &request, &mut paper, &mut PaperCache::default(), marks, Some(stream));
    let line =
        "ERROR: a1 is not stopped, and serves as before: ctl neither starts nor stops it, as its `control` is `none`";
    assert!(paper.log.contains(&line.to_owned()), "{:?}", paper.log);
    assert_eq!((drained.get(), turned(&paper), report.exit_status()), (1, vec!["stop u8082"], 1));
}

#[test]
fn a_dry_run_of_a_cold_start_says_what_comes_once_the_balancer_is_up() {
    let all = ["a1 restart", "a2 restart", "front restart"].map(str::to_owned);
    let mut paper = Paper { closed: vec![80, 8081, 8082], ..Paper::default() };
    let silent = || PaperBalancer { unknown: vec!["a1", "a2"], ..PaperBalancer::default() };
    let (mut done, told) = rehearsed(CLUSTER, &mut paper, silent(), Action::Start);
    done.sort();
    assert_eq!((done, told), (all.into(), vec![]));
    // A stop starts no balancer.
    let (done, told) = rehearsed(CLUSTER, &mut paper, silent(), Action::Stop);
    assert!(done.is_empty() && !told.is_empty(), "{done:?} {told:?}");
}

#[test]
fn a_client_that_the_balancer_has_elsewhere_is_told_and_nobody_is_turned() {
    for (action, level) in [
        (Action::Start, "CRITICAL"),
        (Action::Stop, "CRITICAL"),
        (Action::Repair, "CRITICAL"),
        (Action::Check, "ERROR"),
    ] {
        // Nobody listens where cluster.ini says, so that it would pass for dead.
        let mut paper = Paper { closed: vec![8082], ..Paper::default() };
        let balancer = PaperBalancer { places: vec![("a1", 8081), ("a2", 8083)], ..PaperBalancer::default() };
        let drained = balancer.drained.clone();
        let (report, _) = run(&mut paper, balancer, None, action, "");
        let line = format!(
            "{level}: a2 is at 127.0.0.1:8082, and the balancer has it at localhost:8083: expected one address"
        );
        assert!(paper.log.contains(&line), "{:?}", paper.log);
        assert_eq!((drained.get(), turned(&paper), report.exit_status()), (0, vec![], 1), "{:?}", paper.log);
    }
}

#[test]
fn a_login_that_is_refused_takes_nobody_out() {
    let text = format!("{CLUSTER}[connect]\nlogin = me\npasswd = wrong\n");
    let of = |page, action, services: &str, dry_run| {
        let mut paper = Paper { pages: [(page, Ok(401))].into_iter().collect(), ..Paper::default() };
        let balancer = PaperBalancer::default();
        let drained = balancer.drained.clone();
        let stream = Stream { balancer: Box::new(balancer), journal: Box::new(PaperFile::default()), silence: None };
        let request = Request { dry_run, ..request(action, services) };
        let marks = Box::new(PaperFile::default());
        super::run(&monitor(&text), &request, &mut paper, &mut PaperCache::default(), marks, Some(stream));
        (drained.get(), paper.log, turned(&Paper { done: paper.done, ..Paper::default() }).len())
    };
    let line = |name| {
        format!(
            "CRITICAL: the rolling start stops at {name}: it refuses the login, status 401: expected `login` and `passwd` in \
             [connect] that {name} takes; it serves as before"
        )
    };
    for (page, action, services, name) in
        [("8081", Action::Start, "", "a1"), ("808", Action::Start, "a2", "a2"), ("808", Action::Repair, "", "a1")]
    {
        let is_told = |log: &[String]| log.contains(&line(name));
        let (drained, log, turned) = of(page, action, services, false);
        assert_eq!((drained, turned, is_told(&log)), (0, 0, true), "{page} {action:?} {log:?}");
        let (_, log, _) = of(page, action, services, true);
        assert!(log.iter().any(|line| line.contains("it refuses the login, status 401")), "{log:?}");
    }
    // Another one takes it, so that it is right; and a stop needs none.
    for (page, action, services) in
        [("8082", Action::Start, "a2"), ("8082", Action::Repair, ""), ("808", Action::Stop, "a2")]
    {
        let (drained, log, _) = of(page, action, services, false);
        assert_eq!(drained, 1, "{page} {action:?} {log:?}");
    }
}

#[test]
fn the_balancer_is_asked_once_for_all_clients() {
    for (action, asked) in [(Action::Check, 1), (Action::Stop, 1)] {
        let balancer = PaperBalancer { out: ["a1", "a2"].map(str::to_owned).into(), ..PaperBalancer::default() };
        let looked = balancer.looked.clone();
        run(&mut Paper::default(), balancer, None, action, "");
        assert_eq!(looked.get(), asked, "{action:?}");
    }
}

#[test]
fn one_that_has_ended_is_not_waited_for() {
    let mut paper = Paper { ended: vec!["u8081"], ..Paper::default() };
    let (report, left) = run(&mut paper, PaperBalancer::default(), None, Action::Start, "a1");
    let line = "CRITICAL: a1 stays out of the balancer: a1 cant connect: it is said to have failed";
    assert!(paper.log.contains(&line.to_owned()), "{:?}", paper.log);
    assert_eq!((report.exit_status(), left.is_some()), (1, true));
    assert!(paper.time < Duration::from_secs(30), "{:?}", paper.time);
}
