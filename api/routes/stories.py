"""Stories: a report with the copies that other sources made of it."""

from fastapi import APIRouter

from api.deps import StoreDep
from api.errors import Problem, documented
from api.params import ItemId
from api.reading import read_story
from api.schemas import StoryOut

router = APIRouter(tags=["items"])


@router.get("/stories/{story_id:int}", summary="One story", responses=documented(_404="There is no such story"))
def get_one(story_id: ItemId, store: StoreDep) -> StoryOut:
    """The lead, its copies by source and language, and the agency that they came from."""
    story = read_story(store, story_id)
    if story is None:
        raise Problem(404, f"there is no story {story_id}")
    return story
