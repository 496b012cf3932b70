"""The limits that rules compare with: one field a parameter of the knowledge files.

A key that is no field here, or a field without a key, refuses to load.
"""

from msgspec import Struct

from cobalamin.service.rules.model.parameter import Parameter


class Thresholds(Struct, frozen=True, kw_only=True):
    """Every limit of one profile; units, sources and verification stand in the parameter."""

    b12_total_deficient: Parameter
    b12_total_unlikely: Parameter
    b12_active_deficient: Parameter
    b12_active_unlikely: Parameter
    mma_raised: Parameter
    mma_raised_older: Parameter
    b12_high: Parameter
    b12_total_very_low: Parameter
    b12_total_pregnancy_deficient: Parameter
    mma_kidney_gate: Parameter
    egfr_reduced: Parameter
    egfr_severe: Parameter
    homocysteine_raised: Parameter
    folate_serum_low: Parameter
    folate_rbc_low: Parameter
    mcv_macrocytic: Parameter
    mcv_microcytic: Parameter
    rdw_raised: Parameter
    haemoglobin_women: Parameter
    haemoglobin_men: Parameter
    haemoglobin_pregnant: Parameter
    haemoglobin_second_trimester: Parameter
    haemoglobin_moderate: Parameter
    haemoglobin_severe: Parameter
    haemoglobin_moderate_pregnant: Parameter
    haemoglobin_severe_pregnant: Parameter
    haemoglobin_same_day: Parameter
    haemoglobin_with_cytopenia: Parameter
    haematocrit_women: Parameter
    haematocrit_men: Parameter
    haematocrit_pregnant: Parameter
    haematocrit_severe: Parameter
    haematocrit_same_day: Parameter
    haematocrit_with_cytopenia: Parameter
    gestation_longest: Parameter
    second_trimester_from: Parameter
    third_trimester_from: Parameter
    platelets_low: Parameter
    platelets_marked: Parameter
    platelets_bleeding: Parameter
    neutrophils_low: Parameter
    neutrophils_marked: Parameter
    reticulocytes_low: Parameter
    hypersegmented_share: Parameter
    ldh_raised: Parameter
    haptoglobin_low: Parameter
    ferritin_low: Parameter
    ferritin_low_inflamed: Parameter
    crp_inflamed: Parameter
    transferrin_saturation_low: Parameter
    potassium_low: Parameter
    potassium_moderate: Parameter
    potassium_severe: Parameter
    retest_interval: Parameter
    pending_result: Parameter
    pregnancy_lasts: Parameter
    magnesium_low: Parameter
    calcium_low: Parameter
    vitamin_d_low: Parameter
    creatine_kinase_factor: Parameter
    creatine_kinase_factor_alone: Parameter
    creatine_kinase_high: Parameter
    calcium_very_low: Parameter
    hba1c_high: Parameter
    magnesium_very_low: Parameter
    egfr_scale: Parameter
    egfr_kappa_female: Parameter
    egfr_kappa_male: Parameter
    egfr_alpha_female: Parameter
    egfr_alpha_male: Parameter
    egfr_slope: Parameter
    egfr_age_base: Parameter
    egfr_female_factor: Parameter
    adult_age: Parameter
    older_adult_age: Parameter
    isolated_sign_age: Parameter
    childbearing_age_last: Parameter
    fast_progression: Parameter
    acute_onset: Parameter
    new_cognitive_change: Parameter
    established_finding: Parameter
    established_treatment: Parameter
    nitrous_oxide_lasts: Parameter
    anaesthetic_before_finding: Parameter
    infant_age: Parameter
    young_child_age: Parameter
    school_age_until: Parameter
    adolescent_until: Parameter
    haemoglobin_infant: Parameter
    haemoglobin_young_child: Parameter
    haemoglobin_school_age: Parameter
    haemoglobin_adolescent: Parameter
    haemoglobin_moderate_young_child: Parameter
    haemoglobin_severe_young_child: Parameter
    neutrophils_very_low: Parameter
    result_age_vitamin: Parameter
    result_age_blood: Parameter
    result_age_same_day: Parameter
    result_age_kidney: Parameter
    result_age_electrolytes: Parameter
    result_age_negative_antibody: Parameter
    antibody_after_injection: Parameter
    treatment_lasts: Parameter
    treatment_should_work: Parameter
    haemoglobin_response: Parameter
    platelets_response: Parameter
    mcv_response: Parameter
    normal_mma_lasts: Parameter
    maintenance_shortest: Parameter
    maintenance_longest: Parameter
    maintenance_early: Parameter
    maintenance_grace: Parameter
    maintenance_lapse: Parameter
    metformin_exposure: Parameter
    acid_suppression_exposure: Parameter
    folic_acid_treatment: Parameter
