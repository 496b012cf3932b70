"""Patients mixed at random with counts, signs and causes, as hospital records mix them.

The seed decides everything, so that a mixture that breaks a rule can be made again.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact, Patient, Result
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History, Sex
from spec_tables import ON

# Unit, and the values to draw from: what is common, and both sides of the limits that matter.
COUNTS: dict[Analyte, tuple[str, tuple[str, ...]]] = {
    Analyte.b12_total: (
        "ng/L",
        ("20", "60", "99", "150", "179", "250", "349", "400", "950"),
    ),
    Analyte.b12_active: ("pmol/L", ("10", "24", "30", "60", "90")),
    Analyte.mma: ("nmol/L", ("120", "270", "400", "900")),
    Analyte.homocysteine: ("umol/L", ("8", "14", "25", "80")),
    Analyte.haemoglobin: ("g/L", ("42", "69", "75", "85", "99", "104", "115", "125", "140")),
    Analyte.mcv: ("fL", ("61", "78", "90", "99", "104", "118")),
    Analyte.platelets: ("10*9/L", ("20", "49", "80", "120", "149", "250")),
    Analyte.neutrophils: ("10*9/L", ("0.4", "0.8", "1.2", "1.7", "3.5")),
    Analyte.ferritin: ("ug/L", ("4", "12", "40", "200")),
    Analyte.folate_serum: ("nmol/L", ("4", "6", "15", "40")),
    Analyte.ldh: ("U/L", ("180", "400", "4000")),
    Analyte.haptoglobin: ("g/L", ("0.05", "1.0")),
    Analyte.egfr: ("mL/min/{1.73_m2}", ("15", "45", "75", "95")),
    Analyte.potassium: ("mmol/L", ("2.3", "2.7", "3.2", "4.1")),
    Analyte.magnesium: ("mmol/L", ("0.3", "0.6", "0.9")),
    Analyte.calcium: ("mmol/L", ("1.7", "2.1", "2.4")),
    Analyte.creatine_kinase: ("U/L", ("120", "900", "1500", "2500", "40000")),
}
AGES_OF_RESULTS = (0, 2, 5, 20, 45, 90, 200, 500)
AGES_OF_FINDINGS = (None, 3, 10, 20, 60, 200, 400, 2000)


def mixtures(count: int, seed: int) -> Iterator[Facts]:
    """So many adults, each with a few results, signs and entries of history."""
    chosen = random.Random(seed)  # noqa: S311 - a mixture, not a secret
    for _ in range(count):
        yield mixture(chosen)


def mixture(chosen: random.Random) -> Facts:
    """One adult."""
    sex = chosen.choice((*Sex, None))
    pregnant = chosen.choice((True, None, None, None)) if sex is Sex.female else None
    analytes = chosen.sample(tuple(COUNTS), chosen.randint(0, 7))
    features = chosen.sample(tuple(Feature), chosen.choice((0, 0, 1, 1, 2, 3)))
    causes = chosen.sample(tuple(History), chosen.choice((0, 0, 1, 1, 2, 3)))
    return Facts(
        patient=Patient(id="p", age=chosen.randint(16, 95), sex=sex, pregnant=pregnant),
        results=tuple(result(analyte, chosen) for analyte in analytes),
        features=tuple(feature(code, chosen) for code in features),
        history=tuple(history(code, chosen) for code in causes),
    )


def result(analyte: Analyte, chosen: random.Random) -> Result:
    """A result of this analyte."""
    unit, values = COUNTS[analyte]
    quantity = Quantity(value=Decimal(chosen.choice(values)), unit=unit)
    return Result(analyte=analyte, on=day(chosen.choice(AGES_OF_RESULTS)), quantity=quantity)


def feature(code: Feature, chosen: random.Random) -> FeatureFact:
    """A sign or symptom, mostly present, with what is often said of it."""
    ago = chosen.choice(AGES_OF_FINDINGS)
    return FeatureFact(
        code=code,
        present=chosen.random() < 0.9,
        progressive=chosen.choice((True, None, None, False)),
        objective=chosen.choice((True, None, None)),
        onset=None if ago is None else day(ago),
    )


def history(code: History, chosen: random.Random) -> HistoryFact:
    """An entry of history, current or ended."""
    since, last = chosen.choice(((None, None), (30, None), (900, None), (900, 20), (900, 400)))
    return HistoryFact(
        code=code,
        active=chosen.random() < 0.9,
        since=None if since is None else day(since),
        last=None if last is None else day(last),
    )


def day(ago: int) -> When:
    """The day so many days before the day of assessment."""
    on: date = ON - timedelta(days=ago)
    return When(first=on, last=on, text=on.isoformat())
