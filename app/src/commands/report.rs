//! `linli report`: the figures of the leader's page for programs and for the evening round.

use access::{Clause, ScopeFilter, Touch};
use base::Zone;
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
    match what {
        ReportWhat::Answers => answers(settings, as_json),
        ReportWhat::Forecast => forecast(settings, as_json),
    }
}

/// Days of the past on which the forecast is tried.
const TRIED_DAYS: i64 = 364;

/// The forecast of all units, tried on the last year.
fn forecast(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let (db, rules) = (house::open_now(settings, false)?, house::figure_thresholds(settings)?);
    let (zone, rule) = (Zone::default(), rules.forecast);
    let today = zone.day(db.clock().now());
    let all = db
        .read_now(move |conn| {
            let calendar = calendar::load_almanac(conn)?.calendar("");
            let units: Vec<i64> = access::every_unit(conn)?.iter().map(|u| u.id.raw()).collect();
            figure::histories(conn, &units, &calendar, &zone, today, TRIED_DAYS)
        })
        .told()?;
    let (last, ahead) = (usize::try_from(rule.weeks * 7)?, usize::try_from(rule.days)?);
    let (t, _) = figure::backtest(&all, last, ahead, rule.band_percent);
    let value = json!({
        "units": all.len(),
        "forecasts": t.forecasts,
        "unit_days": t.unit_days,
        "mae_day": t.day_error,
        "mae_day_naive": t.naive_day_error,
        "mean_sum": t.sum_mean,
        "mae_sum": t.sum_error,
        "mae_sum_naive": t.naive_sum_error,
        "band_percent": rule.band_percent,
        "banded": t.banded,
        "in_band_percent": t.in_band_percent,
        "days_in_band_percent": t.days_in_band_percent,
    });
    let sentence = format!(
        "{} 个单位，{} 次预测：单位每日来件平均差 {:.3} 件（照搬上周同日 {:.3}）；{} 天总数平均 {:.2} 件，平均差 {:.2}（照搬上周 {:.2}）；{}% 区间套住总数 {:.1}%、单日 {:.1}%（{} 次，区间由当时已知的误差校准）",
        all.len(),
        t.forecasts,
        t.day_error,
        t.naive_day_error,
        ahead,
        t.sum_mean,
        t.sum_error,
        t.naive_sum_error,
        rule.band_percent,
        t.in_band_percent,
        t.days_in_band_percent,
        t.banded
    );
    answer(as_json, &value, &sentence)
}

fn answers(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
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
