"""Money with its currency, and how it is written."""

from __future__ import annotations

from decimal import Decimal

from huichang.kernel.model import Model

# ISO 4217: all others that shops here use have two.
_NO_MINOR = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "PYG"})
_THREE_MINOR = frozenset({"BHD", "KWD", "OMR", "JOD", "TND"})
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


def minor_digits(currency: str) -> int:
    """How many decimals its minor unit has: 2 for yuan and fen, 0 for yen."""
    return 0 if currency in _NO_MINOR else 3 if currency in _THREE_MINOR else 2
