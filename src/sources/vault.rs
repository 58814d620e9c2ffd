//! Passwords: from the environment, from files, from commands, and made here and kept.
//!
//! A generated password is a file `.recipe/secrets/PART`, mode 0600 in a folder of mode 0700, in the project folder. It
//! is made once, under a name that nobody else has, and linked into place, so that it is whole or not there and two
//! builds agree on one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::{Disk, reason};
use crate::base::seams::{Files as _, ReadError, Secrets};

/// What generated passwords are made of: nothing that any format would have to quote. Of 256 byte values the last 8 are
/// not used, so that each letter is as likely as any other.
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// How long a command may take: it may have to ask somebody.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 120 });
/// How many bytes of a command's output are read.
const MOST_PRINTED: u64 = 1 << 20;

/// The secrets of this host and of one project.
pub struct Vault {
    folder: Utf8PathBuf,
    /// Passwords that were made in this run and are kept nowhere yet, by part.
    made: RefCell<BTreeMap<String, String>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Vault {
    /// Those of the project in the absolute folder `project`. Nothing is written until [`Vault::keep_made`]: till then a
    /// new password lives in this run alone.
    pub fn new(project: &Utf8Path) -> Self {
        Self { folder: project.join(".recipe/secrets"), made: RefCell::default() }
    }

    /// Keeps the passwords that were made in this run. False if another run has kept one of them meanwhile: its password
    /// counts, and what was made with ours must be made again.
    pub fn keep_made(&self) -> Result<bool, String> {
        let mut is_ours = true;
        for (part, password) in self.made.take() {
            let kept = self.keep(&self.folder.join(file_name(&part)), password.clone())?;
            is_ours &= kept == password;
        }
        Ok(is_ours)
    }

    fn kept(path: &Utf8Path) -> Result<Option<String>, String> {
        match fs::read_to_string(path) {
            Ok(text) if first_line(&text).is_empty() => Err(format!("`{path}` is empty: remove it to make a new one")),
            Ok(text) => Ok(Some(first_line(&text).to_owned())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(format!("cannot read `{path}`: {}", reason(&e))),
        }
    }

    /// Keeps `password`, or gives the one that another build has kept meanwhile.
    fn keep(&self, path: &Utf8Path, password: String) -> Result<String, String> {
        let failed = |e: io::Error| format!("cannot write `{path}`: {}", reason(&e));
        self.make_folders().map_err(failed)?;
        let temporary = self.folder.join(format!(".{}", password_of(16)?));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary).map_err(failed)?;
        let linked = file
            .write_all(format!("{password}\n").as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::hard_link(&temporary, path));
        let _ = fs::remove_file(&temporary);
        match linked {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(Self::kept(path)?.unwrap_or(password)),
            Err(e) => Err(failed(e)),
            Ok(()) => Ok(password),
        }
    }

    fn make_folders(&self) -> io::Result<()> {
        if let Some(parent) = self.folder.parent() {
            fs::create_dir_all(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(&self.folder) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))
            }
            made => made,
        }
    }
}

impl Secrets for Vault {
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> Result<String, ReadError> {
        Disk.read(path).map(|text| first_line(&text).to_owned())
    }

    fn command(&self, words: &[String], directory: &str) -> Result<String, String> {
        let [program, arguments @ ..] = words else { return Err("the command is empty".to_owned()) };
        // Where a relative path is looked for after a change of folder differs between systems.
        let path = if program.contains('/') { Utf8Path::new(directory).join(program) } else { program.into() };
        let mut child = Command::new(path.as_std_path())
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|e| format!("cannot run `{program}`: {}", reason(&e)))?;
        let Some(printed) = printed_in_time(&mut child) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("`{program}` has not ended within {} seconds", PATIENCE.as_secs()));
        };
        let status = child.wait().map_err(|e| format!("cannot wait for `{program}`: {}", reason(&e)))?;
        if !status.success() {
            return Err(format!("`{program}` failed: {status}"));
        }
        let text = String::from_utf8(printed).map_err(|_| format!("`{program}` printed what is not UTF-8"))?;
        match first_line(&text) {
            "" => Err(format!("`{program}` printed nothing")),
            line => Ok(line.to_owned()),
        }
    }

    fn generated(&self, part: &str, length: usize) -> Result<String, String> {
        if let Some(password) = Self::kept(&self.folder.join(file_name(part)))? {
            return Ok(password);
        }
        if let Some(password) = self.made.borrow().get(part) {
            return Ok(password.clone());
        }
        let password = password_of(length)?;
        self.made.borrow_mut().insert(part.to_owned(), password.clone());
        Ok(password)
    }
}

/// All that a command prints, if it ends in time. What is more than any password is left alone.
fn printed_in_time(child: &mut Child) -> Option<Vec<u8>> {
    let output = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut printed = Vec::new();
        let read = output.take(MOST_PRINTED).read_to_end(&mut printed);
        // Who waited may have given up.
        let _ = sender.send(read.map(|_| printed));
    });
    receiver.recv_timeout(PATIENCE).ok()?.ok()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// A part's name as a file name: letters, digits, `-` and `_` stand for themselves, any other byte for its number.
fn file_name(part: &str) -> String {
    part.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(b).to_string(),
            _ => format!("%{b:02x}"),
        })
        .collect()
}

fn password_of(length: usize) -> Result<String, String> {
    let mut password = String::with_capacity(length);
    let mut bytes = [0; 64];
    while password.len() < length {
        getrandom::fill(&mut bytes).map_err(|e| format!("no random bytes: {e}"))?;
        let letters = bytes.iter().filter(|b| **b < 248).map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()]));
        password.extend(letters.take(length - password.len()));
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (tempfile::TempDir, Vault) {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::new(Utf8Path::from_path(folder.path()).unwrap());
        (folder, vault)
    }

    #[test]
    fn a_generated_password_is_made_once_and_only_for_its_owner() {
        let (folder, vault) = vault();
        let password = vault.generated("a/../b ü", 24).unwrap();
        assert_eq!(password.len(), 24);
        assert_eq!(vault.generated("a/../b ü", 24).unwrap(), password);
        assert_ne!(vault.generated("other", 24).unwrap(), password);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written before it is asked for");
        assert_eq!(vault.keep_made(), Ok(true));
        assert_eq!(vault.generated("a/../b ü", 24).unwrap(), password);
        let secrets = folder.path().join(".recipe/secrets");
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&secrets), 0o700);
        let files: Vec<_> = fs::read_dir(&secrets).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(files.len(), 2);
        assert!(files.iter().all(|file| mode(file) == 0o600));
    }

    #[test]
    fn of_two_that_make_a_password_the_first_wins() {
        let (folder, _) = vault();
        let project = Utf8Path::from_path(folder.path()).unwrap();
        let kept: Vec<(bool, String)> = std::thread::scope(|scope| {
            let one = || {
                let vault = Vault::new(project);
                vault.generated("web", 20).unwrap();
                (vault.keep_made().unwrap(), vault.generated("web", 20).unwrap())
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(kept.iter().all(|(_, password)| *password == kept[0].1), "{kept:?}");
        let left: Vec<_> =
            fs::read_dir(project.join(".recipe/secrets")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["web"]);
    }

    #[test]
    fn an_emptied_password_is_said_and_an_open_folder_is_shut() {
        let (_folder, vault) = vault();
        fs::create_dir_all(&vault.folder).unwrap();
        fs::set_permissions(&vault.folder, fs::Permissions::from_mode(0o755)).unwrap();
        vault.generated("web", 8).unwrap();
        vault.keep_made().unwrap();
        assert_eq!(fs::metadata(&vault.folder).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(vault.folder.join("web"), "").unwrap();
        assert!(vault.generated("web", 8).unwrap_err().contains("is empty"));
    }

    #[test]
    fn files_and_commands_give_their_first_line() {
        let (folder, vault) = vault();
        let file = folder.path().join("p");
        fs::write(&file, "one\ntwo\n").unwrap();
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let here = folder.path().to_str().unwrap();
        assert_eq!(vault.file(file.to_str().unwrap()).unwrap(), "one");
        assert_eq!(vault.command(&words(&["cat", "p"]), here).unwrap(), "one");
        assert_eq!(vault.command(&words(&["true"]), here).unwrap_err(), "`true` printed nothing");
        assert!(vault.command(&words(&["false"]), here).unwrap_err().starts_with("`false` failed: exit status: 1"));
        assert_eq!(
            vault.command(&words(&["/no/such"]), here).unwrap_err(),
            "cannot run `/no/such`: no such file or directory"
        );
        assert_eq!(vault.command(&[], here).unwrap_err(), "the command is empty");
        let late = vault.command(&words(&["sleep", "1000"]), here);
        assert_eq!(late.unwrap_err(), "`sleep` has not ended within 1 seconds");
    }
}
