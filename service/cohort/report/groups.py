"""What people are grouped by: a title, the group in SQL, and the order of groups in SQL."""

GROUPS = {
    "age": (
        "age",
        (
            "CASE WHEN age IS NULL THEN 'not known' WHEN age < 16 THEN 'under 16' "
            "WHEN age < 30 THEN '16 to 29' WHEN age < 45 THEN '30 to 44' "
            "WHEN age < 60 THEN '45 to 59' WHEN age < 75 THEN '60 to 74' "
            "WHEN age < 85 THEN '75 to 84' ELSE '85 and over' END"
        ),
        "min(age)",
    ),
    "sex": ("sex", "coalesce(sex, 'not known')", "1"),
    "pregnancy": (
        "pregnancy",
        (
            "CASE WHEN pregnant THEN 'pregnant' WHEN pregnant IS NULL THEN 'not known' "
            "ELSE 'not pregnant' END"
        ),
        "1",
    ),
    "kidney": ("kidney function", "kidney", "1"),
    "unit": (
        "unit of vitamin B12",
        "coalesce(b12_total_unit, b12_active_unit, 'no usable result')",
        "1",
    ),
    "laboratory": ("laboratory", "coalesce(nullif(laboratory, ''), 'not named')", "1"),
}
