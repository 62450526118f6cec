//! Links that lead through somebody who counts or checks who follows them, and links to what visitors may be unable to open. The script
//! that reads what is pasted (`static/staff/paste_links.js`) knows the same hosts.

use url::{Host, Url};

/// Hosts, themselves or as the end of a longer name; where they hold the address that they lead to (names in the query, the path, or
/// nowhere); and how the path begins where the host has other pages too.
const REDIRECTORS: [(&str, Holds, &str); 30] = [
    ("safelinks.protection.outlook.com", Holds::Query("url"), ""),
    ("safelinks.protection.office365.us", Holds::Query("url"), ""),
    ("google.com", Holds::Query("q url"), "/url"),
    ("google.co.uk", Holds::Query("q url"), "/url"),
    ("l.facebook.com", Holds::Query("u"), "/l.php"),
    ("lm.facebook.com", Holds::Query("u"), "/l.php"),
    ("l.instagram.com", Holds::Query("u"), ""),
    ("linkedin.com", Holds::Query("url"), "/redir/redirect"),
    ("linkedin.com", Holds::Query("url"), "/safety/go"),
    ("youtube.com", Holds::Query("q"), "/redirect"),
    ("slack-redir.net", Holds::Query("url"), ""),
    ("out.reddit.com", Holds::Query("url"), ""),
    ("duckduckgo.com", Holds::Query("uddg"), "/l/"),
    ("urldefense.proofpoint.com", Holds::Query("u"), ""),
    ("linkprotect.cudasvc.com", Holds::Query("a"), ""),
    ("protect.fireeye.com", Holds::Query("u"), ""),
    ("protect2.fireeye.com", Holds::Query("u"), ""),
    ("clicktime.symantec.com", Holds::Query("u"), ""),
    ("urldefense.com", Holds::Path, ""),
    ("secure-web.cisco.com", Holds::Path, ""),
    ("govdelivery.com", Holds::Path, ""),
    ("awstrack.me", Holds::Path, ""),
    ("protect.checkpoint.com", Holds::Path, ""),
    ("mimecast.com", Holds::Nothing, ""),
    ("list-manage.com", Holds::Nothing, ""),
    ("lnks.gd", Holds::Nothing, ""),
    ("bit.ly", Holds::Nothing, ""),
    ("t.co", Holds::Nothing, ""),
    ("tinyurl.com", Holds::Nothing, ""),
    ("ow.ly", Holds::Nothing, ""),
];

/// Places where people keep what is not for everybody.
const PRIVATE: [&str; 20] = [
    "sharepoint.com",
    "docs.google.com",
    "drive.google.com",
    "onedrive.live.com",
    "1drv.ms",
    "teams.microsoft.com",
    "office.com",
    "dropbox.com",
    "box.com",
    "atlassian.net",
    "slack.com",
    "notion.so",
    "trello.com",
    "mail.google.com",
    "pnn.police.uk",
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
];

/// Parts of a query that only count whoever follows a link; `utm_` is the start of several.
const COUNTERS: [&str; 9] = ["utm_", "fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "yclid"];

/// Redirectors within redirectors are followed as often.
const MOST: usize = 5;

#[derive(Clone, Copy)]
enum Holds {
    /// The address stands in the query, under one of these names.
    Query(&'static str),
    Path,
    Nothing,
}

fn is_host(host: &str, name: &str) -> bool {
    host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The remark on where a link leads, if there is one.
pub(super) fn advice(target: &str) -> Option<String> {
    let url = web_address(target)?;
    let host = url.host_str()?.to_owned();
    if redirector(&url).is_some() {
        return Some(match last_held(url) {
            Some(held) => format!(
                "This link leads through {host}, which counts or checks who follows it and may tell your own address. Link to {held} \
                 instead."
            ),
            None => format!(
                "This link leads through {host}, and nobody can see where to. Put the address itself in its place."
            ),
        });
    }
    if let Some((name, _)) = url.query_pairs().find(|(name, _)| is_counter(name)) {
        return Some(format!(
            "The address of this link carries {name}, by which its followers are counted. Take that part out."
        ));
    }
    is_closed(&url).then(|| {
        format!(
            "This link leads to {host}, where visitors may be unable to open it. Put what they need on a page of ours."
        )
    })
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn is_counter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    COUNTERS.iter().any(|counter| if counter.ends_with('_') { name.starts_with(counter) } else { name == *counter })
}

fn redirector(url: &Url) -> Option<Holds> {
    let host = url.host_str()?;
    let is_one = |(name, _, path): &&(&str, Holds, &str)| is_host(host, name) && url.path().starts_with(path);
    REDIRECTORS.iter().find(is_one).map(|(_, holds, _)| *holds)
}

/// The address that a redirector leads to in the end, as far as it says.
fn last_held(url: Url) -> Option<Url> {
    let mut last = url;
    for _ in 0..MOST {
        let Some(holds) = redirector(&last) else { return Some(last) };
        last = held(&last, holds)?;
    }
    None
}

fn held(url: &Url, holds: Holds) -> Option<Url> {
    let address = match holds {
        Holds::Query(names) => {
            let named =
                |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            names.split(' ').find_map(named)?
        }
        Holds::Path => in_path(url)?,
        Holds::Nothing => return None,
    };
    // Proofpoint writes the percent sign as a hyphen and the slash as an underscore.
    let address = match address.strip_prefix("https-3A__").or_else(|| address.strip_prefix("http-3A__")) {
        Some(_) => decode(&address.replace('-', "%").replace('_', "/")),
        None => address,
    };
    web_address(&address)
}

/// An address in the path: between `__` as it is, or as one part of the path with its signs encoded.
fn in_path(url: &Url) -> Option<String> {
    if let Some((_, rest)) = url.as_str().split_once("__http") {
        let end = rest.find("__;").or_else(|| rest.find("___."))?;
        let address = rest.get(..end)?;
        return (!address.contains('*')).then(|| format!("http{address}"));
    }
    let part = url.path_segments()?.map(decode).find(|part| part.starts_with("http:") || part.starts_with("https:"))?;
    Some(part)
}

fn decode(text: &str) -> String {
    // The same as in a query, but that a plus stands for itself.
    let query = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Tells whether visitors may be unable to open what stands there: a document that is shared with some, or a name that is known in an
/// office alone.
fn is_closed(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(host)) => {
            let host = host.trim_end_matches('.');
            let is_form = host == "docs.google.com" && url.path().contains("/forms/");
            !host.contains('.') || PRIVATE.iter().any(|name| is_host(host, name)) && !is_form
        }
        Some(Host::Ipv4(address)) => address.is_private() || address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_through_a_redirector_is_told_with_where_it_leads() {
        for (link, end) in [
            (
                "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fregulator.example%2F&data=05%7C01%7Cpat%40x.example",
                "https://regulator.example/",
            ),
            (
                "https://www.google.com/url?q=https%3A%2F%2Furldefense.proofpoint.com%2Fv2%2Furl%3Fu%3Dhttps-3A__a.example_x-5Fy%26d%3D1",
                "https://a.example/x_y",
            ),
            ("https://urldefense.com/v3/__https://b.example/x?y=1__;!!abc$", "https://b.example/x?y=1"),
            (
                "https://links-1.govdelivery.com/CL0/https:%2F%2Fwww.c.example%2Fx/1/0100/sig=1",
                "https://www.c.example/x",
            ),
            ("https://protect.checkpoint.com/v2/___https://d.example/e___.bXQ", "https://d.example/e"),
        ] {
            let said = advice(link).unwrap();
            assert!(said.contains(&format!("Link to {end} instead")), "{said}");
        }
        for link in [
            "https://bit.ly/x",
            "https://urldefense.com/v3/__https://b.example/*x__;Iw!!abc$",
            "https://www.google.com/url?q=javascript:alert(1)",
        ] {
            assert!(advice(link).unwrap().contains("nobody can see where to"), "{link}");
        }
        assert!(advice("https://a.example/?page=2&utm_source=letter").unwrap().contains("utm_source"));
    }

    #[test]
    fn a_link_that_visitors_may_be_unable_to_open_is_told() {
        for link in [
            "https://northshire.sharepoint.com/x",
            "https://docs.google.com/document/d/1",
            "http://intranet/x",
            "http://localhost:8000/",
            "http://10.0.0.1/",
            "http://127.0.0.1/",
            "http://[::1]/",
            "https://files.force.local/",
        ] {
            assert!(advice(link).unwrap().contains("may be unable"), "{link}");
        }
        for link in [
            "https://www.northshire.example/x",
            "https://docs.google.com/forms/d/1",
            "https://www.google.com/maps?q=x",
            "https://notsharepoint.com/",
            "mailto:a@localhost",
            "/contact?utm=x",
            "http://192.0.2.1/",
        ] {
            assert_eq!(advice(link), None, "{link}");
        }
    }

    #[test]
    fn the_script_for_pastes_knows_the_same_hosts() {
        let script = include_str!("../../../../static/staff/paste_links.js");
        for host in REDIRECTORS.iter().map(|(host, ..)| host).chain(&PRIVATE) {
            assert!(script.contains(&format!("\"{host}\"")), "{host}");
        }
    }
}
