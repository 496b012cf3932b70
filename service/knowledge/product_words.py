"""The words that product tables are written in: dose forms and ingredients."""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from cobalamin.service.knowledge.code_meanings import Cobalamin
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.rules.model.vocabulary import History, Intake

FILE = "terminology/products.toml"


class DoseForm(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A dose form: how it is taken, None where the form does not tell.

    What `is_local` stays where it is put and becomes no fact. `words` name the form in a release,
    `codes` in SNOMED CT and dm+d.
    """

    taken: Intake | None = None
    is_local: bool = False
    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


class IngredientEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an ingredient means to the rules.

    `names` are its other names in a release. With `only_beside` it counts only where every other
    ingredient of the product is one of those.
    """

    history: tuple[History, ...] = ()
    cobalamin: Cobalamin | None = None
    allergy: History | None = None
    unread: str | None = None
    names: tuple[str, ...] = ()
    only_beside: tuple[str, ...] = ()


class ProductWords(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The dose forms and ingredients that product tables are written in."""

    form: Mapping[str, DoseForm]
    ingredient: Mapping[str, IngredientEntry]


@cache
def load_product_words() -> ProductWords:
    """Every dose form and ingredient.

    Raises:
        KnowledgeError: the file is wrong, or an ingredient has no meaning; names the key.
    """
    words = load_table(FILE, ProductWords)
    for name, entry in words.ingredient.items():
        if not (entry.history or entry.cobalamin or entry.unread):
            raise KnowledgeError(FILE, name, "has no meaning")
    return words
