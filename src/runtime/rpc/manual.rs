//! The methods for people: `docs/xmlrpc.md` is this text.

use std::fmt::Write as _;

use super::SUPERVISOR;
use super::table::{METHODS, Method, Namespace, Param};
use crate::wire::fault::FaultCode;

const HEAD: &str = "\
# XML-RPC

What a control server of the bundled supervisord answers at `/RPC2`, the same as Supervisor's. This page is made from
the table of methods (`BLESS=1 cargo test --test tests`).

```python
import xmlrpc.client
server = xmlrpc.client.ServerProxy(\"http://user:password@127.0.0.1:9001/RPC2\")
server.supervisor.startProcess(\"shop:web\")
```

A process is named `group:name`, or `name` where both are the same; `group:*` and `group:` are all of a group, which
`startProcess`, `stopProcess` and `signalProcess` take, too, and answer as their group variants do. The methods of
`supervisor` answer under the name of each `[rpcinterface:NAME]` section, those of `system` always. While the daemon
leaves, `supervisor` is refused with `SHUTDOWN_STATE`, but for what is marked.
";

/// The whole page.
pub fn manual() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n## Methods\n");
    for method in METHODS {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n### `{}`\n\n{}\n", signature(method), method.about.replace('\n', " "));
        for param in method.params {
            let _ = write!(text, "\n- `{}`: {}", param.name, param.about);
        }
        let _ = write!(text, "\n- result, {}: {}", method.returns.name(), method.result);
        let marked = method.while_leaving && method.namespace == Namespace::Supervisor;
        text.push_str(if marked { "\n- answered while the daemon leaves\n" } else { "\n" });
    }
    text.push_str(
        "\n## Faults\n\nThe text of a fault is its name, or `NAME: what it is about`.\n\n| code | name |\n|---|---|\n",
    );
    for code in FaultCode::ALL {
        let _ = writeln!(text, "| {} | `{}` |", code.number(), code.name());
    }
    text
}

/// `supervisor.startProcess(string name, [boolean wait = true])`.
fn signature(method: &Method) -> String {
    let space = match method.namespace {
        Namespace::Supervisor => SUPERVISOR,
        Namespace::System => "system",
    };
    let param = |param: &Param| {
        let text = format!("{} {}", param.kind.name(), param.name);
        if param.optional { format!("[{text} = true]") } else { text }
    };
    format!("{space}.{}({})", method.name, method.params.iter().map(param).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_and_fault_is_told_of() {
        let text = manual();
        assert_eq!(text.matches("\n### `").count(), METHODS.len());
        assert!(text.contains("### `supervisor.startProcess(string name, [boolean wait = true])`"), "{text}");
        assert!(text.contains("| 91 | `STILL_RUNNING` |") && text.matches("answered while").count() == 1, "{text}");
    }
}
