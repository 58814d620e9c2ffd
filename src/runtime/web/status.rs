//! The table of processes.

use serde::Serialize;

use super::{Web, render};
use crate::base::time::Wall;
use crate::conf::namespec::namespec;
use crate::runtime::core::process::Process;
use crate::runtime::core::state::State;
use crate::runtime::rpc::{SUPERVISOR_VERSION, Zone, description, zone};
use crate::wire::url::quote;

const TEMPLATE: &str = include_str!("../../../templates/web/status.html");

/// What the template sees.
#[derive(Serialize)]
struct Shown<'a> {
    identifier: &'a str,
    version: &'a str,
    message: Option<&'a str>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    state: String,
    class: &'static str,
    description: String,
    name: String,
    /// The name as it stands in links.
    quoted: String,
    actions: &'static [Link],
}

/// A link that changes the state: what it is called and what it asks for.
#[derive(Serialize)]
struct Link {
    label: &'static str,
    action: &'static str,
}

impl Web {
    /// The table, by name of group and process.
    pub(super) fn status(&self, message: Option<&str>) -> Result<String, String> {
        let config = self.control.config();
        let (now, zone) = (self.control.now().wall, zone());
        let fleet = self.control.fleet();
        let mut processes: Vec<&Process> = fleet.processes().collect();
        processes.sort_by(|a, b| (a.group(), a.name()).cmp(&(b.group(), b.name())));
        let rows = processes.into_iter().map(|process| row(process, now, &zone)).collect();
        let identifier = &config.supervisord.identifier;
        render("status.html", TEMPLATE, &Shown { identifier, version: SUPERVISOR_VERSION, message, rows })
    }
}

fn row(process: &Process, now: Wall, zone: &Zone) -> Row {
    let (state, name) = (process.state(), namespec(process.group(), process.name()));
    Row {
        state: state.name().to_ascii_lowercase(),
        class: class(state),
        description: description(process, now, zone),
        quoted: quote(&name),
        name,
        actions: actions(state),
    }
}

fn class(state: State) -> &'static str {
    match state {
        State::Running => "statusrunning",
        State::Fatal | State::Backoff => "statuserror",
        State::Stopped | State::Starting | State::Stopping | State::Exited | State::Unknown => "statusnominal",
    }
}

fn actions(state: State) -> &'static [Link] {
    match state {
        State::Running => &[Link { label: "Restart", action: "restart" }, Link { label: "Stop", action: "stop" }],
        State::Stopped | State::Exited | State::Fatal => &[Link { label: "Start", action: "start" }],
        State::Starting | State::Backoff | State::Stopping | State::Unknown => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::model;
    use crate::runtime::fake::Fake;
    use crate::runtime::testing::{group, process};

    /// The text between tags, without what is empty.
    fn texts(html: &str) -> Vec<String> {
        let body = html.split_once("<body>").unwrap().1;
        let texts = body.split('<').filter_map(|piece| piece.split_once('>'));
        texts.map(|(_, text)| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn each_process_has_a_row() {
        let fast = |name: &str| model::Process { startsecs: -1, ..process(name) };
        let off = model::Process { autostart: false, ..fast("off") };
        let fake = Fake::new(vec![group("off", vec![off]), group("g", vec![fast("cat"), process("new")])]);
        let page = Web::new(fake).status(None).unwrap();
        let shown = texts(&page);
        let table = shown.iter().position(|text| text == "Action").unwrap() + 1;
        let log = ["Clear Log", "Tail -f Stdout", "Tail -f Stderr"];
        let wanted = [
            &["running", "pid 4002, uptime 0:00:00", "g:cat", "Restart", "Stop"][..],
            &log,
            &["starting", "g:new"],
            &log,
            &["stopped", "Not started", "off", "Start"],
            &log,
        ]
        .concat();
        assert_eq!(shown[table..table + wanted.len()], wanted);
        for link in [
            "tail.html?processname=g%3Acat",
            "index.html?processname=g%3Acat&amp;action=restart",
            "index.html?processname=off&amp;action=start",
            "index.html?action=restartall",
            "logtail/g%3Acat",
            "logtail/g%3Acat/stderr",
        ] {
            assert!(page.contains(&format!("href=\"{link}\"")), "{link} in {page}");
        }
        assert!(page.contains("class=\"statusrunning\"") && !page.contains("status_msg"), "{page}");
    }

    #[test]
    fn nothing_that_is_shown_is_markup() {
        let evil = "<script>\"&'";
        let fake = Fake::new(vec![group(evil, vec![process("<b>")])]);
        let page = Web::new(fake).status(Some(evil)).unwrap();
        for bare in [evil, "<b>", "script>\""] {
            assert!(!page.contains(bare), "{page}");
        }
        assert!(page.contains("href=\"tail.html?processname=%3Cscript%3E%22%26%27%3A%3Cb%3E\""), "{page}");
        assert!(page.contains("<p class=\"status_msg\">&lt;script&gt;&quot;&amp;&#"), "{page}");
    }

    #[test]
    fn an_empty_table_says_so() {
        assert!(
            texts(&Web::new(Fake::new(vec![])).status(None).unwrap()).contains(&"No programs to manage".to_owned())
        );
    }

    #[test]
    fn only_what_has_sense_can_be_asked_for() {
        let labels = |state| actions(state).iter().map(|link| link.label).collect::<Vec<_>>();
        for state in State::ALL {
            let wanted: &[&str] = match state.name() {
                "RUNNING" => &["Restart", "Stop"],
                "STOPPED" | "EXITED" | "FATAL" => &["Start"],
                _ => &[],
            };
            assert_eq!(labels(state), wanted, "{state:?}");
        }
    }
}
