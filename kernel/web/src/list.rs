//! Lists (列表): the query of a list page, read from its address through the room's own enum of
//! filters and sort orders, and the things around the table: tabs, filter row, toolbar, pager.

use std::{fmt::Display, str::FromStr};

use askama::Template;
use axum::extract::FromRequestParts;
use base::{Cursor, limits};
use http::request::Parts;

use crate::{Fail, Fields, Html, Site, View};

/// An enum whose members have a name in an address: [`names!`](crate::names) makes one.
pub trait Names: Copy + PartialEq + Send + 'static {
    /// All members; the first is the default where one is needed.
    const ALL: &'static [Self];
    /// The name.
    fn name(self) -> &'static str;
}

/// Makes an enum of names: `web::names! { /** Filters. */ pub enum By { Words = "q", Kind = "kind" } }`.
#[macro_export]
macro_rules! names {
    ($(#[$doc:meta])* $vis:vis enum $kind:ident { $($(#[$mdoc:meta])* $member:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $kind { $(
            $(#[$mdoc])*
            #[doc = concat!("`", $name, "` in an address.")]
            $member
        ),+ }
        impl $crate::Names for $kind {
            const ALL: &'static [Self] = &[$(Self::$member),+];
            fn name(self) -> &'static str {
                match self { $(Self::$member => $name),+ }
            }
        }
    };
}

/// How many pages back the address remembers.
const BACK_PAGES: usize = 50;
/// Characters of a filter's value.
const VALUE_CHARS: usize = limits::LINE_CHARS;

/// What a list page was asked for: `F` names the filters (a tab is one of them), `S` the orders.
#[derive(Debug, Clone)]
pub struct ListQuery<F, S> {
    path: String,
    filters: Vec<(F, String)>,
    order: S,
    descending: Option<bool>,
    cursor: Option<Cursor>,
    /// The cursors of the pages before this one, the first page being `None`.
    back: Vec<Option<Cursor>>,
}

impl<F: Names, S: Names> ListQuery<F, S> {
    /// Reads an address. What it does not know it leaves out; a bad cursor is the first page.
    pub fn parse(path: &str, query: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let find = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let filters = F::ALL.iter().filter_map(|f| {
            let value: String = find(f.name())?.trim().chars().take(VALUE_CHARS).collect();
            (!value.is_empty()).then_some((*f, value))
        });
        let order = find("sort").and_then(|n| S::ALL.iter().copied().find(|s| s.name() == n));
        let back = find("back").map(|t| t.split('~').map(Cursor::parse).collect()).unwrap_or_default();
        Self {
            path: path.to_owned(),
            filters: filters.collect(),
            order: order.unwrap_or(S::ALL[0]),
            descending: find("dir").map(|d| d == "desc"),
            cursor: find("after").and_then(Cursor::parse),
            back,
        }
    }

    /// The value of a filter.
    pub fn get(&self, filter: F) -> Option<&str> {
        self.filters.iter().find(|(f, _)| *f == filter).map(|(_, v)| v.as_str())
    }

    /// The value of a filter as a number, an id or a day; what does not parse counts as absent.
    pub fn parsed<T: FromStr>(&self, filter: F) -> Option<T> {
        self.get(filter)?.parse().ok()
    }

    /// The sort order; the first of `S` where none was asked for.
    pub fn order(&self) -> S {
        self.order
    }

    /// Whether it runs downwards; `otherwise` where nothing was asked for.
    pub fn descending(&self, otherwise: bool) -> bool {
        self.descending.unwrap_or(otherwise)
    }

    /// After which row the page begins.
    pub fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    /// Rows of a page.
    pub fn size(&self) -> usize {
        limits::PAGE_ROWS
    }

    /// The same query with a filter set before the page is asked for: for defaults such as the
    /// first tab.
    #[must_use]
    pub fn or(mut self, filter: F, value: impl ToString) -> Self {
        if self.get(filter).is_none() {
            self.filters.push((filter, value.to_string()));
        }
        self
    }

    /// The same query in another order, where none was asked for.
    #[must_use]
    pub fn or_order(mut self, order: S, descending: bool) -> Self {
        if self.order == S::ALL[0] && self.descending.is_none() {
            (self.order, self.descending) = (order, Some(descending));
        }
        self
    }

    /// The address of this list with a filter set (or taken away by an empty value), at its top.
    pub fn with(&self, filter: F, value: &str) -> String {
        let mut other = self.clone();
        other.filters.retain(|(f, _)| *f != filter);
        if !value.is_empty() {
            other.filters.push((filter, value.to_owned()));
        }
        (other.cursor, other.back) = (None, Vec::new());
        other.address(&self.path)
    }

    /// The filters and the order as they were asked for, under another path: for the Excel file and
    /// the print view.
    pub fn under(&self, path: &str) -> String {
        let mut other = self.clone();
        (other.cursor, other.back) = (None, Vec::new());
        other.address(path)
    }

    fn address(&self, path: &str) -> String {
        let mut pairs: Vec<(&str, String)> =
            self.filters.iter().map(|(f, v)| (f.name(), v.clone())).collect();
        if self.order != S::ALL[0] || self.descending.is_some() {
            pairs.push(("sort", self.order.name().to_owned()));
        }
        if let Some(down) = self.descending {
            pairs.push(("dir", if down { "desc" } else { "asc" }.to_owned()));
        }
        if let Some(cursor) = self.cursor {
            pairs.push(("after", cursor.to_text()));
        }
        if !self.back.is_empty() {
            let each = self.back.iter().map(|c| c.map_or("top".to_owned(), Cursor::to_text));
            pairs.push(("back", each.collect::<Vec<_>>().join("~")));
        }
        match serde_urlencoded::to_string(&pairs) {
            Ok(query) if !query.is_empty() => format!("{path}?{query}"),
            _ => path.to_owned(),
        }
    }

    fn next(&self, next: Cursor) -> String {
        let mut other = self.clone();
        other.back.push(self.cursor);
        if other.back.len() > BACK_PAGES {
            other.back.remove(0);
        }
        other.cursor = Some(next);
        other.address(&self.path)
    }

    fn previous(&self) -> Option<String> {
        let mut other = self.clone();
        // A page whose history is unknown leads back to the top.
        other.cursor = match other.back.pop() {
            Some(cursor) => cursor,
            None => self.cursor.and(None),
        };
        self.cursor.map(|_| other.address(&self.path))
    }

    /// A column's head that sorts by `order` when it is clicked.
    pub fn head(&self, v: &View, order: S, key: &str) -> Html {
        self.head_called(order, &v.t(key))
    }

    /// The same with a name that the catalogue does not know.
    pub(crate) fn head_called(&self, order: S, label: &str) -> Html {
        let here = self.order == order;
        let down = here && self.descending == Some(true);
        let mut other = self.clone();
        (other.order, other.descending) = (order, Some(here && !down));
        (other.cursor, other.back) = (None, Vec::new());
        let address = other.address(&self.path);
        let label = label.to_owned();
        Html::of(&Head {
            label,
            address,
            sort: if !here {
                ""
            } else if down {
                "descending"
            } else {
                "ascending"
            },
        })
    }

    /// The filter row's fields, filled with what was asked for; labels are `<prefix>.<name>`.
    pub fn fields(&self, v: &View, prefix: &'static str) -> Fields {
        let values = self.filters.iter().map(|(f, v)| (f.name().to_owned(), v.clone())).collect();
        Fields::filter(v, prefix, values)
    }

    /// The frame of the list: what stands around the table. `next` comes from the page.
    pub fn frame(&self, v: &View, next: Option<Cursor>, shown: usize) -> List {
        let hidden = self.filters.iter().map(|(f, v)| (f.name(), v.clone())).collect();
        List {
            v: v.clone(),
            path: self.path.clone(),
            tabs: Vec::new(),
            tab_name: "",
            filters: Vec::new(),
            filter_names: Vec::new(),
            hidden,
            reset: self.path.clone(),
            asked: self.filters.len(),
            total: None,
            more: Vec::new(),
            export: None,
            print: false,
            empty: "list.empty",
            next: next.map(|c| self.next(c)),
            previous: self.previous(),
            shown,
        }
    }

    /// Tabs over the list: `counts` gives value, label and number for each; the value of the whole
    /// is empty.
    pub fn tabs<'a, N: Display>(
        &self,
        filter: F,
        counts: impl IntoIterator<Item = (&'a str, String, Option<N>)>,
    ) -> Tabs {
        let here = self.get(filter).unwrap_or_default();
        let each = counts.into_iter().map(|(value, label, count)| Tab {
            address: self.with(filter, value),
            label,
            count: count.map(|n| n.to_string()),
            here: value == here,
        });
        Tabs { name: filter.name(), value: here.to_owned(), each: each.collect() }
    }
}

impl<F: Names, S: Names> FromRequestParts<Site> for ListQuery<F, S> {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Fail> {
        Ok(Self::parse(parts.uri.path(), parts.uri.query().unwrap_or_default()))
    }
}

/// The tabs of a list.
pub struct Tabs {
    name: &'static str,
    value: String,
    each: Vec<Tab>,
}

struct Tab {
    address: String,
    label: String,
    count: Option<String>,
    here: bool,
}

/// What stands around a list's table: write `{{ list.top() }}`, the table, `{{ list.bottom() }}`.
pub struct List {
    v: View,
    path: String,
    tabs: Vec<Tab>,
    tab_name: &'static str,
    filters: Vec<Html>,
    filter_names: Vec<String>,
    hidden: Vec<(&'static str, String)>,
    reset: String,
    asked: usize,
    total: Option<String>,
    more: Vec<(String, String)>,
    export: Option<String>,
    print: bool,
    empty: &'static str,
    next: Option<String>,
    previous: Option<String>,
    shown: usize,
}

impl List {
    /// Tabs, kept when the filter row is sent and when it is reset.
    #[must_use]
    pub fn tabs(mut self, tabs: Tabs) -> Self {
        if !tabs.value.is_empty() {
            self.asked = self.asked.saturating_sub(1);
            let kept = serde_urlencoded::to_string([(tabs.name, &tabs.value)]).unwrap_or_default();
            self.reset = format!("{}?{kept}", self.path);
        }
        (self.tabs, self.tab_name) = (tabs.each, tabs.name);
        self
    }

    /// One filter is what the page begins with and nobody's wish: the row of filters stays folded on a phone.
    #[must_use]
    pub fn unasked(mut self, is_default: bool) -> Self {
        self.asked = self.asked.saturating_sub(usize::from(is_default));
        self
    }

    /// A field of the filter row, from [`ListQuery::fields`].
    #[must_use]
    pub fn filter(mut self, field: crate::Field<'_>) -> Self {
        self.filter_names.push(field.name().to_owned());
        self.filters.push(field.html());
        self
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(mut self, n: impl Display) -> Self {
        self.total = Some(n.to_string());
        self
    }

    /// A further link in the toolbar, e.g. "new".
    #[must_use]
    pub fn link(mut self, address: impl Into<String>, key: &str) -> Self {
        let label = self.v.t(key).into_owned();
        self.more.push((address.into(), label));
        self
    }

    /// Where the Excel file of this list is: `q.under("/cases/sheet.xlsx")`.
    #[must_use]
    pub fn export(mut self, address: String) -> Self {
        self.export = Some(address);
        self
    }

    /// Offers to print.
    #[must_use]
    pub fn print(mut self) -> Self {
        self.print = true;
        self
    }

    /// What to say when there is nothing; `<key>.way` says what can be done.
    #[must_use]
    pub fn empty(mut self, key: &'static str) -> Self {
        self.empty = key;
        self
    }

    /// Whether there are rows, i.e. whether to draw the table.
    pub fn any(&self) -> bool {
        self.shown > 0
    }

    /// Tabs, filter row, toolbar; and what to say when there is nothing.
    pub fn top(&self) -> Html {
        Html::of(&Top { l: self, v: &self.v })
    }

    /// The pager.
    pub fn bottom(&self) -> Html {
        Html::of(&Bottom { l: self, v: &self.v })
    }

    /// The address of the same file as CSV.
    fn as_csv(&self, address: &str) -> String {
        format!("{address}{}as=csv", if address.contains('?') { '&' } else { '?' })
    }

    /// Filters that have no field in the row, kept as hidden fields; the tab among them.
    fn kept(&self) -> impl Iterator<Item = &(&'static str, String)> {
        self.hidden.iter().filter(|(name, _)| !self.filter_names.iter().any(|f| f == name))
    }

    fn empty_way(&self) -> Option<&str> {
        self.v.maybe(&format!("{}.way", self.empty))
    }
}

#[derive(Template)]
#[template(path = "web/list_top.html")]
struct Top<'a> {
    l: &'a List,
    v: &'a View,
}

#[derive(Template)]
#[template(path = "web/list_bottom.html")]
struct Bottom<'a> {
    l: &'a List,
    v: &'a View,
}

#[derive(Template)]
#[template(
    source = "<th scope=\"col\"{% if !sort.is_empty() %} aria-sort=\"{{ sort }}\"{% endif %}><a class=\"sort\" href=\"{{ address }}\">{{ label }}</a></th>",
    ext = "html"
)]
struct Head {
    label: String,
    address: String,
    sort: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::names! { enum By { Tab = "tab", Words = "q", Kind = "kind" } }
    crate::names! { enum Order { Due = "due", Made = "made" } }

    type Q = ListQuery<By, Order>;

    #[test]
    fn an_address_survives_being_read_and_written() {
        let q = Q::parse("/x", "tab=open&q=%E6%B0%B4&sort=made&dir=desc&after=5_7&back=top~3_4&evil=1");
        assert_eq!((q.get(By::Words), q.order(), q.descending(false)), (Some("水"), Order::Made, true));
        assert_eq!(q.cursor(), Some(Cursor { key: 5, id: 7 }));
        let written = q.address("/x");
        assert_eq!(written, "/x?tab=open&q=%E6%B0%B4&sort=made&dir=desc&after=5_7&back=top%7E3_4");
        let (_, query) = written.split_once('?').unwrap();
        assert_eq!(Q::parse("/x", query).address("/x"), written);
    }

    #[test]
    fn previous_retraces_next_to_the_top() {
        let first = Q::parse("/x", "tab=open");
        assert_eq!(first.previous(), None);
        let go = |address: String| {
            let (path, query) = address.split_once('?').unwrap();
            Q::parse(path, query)
        };
        let second = go(first.next(Cursor { key: 1, id: 1 }));
        let third = go(second.next(Cursor { key: 2, id: 2 }));
        assert_eq!(go(third.previous().unwrap()).address("/x"), second.address("/x"));
        assert_eq!(second.previous().unwrap(), "/x?tab=open");
    }

    #[test]
    fn another_filter_starts_at_the_top() {
        let q = Q::parse("/x", "tab=open&kind=3&after=5_7&back=top");
        assert_eq!(q.with(By::Kind, ""), "/x?tab=open");
        assert_eq!(q.under("/x.xlsx"), "/x.xlsx?tab=open&kind=3");
    }

    #[test]
    fn a_sort_or_a_value_that_is_not_ours_is_left_out() {
        let long = "y".repeat(500);
        let q = Q::parse("/x", &format!("sort=id%3B&q={long}&after=zz"));
        assert_eq!((q.order(), q.cursor()), (Order::Due, None));
        assert_eq!(q.get(By::Words).unwrap().len(), VALUE_CHARS);
    }
}
