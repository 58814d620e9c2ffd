//! What supervisord would say about its configuration.

use super::{Rule, rule};
use crate::base::Severity::{Error, Warning};
use crate::lint::Family::{Interpolation, Logs, Names, Portability, Programs, Security, Syntax};

pub(super) const RULES: &[Rule] = &[
    rule(
        "conf-syntax",
        Syntax,
        Error,
        "a line that supervisord.conf cannot hold",
        "supervisord would not start. Write `[section]` or `option = value`.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\npriority\n",
        "[program:web]\ncommand = /srv/bin/web\npriority = 10\n",
    ),
    rule(
        "conf-unreadable",
        Syntax,
        Error,
        "a configuration that cannot be read",
        "supervisord would not start. Mend its path or its permissions.",
    )
    .example(
        "%include bse.conf\n<runner>\n  program /srv/bin/web\n</runner>\n",
        "%include base.conf\n<runner>\n  program /srv/bin/web\n</runner>\n",
    )
    .beside("base.conf", "%define home /srv\n"),
    rule(
        "conf-include-empty",
        Syntax,
        Warning,
        "a pattern of `[include]` that matches no file",
        "It has no effect. Mend it if files are meant to be there.",
    )
    .example("[supervisord]\n[include]\nfiles = conf.d/*.conf\n", "[supervisord]\n"),
    rule(
        "conf-include-unreadable",
        Syntax,
        Warning,
        "an included file that cannot be read",
        "What it holds is missing. Mend its permissions.",
    ),
    rule(
        "conf-missing",
        Names,
        Error,
        "an option or section without which supervisord would not start",
        "There is no default for it. Add it.",
    )
    .example("[program:web]\nautostart = true\n", "[program:web]\ncommand = /srv/bin/web\nautostart = true\n"),
    rule(
        "conf-expansion",
        Interpolation,
        Error,
        "a `%(name)s` that supervisord cannot expand",
        "supervisord would not start. Mend the name; a `%` that is meant as such is doubled.",
    )
    .fix("doubles the `%` (unsafe: it may have been meant as an expansion)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nenvironment = RATE=\"50%\"\n",
        "[program:web]\ncommand = /srv/bin/web\nenvironment = RATE=\"50%%\"\n",
    ),
    rule(
        "conf-unknown-program",
        Programs,
        Error,
        "a group of a program that there is not, or that two sections make",
        "supervisord would not start. Mend the name.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example(
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\n[group:all]\nprograms = wbe\n",
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\n[group:all]\nprograms = web\n",
    ),
    rule(
        "conf-conflict",
        Names,
        Error,
        "options of one section that contradict each other",
        "supervisord would not start, or would ignore one. Change one of them.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstopasgroup = true\nkillasgroup = false\n",
        "[program:web]\ncommand = /srv/bin/web\nstopasgroup = true\n",
    ),
    rule(
        "conf-no-directory",
        Logs,
        Error,
        "a folder that is not there",
        "supervisord would not start. Make the folder, or mend the path.",
    ),
    rule(
        "conf-no-user",
        Security,
        Error,
        "a user or group that this host does not know",
        "supervisord would not start. Mend the name, or add the account.",
    ),
    rule(
        "conf-foreign-function",
        Portability,
        Warning,
        "a function of a Python module that is not built in",
        "The bundled supervisord does not start with it. To keep it, run Python's: `runtime = \"python\"`.",
    )
    .example(
        "[rpcinterface:laforge]\nsupervisor.rpcinterface_factory = mr.laforge.rpcinterface:make_laforge_rpcinterface\n",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
    ),
    rule(
        "conf-inexpressible",
        Names,
        Error,
        "a value that supervisord.conf has no way to write",
        "supervisord would read something else. Pass it in a file.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { NAME = \"\"\"a \"quoted\" 'word'\"\"\" }\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { NAME = \"web\" }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "conf-deprecated",
        Logs,
        Warning,
        "a way to say something that a later Supervisor will not understand",
        "It works until the next update. The message says what to write instead.",
    )
    .fix("writes `NONE`, and switches the system log on (safe: supervisord reads the same, and the `target` of the settings knows it)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = syslog\n",
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = NONE\nstdout_syslog = true\n",
    ),
    rule(
        "conf-auto-log-without-rollover",
        Logs,
        Warning,
        "an `AUTO` log that is never rotated",
        "Nobody looks for it in its folder until the disk is full. Set `maxbytes`, or name a file.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile_maxbytes = 0\n",
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /srv/log/web.log\nstdout_logfile_maxbytes = 0\n",
    ),
    rule(
        "conf-ignored-log",
        Logs,
        Warning,
        "a `stderr_logfile` beside `redirect_stderr = true`",
        "The file stays empty. Delete one of the two.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nredirect_stderr = true\nstderr_logfile = /srv/log/web.err\n",
        "[program:web]\ncommand = /srv/bin/web\nredirect_stderr = true\nstdout_logfile = /srv/log/web.log\n",
    ),
    rule(
        "conf-unknown-key",
        Names,
        Error,
        "a key or section that zdaemon's configuration does not have there",
        "zdaemon would not start. Mend the name, or move it to where it belongs.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example(
        "<runner>\n  program /srv/bin/web\n  demon on\n</runner>\n",
        "<runner>\n  program /srv/bin/web\n  daemon on\n</runner>\n",
    ),
    rule(
        "conf-unsupported",
        Portability,
        Error,
        "something of a zdaemon.conf that only the original does",
        "It would do nothing here, so it is refused. Use what the help names instead.",
    )
    .example(
        "%import ZConfig.components.basic\n<runner>\n  program /srv/bin/web\n</runner>\n",
        "<runner>\n  program /srv/bin/web\n</runner>\n",
    ),
    rule(
        "conf-value",
        Names,
        Error,
        "a value that supervisord would refuse",
        "supervisord would not start. Write one of what is expected.",
    )
    .fix_anywhere("writes the word that is nearest to it (unsafe)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = TREM\n",
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = TERM\n",
    ),
];
