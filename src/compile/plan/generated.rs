//! Whether a file is a script as zc.buildout makes it for a program of supervisor or superlance, and nothing else: each of
//! its lines has one of a few forms, whatever the paths in them.

/// Lines that a script may have as they are.
const LINES: [&str; 9] = [
    "",
    "import sys",
    "import os",
    "join = os.path.join",
    "base = os.path.dirname(os.path.abspath(os.path.realpath(__file__)))",
    "base = os.path.dirname(base)",
    "sys.path[0:0] = [",
    "  ]",
    "if __name__ == '__main__':",
];

/// Whether `text` is such a script.
pub(super) fn is_script(text: &str) -> bool {
    let mut lines = text.lines();
    let is_python = lines.next().is_some_and(|line| line.starts_with("#!") && line.contains("python"));
    is_python && text.contains("main(") && lines.all(|line| LINES.contains(&line) || is_path(line) || is_call(line))
}

/// `  '/eggs/x',`, `  join(base, 'eggs/x'),`
fn is_path(line: &str) -> bool {
    let inner = line.strip_prefix("  ").and_then(|line| line.strip_suffix(','));
    let join = inner.and_then(|inner| inner.strip_prefix("join(base, ")?.strip_suffix(')'));
    let quoted = join.or(inner).and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
    quoted.is_some_and(|path| !path.contains('\''))
}

/// `import sys; sys.argv…` that gives the configuration, `import supervisor.supervisord`, `    sys.exit(….main(…))`, or
/// without `sys.exit` as earlier releases wrote it.
fn is_call(line: &str) -> bool {
    if let Some(rest) = line.strip_prefix("import sys; sys.argv") {
        let list = rest.strip_prefix(".extend([").and_then(|list| list.strip_suffix("])"));
        let list = list.or_else(|| rest.strip_prefix("[1:1] = [")?.strip_suffix(']'));
        return list.is_some_and(|list| !list.contains(']'));
    }
    if let Some(module) = line.strip_prefix("import ") {
        return is_module(module);
    }
    let Some(call) = line.strip_prefix("    ") else { return false };
    let call = call.strip_prefix("sys.exit(").and_then(|call| call.strip_suffix(')')).unwrap_or(call);
    let module = call.strip_suffix(".main()").or_else(|| call.strip_suffix(".main(sys.argv[1:])"));
    module.is_some_and(is_module)
}

fn is_module(text: &str) -> bool {
    let name = text.strip_prefix("supervisor.").or_else(|| text.strip_prefix("superlance."));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_zc_buildout_are_told_from_others() {
        let text = "#!/usr/bin/python3\n\nimport sys\nsys.path[0:0] = [\n  '/eggs/supervisor.egg',\n  ]\n\n\
                    import sys; sys.argv.extend([\"-c\",\"/p/parts/s/supervisord.conf\"])\n\n\
                    import supervisor.supervisord\n\nif __name__ == '__main__':\n    \
                    sys.exit(supervisor.supervisord.main())\n";
        assert!(is_script(text));
        let old = text.replace("sys.exit(supervisor.supervisord.main())", "supervisor.supervisord.main(sys.argv[1:])");
        assert!(is_script(&old));
        let relative = text.replace("  '/eggs", "  join(base, 'eggs").replace(".egg',", ".egg'),");
        assert!(is_script(&relative));
        for (from, to) in [
            ("python3", "sh"),
            ("import sys\n", "import sys # mine\n"),
            ("import sys\n", "import sys\nprint('x')\n"),
            ("supervisor.supervisord", "mine.supervisord"),
            ("\"])", "\"]); print(\"x\")"),
            ("main()", "main(x)"),
            ("'/eggs/supervisor.egg',", "'/eggs/' + x(),"),
            ("    sys.exit(supervisor.supervisord.main())\n", ""),
        ] {
            assert!(!is_script(&text.replace(from, to)), "{to}");
        }
    }
}
