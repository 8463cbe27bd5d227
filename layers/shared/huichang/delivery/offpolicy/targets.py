"""The target policy's probabilities, from a log that it wrote or from a table. Its clicks are never looked at.

A bandit's probabilities move while it learns; what it would earn over the log's period depends on their mean. A row tells the
probability of the action that was taken only, so means of logged propensities are biased upwards (a row is likelier to be there
when its probability was high: over the small Open Bandit files they sum to 2-4 per position). The share of rows that show an action
is unbiased. The logged propensities still help: Σ 1/propensity over the rows that show the action has the known expectation n, and
serves as a control variate. For a policy that stands still the estimate is then its propensity exactly, for a moving one it is
near the share. Contexts are positions: for a policy that looks at the buyer this is its mean over buyers, and `docs/delivery.md`
says what that assumes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from huichang.delivery.offpolicy.model import Log, TargetPolicy
from huichang.delivery.ranking.policies import Policy
from huichang.kernel.errors import InvalidInputError

# Σ 1/propensity this many standard errors from n says that the logged propensities are not those of this log.
DISBELIEF = 5.0
# Inverse propensities of an arm must be worth this many equal ones before they control anything.
STEADY = 10
SUMS_TO = 1e-6


def of_log(log: Log) -> TargetPolicy:
    """The mean policy that wrote the log, by context."""
    chances: dict[str, dict[str, float]] = {}
    variances: dict[str, dict[str, float]] = {}
    believed = False
    seen: dict[str, dict[str, list[float]]] = {context: defaultdict(lambda: [0.0, 0.0, 0.0]) for context in log.contexts}
    for part in log:
        sums = seen[part.context][part.action]
        for i in range(3):
            sums[i] += part.rows * part.propensity**-i
    for context, rows in log.contexts.items():
        found: dict[str, float] = {}
        spread: dict[str, float] = {}
        for action, (count, first, second) in seen[context].items():
            share, reach = count / rows, first / rows
            found[action], spread[action] = share, share * (1 - share) / rows
            variance = second / rows - reach * reach
            if first * first < STEADY * second or variance <= 0:
                continue  # one rare propensity decides the sum: its variance cannot be told, so it controls nothing
            covariance = reach * (1 - share)
            slope = covariance / variance
            if abs(reach - 1) <= DISBELIEF * math.sqrt(max(second / first - 1, 0.0) / rows):
                believed = True
                found[action] = share - slope * (reach - 1)
                spread[action] = max(0.0, share * (1 - share) - slope * covariance) / rows
        chances[context], variances[context] = _normal(found), spread
    return TargetPolicy(chances, source="log" if believed else "frequencies", rows=log.rows, variances=variances)


def of_slates(policies: Mapping[str, Policy]) -> TargetPolicy:
    """The feed's policies by placement, for logs of `logs.read_decisions`. Exact: a slate policy knows its propensities.

    A venue's reward at a position is taken not to depend on its neighbours (the item-position model of Li et al., KDD 2018), and the
    candidates to have been the same over the log: venues that came or went in it show up as missing support.
    """
    return TargetPolicy(
        {
            f"{placement}/{position}": {
                venue_id: chance for venue_id in policy.candidates if (chance := policy.propensity(venue_id, position)) > 0
            }
            for placement, policy in policies.items()
            for position in range(1, policy.slots + 1)
        }
    )


def of_table(table: Mapping[str, Mapping[str, float]]) -> TargetPolicy:
    """Probabilities as they are given. InvalidInputError where one is no probability or a context's do not sum to one."""
    for context, chances in table.items():
        for action, chance in chances.items():
            if not (math.isfinite(chance) and 0 <= chance <= 1):
                raise InvalidInputError(
                    f"probability {chance} of action {action} in {context} is not between 0 and 1",
                    code="probability",
                    mend="correct the table",
                )
        total = math.fsum(chances.values())
        if abs(total - 1) > SUMS_TO:
            raise InvalidInputError(
                f"probabilities of {context} sum to {total:.6g}, not to 1",
                code="probabilities_do_not_sum",
                mend="list every action of a position",
            )
    return TargetPolicy(table)


def _normal(chances: Mapping[str, float]) -> dict[str, float]:
    kept = {action: max(0.0, chance) for action, chance in chances.items()}
    total = math.fsum(kept.values())
    return {action: chance / total for action, chance in kept.items()}
