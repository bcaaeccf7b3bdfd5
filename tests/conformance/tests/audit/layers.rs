//! `ARCHITECTURE.md` lists the layers of the core. Every file of the core belongs to a layer and imports from its own
//! or lower layers only. No two files of the core, the drivers or the sandbox import each other, directly or
//! indirectly.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use proc_macro2::{TokenStream, TokenTree};

use crate::*;

/// The files of a crate, by path relative to `src`.
type Crate = BTreeMap<String, File>;

#[test]
fn core_files_import_from_lower_layers_only() {
    let architecture = std::fs::read_to_string(workspace("ARCHITECTURE.md")).unwrap();
    let layers = layers(&architecture);
    assert!(layers.len() > 10, "the table of layers was not found: {layers:?}");
    let problems = upward(&layers, &read("core"));
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn no_files_import_each_other() {
    for folder in ["core", "transport-ureq", "transport-hyper", "tests/sandbox", "cli"] {
        let files = read(folder);
        let (mixed, cycles) = (mixed(&files), cycles(&files));
        assert!(mixed.is_empty() && cycles.is_empty(), "{folder}: {mixed:#?} {cycles:#?}");
    }
}

#[test]
fn an_upward_import_is_reported_with_both_files() {
    let layers = ["low/", "middle.rs", "lib.rs"].map(str::to_owned);
    let with = |deep| {
        crate_of(&[
            ("lib.rs", "mod low; mod middle; pub use middle::Middle;"),
            ("low/mod.rs", "mod deep; pub(crate) use deep::Deep;"),
            ("low/deep.rs", deep),
            ("middle.rs", "use crate::low::Deep; pub struct Middle(Deep);"),
        ])
    };
    for allowed in [
        "pub struct Deep; // crate::middle::Middle is above",
        "pub struct Deep; #[cfg(test)] mod tests { use crate::middle::Middle; }",
        "pub struct Deep; mod inside { use super::Deep; }",
    ] {
        assert_eq!(upward(&layers, &with(allowed)), [""; 0], "{allowed}");
    }
    for violation in [
        "use crate::middle::Middle; pub struct Deep;",
        "use crate::{middle::{Middle}}; pub struct Deep;",
        "pub struct Deep(crate::Middle);",
        "pub struct Deep(super::super::middle::Middle);",
        "pub struct Deep; mod inside { use super::super::super::middle::Middle; }",
        "pub struct Deep; macro_rules! up { () => { $crate::middle::Middle } }",
    ] {
        let expected = ["low/deep.rs imports middle.rs, which is above it"];
        assert_eq!(upward(&layers, &with(violation)), expected, "{violation}");
    }
    let unlisted = crate_of(&[("lib.rs", "mod new;"), ("new.rs", "")]);
    assert_eq!(upward(&layers, &unlisted), ["new.rs is in no layer"]);
}

#[test]
fn an_import_cycle_is_reported_with_all_its_files() {
    let files = crate_of(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn c() -> super::c::C { super::c::C }"),
        ("c.rs", "pub struct C; impl C { fn a(&self, _: &crate::a::A) {} }"),
        ("d.rs", "use crate::a::A; pub struct D(A);"),
    ]);
    assert_eq!(cycles(&files), ["a.rs, b.rs, c.rs"]);
    // If a parent module defined something that its child imports, the cycle would not be visible in the paths.
    let parent = crate_of(&[("lib.rs", "mod a; use a::A; pub struct Parent(A);"), ("a.rs", "pub struct A;")]);
    assert_eq!(mixed(&parent), ["lib.rs declares modules and defines Parent"]);
}

fn crate_of(files: &[(&str, &str)]) -> Crate {
    files.iter().map(|(path, text)| ((*path).to_owned(), File::parse(path, text))).collect()
}

fn read(krate: &str) -> Crate {
    let folder = workspace(krate).join("src");
    let files = sources(&folder).into_iter().map(|path| {
        let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        let file = File::parse(&name, &std::fs::read_to_string(&path).unwrap());
        (name, file)
    });
    // The program is a separate crate.
    files.filter(|(name, _)| name != "main.rs").collect()
}

/// The files and folders that form the layers, lowest first.
fn layers(architecture: &str) -> Vec<String> {
    let section = architecture.split("## Layers of the core").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(layer, _)| layer.to_owned()).collect()
}

/// Reports files in no layer, and imports from a higher layer.
fn upward(layers: &[String], files: &Crate) -> Vec<String> {
    let holds = |layer: &String, file: &str| layer == file || layer.ends_with('/') && file.starts_with(layer);
    let layer = |file: &str| layers.iter().position(|layer| holds(layer, file));
    let unlisted =
        files.keys().filter(|file| layer(file).is_none()).map(|file| format!("{file} is in no layer"));
    let imports = imports(files);
    let edges = imports.iter().flat_map(|(file, targets)| targets.iter().map(move |target| (file, target)));
    let upward = edges.filter(|(file, target)| layer(target) > layer(file));
    unlisted
        .chain(upward.map(|(file, target)| format!("{file} imports {target}, which is above it")))
        .collect()
}

/// Reports files that both declare modules and define items.
fn mixed(files: &Crate) -> Vec<String> {
    let parents = files.iter().filter(|(_, file)| !file.children.is_empty());
    let mixed = parents.filter_map(|(path, file)| Some((path, file.defines.first()?)));
    mixed.map(|(path, name)| format!("{path} declares modules and defines {name}")).collect()
}

/// Reports groups of files that import each other, directly or indirectly.
fn cycles(files: &Crate) -> Vec<String> {
    let mut reached = imports(files);
    // Each round adds the imports of imported files, until nothing changes.
    loop {
        let before = reached.clone();
        for targets in reached.values_mut() {
            targets.extend(targets.clone().iter().filter_map(|target| before.get(target)).flatten().cloned());
        }
        if reached == before {
            break;
        }
    }
    let cycle = |(file, targets): (&String, &BTreeSet<String>)| {
        let back = |target: &&String| reached.get(*target).is_some_and(|targets| targets.contains(file));
        targets.contains(file).then(|| targets.iter().filter(back).cloned().collect::<Vec<_>>().join(", "))
    };
    reached.iter().filter_map(cycle).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The files that each file imports. A file that declares modules only re-exports names, so an import through it counts
/// as an import of the file that defines the name.
fn imports(files: &Crate) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeMap<Vec<String>, &String> = files.keys().map(|path| (module(path), path)).collect();
    let for_tests = |path: &str| {
        let module = module(path);
        let Some((name, parent)) = module.split_last() else { return false };
        modules.get(parent).is_some_and(|parent| !files[*parent].children.contains(name))
    };
    let importing = files.iter().filter(|(path, file)| file.children.is_empty() && !for_tests(path));
    importing
        .map(|(path, file)| {
            let targets = file.imports.iter().flat_map(|names| {
                let known = (0..=names.len()).rev().find(|len| modules.contains_key(&names[..*len])).unwrap();
                let at = modules[&names[..known]];
                match names.get(known) {
                    Some(name) if !files[at].children.is_empty() => definitions(files, &names[..known], name),
                    _ => vec![at.clone()],
                }
            });
            (path.clone(), targets.filter(|target| target != path).collect())
        })
        .collect()
}

/// The files below a module that define a name, or if there are none, all files that define it.
fn definitions(files: &Crate, below: &[String], name: &str) -> Vec<String> {
    let defines = |file: &File| name == "*" && file.children.is_empty() || file.defines.contains(name);
    let (below, elsewhere): (Vec<_>, Vec<_>) = files
        .iter()
        .filter(|(_, file)| defines(file))
        .map(|(path, _)| path.clone())
        .partition(|path| module(path).starts_with(below));
    if below.is_empty() { elsewhere } else { below }
}

/// The module path of a file.
fn module(file: &str) -> Vec<String> {
    let parts = file.strip_suffix(".rs").unwrap().split('/');
    parts.filter(|part| !["mod", "lib"].contains(part)).map(str::to_owned).collect()
}

#[derive(Default)]
struct File {
    /// Paths that begin with `crate` or `super`, relative to the root of the crate.
    imports: Vec<Vec<String>>,
    defines: BTreeSet<String>,
    /// Modules in separate files, except those for tests only.
    children: BTreeSet<String>,
}

impl File {
    fn parse(path: &str, text: &str) -> Self {
        let tokens = TokenStream::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut file = Self::default();
        file.walk(&without_tests(tokens), &module(path));
        file
    }

    /// Collects imports, definitions and modules from these tokens of `module`.
    fn walk(&mut self, tokens: &[TokenTree], module: &[String]) {
        let text = |at: usize| tokens.get(at).map(ToString::to_string).unwrap_or_default();
        let is_path = |at: usize| text(at + 1) == ":" && text(at + 2) == ":";
        let mut at = 0;
        while at < tokens.len() {
            match text(at).as_str() {
                "crate" if is_path(at) => self.import(&tokens[at + 3..], Vec::new()),
                "super" if is_path(at) => {
                    let up = (0..).take_while(|n| text(at + 3 * n) == "super" && is_path(at + 3 * n)).count();
                    at += 3 * (up - 1);
                    self.import(&tokens[at + 3..], module[..module.len().saturating_sub(up)].to_vec());
                }
                "mod" if text(at + 2) == ";" => drop(self.children.insert(text(at + 1))),
                "struct" | "enum" | "trait" | "type" | "const" | "static" | "fn" | "union" => {
                    self.defines.insert(text(at + 1));
                }
                "macro_rules" if text(at + 1) == "!" => {
                    // Macros in a file that declares modules only generate those declarations.
                    let defined = self.children.is_empty().then(|| text(at + 2));
                    self.defines.extend(defined);
                    if let Some(TokenTree::Group(rules)) = tokens.get(at + 3) {
                        let mut rules_only = Self::default();
                        rules_only.walk(&rules.stream().into_iter().collect::<Vec<_>>(), module);
                        self.imports.extend(rules_only.imports);
                    }
                    at += 3;
                }
                _ => {}
            }
            if let Some(TokenTree::Group(group)) = tokens.get(at) {
                let mut inside = module.to_vec();
                inside.extend((at >= 2 && text(at - 2) == "mod").then(|| text(at - 1)));
                let group: Vec<TokenTree> = group.stream().into_iter().collect();
                // `id!` defines the type it names.
                if at >= 2 && text(at - 2) == "id" && text(at - 1) == "!" {
                    let name = group.iter().find(|token| matches!(token, TokenTree::Ident(_)));
                    self.defines.extend(name.map(ToString::to_string));
                }
                self.walk(&group, &inside);
            }
            at += 1;
        }
    }

    /// Adds a path, or each path of a group in braces.
    fn import(&mut self, tokens: &[TokenTree], mut names: Vec<String>) {
        match tokens {
            [TokenTree::Group(tree), ..] => {
                let tree: Vec<TokenTree> = tree.stream().into_iter().collect();
                for branch in tree.split(|token| token.to_string() == ",").filter(|branch| !branch.is_empty())
                {
                    self.import(branch, names.clone());
                }
            }
            [name, colon, _, rest @ ..] if colon.to_string() == ":" => {
                names.push(name.to_string());
                self.import(rest, names);
            }
            [name, ..] => {
                names.push(name.to_string());
                self.imports.push(names);
            }
            [] => {}
        }
    }
}

/// Removes the items that are compiled for tests only, from their attribute to the end of their body.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let is_cfg_test = |attribute: &TokenTree| {
        let text: String = attribute.to_string().split_whitespace().collect();
        text == "[cfg(test)]" || text.starts_with("[cfg(all(test,")
    };
    let ends_item = |token: &TokenTree| {
        let text = token.to_string();
        text == ";" || text.starts_with('{')
    };
    let (mut kept, mut tokens) = (Vec::new(), tokens.into_iter().peekable());
    while let Some(token) = tokens.next() {
        if token.to_string() == "#" && tokens.peek().is_some_and(is_cfg_test) {
            tokens.by_ref().find(ends_item);
        } else {
            kept.push(token);
        }
    }
    kept
}
