"""Template packages as objects: what is uploaded, what can be wrong with it, its record, and where both are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.errors import NotFoundError, PermanentError
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.pages.model import TemplateManifest

MANIFEST, PAGE, STYLE, SAMPLE = "manifest.yaml", "page.html.j2", "style.css", "sample.json"
REQUIRED = (MANIFEST, PAGE, STYLE, SAMPLE)
SHARED = "_parts/"
State = Literal["draft", "published", "deprecated"]
Tag = Annotated[str, Field(pattern=r"^[\w\u4e00-\u9fff-]{1,24}$")]


class TemplateProblem(Model):
    """What is wrong with a package: the file, the line (0: the whole file), what, and how to mend it. `code` is stable."""

    code: str
    file: str
    line: int = 0
    what: Text
    mend: Text

    @property
    def place(self) -> str:
        """The file, and the line where it is known: "page.html.j2:12"."""
        return f"{self.file}:{self.line}" if self.line else self.file


class TemplatePackageError(PermanentError):
    """A package that cannot be used, with everything that is wrong with it. HTTP 422."""

    code = "template_package"

    def __init__(self, problems: tuple[TemplateProblem, ...], where: str = "package") -> None:
        first, more = problems[0], len(problems) - 1
        super().__init__(
            f"the template package cannot be used: {first.place}: {first.what['en']}" + (f" (and {more} more)" if more else ""),
            where=where,
            mend=first.mend["en"],
        )
        self.problems = problems
        self.details = tuple((problem.place, problem.what["en"]) for problem in problems)
        self.told = {
            "zh": f"模板包不能使用，共 {len(problems)} 处问题",
            "en": f"the template package cannot be used: {len(problems)} to mend",
        }
        self.todo = first.mend


class TemplatePackage(Model):
    """A package that passed all checks. `files`: name -> text. Immutable: named by the hash of its files."""

    manifest: TemplateManifest
    files: dict[str, str]

    @property
    def hash(self) -> str:
        """Content hash of the files, 32 hex digits."""
        return package_hash(self.files)


def package_hash(files: Mapping[str, str]) -> str:
    """The name of a package's content."""
    return content_hash(dict(files))[:32]


def package_key(template_id: str, package: str) -> str:
    """Key of the stored package among the documents."""
    return f"templates/{template_id}/{package}"


class TemplateRecord(Model):
    """One version of a template. Its content never changes; `state` and `tags` do. `builtin`: it ships with the product.

    `usable`: matching may choose it (published, and the newest of its id). `rules`: the hash of the policy rules it was checked by.
    """

    template_id: str
    version: int
    package: str = ""
    state: State = "draft"
    builtin: bool = False
    manifest: TemplateManifest
    tags: tuple[Tag, ...] = ()
    bytes: int = 0
    rules: str = ""
    uploaded_by: str = ""
    uploaded_at: str = ""
    published_by: str = ""
    published_at: str = ""
    deprecated_by: str = ""
    deprecated_at: str = ""
    revision: Annotated[int, Field(ge=1)] = 1


class TemplateStore(Protocol):
    """Records of uploaded versions. Contract: tests/contract/test_template_store.py."""

    def create(self, record: TemplateRecord) -> bool:
        """Store a new version; False (and nothing written) if that version of the id exists."""
        ...

    def get(self, template_id: str, version: int) -> TemplateRecord:
        """Read consistently. Raises NotFoundError."""
        ...

    def change(self, record: TemplateRecord) -> TemplateRecord:
        """Write a record that was read at `record.revision`; returns it with the next one. Raises ConflictError, NotFoundError."""
        ...

    def versions(self, template_id: str) -> list[TemplateRecord]:
        """All versions of an id, newest first, read consistently."""
        ...

    def all(self) -> list[TemplateRecord]:
        """Every version there is, by id, newest first."""
        ...


def no_template(template_id: str, version: int | None = None) -> NotFoundError:
    """What somebody is told who asks for a template that is not there."""
    which = f" version {version}" if version else ""
    return NotFoundError(
        f"there is no template {template_id!r}{which}", where="template_id", mend="GET /api/templates lists them", code="no_template"
    )
