//! `module:function`, as the original looks up what is written in Python: the syntax of `importlib.metadata`.

/// The module and the function that a text names, blanks between them left out; the function is empty where only a module
/// is named. None where Python reads nothing in it.
pub fn parts(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let taken = |text: &str| text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (module, rest) = text.split_at(taken(text));
    let rest = rest.trim_start();
    let (function, rest) = match rest.strip_prefix(':').map(str::trim_start) {
        Some(inner) => inner.split_at(taken(inner)),
        None => ("", rest),
    };
    let is_named = !module.is_empty() && (!function.is_empty() || !text.contains(':'));
    let rest = rest.trim();
    let is_end = rest.is_empty() || (rest.starts_with('[') && rest.ends_with(']'));
    (is_named && is_end).then_some((module, function))
}

/// Modules of Supervisor that hold what a configuration may name, each with all that Python finds in it.
const MODULES: [(&str, &[&str]); 2] = [
    (
        "supervisor.rpcinterface",
        &[
            "API_VERSION",
            "Automatic",
            "BadCommand",
            "Faults",
            "NOT_DONE_YET",
            "NoPermission",
            "NotExecutable",
            "NotFound",
            "ProcessStates",
            "RPCError",
            "RUNNING_STATES",
            "RemoteCommunicationEvent",
            "SIGNALLABLE_STATES",
            "STOPPED_STATES",
            "SupervisorNamespaceRPCInterface",
            "SupervisorStates",
            "VERSION",
            "as_bytes",
            "as_string",
            "capped_int",
            "datetime",
            "errno",
            "getProcessStateDescription",
            "getSupervisorStateDescription",
            "isNotRunning",
            "isRunning",
            "isSignallable",
            "make_allfunc",
            "make_main_rpcinterface",
            "make_namespec",
            "notify",
            "os",
            "readFile",
            "signal_number",
            "split_namespec",
            "tailFile",
            "time",
            "types",
            "unicode",
        ],
    ),
    (
        "supervisor.dispatchers",
        &[
            "ANSI_ESCAPE_BEGIN",
            "ANSI_TERMINATORS",
            "EventListenerStates",
            "EventRejectedEvent",
            "PDispatcher",
            "PEventListenerDispatcher",
            "PInputDispatcher",
            "POutputDispatcher",
            "ProcessLogStderrEvent",
            "ProcessLogStdoutEvent",
            "RejectEvent",
            "as_string",
            "compact_traceback",
            "default_handler",
            "errno",
            "find_prefix_at_end",
            "getEventListenerStateDescription",
            "loggers",
            "notify",
            "stripEscapes",
        ],
    ),
];

/// Whether Python surely finds nothing under this name, wherever it runs: what is in modules of others is not known.
pub fn is_nothing(text: &str) -> bool {
    let Some((module, function)) = parts(text) else { return true };
    let first = function.split('.').find(|name| !name.is_empty()).unwrap_or_default();
    let names = |(own, names): &(&str, &[&str])| {
        let is_below = module.strip_prefix(own).is_some_and(|rest| rest.starts_with('.'));
        let is_missing = !first.is_empty() && !first.starts_with('_') && !names.contains(&first);
        is_below || (module == *own && is_missing)
    };
    MODULES.iter().any(names)
}

/// Whether both name the same.
pub fn are_same(a: &str, b: &str) -> bool {
    parts(a).is_some_and(|found| Some(found) == parts(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_python_does() {
        let main = Some(("supervisor.rpcinterface", "make_main_rpcinterface"));
        for text in [
            "supervisor.rpcinterface:make_main_rpcinterface",
            "supervisor.rpcinterface : make_main_rpcinterface",
            "supervisor.rpcinterface:make_main_rpcinterface [x]",
        ] {
            assert_eq!(parts(text), main);
            assert!(!is_nothing(text));
        }
        for bad in ["", ":x", "x:", "a b:c", "a:b c", "a:b:c", "a-b:c", "a:b [x] y"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
        assert_eq!(parts("os"), Some(("os", "")));
    }

    #[test]
    fn what_is_surely_not_there() {
        for text in [
            "supervisor.rpcinterface:nope",
            "supervisor.rpcinterface:nope.make_main_rpcinterface",
            "supervisor.rpcinterface.make_main_rpcinterface",
            "supervisor.rpcinterface.x:y",
            "supervisor.dispatchers:nope",
            "x:",
            "",
        ] {
            assert!(is_nothing(text), "{text}");
        }
        for text in [
            "mine:nope",
            "supervisor.mine:nope",
            "supervisor.rpcinterfaces:x",
            "supervisor.rpcinterface:__doc__",
            "supervisor.dispatchers:default_handler",
            "supervisor.rpcinterface",
        ] {
            assert!(!is_nothing(text), "{text}");
        }
    }
}
