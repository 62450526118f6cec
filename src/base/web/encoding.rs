//! Content encodings: which one a browser takes, and making it.

use std::io::Write as _;

use axum::http::{HeaderMap, header};
use bytes::Bytes;

/// An encoding of bytes on the wire (RFC 9110 section 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not compressed.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Encoding {
    /// The best that a request accepts. An encoding with `q=0` is refused by the browser.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let Some(accepted) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
            return Self::Identity;
        };
        let mut best = Self::Identity;
        for offer in accepted.split(',') {
            let (name, parameters) = offer.split_once(';').unwrap_or((offer, ""));
            let refused = parameters.trim().strip_prefix("q=").is_some_and(|quality| quality.parse() == Ok(0.0_f32));
            match name.trim() {
                "br" if !refused => return Self::Brotli,
                "gzip" if !refused => best = Self::Gzip,
                _ => {}
            }
        }
        best
    }

    /// The value of `Content-Encoding`; none for bytes as they are.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

/// Brotli's quality for pages made on demand: the highest that stays quick (11 searches far longer for a little less).
const BROTLI_QUALITY: u32 = 9;

/// The bytes in an encoding.
pub fn encode(plain: &Bytes, encoding: Encoding) -> Bytes {
    encode_with(plain, encoding, BROTLI_QUALITY)
}

/// Compresses with a Brotli quality from 0 to 11.
pub fn encode_with(plain: &Bytes, encoding: Encoding, quality: u32) -> Bytes {
    let packed = match encoding {
        Encoding::Identity => None,
        Encoding::Gzip => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packer.write_all(plain).and_then(|()| packer.finish()).ok()
        }
        Encoding::Brotli => {
            let mut packed = Vec::new();
            let mut packer = brotli::CompressorWriter::new(&mut packed, 4096, quality, 18);
            let written = packer.write_all(plain);
            drop(packer);
            written.is_ok().then_some(packed)
        }
    };
    packed.map_or_else(|| plain.clone(), Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &'static str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, axum::http::HeaderValue::from_static(value));
        Encoding::accepted(&headers)
    }

    #[test]
    fn the_smallest_accepted_encoding_is_chosen() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(accepted("gzip, deflate"), Encoding::Gzip);
        assert_eq!(accepted("gzip;q=1.0, br;q=0"), Encoding::Gzip);
        assert_eq!(accepted("br;q=0.000, identity"), Encoding::Identity);
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Identity);
    }
}
