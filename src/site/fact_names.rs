//! The names of facts for people.

/// The names of well-known facts in a sentence. Others go by their key.
const CALLED: [(&str, &str); 11] = [
    ("contact_address", "contact address"),
    ("contact_email", "contact email address"),
    ("dpo_address", "Data Protection Officer's address"),
    ("dpo_email", "Data Protection Officer's email address"),
    ("dpo_name", "Data Protection Officer's name"),
    ("force_area", "area that the force serves"),
    ("force_name", "name of the force"),
    ("force_short_name", "short name of the force"),
    ("psd_address", "Professional Standards Department's address"),
    ("psd_email", "Professional Standards Department's email address"),
    ("website", "address of the website"),
];

/// The name of a fact in a sentence.
pub fn display_name(name: &str) -> String {
    let known = CALLED.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| name.replace('_', " "), |(_, called)| (*called).to_owned())
}

/// The name of a fact at the start of a line.
pub fn label(name: &str) -> String {
    let called = display_name(name);
    let mut letters = called.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
