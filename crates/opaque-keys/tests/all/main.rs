//! Keys as the Python library reads them: a table, a live comparison, properties.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod properties;
