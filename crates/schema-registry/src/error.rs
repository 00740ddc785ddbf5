/// Why the registry did not help.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The registry answers that it has no such schema: a message that names it cannot be read.
    #[error("the registry has no schema {id}")]
    NotFound {
        /// The schema's id.
        id: u32,
    },
    /// The registry has the schema, and it is of another kind: a message that names it cannot be read.
    #[error("schema {id} is not Avro")]
    NotAvro {
        /// The schema's id.
        id: u32,
    },
    /// The registry does not answer, or not now; worth another try.
    #[error("the registry is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is none that a registry may give, or it refuses us; worth another try, and somebody's look.
    #[error("the registry's answer is of no use: {why}")]
    Rejected {
        /// What was wrong with it.
        why: String,
    },
}
