"""`huichang policies`: ranking policies proposed, judged by logged decisions, released, gone back to."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import Api, read_text, segment
from infra.cli.declare import command
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.login import connect

policies_app = typer.Typer(help="Ranking policies: none goes live without a verdict.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
PolicyId = Annotated[str, typer.Argument(help="A policy's name, as `huichang policies list` shows it.", metavar="POLICY")]
Placement = Annotated[str, typer.Option(help="Only this placement; without it all of them.")]
Why = Annotated[str, typer.Option(help="Why; kept.")]
PATH = "/api/delivery/policies"
PAUSE_SECONDS = 2.0


@command(policies_app, "list")
def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """What has the traffic, who asks for it, and what had it."""
    found = connect(context.obj).get(PATH)
    if as_json:
        words.print_json(found)
        return
    live = found["live"]
    own = [[name, each["policy_id"]] for name, each in sorted(live["placements"].items())]
    words.console().print(words.table(["placement", "policy"], [["all others" if own else "all", live["everywhere"]["policy_id"]], *own]))
    rows = [_row(each) for each in found["candidates"]]
    if rows:
        words.console().print(words.table(["candidate", "for", "state", "verdict", ""], rows))
    past = [[each["number"], each["at"], each["by"], *_told(each)] for each in found["states"][:10]]
    if past:
        words.console().print(words.table(["state", "at", "by", "", ""], past))


@command(policies_app, "propose")
def propose(
    context: typer.Context,
    policy_id: Annotated[str, typer.Argument(help="Its name, once and for ever: decisions carry it.", metavar="POLICY")],
    explore: Annotated[float | None, typer.Option(help="Share of answers drawn evenly, 0.01 to 1.")] = None,
    calm: Annotated[float | None, typer.Option(help="Posteriors are drawn this many times as certain.")] = None,
    draws: Annotated[int | None, typer.Option(help="Answers of a policy, 16 to 1024.")] = None,
    segment_events: Annotated[float | None, typer.Option(help="Rewards from which a segment has a policy of its own.")] = None,
    reward: Annotated[str, typer.Option(help='What is to be earned: "click", "cart", "order", "order_value"; or a JSON object.')] = "",
    settings: Annotated[Path | None, typer.Option(help="A JSON file with all settings instead.")] = None,
    placement: Placement = "",
    margin: Annotated[float, typer.Option(help="How much more it has to earn: 0.02 is two per cent.")] = 0.0,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Propose a policy. It takes no traffic until it is judged and released."""
    given: dict[str, Any] = {"explore": explore, "calm": calm, "draws": draws, "segment_events": segment_events}
    asked = {name: value for name, value in given.items() if value is not None}
    if settings is not None:
        asked = _object(read_text(settings), str(settings)) | asked
    if reward:
        asked["reward"] = _object(reward, "--reward") if reward.startswith("{") else {"kind": reward}
    body = {"settings": asked | {"policy_id": policy_id}, "placement": placement, "margin": margin, "why": why}
    made = connect(context.obj).post(PATH, body)
    if as_json:
        words.print_json(made)
    else:
        words.say(f"{policy_id} is proposed; huichang policies judge {policy_id}", stderr=False)


@command(policies_app, "judge")
def judge(
    context: typer.Context,
    policy_id: PolicyId,
    wait: Annotated[float, typer.Option(help="Wait so many seconds for the verdict; 0: do not.", min=0)] = 600,
    as_json: AsJson = False,
) -> None:
    """Have it judged by the log of what is in place, and say the verdict. Ends with 1 where that is not "ship"."""
    api = connect(context.obj)
    asked = api.post(f"{PATH}/{segment(policy_id)}/judgements")
    until = time.monotonic() + wait
    job = asked["candidate"]["job"]
    while wait and time.monotonic() < until:
        found = next(each for each in api.get(PATH)["candidates"] if each["candidate"]["settings"]["policy_id"] == policy_id)["candidate"]
        if found["job"] != job:
            raise CliError(f"{policy_id} is being judged anew by somebody else", FAILED)
        if found["state"] != "judging":
            _say_verdict(api, policy_id, as_json)
            return
        time.sleep(PAUSE_SECONDS)
    if wait:
        raise CliError(f"no verdict on {policy_id} yet", FAILED, mend=f"look again: huichang policies verdict {policy_id}")
    if as_json:
        words.print_json(asked)
    else:
        words.say(f"{policy_id} is being judged; huichang policies verdict {policy_id}", stderr=False)


@command(policies_app, "verdict")
def verdict(context: typer.Context, policy_id: PolicyId, as_json: AsJson = False) -> None:
    """What the gate says of it. Ends with 1 where that is not "ship"."""
    _say_verdict(connect(context.obj), policy_id, as_json)


@command(policies_app, "release")
def release(
    context: typer.Context,
    policy_id: PolicyId,
    override: Annotated[str, typer.Option(help="An admin's reason to release it without a verdict that says ship; shown for ever.")] = "",
    note: Why = "",
    as_json: AsJson = False,
) -> None:
    """Give it the traffic it was proposed for."""
    api = connect(context.obj)
    seen = api.get(PATH)
    shown = next((each for each in seen["candidates"] if each["candidate"]["settings"]["policy_id"] == policy_id), None)
    known = (shown or {}).get("candidate", {}).get("verdict") or {}
    body = {"expect": seen["live"]["number"], "verdict_id": known.get("verdict_id", ""), "override": override, "note": note}
    made = api.post(f"{PATH}/{segment(policy_id)}/release", body)
    _say_state(made, as_json)


@command(policies_app, "rollback")
def rollback(
    context: typer.Context,
    placement: Placement = "",
    to: Annotated[int | None, typer.Option(help="A state's number; without it the one before.", min=0)] = None,
    note: Why = "",
    as_json: AsJson = False,
) -> None:
    """Go back to what was in place before. Needs no verdict."""
    api = connect(context.obj)
    expect = api.get(PATH)["live"]["number"]
    made = api.post("/api/delivery/policy-rollback", {"placement": placement, "to": to, "expect": expect, "note": note})
    _say_state(made, as_json)


@command(policies_app, "withdraw")
def withdraw(
    context: typer.Context, policy_id: PolicyId, why: Annotated[str, typer.Option(help="Why; kept.")], as_json: AsJson = False
) -> None:
    """Take a candidate back: it can never be released."""
    made = connect(context.obj).post(f"{PATH}/{segment(policy_id)}/withdraw", {"why": why})
    if as_json:
        words.print_json(made)
    else:
        words.say(f"{policy_id} is withdrawn", stderr=False)


def _row(shown: dict[str, Any]) -> list[Any]:
    candidate = shown["candidate"]
    state = "released" if shown["released"] else candidate["state"]
    note = candidate["verdict"]
    waits = shown["in_the_way"]["words"]["en"] if shown["in_the_way"] else ""
    answer = note["answer"].replace("_", " ") if note else ""
    return [candidate["settings"]["policy_id"], candidate["placement"] or "all placements", state, answer, waits]


def _told(state: dict[str, Any]) -> tuple[str, str]:
    if state["action"] == "rollback":
        return f"back to {state['policy_id']}", state["note"]
    where = state["placement"] or "all placements"
    return f"{state['policy_id']} for {where}", f"OVERRIDDEN: {state['override']}" if state["override"] else state["note"]


def _say_state(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        words.print_json(made)
        return
    told, more = _told(made)
    words.say(f"state {made['number']}: {told}{f' ({more})' if more else ''}", stderr=False)


def _say_verdict(api: Api, policy_id: str, as_json: bool) -> None:
    found = api.get(f"{PATH}/{segment(policy_id)}/verdict")
    if as_json:
        words.print_json(found)
    else:
        words.say(found["words"]["en"], stderr=False)
        judgement = found["judgement"]
        if judgement:
            base = judgement["baseline"]
            rows = [
                [
                    name,
                    f"{each['value']:.4g}",
                    f"{each['interval']['low']:.4g} to {each['interval']['high']:.4g}",
                    *([f"{each['uplift_interval']['low'] / base:+.1%} to {each['uplift_interval']['high'] / base:+.1%}"] if base else [""]),
                ]
                for name, each in judgement["estimates"].items()
            ]
            words.console().print(words.table(["estimator", "value", "95 %", "over what is asked for, 99 %"], rows))
    if found["answer"] != "ship":
        raise typer.Exit(FAILED)


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CliError(f"{where} is no JSON: {error}", USAGE) from error
    if not isinstance(found, dict):
        raise CliError(f"{where} is no JSON object", USAGE, mend='such as {"kind": "order", "delay_hours": 6}')
    return found
