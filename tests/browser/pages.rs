//! One page of every kind.

/// The pages, each with what it is and its address.
pub(crate) const PAGES: [(&str, &str); 24] = [
    ("home", "/"),
    ("page of one notice", "/contact"),
    ("page of several notices", "/website-privacy"),
    ("page with tables", "/accessibility-statement"),
    ("page about leaving", "/leaving-quickly"),
    ("services", "/services"),
    ("notice alone", "/webchat-disclaimer"),
    ("page of another day", "/website-privacy?as_of=2021-12-01"),
    ("home of another day", "/?as_of=2022-07-01"),
    ("search in a crisis", "/search?q=he+hits+me"),
    ("page of a day to come", "/website-privacy?as_of=2999-01-01"),
    ("all notices", "/notices"),
    ("history", "/notices/privacy-statement"),
    ("version", "/notices/privacy-statement/versions/1"),
    ("changes", "/notices/privacy-statement/versions/2/changes"),
    ("first version's changes", "/notices/privacy-statement/versions/1/changes"),
    ("proof", "/notices/proof"),
    ("cookies", "/cookies"),
    ("search", "/search"),
    ("search that finds", "/search?q=privacy"),
    ("search that finds nothing", "/search?q=xyzzy"),
    ("webchat", "/webchat"),
    ("report", "/report"),
    ("no page", "/nothing-here"),
];

/// Pages without the shell: the address, and how it is asked for.
pub(crate) const BARE: [(&str, &str); 2] = [("GET", "/return"), ("POST", "/quick-exit")];
