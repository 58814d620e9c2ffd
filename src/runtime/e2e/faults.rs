//! What may go wrong around a daemon, with real children: it says what is lost, once, goes on, and recovers.

use std::os::fd::AsRawFd;
use std::path::PathBuf;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::*;

/// How often a program crashes in the test of that; `RECIPE_CRASHES` sets another number.
const CRASHES: usize = 300;

pub(super) async fn in_time(wanted: &str, come: impl Fn() -> bool) {
    let waiting = async {
        while !come() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, waiting).await.is_ok(), "no {wanted}");
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

/// A child that says what it is told.
fn parrot(path: &Path, maxbytes: i64) -> model::Process {
    let stdout = model::Channel { logfile_maxbytes: maxbytes, logfile_backups: 1, ..logged(path) };
    model::Process { stdout, ..sh("child", "while read -r word; do echo $word; done") }
}

async fn let_say(rig: &Rig, word: &str) {
    in_time("child", || rig.driver.fleet().processes().any(|p| &**p.name() == "child" && p.pid().is_some())).await;
    rig.driver.write_stdin(rig.id("child"), format!("{word}\n").as_bytes()).unwrap();
    rig.until(&format!("child stdout: {word}")).await;
}

fn is_gone(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}

#[test]
fn what_was_written_before_a_kill_is_kept() {
    isolated("faults::what_was_written_before_a_kill_is_kept", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let stdout = model::Channel { logfile_maxbytes: 0, events_enabled: false, ..logged(&path) };
        let child = model::Process { stdout, ..sh("child", "exec seq 1 1000000000") };
        let mut ends = vec![0];
        play(vec![child], folder.path(), async |rig| {
            for round in 0..3 {
                let before = *ends.last().unwrap();
                in_time("output", || size(&path) > before + 100_000).await;
                kill(rig.pid("child"), Signal::KILL);
                rig.until("child EXITED").await;
                ends.push(size(&path));
                if round < 2 {
                    rig.ask(Request::Start { target: target("child"), wait: true }).await;
                }
            }
        });
        let text = fs::read(&path).unwrap();
        assert_eq!(text.len() as u64, *ends.last().unwrap());
        for life in ends.windows(2) {
            let [from, to] = [life[0], life[1]].map(|at| usize::try_from(at).unwrap());
            let text = std::str::from_utf8(&text[from..to]).unwrap();
            let (whole, begun) = text.rsplit_once('\n').unwrap();
            let mut next = 1;
            for line in whole.lines() {
                assert_eq!(line, next.to_string());
                next += 1;
            }
            assert!(next.to_string().starts_with(begun));
        }
    });
}

/// A small disk.
struct Disk(PathBuf);

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A small disk, if we may have one.
fn small_disk(folder: &Path) -> Option<Disk> {
    let disk = folder.join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(&disk).output();
    mount.is_ok_and(|output| output.status.success()).then_some(Disk(disk))
}

/// A child writes to `path`, then in vain until there is room again.
async fn lose_and_recover(rig: &Rig, path: &Path, why: &str, fill: impl FnOnce(), free: impl FnOnce()) {
    let_say(rig, "first").await;
    fill();
    let_say(rig, "lost").await;
    let_say(rig, "lost").await;
    free();
    let_say(rig, "kept").await;
    let log = rig.log();
    assert_eq!(log.matches(&format!("WARN could not write log file {}: {why}", path.display())).count(), 1, "{log}");
    assert!(log.contains(&format!("WARN log file {} is written again; 10 bytes were lost", path.display())), "{log}");
    assert_eq!(log.matches("WARN").count(), 2, "{log}");
}

#[test]
fn a_disk_that_has_room_again_is_used_again() {
    isolated("faults::a_disk_that_has_room_again_is_used_again", || {
        let folder = tempfile::tempdir().unwrap();
        // Not everybody may have one; the next test is for all.
        let Some(disk) = small_disk(folder.path()) else { return };
        let (path, filler) = (disk.0.join("out"), disk.0.join("filler"));
        play(vec![parrot(&path, 0)], folder.path(), async |rig| {
            let fill = || {
                let free = vec![b'x'; 64 << 10];
                assert!(fs::write(&filler, &free).is_err(), "the disk is full");
                // What is left of the page that holds the first word.
                let page = fs::OpenOptions::new().append(true).open(&path).unwrap();
                assert!(std::io::Write::write_all(&mut &page, &free).is_err());
            };
            lose_and_recover(&rig, &path, "ENOSPC", fill, || fs::remove_file(&filler).unwrap()).await;
        });
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("first\nx") && text.ends_with("xkept\n"));
    });
}

#[test]
fn a_log_that_may_grow_again_is_used_again() {
    isolated("faults::a_log_that_may_grow_again_is_used_again", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        // The main log is shorter than what is allowed then.
        let allowed = 1 << 20;
        fs::File::create(&path).unwrap().set_len(allowed - 6).unwrap();
        play(vec![parrot(&path, 0)], folder.path(), async |rig| {
            let before = getrlimit(Resource::Fsize);
            let fill = || setrlimit(Resource::Fsize, Rlimit { current: Some(allowed), ..before }).unwrap();
            lose_and_recover(&rig, &path, "EFBIG", fill, || setrlimit(Resource::Fsize, before).unwrap()).await;
        });
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("\0first\nkept\n"));
    });
}

#[test]
fn a_device_that_is_full_stops_nobody() {
    isolated("faults::a_device_that_is_full_stops_nobody", || {
        let folder = tempfile::tempdir().unwrap();
        play(vec![parrot(Path::new("/dev/full"), 4)], folder.path(), async |rig| {
            for word in ["one", "two", "three"] {
                let_say(&rig, word).await;
            }
            let log = rig.log();
            assert_eq!(log.matches("WARN could not write log file /dev/full: ENOSPC").count(), 1, "{log}");
            assert_eq!(log.matches("WARN").count(), 1, "{log}");
        });
    });
}

#[test]
fn children_hold_no_signal_back_and_ignore_what_the_originals_do() {
    isolated("faults::children_hold_no_signal_back_and_ignore_what_the_originals_do", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let child =
            model::Process { stdout: logged(&path), ..sh("child", "grep -E '^Sig(Blk|Ign):' /proc/self/status") };
        play(vec![child], folder.path(), async |rig| rig.until("child EXITED").await);
        let text = fs::read_to_string(&path).unwrap();
        let mask = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            u64::from_str_radix(line.trim(), 16).unwrap()
        };
        // What who has started us ignores, they ignore, too.
        let ignored = [Signal::PIPE, Signal::XFSZ].iter().fold(0, |mask, signal| mask | 1 << (signal.as_raw() - 1));
        assert_eq!((mask("SigBlk:"), mask("SigIgn:") & ignored), (0, ignored), "{text}");
    });
}

/// Takes all descriptors that we may have, until it is dropped.
struct Exhausted(Vec<fs::File>, Rlimit);

impl Exhausted {
    fn new() -> Self {
        let before = getrlimit(Resource::Nofile);
        let highest = fs::File::open("/dev/null").unwrap().as_raw_fd();
        let current = Some(u64::try_from(highest).unwrap() + 16);
        setrlimit(Resource::Nofile, Rlimit { current, ..before }).unwrap();
        Self(std::iter::from_fn(|| fs::File::open("/dev/null").ok()).collect(), before)
    }
}

impl Drop for Exhausted {
    fn drop(&mut self) {
        self.0.clear();
        setrlimit(Resource::Nofile, self.1).unwrap();
    }
}

#[test]
fn without_descriptors_nothing_starts_and_logs_go_on() {
    isolated("faults::without_descriptors_nothing_starts_and_logs_go_on", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let late = model::Process { autostart: false, startretries: 0, ..sh("late", "exec sleep 1000") };
        play(vec![parrot(&path, 4), late], folder.path(), async |rig| {
            let_say(&rig, "one").await;
            let exhausted = Exhausted::new();
            let reply = rig.ask(Request::Start { target: target("late"), wait: true }).await;
            assert!(matches!(reply, Reply::Fault(_)), "{reply:?}");
            rig.until("late FATAL").await;
            let_say(&rig, "two").await;
            drop(exhausted);
            assert_eq!(rig.ask(Request::Start { target: target("late"), wait: true }).await, Reply::Done);
            let log = rig.log();
            assert_eq!(log.matches("spawnerr: too many open files to spawn 'late'").count(), 1, "{log}");
            assert_eq!(log.matches("WARN").count(), 0, "{log}");
        });
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!((read("out").as_str(), read("out.1").as_str()), ("", "two\n"));
    });
}

#[test]
fn a_log_that_cannot_be_rotated_grows() {
    isolated("faults::a_log_that_cannot_be_rotated_grows", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let hindrance = folder.path().join("out.1");
        fs::create_dir_all(hindrance.join("x")).unwrap();
        play(vec![parrot(&path, 4)], folder.path(), async |rig| {
            for word in ["one", "two", "three"] {
                let_say(&rig, word).await;
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
            fs::remove_dir_all(&hindrance).unwrap();
            let_say(&rig, "four").await;
            let log = rig.log();
            assert_eq!(
                log.matches(&format!("WARN could not rotate log file {}: ", path.display())).count(),
                1,
                "{log}"
            );
            assert_eq!(log.matches("WARN").count(), 1, "{log}");
        });
        assert_eq!(fs::read_to_string(&hindrance).unwrap(), "one\ntwo\nthree\nfour\n");
    });
}

#[test]
fn a_log_is_made_anew_where_it_was_deleted() {
    isolated("faults::a_log_is_made_anew_where_it_was_deleted", || {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("logs");
        fs::create_dir(&place).unwrap();
        let path = place.join("out");
        play(vec![parrot(&path, 8)], folder.path(), async |rig| {
            let_say(&rig, "aaa").await;
            fs::remove_file(&path).unwrap();
            // It goes to the file that has no name any more, which is rotated away.
            let_say(&rig, "bbb").await;
            let_say(&rig, "ccc").await;
            assert_eq!(fs::read_to_string(&path).unwrap(), "ccc\n");
            fs::remove_dir_all(&place).unwrap();
            let us = i32::try_from(std::process::id()).unwrap();
            kill(us, Signal::USR2);
            in_time("reopening", || rig.log().contains("WARN could not reopen log file")).await;
            let_say(&rig, "lost").await;
            fs::create_dir(&place).unwrap();
            let_say(&rig, "kept").await;
            let log = rig.log();
            assert_eq!(log.matches("WARN could not write log file").count(), 1, "{log}");
            assert!(log.contains("is written again; 5 bytes were lost"), "{log}");
        });
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept\n");
    });
}

#[test]
fn who_is_suspended_is_killed_all_the_same() {
    isolated("faults::who_is_suspended_is_killed_all_the_same", || {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'exit 0' TERM; echo ready; while :; do read x; done";
        let child = model::Process { stopwaitsecs: 1, stdout: heard(), ..sh("child", script) };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child stdout: ready").await;
            let pid = rig.pid("child");
            kill(pid, Signal::STOP);
            assert_eq!(rig.ask(Request::Stop { target: target("child"), wait: true }).await, Reply::Done);
            assert!(is_gone(pid));
            assert!(rig.log().contains(&format!("WARN killing 'child' ({pid}) with SIGKILL")), "{}", rig.log());
        });
    });
}

#[test]
fn grandchildren_do_not_survive_stopasgroup() {
    isolated("faults::grandchildren_do_not_survive_stopasgroup", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let script = "sleep 1000 & echo $!; sh -c 'sleep 1000 & echo $!; wait' & echo $!; wait";
        let child =
            model::Process { stopasgroup: true, killasgroup: true, stdout: logged(&path), ..sh("child", script) };
        play(vec![child], folder.path(), async |rig| {
            let grandchildren = || fs::read_to_string(&path).unwrap_or_default();
            in_time("grandchildren", || grandchildren().lines().count() == 3).await;
            assert_eq!(rig.ask(Request::Stop { target: target("child"), wait: true }).await, Reply::Done);
            let pids: Vec<i32> = grandchildren().lines().map(|line| line.parse().unwrap()).collect();
            in_time("end of the grandchildren", || pids.iter().all(|pid| is_gone(*pid))).await;
        });
    });
}

/// Descriptors, and kilobytes of memory but for code, which is read in when it is run for the first time.
fn usage() -> (usize, usize) {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    (descriptors, resident.trim().trim_end_matches(" kB").parse().unwrap())
}

#[test]
fn crashes_leave_nothing_behind() {
    isolated("faults::crashes_leave_nothing_behind", || {
        let folder = tempfile::tempdir().unwrap();
        let crashes = std::env::var("RECIPE_CRASHES").ok().and_then(|number| number.parse().ok()).unwrap_or(CRASHES);
        let path = folder.path().join("out");
        let child = model::Process { stdout: logged(&path), ..sh("child", "echo x; kill -9 $$") };
        play(vec![child], folder.path(), async |rig| {
            let mut before = (0, 0);
            rig.until("child EXITED").await;
            for n in 1..=crashes + CRASHES {
                // Who asks is not braked, as a program that crashes again and again is.
                rig.ask(Request::Start { target: target("child"), wait: true }).await;
                rig.until("child EXITED").await;
                rig.told.borrow_mut().clear();
                *rig.seen.borrow_mut() = 0;
                if n == CRASHES {
                    before = usage();
                }
            }
            let after = usage();
            assert_eq!(after.0, before.0);
            assert!(after.1 < before.1 + 1024, "{before:?} {after:?}");
        });
        assert_eq!(size(&path), 2 * (crashes + CRASHES + 1) as u64);
    });
}

/// Programs that crash in the test of that.
const LOOPS: usize = 30;
/// How often each of them is let crash: ten times at once, and then once a second.
const ROUNDS: usize = 10 + 4;

#[test]
fn hot_loops_leave_nothing_behind() {
    isolated("faults::hot_loops_leave_nothing_behind", || {
        let folder = tempfile::tempdir().unwrap();
        let child = |n: usize| model::Process {
            stdout: logged(&folder.path().join("out")),
            autorestart: Autorestart::Always,
            ..sh(&format!("loop{n}"), "echo x; kill -9 $$")
        };
        let rounds = std::env::var("RECIPE_CRASHES").ok().and_then(|number| number.parse::<usize>().ok());
        let rounds = rounds.map_or(ROUNDS, |crashes| ROUNDS.max(crashes / LOOPS));
        play((0..LOOPS).map(child).collect(), folder.path(), async |rig| {
            let crashes = || rig.told.borrow().iter().filter(|line| line.ends_with(" EXITED")).count();
            let all_wait = || rig.driver.fleet().processes().all(|p| p.pid().is_none());
            let mut usages = Vec::new();
            for round in 11..=rounds {
                in_time("crashes", || crashes() >= round * LOOPS && all_wait()).await;
                usages.push(usage());
            }
            let (first, last) = (usages[0], usages[usages.len() - 1]);
            assert_eq!(last.0, first.0);
            assert!(last.1 < first.1 + 512, "{usages:?}");
            let log = rig.log();
            assert_eq!(log.matches("exits again and again").count(), LOOPS);
            assert_eq!(log.matches("WARN could").count(), 0, "{log}");
        });
        assert!(size(&folder.path().join("out")) >= 2 * (rounds * LOOPS) as u64);
    });
}
