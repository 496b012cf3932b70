"""Of which analytes the rules look at more than the newest result that can be used."""

from collections.abc import Iterable

from cobalamin.service.rules.evidence.recency import REPLACING
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.vocabulary import Analyte

# The trend of vitamin B12 is shown, and that it was measured since a medicine was begun counts.
_ALWAYS = frozenset({Analyte.b12_total, Analyte.b12_active})
# Under treatment a count is compared with earlier ones.
_UNDER_TREATMENT = frozenset(
    {Analyte.haemoglobin, Analyte.platelets, Analyte.neutrophils, Analyte.mcv}
)


def analytes_looked_back_on(history: Iterable[HistoryFact]) -> frozenset[Analyte]:
    """The analytes whose earlier results any rule reads, given this history."""
    is_treated = any(fact.code in REPLACING for fact in history)
    return _ALWAYS | _UNDER_TREATMENT if is_treated else _ALWAYS
