//! Runs the embedded cloud by hand: `cargo run -p deployer-local --example serve -- PORT DIR`.

use deployer_local::{Faults, Options, start};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(dir)) = (arguments.next(), arguments.next()) else {
        return Err("usage: serve PORT DIR".into());
    };
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse()?));
    let cloud = start(Options { dir: dir.into(), listen, faults: Faults::default() }).await?;
    println!("http://{}", cloud.addr());
    tokio::select! {
        () = cloud.stop_requested() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    cloud.shutdown().await;
    Ok(())
}
