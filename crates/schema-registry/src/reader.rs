use std::sync::Arc;

use lp_events::{Decoded, Envelope, Incoming, Poison, RawHeaders, WriterSchema, WriterSchemas, reason};

use crate::{RegistryClient, RegistryError};

/// Why a message was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It never can be: to be quarantined.
    #[error("the message cannot be read: {0:?}")]
    Poison(Poison),
    /// The registry does not tell its schema now: to be tried again.
    #[error("the schema of the message cannot be had now")]
    Registry(#[source] RegistryError),
}

impl From<Poison> for ReadError {
    fn from(poison: Poison) -> Self {
        Self::Poison(poison)
    }
}

/// Reads the bus's messages, asking the registry once a schema.
#[derive(Debug)]
pub struct EventReader {
    registry: RegistryClient,
    schemas: WriterSchemas,
}

impl EventReader {
    /// A reader that has seen no schema yet.
    #[must_use]
    pub fn new(registry: RegistryClient) -> Self {
        Self { registry, schemas: WriterSchemas::default() }
    }

    /// The event in a message; `None` when it is of a type that we do not know, whose schema is then not asked for.
    ///
    /// # Errors
    /// [`ReadError::Poison`] for a message that can never be read, [`ReadError::Registry`] when its schema is not to be had now.
    pub async fn read(
        &self,
        headers: &RawHeaders,
        payload: Option<&[u8]>,
    ) -> Result<Option<(Envelope, Decoded)>, ReadError> {
        let Incoming::Event { envelope, schema_id, body } = lp_events::open(headers, payload)? else {
            return Ok(None);
        };
        let schema = self.schema(schema_id).await?;
        let decoded = lp_events::decode(&envelope, &schema, body)?;
        Ok(if decoded == Decoded::Unknown { None } else { Some((envelope, decoded)) })
    }

    async fn schema(&self, id: u32) -> Result<Arc<WriterSchema>, ReadError> {
        if let Some(schema) = self.schemas.get(id) {
            return Ok(schema);
        }
        match self.registry.schema_by_id(id).await {
            Ok(text) => Ok(self.schemas.insert(id, &text)?),
            Err(RegistryError::NotFound { .. }) => {
                Err(Poison::new(reason::SCHEMA_UNKNOWN, format!("the registry knows no schema {id}")).into())
            }
            Err(error @ RegistryError::NotAvro { .. }) => {
                Err(Poison::new(reason::SCHEMA_UNKNOWN, error.to_string()).into())
            }
            Err(error @ (RegistryError::Unavailable(_) | RegistryError::Rejected { .. })) => {
                Err(ReadError::Registry(error))
            }
        }
    }
}
