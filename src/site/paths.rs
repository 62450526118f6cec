//! The paths of the public site: patterns, which the table of routes uses, and the functions that fill them in.

use unicode_normalization::UnicodeNormalization as _;

use crate::base::web::paths as shared;

shared::paths! {
    HOME = "/";
    ADDRESS = "/{address}", address(address);
    QUICK_EXIT = "/quick-exit";
    RETURN = "/return";
    SEARCH = "/search";
    REQUESTS = "/requests";
    PREVIEW = "/preview/{secret}", preview(secret);
    NOTICES = "/notices";
    NOTICE = "/notices/{notice}", notice(notice);
    VERSION = "/notices/{notice}/versions/{n}", version(notice, n);
    VERSION_JSON = "/notices/{notice}/versions/{n}/json", version_json(notice, n);
    VERSION_CHANGES = "/notices/{notice}/versions/{n}/changes", version_changes(notice, n);
    FEED = "/notices/changes.atom";
    NOTICE_FEED = "/notices/{notice}/changes.atom", notice_feed(notice);
    PROOF = "/notices/proof";
    CHECKPOINT = "/notices/proof/checkpoint";
    TILE = "/notices/proof/tile/{*address}";
    PROOF_ENTRY = "/notices/proof/entries/{number}/json", proof_entry(number);
    READYZ = "/readyz";
    SECURITY_TXT = "/.well-known/security.txt";
    ROBOTS_TXT = "/robots.txt";
    SITEMAP = "/sitemap.xml";
}

/// The signs that a sentence leaves behind an address that is copied out of it.
const LEFT_BEHIND: &[char] = &['.', ',', ';', ':', '!', '?', ')', ']', '>', '"', '\'', '’', '”'];

/// A path as the site itself writes it, of one that somebody typed: with a capital, or with a slash or a full stop behind it.
pub fn as_meant(typed: &str) -> String {
    let folded = typed.nfkc().collect::<String>().to_lowercase();
    let end = |letter: char| letter == '/' || letter.is_whitespace() || LEFT_BEHIND.contains(&letter);
    format!("/{}", folded.trim_start_matches('/').trim_end_matches(end))
}

/// Tells that the program answers paths itself that begin with this part, as `notices` in `/notices/proof`.
pub fn is_own(first: &str) -> bool {
    ALL.iter().chain(shared::ALL).any(|pattern| !first.is_empty() && pattern.split('/').nth(1) == Some(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_filled_in() {
        assert_eq!(version_json("privacy-notice", 2), "/notices/privacy-notice/versions/2/json");
    }

    #[test]
    fn a_first_part_belongs_to_the_program_where_one_of_its_paths_begins_with_it() {
        for own in ["notices", "preview", "static", "healthz", "requests"] {
            assert!(is_own(own), "{own}");
        }
        for free in ["", "proof", "contact", "note"] {
            assert!(!is_own(free), "{free}");
        }
    }
}
