"""Small releases of code systems, written by hand in the shape of the real ones."""

from pathlib import Path

RXNORM_CONCEPTS = (
    ("4511", "IN", "folic acid"),
    ("11248", "IN", "vitamin B12"),
    ("5514", "IN", "hydroxocobalamin"),
    ("723", "IN", "amoxicillin"),
    ("6809", "IN", "metformin"),
    ("235743", "PIN", "metformin hydrochloride"),
    ("24941", "IN", "ferrous fumarate"),
    ("89905", "IN", "niacinamide"),
    ("317541", "DF", "Oral Tablet"),
    ("316949", "DF", "Injectable Solution"),
    ("1649574", "DF", "Injection"),
    ("346477", "DF", "Ophthalmic Solution"),
    ("1001", "SCDC", "folic acid 1 MG"),
    ("1002", "SCDC", "vitamin B12 0.025 MG"),
    ("1003", "SCDC", "hydroxocobalamin 1 MG/ML"),
    ("1004", "SCDC", "amoxicillin 500 MG"),
    ("1005", "SCDC", "metformin hydrochloride 500 MG"),
    ("1006", "SCDC", "ferrous fumarate 324 MG"),
    ("1007", "SCDC", "niacinamide 20 MG"),
    ("2001", "SCD", "folic acid 1 MG Oral Tablet"),
    ("2002", "SCD", "folic acid 1 MG / vitamin B12 0.025 MG Oral Tablet"),
    ("2003", "SCD", "hydroxocobalamin 1 MG/ML Injectable Solution"),
    ("2004", "SCD", "2 ML hydroxocobalamin 1 MG/ML Injection"),
    ("2005", "SCD", "amoxicillin 500 MG Oral Tablet"),
    ("2006", "SCD", "metformin hydrochloride 500 MG Oral Tablet"),
    ("2007", "SCD", "ferrous fumarate 324 MG / folic acid 1 MG Oral Tablet"),
    ("2008", "SCD", "ferrous fumarate 324 MG / folic acid 1 MG / niacinamide 20 MG Oral Tablet"),
    ("3001", "SBD", "folic acid 1 MG Oral Tablet [Made Up]"),
    ("3002", "SCDF", "folic acid Oral Tablet"),
    (
        "3003",
        "GPCK",
        "{7 (folic acid 1 MG Oral Tablet) / 7 (amoxicillin 500 MG Oral Tablet) }",
    ),
    ("3004", "BN", "Made Up"),
)
RXNORM_LINKS = (
    ("1001", "has_ingredient", "4511"),
    ("1002", "has_ingredient", "11248"),
    ("1003", "has_ingredient", "5514"),
    ("1004", "has_ingredient", "723"),
    ("1005", "has_precise_ingredient", "235743"),
    ("1005", "has_ingredient", "6809"),
    ("1006", "has_ingredient", "24941"),
    ("1007", "has_ingredient", "89905"),
    ("2001", "consists_of", "1001"),
    ("2002", "consists_of", "1001"),
    ("2002", "consists_of", "1002"),
    ("2003", "consists_of", "1003"),
    ("2004", "consists_of", "1003"),
    ("2005", "consists_of", "1004"),
    ("2006", "consists_of", "1005"),
    ("2007", "consists_of", "1001"),
    ("2007", "consists_of", "1006"),
    ("2008", "consists_of", "1001"),
    ("2008", "consists_of", "1006"),
    ("2008", "consists_of", "1007"),
    *((code, "has_dose_form", "317541") for code in ("2001", "2002", "2005", "2006")),
    *((code, "has_dose_form", "317541") for code in ("2007", "2008", "3002")),
    ("2003", "has_dose_form", "316949"),
    ("2004", "has_dose_form", "1649574"),
    ("3001", "tradename_of", "2001"),
    ("3002", "has_ingredient", "4511"),
    ("3003", "contains", "2001"),
    ("3003", "contains", "2005"),
    ("3004", "tradename_of", "4511"),
)


def write_rxnorm(folder: Path) -> Path:
    """A release of RxNorm; the relations are written in both directions, as NLM does."""
    rows = [
        f"{code}|ENG||||||A{code}|{code}|{code}||RXNORM|{kind}|{code}|{name}||N|4096|"
        for code, kind, name in RXNORM_CONCEPTS
    ]
    rows.append("2001|ENG||||||B2001|x|x||MTHSPL|DP|x|another name of the tablet||N|4096|")
    (folder / "RXNCONSO.RRF").write_text("\n".join(rows) + "\n", "utf-8")
    # The first concept of a row is the one that the relation leads to.
    links = [
        f"{to}||CUI|RO|{of}||CUI|{kind}|R{number}||RXNORM||||||"
        for number, (of, kind, to) in enumerate(RXNORM_LINKS)
    ]
    links.append("2001||CUI|RO|2003||CUI|inactive_ingredient_of|R999||RXNORM||||||")
    links.append("2001||CUI|RO|2003||CUI|has_ingredient|R998||MTHSPL||||||")
    (folder / "RXNREL.RRF").write_text("\n".join(links) + "\n", "utf-8")
    return folder


_DMD = {
    "f_ingredient2_3010119": """<INGREDIENT_SUBSTANCES>
<ING><ISID>63718003</ISID><NM>Folic acid</NM></ING>
<ING><ISID>409258004</ISID><ISIDPREV>30512811000001101</ISIDPREV><NM>Hydroxocobalamin</NM></ING>
<ING><ISID>109083009</ISID><NM>Metformin hydrochloride</NM></ING>
<ING><ISID>372687004</ISID><NM>Amoxicillin</NM></ING></INGREDIENT_SUBSTANCES>""",
    "f_vtm2_3010119": """<VIRTUAL_THERAPEUTIC_MOIETIES>
<VTM><VTMID>6247001</VTMID><NM>Folic acid</NM></VTM>
<VTM><VTMID>999001</VTMID><NM>Sitagliptin + Metformin</NM></VTM>
</VIRTUAL_THERAPEUTIC_MOIETIES>""",
    "f_vmp2_3010119": """<VIRTUAL_MED_PRODUCTS><VMPS>
<VMP><VPID>101</VPID><VPIDPREV>100</VPIDPREV><NM>Folic acid 5mg tablets</NM></VMP>
<VMP><VPID>102</VPID><NM>Hydroxocobalamin 10mg/2ml solution for injection ampoules</NM>
<UDFS>2.0</UDFS><UDFS_UOMCD>258773002</UDFS_UOMCD></VMP>
<VMP><VPID>103</VPID><NM>Folic acid 500micrograms/ml oral solution</NM></VMP>
<VMP><VPID>104</VPID><NM>Amoxicillin 500mg capsules</NM></VMP>
<VMP><VPID>105</VPID><NM>Metformin 1g tablets</NM></VMP></VMPS>
<VIRTUAL_PRODUCT_INGREDIENT>
<VPI><VPID>101</VPID><ISID>63718003</ISID><STRNT_NMRTR_VAL>5.000</STRNT_NMRTR_VAL>
<STRNT_NMRTR_UOMCD>258684004</STRNT_NMRTR_UOMCD></VPI>
<VPI><VPID>102</VPID><ISID>409258004</ISID><STRNT_NMRTR_VAL>5</STRNT_NMRTR_VAL>
<STRNT_NMRTR_UOMCD>258684004</STRNT_NMRTR_UOMCD><STRNT_DNMTR_VAL>1</STRNT_DNMTR_VAL>
<STRNT_DNMTR_UOMCD>258773002</STRNT_DNMTR_UOMCD></VPI>
<VPI><VPID>103</VPID><ISID>63718003</ISID><STRNT_NMRTR_VAL>500</STRNT_NMRTR_VAL>
<STRNT_NMRTR_UOMCD>258685003</STRNT_NMRTR_UOMCD><STRNT_DNMTR_VAL>1</STRNT_DNMTR_VAL>
<STRNT_DNMTR_UOMCD>258773002</STRNT_DNMTR_UOMCD></VPI>
<VPI><VPID>104</VPID><ISID>372687004</ISID><STRNT_NMRTR_VAL>500</STRNT_NMRTR_VAL>
<STRNT_NMRTR_UOMCD>258684004</STRNT_NMRTR_UOMCD></VPI>
<VPI><VPID>105</VPID><ISID>109083009</ISID><STRNT_NMRTR_VAL>1</STRNT_NMRTR_VAL>
<STRNT_NMRTR_UOMCD>258682000</STRNT_NMRTR_UOMCD></VPI></VIRTUAL_PRODUCT_INGREDIENT>
<DRUG_FORM><DFORM><VPID>101</VPID><FORMCD>1</FORMCD></DFORM>
<DFORM><VPID>102</VPID><FORMCD>2</FORMCD></DFORM>
<DFORM><VPID>103</VPID><FORMCD>3</FORMCD></DFORM></DRUG_FORM></VIRTUAL_MED_PRODUCTS>""",
    "f_vmpp2_3010119": """<VIRTUAL_MED_PRODUCT_PACK><VMPPS>
<VMPP><VPPID>201</VPPID><NM>Folic acid 5mg tablets 28 tablet</NM><VPID>101</VPID></VMPP>
</VMPPS></VIRTUAL_MED_PRODUCT_PACK>""",
    "f_amp2_3010119": """<ACTUAL_MEDICINAL_PRODUCTS><AMPS>
<AMP><APID>301</APID><VPID>101</VPID><NM>Made Up</NM></AMP></AMPS></ACTUAL_MEDICINAL_PRODUCTS>""",
    "f_ampp2_3010119": """<ACTUAL_MEDICINAL_PROD_PACKS><AMPPS>
<AMPP><APPID>401</APPID><VPPID>201</VPPID><APID>301</APID></AMPP></AMPPS>
</ACTUAL_MEDICINAL_PROD_PACKS>""",
    "f_lookup2_3010119": """<LOOKUP><UNIT_OF_MEASURE>
<INFO><CD>258684004</CD><DESC>mg</DESC></INFO><INFO><CD>258685003</CD><DESC>microgram</DESC></INFO>
<INFO><CD>258682000</CD><DESC>gram</DESC></INFO><INFO><CD>258773002</CD><DESC>ml</DESC></INFO>
</UNIT_OF_MEASURE><FORM><INFO><CD>1</CD><DESC>Tablet</DESC></INFO>
<INFO><CD>2</CD><DESC>Solution for injection</DESC></INFO>
<INFO><CD>3</CD><DESC>Oral solution</DESC></INFO></FORM></LOOKUP>""",
}  # fmt: skip


def write_dmd(folder: Path) -> Path:
    """A release of dm+d."""
    for name, content in _DMD.items():
        (folder / f"{name}.xml").write_text(content, "utf-8")
    return folder


_SNOMED_TERMS = (
    ("501", "folic acid 5 milligram/1 each oral tablet (clinical drug)"),
    ("502", "hydroxocobalamin 1 milligram/1 milliliter injection (clinical drug)"),
    ("503", "amoxicillin 500 milligram/1 each capsule (clinical drug)"),
    ("63718003", "Folic acid (substance)"),
    ("409258004", "Hydroxocobalamin (substance)"),
    ("372687004", "Amoxicillin (substance)"),
    ("385055001", "Tablet (dose form)"),
    ("385219001", "Solution for injection (dose form)"),
    ("22298006", "Myocardial infarction (disorder)"),
)  # fmt: skip
_SNOMED_RELATIONS = (
    ("501", "762949000", "63718003", 1),
    ("501", "732945000", "258684004", 1),
    ("501", "732947008", "732936001", 1),
    ("501", "411116001", "385055001", 0),
    ("501", "116680003", "763158003", 0),
    ("502", "127489000", "409258004", 1),
    ("502", "733725009", "258684004", 1),
    ("502", "733722007", "258773002", 1),
    ("502", "411116001", "385219001", 0),
    ("503", "762949000", "372687004", 1),
    ("22298006", "116680003", "64572001", 0),
)
_SNOMED_VALUES = (
    ("501", "1142135004", "#5", 1),
    ("501", "1142136003", "#1", 1),
    ("502", "1142138002", "#1", 1),
    ("502", "1142137007", "#1", 1),
)


def write_snomed(folder: Path) -> Path:
    """A snapshot of SNOMED CT, with an inactive row that does not count."""
    base = "id\teffectiveTime\tactive\tmoduleId\t"
    rows = ["conceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId"]
    rows += [f"{code}\ten\t900000000000003001\t{term}\tx" for code, term in _SNOMED_TERMS]
    lines = [base + rows[0], *(f"1\t20260101\t1\tm\t{row}" for row in rows[1:])]
    lines.append("1\t20260101\t0\tm\t501\ten\t900000000000003001\tAnother (product)\tx")
    (folder / "sct2_Description_Snapshot-en_INT_20260101.txt").write_text("\n".join(lines))
    head = base + "sourceId\tdestinationId\trelationshipGroup\ttypeId"
    found = [f"1\t20260101\t1\tm\t{a}\t{to}\t{g}\t{kind}" for a, kind, to, g in _SNOMED_RELATIONS]
    (folder / "sct2_Relationship_Snapshot_INT_20260101.txt").write_text("\n".join([head, *found]))
    head = base + "sourceId\tvalue\trelationshipGroup\ttypeId"
    found = [f"1\t20260101\t1\tm\t{a}\t{to}\t{g}\t{kind}" for a, kind, to, g in _SNOMED_VALUES]
    name = "sct2_RelationshipConcreteValues_Snapshot_INT_20260101.txt"
    (folder / name).write_text("\n".join([head, *found]))
    return folder
