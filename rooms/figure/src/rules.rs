//! Pure decisions: the table of indicators, the table of queries, the forecast.

mod band;
mod forecast;
mod irregular;
mod metric;

pub use band::Band;
pub use forecast::{
    Arrival, Backtest, Daily, History, Learnt, Likeness, Load, Outlook, backtest, forecast_load, outlook_of,
};
pub use irregular::{CHECKS, Check};
pub use metric::{METRICS, Metric, TABLE};
