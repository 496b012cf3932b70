import subprocess
import sys
from dataclasses import replace

import pytest

from measures import (
    CORRECT,
    FOLDERS,
    KEPT,
    MOST_FUNCTION_LINES,
    ROOT,
    Limits,
    faults,
    measure,
    python_files,
    read_limits,
    report,
    tightened,
    to_toml,
)

GOOD = '''\
"""A module."""


class Shown:
    """A class."""

    def asked(self, *others: int, of: str = "", **more: object) -> int:
        """A method."""

        def inner() -> int:
            return 1

        return inner()


class _Hidden:
    def called(self) -> None: ...
'''
LIMITS = Limits(function_median=3, file_median=20, untyped=0, undocumented=0)


def found(*texts: str, limits: Limits = LIMITS) -> list[str]:
    measures = measure((f"service/m{at}.py", text) for at, text in enumerate(texts))
    return list(faults(measures, limits))


def long_function(lines: int) -> str:
    body = "    x = 1\n" * (lines - 2)
    return f'"""A module."""\ndef long() -> None:\n    """It is long."""\n{body}'


def long_file(lines: int) -> str:
    return GOOD + "X = 1\n" * (lines - len(GOOD.splitlines()))


def test_lines_are_counted_from_def_to_end() -> None:
    measures = measure([("service/a.py", GOOD)])
    assert measures.function_lines == {
        "service/a.py:7 asked": 7,
        "service/a.py:10 inner": 2,
        "service/a.py:17 called": 1,
    }
    assert (measures.file_lines, measures.file_median) == ({"service/a.py": 17}, 17)
    assert measures.function_median == 2


def test_what_is_public_is_the_module_its_classes_and_their_methods() -> None:
    assert measure([("service/a.py", GOOD)]).documented == {
        "service/a.py:1 the module": True,
        "service/a.py:4 Shown": True,
        "service/a.py:7 Shown.asked": True,
    }


def test_good_code_has_no_fault() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    "head", ["def f(a) -> int:", "def f(a: int):", "def f(*a) -> int:", "def f(*, a) -> int:"]
)
def test_an_untyped_function_is_found(head: str) -> None:
    (fault,) = found(f'"""A module."""\n\n{head}\n    """A function."""\n')
    assert fault == "1 without types, and there were 0: service/m0.py:3 f"


@pytest.mark.parametrize(
    ("documented", "bare", "place"),
    [
        ('"""A module."""', "", "1 the module"),
        ('    """A class."""', "    x = 1", "4 Shown"),
        ('"""A method."""', "", "7 Shown.asked"),
    ],
)
def test_a_missing_docstring_is_found(documented: str, bare: str, place: str) -> None:
    (fault,) = found(GOOD.replace(documented, bare))
    assert fault == f"1 without docstring, and there were 0: service/m0.py:{place}"


def test_what_was_already_missing_may_stay_and_one_more_may_not() -> None:
    bare = GOOD.replace('"""A module."""', "")
    limits = replace(LIMITS, undocumented=1)
    assert found(bare, limits=limits) == []
    assert len(found(bare, bare.replace("Shown", "Seen"), limits=limits)) == 1


def test_a_function_may_have_just_so_many_lines() -> None:
    limits = replace(LIMITS, function_median=100, file_median=100)
    assert found(long_function(MOST_FUNCTION_LINES), limits=limits) == []
    (fault,) = found(long_function(MOST_FUNCTION_LINES + 1), limits=limits)
    assert fault == "service/m0.py:2 long: 46 lines; a function has at most 45"


def test_a_file_may_have_just_so_many_lines_unless_it_is_named() -> None:
    limits = replace(LIMITS, file_median=1000)
    assert found(long_file(350), limits=limits) == []
    (fault,) = found(long_file(351), limits=limits)
    assert fault == "service/m0.py: 351 lines; a file has at most 350"
    named = replace(limits, long_files={"service/m0.py": "declarations"})
    assert found(long_file(351), limits=named) == []
    (stale,) = found(long_file(350), limits=named)
    assert stale.startswith("service/m0.py is no long file any more")
    (gone,) = found(GOOD, limits=replace(limits, long_files={"service/gone.py": "declarations"}))
    assert gone.startswith("service/gone.py is no long file any more")


def test_medians_may_not_grow() -> None:
    assert found(GOOD, limits=replace(LIMITS, function_median=1, file_median=16)) == [
        "the median of function lines is 2; it was 1",
        "the median of file lines is 17; it was 16",
    ]


def test_two_public_classes_of_one_name_are_found() -> None:
    (fault,) = found(GOOD, GOOD)
    assert fault == "2 public classes are named Shown: give each a name of its own"
    allowed = replace(LIMITS, duplicate_classes={"Shown": 2})
    assert found(GOOD, GOOD, limits=allowed) == []
    assert len(found(GOOD, GOOD, GOOD, limits=allowed)) == 1


@pytest.mark.parametrize(
    ("texts", "allowed"),
    [((GOOD,), 2), ((GOOD.replace("Shown", "Seen"),), 2), ((GOOD, GOOD), 3)],
)
def test_an_allowed_duplicate_that_is_gone_must_leave_the_list(
    texts: tuple[str, ...], allowed: int
) -> None:
    (fault,) = found(*texts, limits=replace(LIMITS, duplicate_classes={"Shown": allowed}))
    assert fault == f"there are no {allowed} classes named Shown any more: {CORRECT}"


def test_limits_only_become_tighter() -> None:
    measures = measure([("service/a.py", GOOD), ("fhir/b.py", GOOD)])
    loose = Limits(
        function_median=9,
        file_median=90,
        untyped=5,
        undocumented=5,
        long_files={"service/a.py": "declarations"},
        duplicate_classes={"Shown": 3, "Gone": 2},
    )
    tight = Limits(
        function_median=2,
        file_median=17,
        untyped=0,
        undocumented=0,
        duplicate_classes={"Shown": 2},
    )
    assert tightened(measures, loose) == tight
    tighter = Limits(function_median=1, file_median=1, untyped=0, undocumented=0)
    assert tightened(measures, tighter) == tighter


def test_kept_limits_are_read_as_they_were_written() -> None:
    kept = KEPT.read_text("utf-8")
    assert to_toml(read_limits(kept)) == kept
    with pytest.raises(TypeError, match="untyped"):
        read_limits("function_median = 1\nfile_median = 1\nundocumented = 1")
    with pytest.raises(TypeError, match="colour"):
        read_limits(kept.replace("untyped", "colour"))


def test_the_report_names_every_measure_and_limit() -> None:
    measures = measure([("service/a.py", GOOD), ("fhir/b.py", GOOD), ("fhir/c.py", long_file(400))])
    limits = replace(LIMITS, long_files={"fhir/c.py": "declarations"})
    assert list(report(measures, limits)) == [
        "function lines: median 2 (limit 3), most 7 in service/a.py:7 asked (limit 45)",
        "file lines: median 17 (limit 20), most 17 in service/a.py (limit 350)",
        "  longer: 400 in fhir/c.py",
        "typed: 100.00 %, all but 0 (at most 0 are not)",
        "documented in public: 100.00 %, all but 0 (at most 0 not)",
        "duplicate public class names: Shown 3",
    ]


def test_every_folder_of_the_code_is_measured() -> None:
    assert {name.partition("/")[0] for name, _ in python_files(ROOT)} == set(FOLDERS)


def test_the_code_is_within_its_limits() -> None:
    done = subprocess.run(
        [sys.executable, "tools/measures.py"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("function lines: median ")
