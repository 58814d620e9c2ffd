//! Caches that keep a page until they are made to forget it.

use std::fs;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::haproxy::{self, good, is};
use super::stack::{Front, Ports, Stack};
use super::{program, trial};
use crate::harness::Outcome;
use crate::harness::load::{Load, page};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        trial("varnish_forgets", program("varnishd").is_some(), || forgets(varnish)),
        trial("squid_forgets", program("squid").is_some(), || forgets(squid)),
        trial("varnish_forgets_what_it_is_asked_to_by_a_request", program("varnishd").is_some(), by_request),
        trial("varnish_forgets_what_fits_a_ban_and_keeps_the_rest", program("varnishd").is_some(), by_ban),
        trial("varnish_forgets_in_a_roll", program("varnishd").and(program("haproxy")).is_some(), forgets_in_a_roll),
        trial("squid_a_ctl_killed_in_a_purge_is_made_up_for", program("squid").is_some(), killed),
    ]
}

fn varnish(folder: &std::path::Path, ports: &Ports) -> Front {
    let command = format!(
        "varnishd -F -a 127.0.0.1:{} -b 127.0.0.1:{} -T 127.0.0.1:{} -S {folder}/secret -n {folder}/varnish",
        ports.front,
        ports.clients[0],
        ports.other,
        folder = folder.display()
    );
    Front {
        files: vec![("secret", "the secret\n".to_owned())],
        programs: vec![("varnish", command)],
        sections: format!(
            "[varnish]\ntype = Varnish\nip = 127.0.0.1\nport = {}\ncontrol = supervisor:varnish\nadmin = 127.0.0.1:{}\n\
             secret_file = secret\n",
            ports.front, ports.other
        ),
        frontends: "varnish",
    }
}

fn squid(folder: &std::path::Path, ports: &Ports) -> Front {
    let folder = folder.display();
    let conf = format!(
        "http_port 127.0.0.1:{} accel defaultsite=localhost\n\
         cache_peer 127.0.0.1 parent {} 0 no-query originserver\nhttp_access allow all\n\
         cache_dir ufs {folder}/cache 10 4 4\ncache_mem 0 MB\ncache_log {folder}/squid.log\naccess_log none\n\
         pid_filename {folder}/squid.pid\ncoredump_dir {folder}\nshutdown_lifetime 0 seconds\npinger_enable off\n\
         logfile_rotate 0\nvisible_hostname localhost\n",
        ports.front, ports.clients[0]
    );
    let make = format!("{folder}/squid.sh");
    let script = format!(
        "#!/bin/sh\n[ -d {folder}/cache/00 ] || squid -N -f {folder}/squid.conf -z\nexec squid -N -f {folder}/squid.conf\n"
    );
    Front {
        files: vec![("squid.conf", conf), ("squid.sh", script)],
        programs: vec![("squid", format!("sh {make}"))],
        sections: format!(
            "[squid]\ntype = Squid\nip = 127.0.0.1\nport = {}\ncontrol = supervisor:squid\ncache_dir = {folder}/cache\n\
             exe = squid\nconf = {folder}/squid.conf\n",
            ports.front
        ),
        frontends: "squid",
    }
}

/// A Varnish whose rules know what to do with two methods, whoever is asked for by whatever name.
fn ruled(folder: &std::path::Path, ports: &Ports) -> Front {
    let rules = format!(
        "vcl 4.1;\nbackend default {{ .host = \"127.0.0.1\"; .port = \"{}\"; }}\n\
         sub vcl_recv {{\n    set req.http.host = \"site\";\n    if (req.method == \"PURGE\") {{ return (purge); }}\n\
         \u{20}   if (req.method == \"BAN\") {{ ban(\"req.url ~ .\"); return (synth(200, \"Banned\")); }}\n}}\n",
        ports.clients[0]
    );
    let mut front = varnish(folder, ports);
    front.files.push(("rules.vcl", rules));
    let backend = format!("-b 127.0.0.1:{}", ports.clients[0]);
    let command = &mut front.programs[0].1;
    *command = command.replace(&backend, &format!("-f {}/rules.vcl", folder.display()));
    front
}

/// The text of a page of the front.
fn get(stack: &Stack, path: &str) -> Result<String, Failed> {
    page(stack.ports.front, path).map_err(|why| Failed::from(format!("{path}: {why:?}")))
}

/// Asked for by PURGE, it forgets the page that is asked for, and by BAN, as these rules are, all.
fn by_request() -> Outcome {
    let stack = Stack::start(ruled)?;
    let purge_url = format!("purge_url = http://127.0.0.1:{}/kept", stack.ports.front);
    stack.edit("secret_file = secret\n", &format!("secret_file = secret\n{purge_url}\n"))?;
    for (method, keeps_others) in [("PURGE", true), ("BAN", false)] {
        fs::write(stack.folder().join("one.ini"), stack.read("cluster.ini") + &format!("method = {method}\n"))?;
        let (kept, other) = (get(&stack, "/kept")?, get(&stack, "/other")?);
        is("it keeps pages", get(&stack, "/kept")? == kept && get(&stack, "/other")? == other, &kept)?;
        let (status, said) = stack.ctl(&["-a", "purge", "-c", "one.ini"])?;
        is("it has forgotten", status == 0 && get(&stack, "/kept")? != kept, &said)?;
        is(method, (get(&stack, "/other")? == other) == keeps_others, &said)?;
    }
    // One whose rules know nothing of it gives the request to a client.
    let plain = Stack::start(varnish)?;
    let purge_url = format!("purge_url = http://127.0.0.1:{}/kept", plain.ports.front);
    plain.edit("secret_file = secret\n", &format!("{purge_url}\n"))?;
    let kept = get(&plain, "/kept")?;
    let (status, said) = plain.ctl(&["-a", "purge", "-c", "cluster.ini"])?;
    let told = format!("varnish : cannot purge: http://127.0.0.1:{}/kept refuses: status 501", plain.ports.front);
    is("that is told", status == 1 && said.contains(&told) && get(&plain, "/kept")? == kept, &said)
}

fn by_ban() -> Outcome {
    let stack = Stack::start(varnish)?;
    stack.edit("secret_file = secret\n", "secret_file = secret\nban = req.url ~ ^/kept$\n")?;
    let (kept, other) = (get(&stack, "/kept")?, get(&stack, "/other")?);
    let (status, said) = stack.ctl(&["-a", "purge", "-c", "cluster.ini"])?;
    is("it has forgotten", status == 0 && get(&stack, "/kept")? != kept, &said)?;
    is("it keeps the rest", get(&stack, "/other")? == other, &said)?;
    for (from, to, told) in [
        ("ban = req.url ~ ^/kept$", "ban = req.nothing ~ x", "refuses: status 106"),
        (
            "secret_file = secret",
            "secret_file = cluster.ini",
            "does not know the secret in cluster.ini; expected the file that its option -S names",
        ),
    ] {
        stack.edit(from, to)?;
        let (status, said) = stack.ctl(&["-a", "purge", "-c", "cluster.ini"])?;
        is(told, status == 1 && said.contains("varnish : cannot purge: ") && said.contains(told), &said)?;
    }
    is("it keeps the rest", get(&stack, "/other")? == other, &said)
}

/// Varnish, before an HAProxy, before the clients.
fn both(folder: &std::path::Path, ports: &Ports) -> Front {
    let Ports { clients, front, other, inner } = *ports;
    let behind = haproxy::front(folder, &Ports { clients, front: inner, other, inner });
    let mut all = varnish(folder, &Ports { clients: [inner; 3], front, other, inner });
    all.files.extend(behind.files);
    all.programs.extend(behind.programs);
    Front { sections: all.sections + &behind.sections, frontends: "varnish, haproxy", ..all }
}

fn forgets_in_a_roll() -> Outcome {
    let stack = Stack::start(both)?;
    let kept = || get(&stack, "/kept");
    let (first, pids) = (kept()?, stack.pids()?);
    let loads = [stack.ports.front, stack.ports.inner].map(|port| Load::on(port, false));
    let (status, said) = stack.ctl(&["-a", "start", "-P", "-c", "cluster.ini"])?;
    loads.into_iter().try_for_each(|load| good(&load.off()))?;
    let are_all = stack.pids()?.iter().zip(&pids).all(|(after, before)| after != before);
    is("all are restarted", status == 0 && are_all && !stack.has_journal(), &said)?;
    is("it has forgotten", kept()? != first, &said)
}

/// A ctl that is killed when the Squid is stopped, and when its folder is aside.
fn killed() -> Outcome {
    let stack = Stack::start(prepared)?;
    let folder = stack.folder();
    // It waits while the file `hold` is there, and says so by its pid.
    let exe = "#!/bin/sh\nif [ -e hold ]; then echo $$ > held.new; mv held.new held; exec sleep 1000; fi\nexec squid \"$@\"\n";
    fs::write(folder.join("make.sh"), exe)?;
    fs::set_permissions(folder.join("make.sh"), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let cluster = stack.read("cluster.ini").replace("exe = squid", &format!("exe = {}/make.sh", folder.display()));
    fs::write(folder.join("cluster.ini"), cluster)?;
    let is_away = || std::net::TcpStream::connect(("127.0.0.1", stack.ports.front)).is_err();
    let (hold, held, aside) = (folder.join("hold"), folder.join("held"), folder.join("cacheold"));
    for step in ["stopped", "aside"] {
        let first = get(&stack, "/kept")?;
        let _ = fs::remove_file(&held);
        fs::write(&hold, "")?;
        let mut ctl = stack.command(&["-a", "purge", "-c", "cluster.ini"]).spawn()?;
        stack.until(step, || if step == "aside" { held.exists() } else { is_away() })?;
        ctl.kill()?;
        ctl.wait()?;
        fs::remove_file(&hold)?;
        is(step, is_away() && (step == "stopped" || aside.exists()), "")?;
        if held.exists() {
            // What ctl has started is not killed with it.
            Command::new("kill").args(["-9", stack.read("held").trim()]).status()?;
        }
        let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
        stack.until("a page after the repair", || page(stack.ports.front, "/kept").is_ok())?;
        let (status, again) = stack.ctl(&["-a", "purge", "-c", "cluster.ini"])?;
        let said = format!("{step}\n{said}\n{again}");
        stack.until("a page after the purge", || page(stack.ports.front, "/kept").is_ok())?;
        is("the purge is done", status == 0 && !aside.exists(), &said)?;
        let after = get(&stack, "/kept")?;
        is("it has forgotten", after != first, &said)?;
    }
    Ok(())
}

/// A squid with a folder in which it may write if it gives up its rights.
fn prepared(folder: &std::path::Path, ports: &Ports) -> Front {
    with_cache(folder);
    squid(folder, ports)
}

fn with_cache(folder: &std::path::Path) {
    let cache = folder.join("cache");
    let made = fs::create_dir(&cache)
        .and_then(|()| fs::set_permissions(&cache, std::os::unix::fs::PermissionsExt::from_mode(0o777)));
    made.expect("a folder for the cache");
}

fn forgets(front: fn(&std::path::Path, &Ports) -> Front) -> Outcome {
    let stack = Stack::start(|folder, ports| {
        with_cache(folder);
        front(folder, ports)
    })?;
    let first = get(&stack, "/kept")?;
    if get(&stack, "/kept")? != first {
        return Err("it does not keep pages".into());
    }
    let (status, said) = stack.ctl(&["-a", "purge", "-c", "cluster.ini"])?;
    stack.until("a page after the purge", || page(stack.ports.front, "/kept").is_ok())?;
    let after = get(&stack, "/kept")?;
    if status == 0 && after != first { Ok(()) } else { Err(format!("{status} {first} {after}\n{said}").into()) }
}
