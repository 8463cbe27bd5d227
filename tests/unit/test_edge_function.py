"""The front door's functions: the JavaScript of the template and its Python twin give the same answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from infra.local.edge_function import Chosen, Redirected, Rewritten, route, status_of
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
    "v/v-6": "c-3:0",
    "v/v-7": "c-3:1",
    "v/v-8": "c-3:2",
    "c/c-3": "en:4::AAAABBBB....|bulk.value|DCD",  # v-6 has pages for both, v-7 for value; v-8 is retired
    "v/v-10": "c-4:1",
    "c/c-4": "zh:1::AAAABBBB|aa.bb.cc.dd.ee.ff.gg|AAIB",  # seven segments are two digits: of v-10 dd and gg
    "v/v-11": "c-5:1",
    "c/c-5": "zh:1::AAAABBBB|aa.bb|B",  # a place that the bits do not reach
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


# (path, cookies, query, where it leads)
CHOICES = [
    ("/v/v-6/", "hc_seg=bulk", "", "/r/v-6/AAAA.bulk.html"),
    ("/v/v-6/", "a=1; hc_seg=value; b=2", "", "/r/v-6/AAAA.value.html"),
    ("/v/v-7/", "hc_seg=value", "p=feed", "/r/v-7/BBBB.value.html"),
    ("/v/v-7/", "hc_seg=bulk", "", "/r/v-7/BBBB.html"),  # the release lists none for them
    ("/v/v-6/", "", "", "/r/v-6/AAAA.html"),
    ("/v/v-6/", "hc_seg=", "", "/r/v-6/AAAA.html"),
    ("/v/v-6/", "hc_seg=nobody", "", "/r/v-6/AAAA.html"),
    ("/v/v-6/", "hc_seg=../../v-1/Ab-_", "", "/r/v-6/AAAA.html"),
    ("/v/v-6/", "hc_seg=bulk.value", "", "/r/v-6/AAAA.html"),
    ("/v/v-6/", "hc_seg=bulk; hc_seg=value", "", "/r/v-6/AAAA.html"),
    ("/v/v-6/", "other=bulk", "", "/r/v-6/AAAA.html"),
    ("/v/v-8/", "hc_seg=bulk", "", "/gone/all/en.html"),
    ("/v/v-1/", "hc_seg=bulk", "", "/r/v-1/Ab-_.html"),  # a campaign without segments
    ("/v/v-10/", "hc_seg=dd", "", "/r/v-10/BBBB.dd.html"),
    ("/v/v-10/", "hc_seg=gg", "", "/r/v-10/BBBB.gg.html"),
    ("/v/v-10/", "hc_seg=aa", "", "/r/v-10/BBBB.html"),
    ("/v/v-11/", "hc_seg=aa", "", "/r/v-11/BBBB.html"),
    ("/r/v-6/AAAA.bulk.html", "hc_seg=bulk", "", "/gone/unknown/en.html"),
    ("/s/bulk", "", "to=/v/v-6/", "302 /v/v-6/ bulk 2592000"),
    ("/s/bulk", "hc_seg=value", "p=x&to=%2Fv%2Fv-6", "302 /v/v-6/ bulk 2592000"),
    ("/s/default", "hc_seg=value", "to=/v/v-6/", "302 /v/v-6/  0"),
    # Nowhere but to a venue of ours, and nothing is remembered then.
    ("/s/bulk", "", "", "/gone/unknown/en.html"),
    ("/s/bulk", "", "to=https://evil.example/v/v-6/", "/gone/unknown/en.html"),
    ("/s/bulk", "", "to=//evil.example", "/gone/unknown/en.html"),
    ("/s/bulk", "", "to=/v/v-6/%0d%0aSet-Cookie:x=1", "/gone/unknown/en.html"),
    ("/s/bulk", "", "to=/v/v-6/&to=/v/v-7/", "/gone/unknown/en.html"),
    ("/s/bulk", "", "to=%E0%A4%A", "/gone/unknown/en.html"),
    ("/s/bulk", "", "to=%ff", "/gone/unknown/en.html"),
    ("/s/Bulk;x", "", "to=/v/v-6/", "/gone/unknown/en.html"),
    ("/s/", "", "to=/v/v-6/", "/gone/unknown/en.html"),
]


def in_python(path: str, language: str, cookies: str = "", query: str = "") -> str:
    led = route(path, language, STORE.get, cookies, query)
    if isinstance(led, Chosen):
        kept = 2592000 if led.segment else 0
        assert led.cookie == f"hc_seg={led.segment}; Path=/; Max-Age={kept}; Secure; HttpOnly; SameSite=Lax"
        return f"302 {led.location} {led.segment} {kept}"
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


@pytest.mark.parametrize(("path", "cookies", "query", "leads_to"), CHOICES)
def test_what_a_buyer_said_leads_to_their_page_if_the_release_lists_it(path: str, cookies: str, query: str, leads_to: str) -> None:
    assert in_python(path, "", cookies, query) == leads_to


def as_cloudfront(text: str, between: str) -> dict[str, Any]:
    """Cookies or a query as CloudFront hands them to a function: several of one name are a multiValue."""
    found: dict[str, Any] = {}
    for name, _, value in (each.strip().partition("=") for each in text.split(between) if each):
        if name in found:
            found[name].setdefault("multiValue", [{"value": found[name]["value"]}]).append({"value": value})
        else:
            found[name] = {"value": value}
    return found


def test_the_templates_javascript_knows_the_same_choices() -> None:
    kvs = f"const held = {json.dumps(STORE)};\nconst cf = {{ kvs: () => ({{ get: async (key) => {{ if (!(key in held)) throw new Error(key); return held[key]; }} }}) }};\n"
    loop = """for (const [path, cookies, query] of asked) {
      const made = await handler({ request: { uri: path, headers: {}, querystring: query, cookies } });
      const seg = made.statusCode && made.cookies && made.cookies.hc_seg;
      if (seg && !/^Path=\\/; Max-Age=\\d+; Secure; HttpOnly; SameSite=Lax$/.test(seg.attributes)) throw new Error(seg.attributes);
      answers.push(made.statusCode ? `${made.statusCode} ${made.headers.location.value} ${seg.value} ${seg.attributes.match(/Max-Age=(\\d+)/)[1]}` : made.uri);
    }
    console.log(JSON.stringify(answers));"""
    asked = [[path, as_cloudfront(cookies, ";"), as_cloudfront(query, "&")] for path, cookies, query, _ in CHOICES]
    answers = in_node(kvs + ROUTE.replace("import cf from 'cloudfront';", "") + READ + loop, asked)
    assert answers == [leads_to for *_, leads_to in CHOICES]


def test_no_cookie_is_forwarded_or_part_of_the_cache_key() -> None:
    default = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert default["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"  # CachingOptimized: no cookies in key or request
    assert "OriginRequestPolicyId" not in default


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
