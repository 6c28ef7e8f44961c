//! A DNS server whose answers a test changes, and a resolver that asks it.

use futures::future::BoxFuture;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};
use tokio::net::UdpSocket;
use webhook::Resolve;

/// A DNS server. Each question gets the next answer; the last one stays.
pub struct Dns {
    address: SocketAddr,
    asked: Arc<Mutex<usize>>,
}

impl Dns {
    pub async fn start(answers: Vec<Vec<Ipv4Addr>>) -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut question = [0; 512];
            loop {
                let (length, from) = socket.recv_from(&mut question).await.unwrap();
                let index = {
                    let mut count = count.lock().unwrap();
                    *count += 1;
                    *count - 1
                };
                let addresses = answers.get(index).or(answers.last()).unwrap();
                let reply = reply(&question[..length], addresses);
                socket.send_to(&reply, from).await.unwrap();
            }
        });
        Dns { address, asked }
    }

    pub fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }

    pub fn resolver(&self) -> Arc<dyn Resolve> {
        Arc::new(Asking(self.address))
    }
}

/// The question, with one record of type A for each address that nobody may keep.
///
/// Source: RFC 1035, section 4.
fn reply(question: &[u8], addresses: &[Ipv4Addr]) -> Vec<u8> {
    let mut reply = question.to_vec();
    reply[2..4].copy_from_slice(&[0x81, 0x80]);
    reply[7] = u8::try_from(addresses.len()).unwrap();
    for address in addresses {
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    reply
}

/// Asks one DNS server.
struct Asking(SocketAddr);

impl Resolve for Asking {
    fn resolve(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut question = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            question.push(u8::try_from(label.len()).unwrap());
            question.extend(label.as_bytes());
        }
        question.extend([0, 0, 1, 0, 1]);
        let server = self.0;
        Box::pin(async move {
            let socket = UdpSocket::bind("127.0.0.1:0").await?;
            socket.send_to(&question, server).await?;
            let mut reply = [0; 512];
            let length = socket.recv(&mut reply).await?;
            let records = reply[question.len()..length].chunks_exact(16);
            let addresses = records.map(|record| {
                let octets: [u8; 4] = record[12..].try_into().unwrap();
                IpAddr::from(octets)
            });
            Ok(addresses.collect())
        })
    }
}
