//! A long list, shown a page at a time by plain links.

use crate::base::web::shell::Link;

/// Rows on one page of a list.
pub const ROWS: usize = 100;

/// The part of a list that is shown, and the ways to the parts beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Place of the first row shown, from 1.
    pub first: usize,
    /// Place of the last row shown.
    pub last: usize,
    /// Rows in the whole list.
    pub total: usize,
    /// To the page before; none on the first.
    pub previous: Option<Link>,
    /// To the page after; none on the last.
    pub next: Option<Link>,
}

impl Paging {
    /// The rows of the page that was asked for, and where they stand in the list. What is no number means the first page, and a
    /// number beyond the last means that one. `filter` holds the other fields of the address.
    pub fn of<T>(rows: Vec<T>, asked: &str, path: &str, filter: &[(&str, &str)]) -> (Self, Vec<T>) {
        let total = rows.len();
        let pages = total.div_ceil(ROWS).max(1);
        let page = asked.parse().unwrap_or(1).clamp(1, pages);
        let link = |number: usize| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(filter.iter().filter(|(_, value)| !value.is_empty()));
            query.append_pair("page", &number.to_string());
            Link { label: format!("page {number} of {pages}"), href: format!("{path}?{}", query.finish()) }
        };
        let start = (page - 1) * ROWS;
        let shown: Vec<T> = rows.into_iter().skip(start).take(ROWS).collect();
        let paging = Self {
            first: start + usize::from(!shown.is_empty()),
            last: start + shown.len(),
            total,
            previous: (page > 1).then(|| link(page - 1)),
            next: (page < pages).then(|| link(page + 1)),
        };
        (paging, shown)
    }

    /// Tells whether the list has more than this page.
    pub fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_on_one_page_and_odd_numbers_lead_to_a_page_that_is_there() {
        let rows: Vec<usize> = (1..=250).collect();
        let of = |asked: &str| Paging::of(rows.clone(), asked, "/notices", &[("q", "a b"), ("only", "")]);
        let all: Vec<usize> = ["1", "2", "3"].iter().flat_map(|page| of(page).1).collect();
        assert_eq!(all, rows);
        let (paging, _) = of("2");
        assert_eq!((paging.first, paging.last, paging.total), (101, 200, 250));
        assert_eq!(paging.next.unwrap().href, "/notices?q=a+b&page=3");
        assert_eq!(paging.previous.unwrap().href, "/notices?q=a+b&page=1");
        for odd in ["", "0", "-1", "x", "1.5"] {
            assert_eq!(of(odd).1.first(), Some(&1), "{odd:?}");
        }
        assert_eq!(of("999999").1.last(), Some(&250));
        assert_eq!(Paging::of(Vec::<usize>::new(), "7", "/notices", &[]), (Paging::default(), Vec::new()));
    }
}
