"""The closed sets of codes that an answer may hold: suggestions, cautions and rungs.

Adding a code is allowed; renaming or removing one breaks callers.
"""

from enum import StrEnum, auto


class SuggestionKind(StrEnum):
    """What a suggestion asks for."""

    medication = auto()
    test = auto()
    diet = auto()
    referral = auto()
    monitoring = auto()


SUGGESTION_CODES = frozenset(
    """
    im-loading-standard im-loading-neurological im-maintenance hydroxocobalamin-instead
    oral-replacement-dietary oral-replacement-high-dose nasal-maintenance diet-advice
    folic-acid-after-b12 hold-folic-acid iron-treatment correct-potassium stop-nitrous-oxide
    test-b12 test-b12-active test-mma test-homocysteine test-fbc test-film-retics test-folate
    test-ferritin test-intrinsic-factor-antibody test-gastrin test-coeliac test-h-pylori
    test-creatinine test-potassium test-adamts13 test-liver test-thyroid test-copper test-glucose
    test-nerve-conduction test-mri-spine test-muscle-panel refer-neurology refer-haematology
    refer-gastroenterology refer-ophthalmology refer-obstetrics refer-metabolic
    refer-paediatrics refer-same-day review-medicine review-2-weeks review-1-month
    review-3-months
    """.split()  # noqa: SIM905 - a list of codes to compare by eye
)

CAUTION_CODES = frozenset(
    """
    no-folic-acid-alone check-folate-too potassium-watch no-cyanocobalamin-leber
    cobalamin-allergy intramuscular-bleeding-risk benzyl-alcohol-product antidote-product
    blunted-response pseudo-tma do-not-monitor-serum-b12 iron-may-mask-macrocytosis
    mma-unreliable-kidney homocysteine-unspecific total-b12-unreliable-pregnancy
    pregnancy-no-liver normal-b12-does-not-exclude high-b12-is-not-reassurance
    recent-treatment-masks-level sample-before-first-dose stop-nitrous-oxide
    avoid-nitrous-oxide-anaesthesia antiepileptic-do-not-stop other-causes-first
    discordant-markers gastric-cancer-awareness paediatric-not-supported assay-profile-mismatch
    """.split()  # noqa: SIM905 - a list of codes to compare by eye
)

ALERT_CODES = frozenset(
    """
    order-cobalamin-allergy order-cyanocobalamin-leber order-antidote-product
    order-oral-with-nerve-signs order-before-sample order-folic-acid-first
    order-folic-acid-check-b12 order-nitrous-oxide order-medicine-lowers-b12
    order-b12-on-injections order-test-too-early order-injection-overdue order-injection-early
    problem-b12-unmeasured discharge-not-continued discharge-result-pending
    """.split()  # noqa: SIM905 - a list of codes to compare by eye
)

RUNG_CODES = frozenset(f"R{number}" for number in range(21))
