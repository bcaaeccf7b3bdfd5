use std::io;

use zeroize::Zeroizing;

use super::content::{Content, Name, is_content, shown_path};
use super::error::SettingProblem;

type Get<'a> = &'a mut dyn FnMut(&str) -> Option<Vec<u8>>;
type ReadFile<'a> = &'a mut dyn FnMut(&str) -> io::Result<Vec<u8>>;

/// Reads the values of variables and the files they name, and collects the problems.
pub(super) struct Reader<'a> {
    get: Get<'a>,
    read_file: ReadFile<'a>,
    pub(super) problems: Vec<SettingProblem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: Get<'a>, read_file: ReadFile<'a>) -> Self {
        Self { get, read_file, problems: Vec::new() }
    }

    pub(super) fn problem(&mut self, problem: SettingProblem) {
        self.problems.push(problem);
    }

    /// Returns a value. `None` if it is not set, or is empty apart from white space.
    fn bytes(&mut self, variable: &str) -> Option<Zeroizing<Vec<u8>>> {
        let value = Zeroizing::new((self.get)(variable)?);
        (!value.trim_ascii().is_empty()).then_some(value)
    }

    /// Returns a value that is text, without the white space around it.
    pub(super) fn text(&mut self, variable: &'static str) -> Option<Zeroizing<String>> {
        let value = self.bytes(variable)?;
        match std::str::from_utf8(value.trim_ascii()) {
            Ok(text) => Some(Zeroizing::new(text.to_owned())),
            Err(_) => {
                self.problem(SettingProblem::new(variable, "is not valid UTF-8"));
                None
            }
        }
    }

    /// Returns a content that is given directly or in a file. If it cannot be read, that is a problem, and the content
    /// is empty.
    pub(super) fn content(&mut self, name: Name) -> Option<Content> {
        let inline = self.bytes(name.inline);
        let Some(file) = self.bytes(name.file) else {
            return inline.map(|bytes| Content::inline(name, bytes));
        };
        if inline.is_some() {
            let problem = format!("and {} are both set; set only one of them", name.file);
            self.problem(SettingProblem::new(name.inline, problem));
            return Some(Content::inline(name, Zeroizing::default()));
        }
        let read = self.read(name, &file);
        let (path, bytes) = match read {
            Ok((path, bytes)) => (path, bytes),
            Err(problem) => {
                self.problem(problem);
                Default::default()
            }
        };
        Some(Content::of_file(name, &path, bytes))
    }

    fn read(
        &mut self,
        name: Name,
        value: &[u8],
    ) -> Result<(Zeroizing<String>, Zeroizing<Vec<u8>>), SettingProblem> {
        let problem = |text: String| SettingProblem::new(name.file, text);
        let content = || {
            problem(format!(
                "must be the path of a file, but the value looks like the content of a key; use {} for the content",
                name.inline
            ))
        };
        let Ok(path) = std::str::from_utf8(value.trim_ascii()) else {
            return Err(problem("must be the path of a file, but the value is not valid UTF-8".to_owned()));
        };
        // No file has such a name, and the name must not reach whatever logs accesses to files.
        if path.contains("-----BEGIN") || path.contains(['\n', '\r', '\0']) {
            return Err(content());
        }
        match (self.read_file)(path) {
            Ok(bytes) => Ok((Zeroizing::new(path.to_owned()), Zeroizing::new(bytes))),
            Err(_) if is_content(path) => Err(content()),
            Err(error) => Err(match shown_path(path) {
                Some(path) => problem(format!("({path}) cannot be read")).because(error),
                None => problem("names a file that cannot be read".to_owned()).because(error),
            }),
        }
    }
}
