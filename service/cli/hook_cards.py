"""Answers the recorded request of a hook as its service does, without a server."""

from datetime import date

from cobalamin.service.cds_hooks.hook_answer import HookAnswer
from cobalamin.service.cds_hooks.views import ANSWERS
from cobalamin.service.cli.assessment_input import RecordedCall
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.shared_slots import SharedSlots
from cobalamin.service.identifiers import new_id
from cobalamin.service.knowledge.profile import Profile, Profiles
from cobalamin.service.settings import Environment, Settings


def answer_call(call: RecordedCall, profile: Profile, on: date) -> HookAnswer:
    """What the service answers on this day."""
    ctx = AppContext(
        settings=Settings(environment=Environment.development, profile=profile.knowledge.profile),
        profiles=Profiles.of(profile),
        today=lambda: on,
        new_id=new_id,
        batch_slots=SharedSlots(1),
    )
    return ANSWERS[call.service.id](call.service, call.request, call.read, ctx)
