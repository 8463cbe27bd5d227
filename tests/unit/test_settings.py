"""Configuration: typed, and what is missing is named."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from huichang.kernel.errors import PermanentError
from huichang.settings import Settings, load

REQUIRED = sorted(name.upper() for name, field in Settings.model_fields.items() if field.is_required())


def environment(**changes: str) -> dict[str, str]:
    return dict.fromkeys(REQUIRED, "x") | {"PATH": "/bin", "HOME": "/root"} | changes


def test_there_are_required_settings() -> None:
    assert {"STATE_TABLE", "BODY_BUCKET", "PAGES_BUCKET", "EVENT_BUS", "MODEL_BASE_URL", "CHAT_MODEL"} <= set(REQUIRED)


def test_settings_are_read_from_capitals_and_typed() -> None:
    settings = load(environment(STATE_TABLE="state", EMBEDDING_DIMENSION="1024", MODEL_TIMEOUT_SECONDS="2.5"))
    assert (settings.state_table, settings.embedding_dimension, settings.model_timeout_seconds) == ("state", 1024, 2.5)
    assert settings.search_index == "products"


@pytest.mark.parametrize("missing", REQUIRED)
def test_every_missing_variable_is_named(missing: str) -> None:
    given = environment()
    del given[missing]
    with pytest.raises(PermanentError, match=f"missing or malformed: {missing}$") as caught:
        load(given)
    assert caught.value.where == "settings"
    assert caught.value.mend


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(PermanentError) as caught:
        load({"EMBEDDING_DIMENSION": "many", "MIN_PRODUCTS_PER_VENUE": "0"})
    for name in [*REQUIRED, "EMBEDDING_DIMENSION", "MIN_PRODUCTS_PER_VENUE"]:
        assert name in caught.value.message


def test_the_message_holds_no_values() -> None:
    with pytest.raises(PermanentError) as caught:
        load(environment(MODEL_TIMEOUT_SECONDS="s3cret"))
    assert "s3cret" not in str(caught.value)


def test_lower_case_variables_are_not_ours() -> None:
    given = environment()
    given["state_table"] = given.pop("STATE_TABLE")
    with pytest.raises(PermanentError, match="STATE_TABLE"):
        load(given)


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(STATE_TABLE="from the process").items():
        monkeypatch.setenv(name, value)
    assert load().state_table == "from the process"


def test_settings_cannot_be_changed() -> None:
    settings = load(environment())
    with pytest.raises(ValidationError):
        settings.state_table = "other"  # type: ignore[misc]
