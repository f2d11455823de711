"""What engines can do, as pages and programs are told it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from generation.models import Engine
from tests.making import a_user, an_engine

pytestmark = pytest.mark.django_db

QUALITIES = ("low", "medium", "high")
THREE = ("1024x1024", "1536x1024", "1024x1536")


@pytest.mark.parametrize(
    ("provider", "model", "options", "sizes", "qualities", "masks"),
    [
        ("sketch", "", {}, (), (), False),
        ("openai", "gpt-image-2", {}, (), QUALITIES, True),
        ("openai", "gpt-image-2.5-flare", {}, (), (*QUALITIES, "xhigh", "max"), True),
        ("openai", "gpt-image-1", {}, THREE, QUALITIES, True),
        ("gemini", "gemini-3.1-flash-image", {}, ("512", "1K", "2K", "4K"), (), False),
        ("gemini", "gemini-3.1-flash-image", {"image_size": "2K"}, ("2K",), (), False),
        ("gemini", "gemini-2.5-flash-image", {}, ("1K",), (), False),
        ("comfyui", "flux", {}, (), (), True),
        ("comfyui", "flux", {"from_picture": "kontext"}, (), (), False),
    ],
)
def test_an_engine_tells_sizes_qualities_and_masks(
    provider: str, model: str, options: dict[str, object], sizes: object, qualities: object, masks: bool
) -> None:
    able = an_engine(provider=provider, model=model, options=options).abilities
    assert (able.sizes, able.qualities, able.masks) == (sizes, qualities, masks)


def test_the_page_of_engines_says_what_each_can() -> None:
    client = Client()
    client.force_login(a_user(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("engines")).content.decode()
    card = re.split(r"<li class=\"card", page[page.index("GPT image 2") - 200 :])[1]
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", card))
    assert facts["Quality"] == "low, medium, high"
    assert facts["Sizes"] == "64 to 3840 px a side"
    assert (facts["Pictures along"], facts["Repaints a part"], facts["Seeds"]) == ("up to 16", "yes", "no")
    assert facts["Prompt"].startswith("up to 32")
    assert "512, 1K, 2K, 4K" in page


def test_an_engine_that_goes_on_from_no_picture_says_so() -> None:
    Engine.objects.update(enabled=True)
    able = an_engine(provider="nowhere").abilities
    assert (able.edits, able.max_references) == (False, 0)
