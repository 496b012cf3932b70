"""Any sequence of reports: every comment of the rules is given, or stands on an earlier report."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from app import TODAY, app_with
from assessments import get_profile
from cobalamin.service.answers.comment import to_comment
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.site_comments import SiteComments
from cobalamin.service.knowledge.site_earlier_comments import EarlierComments
from cobalamin.service.lab.hl7v2.earlier import EarlierAction
from cobalamin.service.lab.hl7v2.process import answer_message
from cobalamin.service.lab.hl7v2.report import LabReport
from cobalamin.service.records import store as store_module
from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.comment_history import CommentHistory
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.report_comments import delete_reports
from cobalamin.service.records.store import Store
from messages import obx
from reports import AUDIT_KEY, DAY_SECONDS, report
from sites import a_site

STEPS = st.tuples(
    st.sampled_from(["B1", "B2", "B3", "B9"]),
    st.sampled_from(["120", "250", "600"]),
    st.sampled_from(["F", "F", "F", "C", "W"]),
    st.sampled_from([0, 10, 100]),
)


@dataclass
class Reader:
    """Who reads the answers: what stands on which report, and what was left out for which."""

    standing: dict[str, tuple[str, str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    order_of: dict[str, str] = field(default_factory=dict)
    reviewed: set[str] = field(default_factory=set)

    def take(self, name: str, order: str, made: LabReport, rules: tuple[str, str] | None) -> None:
        """Follow an answer as a person would, and hold it to what it may say."""
        acts = named(made)
        ended = [to for act, to in acts if act in (EarlierAction.replaces, EarlierAction.withdraws)]
        # A report that was answered without its comment is reported anew by this one.
        for earlier in [one for one in self.left_out if self.order_of[one] == order]:
            del self.left_out[earlier]
        for earlier in ended:
            assert self.order_of[earlier] == order
            del self.standing[earlier]
        self.reviewed.update(to for act, to in acts if act is EarlierAction.review)
        self._take_missing({to for act, to in acts if act is EarlierAction.missing}, ended, name)
        repeats = [to for act, to in acts if act is EarlierAction.repeats]
        self.order_of[name] = order
        if made.comment is None:
            assert len(repeats) == (rules is not None)
            for earlier in repeats:
                assert self.standing[earlier] == rules
                assert self.order_of[earlier] != order
                self.left_out[name], self.said[name] = earlier, self.standing[earlier]
        else:
            assert (made.comment.code, made.comment.text) == rules
            assert not repeats
            self.standing[name] = rules

    def _take_missing(self, missing: set[str], ended: list[str], name: str) -> None:
        """Where a comment was left out for one that goes, it is named or the new one says it."""
        for earlier, target in list(self.left_out.items()):
            if target in ended:
                if earlier in missing:
                    del self.left_out[earlier]
                else:
                    self.left_out[earlier] = name

    def check(self) -> None:
        """One comment stands on an order, and what a report was left out for stands."""
        orders = [self.order_of[name] for name in self.standing if name not in self.reviewed]
        assert len(orders) == len(set(orders))
        for name, target in self.left_out.items():
            assert self.standing[target] == self.said[name]


def named(made: LabReport) -> list[tuple[EarlierAction, str]]:
    """What becomes of the earlier reports, which are told by their messages."""
    return [(one.action, one.report.control_id) for one in made.earlier]


class Service:
    """The service of a site that has comments remembered, and left out within 90 days."""

    def __init__(self, store: Store) -> None:
        self.store, self.history = store, CommentHistory(store, AuditKeys(AUDIT_KEY))
        earlier = EarlierComments(
            keep_days=4000, repeat_after_days=90, author="AB", why="agreed", reviewed=TODAY
        )
        site = a_site(comments=SiteComments(earlier=earlier))
        self.profile: Profile = changed(get_profile(), site=site)
        self.context: AppContext = app_with().extensions["cobalamin"].value.context

    def send(self, sent: str, seconds: float) -> LabReport:
        """The report that is answered; the same message gets the same once more."""
        ctx = replace(self.context, comments=self.history, now=lambda: seconds)
        first, again = (self._answer(sent, ctx) for _ in range(2))
        assert (again.comment, named(again)) == (first.comment, named(first))
        return first

    def _answer(self, sent: str, ctx: AppContext) -> LabReport:
        made = answer_message(sent.encode(), ctx, self.profile, TODAY)
        assert made.report is not None
        assert made.filing is not None
        self.history.file(made.filing)
        return made.report

    def rules(self, made: LabReport) -> tuple[str, str] | None:
        """The comment that the rules make."""
        comment = to_comment(made.assessment, self.profile)
        return None if comment is None else (comment.code, comment.text)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    address = f"sqlite:///{tmp_path_factory.mktemp('history')}/earlier.sqlite3"
    with pytest.MonkeyPatch.context() as patch, closing(Store(address)) as store:
        patch.setattr(
            store_module, "PRAGMAS", ("PRAGMA synchronous = OFF",)
        )  # no power is lost here
        upgrade(store)
        yield Service(store)


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(STEPS, min_size=2, max_size=9))
def test_no_comment_is_lost(service: Service, steps: list[tuple[str, str, str, int]]) -> None:
    delete_reports(service.store, 2**62)
    reader, seconds = Reader(), 1_780_000_000.0
    for number, (order, value, status, days) in enumerate(steps):
        seconds += days * DAY_SECONDS
        name, patient = f"M{number}", "P2" if order == "B9" else "P1"
        sent = report(name, obx(value=value, status=status), filler=order, patient=patient)
        made = service.send(sent, seconds)
        reader.take(name, order, made, service.rules(made))
        reader.check()
