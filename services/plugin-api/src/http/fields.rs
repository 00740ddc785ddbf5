//! What a request says in its body.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use lp_http::{Kind, Problem};
use serde_json::Value;

use super::detail::Refused;

/// Fields by name, of JSON or of a form; none of a body that is empty, whatever it is said to be.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// A text; empty where nothing is said.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Refused> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) if text.contains('\0') => {
                Err(Refused::bad_request(format!("{name}: null characters are not allowed.")))
            }
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Refused::bad_request(format!("{name}: not a valid string."))),
        }
    }

    fn read(content_type: &str, body: &[u8]) -> Result<Self, Refused> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" => {
                let parsed = serde_json::from_slice(body)
                    .map_err(|error| Refused::bad_request(format!("JSON parse error - {error}")))?;
                match parsed {
                    Value::Object(fields) => Ok(Self(fields.into_iter().collect())),
                    _ => Err(Refused::bad_request("Invalid data. Expected a dictionary.")),
                }
            }
            "application/x-www-form-urlencoded" => {
                let pairs = url::form_urlencoded::parse(body);
                Ok(Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect()))
            }
            _ => Err(Problem::new(Kind::UnsupportedMediaType).into()),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let too_large = rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
            Problem::new(if too_large { Kind::BodyTooLarge } else { Kind::InvalidBody })
        })?;
        Self::read(&content_type, &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_1_an_empty_body_is_fine_whatever_it_is_said_to_be() {
        for kind in ["", "application/json", "text/plain", "multipart/form-data"] {
            assert_eq!(Fields::read(kind, b"").unwrap().text("username").unwrap(), "");
        }
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let json = Fields::read("application/json; charset=utf-8", br#"{"username": "a b"}"#).unwrap();
        let form = Fields::read("application/x-www-form-urlencoded", b"username=a+b").unwrap();
        assert_eq!(json, form);
        assert_eq!(json.text("username").unwrap(), "a b");
    }

    #[test]
    fn trap_10_what_is_no_object_of_texts_is_a_bad_request() {
        for body in ["[]", "null", "1", "{", "\"x\"", "\u{0}"] {
            assert!(
                matches!(Fields::read("application/json", body.as_bytes()), Err(Refused::Said(status, _)) if status == 400)
            );
        }
        for body in [r#"{"username": 7}"#, r#"{"username": ["a"]}"#, "{\"username\": \"\\u0000\"}"] {
            let fields = Fields::read("application/json", body.as_bytes()).unwrap();
            assert!(fields.text("username").is_err(), "{body}");
        }
    }
}
