"""A site of a hospital, for tests that choose one thing of it."""

from typing import Any

from cobalamin.service.knowledge.site import Site


def a_site(**chosen: Any) -> Site:  # noqa: ANN401 - members of a site
    """A site with a name and what is chosen; nothing else of the profile is changed."""
    return Site(
        name="Here",
        contact=None,
        table=None,
        thresholds={},
        codes={},
        products={},
        orderables={},
        switches={},
        hash="",
        **chosen,
    )
