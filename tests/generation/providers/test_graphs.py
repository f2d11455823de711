"""Graphs: FLUX from options, a workflow of one's own, and whether a server can run them."""

import copy
import itertools
import json
from typing import Any

import pytest

from generation.errors import InvalidRequest
from generation.providers import graphs
from generation.providers.base import ImageRequest, Reference, ReferenceRole
from generation.providers.graphs import filling, flux, objects
from generation.providers.graphs.values import Graph, Wanted
from tests.simulator.comfyui_nodes import object_info

STACK = [
    {"file": "FILM-V3-FLUX.safetensors", "role": "cinematic", "weight": 0.6},
    {"file": "people/anna.safetensors", "role": "character", "weight": 1.0},
    {"file": "ink.safetensors", "role": "style", "weight": 0.8},
    {"file": "people/ben.safetensors", "role": "character", "weight": 1.2},
]
PICTURE = Wanted("a red kite", 1360, 768, 7)
WORKFLOW: dict[str, Any] = {
    "graph": {
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "old words", "clip": ["2", 0]}},
        "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 1}},
        "27": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 4}},
        "28": {"class_type": "ModelSamplingFlux", "inputs": {"width": 64, "height": 64}},
        "40": {"class_type": "LoadImage", "inputs": {"image": "stale.png"}},
        "41": {"class_type": "LoadImage", "inputs": {"image": "stale.png"}},
        "17": {"class_type": "BasicScheduler", "inputs": {"steps": 20, "denoise": 1.0}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    },
    "places": {
        "prompt": ["6", "text"],
        "seed": ["25", "noise_seed"],
        "width": [["27", "width"], ["28", "width"]],
        "height": [["27", "height"], ["28", "height"]],
        "batch": ["27", "batch_size"],
        "steps": ["17", "steps"],
        "reference_1": ["40", "image"],
        "reference_2": ["41", "image"],
        "output": "9",
    },
}


def nodes(graph: Graph, class_type: str) -> list[dict[str, Any]]:
    return [node["inputs"] for node in graph.values() if node["class_type"] == class_type]


def node(graph: Graph, class_type: str) -> dict[str, Any]:
    (only,) = nodes(graph, class_type)
    return only


def source(graph: Graph, link: list[Any]) -> dict[str, Any]:
    return graph[link[0]]


def workflow(**changes: Any) -> dict[str, Any]:
    changed = copy.deepcopy(WORKFLOW)
    changed["places"].update(changes)
    return {"workflow": changed}


class TestFlux:
    def test_without_options_it_is_the_graph_of_the_house(self) -> None:
        graph = graphs.build({}, PICTURE)
        assert node(graph, "UNETLoader")["unet_name"] == "flux1-dev-fp8.safetensors"
        assert node(graph, "DualCLIPLoader")["type"] == "flux"
        assert node(graph, "FluxGuidance")["guidance"] == 3.5
        assert node(graph, "KSamplerSelect")["sampler_name"] == "euler"
        assert {"scheduler": "simple", "steps": 20, "denoise": 1.0}.items() <= node(graph, "BasicScheduler").items()
        assert node(graph, "EmptySD3LatentImage") == {"width": 1360, "height": 768, "batch_size": 1}
        assert node(graph, "RandomNoise") == {"noise_seed": 7}
        assert node(graph, "CLIPTextEncode")["text"] == "a red kite"
        assert not nodes(graph, "TeaCache")
        assert not nodes(graph, "LoraLoader")

    @pytest.mark.parametrize("lora_nodes", ["chain", "easy"])
    @pytest.mark.parametrize("from_picture", ["img2img", "kontext"])
    @pytest.mark.parametrize("pictures", [(), ("a.png",)])
    def test_a_server_with_the_nodes_can_run_every_kind(
        self, lora_nodes: str, from_picture: str, pictures: tuple[str, ...]
    ) -> None:
        options = {"loras": STACK, "lora_nodes": lora_nodes, "from_picture": from_picture, "teacache": True}
        graph = graphs.build(options, Wanted("a kite", 512, 512, 0, pictures))
        assert objects.problems(graph, object_info()) == []
        assert json.loads(json.dumps(graph)) == graph

    def test_loras_go_from_style_to_characters_to_cinematic_each_fed_by_the_one_before(self) -> None:
        graph = graphs.build({"loras": STACK}, PICTURE)
        loaders = nodes(graph, "LoraLoader")
        assert [loader["lora_name"] for loader in loaders] == [
            "ink.safetensors", "people/anna.safetensors", "people/ben.safetensors", "FILM-V3-FLUX.safetensors",
        ]  # fmt: skip
        assert source(graph, loaders[0]["model"])["class_type"] == "UNETLoader"
        assert source(graph, loaders[0]["clip"])["class_type"] == "DualCLIPLoader"
        for before, after in itertools.pairwise(loaders):
            assert source(graph, after["model"])["inputs"] is before
            assert after["clip"] == [after["model"][0], 1]
        assert source(graph, node(graph, "CLIPTextEncode")["clip"])["inputs"] is loaders[-1]
        assert source(graph, node(graph, "ModelSamplingFlux")["model"])["inputs"] is loaders[-1]

    @pytest.mark.parametrize(
        ("characters", "character", "cinematic"),
        [(0, None, 1.0), (1, 0.85, 0.95), (2, 0.75, 0.85), (3, 0.65, 0.75), (5, 0.65, 0.75)],
    )
    def test_each_character_takes_strength_from_the_others(
        self, characters: int, character: float | None, cinematic: float
    ) -> None:
        loras = [{"file": f"{n}.safetensors", "role": "character", "weight": 2.0} for n in range(characters)]
        loras += [{"file": "film.safetensors", "role": "cinematic", "weight": 2.0}, {"file": "style.safetensors"}]
        strengths = {role: strength for _, role, strength in flux.lora_strengths(loras)}
        assert strengths["style"] == 1.0
        assert strengths["cinematic"] == pytest.approx(2 * cinematic)
        assert strengths.get("character") == (character and pytest.approx(2 * character))

    def test_strengths_reach_model_and_text(self) -> None:
        loader = nodes(graphs.build({"loras": STACK}, PICTURE), "LoraLoader")[2]
        assert (loader["strength_model"], loader["strength_clip"]) == (0.9, 0.9)

    def test_ten_loras_are_a_stack_and_eleven_are_an_error(self) -> None:
        ten = [{"file": f"{n}.safetensors"} for n in range(10)]
        assert len(nodes(graphs.build({"loras": ten}, PICTURE), "LoraLoader")) == 10
        with pytest.raises(InvalidRequest, match="10 LoRAs at most, not 11"):
            graphs.build({"loras": [*ten, {"file": "more.safetensors"}]}, PICTURE)

    def test_the_easy_stack_sends_the_slots_in_use_only(self) -> None:
        graph = graphs.build({"loras": STACK, "lora_nodes": "easy"}, PICTURE)
        stack = node(graph, "easy loraStack")
        assert stack["num_loras"] == 4
        assert stack["lora_4_name"] == "FILM-V3-FLUX.safetensors"
        assert "lora_5_name" not in stack
        assert not nodes(graph, "LoraLoader")

    def test_teacache_stands_between_loras_and_sampling(self) -> None:
        graph = graphs.build({"loras": STACK, "teacache": 0.3}, PICTURE)
        cache = node(graph, "TeaCache")
        assert cache["rel_l1_thresh"] == 0.3
        assert source(graph, cache["model"])["class_type"] == "LoraLoader"
        assert source(graph, node(graph, "ModelSamplingFlux")["model"])["inputs"] is cache

    def test_a_picture_is_painted_over_at_the_wanted_size(self) -> None:
        graph = graphs.build({"denoise": 0.5}, Wanted("a kite", 1024, 512, 0, ("before.png",)))
        encoded = source(graph, node(graph, "SamplerCustomAdvanced")["latent_image"])
        scaled = source(graph, encoded["inputs"]["pixels"])["inputs"]
        assert (scaled["width"], scaled["height"]) == (1024, 512)
        assert source(graph, scaled["image"])["inputs"] == {"image": "before.png"}
        assert node(graph, "BasicScheduler")["denoise"] == 0.5
        assert not nodes(graph, "EmptySD3LatentImage")

    def test_what_is_transparent_in_a_mask_may_change(self) -> None:
        graph = graphs.build({}, Wanted("a kite", 512, 512, 0, ("before.png",), mask="mask.png"))
        masked = source(graph, node(graph, "SamplerCustomAdvanced")["latent_image"])
        assert masked["class_type"] == "SetLatentNoiseMask"
        assert source(graph, masked["inputs"]["mask"])["inputs"] == {"image": "mask.png"}
        assert masked["inputs"]["mask"][1] == 1

    def test_kontext_sees_several_pictures_and_keeps_the_wanted_size(self) -> None:
        graph = graphs.build({"from_picture": "kontext"}, Wanted("a kite", 1024, 512, 0, ("a.png", "b.png")))
        first, last = nodes(graph, "ReferenceLatent")
        assert source(graph, last["conditioning"])["inputs"] is first
        assert source(graph, node(graph, "FluxGuidance")["conditioning"])["inputs"] is last
        assert [loaded["image"] for loaded in nodes(graph, "LoadImage")] == ["a.png", "b.png"]
        assert node(graph, "EmptySD3LatentImage")["width"] == 1024
        assert node(graph, "BasicScheduler")["denoise"] == 1.0

    def test_a_model_that_is_a_file_is_that_file(self) -> None:
        named = Wanted("a kite", 512, 512, 0, model="other.safetensors")
        assert node(graphs.build({}, named), "UNETLoader")["unet_name"] == "other.safetensors"
        assert node(graphs.build({"model_file": "mine.sft"}, named), "UNETLoader")["unet_name"] == "mine.sft"

    def test_staff_can_look_at_the_graph(self) -> None:
        assert node(flux.preview({"steps": 4}, 512, 256), "BasicScheduler")["steps"] == 4

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"steps": 0}, "“steps” must be a whole number from 1 to 150"),
            ({"steps": True}, "“steps”"),
            ({"guidance": "3.5"}, "“guidance” must be a number"),
            ({"denoise": 1.5}, "“denoise”"),
            ({"from_picture": "pose"}, "img2img, kontext"),
            ({"lora_nodes": "stack"}, "chain, easy"),
            ({"teacache": "yes"}, "“teacache”"),
            ({"sampler": ""}, "“sampler” must be a name"),
            ({"model_file": "../secret"}, "below the server's model folder"),
            ({"loras": "ink.safetensors"}, "“loras” must be a list"),
            ({"loras": [{"file": "a", "weight": 2.1}]}, "from 0 to 2"),
            ({"loras": [{"file": "a", "weight": -0.1}]}, "from 0 to 2"),
            ({"loras": [{"file": "a", "role": "hero"}]}, "style, character, cinematic"),
            ({"loras": [{"file": "a", "url": "http://lora.example/a"}]}, "https://"),
            ({"loras": [{"weight": 1.0}]}, "file"),
            ({"loras": [{"file": "a", "strength": 1}]}, "unknown fields: strength"),
            ({"stepps": 4}, "Unknown option “stepps”"),
        ],
    )
    def test_options_that_make_no_sense_are_told_in_words(self, options: dict[str, object], words: str) -> None:
        with pytest.raises(InvalidRequest) as caught:
            graphs.check_options(options)
        assert words in str(caught.value)

    @pytest.mark.parametrize("size", [(1361, 768), (100, 64), (48, 64), (4096, 64), (0, 0)])
    def test_sizes_that_would_come_back_otherwise_are_refused(self, size: tuple[int, int]) -> None:
        with pytest.raises(InvalidRequest, match="multiple of 16"):
            graphs.build({}, Wanted("a kite", *size, 0))

    @pytest.mark.parametrize("seed", [-1, 2**64])
    def test_a_seed_must_have_been_drawn(self, seed: int) -> None:
        with pytest.raises(InvalidRequest, match="seed"):
            graphs.build({}, Wanted("a kite", 512, 512, seed))

    def test_more_pictures_than_it_takes_are_not_dropped(self) -> None:
        with pytest.raises(InvalidRequest, match="takes 1 pictures at most, not 2"):
            graphs.build({}, Wanted("a kite", 512, 512, 0, ("a.png", "b.png")))


class TestOwnWorkflow:
    def test_places_are_filled_and_the_original_stays(self) -> None:
        options = workflow() | {"steps": 8}
        filled = graphs.build(options, Wanted("new words", 512, 256, 9, ("a.png", "b.png")))
        assert filled["6"]["inputs"] == {"text": "new words", "clip": ["2", 0]}
        assert filled["25"]["inputs"] == {"noise_seed": 9}
        assert filled["27"]["inputs"] == {"width": 512, "height": 256, "batch_size": 1}
        assert filled["28"]["inputs"] == {"width": 512, "height": 256}
        assert filled["17"]["inputs"] == {"steps": 8, "denoise": 1.0}
        assert (filled["40"]["inputs"]["image"], filled["41"]["inputs"]["image"]) == ("a.png", "b.png")
        assert options["workflow"] == WORKFLOW

    def test_what_the_engine_does_not_say_stays_as_exported(self) -> None:
        assert graphs.build(workflow(), Wanted("x", 512, 512, 0, ("a.png",)))["17"]["inputs"]["steps"] == 20

    def test_the_last_picture_fills_the_places_left_over(self) -> None:
        filled = graphs.build(workflow(), Wanted("x", 512, 512, 0, ("a.png",)))
        assert filled["41"]["inputs"]["image"] == "a.png"

    def test_it_can_take_as_many_pictures_as_it_has_places(self) -> None:
        assert graphs.abilities(workflow()).max_references == 2
        assert graphs.output_node(workflow()) == "9"

    @pytest.mark.parametrize(
        ("pictures", "mask", "words"),
        [((), "", "starts from a picture"), (("a", "b", "c"), "", "takes 2 pictures, not 3"), (("a",), "m", "mask")],
    )
    def test_pictures_that_do_not_fit_are_told(self, pictures: tuple[str, ...], mask: str, words: str) -> None:
        with pytest.raises(InvalidRequest, match=words):
            graphs.build(workflow(), Wanted("x", 512, 512, 0, pictures, mask))

    @pytest.mark.parametrize(
        ("graph", "places", "words"),
        [
            ({"nodes": [], "links": [], "version": 0.4}, {}, "Export (API)"),
            ([], {}, "must be a JSON object"),
            ({}, {}, "is empty"),
            ({"1": {"inputs": {}}}, {}, "has no class_type"),
            ({"1": {"class_type": "X"}}, {}, "has no inputs"),
            (WORKFLOW["graph"], {}, "no place for the prompt"),
            (WORKFLOW["graph"], {"prompt": ["66", "text"]}, "node 66, which the workflow does not have"),
            (WORKFLOW["graph"], {"prompt": ["6", "words"]}, "has no such input"),
            (WORKFLOW["graph"], {"prompt": "6.text"}, "must be a node and an input"),
            (WORKFLOW["graph"], {"prompt": ["6", "text"], "sed": ["25", "noise_seed"]}, "Unknown place “sed”"),
            (WORKFLOW["graph"], {"prompt": ["6", "text"], "output": "99"}, "node 99"),
            (WORKFLOW["graph"], {"prompt": ["6", "text"], "reference_2": ["40", "image"]}, "without a gap"),
        ],
    )
    def test_what_is_wrong_with_a_workflow_is_told_in_words(self, graph: object, places: object, words: str) -> None:
        with pytest.raises(InvalidRequest) as caught:
            filling.check_workflow(graph, places)
        assert words in str(caught.value)

    def test_numbers_will_do_as_node_ids(self) -> None:
        filling.check_workflow(WORKFLOW["graph"], {"prompt": [6, "text"], "output": [9, 0]})

    def test_loras_cannot_be_added_to_it(self) -> None:
        options = workflow() | {"loras": STACK}
        for check in (graphs.check_options, lambda options: graphs.build(options, PICTURE)):
            with pytest.raises(InvalidRequest, match="load them in the workflow itself"):
                check(options)
        graphs.check_options(workflow() | {"loras": []})


class TestObjects:
    def test_what_the_server_lacks_is_told_node_by_node(self) -> None:
        options = {"loras": [{"file": "nope.safetensors"}], "sampler": "magic", "model_file": "none.safetensors"}
        found = objects.problems(graphs.build(options, PICTURE), object_info())
        assert len(found) == 3
        assert any("(LoraLoader): lora_name “nope.safetensors” is not on the server" in problem for problem in found)
        assert any("(KSamplerSelect): sampler_name “magic”" in problem for problem in found), "the newer encoding"

    def test_unknown_nodes_missing_inputs_numbers_and_links(self) -> None:
        graph: Graph = {
            "1": {"class_type": "NoSuchNode", "inputs": {}},
            "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": -1}},
            "3": {"class_type": "EmptySD3LatentImage", "inputs": {"width": "64", "height": 99999}},
            "4": {"class_type": "VAEDecode", "inputs": {"samples": ["77", 0], "vae": ["1", 0]}},
        }
        assert objects.problems(graph, object_info()) == [
            "Node 1 (NoSuchNode): the server has no such node. Is the custom node installed there?",
            "Node 2 (RandomNoise): noise_seed -1 is less than the 0 that the server allows.",
            "Node 3 (EmptySD3LatentImage): the input “batch_size” is missing.",
            "Node 3 (EmptySD3LatentImage): height 99999 is more than the 16384 that the server allows.",
            "Node 4 (VAEDecode): “samples” comes from node 77, which the workflow does not have.",
            "No node saves a picture: the workflow needs SaveImage or the like.",
        ]

    def test_files_to_be_uploaded_are_not_looked_for(self) -> None:
        graph: Graph = {"1": {"class_type": "LoadImage", "inputs": {"image": "call-1-1.png"}}}
        assert [problem for problem in objects.problems(graph, object_info()) if "call-1" in problem] == []


def test_references_are_named_by_place_and_masks_apart() -> None:
    roles = (ReferenceRole.PREVIOUS, ReferenceRole.MASK)
    request = ImageRequest(
        prompt="p", scene=(), look="", width=512, height=512, seed=1, model="", timeout=1,
        references=tuple(Reference(b"x", "image/webp", role) for role in roles),
    )  # fmt: skip
    wanted = graphs.wanted(request, {0: "sub/a (1).png", 1: "m.png"})
    assert (wanted.pictures, wanted.mask) == (("sub/a (1).png",), "m.png")
    assert graphs.file_name("call-7", 0, "image/webp") == "call-7-1.webp"
