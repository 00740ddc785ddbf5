//! Figures, and whether they hold.

use serde::Serialize;

/// One measured figure.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    /// The bound, as text: `>= 100`; none for a figure that stands for itself.
    goal: Option<String>,
    holds: Option<bool>,
}

impl Figure {
    pub(crate) fn plain(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, value, unit, goal: None, holds: None }
    }

    pub(crate) fn at_least(name: &'static str, value: f64, unit: &'static str, goal: f64) -> Self {
        Self { name, value, unit, goal: Some(format!(">= {goal}")), holds: Some(value >= goal) }
    }

    pub(crate) fn at_most(name: &'static str, value: f64, unit: &'static str, goal: f64) -> Self {
        Self { name, value, unit, goal: Some(format!("<= {goal}")), holds: Some(value <= goal) }
    }
}

/// The middle one; of an even number the lower.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// What lies at this part of the values.
pub(crate) fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let place = (values.len() as f64 * part) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Prints figures: for people, or one line of JSON each.
pub(crate) fn print(figures: &[Figure], json: bool) -> anyhow::Result<()> {
    for figure in figures {
        if json {
            println!("{}", serde_json::to_string(figure)?);
        } else {
            let goal = match (&figure.goal, figure.holds) {
                (Some(goal), Some(true)) => format!("  goal {goal}: holds"),
                (Some(goal), _) => format!("  goal {goal}: MISSED"),
                (None, _) => String::new(),
            };
            println!("{:40} {:>12.2} {}{goal}", figure.name, figure.value, figure.unit);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(&mut [3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_figure_says_whether_it_holds() {
        let line = serde_json::to_string(&Figure::at_least("f", 2.0, "times", 3.0)).unwrap();
        assert_eq!(line, r#"{"name":"f","value":2.0,"unit":"times","goal":">= 3","holds":false}"#);
    }
}
