"""Languages that are written alike: a term of one may be another word in the next ("stat*", "mine").

By the name of their script in Unicode (UAX #24). A language that is not listed may stand in any.
"""

SCRIPTS = {
    "Latin": frozenset({"en", "az", "tr", "fr", "de", "es", "it", "pt", "pl", "ro", "nl", "sv"}),
    "Cyrillic": frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky"}),
    "Arabic": frozenset({"fa", "ar", "ur", "ps", "ckb"}),
    "Armenian": frozenset({"hy"}),
    "Georgian": frozenset({"ka"}),
    "Greek": frozenset({"el"}),
    "Hebrew": frozenset({"he"}),
}
