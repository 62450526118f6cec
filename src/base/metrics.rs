//! Counts that a node keeps of itself, and the text in which a monitoring system reads them (the text format of Prometheus, 0.0.4).
//! Counting costs a few atomic additions; nothing is counted by a name that a visitor chose.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

/// The media type of the text.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper ends of the classes that durations are counted in, in microseconds.
const BOUNDS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 2_500_000, 10_000_000];
/// The label of requests that met no route.
const NO_ROUTE: &str = "none";
/// Classes of status codes, from 1xx to 5xx.
const CLASSES: usize = 5;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The number since the start.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The number of those that hold or wait for something just now; shared with them.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicU64>);

/// One of those that a [`Gauge`] counts, until it is dropped.
#[derive(Debug)]
pub struct Held(Gauge);

impl Gauge {
    /// Counts one until what this gives is dropped.
    pub fn hold(&self) -> Held {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(self.clone())
    }

    /// The number now.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Durations, counted by their length.
#[derive(Debug, Default)]
pub struct Histogram {
    classes: [AtomicU64; BOUNDS.len() + 1],
    /// All of them together, in microseconds.
    sum: AtomicU64,
}

impl Histogram {
    /// Counts a duration.
    pub fn observe(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        if let Some(count) = self.classes.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }
}

/// Requests of one site, by the pattern of their route.
#[derive(Debug, Default)]
pub struct Requests(ArcSwap<HashMap<Box<str>, Arc<Route>>>);

#[derive(Debug, Default)]
struct Route {
    statuses: [Counter; CLASSES],
    durations: Histogram,
}

impl Route {
    fn count(&self, status: u16, duration: Duration) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(count) = self.statuses.get(class) {
            count.add();
        }
        self.durations.observe(duration);
    }
}

impl Requests {
    /// Counts a request. `route` is the pattern, never the path that was asked for; none where no route was met.
    pub fn count(&self, route: Option<&str>, status: u16, duration: Duration) {
        let name = route.unwrap_or(NO_ROUTE);
        match self.0.load().get(name) {
            Some(known) => known.count(status, duration),
            None => self.begin(name).count(status, duration),
        }
    }

    /// The counts of a route that was not met before.
    fn begin(&self, name: &str) -> Arc<Route> {
        let new = Arc::new(Route::default());
        self.0.rcu(|routes| {
            let mut routes = HashMap::clone(routes);
            routes.entry(name.into()).or_insert_with(|| Arc::clone(&new));
            routes
        });
        self.0.load().get(name).map_or(new, Arc::clone)
    }
}

/// The text that a monitoring system reads.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// Begins a number of some kind (`counter`, `gauge` or `histogram`); its samples follow.
    pub fn begin(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// Adds a sample of the number begun last.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{} {value}", written(labels));
    }

    /// Adds a number that has one sample alone.
    pub fn number(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.begin(name, kind, help);
        self.sample(name, &[], value);
    }

    /// Adds the samples of a histogram.
    pub fn histogram(&mut self, name: &str, labels: &[(&str, &str)], histogram: &Histogram) {
        let mut below = 0;
        let bucket = format!("{name}_bucket");
        let ends = BOUNDS.iter().map(|bound| seconds(*bound).to_string()).chain(["+Inf".to_owned()]);
        for (end, count) in ends.zip(&histogram.classes) {
            below += count.load(Ordering::Relaxed);
            let labels = [labels, &[("le", end.as_str())]].concat();
            self.sample(&bucket, &labels, below);
        }
        self.sample(&format!("{name}_sum"), labels, seconds(histogram.sum.load(Ordering::Relaxed)));
        self.sample(&format!("{name}_count"), labels, below);
    }

    /// Adds the requests of some sites.
    pub fn requests(&mut self, sites: &[(&str, &Requests)]) {
        let sites: Vec<_> = sites.iter().map(|(site, requests)| (*site, requests.0.load_full())).collect();
        let routes =
            || sites.iter().flat_map(|(site, routes)| routes.iter().map(move |(name, route)| (*site, name, route)));
        self.begin(
            "bluelamp_requests_total",
            "counter",
            "Requests by the pattern of their route and the class of their status.",
        );
        for (site, name, route) in routes() {
            for (class, count) in (1..).zip(&route.statuses).filter(|(_, count)| count.value() > 0) {
                let class = format!("{class}xx");
                self.sample(
                    "bluelamp_requests_total",
                    &[("site", site), ("route", name), ("status", &class)],
                    count.value(),
                );
            }
        }
        self.begin("bluelamp_request_seconds", "histogram", "Time from the head of a request to its answer.");
        for (site, name, route) in routes() {
            self.histogram("bluelamp_request_seconds", &[("site", site), ("route", name)], &route.durations);
        }
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sum of durations is exact for centuries")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// Labels as the format has them.
fn written(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let all: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", all.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_what_is_no_longer_than_each_bound() {
        let histogram = Histogram::default();
        for micros in [1, 500, 501, 30_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let mut text = Text::default();
        text.histogram("x", &[("a", "b\"c")], &histogram);
        let text = text.finish();
        assert!(
            text.starts_with("x_bucket{a=\"b\\\"c\",le=\"0.0005\"} 2\nx_bucket{a=\"b\\\"c\",le=\"0.001\"} 3\n"),
            "{text}"
        );
        assert!(text.contains("le=\"10\"} 3\n"), "{text}");
        assert!(text.ends_with("le=\"+Inf\"} 4\nx_sum{a=\"b\\\"c\"} 30.001002\nx_count{a=\"b\\\"c\"} 4\n"), "{text}");
    }

    #[test]
    fn many_threads_count_one_route_once() {
        let requests = Requests::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..500).for_each(|_| requests.count(Some("/{address}"), 200, Duration::ZERO)));
            }
        });
        let mut text = Text::default();
        text.requests(&[("public", &requests)]);
        let text = text.finish();
        assert!(text.contains("{site=\"public\",route=\"/{address}\",status=\"2xx\"} 2000\n"), "{text}");
    }
}
