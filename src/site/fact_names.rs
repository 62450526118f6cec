//! What facts are called when people read of them.

/// What well-known facts are called in a sentence; others go by their name.
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

/// What a fact is called in a sentence.
pub fn called(name: &str) -> String {
    let known = CALLED.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| name.replace('_', " "), |(_, called)| (*called).to_owned())
}

/// What a fact is called at the start of a line.
pub fn label(name: &str) -> String {
    let called = called(name);
    let mut letters = called.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
