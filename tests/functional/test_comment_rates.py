"""How many report comments of a general population a person must release."""

import pytest

from comment_rates import rates, reports
from population import ADULTS, adults_with_b12

pytestmark = pytest.mark.skipif(not ADULTS.is_file(), reason=f"no survey data at {ADULTS.name}")
FEW = 40


NAMES = [name for name in reports() if "pmol/L" not in name]


@pytest.mark.parametrize("name", NAMES)
def test_few_comments_are_left_to_a_person(name: str) -> None:
    found = rates(adults_with_b12()[5::12], reports()[name])
    assert found["all"] == found["none"] > 200
    assert found["and R14" if "MMA" in name else "R16 and plain R13"] < FEW
    assert found["R16 and plain R13"] < found["none"]
    assert found["R14 asking"] == 0
    assert (found["R14"] > FEW) == ("MMA" in name)
