//! `docs/security.md` names a test for each requirement that is met. These tests keep that table whole and true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Requirements of ASVS 5.0 at levels 1 and 2, by chapter.
const REQUIREMENTS: [(u32, usize); 17] = [
    (1, 27),
    (2, 11),
    (3, 19),
    (4, 10),
    (5, 9),
    (6, 35),
    (7, 18),
    (8, 7),
    (9, 7),
    (10, 29),
    (11, 14),
    (12, 9),
    (13, 13),
    (14, 9),
    (15, 13),
    (16, 16),
    (17, 7),
];

struct Row {
    requirement: String,
    status: String,
    how: String,
}

#[test]
fn every_requirement_of_the_standard_has_one_row_with_an_answer() {
    let rows = rows();
    let mut counts = BTreeMap::<u32, BTreeSet<&str>>::new();
    for row in &rows {
        let chapter = row.requirement.split('.').next().unwrap().parse().unwrap();
        assert!(counts.entry(chapter).or_default().insert(&row.requirement), "{} stands twice", row.requirement);
        assert!(["met", "not met", "n.a.", "op"].contains(&row.status.as_str()), "{}: {}", row.requirement, row.status);
        assert!(row.how.len() >= 10, "{} gives neither a test nor a reason", row.requirement);
    }
    let found: Vec<_> = counts.iter().map(|(chapter, numbers)| (*chapter, numbers.len())).collect();
    assert_eq!(found, REQUIREMENTS);
}

#[test]
fn every_test_that_the_table_names_exists() {
    let mut tests = BTreeSet::new();
    for folder in ["src", "tests"] {
        collect_tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut tests);
    }
    let mut named = 0;
    let mut missing = Vec::new();
    for row in rows() {
        for name in row.how.split('`').skip(1).step_by(2).filter(|name| is_test_name(name)) {
            named += 1;
            if !tests.contains(name) {
                missing.push(format!("{}: {name}", row.requirement));
            }
        }
    }
    assert!(named > 100, "only {named} tests are named");
    assert!(missing.is_empty(), "docs/security.md names tests that are not there: {missing:#?}");
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md")).unwrap();
    let (_, table) = page.split_once("| requirement | what it asks |").unwrap();
    let rows: Vec<_> = table
        .lines()
        .skip(2)
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 4, "{line}");
            Row { requirement: cells[0].to_owned(), status: cells[2].to_owned(), how: cells[3].to_owned() }
        })
        .collect();
    rows
}

/// Tests are called by sentences; settings, types and headers are not.
fn is_test_name(name: &str) -> bool {
    name.matches('_').count() >= 2 && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The names of the functions under a `#[test]` or `#[tokio::test]` attribute.
fn collect_tests(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
            collect_tests(&path, tests);
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let mut is_test = false;
        for line in fs::read_to_string(&path).unwrap().lines().map(str::trim) {
            if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if is_test && !line.starts_with('#') {
                let name = line.split_once("fn ").map(|(_, rest)| rest.split('(').next().unwrap());
                tests.extend(name.map(str::to_owned));
                is_test = false;
            }
        }
    }
}
