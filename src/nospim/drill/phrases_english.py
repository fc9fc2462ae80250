"""Small talk in English, written for the drill: topics of openers and answers over shared word lists."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "who": (
        "Tilda", "Marek", "Oona", "Jorin", "Priya", "Kwame", "Lotte", "Benny", "my sister", "my brother",
        "mum", "dad", "the neighbours", "grandma", "the twins", "my cousin", "your flatmate", "the boss",
        "coach", "Ines", "Rafa", "the landlord", "auntie", "Yusuf", "Emre",
    ),
    "day": (
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow",
        "the weekend", "next week", "the day after",
    ),
    "when": (
        "tonight", "after work", "at six", "around eight", "at half past seven", "on {day}", "later",
        "before lunch", "in an hour", "first thing in the morning", "this evening", "when the rain stops",
    ),
    "place": (
        "the station", "the harbour", "the old mill", "the library", "the pool", "the corner bar",
        "my place", "yours", "the gym", "the market", "the bakery", "the park gate", "the office",
        "the bus stop", "the lake", "platform four", "the climbing hall", "the vet",
    ),
    "food": (
        "dumplings", "lentil soup", "pancakes", "the leftover curry", "pizza", "noodles", "roast potatoes",
        "sushi", "a cheese toastie", "stuffed peppers", "plum cake", "falafel", "fish pie", "fried rice",
        "tacos", "beetroot salad", "banana bread",
    ),
    "thing": (
        "my charger", "the spare key", "your umbrella", "the blue folder", "my headphones", "the tent",
        "the drill", "your jumper", "the tickets", "a ladder", "my glasses", "the football", "the car seat",
        "that book", "my wallet", "the board game",
    ),
    "mood": (
        "knackered", "fine", "a bit ill", "over the moon", "so bored", "starving", "half asleep", "nervous",
        "all right", "stressed", "better than yesterday", "in a mood", "freezing",
    ),
    "good": (
        "great", "brilliant", "not bad", "lovely", "amazing", "decent", "surprisingly good", "a bit slow",
        "way too long", "hilarious", "weird", "perfect",
    ),
    "course": (
        "statistics", "chemistry", "the history paper", "the driving theory", "french", "the lab report",
        "algebra", "the presentation", "the seminar", "anatomy",
    ),
    "show": (
        "the one with the lighthouse", "that cooking show", "the space thing", "the detective series",
        "the new season", "the penguin documentary", "that heist film", "the quiz",
    ),
    "team": (
        "the home side", "the reds", "our lot", "the under fifteens", "the visitors", "the women's team",
        "the stripes",
    ),
    "city": (
        "Lisbon", "Gdansk", "Leeds", "Izmir", "Bologna", "Utrecht", "the coast", "Porto", "the mountains",
        "Malmo", "Valencia", "the islands", "Ghent",
    ),
    "work": (
        "the quarterly numbers", "the rota", "that client", "the stock count", "the night shift",
        "the new till system", "the roof job", "the handover", "training",
    ),
    "pet": ("the cat", "the dog", "the rabbit", "the hamster", "the parrot", "the kitten"),
    "num": ("2", "3", "4", "5", "6", "10", "12", "15", "20", "45"),
}  # fmt: skip

TOPICS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "hello": (
        (
            "hey, how are you", "morning!", "you awake?",
            "long time no see, how is [life|everything|it going]?", "hiya [you ok?|what's new?|]",
            "how was your day", "good evening [stranger|you|boss]", "how did it go {when}?",
            "are you around?", "what are you up to",
        ),
        (
            "{mood}, you?", "all good here, just {mood}", "can't complain", "same old. you?",
            "just got in, give me {num} minutes", "pretty {mood} to be honest",
            "at {place} with {who}, and you?", "busy with {work}", "on the bus, {mood}",
            "nothing much, watching {show}",
        ),
    ),
    "plans": (
        (
            "are we still on for {day}?", "fancy {place} {when}?", "what time shall we meet at {place}",
            "{who} asks if you are free {when}", "do you want to come to {place} with us {when}?",
            "I'm off {day}, do you want to do something?", "shall I book for {num}?",
            "can we move it to {day}?", "who else is coming {when}",
        ),
        (
            "yes! see you at {place}", "can't {when}, how about {day}?", "count me in",
            "maybe, depends on {who}", "I'll be {num} minutes late", "let me ask {who}",
            "only if there is {food}", "{when} works", "sorry, I promised {who} to help with {work}",
            "meet you at {place} then", "ok {when} it is",
        ),
    ),
    "food": (
        (
            "what's for dinner", "I made {food} and there is far too much",
            "do we need anything from {place}?", "have you eaten", "{food} or {food}?", "who ate my {food}",
            "that {food} {when} was {good}", "I'm craving {food}", "can you bring {food}?",
            "try putting lime on {food}, trust me",
        ),
        (
            "{food} please", "already ate, sorry", "save me some!", "milk and onions, that's all",
            "how long in the oven?", "about {num} minutes", "ask {who}, not me",
            "you always say that about {food}", "sounds {good}", "ok stopping at {place}",
            "we are out of eggs again",
        ),
    ),
    "travel": (
        (
            "landed in {city}!", "the train to {city} is {num} minutes late",
            "how do I get from {place} to yours?", "we are thinking of {city} in spring",
            "traffic is terrible near {place}", "is {city} worth it for {num} days?", "just passed {place}",
            "missed the bus, walking from {place}", "when does your flight leave",
        ),
        (
            "take the tram and change at {place}", "safe trip!", "send me a postcard from {city}",
            "I'm jealous", "{city} was {good}", "text me when you are there", "oh no, again?",
            "leave {when}, it is quieter", "I can pick you up {when}", "{num} minutes more or less",
        ),
    ),
    "work": (
        (
            "how is {work} going?", "can you cover {day} for me", "the meeting moved to {when}",
            "{who} wants {work} done by {day}", "I am so done with {work}", "did you hear about {work}?",
            "lunch at {place}?", "are you in the office {day}",
            "could you look over {work} when you get a minute",
        ),
        (
            "sure, {day} is fine", "nearly done, {num} pages left", "who decided that", "ask {who}",
            "I'll send it {when}", "typical", "not before {day}", "let's talk {when}",
            "I said so in the meeting already", "ok on it", "only {num} more hours",
        ),
    ),
    "school": (
        (
            "did you do {course}?", "what was the homework for {course}", "how did {course} go?",
            "I don't get question {num} in {course}", "is there class {day}?", "study {when} at {place}?",
            "they moved {course} to {day}", "who has notes for {course}",
        ),
        (
            "barely, I was {mood}", "page {num} I think", "it was {good}", "same, ask {who}",
            "I'll send you mine {when}", "failed it probably", "passed!!", "no idea",
            "let's do it together {when}", "read the bit on page {num} again",
        ),
    ),
    "family": (
        (
            "{who} had the baby!", "call {who} please, it's their birthday {day}", "how is {who} doing?",
            "{who} is asking about {day}", "can you pick {who} up from {place}?",
            "grandad walked all the way to {place}", "{who} lost a tooth", "we are at {who}'s until {day}",
        ),
        (
            "aww congratulations", "much better, thanks", "will do {when}", "what shall I bring?",
            "tell {who} hello", "home since {day}", "oh that's {good} news", "still at {place}, waiting",
            "{who} slept {num} hours", "yes mum",
        ),
    ),
    "sport": (
        (
            "did you see {team}?", "training {when}?", "{num} - {num}, unbelievable", "who is in goal {day}",
            "ran {num} k this morning", "swim {when}?", "{team} play at {place} on {day}",
            "we are one short for {day}, can you play?",
        ),
        (
            "they were {good}", "the second half was {good}", "my knee is still bad", "I'm in",
            "never a penalty", "{who} scored twice", "respect!", "ask {who}, I'm {mood}", "bring {thing}",
            "see you at {place}",
        ),
    ),
    "screen": (
        (
            "have you watched {show}?", "no spoilers for {show} please", "cinema {day}?",
            "{show} made me cry", "level {num} is impossible", "what was that song at {place}",
            "are you online {when}? need one more for the raid", "recommend me something {good}",
        ),
        (
            "it was {good}", "started it, fell asleep", "episode {num} is {good}", "only with popcorn",
            "on it, log in {when}", "you'd like {show}", "{who} told me the ending", "the book was better",
            "just one more episode",
        ),
    ),
    "errand": (
        (
            "have you seen {thing}?", "I left {thing} at {place}", "can I borrow {thing} until {day}?",
            "{pet} ate {thing}", "is {thing} still at yours", "the washing machine is broken again",
            "do you know a plumber", "parcel came, it is with {who}",
            "could you water the plants until {day}", "they turn the water off {when}",
        ),
        (
            "look under the sofa", "at {place} I think", "yes, bring it back {day}", "poor {pet}",
            "I'll drop it off {when}", "no, ask {who}", "of course", "found it!",
            "try switching it off and on", "{who} has a good one", "{num} euros, what a bargain",
        ),
    ),
    "feelings": (
        (
            "I had the strangest dream", "can I call you {when}?", "thank you for {day}, it was {good}",
            "miss you lot", "feeling {mood} today", "guess who I met at {place}", "I got the job!!",
            "{who} and I are fine again", "sorry about {day}", "so proud of you",
        ),
        (
            "tell me everything", "of course, call me {when}", "miss you too", "no worries at all",
            "really?? {who}?", "big hug", "that's {good}!", "you deserve it", "oh no what happened",
            "let's talk {when}", "take it easy",
        ),
    ),
    "weather": (
        (
            "it is snowing here!", "so much rain", "{num} degrees and no shade",
            "storm {when}, close the windows", "finally sun", "is it windy at {place}?",
        ),
        (
            "here too", "same, {who} is soaked", "perfect for {food}", "stay inside then",
            "nothing yet here", "{pet} hides under the bed", "lucky you",
        ),
    ),
    "money": (
        (
            "you owe me {num} for {food} :)", "how do we split {place}?",
            "could you lend me {num} until {day}?", "rent is due {day}", "I got the money back for {thing}",
            "did you pay {who} for the present",
        ),
        (
            "sent it just now", "{num} each", "I'll give it to you {when}", "already did",
            "can it wait till {day}?", "sure no problem", "thanks, you're a star",
        ),
    ),
}  # fmt: skip

ANYTIME: Final = (
    "ok", "haha", "yes", "no way", "sure", "on my way", "lol", "thanks!", "good night", "see you", "brb",
    "hmm", "nice one", "call you back", "what?", "wait a sec", "same here", "no idea tbh", "exactly",
    "sounds good", "k", "aw", "stop it", "ok see you {when}", "no I meant {day}", "{who} says hi",
    "at {place} now", "almost there, {num} min", "forgot {thing} again", "yes but bring {thing}",
    "not {food} again please", "just woke up", "I'll tell {who}", "we'll see {when}",
    "and then {who} laughed for {num} minutes", "are you joking", "well that was {good}", "let me check",
    "be right there", "ten minutes tops", "what did {who} say?",
)  # fmt: skip

LINKS: Final = (
    "this reminded me of you {link}", "{link}", "the recipe for {food}: {link}",
    "directions to {place} {link}", "read this {when} {link}", "photos from {day} are here {link}",
    "is this the one? {link}", "{link} thoughts?", "tickets for {day} {link}",
    "they wrote about {place} {link}", "that song {link}", "cheaper here {link}", "for {course}: {link}",
    "we could rent this in {city} {link}", "you need to see {pet} in this {link}", "timetable {link}",
    "{who} is in the paper! {link}", "the sign up sheet for {day} {link}", "this clip is {good} {link}",
    "minutes from {day}: {link}", "could you vote for {who}'s school garden? {link}",
    "log in with the class password, pictures are up {link}",
    "is that you at {place} in the third picture?? {link}",
)  # fmt: skip
"""What people write around a link; the last few say what lures say, and mean it."""

TO_LINK: Final = (
    "thanks, looking now", "haha {good}", "nice find", "can't open it here", "oh wow", "saw it already",
    "will read {when}", "love it", "who made this?", "that's {good}",
)  # fmt: skip
