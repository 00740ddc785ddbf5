//! The store on a real Postgres: `DATABASE_URL` names one in which databases can be made.
#![cfg(test)]

mod achievements;
mod batches;
mod by_hand;
mod images;
mod jobs;
mod order;
mod reading;
mod roles;
mod tellings;
mod terms;
