//! The audience keys that one person may use in one case, opened on their behalf.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::crypto::audience::{self, VerifiedReader, WrapContext};
use crate::crypto::canonical::Canonical;
use crate::crypto::envelope::{self, ContentContext};
use crate::crypto::pad::SizeClass;
use crate::crypto::secret::{AudienceKey, PostKey};
use crate::crypto::service::Purpose;
use crate::domain::audience::{Audience, AuthorClass, Kind, Reader};
use crate::domain::dispute::Seat;
use crate::domain::id::{CaseId, EnvelopeId, PostId};
use crate::service::accounts::SignedIn;
use crate::service::{Candor, Problem};
use crate::store::envelopes::{Envelope, Wrap};
use crate::store::{self, Tx};

/// Audience keys by audience and version.
#[derive(Debug, Default)]
pub(in crate::service) struct Keyring(BTreeMap<(Audience, u32), AudienceKey>);

impl Keyring {
    pub(in crate::service) fn add(&mut self, audience: Audience, version: u32, key: AudienceKey) {
        self.0.insert((audience, version), key);
    }

    /// The key of one version.
    pub(in crate::service) fn get(&self, audience: Audience, version: u32) -> Option<&AudienceKey> {
        self.0.get(&(audience, version))
    }

    /// The key of the newest version held: what is written now is sealed under it.
    pub(in crate::service) fn newest(&self, audience: Audience) -> Option<(u32, &AudienceKey)> {
        self.0
            .range((audience, 0)..=(audience, u32::MAX))
            .next_back()
            .map(|((_, version), key)| (*version, key))
    }
}

/// A wrap before it rests: the reader, the version of the reader's key, and the bytes.
pub(in crate::service) type NewWrap = (Reader, u32, Vec<u8>);

/// Wraps an audience's key for one verified reader.
pub(in crate::service) fn wrap_for(
    candor: &Candor,
    key: &AudienceKey,
    case: CaseId,
    audience: Audience,
    version: u32,
    reader: &Reader,
    verified: &VerifiedReader,
) -> Result<NewWrap, Problem> {
    let key_version = verified.key_version();
    let context = candor.wrap_context(case, audience, version, reader.clone(), key_version);
    let bytes = audience::wrap(key, &context, verified, &candor.randomness)?;
    Ok((reader.clone(), key_version, bytes))
}

fn associated(context: &WrapContext) -> Vec<u8> {
    let reader = store::envelopes::reader_word(&context.reader);
    wrap_at_rest(context.case, u64::from(context.audience.code()), context.version, &reader)
}

/// Where a wrap belongs, in the words of its row.
pub(in crate::service) fn wrap_at_rest(case: CaseId, audience: u64, version: u32, reader: &str) -> Vec<u8> {
    Canonical::new("candor wrap at rest 1")
        .bytes(case.as_bytes())
        .number(audience)
        .number(u64::from(version))
        .text(reader)
        .finish()
}

impl Candor {
    fn wrap_context(
        &self,
        case: CaseId,
        audience: Audience,
        version: u32,
        reader: Reader,
        reader_key_version: u32,
    ) -> WrapContext {
        WrapContext { deployment: self.deployment, case, audience, version, reader, reader_key_version }
    }

    /// Puts a wrap to rest, sealed once more under the service key.
    pub(in crate::service) async fn store_wrap(
        &self,
        tx: &mut Tx,
        case: CaseId,
        audience: Audience,
        version: u32,
        (reader, key_version, bytes): NewWrap,
    ) -> Result<(), Problem> {
        let context = self.wrap_context(case, audience, version, reader.clone(), key_version);
        let body = self.keys.seal(Purpose::Wrap, &associated(&context), &bytes, &self.randomness)?;
        let wrap = Wrap { case, audience, version, reader, key_version, body };
        store::envelopes::insert_wrap(tx, &wrap).await?;
        Ok(())
    }

    /// Opens a stored wrap with a reader's private key.
    pub(in crate::service) fn open_wrap(
        &self,
        wrap: &Wrap,
        private: &impl audience::ReaderPrivateKey,
    ) -> Result<AudienceKey, Problem> {
        let context =
            self.wrap_context(wrap.case, wrap.audience, wrap.version, wrap.reader.clone(), wrap.key_version);
        let bytes = self.keys.open(Purpose::Wrap, &associated(&context), &wrap.body)?;
        Ok(audience::unwrap(&bytes, &context, private)?)
    }

    /// Opens a wrap that does not rest yet.
    pub(in crate::service) fn open_new_wrap(
        &self,
        case: CaseId,
        audience: Audience,
        version: u32,
        (reader, key_version, bytes): &NewWrap,
        private: &impl audience::ReaderPrivateKey,
    ) -> Result<AudienceKey, Problem> {
        let context = self.wrap_context(case, audience, version, reader.clone(), *key_version);
        Ok(audience::unwrap(bytes, &context, private)?)
    }

    /// The private keys of a post, by version, as far as this person has them.
    pub(in crate::service) async fn post_keys(
        &self,
        tx: &mut Tx,
        signed_in: &SignedIn,
        post: &PostId,
    ) -> Result<BTreeMap<u32, PostKey>, Problem> {
        let mut keys = BTreeMap::new();
        for (wrapped, version, body) in store::accounts::post_key_wraps(tx, signed_in.account).await? {
            if wrapped == *post {
                let key = crate::crypto::post::unwrap(
                    &body,
                    self.deployment,
                    post,
                    version,
                    signed_in.account,
                    &signed_in.reading,
                )?;
                keys.insert(version, key);
            }
        }
        Ok(keys)
    }

    /// Opens every audience key that this seat has a wrap of in the case. The caller has asked
    /// `policy` whether the seat sees the case, and asks again for each text.
    pub(in crate::service) async fn keyring(
        &self,
        tx: &mut Tx,
        signed_in: &SignedIn,
        seat: &Seat,
        case: CaseId,
    ) -> Result<Keyring, Problem> {
        let mut ring = Keyring::default();
        let post_keys = self.post_keys(tx, signed_in, &seat.post).await?;
        for wrap in store::envelopes::wraps_for(tx, case, &Reader::Post(seat.post.clone())).await? {
            if let Some(key) = post_keys.get(&wrap.key_version) {
                ring.add(wrap.audience, wrap.version, self.open_wrap(&wrap, key)?);
            }
        }
        for wrap in store::envelopes::wraps_for(tx, case, &Reader::Account(seat.account)).await? {
            // What was wrapped for keys that are lost stays shut.
            if wrap.key_version == signed_in.key_version {
                ring.add(wrap.audience, wrap.version, self.open_wrap(&wrap, &signed_in.reading)?);
            }
        }
        Ok(ring)
    }

    /// Seals a text for the newest version of an audience that the ring has.
    pub(in crate::service) fn seal_text(
        &self,
        ring: &Keyring,
        case: CaseId,
        audience: Audience,
        kind: Kind,
        author: AuthorClass,
        text: &[u8],
    ) -> Result<Envelope, Problem> {
        let (version, key) = ring.newest(audience).ok_or(Problem::NotFound)?;
        self.seal_under(key, case, audience, version, kind, author, text, SizeClass::for_length(text.len())?)
    }

    /// Seals a text under a given key, padded to a given class.
    #[expect(clippy::too_many_arguments, reason = "each is part of what the envelope is bound to")]
    pub(in crate::service) fn seal_under(
        &self,
        key: &AudienceKey,
        case: CaseId,
        audience: Audience,
        version: u32,
        kind: Kind,
        author: AuthorClass,
        text: &[u8],
        class: SizeClass,
    ) -> Result<Envelope, Problem> {
        let id = EnvelopeId::random(&self.randomness);
        let context = ContentContext {
            deployment: self.deployment,
            case,
            audience,
            version,
            envelope: id,
            kind,
            author,
        };
        let body = envelope::seal(key, &context, text, class, &self.randomness)?;
        Ok(Envelope { id, case, audience, audience_version: version, kind, author, case_version: 0, body })
    }
}

/// Opens a sealed text if the ring has its key.
pub(in crate::service) fn open_text(
    candor: &Candor,
    ring: &Keyring,
    envelope: &Envelope,
) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    let Some(key) = ring.get(envelope.audience, envelope.audience_version) else { return Ok(None) };
    let context = ContentContext {
        deployment: candor.deployment,
        case: envelope.case,
        audience: envelope.audience,
        version: envelope.audience_version,
        envelope: envelope.id,
        kind: envelope.kind,
        author: envelope.author,
    };
    Ok(Some(envelope::open(key, &context, &envelope.body)?))
}
