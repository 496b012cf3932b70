"""Routes of the pages for people; a page is imported when it is first asked for."""

from flask import Blueprint, Response


def pages_blueprint() -> Blueprint:
    """Build the blueprint. Nothing that is asked of a page is stored."""
    pages = Blueprint("pages", __name__, template_folder="templates")

    @pages.get("/")
    def home() -> Response:
        from cobalamin.service.pages.home import render_home  # noqa: PLC0415

        return render_home()

    @pages.get("/try")
    def try_page() -> Response:
        from cobalamin.service.pages.playground.page import render_empty  # noqa: PLC0415

        return render_empty()

    @pages.post("/try")
    def try_answer() -> Response:
        from cobalamin.service.pages.playground.page import render_answer  # noqa: PLC0415

        return render_answer()

    @pages.get("/knowledge")
    def knowledge() -> Response:
        from cobalamin.service.pages.knowledge.page import render_knowledge  # noqa: PLC0415

        return render_knowledge()

    @pages.get("/ops")
    def operations() -> Response:
        from cobalamin.service.pages.operations import render_operations  # noqa: PLC0415

        return render_operations()

    @pages.get("/why/<topic>")
    def why(topic: str) -> Response:
        from cobalamin.service.pages.why import render_topic  # noqa: PLC0415

        return render_topic(topic)

    return pages
