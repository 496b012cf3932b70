"""The closed sets of codes that a plan and an alert consist of.

Adding a code is allowed; renaming or removing one breaks callers.
"""

from enum import StrEnum, auto


class SuggestionCode(StrEnum):
    """What a plan suggests; the profile's regimen gives it label and draft."""

    im_loading_standard = "im-loading-standard"
    im_loading_neurological = "im-loading-neurological"
    im_maintenance = "im-maintenance"
    hydroxocobalamin_instead = "hydroxocobalamin-instead"
    oral_replacement_dietary = "oral-replacement-dietary"
    oral_replacement_high_dose = "oral-replacement-high-dose"
    nasal_maintenance = "nasal-maintenance"
    diet_advice = "diet-advice"
    folic_acid_after_b12 = "folic-acid-after-b12"
    hold_folic_acid = "hold-folic-acid"
    iron_treatment = "iron-treatment"
    correct_potassium = "correct-potassium"
    stop_nitrous_oxide = "stop-nitrous-oxide"
    test_b12 = "test-b12"
    test_b12_active = "test-b12-active"
    test_mma = "test-mma"
    test_homocysteine = "test-homocysteine"
    test_fbc = "test-fbc"
    test_film_retics = "test-film-retics"
    test_folate = "test-folate"
    test_ferritin = "test-ferritin"
    test_intrinsic_factor_antibody = "test-intrinsic-factor-antibody"
    test_gastrin = "test-gastrin"
    test_coeliac = "test-coeliac"
    test_h_pylori = "test-h-pylori"
    test_creatinine = "test-creatinine"
    test_potassium = "test-potassium"
    test_adamts13 = "test-adamts13"
    test_liver = "test-liver"
    test_thyroid = "test-thyroid"
    test_copper = "test-copper"
    test_glucose = "test-glucose"
    test_nerve_conduction = "test-nerve-conduction"
    test_mri_spine = "test-mri-spine"
    test_muscle_panel = "test-muscle-panel"
    refer_neurology = "refer-neurology"
    refer_haematology = "refer-haematology"
    refer_gastroenterology = "refer-gastroenterology"
    refer_ophthalmology = "refer-ophthalmology"
    refer_obstetrics = "refer-obstetrics"
    refer_metabolic = "refer-metabolic"
    refer_paediatrics = "refer-paediatrics"
    refer_same_day = "refer-same-day"
    review_medicine = "review-medicine"
    review_2_weeks = "review-2-weeks"
    review_1_month = "review-1-month"
    review_3_months = "review-3-months"
    confirm_replacement = "confirm-replacement"


class CautionCode(StrEnum):
    """What must be watched or avoided, whatever the plan."""

    no_folic_acid_alone = "no-folic-acid-alone"
    check_folate_too = "check-folate-too"
    potassium_watch = "potassium-watch"
    no_cyanocobalamin_leber = "no-cyanocobalamin-leber"
    cobalamin_allergy = "cobalamin-allergy"
    allergy_not_read = "allergy-not-read"
    intramuscular_bleeding_risk = "intramuscular-bleeding-risk"
    benzyl_alcohol_product = "benzyl-alcohol-product"
    antidote_product = "antidote-product"
    blunted_response = "blunted-response"
    pseudo_tma = "pseudo-tma"
    do_not_monitor_serum_b12 = "do-not-monitor-serum-b12"
    iron_may_mask_macrocytosis = "iron-may-mask-macrocytosis"
    mma_unreliable_kidney = "mma-unreliable-kidney"
    homocysteine_unspecific = "homocysteine-unspecific"
    total_b12_unreliable_pregnancy = "total-b12-unreliable-pregnancy"
    pregnancy_no_liver = "pregnancy-no-liver"
    normal_b12_does_not_exclude = "normal-b12-does-not-exclude"
    high_b12_is_not_reassurance = "high-b12-is-not-reassurance"
    recent_treatment_masks_level = "recent-treatment-masks-level"
    sample_before_first_dose = "sample-before-first-dose"
    stop_nitrous_oxide = "stop-nitrous-oxide"
    avoid_nitrous_oxide_anaesthesia = "avoid-nitrous-oxide-anaesthesia"
    antiepileptic_do_not_stop = "antiepileptic-do-not-stop"
    other_causes_first = "other-causes-first"
    discordant_markers = "discordant-markers"
    gastric_cancer_awareness = "gastric-cancer-awareness"
    paediatric_not_supported = "paediatric-not-supported"
    assay_profile_mismatch = "assay-profile-mismatch"
    today_if_unwell = "today-if-unwell"
    check_magnesium = "check-magnesium"
    infant_at_risk = "infant-at-risk"
    tell_newborn_team = "tell-newborn-team"
    replacement_lapsed = "replacement-lapsed"
    nitrous_oxide_ended = "nitrous-oxide-ended"
    nitrous_oxide_kind_not_known = "nitrous-oxide-kind-not-known"
    no_response = "no-response"
    treat_if_marker_raised = "treat-if-marker-raised"
    treat_if_active_b12_low = "treat-if-active-b12-low"
    treat_strong_features = "treat-strong-features"
    normal_markers_beside_low_level = "normal-markers-beside-low-level"


class ReasonCode(StrEnum):
    """Why the outcome is what it is."""

    age_unknown = "age-unknown"
    paediatric_not_supported = "paediatric-not-supported"
    b12_deficient = "b12-deficient"
    b12_functional_deficiency = "b12-functional-deficiency"
    b12_indeterminate = "b12-indeterminate"
    b12_deficiency_unlikely = "b12-deficiency-unlikely"
    b12_on_treatment = "b12-on-treatment"
    b12_not_measured = "b12-not-measured"
    b12_not_usable = "b12-not-usable"
    mma_decides = "mma-decides"
    mma_held_back = "mma-held-back"
    mma_normal = "mma-normal"
    normal_blood_does_not_exclude = "normal-blood-does-not-exclude"
    blood_not_explained = "blood-not-explained"
    blood_doubts_level = "blood-doubts-level"
    iron_deficiency_first = "iron-deficiency-first"
    large_cells_not_explained = "large-cells-not-explained"
    low_folate_alone = "low-folate-alone"
    haptocorrin_deficiency_explains = "haptocorrin-deficiency-explains"
    autoimmune_gastritis_watch = "autoimmune-gastritis-watch"
    folate_before_b12 = "folate-before-b12"
    result_refused = "result-refused"
    result_pending = "result-pending"


class AlertCode(StrEnum):
    """What is said about an order, a problem or a discharge."""

    order_cobalamin_allergy = "order-cobalamin-allergy"
    order_cyanocobalamin_leber = "order-cyanocobalamin-leber"
    order_antidote_product = "order-antidote-product"
    order_allergy_not_read = "order-allergy-not-read"
    order_oral_with_nerve_signs = "order-oral-with-nerve-signs"
    order_before_sample = "order-before-sample"
    order_folic_acid_first = "order-folic-acid-first"
    order_folic_acid_check_b12 = "order-folic-acid-check-b12"
    order_nitrous_oxide = "order-nitrous-oxide"
    order_medicine_lowers_b12 = "order-medicine-lowers-b12"
    order_b12_on_injections = "order-b12-on-injections"
    order_test_too_early = "order-test-too-early"
    order_injection_lapsed = "order-injection-lapsed"
    order_injection_overdue = "order-injection-overdue"
    order_injection_early = "order-injection-early"
    problem_b12_unmeasured = "problem-b12-unmeasured"
    discharge_not_continued = "discharge-not-continued"
    discharge_result_pending = "discharge-result-pending"


class SuggestionKind(StrEnum):
    """What a suggestion asks for."""

    medication = auto()
    test = auto()
    diet = auto()
    referral = auto()
    monitoring = auto()


Codes = tuple[SuggestionCode, ...]
# As plain sets, in which a string that is no code can be looked up.
SUGGESTION_CODES = frozenset(SuggestionCode)
CAUTION_CODES = frozenset(CautionCode)
ALERT_CODES = frozenset(AlertCode)
