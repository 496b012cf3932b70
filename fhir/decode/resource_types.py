"""The names of the resource types of FHIR DSTU2, STU3, R4, R4B and R5.

A Bundle whose entries are all of these is decoded in one scan, whatever is read of them.
"""

RESOURCE_TYPES = frozenset(
    """
    Account ActivityDefinition ActorDefinition AdministrableProductDefinition AdverseEvent
    AllergyIntolerance Appointment AppointmentResponse ArtifactAssessment AuditEvent Basic
    Binary BiologicallyDerivedProduct BiologicallyDerivedProductDispense BodySite BodyStructure
    Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition
    Citation Claim ClaimResponse ClinicalImpression ClinicalUseDefinition CodeSystem
    Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition
    ConditionDefinition Conformance Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DataElement DetectedIssue Device DeviceAssociation
    DeviceComponent DeviceDefinition DeviceDispense DeviceMetric DeviceRequest DeviceUsage
    DeviceUseRequest DeviceUseStatement DiagnosticOrder DiagnosticReport DocumentManifest
    DocumentReference EligibilityRequest EligibilityResponse Encounter EncounterHistory Endpoint
    EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceReport
    EvidenceVariable ExampleScenario ExpansionProfile ExplanationOfBenefit FamilyMemberHistory
    Flag FormularyItem GenomicStudy Goal GraphDefinition Group GuidanceResponse
    HealthcareService ImagingManifest ImagingObjectSelection ImagingSelection ImagingStudy
    Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide
    Ingredient InsurancePlan InventoryItem InventoryReport Invoice Library Linkage List Location
    ManufacturedItemDefinition Measure MeasureReport Media Medication MedicationAdministration
    MedicationDispense MedicationKnowledge MedicationPrescription MedicationRequest
    MedicationStatement MedicinalProductDefinition MessageDefinition MessageHeader
    MolecularSequence NamingSystem NutritionIntake NutritionOrder NutritionProduct Observation
    ObservationDefinition OperationDefinition OperationOutcome Order OrderResponse Organization
    OrganizationAffiliation PackagedProductDefinition Parameters Patient PaymentNotice
    PaymentReconciliation Permission Person PlanDefinition Practitioner PractitionerRole
    Procedure ProcedureRequest ProcessRequest ProcessResponse Provenance Questionnaire
    QuestionnaireResponse ReferralRequest RegulatedAuthorization RelatedPerson RequestGroup
    RequestOrchestration Requirements ResearchDefinition ResearchElementDefinition ResearchStudy
    ResearchSubject RiskAssessment Schedule SearchParameter Sequence ServiceDefinition
    ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap
    Subscription SubscriptionStatus SubscriptionTopic Substance SubstanceDefinition
    SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SupplyDelivery SupplyRequest Task TerminologyCapabilities TestPlan
    TestReport TestScript Transport ValueSet VerificationResult VisionPrescription
    """.split()  # noqa: SIM905 - names to compare by eye
)
