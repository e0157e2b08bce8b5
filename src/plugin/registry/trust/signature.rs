//! Signatures: `<file>.sig` beside a plug-in's file contains the Ed25519 signature of all its bytes, as written by
//! `openssl pkeyutl -sign -rawin`: 64 bytes. They may be followed by the public key (32 bytes) and the SHA-256 of the
//! signed bytes (32 bytes): these prove nothing, but allow the message to say what is wrong with a signature that does not match.
#![forbid(unsafe_code)]

use crate::files;
use crate::plugin::file::hash::{Hash, from_hex, hex};
use crate::status::{Error, Result};
use ed25519_dalek::VerifyingKey;
use libvm_abi as abi;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The size of a signature.
const SIZE: usize = 64;

/// The size of a signature with key and hash.
const LONG_SIZE: usize = SIZE + 32 + 32;

/// The bytes before the 32 bytes of an Ed25519 key in the format of `openssl` (RFC 8410).
const PUBLIC: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PRIVATE: &[u8] = &[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(VerifyingKey);

impl Key {
    /// Creates a key from bytes.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` if the bytes are not a key, or are a weak key, for which many signatures match.
    pub fn new(bytes: &[u8; 32]) -> Result<Self> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(no_key(format!("{} is not one", hex(bytes)))),
        }
    }

    /// Creates a key from text, as `parse_key` reads it.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT`.
    pub fn from_text(text: &str) -> Result<Self> {
        Self::new(&parse_key(text)?)
    }
}

fn no_key(why: impl std::fmt::Display) -> Error {
    let message =
        format!("not an Ed25519 public key: {why}; pass 64 hexadecimal digits, or the output of `openssl pkey -pubout`");
    Error::new(abi::STATUS_INVALID_ARGUMENT, message)
}

/// Parses a public key: hexadecimal digits, base64, or PEM. The text is not repeated in messages: it may be a private key.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT`.
pub fn parse_key(text: &str) -> Result<[u8; 32]> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let body: String = lines.collect();
    if let Some(key) = from_hex(&body) {
        return Ok(key);
    }
    let Some(bytes) = from_base64(&body) else {
        return Err(no_key("the string is neither hexadecimal nor base64"));
    };
    if bytes.len() > 32 && bytes.starts_with(PRIVATE) {
        return Err(no_key("this is a private key, which only the signer may have"));
    }
    let key = bytes.strip_prefix(PUBLIC).unwrap_or(&bytes);
    key.try_into().map_err(|_| no_key(format!("a key has 32 bytes, and the string has {}", bytes.len())))
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if text.len() % 4 != 0 || text.len() - digits.len() > 2 {
        return None;
    }
    let value = |digit: u8| match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut bytes = Vec::new();
    for group in digits.as_bytes().chunks(4) {
        let bits = group.iter().try_fold(0u32, |bits, digit| Some(bits << 6 | u32::from(value(*digit)?)))?;
        let aligned = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&aligned.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

/// Returns the path of the signature of a plug-in's file.
fn path_of(plugin: &Path) -> PathBuf {
    let mut path = OsString::from(plugin);
    path.push(".sig");
    path.into()
}

/// The signature of a file.
pub struct Signature {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Signature {
    /// Returns whether there is a signature beside a plug-in's file.
    pub fn exists_of(plugin: &Path) -> bool {
        path_of(plugin).symlink_metadata().is_ok()
    }

    /// Reads the signature of a plug-in's file; `what` names the plug-in.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_SIGNATURE` if it is missing or has a wrong size; those of opening a file.
    pub fn read(plugin: &Path, what: &str) -> Result<Self> {
        let path = path_of(plugin);
        let refused = |why: String| Error::new(abi::STATUS_PLUGIN_SIGNATURE, format!("{what} {why}")).at_path(plugin);
        let file = match files::open(&path, "open the signature", abi::STATUS_PLUGIN_SIGNATURE) {
            Ok(opened) => opened.file,
            Err(error) if error.status() == abi::STATUS_FILE_NOT_FOUND => {
                let why = "is not signed, and this registry loads signed plug-ins only";
                return Err(refused(format!("{why}: {} does not exist; get it from the source of the plug-in", path.display())));
            }
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        let read = file.take(LONG_SIZE as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::io("read the signature", &path, &error))?;
        Self::of_bytes(bytes, &path, what).map_err(|error| error.at_path(plugin))
    }

    /// Creates a signature from the bytes of the file at a path; `what` names what it signs.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_SIGNATURE` if they have a wrong size.
    pub fn of_bytes(bytes: Vec<u8>, path: &Path, what: &str) -> Result<Self> {
        if bytes.len() != SIZE && bytes.len() != LONG_SIZE {
            let found = match bytes.len() {
                size if size > LONG_SIZE => format!("more than {LONG_SIZE}"),
                size => size.to_string(),
            };
            let message = format!(
                "{what} has a damaged signature: {} has {found} bytes instead of {SIZE} or {LONG_SIZE}; copy or create it again",
                path.display()
            );
            return Err(Error::new(abi::STATUS_PLUGIN_SIGNATURE, message));
        }
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// Checks that the signature is one of these bytes, by one of the keys.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_SIGNATURE`, naming the key, the file or the signature as the cause, if that can be determined.
    pub fn require(&self, keys: &[Key], bytes: &[u8], hash: &Hash, what: &str) -> Result<()> {
        let (raw, said) = self.bytes.split_at(SIZE);
        let signature = raw.try_into().map(|raw| ed25519_dalek::Signature::from_bytes(&raw));
        if signature.is_ok_and(|signature| keys.iter().any(|key| key.0.verify_strict(bytes, &signature).is_ok())) {
            return Ok(());
        }
        let (signer, signed) = said.split_at(said.len() / 2);
        let known = keys.iter().any(|key| key.0.as_bytes() == signer);
        let (file, count) = (self.path.display(), keys.len());
        let why = if said.is_empty() {
            format!(
                "has the signature {file}, which matches none of the {count} keys of the registry: it is by an unknown key, \
                 or the plug-in or the signature was changed; copy both again, or add the signer's key if you trust the signer"
            )
        } else if !known {
            let signer = hex(signer);
            format!(
                "is signed by an unknown key: {file} says that it is by {signer}, \
                 which is none of the {count} keys of the registry; add it if you trust its owner"
            )
        } else if signed != hash {
            let (signed, hash) = (hex(signed), hex(hash));
            format!(
                "was changed after it was signed: {file} is for a file with the SHA-256 {signed}, this has {hash}; \
                 copy or sign it again"
            )
        } else {
            format!(
                "has a damaged signature: {file} names a known key and this file, but does not match; copy or create it again"
            )
        };
        Err(Error::new(abi::STATUS_PLUGIN_SIGNATURE, format!("{what} {why}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8032, 7.1, test 2.
    const KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    fn signature(said: &[u8]) -> Signature {
        let raw = from_hex::<64>(SIGNATURE).unwrap();
        Signature { path: "x.sig".into(), bytes: [&raw, said].concat() }
    }

    fn said(key: &[u8; 32], hash: &Hash) -> Vec<u8> {
        [*key, *hash].concat()
    }

    fn keys(text: &str) -> Vec<Key> {
        vec![Key::new(&parse_key(text).unwrap()).unwrap()]
    }

    #[test]
    fn a_signature_fits_one_key_and_one_content() {
        let key = from_hex(KEY).unwrap();
        let other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let hash = crate::plugin::file::hash::hash;
        let refused = |signature: &Signature, keys: &[Key], bytes: &[u8]| {
            let error = signature.require(keys, bytes, &hash(bytes), "the plug-in").unwrap_err();
            assert_eq!(error.status(), abi::STATUS_PLUGIN_SIGNATURE);
            error.message().to_owned()
        };
        for said in [&[][..], &said(&key, &hash(b"r"))] {
            signature(said).require(&keys(KEY), b"r", &hash(b"r"), "").unwrap();
        }
        // Two keys, one of which matches.
        let both: Vec<Key> = [other, KEY].into_iter().flat_map(keys).collect();
        signature(&[]).require(&both, b"r", &hash(b"r"), "").unwrap();
        // Its own statements prove nothing.
        signature(&said(&[1; 32], &[2; 32])).require(&keys(KEY), b"r", &hash(b"r"), "").unwrap();
        assert!(refused(&signature(&said(&key, &hash(b"s"))), &keys(KEY), b"s").contains("has a damaged signature"));

        assert!(refused(&signature(&[]), &keys(KEY), b"s").contains("by an unknown key, or the plug-in or the signature"));
        let long = signature(&said(&key, &hash(b"r")));
        assert!(refused(&long, &keys(other), b"r").contains(&format!("by {KEY}, which is none of the 1 keys")));
        let changed = refused(&long, &keys(KEY), b"s");
        assert!(changed.contains("was changed after it was signed") && changed.contains(&hex(&hash(b"s"))), "{changed}");
    }

    #[test]
    fn keys_are_read_in_every_form() {
        let key = from_hex::<32>(KEY).unwrap();
        let upper = KEY.to_uppercase();
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END PUBLIC KEY-----\n";
        let forms = [KEY, &upper, "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", pem, &pem.replace('\n', "\r\n")];
        for form in forms {
            assert_eq!(parse_key(form).unwrap(), key, "{form}");
        }
        let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEzNCJKVwuNsnCVbIScKBQhQWBAm6NGMx2JyEcfPCi4K\n-----END PRIVATE KEY-----";
        let bad = [
            ("", "the string has 0"),
            ("???", "neither hexadecimal nor base64"),
            (&KEY[1..], "neither hexadecimal nor base64"),
            ("AAAA", "the string has 3"),
            ("=AAA", "neither"),
            ("AA===", "neither"),
            (private, "this is a private key"),
        ];
        for (text, part) in bad {
            let error = parse_key(text).unwrap_err();
            assert_eq!(error.status(), abi::STATUS_INVALID_ARGUMENT);
            assert!(error.message().contains(part), "{error}");
            assert!(!error.message().contains("IEzNCJ"), "a private key is repeated");
        }
        // Not a point of the curve, and one of small order.
        for bytes in [[2; 32], [0; 32]] {
            assert!(Key::new(&bytes).err().unwrap().message().contains("is not one"));
        }
    }
}
