//! The end of a log.

use serde::Serialize;

use super::action::unexpected;
use super::{Form, Web, render};
use crate::wire::fault::FaultCode;
use crate::wire::url::quote;
use crate::wire::xmlrpc::Value;

const TEMPLATE: &str = include_str!("../../../templates/web/tail.html");
/// Fewest bytes that are shown.
const LEAST: i64 = 1024;

/// What the template sees.
#[derive(Serialize)]
struct Shown<'a> {
    name: Option<&'a str>,
    /// The name as it stands in links.
    quoted: String,
    limit: i64,
    text: String,
}

impl Web {
    /// The last bytes of the log of `processname`, at least as many as `limit` says.
    pub(super) async fn tail(&self, form: &Form) -> Result<String, String> {
        let name = form.get("processname");
        let limit = form.get("limit").and_then(|limit| limit.parse().ok()).map_or(LEAST, |limit: i64| limit.max(LEAST));
        let text = match name {
            None => "No process name found".to_owned(),
            Some(name) => self.log(name, limit).await,
        };
        let quoted = quote(name.unwrap_or_default());
        render("tail.html", TEMPLATE, &Shown { name, quoted, limit, text })
    }

    async fn log(&self, name: &str, limit: i64) -> String {
        let piece = vec![name.into(), Value::Int(-limit), Value::Int(0)];
        match self.rpc.run("readProcessStdoutLog", piece).await {
            Ok(Value::Str(text)) => text,
            // The method answers with a text.
            Ok(_) => String::new(),
            Err(fault) if fault.code == FaultCode::NoFile.number() => format!("No file for {name}"),
            Err(fault) => format!("ERROR: {}", unexpected(&fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::fake::Fake;
    use crate::runtime::testing::{group, process};

    fn page(fake: &std::rc::Rc<Fake>, query: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Web::new(fake.clone()).tail(&Form::read(query, ""))).unwrap()
    }

    #[test]
    fn the_end_of_a_log_is_shown() {
        let fake = Fake::new(vec![group("cat", vec![process("cat")])]);
        let title = |name: &str| format!("<title>Supervisor tail of process {name}</title>");
        let nameless = page(&fake, "");
        assert!(nameless.contains(&title("None")) && nameless.contains("No process name found"), "{nameless}");
        assert!(page(&fake, "processname=cat").contains(">No file for cat</pre>"));
        assert!(page(&fake, "processname=zz").contains(">ERROR: unexpected rpc fault [10] BAD_NAME: zz</pre>"));
        std::fs::write(fake.path("cat"), format!("{}\n<i>é\n", "x".repeat(2000))).unwrap();
        let shown = page(&fake, "processname=cat&limit=5");
        assert!(shown.contains(&title("cat")) && shown.contains("href=\"tail.html?processname=cat&amp;limit=1024\""));
        assert!(shown.contains(&format!(">{}\n&lt;i&gt;é\n</pre>", "x".repeat(1017))), "{shown}");
        let more = page(&fake, "processname=cat&limit=5000");
        assert!(more.contains(&"x".repeat(2000)) && more.contains("limit=5000\""));
        assert!(page(&fake, "processname=cat&limit=-9").contains("limit=1024\""));
    }

    #[test]
    fn names_are_no_markup() {
        let shown = page(&Fake::new(vec![]), "processname=%3Cb%3E%22");
        assert!(!shown.contains("<b>") && !shown.contains("=<"), "{shown}");
    }
}
