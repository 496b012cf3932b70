"""The columns of the rows."""

CODES = "VARCHAR[]"
MEASURED = ("b12_total", "b12_active", "mma", "homocysteine", "haemoglobin", "mcv")
# Every column with its type, in order.
COLUMNS: dict[str, str] = {
    "subject": "VARCHAR",
    "as_of": "DATE",
    "outcome": "VARCHAR",
    "status": "VARCHAR",
    "band": "VARCHAR",
    "anaemia": "VARCHAR",
    "megaloblastic": "VARCHAR",
    "tier": "VARCHAR",
    "rung": "VARCHAR",
    "route": "VARCHAR",
    "urgency": "VARCHAR",
    "reasons": CODES,
    "suggestions": CODES,
    "recommended": CODES,
    "cautions": CODES,
    "causes": CODES,
    "notes": CODES,
    "comment": "VARCHAR",
    "age": "INTEGER",
    "sex": "VARCHAR",
    "pregnant": "BOOLEAN",
    "kidney": "VARCHAR",
    "egfr": "DOUBLE",
    **{
        name: kind
        for analyte in MEASURED
        for name, kind in ((analyte, "DOUBLE"), (f"{analyte}_unit", "VARCHAR"))
    },
    "censored": CODES,
    "laboratory": "VARCHAR",
    "origin": "VARCHAR",
    "authorisation": "VARCHAR",
}
