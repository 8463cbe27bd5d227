"""Notes that buyers keep: what was shown is remembered by them alone, and nobody can write one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.delivery.events.tokens import Key
from huichang.delivery.serving.memory import MOST_BYTES, MOST_SHOWN, Memory, PageNote, Refused, Times, short
from tests.support.memory_delivery import MemoryKeys

KEYS = MemoryKeys()
KEY = KEYS.signing()
NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
names = st.text("abcdefghij0123456789-", min_size=1, max_size=20)


def why(note: str, now: datetime = NOW, placement: str = "home") -> str:
    with pytest.raises(Refused) as caught:
        PageNote.read(KEYS, note, placement, now) if note.startswith("p") else Memory.read(KEYS, note, now)
    return caught.value.why


@given(shown=st.lists(names, max_size=60))
def test_a_page_note_says_what_the_pages_before_showed(shown: list[str]) -> None:
    note = PageNote("home").after(shown)
    back = PageNote.read(KEYS, note.signed(KEY, NOW), "home", NOW + timedelta(minutes=59))
    assert (back.page, back.shown) == (2, tuple(map(short, shown)))
    assert back.after(["x"]).page == 3


def test_there_is_no_page_after_so_many() -> None:
    assert PageNote("home").after(map(str, range(MOST_SHOWN))).signed(KEY, NOW)
    assert PageNote("home").after(map(str, range(MOST_SHOWN + 1))).signed(KEY, NOW) == ""


@given(seen=st.lists(st.tuples(st.sampled_from(["home", "cart"]), names), max_size=40), hours=st.integers(0, 23))
def test_a_memory_says_how_often_what_was_shown(seen: list[tuple[str, str]], hours: int) -> None:
    memory = Memory()
    for place, name in seen:
        memory.add(place, [name], NOW)
    back = Memory.read(KEYS, memory.signed(KEY, NOW), NOW + timedelta(hours=hours))
    for place, name in seen:
        assert back.times(place)[short(name)].times == sum(1 for p, n in seen if p == place and short(n) == short(name))


def test_each_venue_is_forgotten_a_day_after_it_was_first_shown() -> None:
    memory = Memory()
    memory.add("home", ["early"], NOW)
    memory.add("home", ["late", "early"], NOW + timedelta(hours=20))
    later = Memory.read(KEYS, memory.signed(KEY, NOW + timedelta(hours=20)), NOW + timedelta(hours=25))
    assert later.times("home") == {short("late"): Times(1, int(NOW.timestamp()) // 3600 + 20)}
    assert Memory.read(KEYS, later.signed(KEY, NOW + timedelta(hours=25)), NOW + timedelta(hours=44)).times("home") == {}


def test_a_memory_never_outgrows_a_cookie_and_forgets_the_oldest_first() -> None:
    memory = Memory()
    for hour in range(20):
        memory.add("home", [f"v-{hour}-{i}" for i in range(20)], NOW + timedelta(hours=hour))
    end = NOW + timedelta(hours=19)
    note = memory.signed(KEY, end)
    assert len(note) <= MOST_BYTES
    back = Memory.read(KEYS, note, end).times("home")
    assert len(back) > 140
    assert {short(f"v-19-{i}") for i in range(20)} <= set(back)
    assert short("v-0-0") not in back


def test_it_names_no_buyer_and_no_venue() -> None:
    memory = Memory()
    memory.add("home", ["v-secret-name"], NOW)
    note = memory.signed(KEY, NOW)
    assert "secret" not in note
    # Kind, key, moment, placement with one entry of six letters, signature: nothing else.
    kind, key, moment, section, mac = note.split("~")
    assert (kind, key, int(moment, 16), len(section), len(mac)) == ("m1", KEY.name, int(NOW.timestamp()), len("home.") + 6, 22)


@given(data=st.data())
def test_a_changed_note_is_no_note(data: st.DataObject) -> None:
    memory = Memory()
    memory.add("home", ["v-1", "v-2"], NOW)
    for note in (PageNote("home").after(["v-1"]).signed(KEY, NOW), memory.signed(KEY, NOW)):
        at = data.draw(st.integers(0, len(note) - 1))
        changed = note[:at] + data.draw(st.sampled_from("~.-_09azAZ")) + note[at + data.draw(st.integers(0, 2)) :]
        if changed != note:
            with pytest.raises(Refused):
                PageNote.read(KEYS, changed, "home", NOW) if note.startswith("p") else Memory.read(KEYS, changed, NOW)


def test_every_reason_has_its_name() -> None:
    page, memory = PageNote("home").after(["v-1"]).signed(KEY, NOW), Memory().signed(KEY, NOW)
    other = Key(b"somebody else's")
    assert why("p1~x") == "malformed"
    assert why("p" + "x" * 2000) == "malformed"
    assert why(PageNote("home").signed(other, NOW)) == "unknown_key"
    assert why(page[:-1] + ("A" if page[-1] != "A" else "B")) == "forged"
    assert why(page, NOW + timedelta(hours=2)) == "expired"
    assert why(page, NOW - timedelta(hours=2)) == "of_the_future"
    assert why(page, placement="cart") == "of_another_placement"
    assert why(memory, NOW + timedelta(hours=25)) == "expired"
    assert why(memory, NOW - timedelta(hours=1)) == "of_the_future"
    assert why(memory.replace("m1", "m2")) == "malformed"
    assert why("m1~" + page[3:]) in ("forged", "malformed")


def test_the_key_before_is_believed() -> None:
    assert PageNote.read(KEYS, PageNote("home").after(["a"]).signed(KEYS.keys[1], NOW), "home", NOW).page == 2
