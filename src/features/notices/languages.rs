//! Translations: a page or notice at `/privacy-notice` is offered in Welsh where `/privacy-notice-cy` has a text
//! in Welsh, and the other way round.

use crate::base::language::Language;
use crate::site::edition::Edition;
use crate::site::model::path_of;

/// Languages by their primary subtag, as their own speakers call them: those most spoken in England and Wales.
const LANGUAGES: [(&str, &str); 16] = [
    ("cy", "Cymraeg"),
    ("en", "English"),
    ("ar", "العربية"),
    ("bn", "বাংলা"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fr", "Français"),
    ("gu", "ગુજરાતી"),
    ("it", "Italiano"),
    ("pa", "ਪੰਜਾਬੀ"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("so", "Soomaali"),
    ("uk", "Українська"),
    ("ur", "اردو"),
];

/// A link to a text in another language.
pub(super) struct Translation {
    /// The language, as its own speakers call it.
    pub(super) name: &'static str,
    pub(super) language: Language,
    pub(super) href: String,
}

/// The translations of the text at an address.
pub(super) fn of(edition: &Edition, address: &str) -> Vec<Translation> {
    let here = language_at(edition, address);
    let root = match (address.rsplit_once('-'), &here) {
        (Some((root, tag)), Some(language)) if primary(language) == tag && edition.views.contains_key(root) => root,
        _ => address,
    };
    let link = |&(tag, name): &(&str, &'static str)| {
        let at = [format!("{root}-{tag}"), root.to_owned()]
            .into_iter()
            .find(|at| at != address && language_at(edition, at).is_some_and(|language| primary(&language) == tag))?;
        let language = language_at(edition, &at)?;
        Some(Translation { name, language, href: path_of(&at) })
    };
    LANGUAGES.iter().filter_map(link).collect()
}

/// The language of the first text that is in force at an address.
fn language_at(edition: &Edition, address: &str) -> Option<Language> {
    let version = edition.views.get(address)?.sections.first()?.version.as_ref()?;
    version.about.as_ref().map(|about| about.language.clone())
}

fn primary(language: &Language) -> &str {
    language.tag().split('-').next().unwrap_or_default()
}
