//! The parts that all pages share: the shell, kept bytes, encodings, assets, cookies, headers and extractors. Knows no feature.

pub mod assets;
pub mod client;
pub mod cookies;
pub mod encoding;
pub mod extract;
pub mod form;
pub mod headers;
pub mod heavy;
pub mod household;
pub mod pages;
pub mod paging;
pub mod paths;
pub mod respond;
pub mod shell;
pub mod xml;
