//! The demo city (演示城市): a year of synthetic matters on real places, run through the same deeds as
//! everything else. `plan` is pure and knows no database; `fit` holds the figures it is fitted to.

pub mod calls;
pub mod dice;
pub mod fit;
pub mod found;
pub mod ground;
pub mod notices;
pub mod people;
pub mod plan;
pub mod run;
pub mod steps;
pub mod supervise;
pub mod text;
