//! TLS through rustls: which certificates are trusted, and how strictly they are checked.
//!
//! The cryptography is ring's, which builds with a C compiler alone. Trusted authorities come from `sslrootcert` or from
//! the operating system, since a database's certificate is usually issued by a company's own authority.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, Result};
use crate::exec::connect::tls_settings::{TlsMode, TlsSettings};

/// Makes TLS connections.
pub(crate) type Connector = MakeRustlsConnect;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Reads the certificates that `settings` name. Returns `None` if TLS is disabled.
///
/// # Errors
/// [`Error::Certificate`].
pub(crate) fn connector(settings: &TlsSettings) -> Result<Option<Connector>> {
    if settings.mode == TlsMode::Disable {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let failed = |setting| move |source| Error::Certificate { setting, source };
    let verifier = verifier(settings, &provider).map_err(failed("sslrootcert"))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| failed("sslrootcert")(source.into()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match (&settings.cert, &settings.key) {
        (Some(cert), Some(key)) => {
            let chain = read(cert).map_err(failed("sslcert"))?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|source| failed("sslkey")(source.into()))?;
            builder.with_client_auth_cert(chain, key).map_err(|source| failed("sslcert")(source.into()))?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(Some(MakeRustlsConnect::new(config)))
}

fn verifier(settings: &TlsSettings, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Cause> {
    // As in libpq: with a root certificate, `require` means `verify-ca`.
    let mode = match settings.mode {
        TlsMode::Require if settings.root.is_some() => TlsMode::VerifyCa,
        mode => mode,
    };
    if matches!(mode, TlsMode::Prefer | TlsMode::Require | TlsMode::Disable) {
        return Ok(Arc::new(NoHostnameVerifier { authority: None, provider: Arc::clone(provider) }));
    }
    let roots = Arc::new(roots(settings.root.as_deref())?);
    let strict = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build()?;
    Ok(match mode {
        TlsMode::VerifyCa => Arc::new(NoHostnameVerifier { authority: Some(strict), provider: Arc::clone(provider) }),
        _ => strict,
    })
}

fn roots(file: Option<&str>) -> Result<RootCertStore, Cause> {
    let mut roots = RootCertStore::empty();
    match file {
        None | Some("system") => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Some(file) => {
            for certificate in read(file)? {
                roots.add(certificate)?;
            }
        }
    }
    if roots.is_empty() { Err("no certificate was found".into()) } else { Ok(roots) }
}

fn read(file: &str) -> Result<Vec<CertificateDer<'static>>, Cause> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)?.collect();
    Ok(certificates?)
}

/// Checks the authority, if there is one, and never the host's name, as `verify-ca` and `require` promise.
#[derive(Debug)]
struct NoHostnameVerifier {
    authority: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for NoHostnameVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        let checked = authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match checked {
            // The name is checked last, so everything else was valid.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
