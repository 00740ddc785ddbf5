//! A run beside those of the simulation, in which every learner is.

use super::cohort::Simulation;
use super::expect::{Expected, Rule, Run};

/// The simulation's courses by number, as the LMS keys them.
#[must_use]
pub fn course_key(number: usize) -> String {
    format!("course-v1:DemoX+C{number}+2026")
}

impl Simulation {
    /// What must come, at the end of every phase, of a run in which every learner is, that asks for so many of these courses (by
    /// number), and from which no regrade takes a completion.
    #[must_use]
    pub fn everybody_in(
        &self,
        run_key: &'static str,
        needed: usize,
        courses: &'static [usize],
    ) -> Vec<Expected> {
        let run = Run { key: run_key, rule: Rule::AtLeast(needed), revocable: false, courses };
        self.cohort.iter().map(|(learner, passed)| run.expected(*learner, passed, true)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lms::Award;

    #[test]
    fn whoever_is_in_a_run_of_the_simulation_gets_from_its_like_what_they_get_there() {
        let simulation = Simulation::new(7, 200);
        for (key, needed, courses) in
            [("path-v1:DemoX+DATA+2026+open", 3, &[1, 2, 3]), ("path-v1:DemoX+WEB+2026+open", 2, &[2, 4, 5])]
        {
            let everybody = simulation.everybody_in(key, needed, courses);
            assert_eq!(everybody.len(), 200);
            for phase in &simulation.phases {
                let there = phase.expected.iter().filter(|expected| expected.run_key == key);
                assert!(there.clone().count() > 50 && there.clone().all(|one| everybody.contains(one)));
            }
        }
    }

    #[test]
    fn to_ask_for_fewer_courses_completes_more() {
        let simulation = Simulation::new(7, 200);
        let completed = |needed| {
            let all = simulation.everybody_in("path-v1:A+B+C+D", needed, &[2, 3, 4]);
            all.iter().filter(|expected| expected.award == Award::Valid).count()
        };
        assert!(0 < completed(3) && completed(3) < completed(2) && completed(2) < 200);
    }
}
