//! Live counts, from the process's own metrics.

use super::view::Progress;

/// How far the services are, by their page of metrics; the LMS's own count is given.
pub(crate) fn progress(page: &str, written: u64, lms_topics: &[String]) -> Progress {
    Progress {
        written,
        consumed: lms_topics
            .iter()
            .map(|topic| sum(page, "lp_consumer_messages_total", &[("topic", topic)]))
            .sum(),
        completions: sum(page, "lp_progress_consumer_completions_total", &[("emission", "completed")]),
        awards: sum(
            page,
            "lp_credentials_recorded_total",
            &[("event_type", lp_events::event_type::PATH_COMPLETED)],
        ),
    }
}

/// The sum of a counter over all its label sets that have these labels.
fn sum(page: &str, name: &str, labels: &[(&str, &str)]) -> u64 {
    let of = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let (set, value) = rest.rsplit_once(' ')?;
        let fits = labels.iter().all(|(label, value)| set.contains(&format!("{label}=\"{value}\"")));
        // `name_more` is another metric.
        (fits && (set.is_empty() || set.starts_with('{'))).then(|| value.parse::<u64>().ok()).flatten()
    };
    page.lines().filter_map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_counter_is_summed_over_its_labels() {
        let page = "# TYPE c counter\nc{topic=\"a\",p=\"1\"} 2\nc{topic=\"a\",p=\"2\"} 3\nc{topic=\"b\"} 5\nc_more 7\n";
        assert_eq!(sum(page, "c", &[("topic", "a")]), 5);
        assert_eq!(sum(page, "c", &[]), 10);
        assert_eq!(sum(page, "d", &[]), 0);
    }
}
