"""The front door's functions: the JavaScript of the template and its Python twin give the same answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from infra.local.edge_function import Redirected, Rewritten, route, status_of
from tests.support.moto_aws import load_template

RESOURCES = load_template()["Resources"]
ROUTE: str = RESOURCES["PageRoute"]["Properties"]["FunctionCode"]
STATUS: str = RESOURCES["PageStatus"]["Properties"]["FunctionCode"]
NODE = shutil.which("node")
STORE = {
    "v/v-1": "c-1:0",
    "v/v-2": "c-1:1",
    "v/v-3": "c-1:2",  # a place beyond the pointer: its campaign has not turned to it yet
    "c/c-1": "zh:7:toys:Ab-_....",
    "v/v-4": "c-lost:0",
    "v/v-5": "c-2:1",
    "c/c-2": "en:1::AAAABBBB",
}
CASES = [
    ("/v/v-1/", "", "/r/v-1/Ab-_.html"),
    ("/v/v-1/index.html", "en-GB", "/r/v-1/Ab-_.html"),
    ("/v/v-1", "", "301 /v/v-1/"),
    ("/v/v-5/", "", "/r/v-5/BBBB.html"),
    ("/v/v-2/", "", "/gone/toys/zh.html"),
    ("/v/v-2/", "en;q=0.8", "/gone/toys/en.html"),
    ("/v/v-2/", "fr", "/gone/toys/zh.html"),
    ("/v/v-3/", "", "/gone/toys/zh.html"),
    ("/v/v-4/", "", "/gone/all/en.html"),
    ("/v/v-9/", "", "/gone/unknown/en.html"),
    ("/v/v-9/", "zh-CN,zh;q=0.9", "/gone/unknown/zh.html"),
    ("/v/", "", "/gone/unknown/en.html"),
    ("/v/v-1/else.html", "", "/gone/unknown/en.html"),
    ("/v/../r/v-1/", "", "/gone/unknown/en.html"),
    ("/v/" + "x" * 65 + "/", "", "/gone/unknown/en.html"),
    ("/v/熊猫/", "", "/gone/unknown/en.html"),
    # What releases point to is reached through them only.
    ("/r/v-1/Ab-_.html", "", "/gone/unknown/en.html"),
    ("/gone/toys/zh.html", "", "/gone/unknown/en.html"),
    ("/media/a.png", "", "/media/a.png"),
    ("/help/", "", "/help/index.html"),
    ("/robots.txt", "", "/robots.txt"),
]


def in_python(path: str, language: str) -> str:
    led = route(path, language, STORE.get)
    return f"301 {led.location}" if isinstance(led, Redirected) else led.path


@pytest.mark.parametrize(("path", "language", "leads_to"), CASES)
def test_where_an_address_leads(path: str, language: str, leads_to: str) -> None:
    assert in_python(path, language) == leads_to
    assert isinstance(route(path, language, STORE.get), Redirected if leads_to.startswith("301") else Rewritten)


def in_node(script: str, questions: list[Any]) -> list[Any]:
    if NODE is None:
        pytest.skip("not run: there is no node here, so nobody executed the function's JavaScript")
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], input=json.dumps(questions), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


READ = "const asked = JSON.parse((await import('node:fs')).readFileSync(0, 'utf8'));\nconst answers = [];\n"


def test_the_templates_javascript_answers_as_its_python_twin() -> None:
    # get() of CloudFront's store throws for a key that is not there.
    kvs = f"const held = {json.dumps(STORE)};\nconst cf = {{ kvs: () => ({{ get: async (key) => {{ if (!(key in held)) throw new Error(key); return held[key]; }} }}) }};\n"
    code = ROUTE.replace("import cf from 'cloudfront';", "")
    assert code != ROUTE
    loop = """for (const [path, language] of asked) {
      const headers = language ? { 'accept-language': { value: language } } : {};
      const made = await handler({ request: { uri: path, headers, querystring: {} } });
      answers.push(made.statusCode ? `${made.statusCode} ${made.headers.location.value}` : made.uri);
    }
    console.log(JSON.stringify(answers));"""
    answers = in_node(kvs + code + READ + loop, [[path, language] for path, language, _ in CASES])
    assert answers == [in_python(path, language) for path, language, _ in CASES]


def test_a_redirect_keeps_the_question() -> None:
    code = "const cf = { kvs: () => ({}) };\n" + ROUTE.replace("import cf from 'cloudfront';", "")
    ask = "const made = await handler({ request: { uri: '/v/v-1', headers: {}, querystring: { from: { value: 'app' } } } }); answers.push(made.headers.location.value); console.log(JSON.stringify(answers));"
    assert in_node(code + READ + ask, []) == ["/v/v-1/?from=app"]


@pytest.mark.parametrize(("stored", "status"), [("410", 410), ("404", 404), (None, 200), ("500", 200), ("302", 200)])
def test_the_status_beside_a_page_is_its_status(stored: str | None, status: int) -> None:
    assert status_of(stored, 200) == status
    loop = "for (const stored of asked) { const made = handler({ response: { statusCode: 200, headers: stored ? { 'x-amz-meta-status': { value: stored } } : {} } }); answers.push([made.statusCode, Object.keys(made.headers)]); }\nconsole.log(JSON.stringify(answers));"
    assert in_node(STATUS + READ + loop, [stored]) == [[status, []]]


def test_the_functions_are_what_cloudfront_takes() -> None:
    for code in (ROUTE, STATUS):
        assert len(code.encode()) < 10 * 1024  # CloudFront's limit
    for name in ("PageRoute", "PageStatus"):
        assert RESOURCES[name]["Properties"]["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    (association,) = RESOURCES["PageRoute"]["Properties"]["FunctionConfig"]["KeyValueStoreAssociations"]
    assert association["KeyValueStoreARN"] == {"GetAtt": "ReleasePointers.Arn"}
    default = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert {each["EventType"]: each["FunctionARN"] for each in default["FunctionAssociations"]} == {
        "viewer-request": {"GetAtt": "PageRoute.FunctionARN"},
        "viewer-response": {"GetAtt": "PageStatus.FunctionARN"},
    }
