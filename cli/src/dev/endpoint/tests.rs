use super::*;
use std::sync::Arc;
use thingrelay_core::staged::MAX_ORIGINAL_BYTES;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};

const LIMIT: Duration = Duration::from_secs(20);

/// Answers with a description of the request: method, source, the values of `X-Test`, and the
/// length of the body.
#[derive(Clone)]
struct Mirror;

impl Answer for Mirror {
    /// Refuses requests to `/refused` without reading their body.
    async fn judge(&self, head: Request) -> Judged {
        if head.uri().path() == "/refused" {
            return Judged::Answered(Response::new(Body::from("refused")));
        }
        Judged::Wanted(head)
    }

    async fn answer(&self, request: Request) -> Response<Body> {
        let source = request
            .path_parameters()
            .first("source")
            .unwrap()
            .to_owned();
        let values: Vec<&str> = request
            .headers()
            .get_all("x-test")
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        let text = format!(
            "{} {source} {} {}",
            request.method(),
            values.join("|"),
            request.body().len()
        );
        Response::new(Body::from(text))
    }

    fn refuse_late(&self, head: &Request) -> Response<Body> {
        let mut response = Response::new(Body::from(format!("late {}", head.uri().path())));
        *response.status_mut() = hyper::StatusCode::REQUEST_TIMEOUT;
        response
    }
}

async fn start() -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    start_before(Mirror).await
}

async fn bind() -> Endpoint {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    Endpoint::bind(free).await.unwrap()
}

async fn start_before(answer: impl Answer) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let endpoint = bind().await;
    let address = endpoint.address();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(endpoint.serve(answer, stop.clone()));
    (address, stop, serving)
}

/// Returns all bytes until the server closes the connection.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    timeout(LIMIT, talk).await.unwrap()
}

fn head_and_body(answer: &str) -> (String, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body)
}

#[tokio::test]
async fn requests_reach_the_function_whole_and_answers_have_their_exact_length() {
    let (address, _stop, _serving) = start().await;
    let cases = [
        ("GET /meters HTTP/1.1\r\n", "", "GET meters  0"),
        (
            "GET /meters HTTP/1.1\r\nX-Test: 1\r\nx-test: 2\r\n",
            "",
            "GET meters 1|2 0",
        ),
        ("GET /a/b?c=d HTTP/1.1\r\n", "", "GET a/b  0"),
        ("GET / HTTP/1.1\r\n", "", "GET   0"),
        ("GET //meters HTTP/1.1\r\n", "", "GET /meters  0"),
        (
            "POST /meters HTTP/1.1\r\nContent-Length: 5\r\n",
            "12345",
            "POST meters  5",
        ),
        (
            "POST /meters HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            "POST meters  5",
        ),
    ];
    for (head, body, expected) in cases {
        let request = format!("{head}Host: x\r\nConnection: close\r\n\r\n{body}");
        let answer = exchange(address, request.as_bytes()).await;
        let (head, body) = head_and_body(&answer);
        assert!(head.starts_with("http/1.1 200"), "{answer}");
        assert_eq!(body, expected);
        let length = format!("content-length: {}", expected.len());
        assert!(head.contains(&length), "{answer}");
        assert!(!head.contains("transfer-encoding"), "{answer}");
    }
}

#[tokio::test]
async fn of_a_huge_body_enough_is_kept_to_be_refused() {
    let (address, _stop, _serving) = start().await;
    let length = 5 * 1024 * 1024;
    let mut request = format!(
        "POST /meters HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.resize(request.len() + length, b'x');
    let answer = exchange(address, &request).await;
    let (_, body) = head_and_body(&answer);
    assert_eq!(body, format!("POST meters  {}", MAX_ORIGINAL_BYTES + 1));
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_refuses_new_ones() {
    let (address, stop, serving) = start().await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 8];
    timeout(LIMIT, idle.read_exact(&mut first))
        .await
        .unwrap()
        .unwrap();
    stop.cancel();
    timeout(LIMIT, serving).await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

/// Answers POST once allowed to, and reports the begin and the end of each answer.
#[derive(Clone, Default)]
struct Slow {
    begun: Arc<Notify>,
    may_end: Arc<Notify>,
    ended: Arc<Notify>,
}

impl Answer for Slow {
    async fn judge(&self, head: Request) -> Judged {
        Judged::Wanted(head)
    }

    async fn answer(&self, request: Request) -> Response<Body> {
        if request.method() == "POST" {
            self.begun.notify_one();
            self.may_end.notified().await;
            self.ended.notify_one();
        }
        Response::new(Body::Empty)
    }

    fn refuse_late(&self, _head: &Request) -> Response<Body> {
        Response::new(Body::Empty)
    }
}

#[tokio::test]
async fn a_function_works_to_its_end_though_the_client_has_gone() {
    let slow = Slow::default();
    let (address, stop, serving) = start_before(slow.clone()).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    client.write_all(request).await.unwrap();
    timeout(LIMIT, slow.begun.notified()).await.unwrap();
    // A reset connection is closed at once.
    client.set_zero_linger().unwrap();
    drop(client);
    // Once a later client has its answer, the server has noticed that the first client has gone.
    let other = b"GET /meters HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    exchange(address, other).await;
    stop.cancel();
    slow.may_end.notify_one();
    timeout(LIMIT, slow.ended.notified()).await.unwrap();
    timeout(LIMIT, serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let (address, _stop, _serving) = start().await;
    let error = Endpoint::bind(address).await.unwrap_err();
    assert!(matches!(error, BindError::InUse(named) if named == address));
    assert!(error.to_string().contains("in use"), "{error}");
}

/// Sends the request, and reads a part of the answer.
async fn begun(address: SocketAddr, request: &[u8], part: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut seen = vec![0; part.len()];
    timeout(LIMIT, stream.read_exact(&mut seen))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&seen), part);
    stream
}

#[tokio::test]
async fn what_the_head_decides_is_answered_before_the_body_comes() {
    let (address, _stop, _serving) = start().await;
    let head = b"POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    let mut stream = begun(address, head, "HTTP/1.1 200 OK").await;
    // The server still reads the body, so that the sender gets to read the answer.
    for _ in 0..10 {
        stream.write_all(&[b'x'; 100_000]).await.unwrap();
    }
    let second = b"GET /refused HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(second).await.unwrap();
    let mut answers = String::new();
    timeout(LIMIT, stream.read_to_string(&mut answers))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answers.matches("refused").count(), 2, "{answers}");
}

#[tokio::test]
async fn a_client_that_closes_its_half_gets_its_answer() {
    let (address, _stop, _serving) = start().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n17";
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    timeout(LIMIT, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.ends_with("POST meters  2"), "{answer}");
}

#[tokio::test]
async fn a_client_that_closes_its_half_gets_the_answer_of_a_slow_function() {
    let slow = Slow::default();
    let (address, _stop, _serving) = start_before(slow.clone()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();
    timeout(LIMIT, slow.begun.notified()).await.unwrap();
    slow.may_end.notify_one();
    let mut answer = String::new();
    timeout(LIMIT, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_that_trickles_ends_with_its_time() {
    let mut endpoint = bind().await;
    endpoint.body_timeout = Duration::from_millis(300);
    let address = endpoint.address();
    let _serving = tokio::spawn(endpoint.serve(Mirror, CancellationToken::new()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = b"POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let trickle = async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut answer = Vec::new();
    let ended = async { tokio::join!(trickle, read.read_to_end(&mut answer)) };
    // A reset may destroy the answer. In both cases the connection ends, and no function gets the
    // request.
    let _ = timeout(LIMIT, ended).await.unwrap();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_answered() {
    let mut endpoint = bind().await;
    endpoint.body_timeout = Duration::from_millis(100);
    let address = endpoint.address();
    let _serving = tokio::spawn(endpoint.serve(Mirror, CancellationToken::new()));
    let request = b"POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
    let answer = exchange(address, request).await;
    let (head, body) = head_and_body(&answer);
    assert!(head.starts_with("http/1.1 408"), "{answer}");
    assert_eq!(body, "late /meters");
}

#[tokio::test]
async fn what_is_half_sent_does_not_delay_the_end() {
    let (address, stop, serving) = start().await;
    let mut half_sent = Vec::new();
    let requests: [&[u8]; 3] = [
        b"",
        b"POST /meters HTTP/1.1\r\nHo",
        b"POST /meters HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx",
    ];
    for request in requests {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        half_sent.push(stream);
    }
    // Once a later client has its answer, the server has noticed the others.
    let other = b"GET /meters HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    exchange(address, other).await;
    let asked = std::time::Instant::now();
    stop.cancel();
    timeout(LIMIT, serving).await.unwrap().unwrap();
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
}

#[tokio::test]
async fn whole_requests_are_answered_whatever_slow_and_large_ones_hold() {
    // The number of clients, the bytes that each client sends, and the limits.
    let cases = [
        (20, 10, 4, usize::MAX),
        (20, 0, 4, usize::MAX),
        (10, 10, 1000, 700_000),
        (10, 300_000, 1000, 1_000_000),
        (20, 300_000, 4, 1_000_000),
    ];
    for (clients, sent, connections, held_bytes) in cases {
        let mut endpoint = bind().await;
        endpoint.limits = Limits {
            connections,
            held_bytes,
        };
        let address = endpoint.address();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(endpoint.serve(Mirror, stop.clone()));
        let mut slow = Vec::new();
        for _ in 0..clients {
            slow.push(tokio::spawn(stall(address, sent)));
        }
        let mut genuine =
            b"POST /meters HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 600000\r\n\r\n"
                .to_vec();
        genuine.resize(genuine.len() + 600_000, b'x');
        let asked = std::time::Instant::now();
        for _ in 0..5 {
            let answer = exchange(address, &genuine).await;
            assert!(answer.ends_with("POST meters  600000"), "{answer}");
        }
        let took = asked.elapsed();
        assert!(took < body::TIMEOUT / 2, "{took:?} with {clients}, {sent}");
        stop.cancel();
        timeout(LIMIT, serving).await.unwrap().unwrap();
        let mut late = 0;
        for slow in slow {
            let answer = timeout(LIMIT, slow).await.unwrap().unwrap();
            late +=
                usize::from(answer.starts_with(b"HTTP/1.1 408") && answer.ends_with(b"late /slow"));
        }
        assert!(late > 0, "{late} with {clients}, {sent}");
    }
}

/// Sends the head of a large request and a part of its body, then stops. Returns the answer.
async fn stall(address: SocketAddr, sent: usize) -> Vec<u8> {
    let mut answer = Vec::new();
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return answer;
    };
    let mut request = b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 700000\r\n\r\n".to_vec();
    request.resize(request.len() + sent, b'x');
    let (mut read, mut write) = stream.split();
    let (_, _) = tokio::join!(write.write_all(&request), read.read_to_end(&mut answer));
    answer
}
