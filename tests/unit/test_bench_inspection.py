"""The plan of the defect suite: every defect meets every template, and all base pages."""

from __future__ import annotations

from collections import Counter, defaultdict

from huichang.pages.templates import load_templates
from infra.bench.defects import DEFECTS
from infra.bench.inspection import BASES, FOUND_BY, plan


def test_every_defect_is_put_into_every_template_and_meets_every_base_page() -> None:
    templates = sorted(load_templates())
    tasks = plan(templates, 1, 4, 7, tuple(DEFECTS))
    pairs = Counter(look for task in tasks for look in task.looks if look[1])
    assert pairs == Counter({(template, defect): 1 for template in templates for defect in DEFECTS})
    met = defaultdict(set)
    for task in tasks:
        for _, defect in task.looks:
            met[defect].add(task.wanted.name)
    assert {len(met[defect]) for defect in DEFECTS} == {len(BASES)}
    assert set(FOUND_BY) == set(DEFECTS)


def test_sound_pages_are_looked_at_in_as_many_templates_as_asked_and_each_template_has_its_share() -> None:
    templates = sorted(load_templates())
    sound = [look for task in plan(templates, 1, 4, 7, tuple(DEFECTS)) for look in task.looks if not look[1]]
    shares = Counter(template for template, _ in sound)
    assert set(shares) == set(templates)
    assert max(shares.values()) - min(shares.values()) <= 1
    assert len(sound) >= 200  # fewer could not tell one false alarm in a hundred
    everything = [look for task in plan(templates, 4, 9, 7, ("empty_title",)) for look in task.looks]
    assert Counter(defect for _, defect in everything)["empty_title"] == 4 * len(templates)
