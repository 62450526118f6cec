//! The walls of the house: which file imports which, read from every path that is written in `src/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The wings, from the ground up. A wing imports from itself and from those before it.
const WINGS: [&str; 8] = ["base", "text", "site", "desk", "features", "front", "routes", "server"];

/// The path of a module, such as `site::edition`.
type Module = Vec<String>;

/// Every module of the library with its text, and the modules that it names.
struct House {
    texts: BTreeMap<Module, String>,
    imports: BTreeMap<Module, BTreeSet<Module>>,
}

impl House {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut texts = BTreeMap::new();
        for file in rust_files(&root) {
            let path = file.strip_prefix(&root).unwrap().with_extension("");
            let mut module: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if module.iter().any(|part| part == "tests") || module == ["main"] {
                continue;
            }
            if module.last().is_some_and(|last| last == "mod" || last == "lib") {
                module.pop();
            }
            texts.insert(module, without_comments_and_tests(&fs::read_to_string(&file).unwrap()));
        }
        let imports = texts.iter().map(|(module, text)| (module.clone(), imports(module, text, &texts))).collect();
        Self { texts, imports }
    }

    /// All pairs of a module and one that it names.
    fn pairs(&self) -> impl Iterator<Item = (&Module, &Module)> {
        self.imports.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
    }

    /// Tells whether one module leads to another by way of imports.
    fn leads_to(&self, from: &Module, to: &Module) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            if module == to {
                return true;
            }
            if seen.insert(module) {
                open.extend(self.imports.get(module).into_iter().flatten());
            }
        }
        false
    }

    fn upward(&self) -> Vec<String> {
        let floor = |module: &Module| WINGS.iter().position(|wing| module.first().is_some_and(|first| first == wing));
        let pairs = self.pairs().filter(|(from, to)| floor(from).zip(floor(to)).is_some_and(|(from, to)| from < to));
        pairs.map(|(from, to)| format!("{} imports upward from {}", name(from), name(to))).collect()
    }

    fn circles(&self) -> Vec<String> {
        let pairs = self.pairs().filter(|(from, to)| self.leads_to(to, from));
        pairs.map(|(from, to)| format!("{} imports {}, which leads back to it", name(from), name(to))).collect()
    }

    /// Features that use what another feature keeps for its own requests.
    fn uses_of_handlers(&self) -> Vec<String> {
        let feature = |module: &Module| (module.len() > 1 && module[0] == "features").then(|| module[1].clone());
        let pairs = self.pairs().filter(|(from, to)| {
            feature(from).zip(feature(to)).is_some_and(|(one, other)| one != other) && self.handles_requests(to)
        });
        pairs.map(|(from, to)| format!("{} uses the handlers of {}", name(from), name(to))).collect()
    }

    fn handles_requests(&self, module: &Module) -> bool {
        let text = &self.texts[module];
        module.iter().any(|part| part == "public" || part == "staff")
            || text.contains("State<Desk>")
            || text.contains("State<Site>")
    }
}

fn name(module: &Module) -> String {
    module.join("::")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text of a file without lines that are comments, and up to the module of its tests.
fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that a module names, in `use` or elsewhere: by `crate`, by `super` or `self`, by the name of a module of its own, or by
/// a name that it has from a `use`.
fn imports(module: &Module, text: &str, texts: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let (mut used, mut paths) = (Vec::new(), Vec::new());
    for statement in text.split(';') {
        match statement.rsplit_once("use ") {
            Some((before, tree)) if tree.contains("::") => {
                paths.extend(words(before));
                flatten("", tree, &mut used);
            }
            _ => paths.extend(words(statement)),
        }
    }
    let mut targets = BTreeSet::new();
    let mut known = BTreeMap::new();
    for tree in &used {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, tree.rsplit("::").next().unwrap_or_default()));
        if let Some(target) = resolve(module, path, &known, texts) {
            if target.last().is_some_and(|last| path.ends_with(last)) {
                known.insert(alias.to_owned(), target.clone());
            }
            targets.insert(target);
        }
    }
    targets.extend(paths.iter().filter_map(|path| resolve(module, path, &known, texts)));
    targets.remove(module);
    targets
}

fn words(text: &str) -> Vec<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    text.split(|letter| !is_part(letter)).filter(|word| word.contains("::")).map(ToOwned::to_owned).collect()
}

/// The paths of a tree such as `a::{b, c::{d, e}}`.
fn flatten(before: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((head, rest)) = tree.split_once('{') else {
        paths.push(format!("{before}{}", tree.trim()));
        return;
    };
    let before = format!("{before}{}", head.trim());
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in inner.char_indices().chain([(inner.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                flatten(&before, &inner[start..at], paths);
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The module that a path leads to: the longest part of it that is one.
fn resolve(
    module: &Module,
    path: &str,
    known: &BTreeMap<String, Module>,
    texts: &BTreeMap<Module, String>,
) -> Option<Module> {
    let mut parts = path.split("::").peekable();
    let mut target: Module = match *parts.peek()? {
        "crate" => Module::new(),
        "self" | "super" => module.clone(),
        name if known.contains_key(name) => {
            parts.next();
            known[name].clone()
        }
        name if texts.contains_key(&[module.as_slice(), &[name.to_owned()]].concat()) => module.clone(),
        _ => return None,
    };
    let mut found = texts.contains_key(&target).then(|| target.clone());
    for part in parts {
        match part {
            "crate" | "self" => {}
            "super" => {
                target.pop();
            }
            part => target.push(part.to_owned()),
        }
        if texts.contains_key(&target) {
            found = Some(target.clone());
        }
    }
    found.filter(|found| !found.is_empty())
}

fn said(problems: &[String]) -> String {
    problems.join("\n")
}

#[test]
fn no_file_imports_upward() {
    let upward = House::read().upward();
    eprintln!("imports upward: {}", upward.len());
    assert!(upward.is_empty(), "{}", said(&upward));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let house = House::read();
    let circles = house.circles();
    eprintln!("imports that are part of a circle, among {} files: {}", house.texts.len(), circles.len());
    assert!(circles.is_empty(), "{}", said(&circles));
}

#[test]
fn no_feature_uses_the_handlers_of_another() {
    let uses = House::read().uses_of_handlers();
    assert!(uses.is_empty(), "{}", said(&uses));
}

/// The files of features that ask which edition is in force: work that no request began, and what has just published something itself.
const LOAD_EDITIONS: [&str; 5] = [
    "publishing::came_into_force",
    "publishing::review_reminders",
    "publishing::staff::publish",
    "publishing::store",
    "search::index",
];

#[test]
fn a_request_is_answered_from_one_edition() {
    let house = House::read();
    let loads = |module: &Module| house.texts[module].contains(".edition()");
    let is_of_feature = |module: &Module| module.first().is_some_and(|wing| wing == "features");
    let features = house.texts.keys().filter(|module| is_of_feature(module) && loads(module));
    let found: Vec<String> = features.map(|module| name(module).replacen("features::", "", 1)).collect();
    assert_eq!(found, LOAD_EDITIONS, "handlers take SiteNow or DeskNow, and pass its edition on");
}

#[test]
fn every_import_that_the_test_reads_leads_somewhere() {
    let house = House::read();
    let names = |from: &str, to: &str| {
        let module = |path: &str| path.split("::").map(ToOwned::to_owned).collect::<Module>();
        house.imports[&module(from)].contains(&module(to))
    };
    assert!(names("server", "routes::public"), "a group of names in one `use`");
    assert!(names("site::subject", "site::model"), "one name in one `use`");
    assert!(names("routes::staff", "features::editor::list"), "a path in the middle of code, by a name from a `use`");
    assert!(!names("site::subject", "desk::paths"));
}

#[test]
fn a_module_is_named_from_the_root_and_a_folder_has_a_mod_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let climb = ["super", "super"].join("::");
    for file in rust_files(&root.join("src")).into_iter().chain(rust_files(&root.join("tests"))) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&climb), "{} climbs by {climb}: write crate::…", file.display());
        let has_folder = file.starts_with(root.join("src")) && file.with_extension("").is_dir();
        assert!(!has_folder, "{} stands beside its folder: make it mod.rs", file.display());
    }
}

#[test]
fn every_file_that_the_architecture_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let pieces = page.split('`').skip(1).step_by(2);
    let is_file = |piece: &&str| piece.contains('/') && Path::new(piece).extension().is_some_and(|end| end == "rs");
    let named: BTreeSet<&str> = pieces.filter(is_file).collect();
    let missing = |path: &&str| !["", "src"].iter().any(|folder| root.join(folder).join(path).is_file());
    let gone: Vec<&str> = named.iter().copied().filter(missing).collect();
    assert!(named.len() > 40 && gone.is_empty(), "docs/architecture.md names {gone:?}, of {} files", named.len());
}

#[test]
fn every_dependency_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let text_of = |folder: &str| -> String {
        rust_files(&root.join(folder)).iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    };
    let (program, tests) = (text_of("src"), text_of("tests"));
    let unused = |section: &str, text: &str| -> Vec<String> {
        let names = manifest[section].as_table().unwrap().keys().cloned();
        names.filter(|name| !text.contains(&format!("{}::", name.replace('-', "_")))).collect()
    };
    assert_eq!(unused("dependencies", &program), Vec::<String>::new(), "no file of src/ names these");
    assert_eq!(unused("dev-dependencies", &tests), Vec::<String>::new(), "no file of tests/ names these");
}
