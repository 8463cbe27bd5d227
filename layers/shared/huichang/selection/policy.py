"""The numbers of fusion, as data (fusion.yaml): an operator of the system can read and change them without reading code."""

from __future__ import annotations

from functools import cache
from pathlib import Path as File
from typing import Annotated

import yaml
from pydantic import Field

from huichang.kernel.model import Model
from huichang.selection.model import Path

Share = Annotated[float, Field(gt=0, le=1)]


class PricePolicy(Model):
    """When a price cannot be meant: robust deviations of its logarithm, and at least this factor from the median."""

    deviations: Annotated[float, Field(gt=0)]
    factor: Annotated[float, Field(gt=1)]
    known: Annotated[int, Field(ge=3)]


class FusionPolicy(Model):
    """See fusion.yaml for the meaning of every number."""

    k: Annotated[float, Field(gt=0)]
    weights: dict[Path, Annotated[float, Field(ge=0)]]
    near: dict[Path, Annotated[float, Field(ge=0, lt=1)]]
    merchant_share: Share
    category_share: Share
    subtheme_share: Share
    comfortable: Annotated[int, Field(ge=1)]
    full_page: Annotated[int, Field(ge=1)]
    twin: Share
    look_alikes: Annotated[int, Field(ge=1)]
    levels: tuple[Annotated[float, Field(ge=1)], Annotated[float, Field(ge=1)], Annotated[float, Field(ge=1)]]
    price: PricePolicy


@cache
def load_policy() -> FusionPolicy:
    """The policy of fusion.yaml. Raises pydantic's ValidationError naming a number that cannot be."""
    return FusionPolicy.model_validate(yaml.safe_load(File(__file__).with_name("fusion.yaml").read_text(encoding="utf-8")))
