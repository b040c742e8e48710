"""The invented people, providers and offices of the demo. Nobody here exists; the IINs are valid by checksum."""

from dataclasses import dataclass
from datetime import date

from portal.rules.identifiers import iin_with_check_digit
from portal.rules.service import Service

KYZYLORDA = "431000000"
KARMAKSHY = "434600000"
ASTANA = "711110000"


def iin(born: date, sex: int, serial: int) -> str:
    """The first valid IIN of somebody born on this day (sex as in the seventh digit) from a serial number on."""
    while True:
        found = iin_with_check_digit(f"{born:%y%m%d}{sex}{serial:04d}")
        if found is not None:
            return found
        serial += 1


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the demo; `key` is how the story calls them."""

    key: str
    last_name: str
    first_name: str
    middle_name: str
    born: date
    sex: int
    language: str
    phone: str | None
    place: str = KYZYLORDA
    address: str = ""
    serves: tuple[Service, ...] = ()

    @property
    def iin(self) -> str:
        """Twelve digits, the same each time."""
        return iin(self.born, self.sex, 4580)


RECIPIENTS = (
    Somebody("aigerim", "Сейтқали", "Айгерім", "Маратқызы", date(1987, 4, 12), 4, "kk", "+77010000001",
             address="Абай даңғылы, 14-үй, 7-пәтер"),
    Somebody("daniyar", "Оспанов", "Данияр", "Серикович", date(2001, 9, 3), 5, "ru", "+77010000002",
             address="улица Айтеке би, дом 30, квартира 12"),
    Somebody("batima", "Жұмабаева", "Бәтима", "Ержанқызы", date(1955, 1, 25), 4, "kk", "+77010000003",
             address="Қорқыт ата көшесі, 5-үй"),
    Somebody("arman", "Ибраев", "Арман", "Дәуренұлы", date(2016, 6, 18), 5, "kk", None,
             address="Желтоқсан көшесі, 21-үй, 3-пәтер"),
    Somebody("sergey", "Ким", "Сергей", "Викторович", date(1993, 11, 8), 3, "ru", "+77010000005", ASTANA,
             "улица Петрова, дом 8, квартира 44"),
    Somebody("murat", "Әлімов", "Мұрат", "Қайратұлы", date(1962, 2, 2), 3, "kk", None,
             address="Сұлтан Бейбарыс көшесі, 9-үй"),
    Somebody("zeynep", "Қуандық", "Зейнеп", "Асқарқызы", date(1979, 12, 14), 4, "kk", "+77010000007", KARMAKSHY,
             "Жосалы кенті, Абай көшесі, 2-үй"),
    Somebody("kulpash", "Бисенова", "Күлпаш", "Омарқызы", date(1948, 5, 9), 4, "kk", "+77010000008",
             address="Әйтеке би көшесі, 17-үй"),
    Somebody("orazbek", "Сүлейменов", "Оразбек", "Тілеуұлы", date(1968, 7, 21), 3, "kk", "+77010000009",
             address="Ыбырай Жақаев көшесі, 33-үй, 15-пәтер"),
)  # fmt: skip

ORAZBEK = RECIPIENTS[-1]

MOTHER = Somebody("gulnar", "Ибраева", "Гүлнар", "Болатқызы", date(1988, 3, 30), 4, "kk", "+77010000004")

CLERKS = (
    Somebody("zhanar", "Төлегенова", "Жанар", "", date(1985, 5, 5), 4, "kk", "+77010000021"),
    Somebody("erlan", "Оспанов", "Ерлан", "Серікұлы", date(1990, 8, 19), 3, "kk", "+77010000022"),
    Somebody("saule", "Абдрахманова", "Сәуле", "", date(1978, 10, 1), 4, "ru", "+77010000023"),
    Somebody("olga", "Петрова", "Ольга", "Ивановна", date(1982, 7, 7), 4, "ru", "+77010000024", ASTANA),
    Somebody("timur", "Жаксыбеков", "Тимур", "", date(1991, 2, 11), 3, "ru", "+77010000025", ASTANA),
)
"""Staff of the offices. Erlan is Daniyar's brother, so he may not decide on him."""


MINISTRY_CLERK = Somebody("raushan", "Сәдуақасова", "Раушан", "", date(1976, 9, 12), 4, "kk", "+77010000026", ASTANA)
"""Keeps calendar and amounts at the ministry."""


@dataclass(frozen=True, slots=True)
class Offering:
    """A service of a provider: price of an hour in tiyn, hours a month in all, where, and how."""

    service: Service
    price_tiyn: int
    hours_a_month: int
    places: tuple[str, ...]
    at_home: bool = True
    online: bool = False


@dataclass(frozen=True, slots=True)
class Goods:
    """A model of an item of the classifier: price of a piece in tiyn, where it is sold, and how one gets it."""

    service: Service
    code: str
    model: str
    price_tiyn: int
    places: tuple[str, ...]
    delivers: bool = True
    pick_up: bool = False


@dataclass(frozen=True, slots=True)
class Firm:
    """A provider with its head and the people who serve."""

    key: str
    kind: str
    name_kk: str
    name_ru: str
    about_kk: str
    about_ru: str
    bic: str
    head: Somebody
    specialists: tuple[Somebody, ...]
    offers: tuple[Offering, ...]
    founded: date = date(2014, 3, 1)
    languages: tuple[str, ...] = ("kk", "ru")
    goods: tuple[Goods, ...] = ()

    @property
    def iban(self) -> str:
        """An invented account with right check digits, at the bank of the BIC."""
        account = f"{BANKS[self.bic]}{self.bin[-9:]}0001"
        return f"KZ{98 - int(account + '203500') % 97:02d}{account}"

    @property
    def bin(self) -> str:
        """The BIN of a legal entity; others go by their head's IIN."""
        if self.kind != "legal":
            return self.head.iin
        for serial in range(10_000):
            found = iin_with_check_digit(f"{self.founded:%y%m}01{self.founded.day % 7 + 4}{serial:04d}")
            if found is not None:
                return found
        raise ValueError("no BIN")


BANKS = {
    "HSBKKZKX": "601",
    "CASPKZKA": "722",
    "IRTYKZKA": "965",
    "KCJBKZKX": "856",
    "KINCKZKA": "821",
    "TSESKZKA": "998",
}
"""Digits 5 to 7 of the IBAN by BIC."""


def _helper(key: str, last: str, first: str, born: date, sex: int, phone: str, *serves: Service) -> Somebody:
    return Somebody(key, last, first, "", born, sex, "kk", phone, serves=serves)


ASSISTANT, INTERPRETER = Service.ASSISTANT, Service.INTERPRETER
AID, WHEELCHAIR = Service.TECHNICAL_AID, Service.WHEELCHAIR
CANE, NAPPIES, ROOM_CHAIR = "401", "6031004", "501302"
AMOUNTS = {CANE: 950_000, NAPPIES: 26_000, ROOM_CHAIR: 14_500_000}
"""Invented guaranteed amounts of a piece of these items, in tiyn."""
SYR = (KYZYLORDA, KARMAKSHY)

FIRMS = (
    Firm(
        "qamqor", "legal", "«Қамқор Сыр» ЖШС", "ТОО «Камкор Сыр»",
        "Жеке көмекшілер мен ымдау тілі мамандары. Күн сайын, демалыс күндері де келеміз.",
        "Индивидуальные помощники и специалисты жестового языка. Приходим каждый день, и в выходные тоже.",
        "HSBKKZKX",
        Somebody("head_qamqor", "Нұрланова", "Әсел", "", date(1980, 1, 15), 4, "kk", "+77010000031"),
        (
            _helper("marat", "Бекенов", "Марат", date(1989, 6, 6), 3, "+77010000041", ASSISTANT),
            _helper("dinara", "Есенова", "Динара", date(1994, 9, 9), 4, "+77010000042", ASSISTANT),
            _helper("nurlan", "Сәрсенов", "Нұрлан", date(1986, 12, 1), 3, "+77010000043", INTERPRETER),
        ),
        (
            Offering(ASSISTANT, 65_000, 900, (KYZYLORDA, KARMAKSHY)),
            Offering(INTERPRETER, 950_000, 160, (KYZYLORDA,), online=True),
        ),
        date(2014, 3, 1),
    ),
    Firm(
        "meirim", "legal", "«Мейірім» қоғамдық бірлестігі", "Общественное объединение «Мейирим»",
        "Мүгедектігі бар адамдарға жиырма жыл көмектесіп келеміз.",
        "Двадцать лет помогаем людям с инвалидностью.",
        "CASPKZKA",
        Somebody("head_meirim", "Қожахметов", "Бауыржан", "", date(1972, 2, 20), 3, "kk", "+77010000032"),
        (
            _helper("aliya", "Тұрсынова", "Әлия", date(1990, 5, 21), 4, "+77010000044", ASSISTANT),
            _helper("kanat", "Жолдасов", "Қанат", date(1984, 8, 13), 3, "+77010000045", ASSISTANT),
        ),
        (Offering(ASSISTANT, 58_000, 700, (KYZYLORDA,)),),
        date(2006, 9, 1),
    ),
    Firm(
        "tilshi", "entrepreneur", "«Ым мен үн» жеке кәсіпкері", "ИП «Ым мен ун»",
        "Ымдау тілі маманы: ауруханаға, банкке, сотқа бірге барамын немесе бейнебайланыс арқылы аударамын.",
        "Специалист жестового языка: сопровождаю в больницу, банк, суд или перевожу по видеосвязи.",
        "IRTYKZKA",
        Somebody("head_tilshi", "Әбенова", "Камила", "", date(1988, 11, 11), 4, "ru", "+77010000033"),
        (_helper("kamila", "Әбенова", "Камила", date(1988, 11, 11), 4, "+77010000033", INTERPRETER),),
        (Offering(INTERPRETER, 900_000, 120, (KYZYLORDA, KARMAKSHY, ASTANA), online=True),),
    ),
    Firm(
        "saltanat", "individual", "Бекова Салтанат", "Бекова Салтанат",
        "Жеке көмекшімін. Оқуды бітірдім, тәжірибем алты жыл.",
        "Индивидуальный помощник. Прошла обучение, опыт шесть лет.",
        "KCJBKZKX",
        Somebody("head_saltanat", "Бекова", "Салтанат", "", date(1983, 4, 4), 4, "kk", "+77010000034"),
        (_helper("saltanat", "Бекова", "Салтанат", date(1983, 4, 4), 4, "+77010000034", ASSISTANT),),
        (Offering(ASSISTANT, 58_900, 170, (KYZYLORDA,)),),
    ),
    Firm(
        "ymdau", "legal", "«Ымдау орталығы» ЖШС", "ТОО «Центр жестового языка»",
        "Астанадағы ымдау тілі мамандары.", "Специалисты жестового языка в Астане.",
        "KINCKZKA",
        Somebody("head_ymdau", "Смағұлов", "Арыстан", "", date(1979, 6, 30), 3, "ru", "+77010000035", ASTANA),
        (_helper("vera", "Ли", "Вера", date(1992, 3, 3), 4, "+77010000046", INTERPRETER),),
        (Offering(INTERPRETER, 1_000_000, 300, (ASTANA,), online=True),),
        date(2018, 5, 1), ("ru",),
    ),
    Firm(
        "qoldau", "legal", "«Қолдау Астана» ЖШС", "ТОО «Колдау Астана»",
        "Астанадағы жеке көмекшілер.", "Индивидуальные помощники в Астане.",
        "TSESKZKA",
        Somebody("head_qoldau", "Ержанов", "Дәурен", "", date(1985, 10, 10), 3, "kk", "+77010000036", ASTANA),
        (_helper("askar", "Ахметов", "Асқар", date(1995, 7, 27), 3, "+77010000047", ASSISTANT),),
        (Offering(ASSISTANT, 62_000, 500, (ASTANA,)),),
        date(2020, 2, 1),
    ),
    Firm(
        "kerek", "legal", "«Керек-жарақ» ЖШС", "ТОО «Керек-жарак»",
        "Кресло-арбалар, тифлотаяқтар, жөргектер. Облыс бойынша тегін жеткіземіз.",
        "Кресла-коляски, трости, подгузники. Бесплатно доставляем по области.",
        "HSBKKZKX",
        Somebody("head_kerek", "Дүйсенбаева", "Гүлшат", "", date(1981, 8, 24), 4, "kk", "+77010000037"),
        (), (), date(2016, 4, 1),
        goods=(
            Goods(WHEELCHAIR, ROOM_CHAIR, "Қадам-1", 14_500_000, SYR, pick_up=True),
            Goods(WHEELCHAIR, ROOM_CHAIR, "Қадам-2 Жеңіл", 16_200_000, SYR),
            Goods(AID, CANE, "Сәуле-115", 900_000, SYR),
            Goods(AID, NAPPIES, "Мақта L", 26_000, SYR),
        ),
    ),
    Firm(
        "medsyr", "entrepreneur", "«Мед Сыр» жеке кәсіпкері", "ИП «Мед Сыр»",
        "Күтім заттары мен медициналық техника: дүкеннен алып кетуге болады.",
        "Средства ухода и медтехника: можно забрать в магазине.",
        "CASPKZKA",
        Somebody("head_medsyr", "Пак", "Елена", "Викторовна", date(1975, 12, 2), 4, "ru", "+77010000038"),
        (), (),
        goods=(
            Goods(WHEELCHAIR, ROOM_CHAIR, "Comfort R", 13_900_000, (KYZYLORDA,), pick_up=True),
            Goods(AID, NAPPIES, "Soft L", 24_500, (KYZYLORDA,), pick_up=True),
        ),
    ),
)  # fmt: skip


def everybody() -> dict[str, Somebody]:
    """Each person of the demo by their key; somebody who is head and specialist is there once."""
    staff = [one for firm in FIRMS for one in (firm.head, *firm.specialists)]
    return {one.iin: one for one in (*RECIPIENTS, MOTHER, *CLERKS, MINISTRY_CLERK, *staff)}


def who_can_sign_in() -> str:
    """Everybody with a phone, by role, with the IIN to sign in with. Codes come on the demo's page of phones."""
    lines = ["Sign in with an IIN; the code comes to the phone on the demo's page of phones.", ""]
    for title, somebodies in (
        ("Recipients", [one for one in RECIPIENTS if one.phone]),
        ("A mother who acts for her son", [MOTHER]),
        ("Heads of providers", [firm.head for firm in FIRMS]),
        ("Assistants and interpreters", [one for firm in FIRMS for one in firm.specialists]),
        ("Office staff", list(CLERKS)),
        ("Ministry staff", [MINISTRY_CLERK]),
    ):
        lines.append(title)
        lines += [f"  {one.iin}  {one.phone}  {one.last_name} {one.first_name}" for one in somebodies]
    return "\n".join(lines)
