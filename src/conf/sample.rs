//! A configuration to begin with: every section and every option, made from the table of options. What a daemon needs
//! is set, the rest stands behind semicolons with the value that it has anyway.

use std::fmt::Write as _;

use super::options::{self, Opt, Section};

/// Where the comment of an option begins, where there is room.
const COLUMN: usize = 42;

const HEAD: &str = "\
; Sample supervisor config file.
;
; Lines that begin with a semicolon have no effect. Behind the name of an option
; stands the value that it has if it is not set, or an example where it has none.
; A comment behind a value needs a blank before its semicolon.
; %(ENV_HOME)s stands for the variable HOME in any value, and a percent sign is
; written twice.
";

/// A section of the sample.
struct Part {
    section: Section,
    /// What stands behind the colon of its header.
    name: Option<&'static str>,
    about: &'static str,
    /// The options that are set, or, in a section that is not there, shown with this value.
    values: &'static [(&'static str, &'static str)],
    /// Whether the section is there.
    is_set: bool,
}

const PARTS: &[Part] = &[
    Part {
        section: Section::UnixHttpServer,
        name: None,
        about: "A control server on a unix socket, for supervisorctl on this host.",
        values: &[("file", "/tmp/supervisor.sock")],
        is_set: true,
    },
    Part {
        section: Section::InetHttpServer,
        name: None,
        about: "A control server on TCP, which also has a web page. Whoever reaches it can do\n\
                what the daemon can: it is off unless you turn it on, and should have a password.",
        values: &[("port", "127.0.0.1:9001")],
        is_set: false,
    },
    Part {
        section: Section::Supervisord,
        name: None,
        about: "The daemon itself.",
        values: &[("logfile", "/tmp/supervisord.log"), ("pidfile", "/tmp/supervisord.pid")],
        is_set: true,
    },
    Part {
        section: Section::RpcInterface,
        name: Some("supervisor"),
        about: "What supervisorctl and the web page talk to; it must stay.",
        values: &[("supervisor.rpcinterface_factory", "supervisor.rpcinterface:make_main_rpcinterface")],
        is_set: true,
    },
    Part {
        section: Section::Supervisorctl,
        name: None,
        about: "Where supervisorctl finds the daemon: one of the servers above.",
        values: &[("serverurl", "unix:///tmp/supervisor.sock")],
        is_set: true,
    },
    Part {
        section: Section::Program,
        name: Some("theprogramname"),
        about: "A program, as often as there are programs.",
        values: &[("command", "/bin/cat")],
        is_set: false,
    },
    Part {
        section: Section::EventListener,
        name: Some("theeventlistenername"),
        about: "A program that is told of events on its standard input.",
        values: &[("command", "/bin/eventlistener"), ("events", "PROCESS_STATE")],
        is_set: false,
    },
    Part {
        section: Section::FcgiProgram,
        name: Some("thefcgiprogramname"),
        about: "A program that serves FastCGI on a socket which the daemon opens.",
        values: &[("command", "/bin/fcgi"), ("socket", "tcp://localhost:9002")],
        is_set: false,
    },
    Part {
        section: Section::Group,
        name: Some("thegroupname"),
        about: "Programs that are started and stopped as one.",
        values: &[("programs", "progname1,progname2")],
        is_set: false,
    },
    Part {
        section: Section::Include,
        name: None,
        about: "Further files, so that each program can have its own.",
        values: &[("files", "conf.d/*.conf")],
        is_set: false,
    },
    Part {
        section: Section::CtlPlugin,
        name: Some("thepluginname"),
        about: "Commands that a Python module adds to the original's supervisorctl.",
        values: &[("supervisor.ctl_factory", "my.package:make_plugin")],
        is_set: false,
    },
];

/// The whole sample.
pub fn sample() -> String {
    let mut text = HEAD.to_owned();
    for part in PARTS {
        part.write(&mut text);
    }
    text
}

impl Part {
    fn write(&self, out: &mut String) {
        let off = if self.is_set { "" } else { ";" };
        let name = self.name.map(|name| format!(":{name}")).unwrap_or_default();
        // Writing into a String cannot fail.
        let _ = writeln!(out, "\n; {}\n{off}[{}{name}]", self.about.replace('\n', "\n; "), self.section.word());
        for option in options::options(self.section) {
            let _ = writeln!(out, "{}", self.line(option));
        }
    }

    fn line(&self, option: &Opt) -> String {
        let own = self.values.iter().find(|(name, _)| *name == option.name).map(|(_, value)| *value);
        let off = if self.is_set && own.is_some() { "" } else { ";" };
        let value = own.or(option.default).unwrap_or_default();
        let set = format!("{off}{}={value}", option.name);
        format!("{set:<COLUMN$} ; {}{}", option.doc.trim_end_matches('.'), remark(option, own))
    }
}

/// What is to be known of a value besides what the option does.
fn remark(option: &Opt, own: Option<&str>) -> String {
    match (option.default, own) {
        _ if option.required => "; it must be set".to_owned(),
        (Some(default), Some(own)) if default != own && !default.is_empty() => format!("; default {default}"),
        (Some(""), None) => format!("; {}", option.ty.description()),
        (None, None) if option.doc.contains("unset") => format!("; {}", option.ty.description()),
        (None, None) => format!("; {}, none by default", option.ty.description()),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_option_stands_in_it() {
        assert!(Section::ALL.iter().all(|section| PARTS.iter().filter(|part| part.section == *section).count() == 1));
        let text = sample();
        let names = |text: &str| text.lines().filter(|line| line.contains('=')).count();
        let wanted: usize = Section::ALL.iter().map(|section| options::options(*section).count()).sum();
        assert_eq!(names(&text), wanted);
        assert!(text.starts_with("; Sample supervisor config file") && text.is_ascii());
    }
}
