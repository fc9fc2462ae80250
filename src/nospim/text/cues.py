"""Cues: what a message asks for or dangles, told from a few general words in many languages.

The corpora that a model may learn from are texting and comments; they hold hardly any lures of hijacked
friends.  What such lures must do is old and general: ask for a secret, for money or cards, for a click or a
vote, or wake curiosity, greed or fear.  Each cue is a conjunction of concepts (a word that asks, and a word
for what is asked for); nothing here was taken from, or fitted to, anybody's messages.

Bits: a cue is worth at most log2(one lure in twenty has it / share of private messages that have it), and
never more than `MOST`.  The shares, among real private messages, are in
``docs/explanation/wording-model.md``.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from msgspec import Struct

from nospim.text.words import words_of

MOST: Final = 2500
"""Largest worth of one cue, in thousandths of a bit: words are cheap to change, so they never weigh much."""
MOST_TOGETHER: Final = 4000
"""Largest worth of all cues of one message, in thousandths of a bit."""

MOST_WORDS: Final = 64
"""Words that are looked at: in longer texts unrelated words would meet."""


class Cue(Struct, frozen=True):
    """One cue found.

    name: what the message does, as words joined by "_" ("asks_for_a_secret").
    millibits: thousandths of a bit for spim; the cues of one message never exceed `MOST_TOGETHER`.
    """

    name: str
    millibits: int


CONCEPTS: Final[dict[str, str]] = {
    # English; Spanish, Portuguese, French, German; Russian; Chinese.  Neighbours are written "a_b".
    "secret": "password passwords passcode passwd pw pin login credentials otp username_password "
    "security_code verification_code sms_code the_code six_digit digit_code code_you code_i "
    "contrasena clave codigo senha mot_passe mdp identifiants code_recu passwort kennwort zugangsdaten "
    "sicherheitscode bestatigungscode пароль пароля код кода кодом логин 密码 验证 口令 登录",
    "give": "text_me read_me send give tell share enter type confirm verify forward provide submit reply "
    "need want whats envia enviame mandame manda dame dime escribe confirma verifica necesito me_passa envie "
    "mande digite confirme preciso envoie envoyez donne saisis saisissez confirmez schick schicke sende "
    "gib sag bestatige bestatigen eingeben brauche пришли отправь скинь скажи дай введи введите "
    "подтверди подтвердите нужен 发我 给我 告诉 输入 提供 确认 发给",
    "money": "money cash dollars euros pounds bucks loan funds dinero plata prestamo dolares dinheiro "
    "reais pix emprestimo grana argent sous virement geld euro uberweisung деньги денег рублей перевод "
    "借钱 转账 汇款 元钱 块钱",
    "lend": "lend borrow wire transfer owe prestame prestar transferir presta emprestar emprestado "
    "empresta prete preter preterais virer leihen leih uberweisen leihst одолжи займи займы одолжить "
    "переведи 借我 急用 转我",
    "help": "help emergency stranded robbed mugged stuck hospital urgently ayuda ayudame emergencia "
    "robaron ajuda socorro assaltado aide urgence agresse hilfe notfall notlage ausgeraubt помоги "
    "помощь срочно ограбили 帮忙 帮我 紧急 急事",
    "card": "gift_card gift_cards giftcard giftcards itunes_card steam_card steam_cards google_play "
    "amazon_card voucher_code scratch_code paysafe paysafecard prepaid_card neosurf tarjeta_regalo "
    "tarjetas_regalo cartao_presente carte_cadeau cartes_cadeaux geschenkkarte geschenkkarten "
    "guthabenkarte gutscheinkarte подарочную_карту подарочная_карта 礼品 充值 点卡",
    "buy": "buy purchase get send need codes pick compra comprar compre achete acheter kaufen kauf купи "
    "купить 购买 帮我 买几",
    "open": "click tap open watch visit check look see view clic pincha abre mira visita haz_clic "
    "clique abra olha veja assista cliquez ouvre regarde klick klicke klicken schau offne guck посмотри "
    "глянь зацени жми открой перейди смотри 点击 打开 看看 点开 链接",
    "link": "link here below site website page url out enlace aqui pagina sitio abaixo lien ici seite "
    "hier ссылка ссылке ссылку сайт сюда тут 链接 网址 网站 这里 下面",
    "media": "photo photos pic pics picture pictures video videos clip foto fotos imagen imagens images "
    "bild bilder фото фотка фотки видео видос 照片 视频 图片",
    "you_in": "this_you that_you is_you you_in you_on of_you about_you your_photo your_photos your_pic "
    "your_pics your_picture your_pictures your_video tu_foto tus_fotos sua_foto suas_fotos ta_photo "
    "tes_photos dein_foto deine_fotos твое_фото твои_фото eres_tu tu_en sales_en sales_tu es_tu "
    "voce_nesse e_voce voce_na toi_sur est_toi es_toi toi_dans bist_du du_auf du_das du_in это_ты ты_на "
    "тебя_на ты_тут 是你 有你 你的",
    "watch_you": "viewed visited visits views stalks stalking blocked deleted unfriended unfollowed "
    "removed_you visito visitado bloqueo bloqueado elimino visitou bloqueou excluiu visite bloque "
    "supprime besucht blockiert geloscht смотрел заходил удалил заблокировал 访问 屏蔽 删除 拉黑",
    "who": "who whos quien quem qui wer кто 谁看 谁在 是谁",
    "profile": "profile contacts page account list perfil contactos contatos profil kontakte kontakten "
    "профиль страницу контакты 主页 好友 空间",
    "account": "account accounts acct profile mailbox subscription cuenta conta compte konto аккаунт "
    "аккаунта учетная страница 账号 帐号 账户 帐户",
    "threat": "suspended suspend deactivated deactivate disabled locked limited restricted terminated "
    "verify verification reactivate activate unauthorized unusual suspendida bloqueada verificar "
    "desactivada suspensa desativada suspendu bloque desactive verifier gesperrt eingeschrankt "
    "verifizieren deaktiviert заблокирован заблокирована подтвердить подтвердите удален 冻结 封号 异常 "
    "停用 注销",
    "prize": "won winner winners prize prizes lottery jackpot congratulations congrats awarded reward "
    "giveaway ganado ganador premio sorteo felicidades ganhou sorteio parabens gagne gagnant lot cadeau "
    "felicitations gewonnen gewinner gewinnspiel gluckwunsch выиграл выиграли приз розыгрыш поздравляем "
    "победитель 中奖 奖品 大奖 恭喜 抽奖 红包",
    "claim": "claim selected chosen redeem collect entitled receive reclama reclamar cobrar "
    "seleccionado resgatar selecionado recupere recuperer selectionne einlosen abholen ausgewahlt "
    "получить забрать получи заберите 领取 领奖 兑换",
    "free": "free gratis gratuit gratuito gratuits kostenlos kostenlose umsonst бесплатно бесплатный "
    "халява 免费 免費 白送",
    "goods": "iphone ipad followers likes robux vbucks nitro skins coins diamonds gems credits giftcard "
    "spins ringtone ringtones seguidores diamantes monedas abonnes handy подписчики скины алмазы монеты "
    "皮肤 金币 钻石 话费",
    "earn": "earn earned earning income profit profits gana ganar ganancias ingresos lucro ganhe ganhar "
    "renda gagner gagnez revenus verdiene verdienen gewinn заработай заработок заработать доход прибыль "
    "赚钱 日赚 收入 利润 盈利 兼职",
    "scheme": "invest investment investing investor bitcoin btc crypto forex trading trader usdt "
    "per_day a_day per_week from_home work_home dollars inversion invertir inversiones criptomonedas "
    "por_dia investimento investir investissement investissez par_jour krypto investition investieren "
    "pro_tag von_zuhause инвестиции вложи крипта биткоин в_день на_дому 投资 股票 比特 彩票 理财 日结 "
    "在家",
    "vote": "vote votes voting vota votar voto voter votez stimme abstimmen abstimmung voten проголосуй "
    "проголосуйте голос голосуй 投票 投我",
    "for_me": "for_me for_my my_son my_daughter my_niece my_nephew contest competition por_mi mi_hija "
    "mi_hijo mi_sobrina concurso pra_mim minha_filha meu_filho minha_sobrinha pour_moi ma_fille "
    "mon_fils concours fur_mich fur_meine meine_tochter wettbewerb за_меня за_мою конкурс конкурсе "
    "племянницу дочку 比赛 女儿 孩子 一票 一下",
    "urgent": "urgent immediately asap hurry expires expire last_chance act_now "
    "right_away urgente inmediatamente expira ultima_oportunidad imediatamente agora_mesmo "
    "immediatement derniere_chance dringend sofort umgehend lauft_ab срочно немедленно истекает "
    "последний_шанс 立即 马上 尽快 紧急 过期",
    "elsewhere": "whatsapp telegram viber wechat snapchat kik онлайн телеграм ватсап телеграмм вотсап "
    "微信 加微 薇信 威信 扣扣 加群 加我",
    "reach": "add contact text message write join dm agregame anademe escribeme contacta adicione chama "
    "contate ajoute contacte rejoins schreib kontaktiere adde добавь напиши пиши 加我 联系 咨询 加微 "
    "私聊",
}

RULES: Final[tuple[tuple[str, int, tuple[str, ...]], ...]] = (
    ("asks_for_a_secret", 2500, ("secret", "give")),
    ("asks_for_money", 1500, ("money", "lend")),
    ("asks_for_money", 1500, ("money", "help", "give")),
    ("asks_for_value_cards", 2500, ("card", "buy")),
    ("asks_for_value_cards", 2500, ("card", "give")),
    ("asks_to_open_something", 1000, ("open", "link")),
    ("asks_to_open_something", 1000, ("open", "media")),
    ("asks_for_a_vote", 2500, ("vote", "for_me")),
    ("hints_at_pictures_of_you", 2500, ("you_in", "media")),
    ("tells_who_watches_you", 2500, ("who", "watch_you")),
    ("tells_who_watches_you", 2500, ("profile", "watch_you")),
    ("threatens_an_account", 2500, ("account", "threat")),
    ("promises_a_prize", 2500, ("prize", "claim")),
    ("promises_goods_for_free", 2500, ("free", "goods")),
    ("promises_earnings", 2500, ("earn", "scheme")),
    ("promises_earnings", 2500, ("earn", "money")),
    ("asks_to_write_elsewhere", 1000, ("elsewhere", "reach")),
    ("presses_for_time", 500, ("urgent", "open")),
    ("presses_for_time", 500, ("urgent", "give")),
)
"""(name, thousandths of a bit, concepts that must all occur); a name counts once."""


def _word_table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for concept, text in CONCEPTS.items():
        for word in re.findall(r"\S+", text):
            key = word.replace("_", " ")
            table[key] = (*table.get(key, ()), concept)
    return table


NEGATIONS: Final = frozenset({"dont", "never", "not", "wont", "nunca", "jamais", "nao", "nie", "не"})
"""Before a word of asking, they turn it round: a friend who warns of a lure repeats its words."""

_CONCEPTS_OF: Final = _word_table()
_FIRST_OF_PAIR: Final = frozenset(key.partition(" ")[0] for key in _CONCEPTS_OF if " " in key)


def concepts_in(words: list[str]) -> frozenset[str]:
    """The concepts that some word or pair of neighbours stands for."""
    found = [concept for word in words if word in _CONCEPTS_OF for concept in _CONCEPTS_OF[word]]
    if not _FIRST_OF_PAIR.isdisjoint(words):
        for first, second in pairwise(words):
            if first in _FIRST_OF_PAIR:
                found += _CONCEPTS_OF.get(f"{first} {second}", ())
    return frozenset(found)


def _warns(words: list[str]) -> bool:
    """Whether the text tells people not to do what a lure would ask."""
    return any(
        second in _CONCEPTS_OF and not _ASKED.isdisjoint(_CONCEPTS_OF[second])
        for first, second in pairwise(words)
        if first in NEGATIONS
    )


_ASKED: Final = frozenset({"give", "open", "buy"})


def find_cues(plain: str, words: list[str] | None = None) -> tuple[Cue, ...]:
    """The cues of a normalised text, in the order of `RULES`.

    plain: `Normal.plain`.  words: its `words_of`, where the caller has them already.  The sum of their
    millibits is at most `MOST_TOGETHER`: the last ones give way.
    """
    seen = (words_of(plain) if words is None else words)[:MOST_WORDS]
    concepts = concepts_in(seen)
    if len(concepts) < 2 or _warns(seen):
        return ()
    left, cues = MOST_TOGETHER, dict[str, int]()
    for name, bits, needed in RULES:
        if name not in cues and left and concepts.issuperset(needed):
            cues[name] = min(bits, left)
            left -= cues[name]
    return tuple(Cue(name, bits) for name, bits in cues.items())
