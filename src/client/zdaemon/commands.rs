//! One line to one command.

use std::process;

use super::super::interrupt::Interrupt;
use super::super::problem::io_text;
use super::waiting::For;
use super::{Controller, help, tail};
use crate::conf::python::{NotInteger, int, repr};
use crate::conf::signals;
use crate::wire::zdaemon::Command;

/// The exit status of `status` where nothing runs.
const NOT_RUNNING: u8 = 3;

/// Whether the shell goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// With the exit status so far.
    Go(u8),
    /// The user leaves.
    Leave,
}

impl Controller<'_, '_> {
    /// Runs the command of a command line. Gives the exit status.
    pub fn run(&mut self, line: &str) -> u8 {
        match self.line(line) {
            After::Go(status) => status,
            After::Leave => 0,
        }
    }

    /// Reads commands and runs them until the input ends.
    pub fn shell(&mut self) -> u8 {
        let program = self.settings.program.join(" ");
        self.console.line(&format!("program: {program}"));
        self.status("");
        let prompt = format!("{} ", self.settings.prompt);
        loop {
            match self.console.ask(&prompt) {
                Ok(Some(line)) => {
                    if self.line(&line) == After::Leave {
                        return 0;
                    }
                }
                Ok(None) => {
                    self.console.line("");
                    return 0;
                }
                Err(error) => {
                    self.console.complain(&error.to_string());
                    return 1;
                }
            }
        }
    }

    fn line(&mut self, line: &str) -> After {
        let line = line.trim();
        if line.is_empty() {
            // A blank line repeats nothing; to show the status is a nice alternative.
            self.status("");
            return After::Go(0);
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let split = || line.split_at(line.find(|c| !is_word(c)).unwrap_or(line.len()));
        let (word, rest) = line.strip_prefix('?').map_or_else(split, |rest| ("help", rest));
        self.command(word, rest.trim(), line)
    }

    fn command(&mut self, word: &str, arg: &str, line: &str) -> After {
        let status = match word {
            "start" => self.start(),
            "stop" => self.stop(),
            "restart" => self.restart(),
            "status" => self.status(arg),
            "wait" => self.wait(),
            "kill" => self.kill(arg),
            "reopen_transcript" => self.reopen_transcript(),
            "logreopen" => {
                self.reopen_transcript();
                self.kill("USR2")
            }
            "logtail" => self.logtail(arg),
            "show" => self.show(arg),
            "foreground" | "fg" => self.foreground(),
            "help" => self.help(arg),
            "quit" | "exit" | "EOF" if self.settings.interactive => return After::Leave,
            _ => {
                self.console.line(&format!("*** Unknown syntax: {line}"));
                0
            }
        };
        After::Go(status)
    }

    fn start(&mut self) -> u8 {
        self.ask();
        let manager = match &self.seen {
            Some(seen) if seen.pid != 0 => {
                let line = format!("daemon process already running; pid={}", seen.pid);
                self.console.line(&line);
                return 0;
            }
            Some(_) => {
                self.send(&Command::Start);
                None
            }
            None => {
                self.console.flush();
                match (self.launcher)() {
                    Ok(child) => Some(child),
                    Err(why) => {
                        self.console.complain(&format!("cannot start the daemon manager: {why}"));
                        self.console.line("\ndaemon manager not running");
                        return 1;
                    }
                }
            }
        };
        if self.settings.daemon {
            let manager = manager.map(|child| (child, self.settings.own_manager));
            return self.wait_for(For::Up(0), "daemon process started, pid={pid}", manager).unwrap_or(0);
        }
        // It runs here, and says for itself what there is to say.
        let _ = manager.map(|mut child| child.wait());
        0
    }

    fn stop(&mut self) -> u8 {
        self.ask();
        match &self.seen {
            None => self.not_managed("daemon manager not running"),
            Some(seen) if seen.pid == 0 && !seen.should_be_up => self.console.line("daemon process not running"),
            Some(_) => {
                self.send(&Command::Stop);
                self.wait_for(For::Down, "daemon process stopped", None);
            }
        }
        0
    }

    fn restart(&mut self) -> u8 {
        self.ask();
        match self.pid() {
            0 => {
                // What became of it was said; the original's exit status does not tell.
                let took_too_long = self.start();
                if took_too_long != 0 && self.seen.is_some() { took_too_long } else { 0 }
            }
            pid => {
                self.send(&Command::Restart);
                let ended = self.wait_for(For::Up(pid), "daemon process restarted, pid={pid}", None);
                ended.filter(|_| self.seen.is_some()).unwrap_or(0)
            }
        }
    }

    fn status(&mut self, arg: &str) -> u8 {
        if !matches!(arg, "" | "-l") {
            self.console.line("status argument must be absent or -l");
            return 1;
        }
        self.ask();
        let mut status = 0;
        match &self.seen {
            None => {
                self.not_managed("daemon manager not running");
                status = NOT_RUNNING;
            }
            Some(seen) if seen.pid == 0 => self.console.line("daemon manager running; daemon process not running"),
            Some(seen) => self.console.line(&format!("program running; pid={}", seen.pid)),
        }
        if let Some(seen) = self.seen.as_ref().filter(|_| arg == "-l") {
            self.console.line(&seen.raw);
        }
        status
    }

    fn wait(&mut self) -> u8 {
        self.wait_for(For::Down, "daemon process stopped", None);
        self.status("");
        0
    }

    fn kill(&mut self, arg: &str) -> u8 {
        let arg = if arg.is_empty() { "SIGTERM" } else { arg };
        let Some((name, number)) = signal(arg) else {
            self.console.line(&format!("invalid signal {}", repr(arg)));
            return 0;
        };
        self.ask();
        let pid = self.pid();
        if pid == 0 {
            let line = "daemon process not running";
            if self.seen.is_none() {
                self.not_managed(line);
            } else {
                self.console.line(line);
            }
            return 0;
        }
        self.console.line(&format!("kill({pid}, {number})"));
        match self.signal(pid, number) {
            Ok(()) => self.console.line(&format!("signal {name} sent to process {pid}")),
            Err(why) => self.console.line(&format!("Error: {why}")),
        }
        0
    }

    /// Real-time signals are sent by the manager.
    fn signal(&mut self, pid: i32, number: i32) -> Result<(), String> {
        match nix::sys::signal::Signal::try_from(number) {
            Ok(signal) => nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal)
                .map_err(|why| format!("[Errno {}] {}", why as i32, why.desc())),
            Err(_) => match self.send(&Command::Kill(Some(number.into()))) {
                Some(answer) if answer.trim_end().ends_with(" sent") => Ok(()),
                answer => Err(answer.unwrap_or_default().trim_end().to_owned()),
            },
        }
    }

    fn reopen_transcript(&mut self) -> u8 {
        if self.seen.is_none() {
            self.not_managed("daemon manager not running");
        } else {
            self.send(&Command::ReopenTranscript);
        }
        0
    }

    fn logtail(&mut self, arg: &str) -> u8 {
        let path = if arg.is_empty() { self.settings.logfile.clone() } else { Some(arg.to_owned()) };
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            self.console.line("No default log file specified; use logtail <logfile>");
            return 0;
        };
        if let Err(why) = tail::follow(&path, &mut self.console) {
            let code = why.raw_os_error().map(nix::errno::Errno::from_raw);
            let line = match code {
                Some(code) => format!("[Errno {}] {}: {}", code as i32, code.desc(), repr(&path)),
                None => why.to_string(),
            };
            self.console.line(&line);
        }
        0
    }

    fn show(&mut self, arg: &str) -> u8 {
        match if arg.is_empty() { "options" } else { arg } {
            "options" => self.console.bytes(self.settings.options.as_bytes()),
            "python" => self.console.bytes(self.settings.host.as_bytes()),
            "all" => self.console.bytes(format!("{}\n{}", self.settings.options, self.settings.host).as_bytes()),
            other => {
                self.console.line(&format!("'ZDCmd' object has no attribute 'show_{other}'"));
                self.help("show");
            }
        }
        0
    }

    fn foreground(&mut self) -> u8 {
        self.ask();
        if self.pid() != 0 {
            self.console.line("To run the program in the foreground, please stop it first.");
            return 0;
        }
        let words: Vec<&String> = self.settings.program.iter().chain(&self.settings.extra).collect();
        let shown: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
        self.console.line(&shown.join(" "));
        self.console.flush();
        let Some((program, args)) = words.split_first() else {
            self.console.complain("no program specified; use -p or -C");
            return 1;
        };
        let variables = self.settings.environment.iter().map(|(key, value)| (key, value));
        // Ctrl-C is for the program.
        let interrupt = Interrupt::new();
        let ended = process::Command::new(program).args(args).envs(variables).status();
        if let Err(why) = ended {
            self.console.complain(&format!("can't exec {}: {}", repr(program), io_text(&why)));
        }
        if interrupt.is_ok_and(|interrupt| interrupt.came()) {
            self.console.line("");
        }
        0
    }

    fn help(&mut self, arg: &str) -> u8 {
        match help::about(arg, self.settings.interactive) {
            _ if arg.is_empty() => self.console.line(help::ALL),
            Some(text) => self.console.line(text),
            None => self.console.line(&format!("*** No help on {arg}")),
        }
        0
    }
}

/// A signal by name, with or without `SIG`, in any case, or by number: its name and number.
fn signal(text: &str) -> Option<(String, i32)> {
    match int(text, 10) {
        Ok(number) => {
            let number = i32::try_from(number).ok()?;
            // The names that the original has for the real-time signals hold no sign of being signals of their own.
            let name = signals::name(number).filter(|name| !name.contains('_'))?;
            Some((format!("SIG{name}"), number))
        }
        Err(NotInteger::TooLarge) => None,
        Err(NotInteger::Malformed) => {
            let upper = text.strip_prefix("Signals.").unwrap_or(text).to_uppercase();
            let name = if upper.starts_with("SIG") { upper } else { format!("SIG{upper}") };
            let number = signals::number(&name).filter(|_| !name[3..].starts_with("SIG"))?;
            Some((name, number))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::signal;

    #[test]
    fn signals_by_name_and_number() {
        let named = |name: &str, number| Some((name.to_owned(), number));
        assert_eq!(signal("hup"), named("SIGHUP", 1));
        assert_eq!(signal("SigUsr2"), named("SIGUSR2", 12));
        assert_eq!(signal("29"), named("SIGIO", 29));
        assert_eq!(signal("poll"), named("SIGPOLL", 29));
        for bad in ["ded", "0", "-3", "65", "_ign", "sig_ign", "SIGSIGHUP", "99999999999999999999"] {
            assert_eq!(signal(bad), None, "{bad}");
        }
    }
}
