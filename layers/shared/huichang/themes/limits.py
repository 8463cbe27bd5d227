"""What a theme must have before a venue is built for it. Settings; each with its reason."""

from __future__ import annotations

from pydantic import Field

from huichang.kernel.model import Model


class PlanningLimits(Model):
    """Thresholds of planning. The defaults hold for catalogues from some hundred products on."""

    # Two rows on a phone for the first floor and one for a second; fewer look like a page that failed to load.
    min_products: int = Field(default=8, ge=1)
    # A tab with fewer than three cards is a gap, so it is no tab.
    min_floor: int = Field(default=3, ge=1)
    # One merchant's goods are that merchant's shop, not a venue. Waived where the whole catalogue has fewer.
    min_merchants: int = Field(default=2, ge=1)
    # 90th over 10th percentile of the price. Below it everything costs the same and a buyer has nothing to choose by.
    # Waived where the operator asked for a price, and where a catalogue prices everything alike.
    min_price_ratio: float = Field(default=1.1, ge=1)
    # Bigrams shared: 积木乐园 and 积木乐园会场 are one name, 国庆帐篷 and 国庆行李箱 are two.
    same_name: float = Field(default=0.6, gt=0, le=1)
    # Two venues of equal size at 0.5 share two thirds of their goods: whoever has seen one has seen the other.
    same_products: float = Field(default=0.5, gt=0, le=1)
    # The second question costs as much as the first. It is asked only where themes are missing and time is left:
    # the function ends after 300 s; the conditions, an answer and its repair may take two calls of 60 s each.
    repair_rounds: int = Field(default=1, ge=0, le=3)
    repair_within_seconds: float = Field(default=45, ge=0)
    # About 20,000 tokens in Chinese. Facts are cut from the end until the prompt fits; they stand best first.
    max_prompt_chars: int = Field(default=32_000, ge=2000)
