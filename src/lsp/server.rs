//! The protocol's life: which messages count when, and what each of them does.
//!
//! Messages queue up, so that a request can be cancelled before it is looked at. Findings are told once the queue is
//! empty: of changes that came together, once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range as Bytes;
use std::slice;

use serde_json::{Value, json};

use super::check::{self, Checked, Depth, kind_of};
use super::cursor::{self, Cursor};
use super::documents::{Documents, Open, Overlay};
use super::model::{Model, PARTS};
use super::position::{Encoding, Place, Range, Text};
use super::protocol::{self, Failure, Incoming, answer, failed, notification};
use super::site::Site;
use super::{actions, completion, definition, diagnostics, hover, uri};
use crate::base::seams::Files as _;
use crate::base::{Diagnostic, Safety, Sources};
use crate::conf::include;
use crate::conf::ini::Ini;
use crate::lint::fix;
use crate::lint::kind::Kind;

/// A server for one editor.
pub struct Server<'a> {
    site: Site<'a>,
    stage: Stage,
    encoding: Encoding,
    documents: Documents,
    queue: VecDeque<Incoming>,
    /// How many changes there were: what was worked out at another number is old.
    changes: u64,
    /// How much is looked at: what is typed is looked at soon, what is opened and saved to the end.
    depth: Depth,
    /// Roots whose findings are to be told.
    dirty: BTreeSet<String>,
    checked: BTreeMap<String, (u64, Checked)>,
    models: BTreeMap<String, (u64, Option<Model>)>,
    /// What was told last, by root and path.
    told: BTreeMap<String, BTreeMap<String, Vec<Value>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    /// Nothing more is asked, says the editor.
    ShutDown,
    /// The process is to end: as was agreed, or not.
    Ended {
        was_agreed: bool,
    },
}

impl<'a> Server<'a> {
    /// One that knows nothing yet.
    pub fn new(site: Site<'a>) -> Self {
        Self {
            site,
            stage: Stage::New,
            encoding: Encoding::default(),
            documents: Documents::default(),
            queue: VecDeque::new(),
            changes: 0,
            depth: Depth::Whole,
            dirty: BTreeSet::new(),
            checked: BTreeMap::new(),
            models: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    /// Takes the body of a message. What is to be sent at once comes back: that it is none, or was cancelled.
    pub fn receive(&mut self, body: &[u8]) -> Vec<String> {
        match Incoming::read(body) {
            Ok(Incoming::Notification { method, params }) if method == "$/cancelRequest" => {
                self.cancel(&params["id"]).into_iter().collect()
            }
            Ok(message) => {
                self.queue.push_back(message);
                Vec::new()
            }
            Err(answer) => vec![answer],
        }
    }

    /// What to say of bytes that are no message.
    pub fn refuse(why: &str) -> String {
        failed(&Value::Null, Failure::ParseError, why)
    }

    /// Does the next thing, and says what is to be sent; none where there is nothing to do.
    pub fn step(&mut self) -> Option<Vec<String>> {
        if self.ended().is_some() {
            return None;
        }
        if let Some(message) = self.queue.pop_front() {
            return Some(self.message(message));
        }
        let root = self.dirty.pop_first()?;
        Some(self.tell(&root))
    }

    /// Whether the process is to end, and whether the editor had said so before.
    pub fn ended(&self) -> Option<bool> {
        if let Stage::Ended { was_agreed } = self.stage { Some(was_agreed) } else { None }
    }

    /// The editor has gone.
    pub fn hang_up(&mut self) {
        self.stage = Stage::Ended { was_agreed: self.stage == Stage::ShutDown };
    }

    fn cancel(&mut self, wanted: &Value) -> Option<String> {
        let is_it = |message: &Incoming| matches!(message, Incoming::Request { id, .. } if id == wanted);
        let at = self.queue.iter().position(is_it)?;
        self.queue.remove(at);
        Some(failed(wanted, Failure::Cancelled, "cancelled"))
    }

    fn message(&mut self, message: Incoming) -> Vec<String> {
        match message {
            Incoming::Request { id, method, params } => vec![match self.request(&method, &params) {
                Ok(result) => answer(&id, &result),
                Err((why, text)) => failed(&id, why, &text),
            }],
            Incoming::Notification { method, params } => self.notification(&method, &params),
            Incoming::Response => Vec::new(),
        }
    }

    fn request(&mut self, method: &str, params: &Value) -> Result<Value, (Failure, String)> {
        let fail = |why, text: &str| Err((why, text.to_owned()));
        match (self.stage, method) {
            (Stage::New, "initialize") => Ok(self.initialize(params)),
            (Stage::New, _) => fail(Failure::NotInitialized, "`initialize` comes first"),
            (Stage::Running, "initialize") => fail(Failure::InvalidRequest, "`initialize` comes once"),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Running, _) => self.feature(method, params),
            (Stage::ShutDown | Stage::Ended { .. }, _) => fail(Failure::InvalidRequest, "`shutdown` was the last one"),
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        self.stage = Stage::Running;
        let names = params["capabilities"]["general"]["positionEncodings"].as_array();
        self.encoding = Encoding::chosen(names.into_iter().flatten().filter_map(Value::as_str));
        json!({
            "capabilities": {
                "positionEncoding": self.encoding.name(),
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "hoverProvider": true,
                "completionProvider": { "triggerCharacters": ["$", "<", "{", ":", "(", ".", "["] },
                "definitionProvider": true,
                "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            },
            "serverInfo": { "name": "recipe", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    fn feature(&mut self, method: &str, params: &Value) -> Result<Value, (Failure, String)> {
        let at_place: fn(&View<'_>, usize) -> Value = match method {
            "textDocument/hover" => hover::hover,
            "textDocument/completion" => completion::completion,
            "textDocument/definition" => definition::definition,
            "textDocument/codeAction" => return self.actions(params).ok_or_else(|| bad_params(method)),
            _ => return Err((Failure::MethodNotFound, format!("`{method}` is not known"))),
        };
        let path = document(params).ok_or_else(|| bad_params(method))?;
        let place: Place = serde_json::from_value(params["position"].clone()).map_err(|_| bad_params(method))?;
        Ok(self.at(&path, place, at_place).unwrap_or(Value::Null))
    }

    /// Answers for a place of an open text; none where it is nothing of ours.
    fn at(&mut self, path: &str, place: Place, answer: fn(&View<'_>, usize) -> Value) -> Option<Value> {
        let root = self.documents.get(path)?.root.clone();
        self.renew_model(&root, path);
        let open = self.documents.get(path)?;
        let view = View {
            path,
            root: &root,
            kind: self.kind_of(path, open)?,
            encoding: self.encoding,
            open,
            documents: &self.documents,
            site: &self.site,
            model: self.models.get(&root).and_then(|(_, model)| model.as_ref()),
        };
        Some(answer(&view, open.text.offset(place, self.encoding)))
    }

    /// What a text is; a piece of which nothing tells is what its root is.
    fn kind_of(&self, path: &str, open: &Open) -> Option<Kind> {
        let of_root = || {
            let text = self.documents.over(self.site.files).read(&open.root).ok()?;
            kind_of(&open.root, &text).filter(|kind| matches!(kind, Kind::Supervisord | Kind::Zdaemon))
        };
        kind_of(path, open.text.as_str()).or_else(of_root)
    }

    /// The model of a root as it is now; where it is broken, as it was.
    fn renew_model(&mut self, root: &str, path: &str) {
        let (at, old) = self.models.remove(root).unwrap_or((0, None));
        let model = if at == self.changes && old.is_some() {
            old
        } else {
            let new = Model::whole(root, &self.documents, &self.site).or(old);
            new.or_else(|| Model::alone(path, &self.documents, &self.site))
        };
        self.models.insert(root.to_owned(), (self.changes, model));
    }

    fn actions(&mut self, params: &Value) -> Option<Value> {
        let path = document(params)?;
        let range: Range = serde_json::from_value(params["range"].clone()).ok()?;
        let Some(root) = self.documents.get(&path).map(|open| open.root.clone()) else { return Some(json!([])) };
        self.renew_check(&root);
        let (_, checked) = self.checked.get(&root)?;
        let uri_of = |path: &str| self.uri_of(path);
        let is_good = |finding: &Diagnostic| self.is_good(checked, &root, finding);
        Some(actions::actions(checked, &root, &path, range, self.encoding, &uri_of, &is_good))
    }

    /// Whether no more errors are found once the finding is mended than it may bring.
    fn is_good(&self, checked: &Checked, root: &str, finding: &Diagnostic) -> bool {
        let most = fix::most_errors(finding.severity, &checked.findings);
        if most == usize::MAX {
            return true;
        }
        let fixed = fix::apply(&checked.sources, slice::from_ref(finding), Safety::Unsafe).texts;
        let texts = fixed.into_iter().map(|(file, text)| (checked.sources.name(file), text));
        let after = check::check(root, &self.documents.with(texts), &self.site, self.depth);
        fix::errors(&after.findings) <= most
    }

    fn renew_check(&mut self, root: &str) {
        if self.checked.get(root).is_none_or(|(at, _)| *at != self.changes) {
            let checked = check::check(root, &self.documents, &self.site, self.depth);
            self.checked.insert(root.to_owned(), (self.changes, checked));
        }
    }

    fn uri_of(&self, path: &str) -> String {
        self.documents.get(path).map_or_else(|| uri::of_path(path), |open| open.uri.clone())
    }

    fn notification(&mut self, method: &str, params: &Value) -> Vec<String> {
        match (self.stage, method) {
            (_, "exit") => self.hang_up(),
            (Stage::Running, "textDocument/didOpen") => self.open(&params["textDocument"]),
            (Stage::Running, "textDocument/didChange") => self.change(params),
            (Stage::Running, "textDocument/didClose") => return self.close(params),
            (Stage::Running, "textDocument/didSave" | "workspace/didChangeWatchedFiles") => self.find_roots(),
            _ => {}
        }
        Vec::new()
    }

    fn open(&mut self, document: &Value) {
        let (Some(uri), Some(text)) = (document["uri"].as_str(), document["text"].as_str()) else { return };
        let path = uri::path(uri);
        let open = Open {
            uri: uri.to_owned(),
            version: document["version"].as_i64().unwrap_or(0),
            text: Text::new(text.to_owned()),
            root: path.clone(),
        };
        self.documents.0.insert(path, open);
        self.find_roots();
    }

    /// Other files may be there, or extend others: each text may have another root, and other findings.
    fn find_roots(&mut self) {
        self.changes += 1;
        self.depth = Depth::Whole;
        let paths: Vec<String> = self.documents.0.keys().cloned().collect();
        for path in paths {
            let root = check::root_of(&path, &self.documents, &self.site);
            self.dirty.insert(root.clone());
            if let Some(open) = self.documents.0.get_mut(&path)
                && open.root != root
            {
                let before = std::mem::replace(&mut open.root, root);
                self.dirty.insert(before);
            }
        }
    }

    fn change(&mut self, params: &Value) {
        let Some(path) = document(params) else { return };
        let Some(open) = self.documents.0.get_mut(&path) else { return };
        open.version = params["textDocument"]["version"].as_i64().unwrap_or(open.version);
        for change in params["contentChanges"].as_array().into_iter().flatten() {
            let Some(text) = change["text"].as_str() else { continue };
            match serde_json::from_value::<Range>(change["range"].clone()) {
                Ok(range) => open.text.replace(range, self.encoding, text),
                Err(_) => open.text = Text::new(text.to_owned()),
            }
        }
        self.changes += 1;
        self.depth = Depth::Key;
        self.dirty.insert(open.root.clone());
    }

    /// What is closed is as the disk has it.
    fn close(&mut self, params: &Value) -> Vec<String> {
        let closed = document(params).and_then(|path| self.documents.0.remove_entry(&path));
        let Some((path, open)) = closed else { return Vec::new() };
        self.find_roots();
        self.dirty.insert(open.root);
        vec![publish(&open.uri, None, &[])].into_iter().filter(|_| !self.documents.0.contains_key(&path)).collect()
    }

    /// The findings of a root, for each file where there are some, or were.
    fn tell(&mut self, root: &str) -> Vec<String> {
        let mut before = self.told.remove(root).unwrap_or_default();
        let is_wanted = self.documents.0.values().any(|open| open.root == root);
        let mut found = BTreeMap::new();
        if is_wanted {
            self.renew_check(root);
            if let Some((_, checked)) = self.checked.get(root) {
                found = diagnostics::by_path(checked, root, self.encoding);
            }
            let members = self.documents.0.iter().filter(|(_, open)| open.root == root);
            members.for_each(|(path, _)| _ = found.entry(path.clone()).or_insert_with(Vec::new));
        } else {
            self.checked.remove(root);
            self.models.remove(root);
        }
        // What is open under another root is told there.
        let is_own = |path: &String| self.documents.get(path).is_none_or(|open| open.root == root);
        found.retain(|path, _| is_own(path));
        before.retain(|path, _| is_own(path));
        let mut messages = Vec::new();
        for (path, findings) in &found {
            let open = self.documents.get(path);
            let is_news = before.remove(path).map_or(!findings.is_empty(), |before| before != *findings);
            if open.is_some() || is_news {
                messages.push(publish(&self.uri_of(path), open.map(|open| open.version), findings));
            }
        }
        let gone = before.into_iter().filter(|(_, findings)| !findings.is_empty());
        messages.extend(gone.map(|(path, _)| publish(&self.uri_of(&path), None, &[])));
        if is_wanted {
            self.told.insert(root.to_owned(), found);
        }
        messages
    }
}

fn publish(uri: &str, version: Option<i64>, findings: &[Value]) -> String {
    let mut params = json!({ "uri": uri, "diagnostics": findings });
    if let Some(version) = version {
        params["version"] = version.into();
    }
    notification("textDocument/publishDiagnostics", &params)
}

fn document(params: &Value) -> Option<String> {
    params["textDocument"]["uri"].as_str().map(uri::path)
}

fn bad_params(method: &str) -> (Failure, String) {
    (protocol::Failure::InvalidParams, format!("`{method}` wants a text and a place in it"))
}

/// One open text, as the features see it.
pub(super) struct View<'s> {
    pub(super) path: &'s str,
    pub(super) root: &'s str,
    pub(super) kind: Kind,
    pub(super) encoding: Encoding,
    open: &'s Open,
    documents: &'s Documents,
    site: &'s Site<'s>,
    model: Option<&'s Model>,
}

impl<'s> View<'s> {
    pub(super) fn text(&self) -> &'s str {
        self.open.text.as_str()
    }

    pub(super) fn cursor(&self, offset: usize) -> Cursor {
        cursor::at(self.kind, self.text(), offset)
    }

    pub(super) fn range(&self, bytes: Bytes<usize>) -> Range {
        self.open.text.range(bytes, self.encoding)
    }

    pub(super) fn model(&self) -> Option<&'s Model> {
        self.model
    }

    pub(super) fn is_cfg(&self) -> bool {
        matches!(self.kind, Kind::Manifest(syntax) if !syntax.is_native())
    }

    pub(super) fn files(&self) -> Overlay<'s> {
        self.documents.over(self.site.files)
    }

    pub(super) fn uri_of(&self, path: &str) -> String {
        self.documents.get(path).map_or_else(|| uri::of_path(path), |open| open.uri.clone())
    }

    /// The section that a reference names; an empty name is that of the section around it.
    pub(super) fn section_named(&self, name: &str, cursor: &Cursor) -> String {
        let own = match cursor.path.as_slice() {
            [parts, part, ..] if parts == PARTS && !self.is_cfg() => part,
            [section, ..] => section,
            [] => return name.to_owned(),
        };
        if name.is_empty() { own.clone() } else { name.to_owned() }
    }

    /// What a value comes to.
    pub(super) fn value(&self, section: &str, key: &str) -> Option<String> {
        self.model?.value(section, key, self.root, self.documents, self.site)
    }

    /// Looks at the configuration that the text belongs to.
    pub(super) fn with_conf<T>(&self, look: impl FnOnce(&Sources, &Ini<'_>) -> Option<T>) -> Option<T> {
        let files = self.files();
        let context = check::context(&files, self.site);
        let mut sources = Sources::new();
        let text = files.read(self.root).ok()?;
        let loaded = include::load(&mut sources, self.root, text, &context);
        let ini = loaded.ini(&sources, &context);
        look(&sources, &ini)
    }
}
