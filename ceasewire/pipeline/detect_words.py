"""Common words and letters of a language: what tells close relatives apart where n-grams of a few words do not.

Function words only: they carry no subject, so they say the same in any kind of news. A word of several languages stands
in each of their lists. Languages that Ceasewire does not answer are here where they pass for one that it does:
Portuguese for Spanish, Bulgarian for Russian, Dutch for German.
"""

from collections.abc import Iterable

from ceasewire.pipeline.detect_clean import lower
from ceasewire.pipeline.detect_letters import script_of

COMMON_WORDS = {
    "en": """the of and to in is was for that on with as by at from are this be have has had not it its an which but
        they he she his her their were been who will would said after more about than also or one when there we you i
        all over into out up no if can what first two other some only our them so such between during against under
        before while where most may many how these those since do did does a your my me him us just like any very
        because being get made then now much own off down each both few""",
    "de": """der die das und in zu den von mit ist im für auf des dem nicht ein eine einer eines einem einen sich als
        auch es an werden aus er hat dass sie nach wird bei um am sind noch wie über so zum war haben nur oder aber
        vor zur bis mehr durch man sein wurde sei hatte kann gegen vom können schon wenn habe seine ihre ihr dann
        unter wir soll ich jedoch zwischen wurden keine diese dieser dieses seit was will während ihm ihn ihnen uns wo
        kein nun da hier dort doch alle alles viele einige weil damit also immer etwa bereits zwei drei jetzt ihrer
        seiner unser denn ab ins beim""",
    "fr": """le la les de des du et en un une à au aux est que qui dans pour par sur pas plus ne se ce cette ces son
        sa ses il elle ils elles on nous vous avec sont a été être ont fait mais ou où comme leur leurs entre après
        sans tout tous aussi même deux avoir avait était étaient selon si y lui d l qu n s c j m t dont très peut
        encore depuis contre sous lors ainsi bien fois mon ma mes toute toutes chaque quelques celui moins trop jamais
        toujours ici là cela donc car puis alors notre votre nos vos soit lorsque quand""",
    "es": """el la los las de del y en un una unos unas que a al se por con para su sus es no lo como más pero le les
        o u e este esta estos estas entre cuando muy sin sobre ser ha han fue fueron era son está están también hasta
        hay donde quien desde todo todos nos durante uno ni contra otros otro otra ese eso ante ellos esto según
        después dijo tiene si ya porque dos mi me te yo tu él ella nosotros cual cada mientras así aunque pues tras
        toda todas ahora vez bien gran""",
    "tr": """ve bir bu da de için ile olarak çok daha olan gibi kadar sonra ancak en ne ki ya her mi mı mu mü değil
        var yok ise o ama hem veya göre tarafından arasında üzerinde bazı tüm ilk iki son diye oldu olduğu olduğunu
        etti dedi eden şekilde nedeniyle büyük yeni kendi onun bunu şu ben biz siz onlar şey önce sadece bile karşı
        içinde zaman bütün yalnız onların bizim olsa olsun olmuş olmayan altında üzerine içine bunun bunlar ona ayrıca
        henüz artık birçok hiç hep kez olması olmak olur olup olabilir üç dört beş bin yüzde ilgili""",
    "az": """bir bu da o ki üçün olan çox olub kimi sonra var yox ola onun olduğunu edib edir bildirib olaraq bütün
        ona onu öz yeni iki amma lakin ya idi daha ilk biz onlar bunu burada arasında böyük qarşı çünki dedi bildirdi
        başqa indi yalnız ancaq olunub olur olmaq oldu bunun haqqında zaman il ilin artıq hazırda bunlar onların olsa
        olsun olmuş olmayan olunan olunmuş edilib edilmiş bildirilir qeyd bizim birlikdə həm və ilə isə də nə hər görə
        qədər tərəfindən digər bəzi sadəcə ildə olduğu son altında üç dörd beş min faiz yüz olması olar bəzən""",
    "ru": """и в не на что с по как из за от к а но о его он она это для до у же так был была были было при или они её
        ее также все только мы я вы бы ли если ещё еще уже где когда после чтобы который которые которая которого
        между их со во под над об этом том этого того сказал может более быть есть нет сейчас через ему им нас вас нам
        вам мне меня себя теперь тоже здесь там тогда потом лишь ни раз без будет себе своей своих""",
    "uk": """і в на не що з за до як та у й від із по це для про але його є він вона або вони її при також вже все був
        була були було бути який які яка якого між їх під над цього того цьому якщо щоб коли після через сказав може
        більше ще де тільки ми ви ж би чи без зі цей ця ці а так йому нас вас нам вам мене себе тепер теж тут там тоді
        потім лише ні раз буде своїх своєї""",
    "ar": """من في على إلى أن عن مع هذا هذه التي الذي كان كانت لم لا ما هو هي بين بعد قبل قد أو ثم كل غير حيث خلال وقد
        وفي منذ حتى عند ذلك تلك لقد إن أنه كما أي يكون تكون الذين له لها به بها عليه عليها فيه فيها منه منها لأن لكن
        ولكن ومن ليس فقط يمكن أنها هناك نحو""",
    "fa": """و در به از که این را با است برای آن یک تا می خود بر هم نیز شد شده کرد کرده بود ها های اما یا هر بین پس
        باید دو او ما آنها ای اند نمی اگر چه پیش بعد دارد کند شود باشد همه چون ولی نه قبل""",
    # Not answered, but near to those that are:
    "pt": """de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele ela das tem à
        seu sua ou ser quando muito há nos já está também só pelo pela até isso entre era depois sem mesmo aos ter
        seus suas quem nas esse essa eles estão foram num numa nem pelos pelas este são às têm""",
    "gl": """de a o que e do da en un para é con non unha os no se na por máis as dos como pero foi ao el ela das ten
        seu súa ou ser cando moi hai nos xa está tamén só polo pola ata entre era despois sen""",
    "ca": """de la el els les i a que en un una per amb del dels no es és va al als com més però o seu seva entre quan
        són ha han molt aquest aquesta també fins des sense sobre d l s n""",
    "it": """di che e la il un a è per in una non del sono le con i si da come della ha nel più anche gli dei alla al
        ma delle lo ed ci su dal nella o stato questo quando era essere ai dalla degli suo sua loro tra dopo hanno due
        prima fra ancora se l""",
    "ro": """și de la în a cu un o pe care nu din mai este sau că să se pentru ale au fost fi ca după prin al lui ce
        sunt dar ei ea el acest această între fără până""",
    "nl": """de het een van en in is dat op te voor met zijn die er aan niet om ook als bij door naar maar uit over
        tot werd hij dan was heeft nog worden wordt of kan hebben meer waren zich deze geen wel al zo veel hun na
        tegen onder moet toen dit""",
    "af": """die van en in is dat op te vir met wat nie om ook as by deur na maar uit oor tot was hy sy het nog word
        of kan meer hulle hierdie geen""",
    "bg": """на и в се да за са от по с като не че е при това след или но който която което които до към ще много само
        най има със във между беше също както тази този те той тя му им си може бъде обаче един една""",
    "mk": """на и во се да за од со не е дека што по како или но кој која кое кои до има само меѓу исто така беше оваа
        овој тие тој таа му им си може биде бил еден една при""",
    "sr": """и у је да се на за од са не су као што али или који која које до из по то би био била било бити само
        између такође после није нису може има ово овај он она они""",
    "be": """і ў у на не што з да як па гэта для але яго ён або яны яе таксама ўжо быў была былі які якія паміж пра
        пасля каб калі""",
    "kk": """және мен бен пен бұл үшін деп бір де да емес болып ол жоқ бар болды болған туралы""",
    "ky": """жана менен бул үчүн деп бир да эмес болуп ал жок бар болду болгон тууралуу анын эле""",
    "tt": """һәм белән бу өчен дип бер да түгел ул юк бар булды булган турында аның итеп шул""",
}

# The alphabets, as far as they matter: what stands in none of a language's own words speaks against it.
_A_TO_Z = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщьюя"
ALPHABETS = {
    "en": _A_TO_Z,
    "de": _A_TO_Z + "äöüß",
    "fr": _A_TO_Z + "àâæçéèêëîïôœùûü",
    "es": _A_TO_Z + "áéíñóúü",
    "tr": "abcçdefgğhıijklmnoöprsştuüvyzâîû",
    "az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyz",
    "pt": _A_TO_Z + "áâãàçéêíóôõú",
    "gl": _A_TO_Z + "áéíñóúü",
    "ca": _A_TO_Z + "àçèéíïòóúü",
    "it": _A_TO_Z + "àèéìòù",
    "ro": _A_TO_Z + "ăâîșțşţ",
    "nl": _A_TO_Z + "éëïöü",
    "ru": _CYRILLIC + "ёъыэ",
    "bg": _CYRILLIC + "ъ",
    "uk": _CYRILLIC + "ґєії",
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
    "fa": "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
}
CAPITALISED = 0.5  # of a word's weight: it may be part of a name, as "Del" is in "Del Potro"


def _alphabets_by_script() -> dict[str, dict[str, frozenset[str]]]:
    scripts: dict[str, dict[str, frozenset[str]]] = {}
    for code, letters in ALPHABETS.items():
        scripts.setdefault(script_of(code), {})[code] = frozenset(letters)
    return scripts


def _languages_of_words() -> dict[str, tuple[str, ...]]:
    languages: dict[str, tuple[str, ...]] = {}
    for code, words in COMMON_WORDS.items():
        for word in words.split():
            languages[word] = (*languages.get(word, ()), code)
    return languages


_ALPHABETS_BY_SCRIPT = _alphabets_by_script()
_LANGUAGES_OF_WORD = _languages_of_words()


def common_words(words: Iterable[str]) -> dict[str, float]:
    """How many different of `words` are common words of each language; a capitalised one counts half."""
    hits: dict[str, float] = {}
    for word in set(words):
        languages, weight = _LANGUAGES_OF_WORD.get(word, ()), 1.0
        if not languages and word[0].isupper():
            languages, weight = _LANGUAGES_OF_WORD.get(lower(word), ()), CAPITALISED
        for code in languages:
            hits[code] = hits.get(code, 0.0) + weight
    return hits


def alien_letters(letters: frozenset[str], script: str) -> dict[str, int]:
    """How many of `letters` (lower case, of one script) each language of the script does not write."""
    alphabets = _ALPHABETS_BY_SCRIPT.get(script, {})
    return {code: len(letters - alphabet) for code, alphabet in alphabets.items()}
