//! The bytes of a page that is the same for everybody: made when first asked for, in the encoding that was asked for, and kept
//! for as long as the page stands.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::base::web::encoding::{Encoding, encode};

/// The kept bytes of a page: with and without the cookie banner, in each encoding.
#[derive(Debug, Default)]
pub struct PageBytes {
    asking: [OnceLock<Bytes>; 3],
    settled: [OnceLock<Bytes>; 3],
}

impl PageBytes {
    /// The bytes, made by `render` if nobody asked for them yet.
    pub fn get(
        &self,
        asks: bool,
        encoding: Encoding,
        render: impl FnOnce() -> Result<String, askama::Error>,
    ) -> Result<Bytes, askama::Error> {
        let [plain, gzip, brotli] = if asks { &self.asking } else { &self.settled };
        let cell = match encoding {
            Encoding::Identity => plain,
            Encoding::Gzip => gzip,
            Encoding::Brotli => brotli,
        };
        if let Some(bytes) = cell.get() {
            return Ok(bytes.clone());
        }
        let html = match plain.get() {
            Some(html) => html.clone(),
            None => Bytes::from(render()?),
        };
        let html = plain.get_or_init(|| html);
        Ok(cell.get_or_init(|| encode(html, encoding)).clone())
    }

    /// The bytes if somebody asked for them before.
    pub fn made(&self, asks: bool, encoding: Encoding) -> Option<&Bytes> {
        let [plain, gzip, brotli] = if asks { &self.asking } else { &self.settled };
        match encoding {
            Encoding::Identity => plain.get(),
            Encoding::Gzip => gzip.get(),
            Encoding::Brotli => brotli.get(),
        }
    }
}
