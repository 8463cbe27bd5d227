"""From file to outcomes: one for every row, joined files, slices that resume, and the mappings on rows as they come."""

from __future__ import annotations

import gzip
import io
from datetime import date
from decimal import Decimal
from itertools import islice

import pytest

from huichang.catalog.importing import (
    Accepted,
    ImportCheckpoint,
    JoinedFiles,
    Rejected,
    convert,
    load_joined,
    rows,
)
from huichang.catalog.mapping import CatalogueMapping, load_mapping, named_mapping
from huichang.catalog.rows import MAX_LINE
from huichang.kernel.errors import InvalidInputError

TODAY = date(2026, 9, 1)
SIMPLE = load_mapping(
    "{catalogue: test, language: en, currency: USD, fields: {id: id, title: title, "
    "price: {column: price, then: [{decimal: point}]}, merchant: {id: {constant: m}}}}"
)


def outcomes(
    data: bytes, mapping: CatalogueMapping = SIMPLE, filename: str = "x.csv", joined: JoinedFiles | None = None
) -> list[Accepted | Rejected]:
    return list(convert(rows(io.BytesIO(data), filename), mapping, today=TODAY, joined=joined))


def test_every_row_is_accepted_or_rejected_with_line_and_reason() -> None:
    data = (
        b"id,title,price\n1,Mug,3\n2,Cup,free\n3,\xff,3\n4,Bowl\n5,a\x00b,3\n" + b"z" * (MAX_LINE + 1) + b'\n6,"Pot,3\n,Pan,3\n7,Lid,0.50\n'
    )
    found = outcomes(data)
    told = [(item.line, item.code if isinstance(item, Rejected) else "ok") for item in found]
    assert told == [
        (2, "ok"),
        (3, "price"),
        (4, "encoding"),
        (5, "columns"),
        (6, "nul_byte"),
        (7, "too_long"),
        (8, "quote"),
        (9, "id"),
        (10, "ok"),
    ]
    rejected = found[1]
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "price: 'free' is no number"
    assert rejected.excerpt == "id=2, title=Cup, price=free"


def test_a_lone_surrogate_is_a_rejection_that_can_be_written() -> None:
    found = outcomes(b'{"id": "1", "title": "\\ud800 mug", "price": "3"}\n', filename="x.jsonl")
    assert isinstance(found[0], Rejected)
    assert found[0].code == "title"
    assert found[0].model_dump_json().encode("utf-8")


def test_columns_are_checked_before_the_first_row() -> None:
    with pytest.raises(InvalidInputError, match="no column price"):
        outcomes(b"id,title\n1,Mug\n")


@pytest.mark.parametrize("slice_rows", [1, 3, 7, 1000])
def test_slices_resume_and_add_up(slice_rows: int) -> None:
    lines = [f"{number},Thing {number},{'' if number % 7 == 0 else number}\n" for number in range(1, 61)]
    lines[20] = '21,"two\nlines",5\n'
    lines[40] = '41,"open,5\n'
    data = gzip.compress(("id,title,price\n" + "".join(lines)).encode())
    whole = outcomes(data, filename="x.csv.gz")

    checkpoint, taken = ImportCheckpoint(), []
    for _ in range(100):
        source = rows(io.BytesIO(data), "x.csv.gz", after_line=checkpoint.line)
        part = list(islice(convert(source, SIMPLE, today=TODAY), slice_rows))
        for outcome in part:
            checkpoint = checkpoint.after(outcome)
        taken += part
        if len(part) < slice_rows:
            checkpoint = checkpoint.finished()
            break
        checkpoint = ImportCheckpoint.model_validate_json(checkpoint.model_dump_json())

    assert taken == whole
    assert checkpoint.done
    assert (checkpoint.rows, checkpoint.accepted, checkpoint.rejected) == (60, 52, 8)
    assert checkpoint.rejected_by_code == {"price": 7, "quote": 1}
    assert checkpoint.rows == checkpoint.accepted + checkpoint.rejected


# --- joined files ----------------------------------------------------------------------------------------------------

JOINING = load_mapping(
    """
catalogue: test
language: en
currency: USD
joins:
  brand: {key: id, main_key: brand_id}
  tag: {key: product, main_key: id, many: true, where: {deleted: "0"}}
  category: {key: id, main_key: category_id, parent: parent_id}
  extra: {key: id, main_key: id, optional: true}
fields:
  id: id
  title: {template: "{brand.name} {title}"}
  price: price
  merchant: {id: brand.name}
  attributes: {column: tag, then: [{pairs: {name: name, value: value}}]}
  category_path: {column: category, then: [{pick: name}]}
"""
)
MAIN = b"id,title,price,brand_id,category_id\n1,Mug,3,7,30\n2,Cup,3,8,99\n3,Pot,3,7,41\n"
FILES = {
    "brand": b"id,name\n7,ACME\n",
    "tag": b"product,name,value,deleted\n1,colour,red,0\n1,colour,blue,0\n1,size,XL,1\nx\n",
    "category": b"id,name,parent_id\n10,Home,0\n20,Kitchen,10\n30,Mugs,20\n40,Loop A,41\n41,Loop B,40\n",
}


def joined(files: dict[str, bytes], mapping: CatalogueMapping = JOINING) -> JoinedFiles:
    return load_joined(mapping, {name: (io.BytesIO(data), f"{name}.csv") for name, data in files.items()})


def test_joined_rows_lists_and_trees() -> None:
    files = joined(FILES)
    first, second, third = outcomes(MAIN, JOINING, joined=files)
    assert isinstance(first, Accepted)
    assert first.product.title == "ACME Mug"
    assert first.product.attributes == {"colour": "red, blue"}
    assert first.product.category_path == ("Home", "Kitchen", "Mugs")
    assert isinstance(second, Rejected)  # no such brand, so no title
    assert second.code == "title"
    assert isinstance(third, Accepted)
    assert third.product.category_path == ("Loop A", "Loop B")  # a tree that bites its tail ends
    assert [(line, fault.code) for line, fault in files.faults["tag"]] == [(5, "columns")]


def test_joined_files_must_be_there_and_asked_for() -> None:
    with pytest.raises(InvalidInputError, match="missing: category"):
        joined({name: FILES[name] for name in ("brand", "tag")})
    with pytest.raises(InvalidInputError, match="not asked for: colours"):
        joined(FILES | {"colours": b"id\n"})
    with pytest.raises(InvalidInputError, match="brand, tag, category"):
        list(convert(rows(io.BytesIO(MAIN), "x.csv"), JOINING, today=TODAY))


def test_a_joined_file_lacking_a_column_is_named() -> None:
    with pytest.raises(InvalidInputError, match="joined file category has no column parent_id"):
        joined(FILES | {"category": b"id,name\n1,a\n"})


def test_a_joined_file_that_does_not_fit_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huichang.catalog.importing.MAX_JOINED_ROWS", 2)
    with pytest.raises(InvalidInputError, match="more than 2 rows"):
        joined(FILES)


# --- the mappings that come along ------------------------------------------------------------------------------------

FLIPKART = b"""uniq_id,product_name,pid,retail_price,discounted_price,overall_rating,brand,product_category_tree
c2d7,Alisha Solid Women's Cycling Shorts,S,999,379,No rating available,Alisha,\
"[""Clothing >> Women's Clothing >> Shorts >> Alisha Solid Women's Cycling Shorts""]"
aaaa,AW Bellies,SHO,,499,4.5,,"[""Footwear >> Women's Footwear >> Ballerinas >> AW Bellies""]"
bbbb,Odd Price,SHO,100,499,3,AW,"[""Footwear >> AW Bellies""]"
cccc,No Price,SHO,,,3,AW,"[""Footwear >> AW Bellies""]"
dddd,No Tree,SHO,500,499,3,AW,"[""No Tree""]"
"""


def test_flipkart() -> None:
    shorts, bellies, odd, no_price, no_tree = outcomes(FLIPKART, named_mapping("flipkart_20k"))
    assert isinstance(shorts, Accepted)
    assert shorts.product.id == "flipkart-c2d7"
    assert str(shorts.product.price) == "₹379"
    assert shorts.product.list_price == 999
    assert shorts.product.category_path == ("Clothing", "Women's Clothing", "Shorts")
    assert (shorts.product.industry, shorts.product.brand, shorts.product.rating) == ("womenswear", "Alisha", None)
    assert (shorts.product.stock, shorts.product.ship_within_hours) == (None, None)
    assert shorts.product.merchant.name == "Flipkart"
    assert isinstance(bellies, Accepted)
    assert (bellies.product.list_price, bellies.product.rating, bellies.product.brand) == (None, 4.5, None)
    assert isinstance(odd, Accepted)
    assert (odd.product.list_price, odd.notes) == (None, ("list_price_below_price",))
    assert isinstance(no_price, Rejected)
    assert no_price.reason == "price: missing"
    assert isinstance(no_tree, Accepted)
    assert no_tree.product.category_path == ()


LITEMALL = {
    "main": """id,name,category_id,brand_id,gallery,brief,is_on_sale,pic_url,counter_price,retail_price,add_time,deleted
1006002,水洗四件套,1008009,1001000,"[""http://x/1.jpg""]",原款,1,http://x/2.png,919.00,899.00,2026-08-02 00:00:00,0
1006003,羊毛被,1008009,0,[],,0,,459.00,459.00,2026-08-02 00:00:00,0
1006004,蚕丝被,1,0,"[""http://x/3.jpg""]",,1,,10.00,20.00,2026-08-02 00:00:00,1
""",
    "brand": "id,name,deleted\n1001000,MUJI制造商,0\n",
    "category": "id,name,pid,deleted\n1005000,居家,0,0\n1008009,床品件套,1005000,0\n",
    "attribute": "id,goods_id,attribute,value,deleted\n1,1006002,材质,100%棉,0\n2,1006002,件数,4件,1\n",
    "stock": "id,goods_id,price,number,deleted\n1,1006002,899.00,100,0\n2,1006002,999.00,20,0\n3,1006002,1.00,7,1\n",
    "comment": "id,value_id,type,content,star,deleted\n1,1006002,0,布料很厚实,1,0\n2,1006002,1,专题评论,1,0\n",
}


def test_litemall() -> None:
    mapping = named_mapping("litemall_yanxuan")
    files = joined({name: text.encode() for name, text in LITEMALL.items() if name != "main"}, mapping)
    sheets, quilt, silk = outcomes(LITEMALL["main"].encode(), mapping, joined=files)
    assert isinstance(sheets, Accepted)
    product = sheets.product
    assert (product.id, str(product.price), product.list_price) == ("litemall-1006002", "¥899", Decimal(919))
    assert product.category_path == ("居家", "床品件套")
    assert (product.brand, product.attributes, product.reviews) == ("MUJI制造商", {"材质": "100%棉"}, ("布料很厚实",))
    assert (product.stock, product.listed_days, product.enrolled) == (120, 30, True)
    assert product.pictures == ("http://x/2.png",)
    assert (product.industry, product.rating, product.review_count) == ("home_textiles", None, None)
    assert isinstance(quilt, Accepted)
    assert (quilt.product.enrolled, quilt.product.brand, quilt.product.stock) == (False, None, None)
    assert isinstance(silk, Accepted)
    assert (silk.product.enrolled, silk.notes) == (False, ("list_price_below_price",))
    assert silk.product.pictures == ("http://x/3.jpg",)
