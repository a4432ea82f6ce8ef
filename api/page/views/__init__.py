"""The page's addresses, a module for each view; each renders a template over the same answers that the API gives."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api.page.render import HERE, render_error
from api.page.views import items, model, now, sides, sources, subscriptions, timeline

__all__ = ["mount_page"]


def mount_page(app: FastAPI) -> None:
    """Add the page, its static files and its way of showing errors to the application."""
    for view in (now, items, timeline, sides, sources, subscriptions, model):
        app.include_router(view.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.state.render_error = render_error
