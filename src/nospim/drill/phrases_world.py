"""Small talk in other languages, written for the drill: openers, answers and words around a link."""

from __future__ import annotations

from typing import Final, NamedTuple


class Talk(NamedTuple):
    """One language's sentences; `{link}`, `{w}`, `{t}` and `{n}` stand for a link, word, time and number."""

    words: tuple[str, ...]
    times: tuple[str, ...]
    openers: tuple[str, ...]
    answers: tuple[str, ...]
    links: tuple[str, ...]


LANGUAGES: Final[dict[str, Talk]] = {
    "es": Talk(
        (
            "la llave", "el cargador", "la tarta", "el informe", "la bici", "mi hermana", "el perro",
            "la guitarra", "el abuelo", "la mochila",
        ),
        (
            "esta tarde", "mañana", "el viernes", "a las ocho", "luego", "el finde", "después de cenar",
        ),
        (
            "hola, ¿qué tal [todo|el día|la familia]?", "¿quedamos {t}?", "¿has visto {w}?",
            "me olvidé {w} en tu casa", "¿a qué hora salís {t}?", "tengo un hambre...",
            "oye, ¿puedes traer {w} {t}?", "el tren viene con {n} minutos de retraso", "feliz cumple!!",
            "¿cómo fue el examen?", "{w} está en la cocina",
        ),
        (
            "vale, {t} entonces", "jajaja", "no puedo {t}, lo siento", "voy de camino",
            "en {n} minutos estoy", "qué bien!", "pregúntale a mamá", "ni idea", "gracias guapa",
            "nos vemos {t}", "todo bien, ¿y tú?",
        ),
        (
            "mira esto {link}", "las fotos de {t} {link}", "la receta {link}", "¿es este? {link}",
            "entradas para {t}: {link}",
        ),
    ),
    "de": Talk(
        (
            "den Schlüssel", "das Ladekabel", "den Kuchen", "die Unterlagen", "das Rad", "den Hund",
            "die Karten", "das Zelt", "den Schirm",
        ),
        (
            "heute Abend", "morgen", "am Freitag", "um acht", "später", "am Wochenende", "nach der Arbeit",
        ),
        (
            "na, wie geht's?", "sehen wir uns {t}?", "hast du {w} gesehen?", "ich hab {w} bei dir vergessen",
            "kannst du {t} {w} mitbringen?", "der Zug hat {n} Minuten Verspätung", "was gibt es zu essen?",
            "alles Gute zum Geburtstag!", "wie war die Prüfung?", "bist du {t} im Büro?",
            "guten Morgen zusammen",
        ),
        (
            "ja klar, {t} passt", "haha", "geht leider nicht, vielleicht {t}", "bin unterwegs",
            "noch {n} Minuten", "super", "frag mal Mama", "keine Ahnung", "danke dir!", "bis {t}",
            "geht so, und bei dir?",
        ),
        (
            "schau mal {link}", "die Bilder von {t} {link}", "das Rezept {link}",
            "meinst du den hier? {link}", "Wegbeschreibung: {link}",
        ),
    ),
    "fr": Talk(
        (
            "les clés", "le chargeur", "le gâteau", "le dossier", "le vélo", "le chien", "les billets",
            "la tente", "mon écharpe",
        ),
        (
            "ce soir", "demain", "vendredi", "à huit heures", "plus tard", "ce week-end", "après le boulot",
        ),
        (
            "coucou, ça va?", "on se voit {t}?", "tu as vu {w}?", "j'ai oublié {w} chez toi",
            "tu peux apporter {w} {t}?", "le train a {n} minutes de retard", "on mange quoi?",
            "joyeux anniversaire!!", "alors cet examen?", "tu bosses {t}?", "bonjour tout le monde",
        ),
        (
            "oui {t} c'est bon", "mdr", "je peux pas {t}, désolée", "j'arrive", "dans {n} minutes", "génial",
            "demande à maman", "aucune idée", "merci beaucoup", "à {t}!", "bof, et toi?",
        ),
        (
            "regarde ça {link}", "les photos de {t} {link}", "la recette {link}", "c'est celui-là? {link}",
            "le plan: {link}",
        ),
    ),
    "it": Talk(
        (
            "le chiavi", "il caricatore", "la torta", "i documenti", "la bici", "il cane", "i biglietti",
            "la tenda",
        ),
        (
            "stasera", "domani", "venerdì", "alle otto", "più tardi", "nel weekend", "dopo il lavoro",
        ),
        (
            "ciao, come stai?", "ci vediamo {t}?", "hai visto {w}?", "ho lasciato {w} da te",
            "puoi portare {w} {t}?", "il treno ha {n} minuti di ritardo", "che si mangia?", "tanti auguri!!",
            "com'è andato l'esame?", "buongiorno a tutti",
        ),
        (
            "va bene, {t}", "ahahah", "{t} non posso, scusa", "sto arrivando", "tra {n} minuti", "che bello",
            "chiedi a mamma", "boh", "grazie mille", "a {t}", "tutto bene, tu?",
        ),
        (
            "guarda qui {link}", "le foto di {t} {link}", "la ricetta {link}", "è questo? {link}",
        ),
    ),
    "pt": Talk(
        (
            "a chave", "o carregador", "o bolo", "o relatório", "a bicicleta", "o cachorro", "os ingressos",
            "a barraca",
        ),
        (
            "hoje à noite", "amanhã", "na sexta", "às oito", "mais tarde", "no fim de semana",
            "depois do trabalho",
        ),
        (
            "oi, tudo bem?", "a gente se vê {t}?", "você viu {w}?", "esqueci {w} aí", "pode trazer {w} {t}?",
            "o ônibus atrasou {n} minutos", "o que tem pra jantar?", "parabéns!!", "como foi a prova?",
            "bom dia pessoal",
        ),
        (
            "pode ser {t}", "kkkk", "{t} não dá, desculpa", "tô chegando", "em {n} minutos", "que legal",
            "pergunta pra mãe", "sei lá", "obrigada!", "até {t}", "tudo certo, e você?",
        ),
        (
            "olha isso {link}", "as fotos de {t} {link}", "a receita {link}", "é esse aqui? {link}",
        ),
    ),
    "nl": Talk(
        (
            "de sleutel", "mijn oplader", "de taart", "het verslag", "je fiets", "de hond", "de kaartjes",
            "mijn jas",
        ),
        (
            "vanavond", "morgen", "vrijdag", "om acht uur", "straks", "in het weekend", "na het werk",
        ),
        (
            "hoi, alles goed?", "zie ik je {t}?", "heb je {w} gezien?", "ik heb {w} bij jou laten liggen",
            "neem je {w} mee {t}?", "trein heeft {n} minuten vertraging", "wat eten we?", "gefeliciteerd!!",
            "hoe was je tentamen?",
        ),
        (
            "ja {t} is prima", "haha", "{t} lukt niet, sorry", "ik kom eraan", "nog {n} minuten", "leuk!",
            "vraag mama even", "geen idee", "dankjewel", "tot {t}",
        ),
        (
            "moet je zien {link}", "foto's van {t} {link}", "het recept {link}", "deze bedoel je? {link}",
        ),
    ),
    "pl": Talk(
        (
            "klucze", "ładowarkę", "ciasto", "raport", "rower", "bilety", "namiot", "parasol",
        ),
        ("wieczorem", "jutro", "w piątek", "o ósmej", "później", "w weekend", "po pracy"),
        (
            "hej, co słychać?", "widzimy się {t}?", "widziałaś {w}?", "zostawiłem u ciebie {w}",
            "weźmiesz {w} {t}?", "pociąg spóźniony {n} minut", "co na obiad?", "wszystkiego najlepszego!!",
            "jak egzamin?",
        ),
        (
            "dobra, {t}", "haha", "{t} nie mogę, sorki", "już jadę", "za {n} minut", "super", "spytaj mamę",
            "nie wiem", "dzięki!", "do zobaczenia {t}",
        ),
        ("zobacz to {link}", "zdjęcia z {t} {link}", "przepis {link}", "to ten? {link}"),
    ),
    "tr": Talk(
        (
            "anahtarı", "şarj aletini", "pastayı", "raporu", "bisikleti", "biletleri", "çadırı",
        ),
        (
            "bu akşam", "yarın", "cuma günü", "sekizde", "sonra", "hafta sonu", "işten sonra",
        ),
        (
            "selam, nasılsın?", "{t} görüşüyor muyuz?", "{w} gördün mü?", "{w} sende unuttum",
            "{t} {w} getirir misin?", "otobüs {n} dakika gecikti", "yemekte ne var?", "iyi ki doğdun!!",
            "sınav nasıldı?",
        ),
        (
            "tamam {t} olur", "hahaha", "{t} gelemem, kusura bakma", "yoldayım", "{n} dakikaya oradayım",
            "çok güzel", "anneme sor", "bilmiyorum", "sağ ol", "görüşürüz {t}",
        ),
        (
            "şuna bak {link}", "{t} çektiğimiz fotoğraflar {link}", "tarifi burada {link}", "bu mu? {link}",
        ),
    ),
    "id": Talk(
        ("kunci", "charger", "kue", "laporan", "sepeda", "tiket", "payung"),
        (
            "nanti malam", "besok", "hari jumat", "jam delapan", "nanti", "akhir pekan", "habis kerja",
        ),
        (
            "halo, apa kabar?", "jadi ketemu {t}?", "lihat {w} nggak?", "{w} ketinggalan di rumahmu",
            "bisa bawa {w} {t}?", "keretanya telat {n} menit", "makan apa malam ini?",
            "selamat ulang tahun!!", "gimana ujiannya?",
        ),
        (
            "oke {t} ya", "wkwkwk", "{t} nggak bisa, maaf", "otw", "{n} menit lagi", "wah keren",
            "tanya mama aja", "nggak tahu", "makasih ya", "sampai {t}",
        ),
        (
            "coba lihat ini {link}", "foto {t} di sini {link}", "resepnya {link}", "yang ini bukan? {link}",
        ),
    ),
    "sv": Talk(
        ("nyckeln", "laddaren", "kakan", "rapporten", "cykeln", "biljetterna", "tältet"),
        (
            "ikväll", "imorgon", "på fredag", "klockan åtta", "sen", "i helgen", "efter jobbet",
        ),
        (
            "hej, hur är läget?", "ses vi {t}?", "har du sett {w}?", "jag glömde {w} hos dig",
            "kan du ta med {w} {t}?", "tåget är {n} minuter sent", "vad blir det för mat?", "grattis!!",
            "hur gick tentan?",
        ),
        (
            "ja {t} funkar", "haha", "kan inte {t}, tyvärr", "på väg", "om {n} minuter", "vad kul",
            "fråga mamma", "ingen aning", "tack!", "vi hörs {t}",
        ),
        (
            "kolla här {link}", "bilderna från {t} {link}", "receptet {link}", "är det den här? {link}",
        ),
    ),
    "ru": Talk(
        ("ключи", "зарядку", "торт", "отчёт", "велосипед", "билеты", "зонт"),
        (
            "вечером", "завтра", "в пятницу", "в восемь", "потом", "на выходных", "после работы",
        ),
        (
            "привет, как дела?", "увидимся {t}?", "ты не видел {w}?", "я забыла у тебя {w}",
            "захватишь {w} {t}?", "поезд опаздывает на {n} минут", "что на ужин?", "с днём рождения!!",
            "как экзамен?",
        ),
        (
            "давай {t}", "ахаха", "{t} не могу, извини", "уже еду", "через {n} минут", "здорово",
            "спроси у мамы", "не знаю", "спасибо!", "до встречи {t}",
        ),
        ("смотри {link}", "фотки за {t} {link}", "рецепт тут {link}", "это оно? {link}"),
    ),
    "zh": Talk(
        ("钥匙", "充电器", "蛋糕", "报告", "车票", "雨伞", "那本书"),
        ("今晚", "明天", "星期五", "八点", "等一下", "周末", "下班以后"),
        (
            "在吗", "最近怎么样?", "{t}见面吗?", "你看到{w}了吗", "{w}忘在你家了", "{t}能带{w}来吗?",
            "火车晚点{n}分钟", "吃什么好呢", "生日快乐!!", "考试怎么样",
        ),
        (
            "好啊,{t}", "哈哈哈", "{t}不行,不好意思", "在路上了", "{n}分钟到", "太好了", "问妈妈吧",
            "不知道", "谢谢", "{t}见",
        ),
        ("看看这个 {link}", "{t}的照片 {link}", "做法在这里 {link}", "是这个吗 {link}"),
    ),
    "ja": Talk(
        ("鍵", "充電器", "ケーキ", "資料", "切符", "傘", "あの本"),
        ("今夜", "明日", "金曜日", "八時", "あとで", "週末", "仕事のあと"),
        (
            "元気?", "{t}会える?", "{w}見なかった?", "{w}忘れちゃった", "{t}{w}持ってきてくれる?",
            "電車{n}分遅れてる", "ご飯何にする?", "お誕生日おめでとう!!", "試験どうだった?",
        ),
        (
            "うん、{t}ね", "笑", "{t}は無理、ごめん", "今向かってる", "あと{n}分", "いいね",
            "お母さんに聞いて", "わからない", "ありがとう", "じゃあ{t}",
        ),
        ("これ見て {link}", "{t}の写真 {link}", "レシピ {link}", "これかな? {link}"),
    ),
    "ar": Talk(
        ("المفتاح", "الشاحن", "الكعكة", "التقرير", "التذاكر", "المظلة"),
        ("الليلة", "بكرة", "يوم الجمعة", "الساعة ثمانية", "بعدين", "بعد الشغل"),
        (
            "السلام عليكم، كيف الحال؟", "نتقابل {t}؟", "شفت {w}؟", "نسيت {w} عندك", "ممكن تجيب {w} {t}؟",
            "القطار متأخر {n} دقيقة", "إيش الغدا؟", "كل سنة وأنت طيب!!",
        ),
        (
            "تمام، {t}", "هههههه", "ما أقدر {t}، معليش", "جاي في الطريق", "بعد {n} دقيقة", "حلو",
            "اسأل ماما", "مدري", "شكرا", "أشوفك {t}",
        ),
        ("شوف هذا {link}", "صور {t} {link}", "الوصفة هنا {link}"),
    ),
    "hi": Talk(
        ("chaabi", "charger", "mithai", "report", "cycle", "ticket", "chhata"),
        ("aaj shaam", "kal", "shukravaar ko", "aath baje", "baad mein", "office ke baad"),
        (
            "kaise ho?", "{t} milte hain?", "{w} dekha kya?", "{w} tumhare ghar reh gaya", "{t} {w} le aana",
            "train {n} minute late hai", "khane mein kya hai", "janamdin mubarak!!", "paper kaisa gaya?",
        ),
        (
            "theek hai, {t}", "hahaha", "{t} nahi ho payega, sorry yaar", "aa raha hoon", "{n} minute mein",
            "badhiya", "mummy se pucho", "pata nahi", "shukriya", "{t} milte hain",
        ),
        (
            "yeh dekho {link}", "{t} ki photos {link}", "recipe yahan hai {link}", "yahi hai na? {link}",
        ),
    ),
    "vi": Talk(
        ("chìa khóa", "sạc", "bánh", "báo cáo", "xe đạp", "vé", "ô"),
        ("tối nay", "mai", "thứ sáu", "tám giờ", "lát nữa", "cuối tuần", "tan làm"),
        (
            "dạo này khỏe không?", "{t} gặp nhé?", "thấy {w} đâu không?", "mình quên {w} ở nhà bạn",
            "{t} mang {w} giúp mình nhé", "tàu trễ {n} phút", "tối ăn gì?", "chúc mừng sinh nhật!!",
            "thi sao rồi?",
        ),
        (
            "ok {t} nhé", "haha", "{t} không được rồi, xin lỗi", "đang tới", "{n} phút nữa", "hay quá",
            "hỏi mẹ đi", "không biết nữa", "cảm ơn nha", "hẹn {t}",
        ),
        (
            "xem cái này đi {link}", "ảnh {t} đây {link}", "công thức {link}", "cái này phải không? {link}",
        ),
    ),
}  # fmt: skip
