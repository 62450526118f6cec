//! Tables that gained or lost columns. Their rows are compared by the columns that both have; the others are set apart, so that a new
//! column does not make every row another one.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use crate::text::changes::blocks::{Block, Column, ExtraCell, Kind};

/// Tables with more columns are compared row by row as they are.
const MOST_COLUMNS: usize = 32;

/// Sets apart the columns that only one of two tables has. Says how many were added and how many removed.
pub(super) fn set_apart(old: &mut [Block], new: &mut [Block]) -> (usize, usize) {
    let (mut added, mut removed) = (0_usize, 0_usize);
    let (old_tables, new_tables) = (tables(old), tables(new));
    for (name, old_ranges) in &old_tables {
        for (old_range, new_range) in old_ranges.iter().zip(new_tables.get(name).into_iter().flatten()) {
            let plan = plan(rows(old, old_range), rows(new, new_range));
            let Some(plan) = plan else { continue };
            added = added.saturating_add(plan.iter().filter(|column| **column == Column::Added).count());
            removed = removed.saturating_add(plan.iter().filter(|column| **column == Column::Removed).count());
            let plan: Rc<[Column]> = plan.into();
            old.get_mut(old_range.clone()).into_iter().flatten().for_each(|row| apply(row, &plan, Column::Removed));
            new.get_mut(new_range.clone()).into_iter().flatten().for_each(|row| apply(row, &plan, Column::Added));
        }
    }
    (added, removed)
}

fn rows<'a>(blocks: &'a [Block], range: &Range<usize>) -> &'a [Block] {
    blocks.get(range.clone()).unwrap_or_default()
}

/// The rows of each table, by its name: tables of one name in their order.
fn tables(blocks: &[Block]) -> BTreeMap<String, Vec<Range<usize>>> {
    let mut found: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    let mut last: Option<Rc<str>> = None;
    for (at, block) in blocks.iter().enumerate() {
        let Kind::Row { table, .. } = &block.kind else {
            last = None;
            continue;
        };
        let ranges = found.entry(table.to_string()).or_default();
        match ranges.last_mut().filter(|_| last.as_ref().is_some_and(|last| Rc::ptr_eq(last, table))) {
            Some(range) => range.end = at.saturating_add(1),
            None => ranges.push(at..at.saturating_add(1)),
        }
        last = Some(Rc::clone(table));
    }
    found
}

/// Lays the columns of two tables over one another; none where both have as many, or nothing in common.
fn plan(old: &[Block], new: &[Block]) -> Option<Vec<Column>> {
    let mut texts = BTreeMap::new();
    let (old, new) = (columns(&mut texts, old)?, columns(&mut texts, new)?);
    if old.len() == new.len() {
        return None;
    }
    // The heaviest pairs of columns in the same order on both sides.
    let width = new.len().saturating_add(1);
    let mut best = vec![0_usize; old.len().saturating_add(1).saturating_mul(width)];
    let place = |i: usize, j: usize| i.saturating_mul(width).saturating_add(j);
    let at = |best: &[usize], i: usize, j: usize| best.get(place(i, j)).copied().unwrap_or_default();
    let paired = |best: &[usize], i: usize, j: usize| {
        let weight = old.get(i).zip(new.get(j)).map_or(0, |(old, new)| old.weight(new));
        if weight > 0 { at(best, i.saturating_add(1), j.saturating_add(1)).saturating_add(weight) } else { 0 }
    };
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let total =
                paired(&best, i, j).max(at(&best, i.saturating_add(1), j)).max(at(&best, i, j.saturating_add(1)));
            if let Some(slot) = best.get_mut(place(i, j)) {
                *slot = total;
            }
        }
    }
    if at(&best, 0, 0) == 0 {
        return None;
    }
    let (mut i, mut j, mut plan) = (0_usize, 0_usize, Vec::new());
    while i < old.len() || j < new.len() {
        let total = at(&best, i, j);
        if i < old.len() && j < new.len() && total > 0 && total == paired(&best, i, j) {
            plan.push(Column::Both);
            (i, j) = (i.saturating_add(1), j.saturating_add(1));
        } else if i < old.len() && (j == new.len() || total == at(&best, i.saturating_add(1), j)) {
            plan.push(Column::Removed);
            i = i.saturating_add(1);
        } else {
            plan.push(Column::Added);
            j = j.saturating_add(1);
        }
    }
    Some(plan)
}

/// The texts of a column, as numbers.
struct Texts {
    header: Option<usize>,
    /// Sorted.
    cells: Vec<usize>,
}

impl Texts {
    /// The weight of what two columns have in common: the same heading counts as much as all of the cells.
    fn weight(&self, other: &Self) -> usize {
        let mut common = 0_usize;
        let (mut own, mut others) = (self.cells.iter().peekable(), other.cells.iter().peekable());
        while let (Some(a), Some(b)) = (own.peek(), others.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => _ = own.next(),
                std::cmp::Ordering::Greater => _ = others.next(),
                std::cmp::Ordering::Equal => {
                    common = common.saturating_add(1);
                    own.next();
                    others.next();
                }
            }
        }
        let same_header = self.header.is_some() && self.header == other.header;
        if same_header { common.saturating_add(self.cells.len()).saturating_add(1) } else { common }
    }
}

/// The columns of a table's rows; none where the rows are not all of one width, or there are too many columns.
fn columns<'a>(texts: &mut BTreeMap<&'a str, usize>, rows: &'a [Block]) -> Option<Vec<Texts>> {
    let width = rows.first()?.cells.len();
    if width > MOST_COLUMNS || rows.iter().any(|row| row.cells.len() != width) {
        return None;
    }
    let mut columns: Vec<Texts> = (0..width).map(|_| Texts { header: None, cells: Vec::new() }).collect();
    for row in rows {
        let is_header = matches!(row.kind, Kind::Row { header: true, .. });
        for (column, cell) in columns.iter_mut().zip(&row.cells) {
            let next = texts.len();
            let number = *texts.entry(cell.text.as_str()).or_insert(next);
            if is_header {
                column.header = Some(number);
            } else {
                column.cells.push(number);
            }
        }
    }
    for column in &mut columns {
        column.cells.sort_unstable();
    }
    Some(columns)
}

/// Moves the cells of the columns that only this side has out of a row.
fn apply(row: &mut Block, plan: &Rc<[Column]>, own: Column) {
    let Kind::Row { cell_classes, columns, .. } = &mut row.kind else { return };
    let cells = std::mem::take(&mut row.cells).into_iter().zip(std::mem::take(cell_classes));
    let of_this_side = plan.iter().filter(|column| **column == Column::Both || **column == own);
    for (column, (prose, class)) in of_this_side.zip(cells) {
        if *column == Column::Both {
            row.cells.push(prose);
            cell_classes.push(class);
        } else {
            row.extra.push(ExtraCell { prose, class });
        }
    }
    *columns = Some(Rc::clone(plan));
}
