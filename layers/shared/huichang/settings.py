"""Configuration as a typed model. A missing variable fails at cold start and is named. Only bootstrap reads this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huichang.kernel.errors import PermanentError


class Settings(BaseModel):
    """Environment of every function (template.yaml, Globals.Function.Environment). Field name in capitals is the variable."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state_table: str
    body_bucket: str
    pages_bucket: str
    event_bus: str
    search_endpoint: str
    search_index: str = "products"
    model_base_url: str
    model_api_key_secret: str
    chat_model: str
    embedding_model: str
    image_model: str
    embedding_dimension: int = 384
    embedding_query_prefix: str = "query: "
    embedding_passage_prefix: str = "passage: "
    model_timeout_seconds: float = 60.0
    # YAML over ledger/prices.yaml and quotas/quotas.yaml.
    model_prices: str = ""
    model_quotas: str = ""
    unknown_model_price: str = "refuse"
    # ISO 4217: what order values are counted in, by their minor units.
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$")
    campaign_cap_usd: Decimal = Field(default=Decimal(50), ge=0)
    campaign_cap_operators_usd: Decimal = Field(default=Decimal(500), ge=0)
    copy_queue_url: str = ""
    image_queue_url: str = ""
    material_events_queue_url: str = ""
    index_queue_url: str = ""
    import_queue_url: str = ""
    offers_queue_url: str = ""
    beacon_queue_url: str = ""
    claims_queue_url: str = ""
    # For how long facts that cannot be read are taken to hold; then live pages claim nothing (line/refreshing.py).
    claims_unread_seconds: int = Field(default=30, ge=1)
    campaign_machine_arn: str = ""
    venue_machine_arn: str = ""
    schedule_group: str = ""
    schedule_role_arn: str = ""
    schedule_target_arn: str = ""
    # CloudFront's key-value store of release pointers; the endpoint is the embedded cloud's, "" on AWS.
    edge_store_arn: str = ""
    edge_store_endpoint: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    preview_secret_name: str = ""
    # Decision tokens are signed with the one, orders of shops with keys made of the other (delivery/events).
    decision_secret_name: str = ""
    shop_secret_name: str = ""
    picture_hosts: str = ""
    link_hosts: str = ""
    public_base_url: str = ""
    content_producer: str = "huichang"
    min_products_per_venue: int = Field(default=8, ge=1)
    max_products_per_venue: int = Field(default=96, ge=1)
    # Reasons stand in themes/limits.py.
    min_products_per_floor: int = Field(default=3, ge=1)
    min_merchants_per_venue: int = Field(default=2, ge=1)
    min_price_ratio_per_venue: float = Field(default=1.1, ge=1)
    same_venue_name: float = Field(default=0.6, gt=0, le=1)
    same_venue_products: float = Field(default=0.5, gt=0, le=1)
    material_stale_seconds: int = 180
    material_max_attempts: int = 5
    material_max_wait_seconds: int = Field(default=14400, ge=60)
    review_rounds: int = 5
    deployment: str = "aws"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from the environment. Raises PermanentError that names every missing or malformed variable."""
    source = os.environ if environ is None else environ
    given = {name: source[name.upper()] for name in Settings.model_fields if name.upper() in source}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        names = ", ".join(".".join(str(part) for part in item["loc"]).upper() for item in error.errors())
        raise PermanentError(
            f"these environment variables are missing or malformed: {names}", where="settings", mend="see template.yaml"
        ) from error
