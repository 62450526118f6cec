//! Writes the fragment, event by event.

use std::collections::BTreeMap;

use pulldown_cmark::{Alignment, Event, HeadingLevel, LinkType, Tag, TagEnd};

use crate::text::markdown::headings::Headings;
use crate::text::markdown::html::escape;
use crate::text::markdown::links;
use crate::text::markdown::model::{LONGEST_FRAGMENT, MOST_PROBLEMS, MarkdownProblem, NEW_WINDOW, Reading};
use crate::text::markdown::placeholders::Prepared;

pub(super) struct Writer<'a> {
    notice: &'a str,
    prepared: &'a Prepared<'a>,
    headings: &'a Headings,
    problems: &'a mut Vec<MarkdownProblem>,
    own_host: Option<&'a str>,
    out: String,
    /// The line of the event at hand.
    line: usize,
    headings_written: usize,
    /// Set if the HTML block at hand was complained of.
    html_told: bool,
    link: Option<OpenLink>,
    table: Option<Table>,
    /// The number of tables that each name has been given to.
    table_names: BTreeMap<String, usize>,
}

struct OpenLink {
    /// The start of the link's text in `out`.
    start: usize,
    external: bool,
    /// Set if it leads anywhere: one that cannot be published is shown as its words.
    is_open: bool,
}

struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    has_rows: bool,
    /// The start of the open cell's text in `out`.
    cell_start: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        notice: &'a str,
        facts: &'a BTreeMap<String, String>,
        prepared: &'a Prepared<'a>,
        headings: &'a Headings,
        problems: &'a mut Vec<MarkdownProblem>,
    ) -> Self {
        Self {
            notice,
            prepared,
            headings,
            problems,
            own_host: facts.get("website").and_then(|website| links::own_host(website)),
            out: String::with_capacity(prepared.text().len().saturating_mul(2)),
            line: 1,
            headings_written: 0,
            html_told: false,
            link: None,
            table: None,
            table_names: BTreeMap::new(),
        }
    }

    /// Tells whether going on would tell nothing new.
    pub(super) fn is_full(&mut self) -> bool {
        if self.out.len() > LONGEST_FRAGMENT {
            self.problem("The text grows too long here, with its facts filled in. Shorten it or split it.".to_owned());
            return true;
        }
        self.problems.len() >= MOST_PROBLEMS.saturating_mul(2)
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    fn problem(&mut self, message: String) {
        self.problems.push(MarkdownProblem { line: self.line, message });
    }

    pub(super) fn event(&mut self, reading: &Reading<'_>) {
        self.line = reading.line;
        match &reading.event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) => escape(&mut self.out, &self.prepared.fill(text)),
            Event::Code(code) => {
                self.out.push_str("<code>");
                escape(&mut self.out, &self.prepared.fill(code));
                self.out.push_str("</code>");
            }
            Event::InlineHtml(html) => self.raw_html(html),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::Html(html) => {
                // Once for each block.
                if !self.html_told {
                    self.raw_html(html.trim());
                    self.html_told = true;
                }
            }
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {
                self.not_offered();
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { level, .. } => {
                let id = self.headings.list.get(self.headings_written).map_or("", |heading| heading.id.as_str());
                self.headings_written = self.headings_written.saturating_add(1);
                self.push_all(&["<", shown_level(*level), " id=\""]);
                escape(&mut self.out, id);
                self.out.push_str("\">");
            }
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>\n"),
            Tag::CodeBlock(_) => self.out.push_str("<pre><code>"),
            Tag::HtmlBlock => self.html_told = false,
            Tag::List(None) => self.list("<ul>\n"),
            Tag::List(Some(1)) => self.list("<ol>\n"),
            Tag::List(Some(first)) => self.list(&format!("<ol start=\"{first}\">\n")),
            Tag::Item => self.out.push_str("<li>"),
            Tag::Table(alignments) => self.start_table(alignments),
            Tag::TableHead => {
                self.out.push_str("<thead>\n<tr>");
                self.start_row(true);
            }
            Tag::TableRow => {
                let first = self.table.as_ref().is_some_and(|table| !table.has_rows);
                self.out.push_str(if first { "<tbody>\n<tr>" } else { "<tr>" });
                self.start_row(false);
            }
            Tag::TableCell => self.start_cell(),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Link { link_type, dest_url, title, .. } => self.start_link(*link_type, dest_url, title),
            Tag::Image { .. } => {
                self.problem("Images cannot be published yet. Say in words what the image shows.".to_owned());
            }
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.not_offered(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>\n"),
            TagEnd::Heading(level) => self.push_all(&["</", shown_level(level), ">\n"]),
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>\n"),
            TagEnd::CodeBlock => self.out.push_str("</code></pre>\n"),
            TagEnd::List(true) => self.out.push_str("</ol>\n"),
            TagEnd::List(false) => self.out.push_str("</ul>\n"),
            TagEnd::Item => self.out.push_str("</li>\n"),
            TagEnd::Table => {
                let has_rows = self.table.take().is_some_and(|table| table.has_rows);
                self.out.push_str(if has_rows { "</tbody>\n</table></div>\n" } else { "</table></div>\n" });
            }
            TagEnd::TableHead => self.out.push_str("</tr>\n</thead>\n"),
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Link => self.end_link(),
            TagEnd::HtmlBlock
            | TagEnd::Image
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    fn push_all(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.push_str(part);
        }
    }

    /// A list inside a tight item starts on a line of its own.
    fn list(&mut self, tag: &str) {
        if !self.out.is_empty() && !self.out.ends_with('\n') && !self.out.ends_with("<li>") {
            self.out.push('\n');
        }
        self.out.push_str(tag);
    }

    fn raw_html(&mut self, html: &str) {
        let shown: String = html.chars().take(40).collect();
        self.problem(format!(
            "HTML such as {shown} cannot be published. Write it as Markdown; to show the character < itself, write \\<."
        ));
    }

    fn not_offered(&mut self) {
        self.problem("This kind of Markdown cannot be published. Use paragraphs, lists, tables and links.".to_owned());
    }

    /// A region that can be scrolled by keyboard where the table is wider than the screen (WCAG 2.1.1, 1.4.10), named
    /// by the heading it stands under.
    fn start_table(&mut self, alignments: &[Alignment]) {
        let heading = self.headings_written.checked_sub(1).and_then(|index| self.headings.list.get(index));
        let name = heading.map_or_else(
            || format!("Table in {}", self.notice.replace('-', " ")),
            |heading| format!("Table: {}", heading.text),
        );
        let count = self.table_names.entry(name.clone()).or_insert(0);
        *count = count.saturating_add(1);
        let name = if *count > 1 { format!("{name} ({count})") } else { name };
        self.list("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"");
        escape(&mut self.out, &name);
        self.out.push_str("\"><table>\n");
        self.table =
            Some(Table { alignments: alignments.to_vec(), column: 0, in_head: false, has_rows: false, cell_start: 0 });
    }

    fn start_row(&mut self, head: bool) {
        if let Some(table) = &mut self.table {
            table.in_head = head;
            table.has_rows = !head;
            table.column = 0;
        }
    }

    fn start_cell(&mut self) {
        let Some(table) = &mut self.table else { return };
        self.out.push_str(if table.in_head { "<th scope=\"col\"" } else { "<td" });
        self.out.push_str(match table.alignments.get(table.column) {
            Some(Alignment::Center) => " class=\"centre\">",
            Some(Alignment::Right) => " class=\"right\">",
            Some(Alignment::Left | Alignment::None) | None => ">",
        });
        table.cell_start = self.out.len();
    }

    fn end_cell(&mut self) {
        let Some(table) = &mut self.table else { return };
        table.column = table.column.saturating_add(1);
        let empty = self.out.get(table.cell_start..).is_none_or(|cell| cell.trim().is_empty());
        let in_head = table.in_head;
        self.out.push_str(if in_head { "</th>" } else { "</td>" });
        if in_head && empty {
            self.problem(
                "A table's column has no heading. Write in the table's first row what each column holds.".to_owned(),
            );
        }
    }

    fn start_link(&mut self, kind: LinkType, written: &str, title: &str) {
        if !title.is_empty() {
            self.problem(
                "A link has a hidden title, which phones and keyboards never show. Say it in the link's text."
                    .to_owned(),
            );
        }
        let filled = self.prepared.fill(written);
        let target = if kind == LinkType::Email { format!("mailto:{filled}") } else { filled.into_owned() };
        let (mut external, mut is_open) = (false, false);
        match links::check(&target, self.notice, self.own_host, &self.headings.ids) {
            Ok(checked) => {
                (external, is_open) = (checked.external, true);
                self.out.push_str("<a href=\"");
                escape(&mut self.out, &checked.href);
                let leaving = if external { "\" rel=\"noopener noreferrer\" target=\"_blank\">" } else { "\">" };
                self.out.push_str(leaving);
            }
            // Told already, as a placeholder without a fact.
            Err(_) if self.prepared.has_unknown(written) => {}
            Err(message) => self.problem(message),
        }
        self.link = Some(OpenLink { start: self.out.len(), external, is_open });
    }

    fn end_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        if self.out.get(link.start..).is_none_or(|text| text.trim().is_empty()) {
            self.problem("A link has no text. Write between [ and ] where it leads.".to_owned());
        }
        if link.external && !self.out.ends_with(NEW_WINDOW) {
            self.push_all(&[" ", NEW_WINDOW]);
        }
        if link.is_open {
            self.out.push_str("</a>");
        }
    }
}

/// The element of a heading: a notice has levels 2 to 5, and what is written at another is shown at the nearest.
fn shown_level(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => "h2",
        HeadingLevel::H3 => "h3",
        HeadingLevel::H4 => "h4",
        HeadingLevel::H5 | HeadingLevel::H6 => "h5",
    }
}
