"""The board and everything that shows what is being made."""

from django.urls import path, re_path

from generation import views

urlpatterns = [
    path("projects/<int:pk>/", views.board, name="board"),
    path("projects/<int:pk>/changes/", views.board_changes, name="board_changes"),
    path("projects/<int:pk>/prompts/", views.prompts, name="prompts"),
    path("projects/<int:pk>/start/", views.run_start, name="run_start"),
    path("projects/<int:pk>/exports/", views.exports, name="exports"),
    path("exports/<int:pk>/file/", views.export_file, name="export_file"),
    path("runs/<int:pk>/repair/", views.run_repair, name="run_repair"),
    path("runs/<int:pk>/<slug:verb>/", views.run_verb, name="run_verb"),
    path("frames/<int:pk>/", views.frame, name="frame"),
    path("frames/<int:pk>/upload/", views.frame_upload, name="frame_upload"),
    path("frames/<int:pk>/<slug:verb>/", views.frame_verb, name="frame_verb"),
    # before the verbs, for a variant would pass for one
    re_path(r"^takes/(?P<pk>\d{1,18})/(?P<variant>original|display|thumbnail)/$", views.picture, name="picture"),
    path("takes/<int:pk>/explain/", views.explain, name="explain"),
    path("takes/<int:pk>/<slug:verb>/", views.take_verb, name="take_verb"),
    path("queue/", views.queue, name="queue"),
    path("engines/", views.engines, name="engines"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("operations/", views.operations, name="operations"),
    path("operations/pause/", views.switch_throw, name="switch_throw"),
    path("operations/allow/", views.switch_release, name="switch_release"),
]
