//! Forwards connections: as a proxy that is asked to (`CONNECT`), or always to the same address, until the line is cut.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::{io, thread};

/// What a forwarder does with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForwardRule {
    /// An HTTP proxy: it leads `CONNECT HOST:PORT` to that port of this machine, whatever the host is called.
    Proxy,
    /// An HTTP proxy that refuses every `CONNECT` with this status line.
    RefusingProxy(&'static str),
    /// Every connection leads to this address.
    Line(SocketAddr),
}

/// A listener that forwards. It ends when it is dropped.
pub struct Forwarder {
    addr: SocketAddr,
    rule: ForwardRule,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    asked: Mutex<Vec<String>>,
    /// The connections, and whether new ones are taken.
    open: Mutex<Option<Vec<TcpStream>>>,
}

impl Forwarder {
    /// Starts a forwarder on a free port of this machine.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start(rule: ForwardRule) -> Forwarder {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("a bound socket has an address");
        let forwarder = Forwarder { addr, rule, shared: Arc::default() };
        forwarder.listen(listener);
        forwarder
    }

    /// Returns the address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the hosts and ports that a proxy was asked for.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("no thread panics").clone()
    }

    /// Ends all connections and refuses new ones.
    pub fn cut(&self) {
        let open = self.shared.open.lock().expect("no thread panics").take();
        // Wakes the thread that accepts, which drops its listener.
        let _ = TcpStream::connect(self.addr);
        for stream in open.into_iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Takes connections again, on the same port.
    ///
    /// # Panics
    /// If somebody else has the port by now.
    pub fn mend(&self) {
        self.listen(TcpListener::bind(self.addr).expect("the port is still free"));
    }

    fn listen(&self, listener: TcpListener) {
        *self.shared.open.lock().expect("no thread panics") = Some(Vec::new());
        let (rule, shared) = (self.rule.clone(), Arc::clone(&self.shared));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                match shared.open.lock().expect("no thread panics").as_mut() {
                    Some(open) => open.extend(stream.try_clone()),
                    None => return,
                }
                let (rule, shared) = (rule.clone(), Arc::clone(&shared));
                thread::spawn(move || forward(stream, &rule, &shared));
            }
        });
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.cut();
    }
}

fn forward(mut stream: TcpStream, rule: &ForwardRule, shared: &Shared) -> io::Result<()> {
    let addr = match rule {
        ForwardRule::Line(addr) => *addr,
        ForwardRule::Proxy | ForwardRule::RefusingProxy(_) => {
            let host = connect_request(&stream)?;
            // Whoever gave the call up before it wrote a word asked for nothing.
            if host.is_empty() {
                return Ok(());
            }
            shared.asked.lock().expect("no thread panics").push(host.clone());
            let answer = if let ForwardRule::RefusingProxy(status) = rule { status } else { "200 Connected" };
            stream.write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes())?;
            if *rule != ForwardRule::Proxy {
                return Ok(());
            }
            let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or_default();
            SocketAddr::from(([127, 0, 0, 1], port))
        }
    };
    let other = TcpStream::connect(addr)?;
    let (from, to) = (stream.try_clone()?, other.try_clone()?);
    thread::spawn(move || pump(from, to));
    pump(other, stream)
}

/// Reads `CONNECT HOST:PORT` with its headers, byte by byte, so that nothing behind them is taken.
fn connect_request(stream: &TcpStream) -> io::Result<String> {
    let mut reader = BufReader::with_capacity(1, stream.take(8192));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = first.clone();
    while !line.trim().is_empty() {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            break;
        }
    }
    Ok(first.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// Copies until one side ends, and ends the other then.
fn pump(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let copied = io::copy(&mut from, &mut to);
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    copied.map(|_| ())
}
