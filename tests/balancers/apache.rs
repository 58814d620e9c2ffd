//! An Apache, which its own commands start and stop: a frontend that is watched, and repaired.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::haproxy::is;
use super::stack::Ports;
use super::{program, trial};
use crate::harness::load::page;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![trial("apache_is_found_dead_and_repaired", program("apache2").is_some(), repaired)]
}

/// What a start needs no more than: a configuration, a page, and who controls it.
fn files(folder: &Path, port: u16) -> std::io::Result<()> {
    let at = folder.display();
    let conf = format!(
        "ServerRoot {at}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {at}/apache.pid\nErrorLog {at}/error.log\n\
         DefaultRuntimeDir {at}\nDocumentRoot {at}\nDirectoryIndex index.html\nUser www-data\nGroup www-data\n\
         LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n\
         LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n\
         LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so\n"
    );
    // The number of one that was killed may be another's by now.
    let cluster = format!(
        "[DEFAULT]\ntimeout = 5\nstart_timeout = 20\n[cluster]\nfrontend = apache\n[apache]\ntype = HttpServer\n\
         ip = 127.0.0.1\nport = {port}\ncontrol = commands\nstart_command = rm -f apache.pid; apache2 -f {at}/apache.conf -k start\n\
         stop_command = apache2 -f {at}/apache.conf -k stop\npid_file = apache.pid\nmax_process_size = 500MB\n"
    );
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
    fs::write(folder.join("index.html"), "here\n")?;
    fs::write(folder.join("apache.conf"), conf)?;
    fs::write(folder.join("cluster.ini"), cluster)
}

/// Kills it, and all that it has started, with this.
struct Apache<'f>(&'f Path);

impl Apache<'_> {
    fn kill(&self) {
        if let Ok(pid) = fs::read_to_string(self.0.join("apache.pid")) {
            let _ = Command::new("kill").args(["-9", "--", &format!("-{}", pid.trim())]).stderr(Stdio::null()).status();
        }
    }
}

impl Drop for Apache<'_> {
    fn drop(&mut self) {
        self.kill();
    }
}

fn repaired() -> Outcome {
    let (scratch, port) = (Scratch::new(), Ports::free().front);
    let folder = scratch.path();
    files(&folder, port)?;
    let ctl = |words: &[&str]| -> std::io::Result<(i32, String)> {
        let Output { status, stderr, .. } =
            Command::new(recipe()).arg("ctl").args(words).current_dir(&folder).stdin(Stdio::null()).output()?;
        Ok((status.code().unwrap_or(-1), String::from_utf8_lossy(&stderr).into_owned()))
    };
    let serves = || page(port, "/").is_ok_and(|page| page == "here\n");
    let apache = Apache(&folder);
    let (status, said) = ctl(&["-a", "check"])?;
    is("it does not run so far", status == 1 && said.contains("apache cant connect"), &said)?;
    let (status, said) = ctl(&["-a", "start"])?;
    is("it is started", status == 0 && serves(), &said)?;
    let (status, said) = ctl(&["-a", "check"])?;
    is("all is well", status == 0 && said.is_empty(), &said)?;
    let first = fs::read_to_string(folder.join("apache.pid"))?;
    apache.kill();
    let until = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_ok() && Instant::now() < until {
        std::thread::yield_now();
    }
    let (status, said) = ctl(&["-a", "check"])?;
    is("it is found dead", status == 1 && said.contains("CRITICAL: apache cant connect"), &said)?;
    let (status, said) = ctl(&["-a", "repair"])?;
    is("it is repaired", status == 0 && serves(), &said)?;
    is("it is another one", fs::read_to_string(folder.join("apache.pid"))? != first, &said)?;
    let (status, said) = ctl(&["-a", "stop", "-s", "apache"])?;
    is("it is stopped", status == 0 && page(port, "/").is_err(), &said)
}
