//! The one TLS provider of the process.

/// Installs the ring provider for rustls, once; later calls and other installers do no harm.
///
/// Every factory of a network client calls it: without a provider the HTTP client panics, even for plain `http://`.
pub fn init_tls() {
    // An error means that some provider is already installed, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
