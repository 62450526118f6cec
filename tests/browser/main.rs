//! The site in real browsers: plain Chromium and Firefox in real windows on a virtual screen, driven with a real mouse and
//! real keys. `cargo test --test browser`; script/test installs what that needs.
//!
//! No WebDriver session: browsers under one keep no page for Back that is `no-store`, so that a quick exit which fails would
//! pass. Each test of Back first shows that its browser does keep pages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![expect(clippy::panic, reason = "a test that cannot go on should say why")]
#![expect(clippy::indexing_slicing, reason = "a test that finds something else than it knows should say so")]

mod accessible;
mod cookies;
mod driver;
mod exit;
mod first_screen;
mod keyboard;
mod markup;
mod old_pages;
mod pages;
mod staff;
mod width;
