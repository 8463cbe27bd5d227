"""House rules over template.yaml: dead letters, timeouts, logs, narrow rights, and nothing that points nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from huichang.adapters.s3 import released_key
from huichang.line.refreshing import STORE_AGAIN_SECONDS
from huichang.line.releases import page_key, refreshed_key
from huichang.settings import Settings
from tests.support.moto_aws import ROOT, load_template

TEMPLATE = load_template()
TEXT = (ROOT / "template.yaml").read_text(encoding="utf-8")
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
GLOBALS: dict[str, Any] = TEMPLATE["Globals"]["Function"]
VARIABLES: dict[str, Any] = GLOBALS["Environment"]["Variables"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource.get("Properties", {}) for name, resource in RESOURCES.items() if resource["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
QUEUES = of_type("AWS::SQS::Queue")
WORK_QUEUES = [name for name, queue in QUEUES.items() if "RedrivePolicy" in queue]


def statements(name: str) -> Iterator[dict[str, Any]]:
    policies = RESOURCES[name]["Properties"].get("Policies", [])
    for policy in policies if isinstance(policies, list) else []:  # a user pool's Policies are about passwords
        document = policy.get("PolicyDocument", policy)
        yield from document.get("Statement", [])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions(name: str) -> set[str]:
    return {action for statement in statements(name) for action in listed(statement["Action"])}


def consumers(queue: str) -> list[tuple[str, dict[str, Any]]]:
    """(function, event) of everything that the queue feeds."""
    return [
        (name, event["Properties"])
        for name, function in FUNCTIONS.items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS" and event["Properties"]["Queue"]["GetAtt"] == f"{queue}.Arn"
    ]


def test_there_is_something_to_check() -> None:
    assert len(FUNCTIONS) > 20
    assert len(WORK_QUEUES) >= 6


# --- queues -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(QUEUES))
def test_every_queue_has_a_dead_letter_queue_or_is_one(name: str) -> None:
    queue = QUEUES[name]
    assert queue.get("SqsManagedSseEnabled") is True
    dead_letter_queues = {QUEUES[work]["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"].partition(".")[0] for work in WORK_QUEUES}
    if name in dead_letter_queues:
        assert queue["MessageRetentionPeriod"] == 1_209_600, "the longest there is: somebody must see them"
        assert not consumers(name)
        return
    assert name in WORK_QUEUES, "messages that fail again and again would come back for days"
    target = queue["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"].partition(".")[0]
    assert target in QUEUES
    assert 3 <= queue["RedrivePolicy"]["maxReceiveCount"] <= 10
    assert QUEUES[target]["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_no_two_queues_share_a_dead_letter_queue() -> None:
    targets = [QUEUES[name]["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"] for name in WORK_QUEUES]
    assert len(set(targets)) == len(targets)


@pytest.mark.parametrize("name", WORK_QUEUES)
def test_a_message_stays_invisible_for_six_times_its_consumers_timeout(name: str) -> None:
    ((function, event),) = consumers(name)
    timeout = FUNCTIONS[function].get("Timeout", GLOBALS["Timeout"])
    window = event.get("MaximumBatchingWindowInSeconds", 0)
    assert QUEUES[name]["VisibilityTimeout"] >= 6 * timeout + window


@pytest.mark.parametrize("name", WORK_QUEUES)
def test_a_queue_gives_back_single_messages(name: str) -> None:
    ((_, event),) = consumers(name)
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["BatchSize"] <= 10 or event.get("MaximumBatchingWindowInSeconds"), "larger batches need a window"


@pytest.mark.parametrize("name", WORK_QUEUES)
def test_a_consumer_may_put_a_message_back_for_a_while(name: str) -> None:
    """receiving.queue_handler does so after a TransientError; SAM's own policy for the event source does not allow it."""
    ((function, _),) = consumers(name)
    allowed = {
        resource.get("GetAtt")
        for statement in statements(function)
        if {"sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"} <= set(listed(statement["Action"]))
        for resource in listed(statement["Resource"])
    }
    assert f"{name}.Arn" in allowed


def test_a_consumer_that_calls_models_may_send_a_message_anew() -> None:
    """receiving.queue_handler does so after a ThrottledError: to wait for its turn must not use up the queue's receive count."""
    for name in WORK_QUEUES:
        ((function, _),) = consumers(name)
        if {"Ref": "ModelsLayer"} in FUNCTIONS[function].get("Layers", []):
            sends = [listed(s["Resource"]) for s in statements(function) if "sqs:SendMessage" in listed(s["Action"])]
            assert {"GetAtt": f"{name}.Arn"} in [resource for resources in sends for resource in resources], function


@pytest.mark.parametrize("name", WORK_QUEUES)
def test_somebody_is_told_about_dead_letters(name: str) -> None:
    target = QUEUES[name]["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"].partition(".")[0]
    watched = {
        dimension["Value"]["GetAtt"]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }
    assert f"{target}.QueueName" in watched


def test_every_queue_address_that_settings_know_is_a_work_queue() -> None:
    urls = {name: value["Ref"] for name, value in VARIABLES.items() if name.endswith("_QUEUE_URL")}
    assert set(urls.values()) <= set(WORK_QUEUES)
    assert len(set(urls.values())) == len(urls)


# --- functions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_has_its_own_timeout_and_a_log_group(name: str) -> None:
    function = FUNCTIONS[name]
    assert 0 < function["Timeout"] <= 300, "stated for each function; none needs Lambda's 900 s"
    group = function["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[group]["Type"] == "AWS::Logs::LogGroup"
    assert RESOURCES[group]["Properties"]["RetentionInDays"] > 0
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["Description"]


def test_the_api_answers_before_its_gateway_gives_up() -> None:
    behind_the_api = [
        function for function in FUNCTIONS.values() if any(e["Type"] == "HttpApi" for e in function.get("Events", {}).values())
    ]
    assert behind_the_api
    assert max(function["Timeout"] for function in behind_the_api) < 30


def test_every_folder_is_a_function_and_every_function_has_its_folder() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    code = {name: function["CodeUri"] for name, function in FUNCTIONS.items()}
    assert set(code.values()) == {f"functions/{folder}" for folder in folders}
    assert len(set(code.values())) == len(code), "two functions of one folder share every change"
    strays = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name != "__pycache__"} - folders
    assert not strays


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_is_called_as_its_folder(name: str) -> None:
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    assert FUNCTIONS[name]["CodeUri"] == f"functions/{snake}"
    assert FUNCTIONS[name]["FunctionName"] == {"Sub": "${AWS::StackName}-" + snake.replace("_", "-")}


def test_functions_carry_no_requirements_of_their_own() -> None:
    assert all(RESOURCES[name].get("Metadata") == {"SkipBuild": True} for name in FUNCTIONS)
    assert not list((ROOT / "functions").glob("*/requirements*"))


# --- rights -----------------------------------------------------------------------------------------------------------


def with_policies() -> list[str]:
    return [name for name, resource in RESOURCES.items() if resource.get("Properties", {}).get("Policies") and list(statements(name))]


@pytest.mark.parametrize("name", with_policies())
def test_no_action_is_a_wildcard(name: str) -> None:
    assert not [action for action in actions(name) if "*" in action and action != "es:ESHttp*"]


# What AWS offers no narrower resource for. Each stands in the template with its reason beside it.
WITHOUT_RESOURCE = {"states:SendTaskSuccess", "states:SendTaskFailure", "scheduler:ListSchedules"}


@pytest.mark.parametrize("name", with_policies())
def test_a_right_is_for_named_resources(name: str) -> None:
    for statement in statements(name):
        if "*" in listed(statement["Resource"]):
            assert set(listed(statement["Action"])) <= WITHOUT_RESOURCE


def test_every_wildcard_has_its_reason_beside_it() -> None:
    lines = TEXT.splitlines()
    wild = [number for number, line in enumerate(lines) if re.search(r'Resource: "\*"|- "\*"', line)]
    assert wild
    for number in wild:
        near = "\n".join(lines[max(0, number - 3) : number + 1])
        assert "#" in near, f"line {number + 1}: say why no narrower resource will do"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_nobody_may_pass_any_role_or_touch_iam(name: str) -> None:
    for statement in statements(name):
        for action in listed(statement["Action"]):
            if action.startswith("iam:"):
                assert action == "iam:PassRole"
                assert statement["Resource"] == {"GetAtt": "SchedulerRole.Arn"}


def stations() -> dict[str, str]:
    """Function name: source of the station in line/ that bears its name."""
    found = {}
    for path in (ROOT / "layers" / "shared" / "huichang" / "line").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and node.name in FUNCTIONS:
                found[node.name] = ast.get_source_segment(source, node) or ""
    return found


STATIONS = stations() | {
    # These call the line through something else.
    "CollectMaterial": "tokens.succeed tokens.fail",
    "SweepStaleWork": "tokens.succeed bus.publish machines.start machines.status queue.send",
    "ServeApi": "tokens.succeed bus.publish machines.start machines.stop",
    "GenerateCopy": "bus.publish queue.send",
    "GenerateImage": "bus.publish queue.send",
}


@pytest.mark.parametrize(
    ("does", "needs"),
    [
        (r"tokens\.(succeed|fail)", {"states:SendTaskSuccess", "states:SendTaskFailure"}),
        (r"bus\.publish|runs\.fail", {"events:PutEvents"}),
        (r"machines\.start|runs\.start_again|plan_on", {"states:StartExecution"}),
        (r"machines\.status", {"states:DescribeExecution"}),
        (r"machines\.stop|runs\.start_again", {"states:StopExecution"}),
        (r"queue\.send|desk\.request", {"sqs:SendMessage"}),
        (r"documents\.(get|exists)", {"s3:GetObject", "s3:ListBucket"}),
        (r"documents\.put", {"s3:PutObject"}),
        (r"venues\.|campaigns\.|journal\.", {"dynamodb:GetItem", "dynamodb:PutItem"}),
    ],
)
def test_a_function_has_the_rights_that_its_station_uses(does: str, needs: set[str]) -> None:
    """Nothing checks rights in the embedded cloud: what is missing would be found on AWS, in the middle of a run."""
    users = {name for name, source in STATIONS.items() if re.search(does, source)}
    assert users
    assert {name: needs - actions(name) for name in users if needs - actions(name)} == {}


def test_buyers_functions_reach_no_model_no_machine_and_no_secret_but_what_tokens_and_orders_are_signed_with() -> None:
    secrets = {"ServeFeed": {"DecisionSecret"}, "AcceptBeacons": {"DecisionSecret", "ShopSecret"}}
    for name in ("ServeFeed", "ServeSitemap", "AcceptBeacons", "CountBeacons"):
        services = {action.partition(":")[0] for action in actions(name)} - ({"s3"} if name == "CountBeacons" else set())
        read = {
            resource["Ref"]
            for s in statements(name)
            if "secretsmanager:GetSecretValue" in listed(s["Action"])
            for resource in listed(s["Resource"])
        }
        assert read == secrets.get(name, set()), name
        assert services - {"secretsmanager"} <= {"dynamodb", "sqs"}, name
    (log,) = [s for s in statements("CountBeacons") if "s3:PutObject" in listed(s["Action"])]
    assert log["Resource"] == {"Sub": "${BodyBucket.Arn}/beacons/*"}, "it writes its log and nothing else"


def test_who_has_the_models_layer_may_read_its_key_and_nobody_else() -> None:
    for name, function in FUNCTIONS.items():
        calls_models = {"Ref": "ModelsLayer"} in function.get("Layers", [])
        reads_key = any({"Ref": "ModelApiKeySecret"} in listed(s["Resource"]) for s in statements(name))
        assert calls_models == reads_key, name


def test_who_has_the_search_layer_may_ask_the_index_and_nobody_else() -> None:
    for name, function in FUNCTIONS.items():
        layers = function.get("Layers", [])
        asks = any(action.startswith("es:") for action in actions(name))
        assert not asks or {"Ref": "SearchLayer"} in layers, name


def test_only_the_indexer_writes_to_the_index() -> None:
    assert {name for name in FUNCTIONS if actions(name) & {"es:ESHttpPut", "es:ESHttpDelete"}} == {"IndexProducts"}


# --- data -------------------------------------------------------------------------------------------------------------


def test_what_holds_data_is_kept_encrypted_and_closed() -> None:
    for name in ("StateTable", "BodyBucket", "PagesBucket"):
        assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")
    for name, bucket in of_type("AWS::S3::Bucket").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4, name
        assert bucket["BucketEncryption"], name
    table = RESOURCES["StateTable"]["Properties"]
    assert table["SSESpecification"]["SSEEnabled"]
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]


def test_buyers_see_only_what_is_public() -> None:
    (statement,) = RESOURCES["PagesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Sub": "${PagesBucket.Arn}/public/*"}
    assert statement["Action"] == "s3:GetObject"


def test_no_secret_is_in_an_environment() -> None:
    assert not {name for name in VARIABLES if re.search(r"(KEY|SECRET|TOKEN|PASSWORD)$", name) and name != "MODEL_API_KEY_SECRET"}
    assert VARIABLES["MODEL_API_KEY_SECRET"] == {"Ref": "ModelApiKeySecret"}
    assert TEMPLATE["Parameters"]["ModelApiKey"]["NoEcho"] is True


def test_operators_routes_ask_for_a_token_unless_they_say_otherwise() -> None:
    assert RESOURCES["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == "Oidc"
    open_routes = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}"
        for function in FUNCTIONS.values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi" and event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }
    assert open_routes <= {
        "GET /api/config",
        "GET /api/feed",
        "GET /api/beacon.js",
        "POST /api/beacons",
        "POST /api/orders",  # signed by the shop's server
        "GET /sitemap.xml",
        "GET /robots.txt",
        "GET /preview/{token}",  # the token in the path is the signature
        "GET /console",
        "GET /console/",
        "GET /console/{proxy+}",
    }


# --- settings ---------------------------------------------------------------------------------------------------------


def test_every_required_setting_is_given_to_every_function() -> None:
    required = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    assert required <= set(VARIABLES)


def test_every_variable_is_a_setting_or_the_loggers() -> None:
    known = {name.upper() for name in Settings.model_fields}
    others = set(VARIABLES) - known
    assert all(name.startswith("POWERTOOLS_") for name in others), others
    assert {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"} <= others
    for name, function in FUNCTIONS.items():
        own = set(function.get("Environment", {}).get("Variables", {}))
        assert own <= known | {"CONSOLE_CONNECT_ORIGINS"}, name


def test_settings_and_parameters_begin_with_the_same_values() -> None:
    for name, value in VARIABLES.items():
        parameter = TEMPLATE["Parameters"].get(value.get("Ref", "")) if isinstance(value, dict) else None
        field = Settings.model_fields.get(name.lower())
        if parameter and field and not field.is_required() and parameter.get("Default") not in (None, ""):
            assert type(field.default)(parameter["Default"]) == field.default, name


def test_references_lead_somewhere() -> None:
    known = (
        set(RESOURCES) | set(TEMPLATE["Parameters"]) | {"AWS::Region", "AWS::AccountId", "AWS::StackName", "AWS::Partition", "AWS::NoValue"}
    )

    def named(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "Ref":
                    yield str(inner)
                elif key == "GetAtt":
                    yield (inner if isinstance(inner, str) else inner[0]).partition(".")[0]
                elif key == "Sub" and isinstance(inner, str):
                    yield from (name.partition(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", inner))
                else:
                    yield from named(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from named(inner)

    assert set(named({"r": RESOURCES, "g": GLOBALS, "o": TEMPLATE["Outputs"]})) <= known


def expired(bucket: str) -> dict[str, Any]:
    """By prefix: what is deleted there, and after how many days."""
    rules = RESOURCES[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    return {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}


def test_what_can_be_made_again_expires_and_what_somebody_reviewed_never() -> None:
    version, body = "0" * 24, refreshed_key("v-1", "0" * 24, "lineage")
    pages, bodies = expired("PagesBucket"), expired("BodyBucket")
    assert pages == {"versions/drafts/": 1, "refreshed/": {"Ref": "RefreshedPagesDays"}}
    assert bodies == {"imports/": 90, "beacons/": 90, "results/": 400, "documents/refreshed/": {"Ref": "RefreshedPagesDays"}}
    assert f"documents/{body}.json".startswith(tuple(bodies))
    for kept in (f"versions/v-1/{version}.html", released_key("v-1", "AbC_")):
        assert not kept.startswith(tuple(pages))
    assert not f"documents/{page_key('v-1', version)}.json".startswith(tuple(bodies))


def test_what_stays_live_is_stored_again_long_before_it_would_expire() -> None:
    days = TEMPLATE["Parameters"]["RefreshedPagesDays"]
    assert days["Default"] >= days["MinValue"] > 2 * STORE_AGAIN_SECONDS / 86_400
