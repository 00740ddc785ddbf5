//! The edge cases of what a learning path means, through the APIs and the bus: `edge_` and the case's letter. Those of dates,
//! invitations and retirement stand with the other tests of these.

mod awards;
mod enrolments;
mod events;
mod evidence;
mod overrides;
mod people;
mod policies;
mod revisions;
mod world;

use world::World;
