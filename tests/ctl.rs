//! ctl and what fails around it: a mail server that is away, another ctl at work, a service that hangs.

mod large_log;
mod service_name;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::harness::ports::free;
use crate::harness::scratch::Scratch;
use crate::harness::smtp::{Manners, Smtp};
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("ctl::one_mail_tells_all_of_a_run", one_mail),
        Trial::test("ctl::a_mail_waits_for_its_server", waiting_mail),
        Trial::test("ctl::a_mail_that_can_never_be_sent_is_told_to_be_lost", lost_mail),
        Trial::test("ctl::a_mail_that_cannot_wait_is_told_to_be_lost", homeless_mail),
        Trial::test("ctl::a_slip_in_one_address_keeps_the_mail_from_nobody_else", slip),
        Trial::test("ctl::what_a_killed_run_has_found_is_mailed_by_the_next", killed),
        Trial::test("ctl::a_mail_under_way_when_it_is_killed_is_sent_by_the_next", killed_mailing),
        Trial::test("ctl::no_line_is_lost_by_those_that_are_killed_while_they_rotate", killed_rotating),
        Trial::test("ctl::one_changes_things_at_a_time", two_at_once),
        Trial::test("ctl::who_looks_while_another_works_is_told_that_nothing_was_looked_at", beside),
        Trial::test("ctl::a_dry_run_writes_nothing", dry),
        Trial::test("ctl::a_pipe_in_the_place_of_a_file_is_not_waited_for", pipes),
        Trial::test("ctl::a_pipe_among_what_is_read_is_refused_but_not_one_of_a_shell", pipes_to_read),
        Trial::test("ctl::a_spool_that_is_dev_null_keeps_nothing", no_spool),
        Trial::test("ctl::a_file_of_states_without_a_folder_is_told_beforehand", stateless),
        Trial::test("ctl::a_folder_for_performance_that_is_not_there_is_told_once", no_perf_dir),
        Trial::test("ctl::options_of_other_actions_are_told", idle),
        Trial::test("ctl::those_in_different_folders_have_one_lock", two_folders),
        Trial::test("ctl::a_log_that_cannot_be_written_makes_the_exit_status_1", unwritten_log),
        Trial::test("ctl::a_server_that_hangs_is_not_waited_for", hanging),
        Trial::test("ctl::a_balancer_that_never_answers_is_asked_once", silent_balancer),
        Trial::test("ctl::a_client_that_the_balancer_has_elsewhere_is_told_beforehand", elsewhere),
        Trial::test("ctl::a_result_that_cannot_be_written_is_no_result", full),
        Trial::test("ctl::a_log_of_10_gb_takes_no_more_memory", large_log::searched),
        Trial::test("ctl::a_service_name_starts_a_program_of_a_supervisor", service_name::of_supervisor)
            .with_ignored_flag(!has_python()),
        Trial::test("ctl::a_service_name_starts_a_unit_by_systemctl", service_name::of_systemd)
            .with_ignored_flag(!has_python()),
        Trial::test("ctl::what_a_log_says_is_shown_up_to_a_number_and_a_length", long_log),
    ]
}

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether there is a Python, which is a server in a line.
fn has_python() -> bool {
    ["/usr/bin/python3", "/usr/local/bin/python3"].iter().any(|path| Path::new(path).exists())
}

/// A server that takes mails.
fn mail_server(listener: TcpListener) -> Receiver<String> {
    let (mails, received) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = take_mail(stream).map(|mail| mails.send(mail));
        }
    });
    received
}

fn take_mail(mut stream: TcpStream) -> std::io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    stream.write_all(b"220 here\r\n")?;
    let mut mail = String::new();
    while let Some(line) = lines.next().transpose()? {
        match line.split([' ', ':']).next().unwrap_or("") {
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    mail += &(line + "\n");
                }
                stream.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n")?;
                break;
            }
            _ => stream.write_all(b"250 fine\r\n")?,
        }
    }
    Ok(mail)
}

fn cluster(folder: &Path, mail: u16, ports: [u16; 2]) -> std::io::Result<()> {
    let [one, two] = ports;
    let text = format!(
        "[DEFAULT]\nmailhost = 127.0.0.1:{mail}\nfromaddr = ctl@example.org\ntoaddrs = a@example.org;b@example.org\n\
         subject = Cluster\ntimeout = 1\n[connect]\nlogin = admin\npasswd = s3kret\n\
         [cluster]\nfrontend = one, two\n[one]\ntype = TCPServer\nport = {one}\n[two]\ntype = TCPServer\nport = {two}\n"
    );
    fs::write(folder.join("cluster.ini"), text)
}

fn ctl(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(recipe());
    command.arg("ctl").args(words).current_dir(folder).stdin(Stdio::null());
    command
}

fn status(output: &Output, expected: i32) -> Outcome {
    if output.status.code() == Some(expected) {
        return Ok(());
    }
    Err(format!("{output:?}").into())
}

fn one_mail() -> Outcome {
    let scratch = Scratch::new();
    let server = TcpListener::bind("127.0.0.1:0")?;
    cluster(&scratch.path(), server.local_addr()?.port(), [free(), free()])?;
    let mails = mail_server(server);
    status(&ctl(&scratch.path(), &["-a", "check"]).output()?, 1)?;
    let mail = mails.recv_timeout(PATIENCE)?;
    let wanted = ["Subject: Cluster", "CRITICAL: one cant connect", "CRITICAL: two cant connect", "b@example.org"];
    let is_good = wanted.iter().all(|part| mail.contains(part)) && !mail.contains("s3kret");
    if !is_good || mails.try_recv().is_ok() {
        return Err(format!("not one mail with all: {mail}").into());
    }
    Ok(())
}

fn waiting_mail() -> Outcome {
    let scratch = Scratch::new();
    let (port, spool) = (free(), scratch.path().join("cluster.ini.lock.mail"));
    cluster(&scratch.path(), port, [free(), free()])?;
    status(&ctl(&scratch.path(), &["-a", "check", "-s", "one"]).output()?, 1)?;
    status(&ctl(&scratch.path(), &["-a", "check", "-s", "two"]).output()?, 1)?;
    if fs::read_to_string(&spool)?.lines().count() != 2 {
        return Err("two mails should wait".into());
    }
    // The server is back, and all is well.
    let mails = mail_server(TcpListener::bind(("127.0.0.1", port))?);
    let well = TcpListener::bind("127.0.0.1:0")?;
    let at = well.local_addr()?.port();
    cluster(&scratch.path(), port, [at, at])?;
    status(&ctl(&scratch.path(), &["-a", "check"]).output()?, 0)?;
    let both = [mails.recv_timeout(PATIENCE)?, mails.recv_timeout(PATIENCE)?];
    if !both[0].contains("one cant connect") || !both[1].contains("two cant connect") || spool.exists() {
        return Err(format!("{both:?}").into());
    }
    Ok(())
}

/// A mail that cannot be sent waits in the spool, or else in the draft; where there is neither, it is lost.
fn homeless_mail() -> Outcome {
    let scratch = Scratch::new();
    let (folder, port, closed) = (scratch.path(), free(), free());
    let path = folder.join("cluster.ini");
    let spooled = |spool: &str| -> Outcome {
        cluster(&folder, port, [closed, closed])?;
        let text = fs::read_to_string(&path)?;
        Ok(fs::write(&path, text.replacen("timeout = 1", &format!("timeout = 1\nmail_spool = {spool}"), 1))?)
    };
    let says = |part: &str| -> Outcome {
        let run = ctl(&folder, &["-a", "check", "-s", "one"]).output()?;
        status(&run, 1)?;
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        let is_said = said.lines().filter(|line| line.contains("cannot send the mail")).all(|line| line.contains(part));
        if is_said && said.contains(part) { Ok(()) } else { Err(format!("{part}\n{said}").into()) }
    };
    let lost = "CRITICAL: cannot send the mail, and it cannot wait, so it is lost: ";
    let waits = "ERROR: cannot send the mail, it waits for the next run: ";
    spooled("nowhere/mails")?;
    says(lost)?;
    // The draft of the run stands beside a spool that cannot be opened, or cannot be written.
    fs::create_dir(folder.join("folder"))?;
    spooled("folder")?;
    says(waits)?;
    std::os::unix::fs::symlink("/dev/full", folder.join("full"))?;
    spooled("full")?;
    says(waits)?;
    for spool in ["folder", "full"] {
        let server = TcpListener::bind("127.0.0.1:0")?;
        spooled(spool)?;
        let text = fs::read_to_string(&path)?.replace(&port.to_string(), &server.local_addr()?.port().to_string());
        fs::write(&path, text)?;
        let mails = mail_server(server);
        ctl(&folder, &["-a", "check", "-s", "two"]).output()?;
        let both = [mails.recv_timeout(PATIENCE)?, mails.recv_timeout(PATIENCE)?];
        if !both[0].contains("one cant connect") || !both[1].contains("two cant connect") {
            return Err(format!("{spool}: {both:?}").into());
        }
    }
    Ok(())
}

fn lost_mail() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let port = free();
    cluster(&folder, port, [free(), free()])?;
    status(&ctl(&folder, &["-a", "check", "-s", "one"]).output()?, 1)?;
    // The server is back, and wants none of them.
    let manners = Manners { refusal: Some("554 no"), ..Manners::default() };
    let _server = Smtp::start_at(port, manners);
    let path = folder.join("cluster.ini");
    let logged = fs::read_to_string(&path)?.replace("timeout = 1", "timeout = 1\nlogfile = ctl.log");
    fs::write(&path, &logged)?;
    let run = ctl(&folder, &["-a", "check", "-s", "two"]).output()?;
    status(&run, 1)?;
    let refused = "CRITICAL: cannot send the mail, it is lost: (554, b'no')";
    let is_told = |run: &Output, line: &str, times: usize| -> Outcome {
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        let log = fs::read_to_string(folder.join("ctl.log"))?;
        let is_so = [&said, &log].iter().all(|text| text.lines().filter(|own| own.ends_with(line)).count() == times);
        if is_so { Ok(()) } else { Err(format!("{line}\n{said}\n{log}").into()) }
    };
    // What an earlier run has told to somebody else is told again; what this one has told is not.
    is_told(&run, refused, 2)?;
    is_told(&run, "CRITICAL: one cant connect", 1)?;
    is_told(&run, "CRITICAL: two cant connect", 1)?;
    fs::write(&path, logged.replace("fromaddr", "# fromaddr"))?;
    fs::remove_file(folder.join("ctl.log"))?;
    let run = ctl(&folder, &["-a", "check"]).output()?;
    status(&run, 1)?;
    is_told(&run, "CRITICAL: cannot send the mail, it is lost: nobody to send it from", 1)?;
    is_told(&run, "CRITICAL: one cant connect", 1)?;
    if folder.join("cluster.ini.lock.mail").exists() { Err("something waits".into()) } else { Ok(()) }
}

fn long_log() -> Outcome {
    let scratch = Scratch::new();
    let (folder, listener) = (scratch.path(), TcpListener::bind("127.0.0.1:0")?);
    let text = format!(
        "[DEFAULT]\nlogfile = ctl.log\nmail_spool = mails\nmailhost = 127.0.0.1:1\nfromaddr = a@b\ntoaddrs = c@d\ntimeout = 1\n\
         [cluster]\nfrontend = one\nzeoclients = web\n[web]\nport = {0}\nlog_file = web.log\n\
         [one]\ntype = TCPServer\nport = {0}\nlog_file = web.log\ncritical_errors = Boom\n",
        listener.local_addr()?.port()
    );
    fs::write(folder.join("cluster.ini"), text)?;
    fs::write(folder.join("web.log"), "line\n".repeat(10_001))?;
    let shown = ctl(&folder, &["-a", "log", "-p", "line"]).output()?;
    status(&shown, 0)?;
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    let lines = String::from_utf8_lossy(&shown.stdout).lines().count();
    if lines != 10_000 || !said.contains("WARNING: web : only the newest 10000 lines are shown") {
        return Err(format!("{lines} lines; {said}").into());
    }
    fs::write(folder.join("web.log"), format!("Boom {}\n", "x".repeat(1 << 20)))?;
    let checked = ctl(&folder, &["-a", "check", "-s", "one"]).output()?;
    status(&checked, 1)?;
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    let (log, mails) = (fs::read_to_string(folder.join("ctl.log"))?, fs::read_to_string(folder.join("mails"))?);
    for (place, text) in [("stderr", &said), ("the log", &log), ("the mail", &mails)] {
        let line = text.lines().find(|line| line.contains("one : Boom xxx")).unwrap_or_default();
        if line.len() > 5000 || !line.contains("x ... (the rest of the line is left out)") {
            return Err(format!("{place}: {} bytes", line.len()).into());
        }
    }
    Ok(())
}

fn slip() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let server = Smtp::start(Manners::default());
    cluster(&folder, server.port, [free(), free()])?;
    let path = folder.join("cluster.ini");
    fs::write(&path, fs::read_to_string(&path)?.replace("a@example.org;", "a b@example.org;"))?;
    let run = ctl(&folder, &["-a", "check"]).output()?;
    status(&run, 1)?;
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    let is_told = said.contains("ERROR: mail: no address: 'a b@example.org'; expected NAME@HOST in ASCII");
    let mail = server.mail()?;
    if is_told && mail.to == ["b@example.org"] { Ok(()) } else { Err(format!("{mail:?}\n{said}").into()) }
}

fn killed() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let server = TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    // The second service takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let text = |one: u16, timeout: u32| {
        format!(
            "[DEFAULT]\nmailhost = 127.0.0.1:{port}\nfromaddr = ctl@example.org\ntoaddrs = a@example.org\n\
             timeout = {timeout}\n[cluster]\nfrontend = one\nzeoclients = two\n[one]\ntype = TCPServer\nport = {one}\n\
             [two]\nport = {}\n",
            silent.local_addr().map_or(0, |address| address.port())
        )
    };
    fs::write(folder.join("cluster.ini"), text(free(), 30))?;
    let mut run = Ended(ctl(&folder, &["-a", "check"]).stderr(Stdio::null()).spawn()?);
    let drafts = || {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let drafts = entries.filter(|entry| entry.file_name().to_string_lossy().contains(".mail.draft-"));
        drafts.filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect::<String>()
    };
    let until = Instant::now() + PATIENCE;
    while !drafts().contains("one cant connect") {
        if Instant::now() > until || run.0.try_wait()?.is_some() {
            return Err("it kept nothing".into());
        }
        thread::yield_now();
    }
    run.0.kill()?;
    run.0.wait()?;
    let (mails, well) = (mail_server(server), TcpListener::bind("127.0.0.1:0")?);
    fs::write(folder.join("cluster.ini"), text(well.local_addr()?.port(), 1))?;
    status(&ctl(&folder, &["-a", "check", "-s", "one"]).output()?, 0)?;
    let mail = mails.recv_timeout(PATIENCE)?;
    let is_one = mail.matches("one cant connect").count() == 1 && mails.try_recv().is_err();
    if is_one && drafts().is_empty() { Ok(()) } else { Err(mail.into()) }
}

fn killed_mailing() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let server = TcpListener::bind("127.0.0.1:0")?;
    cluster(&folder, server.local_addr()?.port(), [free(), free()])?;
    let mut run = Ended(ctl(&folder, &["-a", "check", "-s", "one"]).stderr(Stdio::null()).spawn()?);
    // This one takes the mail, and never says so.
    let mut stream = server.accept()?.0;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    stream.write_all(b"220 here\r\n")?;
    while let Some(line) = lines.next().transpose()?.filter(|line| line != "DATA") {
        stream.write_all(if line.starts_with("EHLO") { b"250 here\r\n" } else { b"250 fine\r\n" })?;
    }
    stream.write_all(b"354 go on\r\n")?;
    lines.by_ref().map_while(Result::ok).find(|line| line == ".").ok_or("no end of the mail")?;
    run.0.kill()?;
    run.0.wait()?;
    let well = TcpListener::bind("127.0.0.1:0")?;
    let (next, port) = (Smtp::start(Manners::default()), well.local_addr()?.port());
    cluster(&folder, next.port, [port, port])?;
    status(&ctl(&folder, &["-a", "check"]).output()?, 0)?;
    let mail = next.mail()?;
    let is_one = mail.text.matches("one cant connect").count() == 1 && !next.has_mail();
    let left = fs::read_dir(&folder)?.flatten().filter(|entry| entry.file_name() != "cluster.ini").count();
    if is_one && left == 0 { Ok(()) } else { Err(format!("{left} files are left\n{}", mail.text).into()) }
}

/// How often it is killed.
const KILLS: usize = 8;
/// How many lines come at once before each.
const LINES: usize = 100_000;

fn killed_rotating() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let text = format!(
        "[DEFAULT]\narchivedir = old\n[cluster]\nzeoclients = a\n[a]\nport = {}\nrotate_logs = a.log\n",
        free()
    );
    fs::write(folder.join("cluster.ini"), text)?;
    let script = "i=0; while [ ! -e end ]; do i=$((i+1)); echo \"w $i\"; sleep 0.002; done >> a.log; echo $i > count";
    let mut writer = Ended(Command::new("sh").args(["-c", script]).current_dir(&folder).spawn()?);
    let archives = || {
        let entries = walk(&folder.join("old"));
        entries.iter().filter(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0)).count()
    };
    for round in 0..KILLS {
        let block = (0..LINES).fold(String::new(), |block, n| block + &format!("{round} {n}\n"));
        fs::OpenOptions::new().append(true).create(true).open(folder.join("a.log"))?.write_all(block.as_bytes())?;
        let before = archives();
        let mut run = Ended(ctl(&folder, &["-a", "rotate"]).stderr(Stdio::null()).spawn()?);
        // Each a little later.
        while archives() == before && run.0.try_wait()?.is_none() {
            thread::yield_now();
        }
        let at = Instant::now();
        while at.elapsed() < Duration::from_millis(round as u64) {
            thread::yield_now();
        }
        run.0.kill()?;
        run.0.wait()?;
    }
    fs::write(folder.join("end"), "")?;
    // Even if one was killed while it held the writer still.
    let until = Instant::now() + PATIENCE;
    while writer.0.try_wait()?.is_none() {
        if Instant::now() > until {
            return Err("the writer stands still".into());
        }
        thread::yield_now();
    }
    status(&ctl(&folder, &["-a", "rotate"]).output()?, 0)?;
    let count: usize = fs::read_to_string(folder.join("count"))?.trim().parse()?;
    let mut seen = std::collections::BTreeSet::new();
    for path in walk(&folder.join("old")) {
        seen.extend(
            fs::read_to_string(path)?.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(str::to_owned),
        );
    }
    let written = (1..=count).map(|n| format!("w {n}\n"));
    let blocks = (0..KILLS).flat_map(|round| (0..LINES).map(move |n| format!("{round} {n}\n")));
    let lost: Vec<String> = written.chain(blocks).filter(|line| !seen.contains(line)).collect();
    if lost.is_empty() { Ok(()) } else { Err(format!("{} lines are lost: {}", lost.len(), lost[0]).into()) }
}

/// All files below a folder.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// A child that is ended with this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One that is at work in this folder, and waits in a command for as long as a service may take to start, in seconds.
fn at_work(folder: &Path, action: &str, start_timeout: u32) -> Result<Ended, Failed> {
    let text = "[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = PORT\nstop_command = echo >began; cat hold\n\
                start_command = true\nstart_timeout = ";
    let text = text.replace("PORT", &free().to_string());
    fs::write(folder.join("cluster.ini"), format!("{text}{start_timeout}\n"))?;
    Command::new("mkfifo").arg(folder.join("hold")).status()?;
    let first = Ended(ctl(folder, &["-a", action]).stderr(Stdio::null()).spawn()?);
    let until = Instant::now() + PATIENCE;
    while !folder.join("began").exists() {
        if Instant::now() > until {
            return Err("it never began".into());
        }
        thread::yield_now();
    }
    Ok(first)
}

fn two_at_once() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    // The command has a second; this asks while it waits.
    let mut first = at_work(&folder, "start", 1)?;
    let second = ctl(&folder, &["-a", "start"]).output()?;
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    status(&second, 2)?;
    if !said.contains(&format!("another ctl is at work (pid {}, start, since 2", first.0.id())) {
        return Err(said.into());
    }
    first.0.wait()?;
    // Its lock is gone with it.
    status(&ctl(&folder, &["-a", "stop", "-s", "a"]).output()?, 1)
}

/// Neither a check nor a dry run looks at what another one is changing, and both say so.
fn beside() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let first = at_work(&folder, "repair", 60)?;
    let told = format!("another ctl is at work (pid {}, repair, since 2", first.0.id());
    let check = ctl(&folder, &["-a", "check", "--json"]).output()?;
    let (said, json) = (String::from_utf8_lossy(&check.stderr), String::from_utf8_lossy(&check.stdout));
    status(&check, 0)?;
    let is_told = said.starts_with(&format!("ctl: {told}")) && said.ends_with("): nothing is looked at\n");
    if !is_told || said.lines().count() != 1 || !json.contains("\"state\":\"skipped\",\"skipped\":\"another ctl") {
        return Err(format!("{said}{json}").into());
    }
    let dry = ctl(&folder, &["-a", "start", "--dry-run"]).output()?;
    let said = String::from_utf8_lossy(&dry.stderr);
    status(&dry, 2)?;
    // Whoever has begun the command goes with this.
    drop(first);
    fs::write(folder.join("hold"), "")?;
    if said.contains(&told) && said.ends_with("): nothing would be done\n") {
        Ok(())
    } else {
        Err(said.into_owned().into())
    }
}

fn dry() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let text = format!(
        "[DEFAULT]\nlogfile = ctl.log\nlock_file = ctl.lock\nperfdir = .\narchivedir = .\nmailhost = 127.0.0.1:1\nfromaddr = a@b\n\
         toaddrs = c@d\n[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = {}\nstop_command = touch done\n\
         start_command = touch done\nrotate_logs = cluster.ini\n",
        free()
    );
    fs::write(folder.join("cluster.ini"), &text)?;
    for action in ["start", "stop", "repair", "check", "rotate"] {
        let run = ctl(&folder, &["-a", action, "-s", "a", "--dry-run", "--json"]).output()?;
        let json = String::from_utf8_lossy(&run.stdout).into_owned();
        let is_planned = json.contains("\"plan\":[\"") || action == "check";
        let files: Vec<_> = fs::read_dir(&folder)?.flatten().map(|entry| entry.file_name()).collect();
        if files != ["cluster.ini"] || !is_planned || json.contains("\"done\"") {
            return Err(format!("{action}: {files:?}\n{run:?}").into());
        }
    }
    if fs::read_to_string(folder.join("cluster.ini"))? == text { Ok(()) } else { Err("a log was emptied".into()) }
}

fn pipes() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    Command::new("mkfifo").arg(folder.join("p")).status()?;
    let server = TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    let run = |keys: &str, action: &str, expected: i32, told: &str| -> Outcome {
        let text = format!(
            "[DEFAULT]\n{keys}\n[cluster]\nfrontend = a\nzeoclients = c\n[a]\ntype = TCPServer\nport = {port}\n[c]\nport = {}\n",
            free()
        );
        fs::write(folder.join("cluster.ini"), text)?;
        let mut command = Command::new("timeout");
        let words = ["ctl", "-a", action, "-s", "a"];
        let run = command.arg("30").arg(recipe()).args(words).current_dir(&folder).stdin(Stdio::null()).output()?;
        status(&run, expected)?;
        let said = String::from_utf8_lossy(&run.stderr);
        let is_told = said.contains(told) && (told.is_empty() == said.is_empty());
        if is_told { Ok(()) } else { Err(format!("{keys}: {said}").into()) }
    };
    run("logfile = p", "check", 1, "ERROR: cannot open p: is a pipe, no plain file")?;
    run("pid_file = p", "check", 1, "ERROR: a : cannot read p: is a pipe, no plain file")?;
    run("log_file = p\ncritical_errors = x", "check", 1, "ERROR: a : cannot read p: is a pipe, no plain file")?;
    run("archivedir = .\nrotate_logs = p", "rotate", 1, "ERROR: a : cannot save p: is a pipe, no plain file")?;
    run("lock_file = p", "rotate", 2, "p: is a pipe, no plain file")?;
    run("supervisor_conf = p\nservice_name = a", "stop", 2, "that can be read; is a pipe, no plain file")?;
    run("control = zdaemon:p", "stop", 2, "that can be read; is a pipe, no plain file")?;
    let mail = format!("mail_spool = p\nmailhost = 127.0.0.1:{}\nfromaddr = a@b\ntoaddrs = c@d", free());
    run(&mail, "check", 1, "p: is a pipe, no plain file")?;
    run("logfile = /dev/shm", "check", 1, "ERROR: cannot open /dev/shm: is a directory")?;
    run("logfile = /dev/null\nlog_file = /dev/null\ncritical_errors = x", "check", 0, "")
}

fn pipes_to_read() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    Command::new("mkfifo").arg(folder.join("p")).status()?;
    let port = free();
    let text = format!(
        "[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = {port}\nsupervisor_conf = s.conf\nservice_name = a\n"
    );
    fs::write(folder.join("cluster.ini"), &text)?;
    fs::write(
        folder.join("s.conf"),
        "[supervisord]\n[unix_http_server]\nfile = s\n[supervisorctl]\nserverurl = unix://s\n[include]\nfiles = p\n",
    )?;
    let run = |line: &str, expected: i32, told: &str| -> Outcome {
        let mut command = Command::new("timeout");
        command.args(["30", "bash", "-c", line]).env("CTL", recipe()).current_dir(&folder).stdin(Stdio::null());
        let output = command.output()?;
        status(&output, expected)?;
        if String::from_utf8_lossy(&output.stderr).contains(told) { Ok(()) } else { Err(format!("{output:?}").into()) }
    };
    run(
        "\"$CTL\" ctl -a check -c p",
        2,
        "p is not a valid config file (-h for see all options): is a pipe, no plain file",
    )?;
    run("\"$CTL\" ctl -a stop -s a", 2, "it includes ")?;
    run("\"$CTL\" ctl -a stop -s a", 2, "/p is a pipe, no plain file")?;
    fs::write(folder.join("z.conf"), "%include p\n<runner>\nprogram cat\n</runner>\n")?;
    fs::write(folder.join("cluster.ini"), text.replace("service_name = a", "control = zdaemon:z.conf"))?;
    run("\"$CTL\" ctl -a stop -s a", 2, "it includes ")?;
    run("\"$CTL\" ctl -a check -c <(cat cluster.ini)", 1, "CRITICAL: a cant connect")?;
    run("\"$CTL\" ctl -a check -c /dev/stdin <cluster.ini", 1, "CRITICAL: a cant connect")
}

fn no_spool() -> Outcome {
    let scratch = Scratch::new();
    let (folder, port) = (scratch.path(), free());
    cluster(&folder, port, [free(), free()])?;
    let text = fs::read_to_string(folder.join("cluster.ini"))?;
    let spooled = |spool: &str| {
        fs::write(folder.join("cluster.ini"), text.replacen("timeout", &format!("mail_spool = {spool}\ntimeout"), 1))
    };
    std::os::unix::fs::symlink("/dev/null", folder.join("null"))?;
    for spool in ["/dev/null", "null"] {
        spooled(spool)?;
        let run = ctl(&folder, &["-a", "check"]).output()?;
        status(&run, 1)?;
        let said = String::from_utf8_lossy(&run.stderr);
        let lost = "CRITICAL: cannot send the mail, and it cannot wait, so it is lost: ";
        let left: Vec<_> = [Path::new("/dev"), &folder].iter().flat_map(|folder| drafts(folder)).collect();
        if !said.contains(lost) || said.contains("/dev/null") || !left.is_empty() {
            return Err(format!("{spool}: {left:?} {said}").into());
        }
    }
    spooled("/dev/full")?;
    let run = ctl(&folder, &["-a", "start"]).output()?;
    status(&run, 2)?;
    let said = String::from_utf8_lossy(&run.stderr);
    if said.contains("`mail_spool` is `/dev/full`: expected a file in which mails wait") {
        Ok(())
    } else {
        Err(said.into_owned().into())
    }
}

/// What runs have left in a folder of events that are not mailed yet.
fn drafts(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.to_string_lossy().contains("null.draft-")).collect()
}

fn stateless() -> Outcome {
    let scratch = Scratch::new();
    let ports = [free(), free()];
    socket_of(&scratch.path().join("s"), ports)?;
    let text = format!(
        "[DEFAULT]\nstart_command = touch turned\nstop_command = touch turned\n[cluster]\nfrontend = front\n\
         zeoclients = a, b\n[front]\ntype = HAProxy\nsocket = ./s\nbackend = web\nserver_state = nowhere/states\n[a]\n\
         port = {}\n[b]\nport = {}\n",
        ports[0], ports[1]
    );
    fs::write(scratch.path().join("cluster.ini"), text)?;
    for (action, expected) in [("start", 2), ("stop", 2), ("check", 1)] {
        let output = ctl(&scratch.path(), &["-a", action]).output()?;
        status(&output, expected)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let told = "`server_state` is `nowhere/states`: expected a file in a folder that is there";
        if !said.contains(told) || scratch.path().join("turned").exists() {
            return Err(format!("{action}: {said}").into());
        }
    }
    Ok(())
}

fn no_perf_dir() -> Outcome {
    let scratch = Scratch::new();
    let server = TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    thread::spawn(move || {
        for mut stream in server.incoming().flatten() {
            let _ = BufReader::new(&stream).lines().map_while(Result::ok).find(String::is_empty);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let service = format!("type = HttpServer\nport = {port}\n");
    let text = format!("[DEFAULT]\nperfdir = none\n[cluster]\nfrontend = a, b\n[a]\n{service}[b]\n{service}");
    fs::write(scratch.path().join("cluster.ini"), text)?;
    let output = ctl(&scratch.path(), &["-a", "check"]).output()?;
    status(&output, 1)?;
    let said = String::from_utf8_lossy(&output.stderr);
    let is_told = said.contains("cannot write the performance log none/") && said.contains(": there is no folder none");
    if is_told && said.lines().count() == 1 { Ok(()) } else { Err(said.into_owned().into()) }
}

fn idle() -> Outcome {
    let scratch = Scratch::new();
    let server = TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    fs::write(
        scratch.path().join("cluster.ini"),
        format!("[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = {port}\n"),
    )?;
    for (words, told) in [
        (&["check", "-P"][..], "ctl: -P has no effect on check: it is `start` that purges by it\n"),
        (&["check", "-p", "x"], "ctl: -p has no effect on check: it is what `log` searches\n"),
        (&["stop", "-R"], "ctl: -R has no effect on stop: it is `start` that rotates by it\n"),
        (&["start", "-P"], "ctl: -P has no effect: there is no proxy cache among the frontends\n"),
        (&["check"], ""),
    ] {
        let output = ctl(&scratch.path(), &[&["-a"], words].concat()).output()?;
        status(&output, 0)?;
        if String::from_utf8_lossy(&output.stderr) != told {
            return Err(format!("{words:?} {output:?}").into());
        }
    }
    Ok(())
}

fn two_folders() -> Outcome {
    let scratch = Scratch::new();
    let (folder, elsewhere) = (scratch.path(), Scratch::new());
    let text = "[DEFAULT]\nlock_file = ctl.lock\nmail_spool = mails\nmailhost = 127.0.0.1:1\nfromaddr = a@b\n\
                toaddrs = c@d\n[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = PORT\n\
                stop_command = touch began; cat hold\nstart_command = true\nstart_timeout = 1\n";
    fs::write(folder.join("cluster.ini"), text.replace("PORT", &free().to_string()))?;
    Command::new("mkfifo").arg(folder.join("hold")).status()?;
    let mut first = Ended(ctl(&folder, &["-a", "start"]).stderr(Stdio::null()).spawn()?);
    let until = Instant::now() + PATIENCE;
    while !folder.join("began").exists() {
        if Instant::now() > until {
            return Err("it never began".into());
        }
        thread::yield_now();
    }
    let config = folder.join("cluster.ini");
    let second = ctl(&elsewhere.path(), &["-a", "start", "-c", &config.to_string_lossy()]).output()?;
    status(&second, 2)?;
    first.0.wait()?;
    status(&ctl(&elsewhere.path(), &["-a", "check", "-c", &config.to_string_lossy()]).output()?, 1)?;
    let is_alone = fs::read_dir(elsewhere.path())?.next().is_none();
    if is_alone && folder.join("mails").exists() { Ok(()) } else { Err("not in the folder of cluster.ini".into()) }
}

/// Who reads the exit status knows that the log is not written; the work is done for all that.
fn unwritten_log() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let text = |name: &str| {
        format!(
            "[DEFAULT]\nlogfile = {name}\n[cluster]\nfrontend = a\n[a]\ntype = TCPServer\nport = {}\nstop_command = touch done\n\
             start_command = true\nstart_timeout = 1\n",
            free()
        )
    };
    for (name, says) in [("away/ctl.log", "cannot open away/ctl.log: "), ("/dev/full", "cannot write the log: ")] {
        fs::write(folder.join("cluster.ini"), text(name))?;
        let run = ctl(&folder, &["-a", "stop", "-s", "a", "--json"]).output()?;
        let (said, json) = (String::from_utf8_lossy(&run.stderr), String::from_utf8_lossy(&run.stdout));
        status(&run, 1)?;
        let is_told = said.matches(&format!("ERROR: {says}")).count() == 1 && json.contains(says);
        if !is_told || fs::remove_file(folder.join("done")).is_err() {
            return Err(format!("{said}\n{json}").into());
        }
    }
    fs::write(folder.join("cluster.ini"), text("ctl.log"))?;
    status(&ctl(&folder, &["-a", "stop", "-s", "a"]).output()?, 0)
}

fn hanging() -> Outcome {
    let scratch = Scratch::new();
    // It takes connections, and never says a word.
    let server = TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    let text = format!("[DEFAULT]\ntimeout = 1\n[cluster]\nzeoclients = a\n[a]\nport = {port}\n");
    fs::write(scratch.path().join("cluster.ini"), text)?;
    let began = Instant::now();
    let output = ctl(&scratch.path(), &["-a", "check"]).output()?;
    status(&output, 1)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !said.contains(&format!("error in URL : http://127.0.0.1:{port}/ 408 no answer within 1 s")) {
        return Err(said.into_owned().into());
    }
    if began.elapsed() > PATIENCE { Err("it took too long".into()) } else { Ok(()) }
}

fn silent_balancer() -> Outcome {
    let scratch = Scratch::new();
    // It takes connections, and never says a word.
    let socket = UnixListener::bind(scratch.path().join("s"))?;
    socket.set_nonblocking(true)?;
    let [a, b] = [free(), free()];
    let front = TcpListener::bind("127.0.0.1:0")?;
    let text = format!(
        "[DEFAULT]\ntimeout = 1\ncontrol = none\n[cluster]\nfrontend = front\nzeoclients = a, b\n[a]\nport = {}\n[b]\n\
         port = {}\n[front]\ntype = HAProxy\nport = {}\nsocket = ./s\nbackend = x\n",
        a,
        b,
        front.local_addr()?.port()
    );
    fs::write(scratch.path().join("cluster.ini"), text)?;
    let why = "the balancer at ./s does not answer: no answer within 1 s";
    let checked = format!("ERROR: it is not known who is out of the balancer: {why}");
    for (action, told) in [("check", checked), ("repair", format!("CRITICAL: front : {why}"))] {
        let output = ctl(&scratch.path(), &["-a", action]).output()?;
        status(&output, 1)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let (lines, asked) = (
            said.lines().filter(|line| line.ends_with(&told)).count(),
            socket.incoming().map_while(Result::ok).count(),
        );
        if (lines, asked) != (1, 1) {
            return Err(format!("told {lines} times, asked {asked} times: {said}").into());
        }
    }
    Ok(())
}

/// A runtime socket that has two clients, of which the second is not where the first says.
fn socket_of(path: &Path, ports: [u16; 2]) -> std::io::Result<()> {
    let listener = UnixListener::bind(path)?;
    let [one, two] = ports;
    let table = format!(
        "# pxname,svname,scur,status,weight,type,addr,\nweb,a,0,UP,1,2,127.0.0.1:{one},\nweb,b,0,UP,1,2,127.0.0.1:{two},\n\n"
    );
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = String::new();
            let _ = BufReader::new(&stream).read_line(&mut asked);
            let says = if asked.starts_with("show stat") { table.as_str() } else { "admin\n" };
            let _ = stream.write_all(says.as_bytes());
        }
    });
    Ok(())
}

/// A Pound's control socket with two backends.
fn pound_of(path: &Path, ports: [u16; 2]) -> std::io::Result<()> {
    let listener = UnixListener::bind(path)?;
    let backends =
        ports.map(|port| format!("{{\"address\":\"127.0.0.1:{port}\",\"enabled\":true,\"alive\":true}}")).join(",");
    let tree = format!("{{\"listeners\":[{{\"services\":[{{\"backends\":[{backends}]}}]}}],\"services\":[]}}");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let _ = lines.find(String::is_empty);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", tree.len());
            let _ = stream.write_all((head + &tree).as_bytes());
        }
    });
    Ok(())
}

fn elsewhere() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let ports = [free(), free()];
    let other = [ports[0], free()];
    socket_of(&folder.join("s"), ports)?;
    pound_of(&folder.join("p"), ports)?;
    let [a, b] = ports;
    fs::write(folder.join("upstream"), format!("upstream web {{ server 127.0.0.1:{a}; server 127.0.0.1:{b}; }}\n"))?;
    let block = |port: u16| format!("BackEnd\nAddress 127.0.0.1\nPort {port}\nEnd\n");
    fs::write(folder.join("pound.cfg"), format!("Service\n{}{}End\n", block(a), block(b)))?;
    let is_at = format!("b is at localhost:{}", other[1]);
    let named = format!("{is_at}, and the balancer has it at 127.0.0.1:{b}: expected one address");
    let nameless = format!(
        "{is_at}, where the balancer has no server; it has 127.0.0.1:{b}, which is no client: expected one address"
    );
    for (keys, why) in [
        ("type = HAProxy\nsocket = ./s\nbackend = web", named),
        ("type = Nginx\nconf = upstream\nupstream = web", nameless.clone()),
        ("type = Pound\nconf = pound.cfg", nameless.clone()),
        ("type = Pound\nconf = pound.cfg\ncontrol_socket = p", nameless),
    ] {
        is_told_beforehand(&folder, keys, ports, other, &why).map_err(|failed| format!("{keys}: {failed:?}"))?;
    }
    Ok(())
}

/// That a client at `other[1]` that the balancer has at `ports[1]` is told, and nobody is turned.
fn is_told_beforehand(folder: &Path, keys: &str, ports: [u16; 2], other: [u16; 2], why: &str) -> Outcome {
    let write = |[a, b]: [u16; 2]| {
        let text = format!(
            "[DEFAULT]\nstart_command = touch turned\nstop_command = touch turned\nstart_timeout = 1\n[cluster]\n\
             frontend = front\nzeoclients = a, b\n[a]\nip = localhost\nport = {a}\n[b]\nip = localhost\nport = {b}\n[front]\n\
             {keys}\n"
        );
        fs::write(folder.join("cluster.ini"), text)
    };
    write(other)?;
    for action in ["start", "repair", "stop"] {
        let output = ctl(folder, &["-a", action]).output()?;
        status(&output, 2)?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !said.contains(why) || !said.contains("cluster.ini:13:8") || folder.join("turned").exists() {
            return Err(said.into_owned().into());
        }
    }
    let output = ctl(folder, &["-a", "check"]).output()?;
    status(&output, 1)?;
    if !String::from_utf8_lossy(&output.stderr).contains(&format!("ERROR: {why}")) {
        return Err(format!("{output:?}").into());
    }
    // The same address by another name is none.
    write(ports)?;
    let output = ctl(folder, &["-a", "stop", "--dry-run"]).output()?;
    if output.status.code() == Some(2) || String::from_utf8_lossy(&output.stderr).contains("expected one address") {
        return Err(format!("{output:?}").into());
    }
    Ok(())
}

fn full() -> Outcome {
    let scratch = Scratch::new();
    let text = format!("[cluster]\nzeoclients = a\n[a]\nport = {}\nlog_file = a.log\npid_file = pid\n", free());
    fs::write(scratch.path().join("cluster.ini"), text)?;
    fs::write(scratch.path().join("a.log"), "one\n")?;
    fs::write(scratch.path().join("pid"), std::process::id().to_string())?;
    for words in [&["-h"][..], &["-a", "mem"], &["-a", "log", "-p", "one"], &["-a", "mem", "--json"]] {
        let mut command = ctl(&scratch.path(), words);
        let output = command.stdout(fs::OpenOptions::new().write(true).open("/dev/full")?).output()?;
        status(&output, 2)?;
        let said = String::from_utf8_lossy(&output.stderr);
        // A warning about the log may come before it.
        if !said.ends_with("ctl: cannot write the result: no space left on device\n") {
            return Err(format!("{words:?}: {said}").into());
        }
    }
    // Nobody who has gone is missed.
    let (reader, writer) = std::io::pipe()?;
    drop(reader);
    status(&ctl(&scratch.path(), &["-a", "mem"]).stdout(writer).output()?, 0)
}
