"""Currencies, magnitudes and units that stand beside numbers, and what one is worth in another."""

from __future__ import annotations

SYMBOLS = "$€£¥₹₽₩₺฿₫₴₦₱¢₪"
CURRENCY = (
    r"(?:US\$|CA\$|AU\$|NZ\$|HK\$|[ACRS]\$|["
    + SYMBOLS
    + r"]|(?:USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|AUD|CAD|SEK|NOK|DKK|PLN"
    r"|CZK|HUF|BRL|ZAR|RUB|TRY|KRW|MXN|SGD|HKD|NZD|ILS|THB|UAH)(?![A-Za-z])|Rs\.?|Fr\.|kr\.?|zł|Kč|Ft|[Ee]uros?|dollars?)"
)

# What numbers behind which such a word stands are multiplied with.
MAGNITUDES = {
    **dict.fromkeys(("k", "K", "thousand", "Tsd", "Tsd.", "tsd"), 1e3),
    **dict.fromkeys(("M", "mn", "Mn", "mm", "MM", "mil", "Mio", "Mio.", "million", "millions", "Million"), 1e6),
    **dict.fromkeys(("B", "bn", "Bn", "BN", "Mrd", "Mrd.", "billion", "billions", "Billion"), 1e9),
    **dict.fromkeys(("tn", "Tn", "trillion"), 1e12),
    **dict.fromkeys(("lakh", "lakhs", "Lakh", "Lac", "lac"), 1e5),
    **dict.fromkeys(("crore", "crores", "Crore", "Cr", "cr"), 1e7),
}
# These are units as often as magnitudes; they are magnitudes beside a currency or other magnitudes.
DOUBTFUL = frozenset({"mm", "MM", "mil", "B", "M", "m"})

_TABLES: tuple[dict[str, float], ...] = (
    {"µg": 1e-9, "mcg": 1e-9, "mg": 1e-6, "g": 1e-3, "gr": 1e-3, "kg": 1.0, "kgs": 1.0, "t": 1e3,
     "lb": 0.45359237, "lbs": 0.45359237, "oz": 0.028349523125},
    {"µm": 1e-6, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254, '"': 0.0254, "inch": 0.0254,
     "inches": 0.0254, "ft": 0.3048, "feet": 0.3048, "'": 0.3048, "yd": 0.9144, "mi": 1609.344, "miles": 1609.344},
    {"ml": 1e-3, "mL": 1e-3, "cl": 1e-2, "dl": 0.1, "dL": 0.1, "l": 1.0, "L": 1.0, "liters": 1.0, "litres": 1.0},
    {"m²": 1.0, "m2": 1.0, "sqm": 1.0, "sq m": 1.0, "sq. m": 1.0, "km²": 1e6, "km2": 1e6, "ha": 1e4, "hectares": 1e4,
     **dict.fromkeys(("sqft", "sq ft", "sq. ft", "ft²", "ft2", "square feet", "Square Feet"), 0.09290304),
     **dict.fromkeys(("acre", "acres", "Acre", "Acres"), 4046.8564224)},
    {"b": 1.0, "B": 1.0, "bytes": 1.0, "KB": 1e3, "kB": 1e3, "kb": 1e3, "MB": 1e6, "mb": 1e6, "GB": 1e9, "gb": 1e9,
     "TB": 1e12, "tb": 1e12, "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3, "TiB": 1024.0**4},
    {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "ghz": 1e9, "mhz": 1e6},
    {"W": 1.0, "kW": 1e3, "MW": 1e6, "hp": 745.7, "bhp": 745.7, "PS": 735.5},
    {"IU": 1.0},
    {"mV": 1e-3, "V": 1.0, "kV": 1e3},
    {"mA": 1e-3, "A": 1.0},
    {"Pa": 1.0, "hPa": 100.0, "kPa": 1e3, "bar": 1e5, "mbar": 100.0},
    {"%": 1.0, "percent": 1.0, "pct": 1.0, "Prozent": 1.0, "‰": 0.1},
)  # fmt: skip
_TABLE_OF = {unit: table for table in reversed(_TABLES) for unit in table}
_CANONICAL = {
    **dict.fromkeys(("USD", "US$", "dollar", "dollars"), "$"),
    **dict.fromkeys(("EUR", "Euro", "euro", "Euros", "euros"), "€"),
    **dict.fromkeys(("Rs", "Rs.", "INR"), "₹"),
    **{"GBP": "£", "JPY": "¥", "Fr.": "CHF", "kr.": "kr", "PLN": "zł", "BRL": "R$", "CZK": "Kč", "RUB": "₽"},
}


def canonical(currency: str) -> str:
    """Return the one sign of a currency that has several."""
    return _CANONICAL.get(currency, currency)


def factors_to(main: str, units: set[str]) -> dict[str, float]:
    """Return what numbers in each of the units are multiplied with to be in the main one, where that is known."""
    for table in _TABLES:
        if main in table and len(units & set(table)) == len(units):
            return {unit: table[unit] / table[main] for unit in units}
    return {unit: 1.0 for unit in units if unit == main}


def is_known(unit: str) -> bool:
    """Return whether the unit is in one of the tables."""
    return unit in _TABLE_OF
