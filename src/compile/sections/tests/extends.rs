use super::{cfg, toml, value};

const MAIN: &str = "[buildout]\nparts = p\nextends = EXTENDS\n[p]\nrecipe = x\nv += main\n";

/// The lines of `v`, which each file adds its name to.
fn order(extends: &str, files: &[(&str, &str)]) -> String {
    let mut case = cfg(&MAIN.replace("EXTENDS", extends));
    for (name, extends) in files {
        case = case.with(name, &format!("[buildout]\nextends = {extends}\n[p]\nv += {name}\n"));
    }
    value(&case.project(), "p", "v").replace("\\n", " ")
}

#[test]
fn files_are_applied_depth_first_and_left_to_right() {
    let files = [("sub/one.cfg", "two.cfg"), ("sub/two.cfg", ""), ("three.cfg", "")];
    assert_eq!(order("sub/one.cfg three.cfg", &files), r#""sub/two.cfg sub/one.cfg three.cfg main""#);
    let diamond = [("a.cfg", "c.cfg"), ("b.cfg", "c.cfg"), ("c.cfg", "")];
    assert_eq!(order("a.cfg\n  b.cfg", &diamond), r#""c.cfg a.cfg c.cfg b.cfg main""#);
}

#[test]
fn urls_are_bases_for_names() {
    let case = cfg(&MAIN.replace("EXTENDS", "https://h/a/b.cfg"));
    let case = case.with("https://h/a/b.cfg", "[buildout]\nextends = ../c.cfg\n[p]\nv = b\n");
    let project = case.with("https://h/c.cfg", "[p]\nv = c\nw = 1\n").project();
    assert_eq!((value(&project, "p", "v"), value(&project, "p", "w")), (r#""b\nmain""#.into(), r#""1""#.into()));
    assert_eq!(project.fetched.len(), 2);
}

fn messages(extends: &str, name: &str, text: &str) -> Vec<String> {
    cfg(&MAIN.replace("EXTENDS", extends)).with(name, text).messages()
}

#[test]
fn what_cannot_be_had_is_told_where_it_is_named() {
    assert_eq!(
        messages("no.cfg sub/deep/no.cfg", "sub/x", ""),
        [
            "buildout.cfg:3:11 `no.cfg` does not exist",
            "buildout.cfg:3:18 `sub/deep/no.cfg` does not exist (the nearest folder that exists is `sub`)",
        ]
    );
    assert_eq!(
        messages("b.cfg", "b.cfg", "(not UTF-8)"),
        ["b.cfg:1:4 the file is not UTF-8 [buildout.cfg:3:11 extended here] (save it as UTF-8)"]
    );
    assert_eq!(messages("b.cfg", "b.cfg", "(large)"), ["buildout.cfg:3:11 `b.cfg` is larger than 64 MiB"]);
    assert_eq!(
        messages("http://h/b", "b", ""),
        ["buildout.cfg:3:11 `http://h/b` cannot be fetched: the server answers 404 Not Found"]
    );
    assert_eq!(messages("ftp://h/b", "b", ""), ["buildout.cfg:3:11 `ftp://h/b` is neither http:// nor https://"]);
    assert_eq!(
        messages("http://me:pw@h/b", "b", ""),
        [
            "`http://(secret)@h/b` cannot be fetched: the server answers 404 Not Found (it is named at buildout.cfg:3:11)"
        ]
    );
    let mut missing = cfg("");
    missing.manifest = "none/x.cfg";
    assert_eq!(missing.messages(), ["`none/x.cfg` does not exist"]);
}

#[test]
fn skipped_texts_are_empty_and_the_network_can_be_off() {
    let skipped = messages("http://h/b", "http://h/b", "(skipped)");
    assert_eq!(
        skipped,
        ["buildout.cfg:3:11 warning: `http://h/b` is taken as empty, because remote files are skipped"]
    );
    let main = MAIN.replace("EXTENDS", "http://h/b");
    let here = |text: &str| cfg(text).with("http://h/b", "[p]\n");
    let offline = "not in the cache, and the network may not be used";
    assert!(here(&main).messages().is_empty());
    let own = main.replace("parts = p", "parts = p\noffline = true");
    assert!(here(&own).messages()[0].contains(offline));
    assert!(here(&own).and(&["offline=false"]).messages().is_empty());
    assert!(here(&main).and(&["buildout:offline=true"]).messages()[0].contains(offline));
    let mut told = here(&main).and(&["offline=false"]);
    told.offline = true;
    assert!(told.messages()[0].contains(offline));
}

#[test]
fn circles_and_crowds_end() {
    assert_eq!(
        messages("sub/b.cfg", "sub/b.cfg", "[buildout]\nextends = ../buildout.cfg\n"),
        [
            "sub/b.cfg:2:11 files extend each other in a circle: buildout.cfg → sub/b.cfg → buildout.cfg [buildout.cfg:3:11 extended here]"
        ]
    );
    let mut crowd = cfg(&MAIN.replace("EXTENDS", "0.cfg 0.cfg"));
    for n in 0..40 {
        crowd = crowd.with(&format!("{n}.cfg"), &format!("[buildout]\nextends = {0}.cfg {0}.cfg\n", n + 1));
    }
    let messages = crowd.with("40.cfg", "").messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains("applied more than 10000 times"), "{messages:?}");
    let mut chain = cfg(&MAIN.replace("EXTENDS", "0.cfg"));
    for n in 0..200 {
        chain = chain.with(&format!("{n}.cfg"), &format!("[buildout]\nextends = {}.cfg\n", n + 1));
    }
    assert!(chain.messages()[0].contains("more than 100 files extend each other in a row"));
}

#[test]
fn the_two_worlds_do_not_mix() {
    let toml_message = messages("b.toml", "b.toml", "");
    assert!(
        toml_message[0].starts_with("buildout.cfg:3:11 a buildout manifest cannot extend `b.toml`"),
        "{toml_message:?}"
    );
    let native = toml("[project]\nextends = ['b.yaml', 'c.cfg', 5, ['x']]\n").with("b.yaml", "").with("c.cfg", "");
    let messages = native.messages();
    assert!(
        messages.iter().any(|m| m.starts_with("recipe.toml:2:22 a native manifest cannot extend `c.cfg`")),
        "{messages:?}"
    );
    assert!(messages.iter().any(|m| m.contains("`extends` takes names of files, not a list")), "{messages:?}");
}

#[test]
fn optional_files_may_be_missing_and_old_options_may_not() {
    let main = "[buildout]\nparts =\noptional-extends = sub/o.cfg no.cfg\nextended-by = x\n";
    assert_eq!(
        cfg(main).with("sub/o.cfg", "").messages(),
        [
            "buildout.cfg:3:30 info: optional-extends file not found: no.cfg",
            "buildout.cfg:4:1 `extended-by` is no longer supported, as in zc.buildout 2 (extend this file in the other one)",
        ]
    );
}

#[test]
fn the_users_defaults_come_first_and_the_command_line_last() {
    let mut case = cfg(&MAIN.replace("EXTENDS", "b.cfg")).with("b.cfg", "[p]\nv += b\n");
    case = case.with("/home/me/default.cfg", "[p]\nv = mine\n").with("last.cfg", "[p]\nv += last\n");
    case.user_defaults = Some("/home/me/default.cfg");
    let project = case.and(&["buildout:extends=last.cfg", "p:v+=word"]).project();
    assert_eq!(value(&project, "p", "v"), r#""mine\nb\nmain\nlast\nword""#);
}

#[test]
fn conditions_see_the_version_that_is_meant() {
    let main = "[buildout]\nparts = p\nOPTION\n[p]\nrecipe = x\nv = old\n[p:python_version >= '3.12']\nv = new\n";
    let v = |option: &str, python: Option<&'static str>, on_path: Option<&'static str>| {
        let mut case = cfg(&main.replace("OPTION", option));
        (case.python, case.python_on_path) = (python, on_path);
        value(&case.project(), "p", "v")
    };
    assert_eq!(v("", None, None), r#""new""#);
    assert_eq!(v("", None, Some("3.11")), r#""old""#);
    assert_eq!(v("python-version = 3.12", None, Some("3.11")), r#""new""#);
    assert_eq!(v("python-version = 3.11", None, None), r#""old""#);
    assert_eq!(v("python-version = 3.11", Some("3.12"), None), r#""new""#);
    assert_eq!(v("python-version = three", None, None), r#""new""#);
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_with_what_to_do() {
    let of =
        |answer| cfg("[buildout]\nextends = https://h/a.cfg\n").with("https://h/a.cfg", answer).messages().concat();
    let (unset, set) = (of("(untrusted)"), of("(distrusted)"));
    let said = "buildout.cfg:2:11 `https://h/a.cfg` cannot be fetched: the server's certificate is signed by itself, or by \
                an authority that is not trusted (";
    assert!(unset.starts_with(&format!("{said}to trust another one, set `SSL_CERT_FILE` to a PEM file")), "{unset}");
    assert_eq!(
        set,
        format!("{said}add the certificate of the server's authority to that file, or unset the variable)")
    );
}
