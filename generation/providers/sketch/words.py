"""What the words of people mean to a draughtsman: fixed lists, in one place."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBERS = {
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "both": 2, "pair": 2, "couple": 2, "three": 3, "few": 3,
    "four": 4, "several": 4, "five": 5, "six": 6, "many": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "dozen": 12, "lots": 6,
}  # fmt: skip

MORE = _set("another more additional second extra again")

COLOURS = {
    "red": "red", "crimson": "red", "scarlet": "red", "orange": "orange", "yellow": "yellow", "golden": "yellow",
    "gold": "yellow", "green": "green", "blue": "blue", "navy": "navy", "turquoise": "water", "teal": "water",
    "purple": "purple", "violet": "purple", "lilac": "purple", "pink": "pink", "brown": "brown", "wooden": "wood",
    "beige": "tan", "tan": "tan", "grey": "grey", "gray": "grey", "silver": "metal", "metal": "metal",
    "white": "white", "cream": "cream", "black": "ink+",
}  # fmt: skip

DETERMINERS = _set("a an the this that these those his her its their my our your some every each another any no")

NOT = _set("no not without never nor")

UNITS = _set(
    "mm cm m km inch inches foot feet kg g gram grams ml l litre litres liter liters minutes minute hours hour"
    " seconds second days day degrees percent years year weeks week times x am pm o'clock"
)

NUMBERED = _set("step shot scene page part chapter number figure beat no act picture frame")

# Nouns that are as often verbs, adjectives or talk: drawn only where an article or the like stands before them.
DOUBTFUL = _set(
    "light fly watch bear duck saw can plant water note plan drawing screen pin tack level stain frame seat story"
    " love spring present well match cap bank cock block roll spirit mat bolt tap sink stick machine engine mill"
    " picture home ship train tube string jam dish dress coat sand cement seed shoot ring face wood board steam smoke"
    " play player guy drill hero shower cycle cab surprise gold family group team earth hose chart peg shop farm"
)

RELATIONS = {
    "on": "on", "onto": "on", "upon": "on", "atop": "on", "in": "in", "into": "in", "inside": "in",
    "under": "under", "underneath": "under", "beneath": "under", "below": "under", "beside": "beside",
    "at": "beside", "near": "beside", "by": "beside", "next": "beside", "behind": "behind",
    "front": "front", "before": "front",
}  # fmt: skip

SETTINGS = {
    "room": "living bedroom indoors inside office classroom hall museum salon parlour room ceiling wall walls attic",
    "kitchen": "kitchen cook cooking bake baking recipe boil fry oven stove pantry restaurant",
    "bench": "workshop workbench assemble assembly carpentry garage screws drilled glued sanding kit",
    "sea": "sea ocean beach coast shore harbour harbor waves wave sail sailing underwater bay port",
    "street": "street city town road traffic downtown pavement sidewalk avenue village crossing",
    "forest": "forest woods woodland jungle glade",
    "snow": "winter snowy ice icy arctic frozen snow",
    "desert": "desert dune dunes savanna savannah sandy",
    "space": "space galaxy orbit planet cosmos universe mars",
    "meadow": "meadow garden field park countryside outdoors farm lawn hill hills valley yard summer picnic",
}

SETTING_OF = {word: name for name, words in SETTINGS.items() for word in words.split()}

NIGHT = _set("night midnight moon moonlight stars dark starry moonlit evening dusk")

# Words that say nothing of what there is to see.
PLAIN = _set(
    "about above across after against ago all alone along already also always am among and any apart are around as"
    " ask at away back be became because become been before began begin behind being below beneath beside between"
    " beyond big both bright but by came can carefully carry clean close come comes completely could cut did do does"
    " done down dry during each early either else empty end enough even ever every everything far fast feel fill find"
    " finish finished first fix fixed flat for from front full get gets give gives go goes going gone good got great"
    " had half hang happy hard has have having he hear held her here high him his hold how huge i if in inside into is"
    " it its join just keep kept large last later lay leave left less let lie lies like little long look looks low"
    " made make makes me meet mark move much must my near need never new next nice no nor not nothing now of off old"
    " on once only onto open or other our out outside over own part place placed press pull push put puts quick"
    " quickly quiet ready rest right round run runs sad same say says see seen set several shall she short should show"
    " side sit sits sitting sleep sleeps slowly small smooth so some soon stand standing stands start stay still"
    " strong such sudden suddenly sure take takes tall tell than that the their them then there these they thick thin"
    " this those through time tired to together too top toward towards try turn turns under until up upon us use very"
    " wait walk walks want warm was way we well went were wet what when where which while who whole why wide will with"
    " within without work would yet you young your attach attached tighten insert secure appears arrives add adds"
    " begins repeat meanwhile happily upside middle centre center corner edge bottom distance background foreground"
    " view camera light lights line lines picture image scene shot style watch day morning evening night afternoon"
    " final finally ground floor sky air hole holes piece pieces thing things something someone anything nobody one"
    " two three four five six seven eight nine ten"
)
