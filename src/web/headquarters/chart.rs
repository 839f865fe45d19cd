//! Numbers over the quarters, drawn: a mark for each and a line for how uncertain it is. Shapes tell the
//! directions apart, never a colour, so that it reads the same in grey, in the dark and on paper.

use std::fmt;

use plotters::prelude::{
    BLACK, ChartBuilder, Circle, IntoDrawingArea, IntoFont, PathElement, Text, TextStyle, TriangleMarker,
};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters_svg::SVGBackend;

use crate::domain::measures::Quarter;

/// A drawing made of numbers and quarters alone: no word that anybody has typed is in it.
#[derive(Clone, Debug, Default)]
pub struct Drawing(String);

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Drawing {}

/// The shape of each series, in words.
pub const SHAPES: [&str; 2] = ["circle", "triangle"];

/// As wide as a small telephone shows it.
const WIDTH: u32 = 360;
const HEIGHT: u32 = 230;

/// A number of a quarter, and between which it may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// None where only a range is told.
    pub value: Option<f64>,
    pub low: f64,
    pub high: f64,
}

/// What the numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Shares, from nothing to all.
    Percent,
    /// From nothing to the largest that there is.
    Numbers,
}

/// One direction over the quarters, oldest first.
pub type Series = Vec<(Quarter, Option<Mark>)>;

/// Draws one or two series. None if there is nothing to draw.
#[must_use]
pub fn draw(series: &[Series], axis: Axis) -> Option<Drawing> {
    series.iter().flatten().find(|(_, mark)| mark.is_some())?;
    let mut text = String::new();
    plot(&mut text, series, axis).ok()?;
    // It takes its width from the page, and its colour.
    let (_, rest) = text.split_once("viewBox=")?;
    let rest = rest.replace("\"#000000\"", "\"currentColor\"");
    Some(Drawing(format!(
        "<svg role=\"img\" aria-label=\"The numbers of the table as a chart\" viewBox={rest}"
    )))
}

fn plot(text: &mut String, series: &[Series], axis: Axis) -> Result<(), Box<dyn std::error::Error>> {
    let quarters: Vec<Quarter> = series.iter().take(1).flatten().map(|(quarter, _)| *quarter).collect();
    let count = u32::try_from(quarters.len())?;
    let top = match axis {
        Axis::Percent => 100.0,
        Axis::Numbers => {
            let marks = series.iter().flatten().filter_map(|(_, mark)| mark.as_ref());
            marks.fold(5.0_f64, |top, mark| top.max(mark.high)) * 1.05
        }
    };
    let area = SVGBackend::with_string(text, (WIDTH, HEIGHT)).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(24)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..f64::from(count), 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(0)
        .x_labels(0)
        .y_labels(5)
        .y_label_formatter(&|number| match axis {
            Axis::Percent => format!("{number:.0} %"),
            Axis::Numbers => format!("{number:.0}"),
        })
        .label_style(("sans-serif", 16).into_font())
        .draw()?;
    for (of, series) in (0_u32..).zip(series) {
        // Beside each other, so that two ranges of a quarter do not hide one another.
        let aside = if of == 0 { 0.4 } else { 0.6 };
        for (at, (_, mark)) in (0_u32..).zip(series) {
            let Some(Mark { value, low, high }) = *mark else { continue };
            let x = f64::from(at) + aside;
            let line = |points: Vec<(f64, f64)>| PathElement::new(points, BLACK.stroke_width(2));
            chart.draw_series([
                line(vec![(x, low), (x, high)]),
                line(vec![(x - 0.06, low), (x + 0.06, low)]),
                line(vec![(x - 0.06, high), (x + 0.06, high)]),
            ])?;
            match (value, of) {
                (Some(value), 0) => {
                    chart.draw_series([Circle::new((x, value), 5, BLACK.filled())])?;
                }
                (Some(value), _) => {
                    chart.draw_series([TriangleMarker::new((x, value), 7, BLACK.filled())])?;
                }
                (None, _) => {}
            }
        }
    }
    let style = TextStyle::from(("sans-serif", 16).into_font()).pos(Pos::new(HPos::Center, VPos::Top));
    for (at, quarter) in (0_u32..).zip(&quarters) {
        let (x, y) = chart.backend_coord(&(f64::from(at) + 0.5, 0.0));
        area.draw(&Text::new(quarter.short(), (x, y + 8), style.clone()))?;
    }
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn series(values: &[Option<f64>]) -> Series {
        let mut quarter = Quarter::of(date(2026, 1, 1));
        let mut series = Vec::new();
        for value in values {
            let mark = |value| Mark { value: Some(value), low: value * 0.8, high: value * 1.2 };
            series.push((quarter, value.map(mark)));
            quarter = quarter.next();
        }
        series
    }

    /// The policy of the pages forbids styles and scripts inside them, and nothing is fetched.
    #[test]
    fn a_chart_has_attributes_alone_and_the_colour_of_the_page() {
        let both = [series(&[Some(33.0), None, Some(80.0)]), series(&[None, Some(14.0), None])];
        let drawn = draw(&both, Axis::Percent);
        let text = drawn.unwrap().to_string();
        for forbidden in ["style", "<script", "href", "url(", "on", "class", "width=\"360\"", "#"] {
            let found = match forbidden {
                // As the beginning of an attribute.
                "on" => text.contains(" on"),
                other => text.contains(other),
            };
            assert!(!found, "{forbidden}: {text}");
        }
        assert_eq!(text.matches("<circle").count(), 2);
        assert_eq!(text.matches("<polygon").count(), 1);
        for label in ["Q1 26", "Q2 26", "Q3 26", "100 %"] {
            assert!(text.contains(label), "{label}: {text}");
        }
        assert!(text.starts_with("<svg role=\"img\"") && text.trim_end().ends_with("</svg>"));
        assert!(draw(&[series(&[None, None])], Axis::Percent).is_none());
        // Numbers have no end of their own: the largest range fits.
        let numbers = draw(&[series(&[Some(400.0), Some(12.0)])], Axis::Numbers).unwrap().to_string();
        assert!(numbers.contains("400") && !numbers.contains('%'), "{numbers}");
    }
}
