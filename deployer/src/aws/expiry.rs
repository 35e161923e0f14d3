//! When the credentials end: known before AWS says so, so that a run does not begin that cannot finish.

use super::credentials::RENEW;
use super::error::root_cause;
use super::http::{RouteFailure, find};
use super::profile::CredentialProfile;
use crate::error::{Error, Result};
use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_types::error::display::DisplayErrorContext;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A first `up` may take this long: whoever has less left is told before the first change.
pub const SHORT: Duration = Duration::from_secs(5 * 60);

/// When the credentials that were used last end; unknown for those that do not, and before the first call.
#[derive(Debug, Clone, Default)]
pub struct CredentialsExpiry(Arc<Mutex<Option<SystemTime>>>);

impl CredentialsExpiry {
    /// Takes over what a tool that exported credentials said about them: `AWS_CREDENTIAL_EXPIRATION`, which
    /// `aws configure export-credentials --format env` writes and the SDK does not read.
    pub(super) fn stated(&self, at: Option<&str>) {
        self.note(at.and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok()).map(SystemTime::from));
    }

    /// Returns the configuration with a provider that notes until when its credentials last. Asking a provider a second time would be a
    /// second login, or a second prompt.
    /// A failure is told in words about `profile`, where the credentials are a profile's.
    pub(super) fn noting(&self, config: SdkConfig, profile: Option<CredentialProfile>) -> SdkConfig {
        match config.credentials_provider() {
            Some(inner) => {
                let noting = ExpiryRecorder { inner, expiry: self.clone(), profile };
                config.into_builder().credentials_provider(SharedCredentialsProvider::new(noting)).build()
            }
            None => config,
        }
    }

    fn note(&self, at: Option<SystemTime>) {
        if at.is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
        }
    }

    /// Returns the time that is left; `None` when the credentials do not end or nobody said when.
    ///
    /// # Errors
    /// When they have ended.
    pub fn left(&self, now: SystemTime) -> Result<Option<Duration>> {
        let Some(at) = *self.0.lock().unwrap_or_else(PoisonError::into_inner) else { return Ok(None) };
        match at.duration_since(now) {
            Ok(left) if !left.is_zero() => Ok(Some(left)),
            _ => {
                let ago = minutes(now.duration_since(at).unwrap_or_default());
                let error = Error::aws(format!("the AWS credentials expired {ago} ago")).hint(RENEW);
                let told = OffsetDateTime::from(at).replace_nanosecond(0).ok().and_then(|at| at.format(&Rfc3339).ok());
                Err(match told {
                    Some(at) => error.fact("expired at", at),
                    None => error,
                })
            }
        }
    }

    /// Returns what somebody should know before the first change: that the credentials may end before the run does.
    pub fn warning(&self, now: SystemTime) -> Option<String> {
        let left = self.left(now).ok().flatten().filter(|left| *left < SHORT)?;
        Some(format!(
            "the AWS credentials expire in {}, perhaps before the run ends: renew them first, or run the same command again afterwards",
            minutes(left)
        ))
    }
}

/// Words a duration in whole units: `40 s`, `3 min`, `5 h`.
fn minutes(time: Duration) -> String {
    match time.as_secs() {
        s @ 0..60 => format!("{s} s"),
        s @ 60..7200 => format!("{} min", s / 60),
        s @ 7200..172_800 => format!("{} h", s / 3600),
        s => format!("{} days", s / 86_400),
    }
}

/// Passes credentials on and notes when they end.
#[derive(Debug)]
struct ExpiryRecorder {
    inner: SharedCredentialsProvider,
    expiry: CredentialsExpiry,
    profile: Option<CredentialProfile>,
}

impl ProvideCredentials for ExpiryRecorder {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.inner.provide_credentials().await.map_err(|error| {
                // Who could not be reached on the way to the credentials is told as of any call.
                let told = match (&self.profile, find::<RouteFailure>(&error)) {
                    (Some(profile), None) => {
                        profile.failed(&DisplayErrorContext(&error).to_string(), &root_cause(&error))
                    }
                    _ => None,
                };
                told.map_or(error, CredentialsError::provider_error)
            })?;
            self.expiry.note(credentials.expiry());
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<aws_credential_types::Credentials> {
        self.inner.fallback_on_interrupt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_end_in_time_soon_or_have_ended() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let stated = |text: &str| {
            let expiry = CredentialsExpiry::default();
            expiry.stated(Some(text));
            expiry
        };
        // 1,800,000,000 s after the epoch is 2027-01-15T08:00:00Z.
        let warned = |text: &str| stated(text).warning(now).map(|text| text.split(',').next().unwrap().to_owned());
        assert_eq!(warned("2027-01-15T09:00:00Z"), None);
        assert_eq!(warned("2027-01-15T08:03:10+00:00").as_deref(), Some("the AWS credentials expire in 3 min"));
        assert_eq!(warned("2027-01-15T13:30:59+05:30").as_deref(), Some("the AWS credentials expire in 59 s"));
        assert_eq!(warned("tomorrow"), None);
        assert_eq!(stated("tomorrow").left(now), Ok(None));
        let ended = stated("2027-01-15T07:00:00.5Z").left(now).unwrap_err();
        assert_eq!(ended.message, "the AWS credentials expired 59 min ago");
        assert_eq!(ended.get("expired at"), Some("2027-01-15T07:00:00Z"));
        for (at, ago) in [("2027-01-13T09:00:00Z", "47 h"), ("2020-01-01T00:00:00Z", "2571 days")] {
            let ended = stated(at).left(now).unwrap_err();
            assert_eq!(ended.message, format!("the AWS credentials expired {ago} ago"));
        }
        assert!(stated("2027-01-15T08:00:00Z").left(now).is_err());
    }
}
