//! What the links of the table do, and the message that the table shows then. The messages are Supervisor's.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Page, Web};
use crate::base::time::Wall;
use crate::conf::namespec::Namespec;
use crate::wire::fault::{Fault, FaultCode};

impl Web {
    /// Does what a link asks for and says so, once it is done.
    pub(super) async fn act(&self, action: &str, process: Option<&str>) -> Page {
        match (action, process) {
            ("refresh", _) => self.done_now("Page refreshed"),
            ("stopall", _) => match self.rpc.run("stopAllProcesses", vec![]).await {
                Ok(_) => self.done_now("All stopped"),
                Err(fault) => Page::Done(unexpected(&fault)),
            },
            ("restartall", _) => {
                // Whatever comes of either, as in a multicall whose results nobody looks at.
                let _ = self.rpc.run("stopAllProcesses", vec![]).await;
                let _ = self.rpc.run("startAllProcesses", vec![]).await;
                self.done_now("All restarted")
            }
            (_, Some(name)) if !self.exists(name) => Page::Done(format!("No such process named {name}")),
            (_, Some(name)) => self.act_on(action, name).await,
            _ => Page::Nonsense(format!("there is no action {action:?}")),
        }
    }

    async fn act_on(&self, action: &str, name: &str) -> Page {
        let call = |method| self.rpc.run(method, vec![name.into()]);
        let message = match action {
            "start" => match call("startProcess").await {
                Ok(_) => format!("Process {name} started"),
                Err(fault) => format!("ERROR: Process {name}: {}", start_fault(&fault)),
            },
            "stop" => match call("stopProcess").await {
                Ok(_) => format!("Process {name} stopped"),
                Err(fault) => unexpected(&fault),
            },
            "restart" => {
                // One that does not run is started.
                let _ = call("stopProcess").await;
                let _ = call("startProcess").await;
                format!("Process {name} restarted")
            }
            "clearlog" => match call("clearProcessLogs").await {
                Ok(_) => format!("Log for {name} cleared"),
                Err(fault) => unexpected(&fault),
            },
            _ => return Page::Nonsense(format!("there is no action {action:?}")),
        };
        Page::Done(message)
    }

    fn exists(&self, name: &str) -> bool {
        let Namespec { group, process } = Namespec::parse(name);
        process.is_some_and(|process| self.control.fleet().find(group, process).is_some())
    }

    /// `All stopped at Wed Nov 25 21:39:01 2026`.
    fn done_now(&self, what: &str) -> Page {
        Page::Done(format!("{what} at {}", ctime(self.control.now().wall, TimeZone::system())))
    }
}

fn start_fault(fault: &Fault) -> String {
    let words = match FaultCode::from_number(fault.code) {
        Some(FaultCode::NoFile) => "no such file",
        Some(FaultCode::NotExecutable) => "file not executable",
        Some(FaultCode::AlreadyStarted) => "already started",
        Some(FaultCode::SpawnError) => "spawn error",
        Some(FaultCode::AbnormalTermination) => "abnormal termination",
        _ => return unexpected(fault),
    };
    words.to_owned()
}

/// A fault that the table has no words for.
pub(super) fn unexpected(fault: &Fault) -> String {
    format!("unexpected rpc fault [{}] {}", fault.code, fault.string)
}

fn ctime(at: Wall, zone: TimeZone) -> String {
    let Ok(stamp) = Timestamp::from_second(at.seconds()) else { return String::new() };
    stamp.to_zoned(zone).strftime("%a %b %e %H:%M:%S %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::fake::Fake;
    use crate::runtime::testing::{group, process};
    use crate::runtime::web::{Form, View};

    fn message(web: &Web, query: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        match runtime.block_on(web.answer(View::Status, &Form::read(query, ""))) {
            Page::Done(message) => message,
            other => format!("{other:?}"),
        }
    }

    fn web() -> (std::rc::Rc<Fake>, Web) {
        let fast = |name: &str| crate::conf::model::Process { startsecs: -1, ..process(name) };
        let fake = Fake::new(vec![group("cat", vec![fast("cat")]), group("g", vec![fast("a")])]);
        (fake.clone(), Web::new(fake))
    }

    #[test]
    fn each_action_has_its_message() {
        let (fake, web) = web();
        for (query, wanted) in [
            ("action=stop&processname=cat", "Process cat stopped"),
            ("action=stop&processname=cat", "unexpected rpc fault [70] NOT_RUNNING: cat"),
            ("action=start&processname=cat", "Process cat started"),
            ("action=start&processname=cat", "ERROR: Process cat: already started"),
            ("action=restart&processname=g%3Aa", "Process g:a restarted"),
            ("action=clearlog&processname=cat", "unexpected rpc fault [30] FAILED: cat"),
            ("action=stop&processname=zz", "No such process named zz"),
            ("action=bogus&processname=g:*", "No such process named g:*"),
        ] {
            assert_eq!(message(&web, query), wanted, "{query}");
        }
        std::fs::write(fake.path("cat"), "text").unwrap();
        assert_eq!(message(&web, "action=clearlog&processname=cat"), "Log for cat cleared");
        for (query, wanted) in
            [("refresh", "Page refreshed at "), ("stopall", "All stopped at "), ("restartall", "All restarted at ")]
        {
            let message = message(&web, &format!("action={query}"));
            assert!(message.starts_with(wanted), "{message}");
        }
        for query in ["action=bogus", "action=start", "action=bogus&processname=cat"] {
            assert!(message(&web, query).starts_with("Nonsense("), "{query}");
        }
    }

    #[test]
    fn faults_of_a_start_have_words() {
        let words = |code| start_fault(&Fault { code, string: "T".to_owned() });
        let all = [20, 21, 60, 50, 40, 30].map(words);
        let wanted = ["no such file", "file not executable", "already started", "spawn error", "abnormal termination"];
        assert_eq!(all[..5], wanted);
        assert_eq!(all[5], "unexpected rpc fault [30] T");
    }

    #[test]
    fn times_read_as_in_c() {
        assert_eq!(ctime(Wall(1_795_223_038_000_000_000), TimeZone::UTC), "Sat Nov 21 01:03:58 2026");
        assert_eq!(ctime(Wall(0), TimeZone::UTC), "Thu Jan  1 00:00:00 1970");
    }
}
