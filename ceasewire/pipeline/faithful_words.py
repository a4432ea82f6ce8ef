"""Words that the faithfulness checks look for: months, numbers spelled out, negation."""

import regex

Pattern = regex.Pattern[str]

# --- months: stems, so that inflected forms are found -----------------------------------------------------------

_MONTH_STEMS = {
    "ru": "январ феврал март апрел ма[йяею] июн июл август сентябр октябр ноябр декабр",
    "hy": "հունվար փետրվար մարտի ապրիլ մայիս հունիս հուլիս օգոստոս սեպտեմբեր հոկտեմբեր նոյեմբեր դեկտեմբեր",
    "az": "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "en": "january february march april may june july august september october november december",
}
# Behind a day or before a year only: these are words of their own too (March, May, `ocak` hearth, `ekim` sowing).
_DATED = {
    "ru": r"\b\d{{1,2}}\s+{stem}\w*",
    "hy": r"\b{stem}(?!յան)\w*",  # Նոյեմբերյան is a town
    "az": r"\b\d{{1,2}}\s+{stem}\w*",
    "tr": r"\b\d{{1,2}}\s+{stem}\w*",
    "en": r"\b(?:{stem}|{short}\.?(?=\s\d))\b",
}


def _months(language: str) -> dict[int, Pattern]:
    shape = _DATED[language]
    return {
        number: regex.compile(shape.format(stem=stem, short=stem[:3]), regex.IGNORECASE)
        for number, stem in enumerate(_MONTH_STEMS[language].split(), start=1)
    }


MONTHS: dict[str, dict[int, Pattern]] = {language: _months(language) for language in _MONTH_STEMS}

# --- numbers ----------------------------------------------------------------------------------------------------

_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
TENS = {"30": "thirty", "40": "forty", "50": "fifty", "60": "sixty", "70": "seventy", "80": "eighty", "90": "ninety"}
_OTHERS = {"1": "once", "2": "twice", "100": "hundred", "1000": "thousand", "1000000": "million"}


def _english_numbers() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for number, (cardinal, ordinal) in enumerate(zip(_CARDINALS.split(), _ORDINALS.split(), strict=True)):
        table[str(number)] = {cardinal, ordinal}
    for month, name in enumerate(_MONTH_STEMS["en"].split(), start=1):
        table[str(month)] |= {name, name[:3]}
    for number_text, word in (*TENS.items(), *_OTHERS.items()):
        table.setdefault(number_text, set()).update({word, word + "s", word.removesuffix("y") + "ies"})
    return {number: frozenset(words) for number, words in table.items()}


ENGLISH_NUMBERS = _english_numbers()


def _stems(words: str, endings: str = r"\w*") -> Pattern:
    return regex.compile(rf"(?<!\w)(?:{'|'.join(words.split())}){endings}(?!\w)", regex.IGNORECASE)


# A source that spells a number out may come back in digits; languages that are not here skip that check.
NUMBER_WORDS: dict[str, Pattern] = {
    "ru": _stems(
        "один одн дв[аеу] двух двум двое втор тр[иеё] трет четв[её]р четыр пят шест семь семи седьм восем восьм девят "
        "десят одиннадцат двенадцат тринадцат двадцат тридцат сорок сот сто ст[ао] двест тыс млн млрд миллион миллиард "
        "полтор половин перв"
    ),
    "hy": _stems(
        "մեկ մի երկու երկրորդ երեք երրորդ չորս չորրորդ հինգ վեց յոթ ութ ինն տաս տասն քսան երեսուն քառասուն հիսուն "
        "վաթսուն յոթանասուն ութսուն իննսուն հարյուր հազար միլիոն միլիարդ առաջին կես մլն մլրդ"
    ),
    "az": _stems(
        "bir iki üç dörd beş altı yeddi səkkiz doqquz on iyirmi otuz qırx əlli altmış yetmiş səksən doxsan yüz min "
        "milyon milyard ikinci birinci yarım mln mlrd"
    ),
    "tr": _stems(
        "bir iki üç dört dörd beş altı yedi sekiz dokuz on yirmi otuz kırk elli altmış yetmiş seksen doksan yüz bin "
        "milyon milyar ilk yarım"
    ),
}

# --- negation: what always negates a clause; doubtful words are left out -----------------------------------------

NEGATION: dict[str, Pattern] = {
    "ru": regex.compile(
        r"(?<!\w)(?:не(?!\s+(?:только|менее|более|позднее|раньше|ранее|исключ|раз\b|мог\w*\s+не|просто|столько|"
        r"хуже|лучше|считая|без|так\b))|нет|нельзя|никто|никогда|ничего|никак\w*|невозможно)(?!\w)",
        regex.IGNORECASE,
    ),
    "hy": regex.compile(
        r"(?<!\w)(?:չ(?:ի|է|եմ|ես|են|ենք|եք|էր|էին|կա|կան|կար|կային|պետք|կարող\w*|հաջողվեց|ուն[իեե]\w*|(?:եկ|գնաց|տվ|արեց|թույլատր|ստորագր|հաստատ|ընդուն|կարողաց|պատասխան|մասնակց|"
        r"խախտ|դադար|հանդիպ)\w+)|ոչ|երբեք|ոչինչ|"
        r"ոչ\s?ոք|մի՛\w*)(?!\w)",
        regex.IGNORECASE,
    ),
    "az": regex.compile(
        r"(?<!\w)(?:deyil(?!ir|ən|ib|di[kş]|məsi|diyi)\w*|yoxdur\w*|yox|heç\s+\w+|(?:\w{3,}|ol|et|ed|al|de|ver)m[ıiuü]r(?:am|əm|[ıiuü][qk]|s[aə]n|l[aə]r)?|\w{2,}(?:mayacaq|məyəcək|madı|mədi|mayıb|məyib|"
        r"mamış|məmiş|maz(?!dan)|məz(?!dən))\w*)(?!\w)",
        regex.IGNORECASE,
    ),
    "tr": regex.compile(
        r"(?<!\w)(?:değil\w*|yok(?:tur|tu|muş)?|hiçbir\w*|asla|\w{2,}(?:mayacak|meyecek|madı|medi|mıyor|miyor|muyor|"
        r"müyor|mamış|memiş|mazlar|mezler)\w*)(?!\w)",
        regex.IGNORECASE,
    ),
}

# A thing that is not there; English may say it with any of the words below, or in one of its prefixes.
WITHOUT: dict[str, Pattern] = {
    "ru": regex.compile(r"(?<!\w)без(?!\w)(?!\s+(?:того|сомнени))", regex.IGNORECASE),
    "hy": regex.compile(r"(?<!\w)առանց(?!\w)", regex.IGNORECASE),
    # only behind nouns where the ending is no word of its own: `olumsuz` is negative, `təhlükəsiz` safe
    "az": _stems("icazəsiz şərtsiz silahsız qazsız susuz işıqsız səbəbsiz itkisiz nəticəsiz cavabsız müdaxiləsiz"),
    "tr": _stems("izinsiz koşulsuz şartsız silahsız elektriksiz susuz nedensiz sebepsiz kayıpsız sonuçsuz yanıtsız"),
}
ENGLISH_WITHOUT = regex.compile(
    r"\b(?:free\w*|un\w{4,}|anti\w*|only|in(?:visibl|dependent|finite|definite|evitabl|discriminat|variabl)\w*)",
    regex.IGNORECASE,
)

ENGLISH_NEGATION = regex.compile(
    r"\b(?:not|no|non|none|nobody|nothing|nowhere|never|neither|nor|cannot|without|lacks?|lacking|fail\w*|refus\w*|"
    r"den(?:y|ied|ies|ying)|impossible|unable|unlikely|hardly|barely|absen\w+|instead|rather|neglect\w*|avoid\w*|"
    r"except|unless|un(?!i|der|til|ion|e)\w{4,}|in(?:ability|capable|sufficient\w*|complete\w*|adequate\w*|valid\w*)|"
    r"ir\w{5,}|dis\w{5,}|il(?=legal)\w+|im(?=moral|mobil)\w+|little|few|stop\w*|prevent\w*|reject\w*|ban\w*|missing|"
    r"\w+less\w*)\b|n['’]t\b|\b0\b|\bnon-",
    regex.IGNORECASE,
)
