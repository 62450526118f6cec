//! The pieces of text that are chosen from a list: links to pages, notices, telephone numbers and email addresses, and facts.

use crate::site::edition::Edition;
use crate::site::fact_names;
use crate::site::model::path_of;
use crate::text::folding::sort_key;

/// A list to choose from stays short enough to be looked through.
const MOST: usize = 300;
/// The most of a fact that is shown, in characters.
const LONGEST_VALUE: usize = 40;

/// Choices of one kind.
pub(super) struct Group {
    pub(super) heading: &'static str,
    pub(super) choices: Vec<Choice>,
}

/// Something to choose.
pub(super) struct Choice {
    /// The target of a link, or the placeholder of a fact.
    pub(super) value: String,
    /// The words of a link where none are chosen in the text.
    pub(super) words: String,
    /// The label in the list.
    pub(super) label: String,
}

/// The targets of links.
pub(super) fn links(edition: &Edition) -> Vec<Group> {
    let pages = edition.views.iter().filter_map(|(address, view)| {
        let title = view.title()?.to_owned();
        Some(Choice { value: path_of(address), words: title.clone(), label: title })
    });
    let mut pages: Vec<Choice> = pages.collect();
    pages.sort_by_cached_key(|choice| sort_key(&choice.label));
    pages.truncate(MOST);
    let known = ["999", "101"].map(|number| Choice {
        value: format!("tel:{number}"),
        words: number.to_owned(),
        label: number.to_owned(),
    });
    let named = |is_wanted: fn(&str, &str) -> bool, scheme: &str| -> Vec<Choice> {
        let facts = edition.facts.iter().filter(|(name, value)| is_wanted(name, value));
        facts
            .map(|(name, value)| {
                let words = placeholder(name);
                Choice { value: format!("{scheme}:{words}"), words, label: label(name, value) }
            })
            .collect()
    };
    let phones = named(|name, value| name.contains("phone") && value.chars().any(|c| c.is_ascii_digit()), "tel");
    let emails = named(|_, value| value.contains('@') && !value.contains(char::is_whitespace), "mailto");
    vec![
        Group { heading: "Pages and notices", choices: pages },
        Group { heading: "Telephone", choices: known.into_iter().chain(phones).collect() },
        Group { heading: "Email", choices: emails },
    ]
}

/// Facts that a text can refer to.
pub(super) fn facts(edition: &Edition) -> Vec<Choice> {
    let choice = |(name, value): (&String, &String)| Choice {
        value: placeholder(name),
        words: String::new(),
        label: label(name, value),
    };
    let mut facts: Vec<Choice> = edition.facts.iter().map(choice).collect();
    facts.sort_by_cached_key(|choice| sort_key(&choice.label));
    facts.truncate(MOST);
    facts
}

/// A block with the ways to reach the force, as a list, of the facts there are; with 101 where no telephone number is among them.
pub(super) fn contact_block(edition: &Edition) -> String {
    let named =
        |part: &'static str| edition.facts.keys().filter(move |name| name.contains(part)).map(|name| placeholder(name));
    let mut lines = vec!["- Telephone: [101](tel:101)".to_owned()];
    lines.extend(named("phone").map(|phone| format!("- Telephone: [{phone}](tel:{phone})")));
    lines.extend(named("contact_email").map(|email| format!("- Email: [{email}](mailto:{email})")));
    lines.extend(named("contact_address").map(|address| format!("- Address: {address}")));
    lines.extend(named("hours").map(|hours| format!("- Open: {hours}")));
    lines.join("\n")
}

fn placeholder(name: &str) -> String {
    format!("{{{{ {name} }}}}")
}

fn label(name: &str, value: &str) -> String {
    let shown: String = value.chars().take(LONGEST_VALUE).collect();
    let more = if shown.len() < value.len() { "…" } else { "" };
    format!("{}: {shown}{more}", fact_names::label(name))
}
