//! One line for every request: what was asked for by its route pattern, what came of it and how long it took. Never an
//! address, a query, a body, a referrer or a cookie: a line has no room for them.
//!
//! A slow terminal or disk keeps no visitor waiting: see [`Lines`].

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use uuid::Uuid;

use crate::base::config::LogFormat;
use crate::base::lines::Lines;
use crate::base::metrics::Requests;
use crate::front::request_id::RequestId;

/// Lines wait at most this long for more.
const WAIT: Duration = Duration::from_secs(1);

/// The request log of a site, with counts of its requests; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    lines: Option<(LogFormat, Lines<Stamp>)>,
    requests: Arc<Requests>,
}

/// A time, written out but for its end.
#[derive(Debug, Default)]
struct Stamp {
    second: i64,
    text: String,
}

/// The log line of a request.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The time of the answer.
    pub at: Timestamp,
    /// Its method; one that is not known is written as `_OTHER`.
    pub method: &'a Method,
    /// The pattern of its route; none where no route was found.
    pub route: Option<&'a str>,
    /// The status of the answer.
    pub status: StatusCode,
    /// The time it took.
    pub duration: Duration,
    /// Its name.
    pub id: &'a RequestId,
    /// The account that sent it, on the staff site.
    pub staff: Option<Uuid>,
}

impl RequestLog {
    /// A log that keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// A log that is written to a sink by a thread of its own.
    pub fn to(format: LogFormat, sink: impl Write + Send + 'static) -> std::io::Result<Self> {
        Ok(Self { lines: Some((format, Lines::to("request-log", WAIT, sink)?)), requests: Arc::default() })
    }

    /// The log of another site: its lines go to the same sink, and its requests are counted apart.
    #[must_use]
    pub fn for_another_site(&self) -> Self {
        Self { lines: self.lines.clone(), requests: Arc::default() }
    }

    /// The requests of this site so far.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Adds a line, and counts the request.
    pub fn add(&self, line: &Line<'_>) {
        self.requests.count(line.route, line.status.as_u16(), line.duration);
        if let Some((format, lines)) = &self.lines {
            lines.add(|out, stamp| put(*format, line, out, stamp));
        }
    }

    /// The number of lines dropped since the start.
    pub fn lost(&self) -> u64 {
        self.lines.as_ref().map_or(0, |(_, lines)| lines.lost())
    }

    /// Writes what is left. A sink that takes nothing is given up after 2 seconds.
    pub fn close(&self) {
        if let Some((_, lines)) = &self.lines {
            lines.close();
        }
    }
}

fn put(format: LogFormat, line: &Line<'_>, lines: &mut Vec<u8>, stamp: &mut Stamp) {
    let second = line.at.as_second();
    if second != stamp.second || stamp.text.is_empty() {
        *stamp = Stamp { second, text: line.at.strftime("%Y-%m-%dT%H:%M:%S").to_string() };
    }
    let millisecond = line.at.subsec_millisecond().unsigned_abs();
    let method = method(line.method);
    let status = line.status.as_u16();
    let milliseconds = line.duration.as_secs_f64() * 1000.0;
    let (stamp, id) = (&stamp.text, line.id.as_str());
    // Writing to memory does not fail. Nothing here needs escaping: it all comes from this program.
    let _ = match format {
        LogFormat::Json => {
            let _ = write!(lines, r#"{{"timestamp":"{stamp}.{millisecond:03}Z","http.request.method":"{method}""#);
            if let Some(route) = line.route {
                let _ = write!(lines, r#","http.route":"{route}""#);
            }
            if let Some(staff) = line.staff {
                let _ = write!(lines, r#","staff_id":"{staff}""#);
            }
            writeln!(
                lines,
                r#","http.response.status_code":{status},"duration_ms":{milliseconds:.3},"request_id":"{id}"}}"#
            )
        }
        LogFormat::Pretty => writeln!(
            lines,
            "{stamp}.{millisecond:03}Z {status} {method} {} {milliseconds:.3} ms {id}",
            line.route.unwrap_or("-")
        ),
    };
}

/// The methods of RFC 9110 and PATCH; a made-up one could carry anything, so it is not repeated.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn written(format: LogFormat, method: &Method, route: Option<&str>) -> String {
        let paper = Paper::default();
        let log = RequestLog::to(format, paper.clone()).unwrap();
        let at = "2026-11-24T12:00:00.005Z".parse().unwrap();
        let id = RequestId::new(at);
        let duration = Duration::from_micros(1500);
        log.add(&Line { at, method, route, status: StatusCode::OK, duration, id: &id, staff: None });
        log.close();
        paper.text().replace(id.as_str(), "ID")
    }

    #[test]
    fn a_line_is_an_object_with_the_names_of_opentelemetry() {
        let line = written(LogFormat::Json, &Method::GET, Some("/{address}"));
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            line,
            serde_json::json!({
                "timestamp": "2026-11-24T12:00:00.005Z",
                "http.request.method": "GET",
                "http.route": "/{address}",
                "http.response.status_code": 200,
                "duration_ms": 1.5,
                "request_id": "ID",
            })
        );
    }

    #[test]
    fn a_line_for_people_is_one_line() {
        let line = written(LogFormat::Pretty, &Method::POST, None);
        assert_eq!(line, "2026-11-24T12:00:00.005Z 200 POST - 1.500 ms ID\n");
    }

    #[test]
    fn a_made_up_method_is_not_repeated() {
        let made_up = Method::from_bytes(b"JANEDOE").unwrap();
        let line = written(LogFormat::Json, &made_up, None);
        assert!(line.contains(r#""http.request.method":"_OTHER""#) && !line.contains("JANE"), "{line}");
    }

    #[test]
    fn no_line_is_lost_between_many_writers() {
        let paper = Paper::default();
        let log = RequestLog::to(LogFormat::Json, paper.clone()).unwrap();
        let at = "2026-11-24T12:00:00Z".parse().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let id = RequestId::new(at);
                        let duration = Duration::ZERO;
                        log.add(&Line {
                            at,
                            method: &Method::GET,
                            route: None,
                            status: StatusCode::OK,
                            duration,
                            id: &id,
                            staff: None,
                        });
                    }
                });
            }
        });
        log.close();
        assert_eq!(paper.text().lines().filter(|line| line.ends_with("\"}")).count(), 2000);
    }
}
