//! The targets that links may have.

use std::collections::BTreeSet;

use url::Url;

/// A link's checked target.
pub(super) struct Target {
    /// The value of `href`, not yet escaped.
    pub(super) href: String,
    /// Set if it opens a new window: it leaves the site, and not for a helpline or an emergency service.
    pub(super) external: bool,
}

/// Helplines and emergency services. A link to one stays in the tab, which quick exit leaves; a second window it could not close.
const HELP: [&str; 20] = [
    "111.nhs.uk",
    "247sexualabusesupport.org.uk",
    "999bsl.co.uk",
    "childline.org.uk",
    "crimestoppers-uk.org",
    "emergencysms.net",
    "galop.org.uk",
    "giveusashout.org",
    "mensadviceline.org.uk",
    "missingpeople.org.uk",
    "modernslaveryhelpline.org",
    "nationaldahelpline.org.uk",
    "nspcc.org.uk",
    "rapecrisis.org.uk",
    "refuge.org.uk",
    "relayuk.bt.com",
    "reportfraud.police.uk",
    "samaritans.org",
    "victimsupport.org.uk",
    "womensaid.org.uk",
];

const ALLOWED: &str = "Links may start with https://, http://, mailto:, tel:, / (a page of this site) or # (a place on \
                       this page).";

/// Checks where a link leads, its placeholders filled in.
///
/// `own_host` is the force's own website. A fragment that names one of the headings' `ids` without the notice's name leads there.
pub(super) fn check(
    target: &str,
    notice: &str,
    own_host: Option<&str>,
    ids: &BTreeSet<String>,
) -> Result<Target, String> {
    let target = target.trim();
    // Browsers drop tabs and line breaks and read "\" as "/", so that "/\host" leaves the site.
    if target.is_empty() {
        return Err("A link leads nowhere. Write its target between ( and ).".to_owned());
    }
    if target.contains(|c: char| c.is_control() || c == '\\') {
        return Err("A link's target holds a backslash or a character that cannot be seen. Type it afresh.".to_owned());
    }
    if let Some(fragment) = target.strip_prefix('#') {
        return fragment_target(fragment, notice, ids);
    }
    if target.starts_with("//") {
        return Err(format!("The link to {target} leaves out https:. {ALLOWED}"));
    }
    if target.starts_with('/') {
        return Ok(Target { href: encode(target), external: false });
    }
    let Some((scheme, rest)) = target.split_once(':') else {
        return Err(format!("The link to {target} is neither a whole address nor a page of this site. {ALLOWED}"));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => web_target(target, rest, own_host),
        "mailto" => {
            let address = rest.split_once('?').map_or(rest, |(address, _)| address);
            let fits = address.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && !host.is_empty() && !address.contains(char::is_whitespace)
            });
            if fits {
                Ok(Target { href: encode(target), external: false })
            } else {
                Err(format!("The link {target} holds no email address. Write mailto:name@host."))
            }
        }
        "tel" => {
            let number: String = rest.chars().filter(|c| !c.is_whitespace()).collect();
            let fits = number.contains(|c: char| c.is_ascii_digit())
                && number.chars().all(|c| c.is_ascii_digit() || "+-.()*#".contains(c));
            if fits {
                Ok(Target { href: format!("tel:{number}"), external: false })
            } else {
                Err(format!("The link {target} holds no telephone number. Write tel: and digits, such as tel:101."))
            }
        }
        _ => Err(format!("The link to {target} is of a kind that is not allowed. {ALLOWED}")),
    }
}

fn fragment_target(fragment: &str, notice: &str, ids: &BTreeSet<String>) -> Result<Target, String> {
    if fragment.is_empty() || fragment.contains(char::is_whitespace) {
        return Err(
            "A link to # must name a place on the page, such as #webchat-disclaimer, without spaces.".to_owned()
        );
    }
    let own = format!("{notice}-{fragment}");
    let name = if ids.contains(&own) { own } else { fragment.to_owned() };
    Ok(Target { href: encode(&format!("#{name}")), external: false })
}

fn web_target(target: &str, rest: &str, own_host: Option<&str>) -> Result<Target, String> {
    let unreadable = || format!("The link to {target} is not a readable web address. Check it.");
    if !rest.starts_with("//") {
        return Err(unreadable());
    }
    let url = Url::parse(target).map_err(|_| unreadable())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(unreadable)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("The link to {target} holds a name before an @, which can deceive. Take it out."));
    }
    let is_own = own_host.is_some_and(|own| own.eq_ignore_ascii_case(host));
    let external = !is_own && !HELP.contains(&host.strip_prefix("www.").unwrap_or(host));
    Ok(Target { href: encode(target), external })
}

/// The host in the fact `website`, which may be written with or without `https://`.
pub(super) fn own_host(website: &str) -> Option<&str> {
    let rest = website.trim().split_once("://").map_or(website.trim(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.is_empty()).then_some(host)
}

/// Percent-encodes the ASCII characters that no address may hold as they are (RFC 3986 section 2).
fn encode(target: &str) -> String {
    let mut encoded = String::with_capacity(target.len());
    for character in target.chars() {
        match character {
            ' ' => encoded.push_str("%20"),
            '"' => encoded.push_str("%22"),
            '<' => encoded.push_str("%3C"),
            '>' => encoded.push_str("%3E"),
            '`' => encoded.push_str("%60"),
            '{' => encoded.push_str("%7B"),
            '|' => encoded.push_str("%7C"),
            '}' => encoded.push_str("%7D"),
            '^' => encoded.push_str("%5E"),
            c => encoded.push(c),
        }
    }
    encoded
}
