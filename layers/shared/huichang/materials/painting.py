"""A picture for one component: painted by the model, made to fit the page, and refused where it is one that reviewers rejected."""

from __future__ import annotations

from huichang.kernel.errors import PermanentError
from huichang.kernel.models import CallContext, ImageModel, Prompt
from huichang.materials.model import ImageResult, MaterialRequest, PictureEncoder, PictureEyes
from huichang.materials.obeying import image_lines, picture_breach
from huichang.materials.policy.labels import ContentMaker, picture_findings
from huichang.materials.ports import MediaStore

BYTE_BUDGET = 400_000
"""Of the picture that is reviewed. Buyers never load it: what they load is cut from it, each within its own budget."""
PROMPT_VERSION = 2
TRIES = 3


def image_prompt(request: MaterialRequest, attempt: int = 0, complaint: str = "") -> str:
    """The prompt with what reviewers rejected before. The seed makes a picture differ from those sent back and those refused."""
    lines = [request.prompt, *image_lines(request.constraints)]
    if complaint:
        lines.append(f"The last try {complaint}: paint another one")
    seed = str(request.rejections) if attempt == 0 else f"{request.rejections}-{attempt}"
    lines.append(f"seed: {seed}; no text, no letters, no logos")
    return "\n".join(lines)


def paint(
    request: MaterialRequest,
    model: ImageModel,
    encoder: PictureEncoder,
    media: MediaStore,
    eyes: PictureEyes,
    maker: ContentMaker | None = None,
) -> ImageResult:
    """Paint at twice the CSS size where the model may (sharp on dense screens), crop to fill, keep within the byte budget, label.

    `maker`: who the AI label names as producer. A picture that breaks a reviewer's constraint is painted again, at most three times in
    all. Raises PermanentError after that, for what is no picture, and for what would go out without its label.
    """
    if request.picked is not None and not picture_breach(request.constraints, request.picked.look, request.picked.media_key):
        return request.picked
    context = CallContext(campaign_id=request.campaign_id, venue_id=request.venue_id, purpose=f"picture of {request.component}")
    label = (maker or ContentMaker()).label(request.task_key)
    breach = ""
    for attempt in range(TRIES):
        words = image_prompt(request, attempt, breach)
        data = model.paint(words, width=request.width, height=request.height, context=context)
        webp, width, height = encoder.encode(data, width=request.width, height=request.height, budget=BYTE_BUDGET, xmp=label.xmp)
        if missing := picture_findings(webp, request.material_id):
            raise PermanentError(missing[0].said("en"), where=request.material_id, mend=missing[0].mend["en"], code="policy_blocked")
        look = eyes.look(webp)
        breach = picture_breach(request.constraints, look)
        if breach:
            continue
        key = media.put_media(webp, "image/webp", "webp")
        asked = Prompt(name="paint", version=PROMPT_VERSION, system="", user=words)
        return ImageResult(media_key=key, width=width, height=height, bytes=len(webp), look=look, asked=asked)
    raise PermanentError(
        f"the picture {breach}, {TRIES} times over",
        where=request.material_id,
        mend="change the constraint, or the style preset's image prompt",
        code="constraints_leave_nothing",
    )
