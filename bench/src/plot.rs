//! Plots as SVG (图): one file each, legible on white and on black. The library draws in three named colours, and a style
//! in the file gives them other values where the reader's screen is dark.

use plotters::{
    coord::Shift,
    prelude::*,
    style::{FontStyle, FontTransform},
};

/// Text and axes.
const INK: RGBColor = RGBColor(0x1F, 0x23, 0x28);
/// The page.
const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Lines of the grid.
const FAINT: RGBColor = RGBColor(0xD0, 0xD7, 0xDE);
/// The series, told apart by their marks too: each has more than three to one against white and against black.
const SERIES: [RGBColor; 5] = [
    RGBColor(0x1F, 0x77, 0xD0),
    RGBColor(0xC9, 0x5A, 0x12),
    RGBColor(0x2A, 0x8F, 0x4C),
    RGBColor(0x9A, 0x5B, 0xD6),
    RGBColor(0xB8, 0x3E, 0x7A),
];
/// What the three become on a dark screen.
const DARK: &str = "<style>@media (prefers-color-scheme: dark) {\
    [fill=\"#1F2328\"] { fill: #E6EDF3 } [stroke=\"#1F2328\"] { stroke: #E6EDF3 }\
    [fill=\"#FFFFFF\"] { fill: #0D1117 } [stroke=\"#FFFFFF\"] { stroke: #0D1117 }\
    [fill=\"#D0D7DE\"] { fill: #30363D } [stroke=\"#D0D7DE\"] { stroke: #30363D } }</style>";

/// Width of a plot, and of the names beside it.
const WIDE: i32 = 1_020;
const LEGEND: i32 = 270;

/// A line through points that have a name each, such as a percentile or a number of clients.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// The place of each point among the names below, and its value.
    pub points: Vec<(usize, f64)>,
}

/// One plot: names below, values on a scale of tens, because latencies and rates span several.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What the values are.
    pub unit: String,
    /// Names below, from left to right.
    pub names: Vec<String>,
    /// The lines.
    pub series: Vec<Series>,
    /// Whether what stands below has an order, so that a line between two points says something.
    pub is_ordered: bool,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn font(size: i32) -> TextStyle<'static> {
    let font: FontDesc<'static> = FontDesc::new(FontFamily::SansSerif, f64::from(size), FontStyle::Normal);
    font.color(&INK)
}

impl Plot {
    /// Whether there is anything to be drawn.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|s| s.points.is_empty())
    }

    /// The least and the most power of ten that hold every value.
    fn span(&self) -> (f64, f64) {
        let values = || self.series.iter().flat_map(|s| s.points.iter().map(|p| p.1)).filter(|v| *v > 0.0);
        let least = values().fold(f64::INFINITY, f64::min);
        let most = values().fold(0.0, f64::max);
        if most <= 0.0 {
            return (0.1, 10.0);
        }
        let (low, high) = (10_f64.powf(least.log10().floor()), 10_f64.powf(most.log10().ceil()));
        (low, if high > low { high } else { low * 10.0 })
    }

    /// The file.
    ///
    /// # Errors
    /// When the library cannot draw it.
    pub fn svg(&self) -> anyhow::Result<String> {
        let mut out = String::new();
        {
            let area = SVGBackend::with_string(&mut out, (WIDE as u32, 420)).into_drawing_area();
            self.draw(&area).map_err(|e| anyhow::anyhow!("{}: {e}", self.title))?;
        }
        let (head, rest) = out.split_once('>').unwrap_or((&out, ""));
        let name = escaped(&format!("{} ({})", self.title, self.unit));
        Ok(format!("{head} role=\"img\" aria-label=\"{name}\">{DARK}{rest}\n"))
    }

    fn draw(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Failed> {
        area.fill(&PAPER)?;
        let (low, high) = self.span();
        let last = self.names.len().saturating_sub(1) as f64;
        let mut chart = ChartBuilder::on(area)
            .caption(format!("{} ({})", self.title, self.unit), font(21))
            .margin(12)
            .margin_right(LEGEND)
            .x_label_area_size(44)
            .y_label_area_size(72)
            .build_cartesian_2d(-0.4..last + 0.4, (low..high).log_scale())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(FAINT)
            .light_line_style(PAPER.mix(0.0))
            .axis_style(INK)
            .label_style(font(17))
            .x_labels(0)
            .y_label_formatter(&|v| number(*v))
            .draw()?;
        for (place, name) in self.names.iter().enumerate() {
            let style = font(17).transform(FontTransform::None);
            let style = style.pos(plotters::style::text_anchor::Pos::new(
                plotters::style::text_anchor::HPos::Center,
                plotters::style::text_anchor::VPos::Top,
            ));
            let at = chart.backend_coord(&(place as f64, low));
            area.draw_text(name, &style, (at.0, at.1 + 10))?;
        }
        for (nth, series) in self.series.iter().enumerate() {
            let color = SERIES[nth % SERIES.len()];
            let points: Vec<(f64, f64)> =
                series.points.iter().filter(|p| p.1 > 0.0).map(|(x, y)| (*x as f64, *y)).collect();
            if self.is_ordered {
                chart.draw_series(LineSeries::new(points.clone(), color.stroke_width(2)))?;
            }
            // By kind of mark, because a series is of one type.
            let points = points.into_iter();
            match nth % 3 {
                0 => chart.draw_series(points.map(|at| circle(at, color)))?,
                1 => chart.draw_series(points.map(|at| cross(at, color)))?,
                _ => chart.draw_series(points.map(|at| triangle(at, color)))?,
            };
        }
        self.legend(area)?;
        area.present()?;
        Ok(())
    }
}

impl Plot {
    /// Names of the series with their marks, beside the chart, where no line runs.
    fn legend(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Failed> {
        for (nth, series) in self.series.iter().enumerate() {
            let (color, at) = (SERIES[nth % SERIES.len()], (WIDE - LEGEND + 16, 60 + 22 * nth as i32));
            match nth % 3 {
                0 => area.draw(&circle(at, color))?,
                1 => area.draw(&cross(at, color))?,
                _ => area.draw(&triangle(at, color))?,
            }
            area.draw_text(&series.name, &font(17), (at.0 + 12, at.1 - 8))?;
        }
        Ok(())
    }
}

fn circle<C>(at: C, color: RGBColor) -> Circle<C, i32> {
    Circle::new(at, 4, color.filled())
}

fn cross<C>(at: C, color: RGBColor) -> Cross<C, i32> {
    Cross::new(at, 5, color.stroke_width(2))
}

fn triangle<C>(at: C, color: RGBColor) -> TriangleMarker<C, i32> {
    TriangleMarker::new(at, 6, color.filled())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A number with as many digits as it deserves, thousands set apart.
pub fn number(n: f64) -> String {
    match n.abs() {
        a if a >= 1_000.0 => {
            let whole = format!("{n:.0}");
            let (sign, digits) = whole.strip_prefix('-').map_or(("", &*whole), |d| ("-", d));
            let mut out = String::new();
            for (place, digit) in digits.chars().enumerate() {
                if place > 0 && (digits.len() - place).is_multiple_of(3) {
                    out.push(',');
                }
                out.push(digit);
            }
            format!("{sign}{out}")
        }
        a if a >= 100.0 || a == 0.0 => format!("{n:.0}"),
        a if a >= 10.0 => format!("{n:.1}"),
        a if a >= 0.01 => format!("{n:.2}"),
        _ => format!("{n:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_its_names_lines_and_two_lights() {
        let series = |name: &str, from: f64| Series {
            name: name.to_owned(),
            points: vec![(0, from), (1, from * 20.0), (2, 0.0)],
        };
        let plot = Plot {
            title: "Clerk <day>".to_owned(),
            unit: "ms".to_owned(),
            names: ["p50", "p99", "p99.9"].map(str::to_owned).to_vec(),
            series: vec![series("SQLite", 1.5), series("PostgreSQL", 3.0), series("c", 7.0)],
            is_ordered: true,
        };
        let svg = plot.svg().unwrap();
        for part in
            ["p99.9", "SQLite", "PostgreSQL", "prefers-color-scheme: dark", "Clerk &lt;day>", "polyline"]
        {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        // Each of the three colours that the style turns stands in the file as the style names it.
        for color in ["\"#1F2328\"", "\"#FFFFFF\"", "\"#D0D7DE\""] {
            assert!(svg.matches(color).count() > 2, "{color}");
        }
        assert!(!plot.is_empty() && plot.span() == (1.0, 1_000.0), "{:?}", plot.span());
    }

    #[test]
    fn numbers_have_the_digits_that_they_deserve() {
        assert_eq!(
            [0.0714, 12.34, 123.4, 4_862.3, 1_234_567.0, 0.0, 0.0021].map(number),
            ["0.07", "12.3", "123", "4,862", "1,234,567", "0", "0.0021"]
        );
    }
}
