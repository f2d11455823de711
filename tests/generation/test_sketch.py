"""The offline provider: what it draws, what it remembers, and what it plays at in a rehearsal."""

import hashlib
import io
import json
import time
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image, ImageChops

from generation.errors import (
    Cancelled,
    InvalidRequest,
    NoPicture,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Refused,
    Unavailable,
)
from generation.providers import get_provider
from generation.providers.base import ImageRequest, ImageResult, Reference, ReferenceRole
from generation.providers.sketch import SketchProvider
from generation.providers.sketch.catalogue import THINGS, plural
from generation.providers.sketch.looks import LOOKS, find_look
from generation.providers.sketch.options import NAMES
from generation.providers.sketch.pen import Box
from generation.providers.sketch.reading import read

LOOK_SLUGS = ("illustration", "clear", "consistent", "comic")


class Call:
    """What the machine gives a provider, with a person who may cancel after some looks."""

    id = "call-1"
    resume = None

    def __init__(self, cancel_after: int | None = None) -> None:
        self.told: list[tuple[int, int]] = []
        self.looks = 0
        self.cancel_after = cancel_after

    def started(self, remote_id: str) -> None:
        raise AssertionError("sketch has no remote jobs")

    def progress(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def cancelled(self) -> bool:
        self.looks += 1
        return self.cancel_after is not None and self.looks > self.cancel_after


def request(*scene: str, **changes: Any) -> ImageRequest:
    values: dict[str, Any] = {
        "prompt": "Draw: " + " ".join(scene), "scene": scene, "look": "illustration",
        "width": 256, "height": 256, "seed": 7, "model": "sketch", "timeout": 60.0,
    }  # fmt: skip
    return ImageRequest(**{**values, **changes})


def make(*scene: str, call: Call | None = None, provider: SketchProvider | None = None, **changes: Any) -> ImageResult:
    return (provider or SketchProvider()).generate(request(*scene, **changes), "", call or Call())


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=("PNG",))
    image.load()
    return image


def memory(data: bytes) -> dict[str, Any]:
    return json.loads(decoded(data).info["throughline"])  # type: ignore[no-any-return]


def names(data: bytes) -> list[str]:
    return sorted(item["name"] for item in memory(data)["items"])


def previous(data: bytes) -> Reference:
    return Reference(data, "image/png", ReferenceRole.PREVIOUS)


def png(colour: str = "white", size: tuple[int, int] = (32, 32), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG")
    return out.getvalue()


def outside(image: Image.Image, boxes: list[Box]) -> Image.Image:
    """The picture with its boxes blackened."""
    copy = image.convert("RGB")
    for box in boxes:
        copy.paste((0, 0, 0), (box[0], box[1], box[2], box[3]))
    return copy


def same_pixels(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox() is None


# What comes back


def test_the_result_is_a_png_of_the_size_asked_for_and_costs_nothing() -> None:
    result = make("A dog.", width=320, height=180)
    assert (decoded(result.data).size, decoded(result.data).mode) == ((320, 180), "RGB")
    assert (result.content_type, result.cost, result.seed) == ("image/png", 0.0, 7)


def test_it_is_the_provider_named_sketch_and_needs_no_key() -> None:
    assert isinstance(get_provider("sketch"), SketchProvider)
    assert get_provider("sketch").needs_key is False


def test_the_same_request_gives_the_same_bytes_from_any_instance() -> None:
    first = make("A man with two dogs before a red house.")
    time.sleep(0.01)
    assert make("A man with two dogs before a red house.").data == first.data


def test_another_seed_gives_another_picture() -> None:
    assert make("A man and a tree.", seed=1).data != make("A man and a tree.", seed=2).data


@pytest.mark.parametrize("size", [(64, 64), (64, 400), (400, 64), (333, 211)])
def test_any_shape_of_picture_can_be_drawn(size: tuple[int, int]) -> None:
    result = make("A house, three birds and a table with a cup on it.", width=size[0], height=size[1])
    assert decoded(result.data).size == size
    assert names(result.data) == ["bird", "bird", "bird", "cup", "house", "table"]


# What it knows


def test_it_knows_far_more_than_sixty_things() -> None:
    assert len({thing.name for thing in THINGS}) == len(THINGS) >= 150


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.name)
def test_each_thing_is_drawn_where_its_name_stands_in_a_text(thing: Any) -> None:
    drawn = make(f"The {thing.name}.", width=128, height=128)
    assert names(drawn.data) == [thing.name]
    empty = make("", width=128, height=128)
    assert not same_pixels(decoded(drawn.data), decoded(empty.data))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A puppy", ["dog"]),
        ("The carpenter", ["man"]),
        ("a hot air balloon", ["hot air balloon"]),
        ("a watering can", ["watering can"]),
        ("Wood glue", ["glue"]),
        ("the mice", ["mouse"] * 3),
        ("two knives", ["knife"] * 2),
        ("a pair of shelves", ["bookshelf"]),
        ("The wolves", ["fox"] * 3),
        ("children", ["boy"] * 3),
    ],
)
def test_synonyms_and_plurals_are_understood(text: str, expected: list[str]) -> None:
    assert names(make(text).data) == expected


@pytest.mark.parametrize(
    ("word", "many"),
    [
        ("box", "boxes"),
        ("berry", "berries"),
        ("key", "keys"),
        ("woman", "women"),
        ("pine tree", "pine trees"),
        ("leaf", "leaves"),
    ],
)
def test_plurals_are_english(word: str, many: str) -> None:
    assert plural(word) == many


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("three birds", 3),
        ("2 birds", 2),
        ("a dozen birds", 12),
        ("5000 birds", 12),
        ("a bird", 1),
        ("birds", 3),
        ("a couple of small birds", 2),
        ("no birds", 0),
        ("a sky without birds", 0),
    ],
)
def test_counts_are_respected_up_to_a_sensible_limit(text: str, count: int) -> None:
    assert names(make(text).data).count("bird") == count


@pytest.mark.parametrize("text", ["2 mm thick planks", "Step 2: planks"])
def test_a_measure_or_a_step_number_is_no_count(text: str) -> None:
    assert names(make(text).data) == ["plank", "plank"]
    assert names(make(text.replace("2", "9")).data) == ["plank", "plank"]


def test_a_colour_word_colours_the_next_thing_only() -> None:
    items = memory(make("A red door and a chair, then a small blue wooden-legged table.").data)["items"]
    assert {item["name"]: item["colour"] for item in items} == {"door": "red", "chair": "", "table": "blue"}


def test_a_coloured_thing_shows_its_colour() -> None:
    def reddish(data: bytes) -> int:
        red, green, blue = decoded(data).convert("RGB").split()
        redder = ImageChops.darker(ImageChops.subtract(red, green), ImageChops.subtract(red, blue))
        return sum(redder.histogram()[70:])

    assert reddish(make("a red car").data) > 4 * max(1, reddish(make("a green car").data))


def test_a_colour_may_follow_its_thing() -> None:
    assert memory(make("The door is green.").data)["items"][0]["colour"] == "green"


def test_who_wears_a_colour_keeps_it_to_herself_and_stands_at_the_table_and_not_on_it() -> None:
    girl, table = read("A girl in blue sits at a table.").mentions
    assert (girl.colour, girl.relation, table.colour) == ("blue", "beside", "")


# Where things go


def boxes(data: bytes) -> dict[str, Box]:
    return {item["name"]: tuple(item["box"]) for item in memory(data)["items"]}


def test_the_sun_is_up_and_the_dog_stands_on_the_ground() -> None:
    data = make("A dog in the sun beside a tree").data
    places, ground = boxes(data), memory(data)["horizon"]
    assert places["sun"][3] < ground < places["dog"][3]
    assert ground < places["tree"][3]


def test_small_things_stand_on_a_table_where_there_is_one() -> None:
    places = boxes(make("A cup, an apple. There is a table in the room.").data)
    for name in ("cup", "apple"):
        assert places["table"][0] <= (places[name][0] + places[name][2]) / 2 <= places["table"][2]
        assert places["table"][1] <= places[name][3] < places["table"][3]


def test_on_and_under_are_obeyed() -> None:
    places = boxes(make("A book lies on the chair. A cat sits under a table.").data)
    assert places["chair"][1] < places["book"][3] < places["chair"][3]
    middle = (places["cat"][0] + places["cat"][2]) / 2
    assert places["table"][0] < middle < places["table"][2]
    assert places["cat"][3] > places["table"][1]


def test_things_do_not_overlap_where_there_is_room() -> None:
    items = memory(make("A house, a dog, a cat, a tree, two men and the moon.", width=800, height=450).data)["items"]
    for index, one in enumerate(items):
        for other in items[index + 1 :]:
            (a, b, c, d), (e, f, g, h) = one["box"], other["box"]
            common = max(0, min(c, g) - max(a, e)) * max(0, min(d, h) - max(b, f))
            assert common <= 0.06 * min((c - a) * (d - b), (g - e) * (h - f)), (one, other)


@pytest.mark.parametrize(
    ("text", "backdrop"),
    [
        ("A dog in the garden", "meadow"),
        ("A sofa and a lamp", "room"),
        ("Screw the plank with a screwdriver", "bench"),
        ("A ship on the sea", "sea"),
        ("A rocket in space", "space"),
        ("A bus in the street", "street"),
        ("Justice and mercy", "studio"),
        ("A man with a hammer under the sun", "meadow"),
        ("An ice cream", "bench"),
    ],
)
def test_the_backdrop_follows_the_words(text: str, backdrop: str) -> None:
    assert memory(make(text).data)["backdrop"] == backdrop


# What it does not know


def labels(data: bytes) -> list[str]:
    return [word for item in memory(data)["items"] if item["name"] == "label" for word in item["words"]]


def test_unknown_things_are_labelled_beside_the_known() -> None:
    data = make("A dog finds the flugelhorn.").data
    assert labels(data) == ["flugelhorn"]
    assert "dog" in names(data)


def test_both_halves_of_an_unknown_name_are_shown() -> None:
    assert labels(make("Add the flange gasket to the box.").data) == ["flange", "gasket"]


def test_verbs_and_small_words_are_not_labelled() -> None:
    assert labels(make("A dog sleeps happily and barks under the tree").data) == []


def test_a_label_changes_the_picture_with_its_words() -> None:
    assert not same_pixels(decoded(make("a zorgon").data), decoded(make("a blifkin").data))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\x00\ud800",
        "🐕🏠✨",
        "כלב ליד הבית",
        "犬が家の前で眠っている",
        "собака и дом",
        "كلب",
        "?!…",
        "a" * 20_000,
        "1" * 5000,
    ],
    ids=["empty", "space", "broken", "emoji", "hebrew", "japanese", "russian", "arabic", "signs", "one word", "digits"],
)
def test_any_text_gives_a_picture(text: str) -> None:
    assert decoded(make(text, prompt="x").data).size == (256, 256)


def test_a_foreign_script_is_shown_as_it_is_written() -> None:
    assert "собака" in labels(make("собака и дом").data)


def test_twenty_thousand_characters_are_drawn_quickly_and_within_bounds() -> None:
    text = ("A red house, three dogs and the qwertz of a blorf under a tree. " * 400)[:20_000]
    start = time.perf_counter()
    data = make(text).data
    assert time.perf_counter() - start < 2
    assert names(data).count("dog") == 3


def test_a_text_that_names_everything_still_fits() -> None:
    data = make(", ".join(f"the {thing.name}" for thing in THINGS)).data
    assert 40 <= len(memory(data)["items"]) <= 80


# Looks


def test_every_look_differs_from_every_other() -> None:
    pictures = [make("A dog and a tree", look=slug).data for slug in (*LOOK_SLUGS, "unknown-one", "unknown-two")]
    assert len({hashlib.sha256(decoded(data).tobytes()).hexdigest() for data in pictures}) == 6


def test_the_four_looks_are_known_and_an_unknown_slug_keeps_its_own() -> None:
    assert set(LOOKS) == set(LOOK_SLUGS)
    assert find_look("noir") == find_look("noir") != find_look("pop")


def mean(data: bytes) -> tuple[float, ...]:
    pixel = decoded(data).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize("role", [ReferenceRole.STYLE, ReferenceRole.CONCEPT])
def test_a_style_picture_tints(role: ReferenceRole) -> None:
    blue = Reference(png("#2040d0"), "image/png", role)
    plain, tinted = mean(make("A dog").data), mean(make("A dog", references=(blue,)).data)
    assert tinted[2] - tinted[0] > plain[2] - plain[0] + 40


# Chains


CHAIN = (
    "An empty table in a room.",
    "A red cup is put on the table.",
    "A cat comes in.",
    "Another cup.",
    "A flugelhorn.",
)


@pytest.fixture(scope="module")
def chain() -> list[bytes]:
    pictures: list[bytes] = []
    for number, text in enumerate(CHAIN):
        references = (previous(pictures[-1]),) if pictures else ()
        pictures.append(make(*CHAIN[:number], text, references=references).data)
    return pictures


def pairs(chain: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return pairwise(chain)


def test_each_step_of_a_chain_adds_what_its_text_names(chain: list[bytes]) -> None:
    assert [names(data) for data in chain] == [
        ["table"],
        ["cup", "table"],
        ["cat", "cup", "table"],
        ["cat", "cup", "cup", "table"],
        ["cat", "cup", "cup", "label", "table"],
    ]


def test_a_step_changes_no_pixel_outside_the_boxes_it_says_it_drew(chain: list[bytes]) -> None:
    for before, after in pairs(chain):
        drawn = memory(after)["drawn"]
        assert drawn
        assert same_pixels(outside(decoded(before), drawn), outside(decoded(after), drawn))
        assert not same_pixels(decoded(before), decoded(after))
        assert sum((c - a) * (d - b) for a, b, c, d in drawn) < 0.4 * 256 * 256


def test_the_lineage_names_the_pictures_before_in_order(chain: list[bytes]) -> None:
    hashes = [hashlib.sha256(data).hexdigest() for data in chain]
    for number, data in enumerate(chain):
        assert memory(data)["lineage"] == hashes[:number]
        assert memory(data)["depth"] == number


def test_a_thing_already_there_is_not_drawn_twice() -> None:
    first = make("A dog and a house.").data
    second = make("The dog sleeps before the house.", references=(previous(first),)).data
    assert names(second) == ["dog", "house"]
    assert same_pixels(decoded(first), decoded(second))
    assert memory(second)["depth"] == 1


def test_a_larger_count_adds_the_missing_ones() -> None:
    first = make("Two dogs.").data
    assert names(make("Now there are five dogs.", references=(previous(first),)).data) == ["dog"] * 5
    assert names(make("Two more dogs.", references=(previous(first),)).data) == ["dog"] * 4


def test_another_colour_is_another_thing() -> None:
    first = make("A red ball.").data
    assert names(make("A blue ball.", references=(previous(first),)).data) == ["ball", "ball"]


def test_a_chain_goes_on_when_the_picture_is_full() -> None:
    data = make("A castle, a house, a barn, six trees and twelve men.").data
    for text in ("Nine dogs.", "A ship.", "Twelve cats.", "Ten chairs."):
        data = make(text, references=(previous(data),)).data
    assert names(data).count("chair") == 10
    for left, top, right, bottom in (item["box"] for item in memory(data)["items"]):
        assert 0 <= left < right <= 256
        assert 0 <= top < bottom <= 256


def test_a_previous_picture_of_another_size_is_resized_with_its_boxes() -> None:
    first = make("A tree.").data
    second = make("A dog.", references=(previous(first),), width=512, height=512).data
    old, new = memory(first)["items"][0]["box"], memory(second)["items"][0]["box"]
    assert new == [edge * 2 for edge in old]


def test_a_foreign_previous_picture_is_drawn_on() -> None:
    photo = png("#336699", (256, 256))
    data = make("A dog.", references=(previous(photo),)).data
    assert decoded(data).getpixel((2, 2)) == (0x33, 0x66, 0x99)
    assert memory(data)["lineage"] == [hashlib.sha256(photo).hexdigest()]
    assert names(data) == ["dog"]


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "LA", "1"])
def test_previous_pictures_of_any_mode_are_read(mode: str) -> None:
    colour: Any = {"L": 200, "RGBA": (9, 9, 9, 0), "P": 3, "LA": (9, 0), "1": 1}[mode]
    assert names(make("A dog.", references=(previous(png(colour, mode=mode)),)).data) == ["dog"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"size": [0, 0]}', '{"size": "ab", "items": 3}', "[" * 100_000]
)
def test_a_tampered_memory_counts_as_none(text: str) -> None:
    chunk = b"throughline\0\0\0\0\0" + text.encode()
    body = b"iTXt" + chunk
    whole = png(size=(256, 256))
    spoilt = whole[:33] + len(chunk).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big") + whole[33:]
    assert names(make("A dog.", references=(previous(spoilt),)).data) == ["dog"]


def test_a_cumulative_scene_shows_all_texts() -> None:
    data = make("An empty table.", "A red cup on the table.", "A cat.", "The sun shines on another cup.").data
    assert names(data) == ["cat", "cup", "cup", "sun", "table"]
    assert memory(data)["depth"] == 0


def test_a_cumulative_scene_of_very_many_things_keeps_the_newest() -> None:
    scene = [f"Three {plural(thing.name)}." for thing in THINGS if thing.name != "key"]
    shown = names(make(*scene, "A key.").data)
    assert "key" in shown
    assert len(shown) <= 64 + len(scene)


def test_without_a_scene_the_prompt_is_drawn() -> None:
    assert names(make(prompt="A dog").data) == ["dog"]


# Bad requests


@pytest.mark.parametrize(("width", "height"), [(63, 512), (512, 2049), (0, 0), (-5, 100)])
def test_sizes_outside_are_refused(width: int, height: int) -> None:
    with pytest.raises(InvalidRequest, match="64 to 2048"):
        make("A dog", width=width, height=height)


def huge_png() -> bytes:
    """A tiny file that says it is enormous."""
    header = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + zlib.crc32(header).to_bytes(4, "big") + png()[33:]


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize("role", list(ReferenceRole))
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no readable"),
        (b"hello", "no readable"),
        (make("A dog").data[:3000], "no readable"),
        (gif(), "no readable"),
        (huge_png(), "million pixels"),
    ],
    ids=["empty", "text", "truncated", "gif", "bomb"],
)
def test_a_bad_reference_is_an_invalid_request(data: bytes, words: str, role: ReferenceRole) -> None:
    with pytest.raises(InvalidRequest, match=words) as caught:
        make("A dog", references=(Reference(data, "image/png", role),))
    assert role.value in str(caught.value)


def test_a_fifth_reference_is_too_many() -> None:
    four = (Reference(png(), "image/png", ReferenceRole.STYLE),) * 4
    make("A dog", references=four)
    with pytest.raises(InvalidRequest, match="takes 4 pictures"):
        make("A dog", references=four + four[:1])


# Rehearsals


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"second": 1}, "Unknown option “second”.*seconds"),
        ({"seconds": True}, "“seconds” must be a number"),
        ({"seconds": "5"}, "“seconds” must be a number"),
        ({"seconds": -1}, "from 0 to 600"),
        ({"seconds": 601}, "from 0 to 600"),
        ({"seconds": float("nan")}, "from 0 to 600"),
        ({"photographic": 1}, "true or false"),
        ({"fail_words": "dog"}, "“fail_words” must be a list"),
        ({"refuse_words": [1]}, "“refuse_words” must be a list"),
        ({"timeout_words": [""]}, "“timeout_words” must be a list"),
        ({"no_picture_words": None}, "“no_picture_words” must be a list"),
        ({"fail_first": True}, "whole number"),
        ({"fail_first": 1.5}, "whole number"),
        ({"fail_first": -1}, "whole number"),
        ({"rate_limit": 5}, "“calls” and “window”"),
        ({"rate_limit": {"calls": 5}}, "“calls” and “window”"),
        ({"rate_limit": {"calls": 0, "window": 1}}, "rate_limit.calls"),
        ({"rate_limit": {"calls": 1, "window": 0}}, "rate_limit.window"),
        ({"rate_limit": {"calls": True, "window": 1}}, "rate_limit.calls"),
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        SketchProvider().check_options(options)
    with pytest.raises(InvalidRequest, match=words):
        make("A dog", options=options)


def test_good_options_pass_and_all_are_known() -> None:
    good = {
        "seconds": 1.5, "photographic": True, "fail_words": ["a"], "refuse_words": ("b",), "no_picture_words": [],
        "timeout_words": ["c"], "fail_first": 2, "rate_limit": {"calls": 9, "window": 60},
    }  # fmt: skip
    SketchProvider().check_options(good)
    assert set(good) == set(NAMES)


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("fail_words", Unavailable),
        ("refuse_words", Refused),
        ("no_picture_words", NoPicture),
        ("timeout_words", OutcomeUnknown),
    ],
)
def test_words_of_the_newest_text_bring_trouble(option: str, error: type[ProviderError]) -> None:
    options = {option: ["Dragon"]}
    with pytest.raises(error, match="dragon"):
        make("A cat.", "The DRAGON wakes.", options=options)
    assert make("The dragon sleeps.", "A cat.", options=options).data


def test_the_first_attempts_may_fail() -> None:
    for attempt in (1, 2):
        with pytest.raises(Unavailable, match=f"attempt {attempt}"):
            make("A dog", attempt=attempt, options={"fail_first": 2})
    assert make("A dog", attempt=3, options={"fail_first": 2}).data


def test_a_rate_limit_is_a_sliding_window_that_says_when_to_return() -> None:
    provider, options = SketchProvider(), {"rate_limit": {"calls": 2, "window": 0.5}}
    small: dict[str, Any] = {"provider": provider, "options": options, "width": 64, "height": 64}
    make("", **small)
    make("", **small)
    with pytest.raises(RateLimited) as caught:
        make("", **small)
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 0.5
    time.sleep(caught.value.retry_after + 0.01)
    assert make("", **small).data


def test_a_picture_takes_the_seconds_it_should_and_tells_of_progress() -> None:
    call = Call()
    start = time.perf_counter()
    make("A dog", call=call, options={"seconds": 0.4})
    assert 0.4 <= time.perf_counter() - start < 0.8
    assert len(call.told) >= 3
    assert call.told == sorted(call.told)
    assert all(0 <= done <= total == 100 for done, total in call.told)


def test_a_person_may_cancel_while_it_waits() -> None:
    start = time.perf_counter()
    with pytest.raises(Cancelled):
        make("A dog", call=Call(cancel_after=3), options={"seconds": 60})
    assert time.perf_counter() - start < 2


def test_no_call_outlasts_its_timeout() -> None:
    start = time.perf_counter()
    with pytest.raises(OutcomeUnknown, match=r"0\.3 seconds"):
        make("A dog", timeout=0.3, options={"seconds": 60})
    assert time.perf_counter() - start < 2


def test_photographic_pictures_weigh_what_photos_do_and_stay_repeatable() -> None:
    options = {"photographic": True}
    heavy = make("A dog", width=1024, height=1024, options=options).data
    assert 1_300_000 < len(heavy) < 2_300_000
    assert make("A dog", width=1024, height=1024, options=options).data == heavy
    assert len(make("A dog", width=1024, height=1024).data) < 300_000


def test_grain_keeps_the_pixels_of_the_picture_before() -> None:
    first = make("A tree", options={"photographic": True}).data
    second = make("A dog", references=(previous(first),), options={"photographic": True}).data
    drawn = memory(second)["drawn"]
    assert same_pixels(outside(decoded(first), drawn), outside(decoded(second), drawn))


def test_reading_links_things_by_their_relation() -> None:
    mention = read("the blue cup on the old table").mentions[0]
    assert (mention.relation, mention.other, mention.colour) == ("on", "table", "blue")
