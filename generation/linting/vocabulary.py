"""Words that the linter looks for in people's texts: of cameras, light, places and time. English ones."""

import re
from collections.abc import Mapping


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


CAMERA: Mapping[str, Mapping[str, str]] = {
    "framing": {
        "wide": r"(extreme(ly)? )?(wide|long|full)[ -](shot|angle|view)|establishing shot|panorama|panoramic",
        "medium": r"(medium|mid)[ -](shot|view)",
        "close": r"(extreme )?close[ -]?ups?|close shot|macro( shot)?",
    },
    "angle": {
        "above": r"from above|bird['’]?s[- ]eye( view)?|top[- ]down|top view|high[- ]angle|overhead( shot| view)?",
        "below": r"from below|worm['’]?s[- ]eye( view)?|low[- ]angle",
        "eye level": r"(at )?eye[- ]level",
    },
    "side": {
        "front": r"from the front|front view|frontal view",
        "side": r"from the side|side view|in profile",
        "back": r"from behind|from the back|back view|over[- ]the[- ]shoulder",
    },
}
"""By what a camera is told of: by value, how texts say it. Two values of one kind exclude each other."""
LIGHT: Mapping[str, Mapping[str, str]] = {
    "light": {
        "night": r"(by|at) night|night[- ]?time|midnight|moonlight|moonlit|starlight|(dark|starry) night",
        "day": r"daylight|by day|day[- ]?time|broad day|sunlight|sunlit|sunny|(at|bright) noon|midday",
        "dusk": r"sunset|dusk|twilight|golden hour|evening (light|sun|sky)",
        "dawn": r"sunrise|dawn|morning (light|sun|sky)|first light",
    },
}
TIME_CUES = (
    r"meanwhile|elsewhere|at the same time|(\w+ )?(much|time|years?|months?|weeks?|days?|hours?|minutes?) later"
    r"|(the )?next (day|morning|evening|night)|(the )?following (day|morning|evening|night)|later( that \w+)?"
)
PLACES = _set(
    """
    airport alley attic bakery balcony bar barn basement bathroom beach bedroom bridge cabin cafe café castle
    cathedral cave cellar cemetery church city classroom cliff cockpit compartment corridor cottage court courtyard
    desert factory farm field forest garage garden greenhouse hall hallway harbour harbor hospital hotel island jail
    jungle kitchen laboratory lab library lighthouse market meadow mountain museum office palace park pier platform
    playground prison restaurant roof room school shed shop shore square stable stadium stage station store street
    studio supermarket temple theatre theater tower tunnel university village workshop zoo
    """
)
MARKERS = r"(later|soon|afterwards|eventually|will|about to|ready for|in the end)"
"""Words after which people tell what has not happened yet."""
ADDING = _set(
    """
    add attach bring draw fasten fit fix glue hang insert install mount nail paint plant pour screw sew stick
    """
)
"""Commands that bring something new into the picture."""
INTRODUCING = _set(
    """
    a an another one two three four five six seven eight nine ten some several many few
    """
)

GIVEN = _set("sun moon sky sea ground floor wall window door rain air wind world light night day way street road")
"""What anybody may speak of without having been told of it."""
SUBJECTS = _set(
    """
    he she it they we i you this that these those who
    """
)
OBJECTS = _set(
    """
    it them him her this that these those us me you
    """
)
PRONOUNS = (
    SUBJECTS
    | OBJECTS
    | _set(
        """
    his hers its their theirs our ours my mine your yours itself
    """
    )
)
EMPTY = (
    PRONOUNS
    | INTRODUCING
    | _set(
        """
    the and or but then so as if than of in on at to into onto from by with without for over under up down out off
    away back there here again now still just only also too very more most all both each every other same between
    behind before after above below through around about against along across near next beside inside outside is are
    was were be been being has have had do does did will would shall should can could may might must not no yes
    please first second last half in two once twice later soon let s thing things something anything everything
    """
    )
)
"""Words that show nothing by themselves."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def words_of(text: str) -> list[str]:
    """In small letters and in order."""
    return [word.casefold() for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """So that “ropes” and “rope” are one; roughly, for comparing alone."""
    for ending, least in (("'s", 3), ("’s", 3), ("ies", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word
