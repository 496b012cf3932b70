"""One document becomes one row, or one refusal."""

from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.cohort.input.documents import Document, DocumentOptions, read_document
from cobalamin.service.cohort.output.rows import to_row
from cobalamin.service.cohort.refusals import Refusals


def assess_document(
    document: Document, options: DocumentOptions, refusals: Refusals
) -> tuple[str, ...] | None:
    """The row of a document, or None with the reason; a fault costs one document alone."""
    try:
        read = read_document(document, options)
        request, profile = read.request, options.profile
        return to_row(request.facts, profile, request.on, read.laboratory, read.origin)
    except RefusedError as error:
        refusals.add(document.file, document.number, document.subject, error)
    except Exception as error:  # noqa: BLE001 - the documents after it are still to be assessed
        why = RefusedError("fault", f"a fault of the program ({type(error).__name__}); report it")
        refusals.add(document.file, document.number, document.subject, why)
    return None
