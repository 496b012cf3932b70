"""The short answer as it follows from the full one."""

from collections import Counter
from typing import Any

Json = dict[str, Any]


def shortened(full: Json) -> Json:
    """What of a full answer is in the short one."""
    findings, plan = full["findings"], full["plan"]
    return {
        **{name: full[name] for name in ("outcome", "subject", "asOf", "profile", "knowledge")},
        "status": findings["b12Status"]["value"],
        "band": findings["b12Status"]["band"],
        "anaemia": findings["anaemia"]["value"],
        "megaloblastic": findings["anaemia"]["megaloblastic"],
        "tier": findings["neuropathy"]["tier"],
        **{name: plan[name] for name in ("rung", "route", "urgency")},
        "reasons": [one["code"] for one in full["reasons"]],
        "suggestions": [one["code"] for one in plan["suggestions"]],
        "recommended": [one["code"] for one in plan["suggestions"] if one["recommended"]],
        "cautions": [one["code"] for one in plan["cautions"]],
        "causes": [one["code"] for one in findings["causes"]],
        "notes": dict(Counter(note["code"] for note in full["notes"])),
        "comment": full["comment"] and full["comment"]["code"],
    }
