//! The store on a real Postgres: `DATABASE_URL` names one in which databases can be made.

#[cfg(test)]
mod achievements;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod images;
#[cfg(test)]
mod order;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod tellings;
#[cfg(test)]
mod terms;
