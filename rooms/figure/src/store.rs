//! All SQL of the room: over the `pub_case_*` views only. A number and the list that it opens share one condition
//! (`condition.rs`). Texts hold column names, closed words and whole numbers; nothing that anybody typed.

mod condition;
mod count;
mod irregular;
mod list;
mod load;

pub use count::{Category, all_categories, clock_counts, counts};
pub use irregular::{ActLine, Finding, acts_of_case, case_line, findings, findings_by_unit};
pub use list::{CaseLine, ClockLine, cases, clocks};
pub use load::{OpenCase, Took, dispatch_days, held_now, leaving_days, open_cases, took};

use crate::model::{Area, Ask, ClockState, Counter, Cut, Irregular, Order, Split, Thresholds};

/// Every question that the room asks, as SQL text: for the test that each finds its index.
pub fn questions(ask: &Ask, rules: &Thresholds, units: &[i64]) -> Vec<(String, String)> {
    use web::Names;
    let mut all: Vec<(String, String)> = Vec::new();
    for counter in Counter::ALL {
        for split in Split::ALL {
            let name = format!("{}/{}", counter.name(), split.name());
            all.push((name, count::text(ask, *counter, *split)));
        }
        for down in [false, true] {
            all.push((
                format!("{}/rows", counter.name()),
                list::text(ask, *counter, &first(Order::Time, down)),
            ));
        }
    }
    for state in std::iter::once(None).chain(ClockState::ALL.iter().copied().map(Some)) {
        let ask = Ask { state, ..ask.clone() };
        all.push(("clocks/kinds".to_owned(), count::clocks_text(&ask, Split::Whole)));
        all.push(("clocks/units".to_owned(), count::clocks_text(&ask, Split::Unit)));
        all.push(("clocks/rows".to_owned(), list::clocks_text(&ask, &first(Order::Time, false))));
    }
    for code in Irregular::ALL.iter().copied() {
        all.push((format!("{}/units", code.name()), irregular::text_by_unit(ask, code, rules)));
        for order in Order::ALL {
            all.push((
                format!("{}/rows", code.name()),
                irregular::text(ask, code, rules, &first(*order, true)),
            ));
        }
    }
    all.extend(load::texts(ask, units).map(|(name, text)| (name.to_owned(), text)));
    all
}

/// The first page of a list.
fn first(order: Order, down: bool) -> Cut {
    Cut { order, down, after: None, size: 50 }
}

/// An area without a place is everything of the installation.
fn is_whole(area: &Area) -> bool {
    area.id == 0
}
