//! ARCHITECTURE.md lists the layers of the core. Every file is in one of them and imports downwards only, and no two files
//! of the core, the drivers or the sandbox import each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use wechatpay_conformance::sources;

/// The sources of a crate: paths below `src`, and what each file says.
type Sources = BTreeMap<String, String>;

/// A path into modules, without `crate`.
type ModulePath = Vec<String>;

#[test]
fn the_core_imports_downwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let layers = layers(&architecture);
    assert!(layers.len() > 10, "the table of layers was not found: {layers:?}");
    let problems = upward(&layers, &read(&root.join("core/src")));
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn no_files_import_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["core", "transport-ureq", "transport-hyper", "tests/sandbox"] {
        let circles = circles(&imports(&read(&root.join(folder).join("src"))));
        assert!(circles.is_empty(), "{folder}: {circles:#?}");
    }
}

/// A made-up crate in which `low` is the lowest layer.
fn made_up(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn an_upward_import_is_reported_with_both_files() {
    let layers = ["low/".to_owned(), "middle.rs".to_owned(), "lib.rs".to_owned()];
    let honest = [
        ("lib.rs", "mod low; mod middle; pub use middle::Middle;"),
        ("low/mod.rs", "mod deep; pub(crate) use deep::Deep;"),
        ("low/deep.rs", "pub(crate) struct Deep; // crate::middle is above"),
        (
            "middle.rs",
            "use crate::low::Deep; pub struct Middle(Deep);\n#[cfg(test)] mod tests { use crate::high::X; }",
        ),
    ];
    assert_eq!(upward(&layers, &made_up(&honest)), [""; 0]);
    for violation in [
        "use crate::middle::Middle; pub(crate) struct Deep;",
        "use crate::{middle::{Middle}}; pub(crate) struct Deep;",
        "pub(crate) struct Deep(crate::middle::Middle);",
        "pub(crate) struct Deep(super::super::middle::Middle);",
        "pub(crate) struct Deep; mod inside { use super::super::super::middle::Middle; }",
        "pub(crate) struct Deep; macro_rules! up { () => { $crate::middle::Middle } }",
        "pub(crate) struct Deep(crate::Middle);",
    ] {
        let mut sources = made_up(&honest);
        sources.insert("low/deep.rs".to_owned(), violation.to_owned());
        let problems = upward(&layers, &sources);
        assert_eq!(problems, ["low/deep.rs imports middle.rs, which is above it"], "{violation}");
    }
    let mut sources = made_up(&honest);
    sources.insert("new.rs".to_owned(), String::new());
    assert_eq!(upward(&layers, &sources), ["new.rs is in no layer"]);
}

#[test]
fn a_circle_is_reported_with_all_its_files() {
    let sources = made_up(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn c() -> super::c::C { super::c::C }"),
        ("c.rs", "pub struct C; impl C { fn a(&self, _: &crate::a::A) {} }"),
    ]);
    assert_eq!(circles(&imports(&sources)), ["a.rs, b.rs, c.rs"]);
    // A parent that uses its child, which uses what the parent defines.
    let sources = made_up(&[
        ("lib.rs", "mod p;"),
        ("p/mod.rs", "mod child; use child::Child; pub struct Parent(Child);"),
        ("p/child.rs", "pub struct Child; fn up(_: super::Parent) {}"),
    ]);
    assert_eq!(circles(&imports(&sources)), ["p/child.rs, p/mod.rs"]);
}

/// Files and folders by layer, the lowest first, out of the table between the headings of the layers.
fn layers(architecture: &str) -> Vec<String> {
    let table = architecture.split("## Layers of the core").nth(1).unwrap_or_default();
    let table = table.split("\n## ").next().unwrap_or_default();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(layer, _)| layer.to_owned()).collect()
}

/// What is wrong: files in no layer, and imports of a file in a higher layer.
fn upward(layers: &[String], sources: &Sources) -> Vec<String> {
    let layer = |file: &str| {
        layers
            .iter()
            .position(|layer| *layer == file || layer.ends_with('/') && file.starts_with(layer.as_str()))
    };
    let homeless =
        sources.keys().filter(|file| layer(file).is_none()).map(|file| format!("{file} is in no layer"));
    let imports = imports(sources);
    let edges = imports.iter().flat_map(|(file, targets)| targets.iter().map(move |target| (file, target)));
    let upward = edges.filter(|(file, target)| layer(target) > layer(file));
    homeless
        .chain(upward.map(|(file, target)| format!("{file} imports {target}, which is above it")))
        .collect()
}

/// Groups of files that import each other, directly or through others.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reach = |from: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(file) = next.pop() {
            for target in imports.get(&file).into_iter().flatten() {
                if seen.insert(target.clone()) {
                    next.push(target.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        imports.keys().map(|file| (file, reach(file))).collect();
    let circles: BTreeSet<Vec<&str>> = reached
        .iter()
        .filter(|(file, targets)| targets.contains(**file))
        .map(|(file, targets)| {
            let back = |target: &&String| reached.get(target).is_some_and(|reached| reached.contains(*file));
            targets.iter().filter(back).map(String::as_str).collect()
        })
        .collect();
    circles.into_iter().map(|files| files.join(", ")).collect()
}

fn read(folder: &Path) -> Sources {
    let name = |path: &Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    sources(folder).iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// Which files each file imports. A `mod.rs` or `lib.rs` that defines nothing only passes names on: what is imported
/// through it is the file that defines the name.
fn imports(sources: &Sources) -> BTreeMap<String, BTreeSet<String>> {
    let files: BTreeMap<ModulePath, File> = sources
        .iter()
        // A program is a crate of its own, which uses the library like any other.
        .filter(|(path, _)| *path != "main.rs")
        .map(|(path, text)| (module_path(path), File::parse(path, text)))
        .collect();
    let for_tests = |module: &ModulePath| {
        let parent = module.split_last().and_then(|(name, parent)| Some((name, files.get(parent)?)));
        parent.is_some_and(|(name, parent)| !parent.children.contains(name))
    };
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, file) in files.iter().filter(|(module, _)| !for_tests(module)) {
        let targets = imports.entry(file.path.clone()).or_default();
        for path in file.paths.iter().filter(|_| !file.passes_on()) {
            targets.extend(resolve(&files, module, path).into_iter().filter(|target| *target != file.path));
        }
    }
    imports
}

fn module_path(file: &str) -> ModulePath {
    let stem = file.strip_suffix(".rs").unwrap();
    let stem = stem.strip_suffix("/mod").unwrap_or(if stem == "lib" || stem == "mod" { "" } else { stem });
    stem.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The files in which what a path names is defined.
fn resolve(files: &BTreeMap<ModulePath, File>, module: &[String], path: &Import) -> Vec<String> {
    let mut at: ModulePath = match path.supers {
        None => Vec::new(),
        Some(supers) => module[..module.len().saturating_sub(supers)].to_vec(),
    };
    let mut names = path.names.iter();
    let name = loop {
        match names.next() {
            Some(name) => {
                at.push(name.clone());
                if !files.contains_key(&at) {
                    at.pop();
                    break Some(name);
                }
            }
            None => break None,
        }
    };
    let Some(file) = files.get(&at) else { return Vec::new() };
    if !file.passes_on() || name.is_none() && at == module {
        return vec![file.path.clone()];
    }
    let below = |candidate: &&File, module: &ModulePath| module.starts_with(&at) && !candidate.passes_on();
    let defines =
        |candidate: &&File| name.is_some_and(|name| name == "*" || candidate.defines.contains(name));
    let found: Vec<String> = files
        .iter()
        .filter(|(module, candidate)| below(candidate, module) && defines(candidate))
        .map(|(_, candidate)| candidate.path.clone())
        .collect();
    if !found.is_empty() {
        return found;
    }
    // Passed on from elsewhere.
    files.values().filter(defines).map(|candidate| candidate.path.clone()).collect()
}

/// A path that begins with `crate`, `super` or the name of a child.
#[derive(Debug)]
struct Import {
    /// How many modules up it begins; `None` at the root.
    supers: Option<usize>,
    names: ModulePath,
}

struct File {
    path: String,
    paths: Vec<Import>,
    defines: BTreeSet<String>,
    children: BTreeSet<String>,
}

impl File {
    fn parse(path: &str, text: &str) -> Self {
        let tokens = TokenStream::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let tokens = without_tests(tokens);
        let mut file = Self {
            path: path.to_owned(),
            paths: Vec::new(),
            defines: BTreeSet::new(),
            children: BTreeSet::new(),
        };
        file.declarations(&tokens);
        file.walk(&tokens, 0);
        file
    }

    /// Whether it is a `mod.rs` or `lib.rs` without anything of its own.
    fn passes_on(&self) -> bool {
        let facade = ["mod.rs", "lib.rs"].contains(&self.path.rsplit('/').next().unwrap());
        facade && self.defines.iter().all(|name| name.starts_with("macro "))
    }

    /// What the file defines, whatever macro it is written in, and which modules have files of their own.
    fn declarations(&mut self, tokens: &[TokenTree]) {
        for (at, token) in tokens.iter().enumerate() {
            let next = |offset: usize| tokens.get(at + offset).map(ToString::to_string).unwrap_or_default();
            match token.to_string().as_str() {
                "mod" if next(2) == ";" => drop(self.children.insert(next(1))),
                "struct" | "enum" | "trait" | "type" | "const" | "static" | "fn" | "union" | "mod" => {
                    self.defines.insert(next(1));
                }
                "impl" => drop(self.defines.insert("impl".to_owned())),
                "macro_rules" => {
                    self.defines.insert(format!("macro {}", next(2)));
                    self.defines.extend((!self.path.ends_with("mod.rs")).then(|| next(2)));
                }
                // Identifiers are defined by a macro that takes a name and no more.
                "id" if next(1) == "!" => {
                    if let Some(TokenTree::Group(group)) = tokens.get(at + 2) {
                        let names =
                            group.stream().into_iter().filter(|token| matches!(token, TokenTree::Ident(_)));
                        self.defines.extend(names.take(1).map(|name| name.to_string()));
                    }
                }
                _ => {}
            }
            if let TokenTree::Group(group) = token
                && group.delimiter() == Delimiter::Brace
            {
                let macro_rules = at >= 3 && tokens[at - 3].to_string() == "macro_rules";
                if !macro_rules {
                    self.declarations(&group.stream().into_iter().collect::<Vec<_>>());
                }
            }
        }
    }

    /// Collects paths. `depth` is how many modules without a file of their own are around them.
    fn walk(&mut self, tokens: &[TokenTree], depth: usize) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let begins = |name: &str| is_path(tokens, at) && token.to_string() == name;
            if begins("crate") {
                at += 3;
                self.names(tokens, &mut at, None, Vec::new());
            } else if begins("super") {
                let up = tokens[at..].chunks(3).take_while(|parts| parts[0].to_string() == "super").count();
                at += 3 * up;
                // Up to a module within the same file it is no import.
                match up.checked_sub(depth) {
                    Some(up) if up > 0 => self.names(tokens, &mut at, Some(up), Vec::new()),
                    _ => {}
                }
            } else if is_path(tokens, at) && self.children.contains(&token.to_string()) {
                self.names(tokens, &mut at, Some(0), Vec::new());
            } else {
                if let TokenTree::Group(group) = token {
                    let module = at >= 2 && tokens[at - 2].to_string() == "mod";
                    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                    self.walk(&tokens, depth + usize::from(module));
                }
                at += 1;
            }
        }
    }

    /// Takes the names of a path, and of each branch of a tree in braces.
    fn names(&mut self, tokens: &[TokenTree], at: &mut usize, supers: Option<usize>, mut names: ModulePath) {
        loop {
            match tokens.get(*at) {
                Some(TokenTree::Ident(name)) => {
                    names.push(name.to_string());
                    *at += 1;
                    if !(matches!(tokens.get(*at), Some(TokenTree::Punct(colon)) if colon.as_char() == ':')
                        && matches!(tokens.get(*at + 1), Some(TokenTree::Punct(colon)) if colon.as_char() == ':'))
                    {
                        break;
                    }
                    *at += 2;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    names.push("*".to_owned());
                    *at += 1;
                    break;
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    let tree: Vec<TokenTree> = group.stream().into_iter().collect();
                    for branch in
                        tree.split(|token| token.to_string() == ",").filter(|branch| !branch.is_empty())
                    {
                        self.names(branch, &mut 0, supers, names.clone());
                    }
                    *at += 1;
                    return;
                }
                _ => break,
            }
        }
        self.paths.push(Import { supers, names });
    }
}

/// Whether a name with `::` behind it stands here.
fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |offset| matches!(tokens.get(at + offset), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
    let continues = at >= 2
        && matches!(&tokens[at - 1], TokenTree::Punct(colon) if colon.as_char() == ':')
        && matches!(&tokens[at - 2], TokenTree::Punct(colon) if colon.as_char() == ':');
    matches!(tokens.get(at), Some(TokenTree::Ident(_))) && colon(1) && colon(2) && !continues
}

/// All items but those that are compiled for tests only.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = token.to_string() == "#" && tokens.peek().is_some_and(is_for_tests);
        if !attribute {
            kept.push(token);
            continue;
        }
        // The item ends with its body or a semicolon.
        for token in tokens.by_ref() {
            let body = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            if body || token.to_string() == ";" {
                break;
            }
        }
    }
    kept
}

/// Whether an attribute's brackets hold `cfg(test)` or `cfg(all(test, …))`.
fn is_for_tests(attribute: &TokenTree) -> bool {
    let text: String = attribute.to_string().split_whitespace().collect();
    text == "[cfg(test)]" || text.starts_with("[cfg(all(test,")
}
