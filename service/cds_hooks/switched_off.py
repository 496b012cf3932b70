"""The response while the service is switched off (mode `off`)."""

from cobalamin.service.answers.extension import KEY
from cobalamin.service.answers.plain import version
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.settings import Mode

SWITCHED_OFF = "switched-off"


def switched_off(profile: Profile) -> dict[str, object]:
    """An answer without cards that says why; silence would read as all clear."""
    text = "The service is switched off; nothing was assessed."
    version_text = version(profile.knowledge)
    inner = {
        "outcome": "not-assessable",
        "reasons": [{"code": SWITCHED_OFF, "text": text}],
        "profile": profile.knowledge.profile,
        "knowledge": {name: value for name, value in version_text.items() if value is not None},
        "mode": Mode.off.value,
    }
    return {"cards": [], "extension": {KEY: inner}}
