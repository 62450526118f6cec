//! Reading and writing cookies. Names follow the scheme of the site's address: `__Host-` (RFC 6265bis) and `Secure` on https,
//! plain names on http, so that a test or a phone on plain http keeps them.

use axum::http::{HeaderMap, HeaderValue, header};

/// The names of the public site's cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieNames {
    /// The cookie choice.
    pub choice: &'static str,
    /// The cookie of a visit that was counted.
    pub visit: &'static str,
    /// The cookie of quick exit's lock.
    pub left: &'static str,
    /// The receipt of a chat.
    pub chat: &'static str,
    secure: bool,
}

impl CookieNames {
    /// The names under a scheme.
    pub fn new(https: bool) -> Self {
        if https {
            Self {
                choice: "__Host-bluelamp_choice",
                visit: "__Host-bluelamp_visit",
                left: "__Host-bluelamp_left",
                chat: "__Host-bluelamp_chat",
                secure: true,
            }
        } else {
            Self {
                choice: "bluelamp_choice",
                visit: "bluelamp_visit",
                left: "bluelamp_left",
                chat: "bluelamp_chat",
                secure: false,
            }
        }
    }

    /// A `Set-Cookie` value. A lifetime of 0 seconds removes the cookie.
    pub fn set(&self, name: &str, value: &str, seconds: u64) -> Option<HeaderValue> {
        set_cookie(name, value, Some(seconds), self.secure)
    }
}

/// The names of the staff site's cookies. Other than the public site's: cookies ignore ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffCookies {
    /// The session.
    pub session: &'static str,
    /// The cookie of a browser that somebody signed in with before.
    pub device: &'static str,
    secure: bool,
}

impl StaffCookies {
    /// The name under a scheme.
    pub fn new(https: bool) -> Self {
        if https {
            Self { session: "__Host-bluelamp_staff", device: "__Host-bluelamp_device", secure: true }
        } else {
            Self { session: "bluelamp_staff", device: "bluelamp_device", secure: false }
        }
    }

    /// A `Set-Cookie` value for a session: it ends with the browser. Lax and not Strict, or a link in webmail would look
    /// signed out.
    pub fn session_value(&self, value: &str) -> Option<HeaderValue> {
        set_cookie(self.session, value, None, self.secure)
    }

    /// A `Set-Cookie` value for a browser that somebody signed in with: 400 days, the longest that browsers keep one
    /// (RFC 6265bis section 5.5).
    pub fn device_value(&self, value: &str) -> Option<HeaderValue> {
        set_cookie(self.device, value, Some(400 * 24 * 60 * 60), self.secure)
    }

    /// A `Set-Cookie` value that takes the session away.
    pub fn removed(&self) -> Option<HeaderValue> {
        set_cookie(self.session, "", Some(0), self.secure)
    }
}

/// A `Set-Cookie` value: `HttpOnly`, Lax, for the whole site; without a lifetime it ends with the browser. None when the value holds
/// what a cookie may not (RFC 6265 section 4.1.1).
fn set_cookie(name: &str, value: &str, seconds: Option<u64>, secure: bool) -> Option<HeaderValue> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte));
    let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}");
    if is_plain { HeaderValue::try_from(text).ok() } else { None }
}

/// The first cookie of a name that a request carries.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    pairs(headers).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The names of all cookies that a request carries.
pub fn names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    pairs(headers).map(|(key, _)| key)
}

/// Each cookie by itself: one of somebody else's that is no text must not hide ours, quick exit's least of all.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; bluelamp_choice=2.none; b=3"));
        assert_eq!(cookie(&headers, "bluelamp_choice"), Some("2.none"));
        assert_eq!(cookie(&headers, "choice"), None);
    }

    #[test]
    fn a_cookie_that_is_no_text_hides_no_other() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"theirs=\xff\xfe; accents=caf\xc3\xa9; bluelamp_left=1").unwrap();
        headers.insert(header::COOKIE, value);
        assert_eq!(cookie(&headers, "bluelamp_left"), Some("1"));
        assert_eq!(names(&headers).collect::<Vec<_>>(), ["accents", "bluelamp_left"]);
    }

    #[test]
    fn on_https_a_cookie_is_bound_to_the_host() {
        let set = CookieNames::new(true);
        let value = set.set(set.left, "1", 300).unwrap();
        assert_eq!(value, "__Host-bluelamp_left=1; Path=/; Max-Age=300; HttpOnly; SameSite=Lax; Secure");
        assert!(set.set(set.left, "a;b", 300).is_none());
        let staff = StaffCookies::new(true);
        let session = staff.session_value("ab12").unwrap();
        assert_eq!(session, "__Host-bluelamp_staff=ab12; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert!(staff.session_value("a;b").is_none());
    }
}
