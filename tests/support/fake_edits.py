"""What the fake API says an edit would move: enough of the rules to look at every part of the console's preview."""

from __future__ import annotations

from huichang.line.merchandising import EditPreview, FloorChange, Named
from huichang.line.view_models import VenueProducts
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.merchandising import EditConflict, EditEffect, Moved
from huichang.selection.telling import CONFLICTS
from huichang.venues.model import Venue

MINIMUM = 8


def edit_preview(venue: Venue, goods: VenueProducts, wanted: MerchandisingEdits) -> EditPreview:
    """Products pinned go up, excluded leave; a rule about a category named "everything" leaves nothing."""
    was = {product.product_id: product.rank for product in goods.products}
    pins = [name for name in wanted.pins if name in was and name not in venue.edits.pins]
    gone = [name for name in wanted.excludes if name in was]
    nothing = any(rule.action == "exclude" and rule.value == "everything" for rule in wanted.rules)
    both = sorted(set(wanted.pins) & set(wanted.excludes))
    depth = 0 if nothing else len(was) - len(gone)
    few = depth < MINIMUM and not wanted.allow_thin
    conflicts = [_contradiction(wanted, name) for name in both]
    return EditPreview(
        version=venue.edits_version,
        run=venue.run,
        at=venue.updated_at,
        depth_before=len(was),
        depth_after=depth,
        minimum=MINIMUM,
        effect=EditEffect(
            leaving=tuple(Moved(product_id=name, from_rank=was[name], why="excluded", rule=f"exclude product {name}") for name in gone),
            up=tuple(
                Moved(product_id=name, from_rank=was[name], to_rank=rank, rule="pin")
                for rank, name in enumerate(pins, 1)
                if name not in gone
            ),
            shifted=len(was) - len(pins) - len(gone),
        ),
        floors=(FloorChange(title=goods.products[0].floor, before=6, after=5),) if gone else (),
        conflicts=tuple(conflicts),
        products={product.product_id: Named(title=product.title, price=product.price) for product in goods.products},
        changes_at=tuple(str(rule.starts_at) for rule in wanted.rules if rule.starts_at),
        refused=f"these edits leave {depth} of {len(was)} products; a venue needs {MINIMUM}" if nothing or few else "",
        refused_code="edits_leave_nothing" if nothing else "edits_leave_too_few" if few else "",
    )


def _contradiction(wanted: MerchandisingEdits, name: str) -> EditConflict:
    message, mend = CONFLICTS["pin_excluded"]
    places = tuple(place for place, rule in enumerate(wanted.rules) if rule.value == name)
    return EditConflict(
        code="pin_excluded",
        contradiction=True,
        rules=places,
        winner="exclude",
        products=(name,),
        count=1,
        message={language: text.format(count=1) for language, text in message.items()},
        mend=mend,
    )
