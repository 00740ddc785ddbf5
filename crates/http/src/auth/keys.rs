//! Keys by which tokens of the LMS are verified. They are configuration: the LMS publishes them nowhere.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// Where keys come from.
#[derive(Clone, Default)]
pub struct KeySources {
    /// A JWK set with RSA keys, as `JWT_PUBLIC_SIGNING_JWK_SET` of the LMS has it.
    pub jwk_set: Option<String>,
    /// A file with such a set, read again when it changes.
    pub jwk_set_file: Option<PathBuf>,
    /// The secret that the LMS shares with its services (`JWT_SECRET_KEY`). Whoever has it can forge any token.
    pub secret: Option<Vec<u8>>,
}

/// Why keys cannot be used. Holds no key.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("the file with the JWK set cannot be read")]
    File(#[from] std::io::Error),
    /// Not a JWK set.
    #[error("not a JWK set: {0}")]
    Format(String),
    /// A key that is not an RSA key: a symmetric key in a public set would let anybody sign.
    #[error("key {0} of the JWK set is not of type RSA")]
    NotRsa(usize),
    /// A private key, which has no business here.
    #[error("key {0} of the JWK set is a private key: give the public one only")]
    Private(usize),
    /// Of less than 2,048 bits, or broken.
    #[error("key {0} of the JWK set is no RSA key of 2,048 bits or more")]
    Weak(usize),
    /// For another algorithm.
    #[error("key {0} of the JWK set is for another algorithm than RS256 or RS512")]
    Algorithm(usize),
}

/// One key and what it may verify: the algorithm comes from the key, never from the token.
#[derive(Clone)]
pub(super) struct Key {
    kid: Option<String>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) decoding: DecodingKey,
}

impl Key {
    /// Whether it may have signed a token of this `kid`. By default the LMS names none.
    pub(super) fn may_be(&self, kid: Option<&str>) -> bool {
        kid.is_none_or(|kid| self.kid.as_deref().is_none_or(|own| own == kid))
    }
}

/// The keys that hold now.
pub struct Keys {
    sources: KeySources,
    current: RwLock<Current>,
}

struct Current {
    keys: Arc<[Key]>,
    file: Option<String>,
}

impl Keys {
    /// Reads the keys.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn load(sources: KeySources) -> Result<Self, KeysError> {
        let file = read_file(&sources)?;
        let keys = parse(&sources, file.as_deref())?;
        Ok(Self { sources, current: RwLock::new(Current { keys, file }) })
    }

    /// Reads the file again, and says whether other keys hold now. A file that cannot be used leaves them as they were.
    ///
    /// # Errors
    /// When the file cannot be read or used.
    pub fn reload(&self) -> Result<bool, KeysError> {
        let file = read_file(&self.sources)?;
        if self.current.read().unwrap_or_else(PoisonError::into_inner).file == file {
            return Ok(false);
        }
        let keys = parse(&self.sources, file.as_deref())?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Current { keys, file };
        Ok(true)
    }

    pub(super) fn current(&self) -> Arc<[Key]> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).keys)
    }
}

fn read_file(sources: &KeySources) -> Result<Option<String>, KeysError> {
    Ok(sources.jwk_set_file.as_ref().map(std::fs::read_to_string).transpose()?)
}

fn parse(sources: &KeySources, file: Option<&str>) -> Result<Arc<[Key]>, KeysError> {
    let mut keys = Vec::new();
    for set in [sources.jwk_set.as_deref(), file].into_iter().flatten() {
        keys.extend(parse_set(set)?);
    }
    if let Some(secret) = &sources.secret {
        let (algorithms, decoding) = (vec![Algorithm::HS256], DecodingKey::from_secret(secret));
        keys.push(Key { kid: None, algorithms, decoding });
    }
    Ok(keys.into())
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

/// Of RFC 7517, what concerns us.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<serde::de::IgnoredAny>,
}

fn parse_set(text: &str) -> Result<Vec<Key>, KeysError> {
    let set: Set = serde_json::from_str(text).map_err(|error| KeysError::Format(error.to_string()))?;
    if set.keys.is_empty() {
        return Err(KeysError::Format("it has no key".into()));
    }
    set.keys.into_iter().enumerate().map(|(at, jwk)| parse_key(at, jwk)).collect()
}

fn parse_key(at: usize, jwk: Jwk) -> Result<Key, KeysError> {
    if jwk.kty != "RSA" {
        return Err(KeysError::NotRsa(at));
    }
    if jwk.d.is_some() {
        return Err(KeysError::Private(at));
    }
    let algorithms = match jwk.alg.as_deref() {
        None => vec![Algorithm::RS256, Algorithm::RS512],
        Some("RS256") => vec![Algorithm::RS256],
        Some("RS512") => vec![Algorithm::RS512],
        Some(_) => return Err(KeysError::Algorithm(at)),
    };
    let (n, e) = jwk.n.zip(jwk.e).ok_or(KeysError::Weak(at))?;
    let bytes = URL_SAFE_NO_PAD.decode(&n).map_err(|_| KeysError::Weak(at))?;
    let bits = bytes.iter().skip_while(|byte| **byte == 0).count() * 8;
    if bits < 2_048 {
        return Err(KeysError::Weak(at));
    }
    let decoding = DecodingKey::from_rsa_components(&n, &e).map_err(|_| KeysError::Weak(at))?;
    Ok(Key { kid: jwk.kid, algorithms, decoding })
}
