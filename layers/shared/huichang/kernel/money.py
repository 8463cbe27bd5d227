"""Money with its currency, and how it is written."""

from __future__ import annotations

from decimal import Decimal

from huichang.kernel.model import Model

SYMBOLS = {"CNY": "¥", "INR": "₹", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


class Money(Model):
    """An amount in major units (yuan, not fen) and its ISO 4217 currency."""

    amount: Decimal
    currency: str

    @property
    def symbol(self) -> str:
        """Currency sign, or the code and a space where we know no sign."""
        return SYMBOLS.get(self.currency, f"{self.currency} ")

    @property
    def parts(self) -> tuple[str, str]:
        """(whole, decimals) for typesetting a price: ("12", ".80"), ("1,250", "")."""
        quantized = self.amount.quantize(Decimal("0.01"))
        whole, _, cents = f"{quantized:,}".partition(".")
        return whole, "" if cents == "00" else f".{cents}"

    def __str__(self) -> str:
        whole, cents = self.parts
        return f"{self.symbol}{whole}{cents}"
