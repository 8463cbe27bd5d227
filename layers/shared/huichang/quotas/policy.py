"""Who may call when: pure functions over one small state, so that a simulation and the shared table run the very same rules.

Slots are booked on a line of time (GCRA): each call moves the line on by what it takes of the quota. A slot is booked at most
HORIZON seconds ahead, and whoever booked it sleeps until it comes; nobody books further, so nothing that was promised has to
be taken back when campaigns come and go. Whoever finds the horizon full is told when to come back, one after the other at the
quota's own pace. The first part of the horizon is first come, first served, so that the line never runs dry; the rest is only
for campaigns that have had less than their share. docs/decisions/0012 has the why.

All times are seconds since 1970 by the caller's clock.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from huichang.kernel.model import Model
from huichang.quotas.model import Ask, Quota, Why

HORIZON = 3.0
"""How far ahead a slot may be booked: what a worker may sleep. Functions' timeouts have room for it."""
_FLOOR = 0.5 * HORIZON
_STEP_FLOOR = 0.75 * HORIZON
_RUSH_FLOOR = 0.125 * HORIZON
RUSH_SHARE = 0.9
"""What campaigns in a rush get of the quota while they have work; the others share the rest, so that none stands still."""
ACTIVE_SECONDS = 20.0
_HUNGRY_SECONDS = 5.0
FARTHEST_SECONDS = 60.0
"""The longest that somebody is sent away for: below the time after which a material that does not move is thought lost."""
_PACE = 0.75
_BURST = 1.0
_JITTER = 1.0
_TOKEN_MARGIN = 0.98
"""What a call takes is known after it; what was learned of others is near it, not equal."""
_MINUTE = 60.0
_MOST_LANES = 64

CIRCUIT_FAILURES = 5
OPEN_SECONDS = 10.0
LONGEST_OPEN_SECONDS = 120.0
_PROBE_SECONDS = 90.0
LONGEST_WAIT_SECONDS = 600.0
"""No provider makes us wait longer, whatever it says: it is asked again after that."""
_UNSAID_WAIT_SECONDS = 2.0
_LEARNING = 0.2


class Lane(Model):
    """One campaign: how far it has used its share (`until`), when it asked and when it was sent away last, and to when."""

    until: float = 0
    asked: float = 0
    hungry: float = 0
    queue: float = 0
    rush: bool = False


class State(Model):
    """Everything that workers share about one model."""

    requests_until: float = 0
    tokens_until: float = 0
    queue: float = 0
    largest: int = 0
    lanes: dict[str, Lane] = Field(default_factory=dict)
    blocked_until: float = 0
    blocked_times: int = 0
    circuit: Literal["closed", "open", "half_open"] = "closed"
    failures: int = 0
    opens_at: float = 0
    open_seconds: float = 0
    probe_until: float = 0
    why: str = ""
    outputs: dict[str, int] = Field(default_factory=dict)


class Slot(Model):
    """May be made at `at`."""

    at: float
    tokens: int = 0
    learned: bool = False
    probe: bool = False


class Refusal(Model):
    """May not be made now; come back after `seconds`."""

    seconds: float
    code: Why
    why: str


def decide(state: State, quota: Quota, ask: Ask, now: float, dice: float = 0.5) -> tuple[State, Slot | Refusal]:
    """The next state and the verdict. `dice` (0..1) spreads those who would otherwise all come back in one moment."""
    state = sane(state, quota, now)
    stopped = _stopped(state, now, dice)
    if isinstance(stopped, Refusal):
        return state, stopped
    probe = state.circuit != "closed"
    trying: dict[str, object] = {"circuit": "half_open", "probe_until": now + _PROBE_SECONDS} if probe else {}
    if quota.unlimited:
        return state.model_copy(update=trying) if probe else state, Slot(at=now, probe=probe)
    tokens = tokens_of(state, quota, ask)
    state = state.model_copy(update={"largest": max(tokens, int(state.largest * 0.98))})
    requests_cost, tokens_cost = _costs(state, quota, tokens)
    cost = max(requests_cost, tokens_cost)
    at = max(
        now,
        state.requests_until - _BURST if quota.requests_per_minute else now,
        state.tokens_until if quota.tokens_per_minute else now,
    )
    ahead = at - now
    lane = state.lanes.get(ask.campaign_id, Lane())
    lane = lane.model_copy(update={"asked": now, "rush": ask.rush, "until": max(lane.until, now)})
    lanes = state.lanes | {ask.campaign_id: lane}
    active = {key: each for key, each in lanes.items() if now - each.asked <= ACTIVE_SECONDS}
    share = _share(active, ask)
    rushed = not ask.rush and any(each.rush and now - each.hungry <= _HUNGRY_SECONDS for each in active.values())
    # Who comes by its own clock holds no place in the queue, and all of its page waits for it: it may book a little further.
    floor = _RUSH_FLOOR if rushed else _FLOOR if ask.comes_back else _STEP_FLOOR
    below_share = lane.until - now <= HORIZON
    if ahead <= floor or (ahead <= HORIZON and (probe or len(active) == 1 or below_share)):
        lane = lane.model_copy(update={"until": lane.until + cost / share})
        taken = {
            "requests_until": max(state.requests_until, at) + requests_cost,
            "tokens_until": max(state.tokens_until, at) + tokens_cost,
            # Room now, and everybody sent away for longer: there are fewer than were counted (some died, some came by themselves).
            "queue": min(state.queue, now + HORIZON) if ahead <= floor / 2 else state.queue,
            "lanes": _kept(lanes | {ask.campaign_id: lane}, now),
        }
        learned = quota.tokens_counted == "used" and ask.purpose in state.outputs
        return state.model_copy(update=taken | trying), Slot(at=at, tokens=tokens, learned=learned, probe=probe)
    # Everybody's queue moves a little faster than the quota, a campaign's own so against its share: rather somebody comes in
    # vain than nobody. Whichever lets it come sooner.
    start = now + max(0.2, ahead - floor / 2)
    everybodys = max(state.queue, start) + cost * _PACE
    own = max(lane.queue, start, lane.until - HORIZON) + cost * _PACE / share
    back = min(everybodys, own)
    lane = lane.model_copy(update={"hungry": now, **({"queue": own} if ask.comes_back else {})})
    waiting = {"lanes": _kept(lanes | {ask.campaign_id: lane}, now), **({"queue": everybodys} if ask.comes_back else {})}
    seconds = back - now
    if seconds > FARTHEST_SECONDS:
        seconds = FARTHEST_SECONDS * (0.5 + dice / 2)
    return state.model_copy(update=waiting), Refusal(seconds=seconds, code="quota", why=f"the quota is used for the next {ahead:.1f} s")


def _stopped(state: State, now: float, dice: float) -> Refusal | None:
    if state.blocked_until > now:
        seconds = state.blocked_until - now + dice * HORIZON
        return Refusal(seconds=seconds, code="provider_wait", why=f"the provider asked to wait for {state.blocked_until - now:.0f} s more")
    if state.circuit == "open" and state.opens_at > now:
        seconds = min(state.opens_at - now + dice * HORIZON, FARTHEST_SECONDS)
        return Refusal(seconds=seconds, code="circuit_open", why=state.why)
    if state.circuit == "half_open" and state.probe_until > now:
        return Refusal(seconds=HORIZON * (1 + dice), code="circuit_open", why=f"{state.why}; one call is trying it")
    return None


def _share(active: dict[str, Lane], ask: Ask) -> float:
    in_rush = sum(lane.rush for lane in active.values())
    if not in_rush or in_rush == len(active):
        return 1 / len(active)
    return RUSH_SHARE / in_rush if ask.rush else (1 - RUSH_SHARE) / (len(active) - in_rush)


def tokens_of(state: State, quota: Quota, ask: Ask) -> int:
    """What a call is charged when it books: as much as calls of its purpose took lately, or all it may take."""
    if quota.tokens_per_minute is None:
        return 0
    if quota.tokens_counted == "asked":
        return ask.input_tokens + ask.output_limit
    return ask.input_tokens + min(ask.output_limit, state.outputs.get(ask.purpose, ask.output_limit // 4))


def _costs(state: State, quota: Quota, tokens: int) -> tuple[float, float]:
    """Seconds that a call takes of each line.

    In every window of a minute that the provider can draw, up to a burst on our side and a second of different travel times
    included, there are at most as many requests as it allows. For tokens the largest call of late is left out of the rate:
    it may begin at the end of a window.
    """
    requests = (_MINUTE + _BURST + _JITTER) / quota.requests_per_minute if quota.requests_per_minute else 0.0
    if quota.tokens_per_minute is None:
        return requests, 0.0
    rate = max(quota.tokens_per_minute - state.largest, quota.tokens_per_minute / 4) * _TOKEN_MARGIN / (_MINUTE + _JITTER)
    return requests, tokens / rate


def _kept(lanes: dict[str, Lane], now: float) -> dict[str, Lane]:
    """Lanes that still mean something; the most recent ones if there are too many to keep."""
    alive = {key: lane for key, lane in lanes.items() if now - lane.asked <= ACTIVE_SECONDS or lane.until > now}
    if len(alive) <= _MOST_LANES:
        return alive
    return dict(sorted(alive.items(), key=lambda each: each[1].asked)[-_MOST_LANES:])


def sane(state: State, quota: Quota, now: float) -> State:
    """The state without times that no rule could have written: a clock that was set back must not stop the work for as long."""
    requests_cost, _ = _costs(state, quota, 0)
    limits = {
        "requests_until": now + HORIZON + _BURST + requests_cost,
        "tokens_until": now + HORIZON + _MINUTE,
        "queue": now + LONGEST_WAIT_SECONDS,
        "blocked_until": now + LONGEST_WAIT_SECONDS,
        "opens_at": now + LONGEST_OPEN_SECONDS,
        "probe_until": now + _PROBE_SECONDS,
    }
    beyond = {name: limit for name, limit in limits.items() if getattr(state, name) > limit}
    lanes = {key: _sane_lane(lane, now) for key, lane in state.lanes.items()}
    return state.model_copy(update=beyond | {"lanes": lanes}) if beyond or lanes != state.lanes else state


def _sane_lane(lane: Lane, now: float) -> Lane:
    if max(lane.asked, lane.hungry) <= now and max(lane.until, lane.queue) <= now + LONGEST_WAIT_SECONDS:
        return lane
    ahead = now + HORIZON
    return Lane(
        until=min(lane.until, ahead), asked=min(lane.asked, now), hungry=min(lane.hungry, now), queue=min(lane.queue, ahead), rush=lane.rush
    )


# --- what became of a call ---------------------------------------------------------------------------------------------


def answered(state: State, quota: Quota, purpose: str, charged: int, used: tuple[int, int] | None, *, learned: bool = True) -> State:
    """Closes the circuit, corrects the tokens that were charged to those `used` (in, out; None: not known), and learns from them.

    What was charged too much before anything was `learned` is not given back: it would be spent in a minute of its own.
    """
    changes: dict[str, object] = {}
    if state.failures or state.circuit != "closed" or state.blocked_times:
        changes = {"failures": 0, "circuit": "closed", "open_seconds": 0.0, "probe_until": 0.0, "why": "", "blocked_times": 0}
    if quota.tokens_per_minute is not None and quota.tokens_counted == "used" and used is not None:
        input_tokens, output_tokens = used
        known = state.outputs.get(purpose)
        mean = output_tokens if known is None else round(known + _LEARNING * (output_tokens - known))
        off = input_tokens + output_tokens - charged
        _, correction = _costs(state, quota, off if learned else max(off, 0))
        changes |= {"tokens_until": state.tokens_until + correction, "outputs": state.outputs | {purpose: mean}}
    return state.model_copy(update=changes) if changes else state


def throttled(state: State, now: float, seconds: float | None) -> State:
    """Nobody calls before the provider's time is over. Where it did not say, longer with every time."""
    times = state.blocked_times + 1
    wait = _UNSAID_WAIT_SECONDS * 2 ** min(times - 1, 6) if seconds is None else max(seconds, 0.0)
    until = max(state.blocked_until, now + min(wait, LONGEST_WAIT_SECONDS))
    # A probe that is answered "later" shows a provider that lives.
    closed = {"circuit": "closed", "failures": 0, "why": ""} if state.circuit == "half_open" else {}
    return state.model_copy(update={"blocked_until": until, "blocked_times": times, "probe_until": 0.0} | closed)


def failed(state: State, now: float, reason: str, *, probe: bool) -> State:
    """One more failure; the circuit opens after CIRCUIT_FAILURES in a row, and for longer each time that a probe fails."""
    failures = state.failures + 1
    if not probe and failures < CIRCUIT_FAILURES:
        return state.model_copy(update={"failures": failures, "why": reason})
    if not probe and state.circuit != "closed":
        return state.model_copy(update={"failures": failures})  # began before it opened
    seconds = min(state.open_seconds * 2 or OPEN_SECONDS, LONGEST_OPEN_SECONDS)
    return state.model_copy(
        update={
            "circuit": "open",
            "failures": failures,
            "opens_at": now + seconds,
            "open_seconds": seconds,
            "probe_until": 0.0,
            "why": f"{failures} calls in a row failed, the last one: {reason}",
        }
    )


def unused(state: State, quota: Quota, campaign_id: str, tokens: int, now: float, *, probe: bool) -> State:
    """Gives a place back that nobody needs. Places after it stay where they are: the line only gets shorter."""
    if quota.unlimited:
        return state.model_copy(update={"probe_until": 0.0}) if probe else state
    requests_cost, tokens_cost = _costs(state, quota, tokens)
    changes: dict[str, object] = {
        "requests_until": max(min(state.requests_until, now), state.requests_until - requests_cost),
        "tokens_until": max(min(state.tokens_until, now), state.tokens_until - tokens_cost),
    }
    lane = state.lanes.get(campaign_id)
    if lane is not None:
        back = max(min(lane.until, now), lane.until - max(requests_cost, tokens_cost))
        changes["lanes"] = state.lanes | {campaign_id: lane.model_copy(update={"until": back})}
    return state.model_copy(update=changes | ({"probe_until": 0.0} if probe else {}))
