//! A simulated LMS: a cohort of learners over several paths, what the real producer would write of them, and what must come of it.
//!
//! What must come of it follows from the stories alone, by rules written down here a second time: nothing of `domain` is used.

mod cohort;
mod everybody;
mod expect;
mod message;
mod sender;

pub use cohort::{Phase, Simulation};
pub use everybody::course_key;
pub use expect::{Award, Expected};
pub use message::{Message, TOPICS, Writer};
pub use sender::{Record, Sender};
