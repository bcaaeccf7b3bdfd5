//! Reads the public types of a crate from its sources: their names, their fields in JSON, and what their `Debug` shows.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Field, Fields, Ident, Item, ItemEnum, ItemStruct, LitStr, Meta, Token, Type, Visibility,
};

/// A public struct or enumeration.
#[derive(Debug, PartialEq)]
pub struct PublicType {
    /// The aliases under which its documentation is found.
    pub aliases: Vec<String>,
    /// The names of its public fields in JSON, including aliases that are only read.
    pub fields: Vec<String>,
    /// What its `Debug` shows.
    pub debug: Shows,
}

/// What a `Debug` implementation shows.
#[derive(Debug, PartialEq)]
pub enum Shows {
    /// Nothing: the type does not implement `Debug`.
    Nothing,
    /// What the types with these names show: `Debug` is derived.
    Fields(BTreeSet<String>),
    /// The name of a known value, or the received text (`open_enum!`).
    Text,
    /// Unknown: `Debug` is implemented by hand.
    ByHand,
}

/// The public types by name, from the sources in a folder and its subfolders.
pub fn public_types(folder: &Path) -> BTreeMap<String, PublicType> {
    read(crate::sources(folder).iter().map(|path| std::fs::read_to_string(path).unwrap()))
}

fn read(files: impl Iterator<Item = String>) -> BTreeMap<String, PublicType> {
    let (mut types, mut by_hand) = (BTreeMap::new(), Vec::new());
    // Inline modules are private or contain tests, so they are skipped.
    for item in files.flat_map(|text| syn::parse_file(&text).unwrap().items) {
        let (name, found) = match item {
            Item::Struct(item) if is_public(&item.vis) => {
                (item.ident, PublicType::declared(&item.attrs, &item.fields, &item.fields))
            }
            Item::Enum(item) if is_public(&item.vis) => {
                let inside = item.variants.iter().flat_map(|variant| &variant.fields);
                (item.ident, PublicType::declared(&item.attrs, &Fields::Unit, inside))
            }
            Item::Macro(item) if item.mac.path.is_ident("response") => {
                let item: ItemStruct = syn::parse2(without_required(item.mac.tokens)).unwrap();
                let shown = Shows::Fields(item.fields.iter().flat_map(|field| names(&field.ty)).collect());
                let fields = item.fields.iter().flat_map(json_names).collect();
                (item.ident, PublicType { fields, ..PublicType::made_by_macro(&item.attrs, shown) })
            }
            Item::Macro(item) if item.mac.path.is_ident("open_enum") => {
                let item: ItemEnum = item.mac.parse_body().unwrap();
                (item.ident, PublicType::made_by_macro(&item.attrs, Shows::Text))
            }
            Item::Macro(item) if item.mac.path.is_ident("id") => {
                let Id(attributes, name) = item.mac.parse_body().unwrap();
                (name, PublicType::made_by_macro(&attributes, Shows::ByHand))
            }
            Item::Impl(item) => {
                let of = |(path, _): &(syn::Path, _)| path.segments.last().unwrap().ident == "Debug";
                if item.trait_.as_ref().is_some_and(of) {
                    by_hand.extend(names(&item.self_ty).into_iter().next());
                }
                continue;
            }
            _ => continue,
        };
        match types.entry(name.to_string()) {
            Entry::Vacant(entry) => drop(entry.insert(found)),
            Entry::Occupied(mut entry) => entry.get_mut().merge(found),
        }
    }
    for name in by_hand {
        types.entry(name).and_modify(|found| found.debug = Shows::ByHand);
    }
    types
}

/// The arguments of `id!`.
struct Id(Vec<Attribute>, Ident);

impl Parse for Id {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let id = Self(input.call(Attribute::parse_outer)?, input.parse()?);
        input.parse::<TokenStream>()?;
        Ok(id)
    }
}

impl PublicType {
    /// Takes another type of the same name, in another module: both together show what each of them shows.
    fn merge(&mut self, other: Self) {
        self.aliases.extend(other.aliases);
        self.fields.extend(other.fields);
        match (&mut self.debug, other.debug) {
            (Shows::Fields(fields), Shows::Fields(others)) => fields.extend(others),
            (_, Shows::Nothing) => {}
            (mine @ Shows::Nothing, others) => *mine = others,
            (mine, _) => *mine = Shows::ByHand,
        }
    }

    /// `inside` lists the fields that a derived `Debug` shows.
    fn declared<'a>(
        attributes: &[Attribute],
        fields: &Fields,
        inside: impl IntoIterator<Item = &'a Field>,
    ) -> Self {
        let derives = |attribute: &Attribute| {
            let text = attribute.to_token_stream().to_string();
            !attribute.path().is_ident("doc") && text.contains("derive") && text.contains("Debug")
        };
        let debug = match attributes.iter().any(derives) {
            true => Shows::Fields(inside.into_iter().flat_map(|field| names(&field.ty)).collect()),
            false => Shows::Nothing,
        };
        let public = fields.iter().filter(|field| is_public(&field.vis));
        let fields = public.flat_map(json_names).collect();
        Self { fields, ..Self::made_by_macro(attributes, debug) }
    }

    fn made_by_macro(attributes: &[Attribute], debug: Shows) -> Self {
        Self { aliases: arguments(attributes, "doc", "alias"), fields: Vec::new(), debug }
    }
}

/// The declaration in a `response!` without its keyword `required`.
fn without_required(tokens: TokenStream) -> TokenStream {
    let keep = |token| match token {
        TokenTree::Ident(ident) if ident == "required" => None,
        TokenTree::Group(group) => {
            let inside = without_required(group.stream());
            Some(TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inside)))
        }
        token => Some(token),
    };
    tokens.into_iter().filter_map(keep).collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn json_names(field: &Field) -> Vec<String> {
    let mut names = arguments(&field.attrs, "serde", "rename");
    if names.is_empty() {
        names.extend(field.ident.as_ref().map(Ident::to_string));
    }
    names.extend(arguments(&field.attrs, "serde", "alias"));
    names
}

/// The string values of an argument of an attribute: `b` and `c` for `alias` of `#[serde(alias = "b", alias = "c")]`.
fn arguments(attributes: &[Attribute], attribute: &str, name: &str) -> Vec<String> {
    let attributes = attributes.iter().filter(|found| found.path().is_ident(attribute));
    let list = |found: &Attribute| {
        // A doc comment is an attribute without arguments.
        found.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default()
    };
    let arguments = attributes.flat_map(list).filter(|argument| argument.path().is_ident(name));
    arguments.flat_map(|argument| texts(argument.to_token_stream())).collect()
}

fn texts(tokens: TokenStream) -> Vec<String> {
    let text = |token| match token {
        TokenTree::Group(group) => texts(group.stream()),
        token => syn::parse2(token.into()).map(|text: LitStr| text.value()).into_iter().collect(),
    };
    tokens.into_iter().flat_map(text).collect()
}

/// The names of the types in a type. Static text is left out, because it cannot be a secret.
fn names(of: &Type) -> Vec<String> {
    let text = of.to_token_stream().to_string();
    let text = text.replace("& 'static str", "").replace("Cow < 'static , str >", "");
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[test]
fn public_types_are_read_from_sources() {
    let text = r#"
/// pub struct Comment
#[derive(Debug, Clone)]
#[doc(alias = "OneRequest")]
#[doc(alias("OneBody", "OneMore"))]
pub struct Fields {
    /// #[serde(rename = "comment")]
    #[serde(default, rename = "kind")]
    pub type_: Option<Timestamp>,
    #[serde(alias = "other", alias = "third")]
    pub name: &'static str,
    secret: Vec<Openid>,
}

/// Does not #[derive(Debug)].
#[derive(Clone)]
pub struct Silent(String);

pub struct Written<T>(T);

impl<T> fmt::Debug for Written<T> {}

#[cfg_attr(
    feature = "x",
    derive(Debug)
)]
pub enum Choice {
    One,
    Two(Box<str>),
    Three {
        len: usize,
        why: Cow<'static, str>,
    },
}

open_enum! {
    #[doc(alias = "Other")]
    pub enum Open {
        One = "ONE",
    }
}

id! {
    /// An id.
    Id, |_| "…"
}

response! {
    #[doc(alias = "AnswerMsg")]
    pub struct Answer {
        required pub id: Id,
        #[serde(rename = "type")]
        pub kind: Option<Open>,
    }
}

struct Hidden { pub field: u8 }
pub(crate) struct Inner;
mod tests { pub struct Test; }
"#;
    let words = |words: &str| -> Vec<String> { words.split_whitespace().map(str::to_owned).collect() };
    let shows = |of: &str| Shows::Fields(words(of).into_iter().collect());
    let expected = [
        ("Answer", "AnswerMsg", "id type", shows("Id Open Option")),
        ("Choice", "", "", shows("Box str usize")),
        (
            "Fields",
            "OneRequest OneBody OneMore",
            "kind name other third",
            shows("Openid Option Timestamp Vec"),
        ),
        ("Id", "", "", Shows::ByHand),
        ("Open", "Other", "", Shows::Text),
        ("Silent", "", "", Shows::Nothing),
        ("Written", "", "", Shows::ByHand),
    ];
    let expected = expected.into_iter().map(|(name, aliases, fields, debug)| {
        (name.to_owned(), PublicType { aliases: words(aliases), fields: words(fields), debug })
    });
    assert_eq!(read([text.to_owned()].into_iter()), expected.collect());
}
