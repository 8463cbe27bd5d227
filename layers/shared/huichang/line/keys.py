"""Where the stations keep their bodies, and what a state machine hands them."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict


class CampaignStep(BaseModel):
    """Input of a campaign station. `execution`: whose run it is, where that matters."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    campaign_id: str
    execution: str = ""

    def plan(self, number: int = 1) -> str:
        """Key of the campaign's ThemePlan of this number: a corrected brief makes a new one, the old one stays."""
        return f"campaigns/{self.campaign_id}/plan" + (f"-{number}" if number > 1 else "")


class VenueStep(BaseModel):
    """Input of a venue station. `run` counts starts of the machine, `round` counts reviews."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    campaign_id: str
    venue_id: str
    run: int
    round: int
    task_token: str = ""

    def key(self, name: str) -> str:
        """Key of a body that this run made: a step that is repeated overwrites its own work."""
        return f"venues/{self.venue_id}/run-{self.run}/{name}"

    def round_key(self, name: str) -> str:
        """Key of a body that this round of this run made."""
        return self.key(f"round-{self.round}/{name}")


class StepError(BaseModel):
    """What Step Functions puts into $.error: the error's class name, and its cause (a Lambda error as JSON, or words)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    Error: str = "Unknown"
    Cause: str = ""

    @property
    def said(self) -> str:
        """The human part of the cause."""
        try:
            cause = json.loads(self.Cause)
        except ValueError:
            return self.Cause or self.Error
        if isinstance(cause, dict):
            return str(cause.get("errorMessage") or cause.get("Cause") or self.Error)
        return self.Cause
