//! `linli report`: the figures of the leader's page for programs and for the evening round.

use access::{Clause, ScopeFilter, Touch};
use case::{rules::answers::AnswerTimes, store::CaseFilter};
use serde_json::json;

use super::answer;
use crate::{
    cli::ReportWhat,
    config::Settings,
    house::{self, Told},
};

/// Prints the report.
pub fn report(settings: &Settings, what: &ReportWhat, as_json: bool) -> anyhow::Result<()> {
    let ReportWhat::Answers = what;
    let db = house::open_now(settings, false)?;
    let now = db.clock().now();
    let everything = Clause { touch: Touch::Anything, unit: 0 };
    let filter = CaseFilter::within(ScopeFilter { clauses: vec![everything] });
    let spans = db.read_now(move |conn| case::store::answer_spans(conn, &filter, now)).told()?;
    let answered = spans.len();
    let times = AnswerTimes::of(spans.into_iter().filter_map(|(from, to)| Some((from, to?))));
    let value = json!({
        "answered": answered,
        "n": times.count(),
        "within_15_days": times.share_within(15),
        "within_60_days": times.share_within(60),
        "median_days": times.quantile(50),
        "p90_days": times.quantile(90),
    });
    let show = |t: Option<case::rules::answers::Tenths>| t.map_or_else(|| "—".to_owned(), |t| t.to_string());
    let sentence = format!(
        "已答复且两个时间均已知：{} 件\n15 日内答复 {}%，60 日内答复 {}%\n中位数 {} 日，九成位 {} 日",
        times.count(),
        show(times.share_within(15)),
        show(times.share_within(60)),
        show(times.quantile(50)),
        show(times.quantile(90))
    );
    answer(as_json, &value, &sentence)
}
