//! `use_http_proxy`: pages are asked for through the proxy of the environment, a Squid with the rules that it is packaged with,
//! to which only who has a password gets.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::haproxy::{self, is};
use super::stack::{Front, Ports, Stack};
use super::{program, trial};
use crate::harness::Outcome;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_possible = program("squid").and(program("haproxy")).is_some();
    vec![trial("pages_are_asked_for_by_the_proxy_of_the_environment", is_possible, by_proxy)]
}

/// An HAProxy before the clients, and a Squid beside them.
fn front(folder: &Path, ports: &Ports) -> Front {
    let at = folder.display();
    let conf = format!(
        "http_port 127.0.0.1:{}\nauth_param basic program /bin/sh {at}/known.sh\nacl known proxy_auth REQUIRED\n\
         acl SSL_ports port 443\nhttp_access deny CONNECT !SSL_ports\nhttp_access allow known\nhttp_access deny all\n\
         cache deny all\ncache_log {at}/squid.log\naccess_log stdio:{at}/access.log\npid_filename {at}/squid.pid\n\
         coredump_dir {at}\nshutdown_lifetime 0 seconds\npinger_enable off\nlogfile_rotate 0\nvisible_hostname localhost\n",
        ports.other
    );
    let known = "while read -r login; do [ \"$login\" = \"me s3cr3t\" ] && echo OK || echo ERR; done\n";
    let mut front = haproxy::front(folder, ports);
    front.files.extend([("squid.conf", conf), ("known.sh", known.to_owned())]);
    front.programs.push(("squid", format!("squid -N -f {at}/squid.conf")));
    front
}

/// How a check ends, and what it says, with these variables and no others that name a proxy.
fn check(stack: &Stack, variables: &[(&str, &str)]) -> Result<(i32, String), Failed> {
    let mut command = stack.command(&["-a", "check", "-c", "cluster.ini"]);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    let output = command.envs(variables.iter().copied()).output()?;
    Ok((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn by_proxy() -> Outcome {
    let stack = Stack::start(front)?;
    stack.until("the Squid", || std::net::TcpStream::connect(("127.0.0.1", stack.ports.other)).is_ok())?;
    let asked = |count: usize, said: &str| -> Outcome {
        let page = format!("GET http://127.0.0.1:{}/ me ", stack.ports.clients[1]);
        let log = || stack.read("access.log");
        let is_given = |line: &&str| line.contains("TCP_MISS/200") && line.contains(&page);
        let told = stack.until("the log of the Squid", || log().lines().filter(is_given).count() == count);
        told.map_err(|_| format!("not {count} times in\n{}\n{said}", log()).into())
    };
    let proxy = |login: &str, port: u16| format!("http://{login}@127.0.0.1:{port}");
    let (known, unknown) = (proxy("me:s3cr3t", stack.ports.other), proxy("me:s3cr3t-wrong", stack.ports.other));
    // Nobody listens there.
    let away = proxy("me:s3cr3t", stack.ports.inner);
    let (status, said) = check(&stack, &[("http_proxy", &away)])?;
    is("by default it is not asked", status == 0, &said)?;
    stack.edit("[connect]\n", "[connect]\nuse_http_proxy = True\n")?;
    for (count, name) in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].into_iter().enumerate() {
        let (status, said) = check(&stack, &[(name, &known)])?;
        is(name, status == 0, &said)?;
        asked(count + 1, &said)?;
    }
    // That of HTTPS is not for these pages.
    let (status, said) = check(&stack, &[("https_proxy", &away), ("http_proxy", &known)])?;
    is("it is asked", status == 0, &said)?;
    asked(5, &said)?;
    for free in [&[][..], &[("http_proxy", away.as_str()), ("no_proxy", "127.0.0.1")], &[("https_proxy", &away)]] {
        let (status, said) = check(&stack, free)?;
        is("it is not asked", status == 0, &said)?;
    }
    for (proxy, why) in [(&unknown, "/ 407"), (&away, "connection refused")] {
        let (status, said) = check(&stack, &[("http_proxy", proxy)])?;
        is(why, status == 1 && said.contains(why) && !said.contains("s3cr3t"), &said)?;
    }
    asked(5, "")
}
