"""Pages for authoring. The board of a project, `/projects/<pk>/`, belongs to whoever makes the pictures."""

from django.urls import path

from storyboards.views import characters, imports, pictures, projects, samples, saving, sharing, steps, trash

urlpatterns = [
    path("", projects.projects, name="projects"),
    path("pictures/", projects.singles, name="singles"),
    path("trash/", trash.trash, name="trash"),
    path("projects/<int:pk>/restore/", trash.project_restore, name="project_restore"),
    path("steps/<int:pk>/restore/", trash.step_restore, name="step_restore"),
    path("projects/new/", projects.project_new, name="project_new"),
    path("projects/<int:pk>/edit/", projects.project_edit, name="project_edit"),
    path("projects/<int:pk>/delete/", projects.project_delete, name="project_delete"),
    path("projects/<int:pk>/steps/new/", steps.step_add, name="step_add"),
    path("steps/<int:pk>/edit/", steps.step_edit, name="step_edit"),
    path("steps/<int:pk>/save/", saving.step_save, name="step_save"),
    path("steps/<int:pk>/split/", steps.step_split, name="step_split"),
    path("steps/<int:pk>/move/", steps.step_move, name="step_move"),
    path("steps/<int:pk>/duplicate/", steps.step_duplicate, name="step_duplicate"),
    path("steps/<int:pk>/delete/", steps.step_delete, name="step_delete"),
    path("import/", imports.import_new, name="import_new"),
    path("projects/<int:pk>/import/", imports.project_import, name="project_import"),
    path("samples/<slug:name>/", samples.sample_add, name="sample_add"),
    path("projects/<int:pk>/share/", sharing.share_links, name="share_links"),
    path("projects/<int:pk>/share/visibility/", sharing.share_visibility, name="share_visibility"),
    path("projects/<int:pk>/share/<int:link_pk>/revoke/", sharing.share_revoke, name="share_revoke"),
    path("s/<str:token>/", sharing.share_open, name="share_open"),
    path("projects/<int:pk>/concept/", pictures.concept_picture, name="concept_picture"),
    path("projects/<int:pk>/concept/small/", pictures.concept_thumbnail, name="concept_thumbnail"),
    path("projects/<int:pk>/characters/", characters.characters, name="characters"),
    path("characters/<int:pk>/edit/", characters.character_edit, name="character_edit"),
    path("characters/<int:pk>/delete/", characters.character_delete, name="character_delete"),
    path("characters/<int:pk>/sheet/", characters.character_sheet, name="character_sheet"),
    path("characters/<int:pk>/sheet/small/", characters.character_thumbnail, name="character_thumbnail"),
    path("styles/<slug:slug>/reference/", pictures.style_reference, name="style_reference"),
]
