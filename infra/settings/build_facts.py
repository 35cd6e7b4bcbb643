"""From the builds of a stack file, as far as they can be read, to the plain facts that rules are about."""

from __future__ import annotations

from infra.settings.view import View, each
from rules.builds import BuildFacts
from rules.given import Absent


def builds(views: tuple[View, ...] | Absent | None) -> tuple[BuildFacts, ...]:
    """Every build that is there."""
    return tuple(_build(view) for view in each(views))


def _build(view: View) -> BuildFacts:
    context, credentials = view.child("context"), view.child("credentials")
    source = context if isinstance(context, View) else None
    return BuildFacts(
        path=view.path,
        name=view.written("name"),
        node_pool=view.text("nodePool"),
        trust=view.text("trust"),
        dockerfile=view.text("dockerfile"),
        context=source.text("kind") if source else None,
        url=source.text("url") if source else None,
        subfolder=source.text_or_absent("subfolder") if source else None,
        files=source.text_mapping("files") if source else None,
        args=view.text_mapping("args") or {},
        tags=view.texts("tags"),
        push=view.flag("push"),
        credentials=credentials.text("kind") if isinstance(credentials, View) else credentials,
        server=credentials.text("server") if isinstance(credentials, View) else None,
    )
