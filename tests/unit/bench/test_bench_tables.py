"""The tables that the bench prints."""

from bench import Round, absolute_table


def test_absolute_figures_come_in_their_units() -> None:
    one = Round(cpu=0.0021, rate=800.0, median=4.2, p99=9.9)
    text = absolute_table([("5, card", one)], cores=2, kilobytes=150 * 1024)
    assert "150 MB" in text
    assert text.splitlines()[-1] == "| 5, card | 4.2 | 9.9 | 400 | 2.10 |"
