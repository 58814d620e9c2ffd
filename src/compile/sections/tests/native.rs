use std::fmt::Write as _;

use super::{case, names, toml, value};
use crate::base::{Diagnostics, Sources};
use crate::compile::sections::resolve;

const SHOP: &str = r#"
[project]
name = "shop"

[parts.zeo]
recipe = "program"
command = "$<:location>/bin/runzeo -a 127.0.0.1:$<:ports.main>"
ports = { main = 8100 }

[parts.web]
recipe = "program"
command = "bin/web --port $<:ports.http> --zeo $<zeo:ports.main> $$<x:y> ${HOME}"
ports = { http = 8080 }
environment = { MODE = "production" }
number = "$<zeo:ports.main>"
list = "$<defaults:list>"
table = "$<defaults:table>"
dotted = "$<defaults:a.b> $<defaults:table.x>"
home = "$<env:HOME> $<project:bin-directory>"

[defaults]
list = [1, "two $<:word>"]
table = { x = true }
word = "w"
"a.b" = "exact"
a = { b = "path" }
"#;

#[test]
fn references_keep_types_and_find_paths() {
    let project = toml(SHOP).with("$HOME", "/home/me").project();
    let web = |path: &str| value(&project, "web", path);
    assert_eq!(value(&project, "zeo", "command"), r#""/srv/shop/parts/zeo/bin/runzeo -a 127.0.0.1:8100""#);
    assert_eq!(web("command"), r#""bin/web --port 8080 --zeo 8100 $<x:y> ${HOME}""#);
    assert_eq!(web("number"), "8100");
    assert_eq!(web("list"), r#"[1, "two w"]"#);
    assert_eq!(web("table"), "{x = true}");
    assert_eq!(web("dotted"), r#""exact true""#);
    assert_eq!(web("home"), r#""/home/me /srv/shop/bin""#);
    assert_eq!(project.name, "shop");
    assert_eq!(project.templates_directory, "/srv/shop/recipe-templates");
    assert_eq!(project.unused.len(), 0);
}

#[test]
fn yaml_is_the_same_tree() {
    let text = "project: {name: shop}\nparts:\n  web:\n    recipe: program\n    port: $<d:port>\n    mode: $<d:mode>\nd: {port: 8080, mode: 0644}\n";
    let project = case("recipe.yaml", text).project();
    assert_eq!((value(&project, "web", "port"), value(&project, "web", "mode")), ("8080".into(), "0644".into()));
}

#[test]
fn parts_come_after_what_they_refer_to() {
    let text = "[parts.a]\nrecipe = 'program'\nx = '$<b:location>'\n[parts.b]\nrecipe = 'program'\n[parts.c]\nrecipe = 'program'\n[idle]\nx = 1\n";
    let project = toml(text).project();
    assert_eq!(names(&project), ["b", "a", "c"]);
    assert_eq!(project.unused.iter().map(|u| u.name.as_str()).collect::<Vec<_>>(), ["idle"]);
}

#[test]
fn files_merge_and_lists_are_edited() {
    let base = "[parts.web]\nrecipe = 'program'\nlist = ['a', 'b']\nother = [1]\nenvironment = { A = '1', B = '2' }\n[parts.web.deep]\nlist = ['x']\n";
    let main = "[project]\nextends = ['base.toml']\n[parts.web]\nappend.list = ['c']\nremove.list = ['a', 'zz']\nother = [2]\nenvironment = { B = '3' }\n[parts.web.deep]\nappend.list = ['y']\nappend.fresh = ['z']\n";
    let outcome = toml(main).with("base.toml", base).run();
    let project = outcome.project.unwrap();
    let web = |path: &str| value(&project, "web", path);
    assert_eq!(web("list"), r#"["b", "c"]"#);
    assert_eq!(web("other"), "[2]");
    assert_eq!(web("environment"), r#"{A = "1", B = "3"}"#);
    assert_eq!(web("deep"), r#"{list = ["x", "y"], fresh = ["z"]}"#);
    assert_eq!(outcome.messages, ["recipe.toml:5:21 warning: `list` does not hold this, so nothing is removed"]);
}

#[test]
fn sections_inherit() {
    let text = "[parts.web]\nrecipe = 'program'\ninherit = 'base'\nappend.list = ['c']\n[parts.web2]\ninherit = ['web', 'more']\nenvironment = { B = '4' }\n[base]\nlist = ['a']\nname = '$<:location>'\nenvironment = { A = '1', B = '2' }\n[more]\nextra = 1\n";
    let project = toml(text).project();
    assert_eq!(value(&project, "web", "list"), r#"["a", "c"]"#);
    assert_eq!(value(&project, "web2", "list"), r#"["a", "c"]"#);
    assert_eq!(value(&project, "web2", "environment"), r#"{A = "1", B = "4"}"#);
    assert_eq!(value(&project, "web2", "name"), r#""/srv/shop/parts/web2""#);
    assert_eq!((value(&project, "web2", "extra"), value(&project, "web2", "inherit")), ("1".into(), "(none)".into()));
    assert!(project.unused.is_empty());
}

#[test]
fn what_is_wrong_is_told_at_once() {
    let text = "[project]\nlist = [1]\n[parts.a]\nrecipe = 'program'\nx = '$<bx:y> $<cd:x> $<a> $<:table> $<:nmae> $<env:NO> $<open'\ntable = {}\nname = 1\ninherit = ['bb', ['x']]\nappend.name = [1]\nremove.list = 'x'\nself = '$<:self>'\n[parts.bb]\n[parts.project]\nrecipe = 'program'\n[bb]\n[data]\nrecipe = 'x'\n[env]\nX = 1\n";
    let messages = toml(text).messages();
    let expected = [
        "recipe.toml:5:6 there is no section `bx` (did you mean `bb`?)",
        "recipe.toml:5:14 there is no section `cd`",
        "recipe.toml:5:22 the reference `$<a>` doesn't contain a colon (a reference is `$<section:key>`; `$$<` is no reference)",
        "recipe.toml:5:37 `a` has no `nmae` (did you mean `name`?)",
        "recipe.toml:5:46 the environment variable `NO` is not set",
        "recipe.toml:5:56 the reference `$<` has no `>` (a reference is `$<section:key>`; `$$<` is no reference)",
        "recipe.toml:8:18 `inherit` takes names of parts or sections, not a list",
        "recipe.toml:9:8 `name` is a number, and only a list can be edited [recipe.toml:7:8 set here]",
        "recipe.toml:10:15 the edit of `list` is a string, not a list",
        "recipe.toml:11:9 `a:self` refers to itself",
    ];
    for line in expected {
        assert!(messages.iter().any(|m| m == line), "{line}\nin {messages:#?}");
    }
    for start in [
        "part `bb` has no `recipe`",
        "`project` has a meaning",
        "`bb` is a part and a section",
        "section `data` has a `recipe`",
        "`env` has a meaning",
    ] {
        assert!(messages.iter().any(|m| m.contains(start)), "{start}\nin {messages:#?}");
    }
    let inside = "[parts.a]\nrecipe = 'program'\nx = 'a $<:table>'\ntable = {}\n";
    assert_eq!(
        toml(inside).messages(),
        ["recipe.toml:3:8 a table cannot stand in a text (let the reference be the whole value, or name a key in it)"]
    );
}

#[test]
fn circles_go_through_tables_and_lists() {
    let text = "[parts.a]\nrecipe = 'program'\nlist = ['$<:table>']\ntable = { x = '$<:list>' }\nfine = '$<:other.x>'\nother = '$<b:t>'\n[b]\nt = { x = 5 }\n";
    let outcome = toml(text).run();
    assert_eq!(outcome.messages.len(), 1);
    assert!(
        outcome.messages[0].contains("references go in a circle: a:list.0 → a:table.x → a:list.0"),
        "{:?}",
        outcome.messages
    );
    assert_eq!(value(&outcome.project.unwrap(), "a", "fine"), "5");
}

#[test]
fn words_of_the_command_line_are_typed_as_what_they_replace() {
    let text = "[project]\nname = 'shop'\n[parts.web]\nrecipe = 'program'\ninherit = 'base'\nn = 1\ns = '1'\nl = ['a']\nb = true\nt = { x = 1 }\n'd.k' = 1\n[base]\ni = 'text'\n";
    let words = [
        "web:n=2",
        "web:s=2",
        "web:l=['x', 'y']",
        "web:l+=z",
        "web:b=false",
        "web:t.x=7",
        "web:d.k=9",
        "web:i=5",
        "web:new=5",
        "web:fresh=hello world",
        "name=2",
    ];
    let project = toml(text).and(&words).project();
    let web = |path: &str| value(&project, "web", path);
    assert_eq!((web("n"), web("s"), web("b")), ("2".into(), r#""2""#.into(), "false".into()));
    assert_eq!(web("l"), r#"["x", "y", "z"]"#);
    assert_eq!(web("t"), "{x = 7}");
    assert_eq!((web("i"), web("new"), web("fresh")), (r#""5""#.into(), "5".into(), r#""hello world""#.into()));
    assert_eq!(project.name, "2");
    let wrong = toml(text).and(&["wbe:n=2", "web:l=x", "web:t=x"]).messages();
    assert_eq!(
        wrong,
        [
            "command line:1:1 there is no part and no section `wbe` to set a key in (did you mean `web`?)",
            "command line:2:7 this is not a list, as the value that it replaces (write it as in TOML, such as `key=[\"a\", \"b\"]`)",
            "command line:3:7 this is not a table, as the value that it replaces (write it as in TOML, such as `key=[\"a\", \"b\"]`)",
        ]
    );
}

#[test]
fn two_parts_do_not_share_a_port() {
    let with = |a: &str, b: &str| {
        toml(&format!("[parts.a]\nrecipe = 'program'\nports = {{ x = {a} }}\n[parts.b]\nrecipe = 'program'\nports = {{ y = {b} }}\n")).messages()
    };
    assert_eq!(
        with("80", "80"),
        ["recipe.toml:6:15 `b:ports.y` and `a:ports.x` listen on the same port 80 [recipe.toml:3:15 `a:ports.x`]"]
    );
    assert_eq!(with("'127.0.0.1:80'", "'0.0.0.0:80'").len(), 1);
    assert_eq!(with("'localhost:80'", "'127.0.0.1:80'").len(), 1);
    assert_eq!(with("'$<b:ports.y>'", "'[::1]:80'").len(), 0);
    assert_eq!(with("'10.0.0.1:80'", "'10.0.0.2:80'").len(), 0);
    assert_eq!(with("80", "81").len(), 0);
    for wrong in ["0", "65536", "'host:'", "'host:x'", "-1", "1.5", "'+80'"] {
        let messages = with(wrong, "1");
        assert!(messages[0].contains("neither a port from 1 to 65535"), "{wrong}: {messages:?}");
    }
    let blank = with("'a b:80'", "'http://c:81'");
    assert_eq!(
        blank,
        [
            "recipe.toml:3:15 port `x` is `a b:80`, but `a b` is neither the name nor the address of a host (write \
             `localhost:80`, `127.0.0.1:80`, or `*:80` for all)",
            "recipe.toml:6:15 port `y` is `http://c:81`, but `http://c` is neither the name nor the address of a host \
             (did you mean `c:81`?)",
        ]
    );
    assert!(with("[1]", "1")[0].contains("is a list, not a number"));
    assert!(toml("[parts.a]\nrecipe = 'program'\nports = 5\n").messages()[0].contains("`ports` of `a` is a number"));
    let unknown = "[parts.a]\nrecipe = 'program'\nports = { main = 5 }\nx = '$<:ports.mian>'\n";
    assert_eq!(toml(unknown).messages(), ["recipe.toml:4:6 `a` has no `mian` (did you mean `main`?)"]);
}

/// Clashes of a manifest as `other / first`.
fn clashes(text: &str) -> Vec<String> {
    let messages = toml(text).messages().into_iter();
    let pairs = messages.filter_map(|message| {
        let (_, both) = message.split_once(" `")?;
        let (both, _) = both.split_once("` listen on the same port")?;
        Some(both.replace("` and `", " / "))
    });
    pairs.collect()
}

#[test]
fn each_clash_names_the_first_that_listens_there() {
    let part = |name: &str, ports: &str| format!("[parts.{name}]\nrecipe = 'program'\nports = {{ {ports} }}\n");
    let three = [part("a", "x = 80"), part("b", "x = '10.0.0.1:80'"), part("c", "x = '10.0.0.2:80'")].concat();
    assert_eq!(clashes(&three), ["b:ports.x / a:ports.x", "c:ports.x / a:ports.x"]);
    let late = [part("a", "x = '10.0.0.1:80'"), part("b", "x = '10.0.0.2:80'"), part("c", "x = '*:80'")].concat();
    assert_eq!(clashes(&late), ["c:ports.x / a:ports.x"]);
    assert_eq!(clashes(&part("a", "x = 80, y = 80")), ["a:ports.y / a:ports.x"]);
    assert_eq!(clashes(&part("a", "x = 80, y = '$<:ports.x>', z = '127.0.0.1:$<:ports.x>'")), Vec::<String>::new());
    let shared = ["[d]\np = 80\n".to_owned(), part("a", "x = '$<d:p>'"), part("b", "x = '$<d:p>'")].concat();
    assert_eq!(clashes(&shared), ["b:ports.x / a:ports.x"]);
    let shared = ["[d.ports]\np = 80\n".to_owned(), part("a", "x = '$<d:ports.p>'"), part("b", "x = '$<d:ports.p>'")];
    assert_eq!(clashes(&shared.concat()), ["b:ports.x / a:ports.x"]);
}

#[test]
fn servers_listen_as_ports_do() {
    let with = |supervisor: &str| {
        let web = "[d]\np = 80\nh = 'localhost'\n[parts.web]\nrecipe = 'program'\nports = { http = 80, own = 81 }\n";
        clashes(&format!("{web}[parts.s]\nrecipe = 'supervisor'\n{supervisor}"))
    };
    let inet = |port: &str| with(&format!("inet_http_server = {{ port = {port} }}\n"));
    let wrong = "[parts.s]\nrecipe = 'supervisor'\ninet_http_server = { port = 'a b:80' }\n";
    assert!(toml(wrong).messages()[0].contains("`inet_http_server.port` is `a b:80`, but `a b` is neither"));
    assert_eq!(toml(&wrong.replace("a b", "%(ENV_H)s")).messages(), Vec::<String>::new());
    assert_eq!(inet("80"), ["s:inet_http_server.port / web:ports.http"]);
    assert_eq!(inet("'localhost:80'"), ["s:inet_http_server.port / web:ports.http"]);
    assert_eq!(inet("'$<d:p>'"), ["s:inet_http_server.port / web:ports.http"]);
    assert_eq!(inet("'$<web:ports.http>'"), Vec::<String>::new());
    assert_eq!(inet("'127.0.0.1:$<web:ports.http>'"), Vec::<String>::new());
    let pool = |socket: &str| with(&format!("[parts.s.fcgi-program.f]\ncommand = 'x'\nsocket = '{socket}'\n"));
    assert_eq!(pool("tcp://localhost:81"), ["s:fcgi-program.f.socket / web:ports.own"]);
    assert_eq!(pool("tcp://$<d:h>:$<web:ports.own>"), Vec::<String>::new());
    assert_eq!(pool("unix:///run/f"), Vec::<String>::new());
    let two = "[parts.s.fcgi-program.f]\ncommand = 'x'\nsocket = 'tcp://a:$<web:ports.own>'\n\
               [parts.s.fcgi-program.g]\ncommand = 'x'\nsocket = 'tcp://a:$<web:ports.own>'\n";
    assert_eq!(with(two), ["s:fcgi-program.g.socket / s:fcgi-program.f.socket"]);
    let data = "[parts.s.fcgi-program.f]\ncommand = 'x'\nsocket = 'tcp://a:$<d:q>'\n[d]\nq = 9\n\
                [parts.php]\nrecipe = 'program'\nports = { x = '$<d:q>' }\n";
    assert_eq!(clashes(&format!("[parts.s]\nrecipe = 'supervisor'\n{data}")), Vec::<String>::new());
    // A bare port of the supervisor's own is open to this host alone.
    assert_eq!(with("ports.control = 80\n"), ["s:ports.control / web:ports.http"]);
    let away = "[parts.w]\nrecipe = 'program'\nports = { x = '10.0.0.1:9001' }\n[parts.s]\nrecipe = 'supervisor'\n";
    assert_eq!(clashes(&format!("{away}ports.control = 9001\n")), Vec::<String>::new());
    assert_eq!(clashes(&format!("{away}inet_http_server.port = 9001\n")).len(), 1);
}

#[test]
fn references_cannot_fill_the_memory() {
    let mut text = "[parts.a]\nrecipe = 'program'\nx = '$<d:k0>'\n[d]\nk40 = 'xxxxxxxxxxxxxxxx'\n".to_owned();
    for n in 0..40 {
        writeln!(text, "k{n} = '$<:k{0}>$<:k{0}>'", n + 1).unwrap();
    }
    let messages = toml(&text).messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains("references bring more than 64 MiB of text"));
}

#[test]
fn many_misses_among_many_names_are_found_at_once() {
    let mut text = "[parts.a]\nrecipe = 'program'\n".to_owned();
    for n in 0..10_000 {
        writeln!(text, "x{n} = '$<progam-{n:05}:x>'\ny{n} = '$<d:progam-{n:05}>'").unwrap();
    }
    text.push_str("[d]\n");
    (0..10_000).for_each(|n| writeln!(text, "program-{n:05} = 1").unwrap());
    (0..10_000).for_each(|n| writeln!(text, "[program-{n:05}]\nx = 1").unwrap());
    let case = toml(&text);
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let merged = case.merged(&mut sources, &mut found).unwrap();
    case.world(|world| resolve(merged, world, &sources, &mut found));
    let helped = found.iter().filter(|finding| !finding.help.is_empty()).count();
    // The first ones are helped; help for all that are kept would take minutes.
    assert!((1..500).contains(&helped), "{helped}");
}

#[test]
fn keys_of_the_project_are_its_own_or_referred_to() {
    let text = "[project]\nnmae = 'x'\nnames = 'y'\nown = 1\nport = 1\ntable = { x = 1 }\n[parts.a]\nrecipe = 'program'\n\
                x = '$<project:port> $<project:table.x> $<project:names>'\n";
    let project = |text: &str| toml(text).run().project.unwrap();
    let unused = |text: &str| project(text).unused_values.into_iter().map(|unused| unused.name).collect::<Vec<_>>();
    let slip = "recipe.toml:2:1 `[project]` has no option `nmae`, and nothing refers to it (did you mean `name`?)";
    assert_eq!(toml(text).messages(), [slip]);
    assert_eq!(unused(text), ["own"]);
    assert_eq!(unused(&format!("{text}[parts.b]\ninherit = 'project'\nrecipe = 'program'\n")), [""; 0]);
    let (text, base) = ("extends = 'base.toml'\n[project]\nname = 'x'\n", "[project]\nbin-dirctory = 'x'\n");
    assert_eq!(toml(text).with("base.toml", base).messages().len(), 1);
}

#[test]
fn chains_may_be_long() {
    let mut text = "[parts.a]\nrecipe = 'program'\nx = '$<d:k0>'\n[d]\nk20000 = 'end'\n".to_owned();
    for n in 0..20000 {
        writeln!(text, "k{n} = '$<:k{}>'", n + 1).unwrap();
    }
    assert_eq!(value(&toml(&text).project(), "a", "x"), r#""end""#);
}

#[test]
fn values_of_the_project_have_the_kind_of_their_key() {
    let messages = |lines: &str| toml(&format!("[project]\n{lines}\n")).messages();
    assert_eq!(messages("offline = 'maybe'"), ["recipe.toml:2:11 `offline` is `true` or `false`, not `maybe`"]);
    let early = ["recipe.toml:2:11 `offline` is `true` or `false`, not `$<data:off>`"];
    assert_eq!(messages("offline = '$<data:off>'\n[data]\noff = true"), early);
    let list = ["recipe.toml:2:17 `bin-directory` of `[project]` is a list, not a text"];
    assert_eq!(messages("bin-directory = ['a']"), list);
    assert_eq!(messages("name = { x = 1 }"), ["recipe.toml:2:8 `name` of `[project]` is a table, not a text"]);
    assert_eq!(messages("offline = true\nname = 3\ndirectory = 'x'"), Vec::<String>::new());
    let yaml = case("recipe.yaml", "project:\n  offline: yes\n").messages();
    assert_eq!(yaml, ["recipe.yaml:2:12 `offline` is `true` or `false`, not `yes`"]);
}

#[test]
fn parts_are_a_table_of_tables() {
    for (text, kind) in [("parts = 3\n", "a number"), ("[[parts]]\nrecipe = 'program'\n", "a list")] {
        let messages = toml(text).messages();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains(&format!("`parts` is {kind}, not a table of parts")), "{messages:?}");
    }
}

#[test]
fn a_part_is_referred_to_by_its_name() {
    let messages = toml("[parts.w]\nrecipe = 'program'\nx = '$<parts.w:ports.http> $<parts.v:x>'\n").messages();
    assert_eq!(
        messages,
        [
            "recipe.toml:3:6 there is no section `parts.w` (did you mean `w`?)",
            "recipe.toml:3:28 there is no section `parts.v`",
        ]
    );
}
