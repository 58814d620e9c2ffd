//! `no-such-function`: a name of a Python function under which Python finds nothing.

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Severity};
use crate::conf::check::{Question, RESULT_HANDLER, RPC_FACTORY, WorldCheck};
use crate::conf::factory;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "no-such-function",
        Family::Names,
        Severity::Error,
        "a function that is not in Supervisor's module, or no `module:function` at all",
        "Supervisor does not start. (Functions in other modules are not looked for.)",
    )
    .example(
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_rpcinterface\n",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let client = conf.client.iter().flat_map(|client| &client.checks);
    found.extend(conf.reading.checks.iter().chain(client).filter(|check| is_nothing(check)).map(finding));
}

/// Whether a check is of a function that is nowhere.
pub(in crate::lint) fn is_nothing(check: &WorldCheck) -> bool {
    matches!(&check.question, Question::Factory(name, _) if factory::is_nothing(name))
}

fn finding(check: &WorldCheck) -> Diagnostic {
    let built_in = if check.option == "result_handler" { RESULT_HANDLER } else { RPC_FACTORY };
    let help = match &check.question {
        Question::Factory(name, Some(_)) => {
            did_you_mean(name, [built_in]).unwrap_or_else(|| format!("write `{built_in}`"))
        }
        _ => "write `module:function`".to_owned(),
    };
    RULE.rule.finding(check.finding.span, check.finding.problem.to_string()).help(help)
}

#[cfg(test)]
mod tests {
    use crate::lint::settings::Settings;
    use crate::lint::tests::lint;

    #[test]
    fn functions_are_looked_for_where_they_are_known() {
        let found = |option: &str, name: &str| {
            let section = match option {
                "result_handler" => "[eventlistener:x]\ncommand = /x\nevents = TICK_5",
                "supervisor.ctl_factory" => "[ctlplugin:x]",
                _ => "[rpcinterface:x]",
            };
            let found = lint(&format!("{section}\n{option} = {name}\n"), &Settings::default()).1;
            found.into_iter().map(|f| (f.code, f.message)).collect::<Vec<_>>()
        };
        let nope = |name: &str, section: &str| {
            vec![("no-such-function", format!("{name} cannot be resolved within [{section}]"))]
        };
        let factory = "supervisor.rpcinterface_factory";
        assert_eq!(found(factory, "supervisor.rpcinterface:x"), nope("supervisor.rpcinterface:x", "rpcinterface:x"));
        assert_eq!(
            found("result_handler", "supervisor.dispatchers:x")[..1],
            nope("supervisor.dispatchers:x", "eventlistener:x")
        );
        assert_eq!(found("supervisor.ctl_factory", "x:"), nope("x:", "ctlplugin:x"));
        assert_eq!(found(factory, "mine:x")[0].0, "conf-foreign-function");
        assert_eq!(found(factory, "supervisor.rpcinterface : make_main_rpcinterface"), []);
        assert_eq!(found("supervisor.ctl_factory", "mine:x"), []);
    }
}
