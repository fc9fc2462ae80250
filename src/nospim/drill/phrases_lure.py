"""What lures say: themes with several phrasings each, in the drill's own words.

Written for the drill and for nothing else; no weight that ships is learned from them.
"""

from __future__ import annotations

from typing import Final

LINKED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "clip": {
        "en": (
            "found a clip from the weekend and you are in it {link}",
            "{name} did you know they filmed you?? second half of this {link}",
            "I can't stop laughing, that must be you at 0:42 {link}",
            "they put a video of you online, better watch before your boss does {link}",
        ),
        "es": (
            "sales en este vídeo del sábado, no puede ser {link}",
            "{name} te grabaron, mira el minuto dos {link}",
        ),
        "de": (
            "du bist in dem Video von neulich, schau selbst {link}",
            "{name} wer hat das denn gefilmt, bist das du {link}",
        ),
        "fr": (
            "tu es sur cette vidéo de samedi, regarde vite {link}", "{name} qui t'a filmé comme ça {link}",
        ),
        "pt": (
            "você aparece nesse vídeo, olha o final {link}", "{name} quem gravou isso de você {link}",
        ),
        "ru": (
            "ты попал на видео с той вечеринки, смотри {link}", "{name} кто это тебя снял {link}",
        ),
        "tr": (
            "bu videoda sen varsın, sonuna bak {link}", "{name} seni kim çekmiş böyle {link}",
        ),
        "id": (
            "kamu ada di video ini, lihat bagian akhir {link}", "{name} siapa yang rekam kamu {link}",
        ),
    },
    "album": {
        "en": (
            "finally sorted the holiday pictures, enter with your chat name to see the private ones {link}",
            "uploaded everything from last summer, your login here works there too {link}",
            "private album just for friends, it asks for your messenger account once {link}",
            "new photos of me, don't show anyone ok? {link}",
        ),
        "es": ("ya subí las fotos del viaje, entra con tu cuenta del chat {link}",),
        "de": (
            "die Urlaubsbilder sind endlich drin, mit deinem Chat-Login kommst du rein {link}",
        ),
        "fr": ("j'ai enfin mis les photos des vacances, connecte-toi avec ton compte {link}",),
        "pt": ("finalmente subi as fotos da viagem, entra com sua conta do chat {link}",),
        "it": (
            "ho caricato le foto della vacanza, entra con il tuo account della chat {link}",
        ),
    },
    "rumour": {
        "en": (
            "is this true what is being said there? your full name is in it {link}",
            "someone made a page about you, thought you should know {link}",
            "{name} please tell me that profile is not yours {link}",
            "half the town is sharing this about you {link}",
        ),
        "es": ("hay una página con tu nombre y tus fotos, ¿lo sabías? {link}",),
        "de": ("da hat jemand eine Seite über dich gemacht, wusstest du das {link}",),
        "fr": ("quelqu'un a fait une page sur toi, tu étais au courant? {link}",),
        "ru": ("про тебя там целая страница, ты в курсе? {link}",),
        "pl": ("ktoś zrobił stronę o tobie, wiesz o tym? {link}",),
    },
    "ballot": {
        "en": (
            "my niece is second in the drawing competition, sign in and vote so it counts {link}",
            "quick favour: vote for entry 14, it needs your chat login as proof {link}",
            "we are {num} votes short for the dance final, could you {link}",
        ),
        "es": (
            "mi sobrina va segunda en el concurso, ¿le das tu voto? hay que iniciar sesión {link}",
        ),
        "de": (
            "meine Nichte ist Zweite im Malwettbewerb, stimmst du kurz ab? Anmelden nicht vergessen {link}",
        ),
        "ru": ("проголосуй пожалуйста за мою племянницу, нужно войти через чат {link}",),
        "id": ("tolong vote keponakanku ya, masuk pakai akun chat {link}",),
    },
    "circle": {
        "en": (
            "our old crowd meets on this site now, your profile is reserved already {link}",
            "I added you on the new friends' network, confirm with your messenger password {link}",
            "everyone on your list is on here except you {link}",
            "there is a map with all our contacts on it, look who lives next door {link}",
        ),
        "pt": ("a turma toda foi pra esse site, seu perfil já está lá {link}",),
        "tr": ("bütün arkadaşlar bu siteye geçti, profilin hazır {link}",),
        "fr": ("toute la bande est sur ce site maintenant, ton profil t'attend {link}",),
    },
    "notice": {
        "en": (
            "they close chat accounts that are not confirmed by midnight, I just did mine {link}",
            "your account shows as unsafe on my side, you can repair it here {link}",
            "with this you see who removed you from their contacts, two of yours did {link}",
            "new version is invite only, take my invitation before it runs out {link}",
        ),
        "de": ("alle Konten müssen bis heute bestätigt werden, hab meins schon {link}",),
        "es": ("van a cerrar las cuentas sin confirmar, yo ya hice la mía {link}",),
        "nl": ("accounts die niet bevestigd zijn gaan dicht, ik heb het net gedaan {link}",),
    },
    "gift": {
        "en": (
            "I really got the {num}0 voucher, there are a few left {link}",
            "the supermarket gives something to every messenger user today {link}",
            "one free month if you come through my link, both of us get it {link}",
        ),
        "it": ("il buono è arrivato davvero, ne restano pochi {link}",),
        "pt": ("o vale chegou mesmo, ainda tem alguns {link}",),
        "id": ("vouchernya beneran dapat, tinggal sedikit {link}",),
    },
    "parcel": {
        "en": (
            "the courier left a card with your name at mine, you can reroute it here {link}",
            "is that your parcel in the picture? they want you to confirm the address {link}",
            "can you check this letter before I send it, you need to log in to open it {link}",
        ),
        "de": ("bei mir liegt eine Karte vom Boten für dich, hier umleiten {link}",),
        "sv": ("ett paket till dig hamnade hos mig, bekräfta adressen här {link}",),
    },
}  # fmt: skip
"""Lures with a link, by theme and language."""

UNLINKED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "code": {
        "en": (
            "I set your number as my backup by accident, what does the six digit text say?",
            "you'll get a text with digits any second, that one is for me, read it to me please",
            "locked out of my account and you are my trusted friend, tell me the number they text you",
        ),
        "es": ("te va a llegar un sms con seis números, es mío, ¿me los dices?",),
        "de": (
            "dir kommt gleich eine SMS mit sechs Ziffern, die ist für mich, schickst du sie mir?",
        ),
        "pt": ("vai chegar um sms com seis números pra você, é meu, me passa?",),
        "id": ("sebentar lagi ada sms enam angka masuk, itu punyaku, tolong kirim ya",),
    },
    "card": {
        "en": (
            "near a shop? I need two game cards for my godson, scratch them and send me the digits",
            "awkward, could you get me a {num}0 prepaid voucher? I'll transfer it in the evening",
            "the till won't take my card, please buy a store voucher for {num}0 and photograph the back",
        ),
        "fr": (
            "tu peux m'acheter deux cartes prépayées et m'envoyer les codes? je te rembourse demain",
        ),
        "it": ("mi compri due carte regalo e mi mandi i numeri dietro? ti rendo tutto domani",),
    },
    "cash": {
        "en": (
            "robbed at the airport, I am ok but have no card, can you wire {num}00 to the desk?",
            "my banking app is blocked until thursday, could you pay a bill of {num}0 for me?",
            "please don't tell anyone but I am short this month, would {num}00 be possible",
        ),
        "es": (
            "me robaron la cartera en el aeropuerto, ¿puedes mandarme {num}00? te lo devuelvo el domingo",
        ),
        "tr": ("cüzdanım çalındı, bana {num}00 gönderebilir misin, pazar günü veririm",),
    },
}  # fmt: skip
"""Lures without a link: `code` takes the account over, the others take money."""

MOVED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "moved": {
        "en": (
            "I lose this account today, please write to 0555 0{num}{num} {num}{num} instead, it's urgent",
            "new number since today: 0555 {num}{num}{num} {num}{num}{num}, text me there, I need a favour",
            "don't use this chat any more, contact me on 0555 0{num}{num} {num}{num} right away",
        ),
        "es": ("cambié de número, escríbeme ya al 0555 {num}{num}{num} {num}{num}, necesito un favor",),
        "de": ("meine neue Nummer ist 0555 {num}{num}{num} {num}{num}, schreib mir gleich dort, es eilt",),
    },
}  # fmt: skip
"""A thief who asks friends to go on elsewhere, where no service sees him."""

COMPANION: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "companion": {
        "en": (
            "this app shows who blocked you, two people on my list did {link}",
            "look who visits your profile, allow it once and it lists everyone {link}",
            "found out who deleted me with this little helper, try yours {link}",
        ),
        "es": ("con esta app ves quién te bloqueó, a mí dos {link}",),
        "pt": ("esse app mostra quem te bloqueou {link}",),
        "tr": ("bu uygulama seni kimin engellediğini gösteriyor {link}",),
    },
}  # fmt: skip
"""What a companion app says in the name of those who let it in."""

FILES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "file": {
        "en": (
            "{name} open this, I think that is you in there",
            "here is the list we talked about, you need to open it on your phone",
            "the new version everybody has now, install it and we can talk with video",
            "you have not paid this yet, please look",
        ),
        "es": ("{name} ábrelo, creo que sales tú",),
        "de": ("{name} mach das mal auf, das bist doch du",),
        "fr": ("ouvre ça {name}, c'est toi dessus je crois",),
        "pt": ("{name} abre isso, acho que é você",),
    },
}  # fmt: skip
"""What stands beside a lure that is a file."""

STRANGER: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "romance": {
        "en": (
            "hello, your picture was suggested to me and you look kind, more of mine {link}",
            "new in your town and a bit lonely, come chat with me there {link}",
            "excuse me for writing out of nowhere, I felt I should {link}",
        ),
    },
    "trader": {
        "en": (
            "our signals group made {num}00 percent last month, free seats here {link}",
            "small deposit, daily payout, my mentor explains it all {link}",
            "I earn from home with this robot and want to share it with you {link}",
        ),
    },
    "job": {
        "en": (
            "recruiter here, remote task work, {num}0 an hour, no experience, form {link}",
            "rate products twenty minutes a day and get paid the same evening {link}",
        ),
    },
    "crowd": {
        "en": (
            "get {num}000 fans overnight, first hundred at no cost {link}",
            "boost for your channel, real people, proof inside {link}",
        ),
    },
}  # fmt: skip
"""What made-up accounts write to strangers."""

GREETINGS: Final = (
    "hi {name}, a minute?", "heyy", "are you at your phone right now?", "hello {name}", "psst",
    "good to see you online", "free to talk?", "hey can i ask you something", "{name}?", "hiii",
    "can i show you something", "do you have two minutes", "still awake?", "hi dear",
)  # fmt: skip

GREETING_REPLIES: Final = (
    "hey what's up", "yes?", "hi! all good?", "sure, tell me", "oh hi, been a while", "yep", "what is it",
    "in a meeting but go on", "hello you", "hi, at work, what's up?", "of course", "just now yes",
    "what happened", "hola, dime", "na?", "oui?", "oi!",
)  # fmt: skip

SMALL_TALK: Final = (
    "good morning {name}", "how was your week?", "long day today", "it rained all afternoon here",
    "haha yes", "are you well?", "say hello to everyone at home", "tea or coffee? :)", "back home now",
    "thinking of our trip last year", "busy tomorrow?", "sleep well", "nothing new here", "all good?",
)  # fmt: skip
"""What a thief writes who only wants to be seen writing."""

DOUBTS: Final = (
    "what is this?", "is that really you?", "huh? why do you send me that", "lol what",
    "it wants my password, is that right?", "not opening that", "since when do you write like this",
    "did you mean to send me this", "that looks strange, call me", "who is this", "ummm",
    "you sent that to the whole class I think", "my phone says it is dangerous", "doesn't open here",
    "is this a joke", "ok but why do I have to sign in again", "did somebody take your phone",
    "haha very funny", "what am I supposed to see there", "sorry, wrong person?", "¿qué es esto?",
    "was soll das sein", "c'est quoi ça", "isso é vírus?", "это что такое?", "bu ne?", "ini apa ya",
    "wat is dit nou",
)  # fmt: skip

ASSURANCES: Final = (
    "yes its me, just log in", "dont worry it is safe", "works better on the computer", "try again please",
    "trust me :)", "its really worth it", "yes yes, go ahead", "you have to enter the password twice",
    "no virus i promise", "later, look at it first",
)  # fmt: skip

QUOTES: Final = (
    "did you send me this? {link}",
    "your account just sent me {link}, is it real?",
    "what is {link} ??",
    "{link} asks for my login, I think you have been hacked",
)
CODES: Final = ("it says {code}", "{code}", "got it: {code} what is it for?", "{code} I think")
APOLOGIES: Final = (
    "that link from me was not me, please don't open it, somebody had my password",
    "sorry everyone, my account was hijacked, ignore what it sent you",
    "if you logged in on that page change your password now, I got my account back today",
    "the message about {topic} was a fake, delete it please!!",
    "I have been hacked, sorry. Did you click on anything?",
    "please ignore my last message, I did not write it",
    "new password set, everything is fine again, don't enter yours on that {topic} page",
    "someone wrote to all my contacts in my name this morning, it was not me",
)  # fmt: skip

SPIN_FRONT: Final = (
    "", "", "oh my ", "so, ", "listen, ", "{name}! ", "seriously ", "just saw it: ", "ok so ", "btw ",
    "hey {name}, ", "wow ",
)  # fmt: skip
SPIN_BACK: Final = (
    "", "", " :O", " haha", " please", " (quick!)", " ok?", " tell me what you think", " before it's gone",
    " xx", "!!!", " ...",
)  # fmt: skip
SYNONYMS: Final = {
    "found": ("spotted", "came across", "stumbled on"),
    "clip": ("video", "recording", "short film"),
    "watch": ("see", "check", "view"),
    "pictures": ("photos", "pics", "shots"),
    "photos": ("pictures", "pics", "snaps"),
    "page": ("site", "profile", "post"),
    "quick": ("small", "tiny", "little"),
    "everyone": ("everybody", "all people", "each person"),
    "finally": ("at last", "now", "just"),
    "really": ("actually", "truly", "honestly"),
    "laughing": ("giggling", "cracking up"),
    "someone": ("somebody", "a person"),
    "online": ("on the web", "up"),
    "free": ("gratis", "costless"),
    "login": ("sign-in", "account"),
    "weekend": ("saturday", "party", "other night"),
    "private": ("hidden", "closed"),
}  # fmt: skip
