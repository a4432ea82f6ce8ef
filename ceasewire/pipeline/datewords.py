"""Month names, zone names and words for days, in lower case, as `dates` looks them up."""

_MONTH_NAMES = (
    # English; Russian in the genitive and nominative, short; Turkish; Azerbaijani; Armenian nominative and genitive
    "january jan января январь янв ocak oca yanvar yan հունվար հունվարի հնվ",
    "february feb февраля февраль фев февр şubat şub fevral fev փետրվար փետրվարի փտվ",
    "march mar марта март мар mart mar մարտ մարտի մրտ",
    "april apr апреля апрель апр nisan nis aprel apr ապրիլ ապրիլի ապր",
    "may мая май mayıs may մայիս մայիսի մյս",
    "june jun июня июнь июн haziran haz iyun հունիս հունիսի հնս",
    "july jul июля июль июл temmuz tem iyul հուլիս հուլիսի հլս",
    "august aug августа август авг ağustos ağu avqust avq օգոստոս օգոստոսի օգս",
    "september sep sept сентября сентябрь сен сент eylül eyl sentyabr sen sent սեպտեմբեր սեպտեմբերի սեպ",
    "october oct октября октябрь окт ekim eki oktyabr okt հոկտեմբեր հոկտեմբերի հոկ",
    "november nov ноября ноябрь ноя нояб kasım kas noyabr noy նոյեմբեր նոյեմբերի նոյ",
    "december dec декабря декабрь дек aralık ara dekabr dek դեկտեմբեր դեկտեմբերի դեկ",
)
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}

# Hours east of Greenwich. Names that several countries share with different meanings (IST, CST of China) are left out
# or, for American ones, read as RFC 822 §5 does; AMT is Armenia's here, not the Amazon's.
OFFSET_HOURS: dict[str, float] = {
    **dict.fromkeys(("z", "ut", "gmt", "utc", "wet"), 0),
    **dict.fromkeys(("cet", "bst", "west"), 1),
    **dict.fromkeys(("eet", "cest", "sast"), 2),
    **dict.fromkeys(("msk", "мск", "trt", "tsi", "eest", "idt"), 3),
    **dict.fromkeys(("amt", "azt", "get", "msd", "samt", "gst"), 4),
    **dict.fromkeys(("amst", "azst", "yekt", "pkt", "uzt"), 5),
    "irst": 3.5,
    "irdt": 4.5,
    "jst": 9,
    "kst": 9,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}

RELATIVE_DAYS = {
    **dict.fromkeys(("today", "сегодня", "bugün", "այսօր"), 0),
    **dict.fromkeys(("yesterday", "вчера", "dün", "dünən", "երեկ"), -1),
}
