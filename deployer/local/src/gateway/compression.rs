//! Content encodings of an API with a minimum compression size: answers from that size on are compressed for a caller that
//! accepts it, and compressed requests are unpacked ("Payload compression for REST APIs").

use super::incoming::IncomingRequest;
use super::refusal::GatewayRefusal;
use crate::wire::{HttpResponse, whole_body};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use http::header::{CONTENT_ENCODING, HeaderValue};
use http_body_util::BodyExt;
use std::io::{self, Read, Write};

/// Replaces a compressed body by what is in it.
///
/// # Errors
/// `BAD_REQUEST_BODY` when it is not what its header says, `REQUEST_TOO_LARGE` when `limit` bytes are not enough.
pub fn unpack(incoming: &mut IncomingRequest, limit: usize) -> Result<(), GatewayRefusal> {
    let packed = incoming.body.clone();
    let unpacked = match incoming.header("content-encoding") {
        Some("gzip") => read(GzDecoder::new(packed.as_ref()), limit),
        Some("deflate") => read(ZlibDecoder::new(packed.as_ref()), limit),
        _ => return Ok(()),
    };
    let unpacked = unpacked.map_err(|_| GatewayRefusal::BAD_BODY)?;
    if unpacked.len() > limit {
        return Err(GatewayRefusal::TOO_LARGE);
    }
    incoming.body = Bytes::from(unpacked);
    incoming.headers.remove("Content-Encoding");
    Ok(())
}

/// Reads at most one byte more than `limit`: enough to know.
fn read(packed: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    packed.take(limit as u64 + 1).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// Compresses an answer of at least `minimum` bytes that has no encoding yet.
pub async fn pack(response: HttpResponse, incoming: &IncomingRequest, minimum: u32) -> HttpResponse {
    if response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    let Some(encoding) = accepted(incoming.header("accept-encoding").unwrap_or_default()) else { return response };
    let (mut parts, body) = response.into_parts();
    // The body is in memory: collecting it cannot fail.
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes);
    if body.len() < minimum as usize || body.is_empty() {
        return HttpResponse::from_parts(parts, whole_body(body));
    }
    match write(encoding, &body) {
        Ok(packed) => {
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            HttpResponse::from_parts(parts, whole_body(packed))
        }
        Err(_) => HttpResponse::from_parts(parts, whole_body(body)),
    }
}

fn write(encoding: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    if encoding == "gzip" {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(body)?;
        packer.finish()
    } else {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(body)?;
        packer.finish()
    }
}

/// Returns the first encoding of an `Accept-Encoding` that API Gateway can do and that is not refused with `q=0`.
fn accepted(header: &str) -> Option<&'static str> {
    header.split(',').find_map(|one| {
        let (name, parameters) = one.split_once(';').unwrap_or((one, ""));
        let quality = parameters.trim().strip_prefix("q=").and_then(|quality| quality.parse().ok()).unwrap_or(1.0);
        let name = match name.trim() {
            "gzip" | "*" => "gzip",
            "deflate" => "deflate",
            _ => return None,
        };
        (quality > 0.0).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::fixture::request;

    #[test]
    fn encodings() {
        for (header, expected) in [
            ("", None),
            ("gzip", Some("gzip")),
            ("br, deflate;q=0.5, gzip", Some("deflate")),
            ("gzip;q=0, deflate", Some("deflate")),
            ("gzip;q=0", None),
            ("*", Some("gzip")),
            ("identity", None),
        ] {
            assert_eq!(accepted(header), expected, "{header}");
        }
    }

    #[tokio::test]
    async fn packs_and_unpacks() {
        let text = "compressible ".repeat(100);
        for encoding in ["gzip", "deflate"] {
            let mut incoming =
                request("POST", "/", &[("accept-encoding", encoding), ("content-encoding", encoding)], b"");
            let answer = pack(HttpResponse::new(whole_body(text.clone())), &incoming, 1000).await;
            assert_eq!(answer.headers()[CONTENT_ENCODING], encoding);
            incoming.body = answer.into_body().collect().await.unwrap().to_bytes();
            assert!(incoming.body.len() < 200);
            assert_eq!(unpack(&mut incoming.clone(), text.len() - 1), Err(GatewayRefusal::TOO_LARGE));
            unpack(&mut incoming, text.len()).unwrap();
            assert_eq!(incoming.body, text);
            assert_eq!(incoming.header("content-encoding"), None);
            let small = pack(HttpResponse::new(whole_body("small")), &incoming, 1000).await;
            assert!(!small.headers().contains_key(CONTENT_ENCODING));
        }
        let mut broken = request("POST", "/", &[("content-encoding", "gzip")], b"no gzip");
        assert_eq!(unpack(&mut broken, 100), Err(GatewayRefusal::BAD_BODY));
    }
}
