"""Signing in to the page where the API asks for its key."""

import time

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import COOKIE
from api.deps import KeyringDep, SettingsDep
from api.errors import Problem
from api.keyring import SESSION_SECONDS

router = APIRouter(tags=["operation"])


class KeyIn(BaseModel):
    """A key: the operator's, or one made with `ceasewire keys make`."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=500)


@router.post("/session", status_code=204, summary="Trade the key for a session cookie")
def sign_in(body: KeyIn, keyring: KeyringDep, settings: SettingsDep, response: Response) -> None:
    """The cookie holds for a week, is out of reach of scripts, and is never sent from another site's page."""
    caller = keyring.caller(body.key, time.time())
    if caller is None:
        raise Problem(403, "this is not a key")
    value = keyring.make_session(caller, time.time())
    secure = settings.public_url.startswith("https://")
    response.set_cookie(COOKIE, value, max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=secure)


@router.delete("/session", status_code=204, summary="Forget the session cookie")
def sign_out(response: Response) -> None:
    """The browser drops the cookie."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
