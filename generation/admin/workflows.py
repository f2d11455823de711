"""Workflows of one's own: uploaded or pasted, with named places for what a request brings."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypedDict

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django_stubs_ext import WithAnnotations

from generation.admin import previews
from generation.errors import InvalidRequest
from generation.models import Engine, Workflow
from generation.providers.graphs.filling import check_graph, check_workflow
from generation.providers.graphs.guessing import guess
from generation.providers.graphs.values import is_link
from storyboards.admin.parts import EMPTY, count_of, list_link

LARGEST = 1024 * 1024
"""Bytes of a file: the largest workflows of people have a tenth of that."""
PLACES = (
    "prompt, seed, width, height (from each request); steps, guidance, denoise (from the engine's options); "
    "reference_1, reference_2 … and mask (pictures); batch; output (the node whose picture counts). A place is a node "
    'and an input, ["6", "text"], or several: [["3", "seed"], ["9", "seed"]]. Left empty they are guessed.'
)


def read_json(text: str) -> Any:
    """Raises ValidationError for what no database could store either."""
    try:
        return json.loads(text, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:
        raise ValidationError("This is not JSON that can be read.") from error


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


class PastedField(forms.JSONField):
    """Shown with line ends; nested a thousand levels deep, too, JSON is an error and not a crash."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, indent=1, ensure_ascii=False)

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            read_json(value)
        return super().to_python(value)


class WorkflowForm(forms.ModelForm[Workflow]):
    upload = forms.FileField(
        label="File",
        required=False,
        help_text="As ComfyUI's “Workflow → Export (API)” saves it. It takes the place of the graph below.",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    class Meta:
        model = Workflow
        fields = ["title", "graph", "places", "note"]
        field_classes = {"graph": PastedField, "places": PastedField}
        help_texts = {"places": PLACES}
        widgets = {
            "graph": forms.Textarea(attrs={"rows": 20, "cols": 100, "class": "template"}),
            "places": forms.Textarea(attrs={"rows": 10, "cols": 100, "class": "template"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("graph", "places"):
            if name in self.fields:  # those who may only look have none
                self.fields[name].required = False

    def clean_upload(self) -> Any:
        file = self.cleaned_data.get("upload")
        if file is None:
            return None
        if file.size > LARGEST:
            raise ValidationError(f"The file is too large for a workflow: {LARGEST // 1024} KiB at most.")
        try:
            return read_json(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ValidationError("This is not a text in UTF-8.") from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        graph = cleaned.get("upload") or cleaned.get("graph")
        if not graph:
            raise ValidationError({"upload": "Choose a file, or paste the graph below."})
        try:
            cleaned["places"] = cleaned.get("places") or guess(dict(check_graph(graph)))
            check_workflow(graph, cleaned["places"])
        except InvalidRequest as error:
            raise ValidationError(str(error)) from error
        cleaned["graph"] = graph
        return cleaned


class CheckForm(forms.Form):
    engine = forms.ModelChoiceField(
        Engine.objects.filter(provider="comfyui", enabled=True), label="On the server of", empty_label=None
    )


class Used(TypedDict):
    engine_count: int


@admin.register(Workflow)
class WorkflowAdmin(admin.ModelAdmin[Workflow]):
    form = WorkflowForm
    change_form_template = "admin/generation/workflow.html"
    list_display = ["title", "size", "named", "engine_count", "note"]
    search_fields = ["title", "note"]
    readonly_fields = ["inputs"]

    def get_fieldsets(self, request: HttpRequest, obj: Workflow | None = None) -> Any:
        editable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        upload = ["upload"] if editable else []
        shown = [("What can be a place", {"fields": ["inputs"], "classes": ["collapse"]})] if obj else []
        return [
            (None, {"fields": ["title", "note"]}),
            ("Graph", {"fields": [*upload, "graph"]}),
            ("Places", {"fields": ["places"]}),
            *shown,
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        engines = count_of(Engine.objects.all(), "workflow")
        return super().get_queryset(request).annotate(engine_count=engines)

    # --- checking on a server ----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(self.check_on_server)
        return [path("<int:pk>/check/", check, name="generation_workflow_check"), *super().get_urls()]

    def check_on_server(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Whether a server has the nodes and files that it needs. By POST the server is asked; it makes nothing."""
        workflow = get_object_or_404(Workflow, pk=pk)
        if not self.has_view_permission(request, workflow):
            raise PermissionDenied
        form = CheckForm(request.POST or None)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Can a server run “{workflow}”?",
            "opts": self.opts,
            "original": workflow,
            "form": form,
            "asked": form.is_valid(),
        }
        if form.is_valid():
            context["problems"] = previews.ask_server(form.cleaned_data["engine"], workflow.graph)
        return TemplateResponse(request, "admin/generation/check.html", context)

    # --- cells -------------------------------------------------------------------------------------------------------

    @admin.display(description="nodes")
    def size(self, workflow: Workflow) -> int:
        return len(workflow.graph)

    @admin.display(description="places")
    def named(self, workflow: Workflow) -> str:
        return ", ".join(workflow.places) or EMPTY

    @admin.display(description="engines", ordering="engine_count")
    def engine_count(self, workflow: WithAnnotations[Workflow, Used]) -> str:
        return list_link(Engine, str(workflow.engine_count), workflow__id__exact=workflow.pk)

    @admin.display(description="nodes and their inputs")
    def inputs(self, workflow: Workflow) -> str:
        """Those with a value of their own: what comes from another node cannot be filled."""
        rows = [(node_id, _title(node), ", ".join(_values(node))) for node_id, node in workflow.graph.items()]
        return format_html(
            "<table><thead><tr><th>Node</th><th>Kind</th><th>Inputs</th></tr></thead><tbody>{}</tbody></table>",
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", (row for row in rows if row[2])),
        )


def _title(node: dict[str, Any]) -> str:
    title = (node.get("_meta") or {}).get("title", "")
    return f"{node['class_type']} ({title})" if title and title != node["class_type"] else str(node["class_type"])


def _values(node: dict[str, Any]) -> list[str]:
    return [f"{name} = {value!s:.60}" for name, value in node["inputs"].items() if not is_link(value)]
