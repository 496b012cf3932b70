"""What the form offers, in the order in which a clinician asks: results, findings, history."""

from collections.abc import Mapping

from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import History as H

USUAL_RESULTS = (
    A.b12_total,
    A.b12_active,
    A.mma,
    A.homocysteine,
    A.haemoglobin,
    A.mcv,
    A.platelets,
    A.neutrophils,
    A.folate_serum,
    A.ferritin,
    A.creatinine,
    A.egfr,
    A.potassium,
    A.creatine_kinase,
    A.intrinsic_factor_antibody,
)
"""The results that have a row of their own; any other one is chosen in a further row."""
USUAL_UNITS: Mapping[A, str] = {A.mma: "nmol/L", A.homocysteine: "umol/L", A.creatinine: "umol/L"}
"""The unit that is offered first, where it is not the canonical one."""
QUALITATIVE = frozenset({A.intrinsic_factor_antibody})
FEATURES: Mapping[str, tuple[F, ...]] = {
    "nerves": (
        *(F.paraesthesia, F.numbness, F.neuropathic_pain, F.vibration_loss, F.normal_vibration),
        *(F.proprioception_loss, F.absent_ankle_reflexes, F.normal_ankle_reflexes, F.weakness),
        *(F.ataxia, F.gait_disturbance, F.normal_gait, F.unable_to_walk, F.romberg_positive),
        *(F.falls, F.hyperreflexia, F.extensor_plantar, F.lhermitte, F.spasticity, F.tremor),
        *(F.cord_degeneration, F.bladder_bowel_dysfunction, F.sexual_dysfunction),
    ),
    "mind-and-eyes": (
        *(F.memory_loss, F.confusion, F.concentration_difficulty, F.cognitive_impairment),
        *(F.irritability, F.depression, F.anxiety, F.psychosis, F.hallucinations, F.delirium),
        *(F.dementia, F.restlessness, F.insomnia, F.blurred_vision, F.visual_field_loss),
        *(F.central_scotoma, F.optic_atrophy, F.optic_neuropathy),
    ),
    "muscles": (
        *(F.myalgia, F.muscle_cramp, F.muscle_tension, F.muscle_spasm, F.muscle_stiffness),
        *(F.localised_pain, F.swelling, F.recent_intense_exercise, F.dark_urine, F.thirst),
    ),
    "general": (
        *(F.fatigue, F.dyspnoea, F.dizziness, F.pallor, F.jaundice, F.glossitis, F.anorexia),
        *(F.weight_loss, F.bleeding, F.tachycardia),
    ),
}
HISTORY: Mapping[str, tuple[H, ...]] = {
    "diet": (
        *(H.vegan_diet, H.vegetarian_diet, H.low_b12_diet, H.eating_disorder, H.alcohol_excess),
        *(H.food_allergy_fish, H.food_allergy_shellfish, H.food_allergy_milk, H.food_allergy_egg),
        *(H.smoking, H.zinc_excess),
    ),
    "replacement": (
        *(H.b12_replacement_parenteral, H.b12_replacement_oral, H.b12_supplement),
        *(H.hydroxocobalamin_antidote, H.folic_acid, H.iron_treatment, H.biotin_high_dose),
        *(H.cobalamin_allergy, H.hydroxocobalamin_allergy, H.cyanocobalamin_allergy),
        *(H.cobalt_allergy, H.transfusion_recent),
    ),
    "medicines": (
        *(H.metformin, H.ppi, H.h2_antagonist, H.nitrous_oxide_recreational),
        *(H.nitrous_oxide_medical, H.colchicine, H.phenobarbital, H.primidone, H.pregabalin),
        *(H.topiramate, H.phenytoin, H.chloramphenicol, H.colestyramine, H.neomycin),
        *(H.methotrexate, H.azathioprine, H.mercaptopurine, H.hydroxycarbamide, H.zidovudine),
        *(H.trimethoprim, H.sulfasalazine, H.statin, H.diuretic, H.anticoagulant),
        H.oral_contraceptive,
    ),
    "gut": (
        *(H.pernicious_anaemia, H.autoimmune_gastritis, H.atrophic_gastritis),
        *(H.h_pylori_infection, H.gastrectomy_total, H.gastrectomy_partial, H.bariatric_surgery),
        *(H.ileal_resection, H.crohns_disease, H.ileal_disease, H.coeliac_disease),
        *(H.tropical_sprue, H.radiotherapy_abdominal_pelvic, H.pancreatic_insufficiency),
        *(H.bacterial_overgrowth, H.fish_tapeworm),
    ),
    "family": (
        *(H.family_history_b12, H.family_history_autoimmune, H.family_history_leber),
        *(H.planning_pregnancy, H.pregnancy, H.breastfeeding),
    ),
    "conditions": (
        *(H.autoimmune_thyroid_disease, H.hypothyroidism, H.type_1_diabetes),
        *(H.diabetes_mellitus, H.sjogren_syndrome, H.vitiligo, H.chronic_kidney_disease),
        *(H.dialysis, H.liver_disease, H.myelodysplasia, H.myeloproliferative_neoplasm),
        *(H.myeloma, H.hiv, H.haptocorrin_deficiency, H.inherited_cobalamin_disorder),
        *(H.thalassaemia_trait, H.leber_optic_neuropathy, H.bleeding_disorder),
    ),
}
DATED_GROUPS = frozenset({"replacement", "medicines"})
"""Groups whose entries may say since when."""
FEATURE_STATES: Mapping[str, dict[str, bool]] = {
    "y": {},
    "p": {"progressive": True},
    "o": {"objective": True},
    "b": {"objective": True, "progressive": True},
    "n": {"present": False},
}
"""What each state of a symptom or sign says of it."""
