//! The HTTP client of all services: through which proxy, trusting whom, and who it was that could not be reached.

use crate::error::{Error, Result};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper_util::client::legacy;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::error::Error as StdError;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// The variables that name a proxy, as curl reads them: the first of a line that is set counts.
const PROXY_VARIABLES: [[&str; 2]; 3] =
    [["HTTPS_PROXY", "https_proxy"], ["HTTP_PROXY", "http_proxy"], ["ALL_PROXY", "all_proxy"]];

/// How calls leave this machine.
#[derive(Debug, Clone, Default)]
pub(super) struct NetworkRoute {
    /// Whether the calls need neither TLS nor the system's roots, whose reading costs milliseconds.
    pub plain: bool,
    /// Whether the other side is on this machine, where no proxy leads.
    pub loopback: bool,
    /// Whether the other side is the embedded cloud.
    pub embedded: bool,
    /// Certificates to trust instead of the system's, as PEM.
    pub roots: Option<Vec<u8>>,
}

/// Tells whether a URL leads to this machine.
pub(super) fn is_loopback(url: &str) -> bool {
    let Some(host) = url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)) else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads the certificates of a file. `by` is what named the file.
///
/// # Errors
/// `usage` where there is no certificate in it that can be trusted.
pub(super) fn read_roots(file: &str, by: &str) -> Result<Vec<u8>> {
    let wrong = |what: String| {
        Error::usage(format!("{by}: {what}"))
            .hint("It has to name a file of certificates as PEM (`-----BEGIN CERTIFICATE-----`), those that sign what the proxy or AWS shows.")
    };
    let text = std::fs::read(Path::new(file)).map_err(|e| wrong(format!("{file} cannot be read: {e}")))?;
    let mut usable = String::new();
    let mut store = RootCertStore::empty();
    for found in CertificateDer::pem_slice_iter(&text) {
        let der = found.map_err(|e| wrong(format!("{file} is not PEM: {e}")))?;
        // The HTTP client panics over a certificate that rustls refuses.
        if store.add(der.clone()).is_ok() {
            let _ = write!(
                usable,
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                BASE64_STANDARD.encode(&der)
            );
        }
    }
    if usable.is_empty() { Err(wrong(format!("{file} has no certificate"))) } else { Ok(usable.into_bytes()) }
}

/// Refuses a proxy that cannot be used: the client would pass it over in silence.
pub(super) fn check_proxies(env: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    for names in PROXY_VARIABLES {
        let Some((name, value)) = set_first(env, names) else { continue };
        let read = value.parse::<http::Uri>().ok().filter(|uri| uri.authority().is_some());
        let scheme = read.as_ref().map(|uri| uri.scheme_str().unwrap_or("http").to_ascii_lowercase());
        // The value is not shown: it may hold a password.
        let what = match scheme.as_deref() {
            Some("http" | "https") => continue,
            Some(other) => format!("{name} names a proxy of the scheme `{other}`"),
            None => format!("{name} is not the address of a proxy"),
        };
        return Err(Error::usage(what).hint(format!("Write http://HOST:PORT or https://HOST:PORT, or unset {name}.")));
    }
    Ok(())
}

fn set_first(env: &dyn Fn(&str) -> Option<String>, names: [&'static str; 2]) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| Some((name, env(name)?))).filter(|(_, value)| !value.is_empty())
}

/// Makes the one connection pool of all services.
pub(super) fn client(route: NetworkRoute) -> SharedHttpClient {
    let inner = Builder::new().build_with_connector_fn({
        let route = route.clone();
        move |settings, components| {
            let proxy = if route.loopback { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
            let mut builder = Connector::builder().proxy_config(proxy);
            if let Some(settings) = settings {
                builder = builder.connector_settings(settings.clone());
            }
            if let Some(components) = components {
                builder.set_sleep_impl(components.sleep_impl());
            }
            if route.plain {
                return builder.build_http();
            }
            let roots = match &route.roots {
                Some(pem) => tls::TrustStore::empty().with_pem_certificate(pem.clone()),
                None => tls::TrustStore::default(),
            };
            let builder = builder.tls_provider(tls::Provider::rustls(tls::rustls_provider::CryptoMode::Ring));
            match tls::TlsContext::builder().with_trust_store(roots).build() {
                Ok(context) => builder.tls_context(context).build(),
                Err(_) => builder.build(),
            }
        }
    });
    SharedHttpClient::new(NamingClient { inner, route: Arc::new(route) })
}

/// A failure on the way, with who was called and through whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CalledParty {
    /// Scheme, host and port.
    pub url: String,
    /// The proxy's address without its password, and the variable that named it.
    pub proxy: Option<(String, &'static str)>,
    /// Whether no connection was made, so that nothing can have been done.
    pub unconnected: bool,
    /// Whether it is the embedded cloud.
    pub embedded: bool,
}

impl CalledParty {
    fn of(uri: &http::Uri, route: &NetworkRoute) -> CalledParty {
        let env = |name: &str| std::env::var(name).ok();
        let proxy = (!route.loopback).then(|| Matcher::from_env().intercept(uri)).flatten().map(|proxy| {
            let [https, http, all] = PROXY_VARIABLES;
            let own = if uri.scheme_str() == Some("https") { https } else { http };
            let name = set_first(&env, own).or_else(|| set_first(&env, all)).map_or("HTTPS_PROXY", |(name, _)| name);
            (proxy.uri().to_string().trim_end_matches('/').to_owned(), name)
        });
        let scheme = uri.scheme_str().unwrap_or("https");
        let url = format!("{scheme}://{}", uri.authority().map_or("", |authority| authority.as_str()));
        CalledParty { url, proxy, unconnected: false, embedded: route.embedded }
    }

    /// Words the failure `cause`, as the system told it.
    pub fn told(&self, cause: &str) -> String {
        let lower = cause.to_ascii_lowercase();
        let first = match &self.proxy {
            Some((proxy, name)) => format!("the proxy {proxy} ({name})"),
            None => self.url.clone(),
        };
        let through = self.proxy.as_ref().map_or(String::new(), |_| format!(" on the way to {}", self.url));
        if self.embedded && self.unconnected {
            format!("the embedded cloud at {} has ended: {cause}", self.url)
        } else if lower.contains("connection refused") {
            format!("nothing listens at {first}{through}: {cause}")
        } else if lower.contains("dns error") || lower.contains("failed to lookup") {
            format!("the host of {first} is unknown here{through}: {cause}")
        } else {
            format!("{first}{through}: {cause}")
        }
    }

    /// Says what to do about it.
    pub fn advice(&self, cause: &str) -> String {
        let lower = cause.to_ascii_lowercase();
        let certificate = lower.contains("certificate");
        match &self.proxy {
            Some(_) if certificate => "The proxy shows a certificate that is not trusted here: name a file with the CA that signed it by AWS_CA_BUNDLE, or by `ca_bundle` in the profile.".to_owned(),
            None if certificate => "The certificate of the other side is not trusted here: name a file with its CA by AWS_CA_BUNDLE, or by `ca_bundle` in the profile. Another endpoint is perhaps not AWS.".to_owned(),
            Some((_, name)) if lower.contains("authorization required") => {
                format!("The proxy wants a name and a password: write them into {name} as http://NAME:PASSWORD@HOST:PORT.")
            }
            Some((_, name)) => format!("Check {name}, and NO_PROXY where this host is to be called directly, then run the same command again."),
            None if self.embedded => "`deployer local status` tells whether it runs and where its log is; the same command starts it and goes on.".to_owned(),
            None if lower.contains("tls handshake") => "The other side speaks no TLS: check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY.".to_owned(),
            None => "Check the network, the region's name and --endpoint-url (or AWS_ENDPOINT_URL), and HTTPS_PROXY where only a proxy leads out, then run the same command again.".to_owned(),
        }
    }
}

/// A failure on the way.
#[derive(Debug, thiserror::Error)]
#[error("{} was called", party.url)]
pub(super) struct RouteFailure {
    pub party: CalledParty,
    source: Box<dyn StdError + Send + Sync>,
}

/// Names who was called in every failure: the system's words do not.
#[derive(Debug)]
struct NamingClient {
    inner: SharedHttpClient,
    route: Arc<NetworkRoute>,
}

impl HttpClient for NamingClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(NamingConnector { inner, route: Arc::clone(&self.route) })
    }
}

#[derive(Debug)]
struct NamingConnector {
    inner: SharedHttpConnector,
    route: Arc<NetworkRoute>,
}

impl HttpConnector for NamingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (uri, route) = (request.uri().to_owned(), Arc::clone(&self.route));
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            answer.await.map_err(|error| match uri.parse() {
                Ok(uri) => named(error, CalledParty::of(&uri, &route)),
                Err(_) => error,
            })
        })
    }
}

fn named(error: ConnectorError, mut party: CalledParty) -> ConnectorError {
    party.unconnected = find::<legacy::Error>(&error).is_some_and(legacy::Error::is_connect);
    let kind = error.as_other();
    let (timeout, user, io) = (error.is_timeout(), error.is_user(), error.is_io());
    let failure = Box::new(RouteFailure { party, source: error.into_source() });
    match () {
        () if timeout => ConnectorError::timeout(failure),
        () if user => ConnectorError::user(failure),
        () if io => ConnectorError::io(failure),
        () => ConnectorError::other(failure, kind),
    }
}

/// Finds a cause of a type.
pub(super) fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(<dyn StdError>::downcast_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_called_without_a_proxy() {
        for url in ["http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:1", "https://127.9.9.9"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["http://10.0.0.1", "https://moto.local", "http://localhost.example.com", "nonsense//"] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_without_its_password() {
        let check = |name: &'static str, value: &'static str| {
            check_proxies(&|asked| (asked == name).then(|| value.to_owned())).map_err(|error| error.message)
        };
        for fine in ["http://p:3128", "https://u:secret@p", "p:3128", ""] {
            assert_eq!(check("https_proxy", fine), Ok(()), "{fine}");
        }
        assert_eq!(
            check("HTTPS_PROXY", "socks5://u:secret@p:1080"),
            Err("HTTPS_PROXY names a proxy of the scheme `socks5`".to_owned())
        );
        assert_eq!(check("ALL_PROXY", "http://u:secret@"), Err("ALL_PROXY is not the address of a proxy".to_owned()));
    }

    #[test]
    fn who_could_not_be_reached_is_named() {
        let direct = CalledParty {
            url: "https://sts.x.amazonaws.com".to_owned(),
            proxy: None,
            unconnected: true,
            embedded: false,
        };
        let proxied = CalledParty { proxy: Some(("http://p:3128".to_owned(), "HTTPS_PROXY")), ..direct.clone() };
        let embedded = CalledParty { embedded: true, url: "http://127.0.0.1:1".to_owned(), ..direct.clone() };
        let mut told = Vec::new();
        for cause in [
            "dns error: failed to lookup address information",
            "tcp connect error: Connection refused (os error 111)",
            "invalid peer certificate: UnknownIssuer",
            "tunnel error: proxy authorization required",
            "HTTP connect timeout occurred after 3.1s",
        ] {
            for party in [&direct, &proxied, &embedded] {
                told.push(format!("{}\n  help: {}", party.told(cause), party.advice(cause)));
            }
        }
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("ca.pem");
        let name = path.to_str().expect("a plain path");
        let read = |text: &str| {
            std::fs::write(&path, text).expect("writable");
            read_roots(name, "AWS_CA_BUNDLE").unwrap_err().message.replace(name, "ca.pem")
        };
        assert_eq!(read("nothing"), "AWS_CA_BUNDLE: ca.pem has no certificate");
        assert_eq!(
            read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "AWS_CA_BUNDLE: ca.pem has no certificate"
        );
        assert!(read_roots("/nowhere/ca.pem", "AWS_CA_BUNDLE").unwrap_err().message.contains("cannot be read"));
    }
}
