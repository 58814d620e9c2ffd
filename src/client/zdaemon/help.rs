//! What `help` says.

/// The list of all actions.
pub(super) const ALL: &str = "
Documented commands (type help <topic>):
========================================
fg          help  logreopen  reopen_transcript  show   status  wait
foreground  kill  logtail    restart            start  stop  
";

/// About one action; those of the shell are known where there is one.
pub(super) fn about(action: &str, in_shell: bool) -> Option<&'static str> {
    Some(match action {
        "start" => "start -- Start the daemon process.\n         If it is already running, do nothing.",
        "stop" => "stop -- Stop the daemon process.\n        If it is not running, do nothing.",
        "reopen_transcript" => {
            "reopen_transcript -- Reopen the transcript log file.\n                     Use after log rotation."
        }
        "restart" => "restart -- Stop and then start the daemon process.",
        "kill" => "kill [sig] -- Send signal sig to the daemon process.\n              The default signal is SIGTERM.",
        "wait" => "wait -- Wait for the daemon process to exit.",
        "status" => {
            "status [-l] -- Print status for the daemon process.\n               With -l, show raw status output as well."
        }
        "show" => {
            "show options -- show zdctl options\nshow python -- show Python version and details\n\
             show all -- show all of the above"
        }
        "logreopen" => {
            "logreopen -- Send a SIGUSR2 signal to the daemon process.\n             This is designed to reopen the log \
             file.\n             Also reopens the transcript log file."
        }
        "logtail" => {
            "logtail [logfile] -- Run tail -f on the given logfile.\n                     A default file may exist.\n                     \
             Hit ^C to exit this mode."
        }
        "foreground" | "fg" => "foreground -- Run the program in the forground.\nfg -- an alias for foreground.",
        "help" => "help          -- Print a list of available actions.\nhelp <action> -- Print help for <action>.",
        "quit" | "exit" | "EOF" if in_shell => "quit -- Leave; so does the end of the input (^D).",
        _ => return None,
    })
}
