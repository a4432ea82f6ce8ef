"""Common words and letters of a language: what tells close relatives apart where n-grams of a few words do not.

Function words only: they carry no subject, so they say the same in any kind of news. A word of several languages stands
in each of their lists. Languages that Ceasewire does not answer are here where they pass for one that it does:
Portuguese for Spanish, Bulgarian for Russian, Dutch for German.
"""

from collections.abc import Iterable

COMMON_WORDS = {
    "en": """the of and to in is was for that on with as by at from are this be have has had not it its an which but
        they he she his her their were been who will would said after more about than also or one when there we you i
        all over into out up no if can what first two other some only our them so such between during against under
        before while where most may many how these those since do did does a""",
    "de": """der die das und in zu den von mit ist im für auf des dem nicht ein eine einer eines einem einen sich als
        auch es an werden aus er hat dass sie nach wird bei um am sind noch wie über so zum war haben nur oder aber vor
        zur bis mehr durch man sein wurde sei hatte kann gegen vom können schon wenn habe seine ihre ihr dann unter wir
        soll ich jedoch zwischen wurden keine diese dieser dieses seit was will während ihm ihn ihnen uns wo""",
    "fr": """le la les de des du et en un une à au aux est que qui dans pour par sur pas plus ne se ce cette ces son sa
        ses il elle ils elles on nous vous avec sont a été être ont fait mais ou où comme leur leurs entre après sans
        tout tous aussi même deux avoir avait était étaient selon si y lui d l qu n s c j m t dont très peut encore
        depuis contre sous lors ainsi""",
    "es": """el la los las de del y en un una unos unas que a al se por con para su sus es no lo como más pero le les o
        u e este esta estos estas entre cuando muy sin sobre ser ha han fue fueron era son está están también hasta hay
        donde quien desde todo todos nos durante uno ni contra otros otro otra ese eso ante ellos esto según después
        dijo tiene si ya porque dos""",
    "tr": """ve bir bu da de için ile olarak çok daha olan gibi kadar sonra ancak en ne ki ya her mi mı mu mü değil var
        yok ise o ama hem veya göre tarafından arasında üzerinde bazı tüm ilk iki son diye oldu olduğu olduğunu etti dedi
        eden şekilde nedeniyle büyük yeni kendi onun bunu şu ben biz siz onlar şey önce sadece bile karşı içinde zaman
        bütün yalnız""",
    "az": """bir bu da o ki üçün olan çox olub kimi sonra var yox ola onun olduğunu edib edir bildirib olaraq bütün ona
        onu öz yeni iki amma lakin ya idi daha ilk biz onlar bunu burada arasında böyük qarşı çünki dedi bildirdi başqa
        indi yalnız ancaq olunub olur olmaq oldu bunun haqqında zaman il ilin artıq birlikdə həm və ilə isə də nə hər
        görə qədər tərəfindən digər bəzi sadəcə ildə""",
    "ru": """и в не на что с по как из за от к а но о его он она это для до у же так был была были было при или они её
        ее также все только мы я вы бы ли если ещё еще уже где когда после чтобы который которые которая которого между
        их со во под над об этом том этого того сказал может более быть есть нет сейчас через ему им""",
    "uk": """і в на не що з за до як та у й від із по це для про але його є він вона або вони її при також вже все був
        була були було бути який які яка якого між їх під над цього того цьому якщо щоб коли після через сказав може
        більше ще де тільки ми ви ж би чи без зі цей ця ці а так йому""",
    "ar": """من في على إلى أن عن مع هذا هذه التي الذي كان كانت لم لا ما هو هي بين بعد قبل قد أو ثم كل غير حيث خلال وقد
        وفي منذ حتى عند ذلك تلك لقد إن أنه كما أي""",
    "fa": """و در به از که این را با است برای آن یک تا می خود بر هم نیز شد شده کرد کرده بود ها های اما یا هر بین پس
        باید دو او ما آنها ای اند نمی اگر چه""",
    # Not answered, but near to those that are:
    "pt": """de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele ela das tem à
        seu sua ou ser quando muito há nos já está também só pelo pela até isso entre era depois sem mesmo aos ter seus
        suas quem nas esse essa eles estão foram num numa nem pelos pelas este são às têm""",
    "gl": """de a o que e do da en un para é con non unha os no se na por máis as dos como pero foi ao el ela das ten
        seu súa ou ser cando moi hai nos xa está tamén só polo pola ata entre era despois sen""",
    "ca": """de la el els les i a que en un una per amb del dels no es és va al als com més però o seu seva entre quan
        són ha han molt aquest aquesta també fins des sense sobre d l s n""",
    "it": """di che e la il un a è per in una non del sono le con i si da come della ha nel più anche gli dei alla al ma
        delle lo ed ci su dal nella o stato questo quando era essere ai dalla degli suo sua loro tra dopo hanno due
        prima fra ancora se l""",
    "ro": """și de la în a cu un o pe care nu din mai este sau că să se pentru ale au fost fi ca după prin al lui ce sunt
        dar ei ea el acest această între fără până""",
    "nl": """de het een van en in is dat op te voor met zijn die er aan niet om ook als bij door naar maar uit over tot
        werd hij dan was heeft nog worden wordt of kan hebben meer waren zich deze geen wel al zo veel hun na tegen onder
        moet toen dit""",
    "af": """die van en in is dat op te vir met wat nie om ook as by deur na maar uit oor tot was hy sy het nog word of
        kan meer hulle hierdie geen""",
    "bg": """на и в се да за са от по с като не че е при това след или но който която което които до към ще много само
        най има със във между беше също както тази този те той тя му им си може бъде обаче един една""",
    "mk": """на и во се да за од со не е дека што по како или но кој која кое кои до има само меѓу исто така беше оваа
        овој тие тој таа му им си може биде бил еден една при""",
    "sr": """и у је да се на за од са не су као што али или који која које до из по то би био била било бити само између
        такође после није нису може има ово овај он она они""",
    "be": """і ў у на не што з да як па гэта для але яго ён або яны яе таксама ўжо быў была былі які якія паміж пра пасля
        каб калі""",
    "kk": "және мен бен пен бұл үшін деп бір де да емес болып ол жоқ бар болды болған туралы",
    "ky": "жана менен бул үчүн деп бир да эмес болуп ал жок бар болду болгон тууралуу анын эле",
    "tt": "һәм белән бу өчен дип бер да түгел ул юк бар булды булган турында аның итеп шул",
}

# Latin letters beyond a–z that a language writes in words of its own; Turkish lacks q, w and x besides.
OWN_LETTERS = {
    "en": "",
    "de": "äöüß",
    "fr": "àâæçéèêëîïôœùûü",
    "es": "áéíñóúü",
    "tr": "çğıöşüâîû",
    "az": "çəğıöşü",
    "pt": "áâãàçéêíóôõú",
    "gl": "áéíñóúü",
    "ca": "àçèéíïòóúü",
    "it": "àèéìòù",
    "ro": "ăâîșțşţ",
    "nl": "éëïöü",
}
PLAIN_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
NOT_WRITTEN = {"tr": frozenset("qwx"), "az": frozenset("w")}

_ALPHABETS = {
    code: PLAIN_LETTERS.union(letters) - NOT_WRITTEN.get(code, frozenset()) for code, letters in OWN_LETTERS.items()
}


def _languages_of_words() -> dict[str, tuple[str, ...]]:
    languages: dict[str, tuple[str, ...]] = {}
    for code, words in COMMON_WORDS.items():
        for word in words.split():
            languages[word] = (*languages.get(word, ()), code)
    return languages


_LANGUAGES_OF_WORD = _languages_of_words()


def common_words(words: Iterable[str]) -> dict[str, int]:
    """How many different of `words` (in lower case) are common words of each language."""
    hits: dict[str, int] = {}
    for word in set(words):
        for code in _LANGUAGES_OF_WORD.get(word, ()):
            hits[code] = hits.get(code, 0) + 1
    return hits


def alien_letters(letters: Iterable[str]) -> dict[str, int]:
    """How many different of `letters` (Latin, in lower case) each language does not write."""
    present = frozenset(letters)
    return {code: len(present - alphabet) for code, alphabet in _ALPHABETS.items()}
