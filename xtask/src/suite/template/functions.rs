//! The functions, what calls them and what they are told.

use serde_json::{Value, json};

use super::checkout::{Checkout, FUNCTIONS};
use super::parts::{self, MAPPING};
use super::stack::{Stack, object};

/// The environment of each function: names and values.
const VARIABLES: &[(&str, &[(&str, &str)])] = &[
    ("verify", &[METRICS, SECRETS, SETTINGS]),
    (
        "push",
        &[
            METRICS,
            SECRETS,
            SETTINGS,
            ("THINGRELAY_STAGING_QUEUE_URL", "${StagingQueue}"),
        ],
    ),
    (
        "consumer",
        &[
            ("THINGRELAY_EVENTS_QUEUE_URL", "${EventsQueue}"),
            METRICS,
            ("THINGRELAY_QUARANTINE_QUEUE_URL", "${QuarantineQueue}"),
            SETTINGS,
            ("THINGRELAY_STAGING_QUEUE_URL", "${StagingQueue}"),
        ],
    ),
    ("tuya", OF_A_PULL),
    (
        "ckafka",
        &[
            METRICS,
            SETTINGS,
            ("THINGRELAY_STAGING_QUEUE_URL", "${StagingQueue}"),
        ],
    ),
    ("ckafka-pull", OF_A_PULL),
];
/// What a function is told that pulls from a broker.
const OF_A_PULL: &[(&str, &str)] = &[
    METRICS,
    SECRETS,
    SETTINGS,
    ("THINGRELAY_STAGING_QUEUE_URL", "${StagingQueue}"),
];
const METRICS: (&str, &str) = ("THINGRELAY_METRICS_NAMESPACE", "thingrelay/example");
const SECRETS: (&str, &str) = ("THINGRELAY_SECRETS", "${SourceSecrets}");
const SETTINGS: (&str, &str) = (
    "THINGRELAY_SETTINGS_PARAMETER",
    "/thingrelay/example/settings",
);
/// What a function may be told that libraries read, not our code.
const OF_LIBRARIES: &[(&str, &str)] = &[(
    "SSL_CERT_FILE",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
)];
/// The concurrency that a new account may have for all its functions.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const OF_A_NEW_ACCOUNT: u64 = 10;
/// Documents in a file are for one machine.
const FOR_ONE_MACHINE: &str = "THINGRELAY_CONFIG_FILE";

/// Each function runs as it is built to, and has the variables that its code reads.
pub(super) fn check(stack: &Stack, checkout: &Checkout) -> Vec<String> {
    let mut problems = Vec::new();
    let count = stack.of_type("AWS::Lambda::Function").count();
    let present: Vec<&str> = present(stack).collect();
    if count != present.len() {
        problems.push(format!("there are {count} functions"));
    }
    for (name, variables) in VARIABLES.iter().filter(|(name, _)| present.contains(name)) {
        let id = logical_id(name);
        check_function(stack, name, &id, &mut problems);
        check_variables(stack, checkout, (name, &id, variables), &mut problems);
    }
    check_source_mapping(stack, &mut problems);
    check_api(stack, &mut problems);
    problems
}

/// The functions that a stack with these parameters has.
pub(super) fn present(stack: &Stack) -> impl Iterator<Item = &'static str> {
    FUNCTIONS
        .into_iter()
        .filter(|function| parts::belongs(stack, &logical_id(function)))
}

/// The logical id of a function: `CkafkaPullFunction` for `ckafka-pull`.
pub(super) fn logical_id(function: &str) -> String {
    format!("{}Function", title(function))
}

fn title(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or_default();
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

fn check_function(stack: &Stack, name: &str, id: &str, problems: &mut Vec<String>) {
    let function = stack.properties(id);
    let logs = format!("{}Logs", title(name));
    let expected = [
        ("/Runtime", json!("provided.al2023")),
        ("/Handler", json!("bootstrap")),
        (
            "/Architectures",
            json!([stack.parameters["Architecture"].clone()]),
        ),
        ("/LoggingConfig/LogFormat", json!("JSON")),
        (
            "/LoggingConfig/ApplicationLogLevel",
            stack.parameters["LogLevel"].clone(),
        ),
        ("/LoggingConfig/LogGroup", json!(format!("${{{logs}}}"))),
    ];
    for (pointer, value) in expected {
        let found = function.pointer(pointer).unwrap_or(&Value::Null);
        if found != &value {
            problems.push(format!("{id} has {pointer} {found}"));
        }
    }
    let built = stack
        .resources
        .get(id)
        .map_or(&Value::Null, |resource| &resource["Metadata"]);
    let how = json!({
        "BuildMethod": "rust-cargolambda",
        "BuildProperties": { "Binary": name },
    });
    if built != &how {
        problems.push(format!("{id} is built by {built}"));
    }
}

fn check_variables(
    stack: &Stack,
    checkout: &Checkout,
    (name, id, variables): (&str, &str, &[(&str, &str)]),
    problems: &mut Vec<String>,
) {
    let found = object(&stack.properties(id)["Environment"]["Variables"]);
    for (variable, value) in variables {
        if found.get(*variable) != Some(&json!(value)) {
            problems.push(format!("{id} lacks {variable} = {value}"));
        }
    }
    for (variable, value) in &found {
        if OF_LIBRARIES
            .iter()
            .any(|(known, right)| known == variable && value == *right)
        {
            continue;
        }
        if !variables.iter().any(|(known, _)| known == variable) {
            problems.push(format!(
                "{id} has {variable}, which the table does not know"
            ));
        }
        if !checkout.variables.values().any(|value| value == variable) {
            problems.push(format!("{id} has {variable}, which no code reads"));
        }
    }
    for constant in &checkout.reads[name] {
        match checkout.variables.get(constant) {
            Some(variable) if found.contains_key(variable) || variable == FOR_ONE_MACHINE => {}
            variable => problems.push(format!("{id} lacks {constant} ({variable:?})")),
        }
    }
}

fn check_source_mapping(stack: &Stack, problems: &mut Vec<String>) {
    let mappings: Vec<&Value> = stack
        .of_type("AWS::Lambda::EventSourceMapping")
        .filter(|(id, _)| !id.starts_with(MAPPING))
        .map(|(_, mapping)| mapping)
        .collect();
    let expected = json!({
        "BatchSize": 10,
        "EventSourceArn": "${StagingQueue.Arn}",
        "FunctionName": "${ConsumerFunction}",
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": { "MaximumConcurrency": stack.parameters["ConsumerConcurrency"] },
    });
    if mappings != [&expected] {
        problems.push(format!("the event sources are {mappings:?}"));
    }
    let default = &stack.source["Parameters"]["ConsumerConcurrency"]["Default"];
    if default
        .as_u64()
        .is_none_or(|default| default > OF_A_NEW_ACCOUNT / 2)
    {
        problems.push(format!(
            "{default} consumers leave too little of a new account"
        ));
    }
}

fn check_api(stack: &Stack, problems: &mut Vec<String>) {
    let apis: Vec<&Value> = stack
        .of_type("AWS::ApiGatewayV2::Api")
        .map(|(_, api)| api)
        .collect();
    let [api] = apis.as_slice() else {
        problems.push(format!("there are {} APIs", apis.len()));
        return;
    };
    let has_own = stack.parameters["DomainName"] != "" && stack.parameters["ApiAddress"] != "on";
    let ends = &api["Body"]["servers"][0]["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"];
    if ends != has_own {
        problems.push(format!("that API Gateway's address ends is {ends}"));
    }
    let mut routes = Vec::new();
    for (path, methods) in object(&api["Body"]["paths"]) {
        for (method, operation) in object(&methods) {
            let integration = &operation["x-amazon-apigateway-integration"];
            let uri = integration["uri"].as_str().unwrap_or_default();
            let function = uri
                .split_once("/functions/${")
                .and_then(|(_, rest)| rest.split_once(".Arn}/invocations"))
                .map_or(uri, |(function, _)| function);
            let version = &integration["payloadFormatVersion"];
            routes.push(format!("{method} {path} {function} {version}"));
        }
    }
    routes.sort();
    let expected = [
        r#"get /{source} VerifyFunction "2.0""#,
        r#"post /{source} PushFunction "2.0""#,
    ];
    if routes != expected {
        problems.push(format!("the API has the routes {routes:?}"));
    }
    let stages: Vec<&Value> = stack
        .of_type("AWS::ApiGatewayV2::Stage")
        .map(|(_, stage)| stage)
        .collect();
    let [stage] = stages.as_slice() else {
        problems.push(format!("there are {} stages", stages.len()));
        return;
    };
    let expected = [
        ("/StageName", json!("$default")),
        ("/AutoDeploy", json!(true)),
        (
            "/DefaultRouteSettings",
            json!({
                "ThrottlingRateLimit": stack.parameters["ThrottlingRate"],
                "ThrottlingBurstLimit": stack.parameters["ThrottlingBurst"],
            }),
        ),
        (
            "/AccessLogSettings/DestinationArn",
            json!("${AccessLogs.Arn}"),
        ),
    ];
    for (pointer, value) in expected {
        let found = stage.pointer(pointer).unwrap_or(&Value::Null);
        if found != &value {
            problems.push(format!("the stage has {pointer} {found}"));
        }
    }
}
