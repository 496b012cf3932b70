"""What changed between two rows of one person, as macros of SQL."""

# Codes of notes stand with their number, which is no reason of its own.
MACROS = """
CREATE MACRO step(row) AS CASE
    WHEN row.key IS NULL THEN 'no row'
    WHEN row.outcome = 'advice' THEN row.rung || ' ' || row.urgency
    ELSE row.outcome || ' (' || concat_ws(' ', row.rung, nullif(row.urgency, 'routine')) || ')' END;
CREATE MACRO has_urgent(row) AS coalesce(row.urgency = 'urgent', false);
CREATE MACRO moved(name, old, new) AS CASE
    WHEN old IS DISTINCT FROM new
    THEN name || ': ' || coalesce(CAST(old AS VARCHAR), 'none') || ' to '
        || coalesce(CAST(new AS VARCHAR), 'none') END;
CREATE MACRO bare(codes) AS list_transform(codes, lambda code: split_part(code, ':', 1));
CREATE MACRO only_in(codes, others) AS
    list_filter(bare(codes), lambda code: NOT list_contains(bare(others), code));
CREATE MACRO changed_codes(name, old, new) AS CASE
    WHEN len(only_in(old, new)) + len(only_in(new, old)) > 0
    THEN name || ':' || array_to_string(list_concat(
        list_transform(list_sort(only_in(old, new)), lambda code: ' -' || code),
        list_transform(list_sort(only_in(new, old)), lambda code: ' +' || code)), '') END;
CREATE MACRO other_value(name, old, new) AS CASE
    WHEN old IS DISTINCT FROM new THEN 'another ' || name || ' was used' END;
"""
