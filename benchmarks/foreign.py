"""Small talk in other scripts, made from parts: what a filter made for English must leave alone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

Talker = Callable[[Random], str]

CHINESE: Final = (
    ("今天", "明天", "周末", "刚才", "晚上", "等一下", "下周三", "早上"),
    ("我", "你", "我们", "妈妈", "小李", "老师", "他"),
    ("想去", "在", "要买", "忘了带", "正在准备", "已经看完", "还没做好"),
    ("晚饭", "那本书", "电影", "火车票", "作业", "生日蛋糕", "雨伞", "新的手机号"),
    ("了吗？", "，你呢？", "哈哈", "。", "，好累啊", "！", "，等我一会儿", "😂"),
)
RUSSIAN: Final = (
    ("сегодня", "завтра", "вечером", "слушай,", "кстати,", "ну", "на выходных", "привет,"),
    ("я", "мы", "ты", "мама", "Саша", "бабушка", "наш сосед"),
    ("уже купил", "хочу посмотреть", "забыл", "готовит", "едет забирать", "не успеет сделать", "ищет"),
    ("ужин", "билеты", "ту книгу", "домашку", "пирог", "зонтик", "новый телефон", "машину"),
    ("", ", а ты?", "))", "!", ", ладно?", ", устал ужасно", ", напиши потом", " 😂"),
)
ARABIC: Final = (
    ("اليوم", "غدا", "مساء", "اسمع،", "بالمناسبة", "في العطلة", "صباح الخير،", "والله"),
    ("أنا", "نحن", "أمي", "أخي", "أحمد", "المعلمة", "جارنا"),
    ("يريد أن يشتري", "نسي", "يحضر", "ينتظر", "ما زال يبحث عن", "انتهى من", "لا يجد"),
    ("العشاء", "الكتاب", "تذاكر القطار", "الواجب", "الكعكة", "المظلة", "الهاتف الجديد", "السيارة"),
    ("", "، وأنت؟", " ههههه", "!", "، إن شاء الله", "، تعبت كثيرا", "، كلمني بعدين", " 😂"),
)
HINDI: Final = (
    ("आज", "कल", "शाम को", "सुनो,", "वैसे", "छुट्टी में", "सुबह", "अरे"),
    ("मैं", "हम", "माँ", "भैया", "राहुल", "अध्यापिका", "पड़ोसी"),
    ("खरीदना चाहते हैं", "भूल गए", "बना रहे हैं", "ढूँढ रहे हैं", "देख चुके हैं", "लेने जा रहे हैं", "अभी तक नहीं लाए"),
    ("खाना", "वह किताब", "ट्रेन के टिकट", "गृहकार्य", "केक", "छाता", "नया फ़ोन", "गाड़ी"),
    ("", ", और तुम?", " हाहा", "!", ", ठीक है?", ", बहुत थक गए", ", बाद में बात करते हैं", " 😂"),
)


def _sentence(parts: tuple[tuple[str, ...], ...], rng: Random, between: str) -> str:
    *words, end = (rng.choice(part) for part in parts)
    return between.join(words) + end


def chinese(rng: Random) -> str:
    """A sentence in Chinese."""
    return _sentence(CHINESE, rng, "")


def russian(rng: Random) -> str:
    """A sentence in Russian."""
    return _sentence(RUSSIAN, rng, " ")


def arabic(rng: Random) -> str:
    """A sentence in Arabic."""
    return _sentence(ARABIC, rng, " ")


def hindi(rng: Random) -> str:
    """A sentence in Hindi: the verb comes last."""
    when, who, does, what, end = (rng.choice(part) for part in HINDI)
    return f"{when} {who} {what} {does}{end}"


def mixed(rng: Random) -> str:
    """A sentence that goes from one script to another and back, as bilingual people write."""
    english = rng.choice(("ok so", "the meeting", "btw", "my iPhone", "check the WiFi", "Zoom at 5", "lol"))
    return f"{english} {rng.choice((chinese, russian, arabic, hindi))(rng)}"


TALK: Final[dict[str, Talker]] = {
    "Chinese": chinese,
    "Russian": russian,
    "Arabic": arabic,
    "Hindi": hindi,
    "mixed scripts": mixed,
}
"""All of them, by the name that tables show."""
