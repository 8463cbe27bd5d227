"""Every error of the API as application/problem+json (RFC 9457), with what to do about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from huichang.kernel.errors import HuichangError, InvalidInputError
from huichang.kernel.language import Told
from huichang.kernel.model import Model
from huichang.pages.packages.model import TemplatePackageError, TemplateProblem

CONTENT_TYPE = "application/problem+json"
_MOST_FIELDS = 50


class MethodNotAllowedError(InvalidInputError):
    """The path exists, the method does not. HTTP 405; `allowed` goes into the Allow header."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, method: str, path: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{path} does not take {method}", where="method", mend=f"use {' or '.join(allowed)}")
        self.allowed = allowed


class TooLargeError(InvalidInputError):
    """The body is larger than any request needs. HTTP 413."""

    code = "too_large"
    status = 413


class UnsupportedMediaError(InvalidInputError):
    """The body is not sent as what this route reads. HTTP 415."""

    code = "unsupported_media_type"
    status = 415


class FieldProblem(Model):
    """One wrong field: its path (`venues`, `files.0.sha256`) and what is wrong with it."""

    where: str
    message: str


class Problem(Model):
    """The body of every error. `code` is stable, `mend` says what to do, `errors` lists fields if there are several.

    `told` and `todo`: detail and mend as {zh, en}, where there are both.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    where: str = ""
    mend: str = ""
    instance: str = ""
    errors: tuple[FieldProblem, ...] = ()
    told: Told = {}
    todo: Told = {}


class PackageProblem(Problem):
    """The body of an error about a template package: file, line, what and mend in both languages, for each problem."""

    problems: tuple[TemplateProblem, ...]


class FieldsError(InvalidInputError):
    """Several fields of a body are wrong. HTTP 400."""

    code = "invalid_fields"

    def __init__(self, fields: tuple[FieldProblem, ...]) -> None:
        first = fields[0]
        more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
        super().__init__(
            f"{first.where}: {first.message}{more}",
            where=first.where,
            mend="correct the fields listed in errors; see docs/api.md",
        )
        self.fields = fields

    @classmethod
    def of(cls, error: ValidationError) -> FieldsError:
        """Name every field of a pydantic error; what was sent is not repeated back."""
        fields = tuple(
            FieldProblem(where=_path(item["loc"]), message=_message(item))
            for item in error.errors(include_url=False, include_input=False)[:_MOST_FIELDS]
        )
        return cls(fields)


def problem_of(error: Exception, instance: str) -> Problem:
    """What may be said about an error. Anything that is not ours becomes a 500 without internals."""
    if not isinstance(error, HuichangError):
        return Problem(
            type="urn:huichang:problem:internal_error",
            title=HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
            status=500,
            detail="something broke on our side",
            code="internal_error",
            mend="try again; if it stays, give the operators of this system the instance",
            instance=instance,
        )
    problem = Problem(
        type=f"urn:huichang:problem:{error.code}",
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.message,
        code=error.code,
        where=error.where,
        mend=error.mend,
        instance=instance,
        told=error.told,
        todo=error.todo,
        errors=error.fields
        if isinstance(error, FieldsError)
        else tuple(FieldProblem(where=where, message=what) for where, what in error.details),
    )
    if isinstance(error, TemplatePackageError):
        return PackageProblem(**dict(problem), problems=error.problems)
    return problem


def headers_of(error: Exception) -> dict[str, str]:
    """Headers that belong to an error's status."""
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, HuichangError) and error.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="huichang", error="invalid_token"'}
    if isinstance(error, HuichangError) and error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": "2"}
    return {}


def _path(location: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in location) or "body"


def _message(item: Any) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    return {
        "missing": "is missing",
        "extra_forbidden": "is not a field of this request",
        "json_invalid": f"the body is not JSON ({message.removeprefix('Invalid JSON: ')})",
    }.get(item["type"], message)
