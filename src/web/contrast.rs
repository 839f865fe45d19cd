//! Holds the stylesheet to the contrast that WCAG 2.2 AA asks for, in both themes.

use std::collections::HashMap;

const STYLESHEET: &str = include_str!("../../static/candor.css");

fn themes() -> [HashMap<&'static str, &'static str>; 2] {
    let mut roots = STYLESHEET.split(":root {").skip(1).map(|rest| {
        let block = rest.split('}').next().unwrap();
        block
            .split(';')
            .filter_map(|line| line.trim().trim_start_matches("--").split_once(": #"))
            .collect::<HashMap<_, _>>()
    });
    let light = roots.next().unwrap();
    let mut dark = light.clone();
    dark.extend(roots.next().unwrap());
    [light, dark]
}

fn luminance(hexadecimal: &str) -> f64 {
    let wide: String = if hexadecimal.len() == 3 {
        hexadecimal.chars().flat_map(|digit| [digit, digit]).collect()
    } else {
        hexadecimal.to_owned()
    };
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_and_its_ground_differ_by_4_5_to_1_and_edges_by_3_to_1() {
    let text = [
        ("ink", "paper"),
        ("ink", "tint"),
        ("ink", "pick"),
        ("ink", "info-t"),
        ("ink", "good-t"),
        ("ink", "warn-t"),
        ("ink", "bad-t"),
        ("soft", "paper"),
        ("soft", "tint"),
        ("soft", "pick"),
        ("link", "paper"),
        ("link", "tint"),
        ("link", "info-t"),
        ("link", "good-t"),
        ("link", "warn-t"),
        ("visited", "paper"),
        ("on", "primary"),
        ("on", "deep"),
        ("on-head", "head"),
        ("head-link", "head"),
        ("bad", "paper"),
        ("bad", "bad-t"),
        ("warn", "paper"),
    ];
    let edges = [
        ("edge", "paper"),
        ("edge", "tint"),
        ("ring", "paper"),
        ("ring", "tint"),
        ("primary", "paper"),
        ("primary", "tint"),
        ("bad", "tint"),
        ("warn", "tint"),
        ("info", "info-t"),
        ("good", "good-t"),
        ("warn", "warn-t"),
        ("bad", "bad-t"),
        ("ring", "head"),
    ];
    for (theme, colours) in ["light", "dark"].into_iter().zip(themes()) {
        for (least, pairs) in [(4.5, &text[..]), (3.0, &edges[..])] {
            for (one, other) in pairs {
                let found = contrast(colours[one], colours[other]);
                assert!(found >= least, "{one} on {other}, {theme}: {found:.2}");
            }
        }
    }
    assert!((contrast("000", "ffffff") - 21.0).abs() < 0.01, "the control");
}
