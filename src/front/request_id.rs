//! The name of a request: what an error page shows and the log carries. Ours, never the client's.

use axum::http::HeaderValue;
use jiff::Timestamp;
use uuid::{NoContext, Uuid};

/// A UUID of version 7 (RFC 9562 section 5.7): its order is the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId([u8; uuid::fmt::Hyphenated::LENGTH]);

impl RequestId {
    /// The id of a request that came at a time. Nobody who sees ids can tell how many there were between them.
    pub fn new(at: Timestamp) -> Self {
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let at = uuid::Timestamp::from_unix(NoContext, seconds, at.subsec_nanosecond().unsigned_abs());
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        Uuid::new_v7(at).hyphenated().encode_lower(&mut text);
        Self(text)
    }

    /// Its 36 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The id as a header value.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.0).unwrap_or(HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_of_their_time_and_never_alike() {
        let at: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let one: Uuid = RequestId::new(at).as_str().parse().unwrap();
        let other: Uuid = RequestId::new(at).as_str().parse().unwrap();
        assert_eq!(one.get_version_num(), 7);
        assert_eq!(one.get_timestamp().unwrap().to_unix().0, at.as_second().unsigned_abs());
        assert_ne!(one, other);
    }

    #[test]
    fn ids_do_not_tell_how_many_there_were() {
        let at: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let made: Vec<[u8; 16]> =
            (0..64).map(|_| *RequestId::new(at).as_str().parse::<Uuid>().unwrap().as_bytes()).collect();
        // Each pair of neighbouring bytes after the time, as a number, read either way round.
        for place in 6..15 {
            for read in [u16::from_be_bytes, u16::from_le_bytes] {
                let numbers = made.iter().map(|id| read([id[place], id[place + 1]]));
                let steps: std::collections::BTreeSet<u16> =
                    numbers.clone().zip(numbers.skip(1)).map(|(one, next)| next.wrapping_sub(one)).collect();
                assert!(steps.len() > 16, "bytes {place} and {} count: {steps:?}", place + 1);
            }
        }
    }
}
