"""One contract, every store of templates: in memory (tests) and on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huichang.adapters.dynamodb.templates import DynamoTemplates
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.pages.packages.model import TemplateRecord, TemplateStore
from huichang.pages.templates import load_templates
from tests.support.memory_templates import MemoryTemplates
from tests.support.moto_aws import make_table, moto_aws


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[TemplateStore]:
    if request.param == "memory":
        yield MemoryTemplates()
        return
    with moto_aws():
        yield DynamoTemplates(make_table())


def a_record(template_id: str = "lantern", version: int = 1, package: str = "abc") -> TemplateRecord:
    manifest = load_templates()["festival"].model_copy(update={"id": template_id, "version": version})
    return TemplateRecord(template_id=template_id, version=version, package=package, manifest=manifest)


def test_a_version_is_written_once(store: TemplateStore) -> None:
    assert store.create(a_record())
    assert not store.create(a_record(package="other"))
    assert store.get("lantern", 1).package == "abc"


def test_versions_are_listed_newest_first_and_by_id(store: TemplateStore) -> None:
    for template_id, version in (("tent", 1), ("lantern", 2), ("lantern", 10), ("lantern", 1)):
        store.create(a_record(template_id, version))
    assert [each.version for each in store.versions("lantern")] == [10, 2, 1]
    assert [(each.template_id, each.version) for each in store.all()] == [("lantern", 10), ("lantern", 2), ("lantern", 1), ("tent", 1)]
    assert store.versions("nobody") == []


def test_of_two_changes_from_one_revision_the_second_is_told(store: TemplateStore) -> None:
    store.create(a_record())
    read = store.get("lantern", 1)
    changed = store.change(read.model_copy(update={"state": "published"}))
    assert (changed.state, changed.revision) == ("published", 2)
    with pytest.raises(ConflictError):
        store.change(read.model_copy(update={"state": "deprecated"}))
    assert store.get("lantern", 1) == changed


def test_what_is_not_there_is_told(store: TemplateStore) -> None:
    with pytest.raises(NotFoundError) as told:
        store.get("lantern", 7)
    assert told.value.code == "no_template"
    with pytest.raises(NotFoundError):
        store.change(a_record())
