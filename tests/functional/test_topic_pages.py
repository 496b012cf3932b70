"""The source link of a card leads to a page about its topic, and to nothing about a patient."""

from urllib.parse import urlsplit

from app import app_with, example, view

PUBLIC = "https://b12.example.org"


def test_the_link_of_a_card_is_answered() -> None:
    (card,) = view(example("patient-view.json"), public_url=PUBLIC).get_json()["cards"]
    url = urlsplit(card["source"]["url"])
    assert f"{url.scheme}://{url.netloc}" == PUBLIC
    answer = app_with(public_url=PUBLIC).test_client().get(url.path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert "Rung R4" in answer.text


def test_an_unknown_topic_is_404() -> None:
    assert app_with().test_client().get("/why/nothing").status_code == 404
