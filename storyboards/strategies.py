"""What a picture can be made from, in the words of the product; whoever makes pictures knows them by these names."""

STRATEGIES = (
    ("chained", "Chained", "Each picture continues from the one before. For things that grow step by step."),
    (
        "shots",
        "Shots",
        "A chain per shot; a cut, dissolve, fade or wipe starts anew from the style. For films and comics.",
    ),
    ("cumulative", "Cumulative", "Each from the text of all steps so far, several at a time."),
    ("independent", "Independent", "Each from its own text alone. For loose series."),
)
"""Name, title and one line that explains it."""

TRANSITION_RULE = (
    "C, M and J go on from the picture before. H, D, F and W break the chain: where chains follow shots, the picture "
    "starts anew from the style."
)
"""Which transitions break a chain, and when: `Transition.breaks`."""
