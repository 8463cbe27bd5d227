"""A picture for one component: painted by the model, made to fit the page."""

from __future__ import annotations

from huichang.kernel.errors import PermanentError
from huichang.kernel.models import CallContext, ImageModel
from huichang.materials.model import ImageResult, MaterialRequest, PictureEncoder
from huichang.materials.policy.labels import ContentMaker, picture_findings
from huichang.materials.ports import MediaStore

BYTE_BUDGET = 180_000


def image_prompt(request: MaterialRequest) -> str:
    """The prompt with what reviewers rejected before; the seed makes a rejected picture differ."""
    lines = [request.prompt]
    for constraint in request.constraints:
        lines.append(f"A reviewer rejected the last picture ({constraint.code}): {constraint.text or 'no words given'}")
    lines.append(f"seed: {len(request.constraints)}; no text, no letters, no logos")
    return "\n".join(lines)


def paint(
    request: MaterialRequest, model: ImageModel, encoder: PictureEncoder, media: MediaStore, maker: ContentMaker | None = None
) -> ImageResult:
    """Paint at twice the CSS size where the model may (sharp on dense screens), crop to fill, keep within the byte budget, label.

    `maker`: who the AI label names as producer. Raises PermanentError for what is no picture or would go out without its label.
    """
    context = CallContext(campaign_id=request.campaign_id, venue_id=request.venue_id, purpose=f"picture of {request.component}")
    data = model.paint(image_prompt(request), width=request.width, height=request.height, context=context)
    label = (maker or ContentMaker()).label(request.task_key)
    webp, width, height = encoder.encode(data, width=request.width, height=request.height, budget=BYTE_BUDGET, xmp=label.xmp)
    if missing := picture_findings(webp, request.material_id):
        raise PermanentError(missing[0].said("en"), where=request.material_id, mend=missing[0].mend["en"], code="policy_blocked")
    key = media.put_media(webp, "image/webp", "webp")
    return ImageResult(media_key=key, width=width, height=height, bytes=len(webp))
