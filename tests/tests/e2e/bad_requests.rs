//! The possible faults of a request, case by case.

use thingrelay_tests::config::{HOMES_TOKEN, METERS_TOKEN};
use thingrelay_tests::platform::{Family, Triple, unix_now};

/// A request as text: the method and path of its first line, and its header lines.
pub(crate) struct Bad {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: String,
    pub(crate) status: u16,
    pub(crate) word: &'static str,
}

fn lines(triple: &Triple) -> Vec<String> {
    triple
        .headers(Family::Plain)
        .lines()
        .map(|line| format!("{line}\r\n"))
        .collect()
}

/// The faults of the three headers, for any method.
fn bad_credentials() -> Vec<(&'static str, String, u16, &'static str)> {
    let now = unix_now();
    let good = Triple::now(METERS_TOKEN);
    let [nonce, signature, timestamp] = <[String; 3]>::try_from(lines(&good)).unwrap();
    let sign = |timestamp: &str, nonce: &str| {
        Triple::sign(METERS_TOKEN, timestamp, nonce).headers(Family::Plain)
    };
    let with_signature = |signature: &str| {
        let signature = signature.to_owned();
        Triple {
            signature,
            ..good.clone()
        }
        .headers(Family::Plain)
    };
    // The hashed bytes are the same, and they are split differently.
    let shifted_left = Triple {
        timestamp: good.timestamp[..9].to_owned(),
        nonce: format!("{}{}", &good.timestamp[9..], good.nonce),
        ..good.clone()
    };
    let shifted_right = Triple {
        timestamp: format!("{}{}", good.timestamp, &good.nonce[..4]),
        nonce: good.nonce[4..].to_owned(),
        ..good.clone()
    };
    // An old triple that was captured, and split so that it starts with a chosen time.
    let forged = |nonce: &str, token: &str| Triple::sign(token, &now.to_string(), nonce);
    let captured = Triple::sign(METERS_TOKEN, "1700000000", &format!("ab{now}"));
    assert_eq!(
        forged("1700000000ab", METERS_TOKEN).signature,
        captured.signature
    );

    vec![
        ("no credentials", String::new(), 400, "missing_header"),
        (
            "no nonce",
            format!("{signature}{timestamp}"),
            400,
            "missing_header",
        ),
        (
            "no signature",
            format!("{nonce}{timestamp}"),
            400,
            "missing_header",
        ),
        (
            "no timestamp",
            format!("{nonce}{signature}"),
            400,
            "missing_header",
        ),
        (
            "nonce twice",
            format!("{nonce}{nonce}{signature}{timestamp}"),
            400,
            "repeated_header",
        ),
        (
            "signature twice",
            format!("{nonce}{signature}{signature}{timestamp}"),
            400,
            "repeated_header",
        ),
        (
            "timestamp twice",
            format!("{nonce}{signature}{timestamp}{timestamp}"),
            400,
            "repeated_header",
        ),
        (
            "one prefixed",
            format!("{nonce}{signature}X-Tc-{timestamp}"),
            400,
            "mixed_headers",
        ),
        (
            "two prefixed",
            format!("X-Tc-{nonce}X-Tc-{signature}{timestamp}"),
            400,
            "mixed_headers",
        ),
        (
            "both families",
            good.headers(Family::Plain) + &good.headers(Family::Prefixed),
            400,
            "mixed_headers",
        ),
        (
            "short timestamp",
            sign("999999999", "abc"),
            400,
            "malformed_header",
        ),
        (
            "long timestamp",
            sign(&format!("0{now}"), "abc"),
            400,
            "malformed_header",
        ),
        (
            "signed timestamp",
            sign(&format!("+{}", &now.to_string()[1..]), "abc"),
            400,
            "malformed_header",
        ),
        (
            "dotted nonce",
            sign(&now.to_string(), "a.b"),
            400,
            "malformed_header",
        ),
        (
            "spaced nonce",
            sign(&now.to_string(), "a b"),
            400,
            "malformed_header",
        ),
        (
            "long nonce",
            sign(&now.to_string(), &"n".repeat(65)),
            400,
            "malformed_header",
        ),
        (
            "short signature",
            with_signature(&good.signature[1..]),
            400,
            "malformed_header",
        ),
        (
            "long signature",
            with_signature(&format!("{}0", good.signature)),
            400,
            "malformed_header",
        ),
        (
            "signature of other letters",
            with_signature(&"g".repeat(40)),
            400,
            "malformed_header",
        ),
        (
            "shifted to the nonce",
            shifted_left.headers(Family::Plain),
            400,
            "malformed_header",
        ),
        (
            "shifted to the timestamp",
            shifted_right.headers(Family::Plain),
            400,
            "malformed_header",
        ),
        (
            "too old",
            sign(&(now - 400).to_string(), "abc"),
            401,
            "stale",
        ),
        (
            "too new",
            sign(&(now + 400).to_string(), "abc"),
            401,
            "stale",
        ),
        (
            "zeros",
            with_signature(&"0".repeat(40)),
            401,
            "bad_signature",
        ),
        (
            "another source's token",
            Triple::now(HOMES_TOKEN).headers(Family::Plain),
            401,
            "bad_signature",
        ),
        (
            "letters after the cut",
            forged("1700000000ab", METERS_TOKEN).headers(Family::Plain),
            401,
            "ambiguous_signature",
        ),
    ]
}

pub(crate) fn bad_requests() -> Vec<Bad> {
    let good = Triple::now(METERS_TOKEN).headers(Family::Plain);
    let mut bad = Vec::new();
    for method in ["GET", "POST"] {
        for (name, headers, status, word) in bad_credentials() {
            bad.push(Bad {
                name,
                method,
                path: "/meters",
                headers: format!("Echostr: abc\r\n{headers}"),
                status,
                word,
            });
        }
        for path in ["/", "/nobody", "/Meters", "/meters/more"] {
            let headers = format!("Echostr: abc\r\n{good}");
            bad.push(Bad {
                name: path,
                method,
                path,
                headers,
                status: 404,
                word: "unknown_source",
            });
        }
    }
    let zz = Triple::sign(HOMES_TOKEN, &unix_now().to_string(), "17000000005555");
    bad.push(Bad {
        name: "digits after the cut",
        method: "POST",
        path: "/homes",
        headers: zz.headers(Family::Plain),
        status: 401,
        word: "ambiguous_signature",
    });
    let echostrs = [
        ("no echostr", String::new(), "missing_echostr"),
        (
            "empty echostr",
            "Echostr:\r\n".to_owned(),
            "malformed_echostr",
        ),
        (
            "spaced echostr",
            "Echostr: a b\r\n".to_owned(),
            "malformed_echostr",
        ),
        (
            "foreign echostr",
            "Echostr: \u{e9}\r\n".to_owned(),
            "malformed_echostr",
        ),
        (
            "long echostr",
            format!("Echostr: {}\r\n", "x".repeat(1025)),
            "malformed_echostr",
        ),
    ];
    for (name, header, word) in echostrs {
        bad.push(Bad {
            name,
            method: "GET",
            path: "/meters",
            headers: format!("{header}{good}"),
            status: 400,
            word,
        });
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let headers = format!("Echostr: abc\r\n{good}");
        bad.push(Bad {
            name: "method",
            method,
            path: "/meters",
            headers,
            status: 405,
            word: "method_not_allowed",
        });
    }
    bad
}
