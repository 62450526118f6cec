//! Patterns of paths, each with the function that fills it in, and the paths that both sites answer.

use url::Url;

/// Declares patterns of paths and, for those with parts that vary, the functions that fill them in:
/// `NOTICE = "/notices/{notice}", notice(notice);`. A function whose arguments are not the pattern's parts does not compile.
macro_rules! paths {
    ($($pattern:ident = $text:literal $(, $fill:ident($($part:ident),+))?;)+) => {
        $(
            #[doc = concat!("`", $text, "`")]
            pub const $pattern: &str = $text;
            $(
                #[doc = concat!("A path of the pattern `", $text, "`.")]
                pub fn $fill($($part: impl std::fmt::Display),+) -> String {
                    format!($text, $($part = $part),+)
                }
            )?
        )+
        /// Every pattern of this file.
        pub const ALL: &[&str] = &[$($pattern),+];
    };
}
pub(crate) use paths;

paths! {
    HEALTHZ = "/healthz";
    HASHED_ASSET = "/static/{hash}/{file}", hashed_asset(hash, file);
    ASSET = "/static/{file}", asset(file);
    FAVICON = "/favicon.svg";
    FAVICON_ICO = "/favicon.ico";
    APPLE_TOUCH_ICON = "/apple-touch-icon.png";
}

/// Tells that a path is that of an asset.
pub fn is_asset(path: &str) -> bool {
    path.starts_with("/static/")
}

/// The whole address of a path on a site.
pub fn absolute(site: &Url, path: &str) -> String {
    format!("{}{path}", site.as_str().trim_end_matches('/'))
}

/// A fragment of HTML whose links within a site are whole addresses, so that it can stand on a page of another site.
pub fn with_absolute_links(site: &Url, html: &str) -> String {
    html.replace(" href=\"/", &format!(" href=\"{}", absolute(site, "/")))
}
