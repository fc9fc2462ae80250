"""What benign look-alikes say, written for the drill."""

from __future__ import annotations

from typing import Final

INVITES: Final = (
    "we're having people over {when}, bring {food}, all here: {link}",
    "my exhibition opens on {day}! programme {link}", "choir concert {day} at {place}, come please",
    "street party on {day}: sign up for a table {link}",
    "save the date, wedding on {day} the 14th, everything on {link}",
    "garage sale at {place} {when}, everything must go", "housewarming {when}, no presents, just {food}",
    "running a half marathon {day}, cheer for me? route {link}",
)  # fmt: skip
NUMBERS: Final = (
    "my old phone drowned, reach me on {number} from now on",
    "changed provider, new number {number}",
    "{number} is me now, {who} can confirm :)",
    "please note: {number}, the other one stops on {day}",
)
HOLIDAYS: Final = (
    "Happy Lantern Day", "Merry Midwinter", "Eid mubarak", "Frohe Ostern", "Feliz Navidad",
    "Shubh Deepavali", "С праздником", "Bonne fête",
)  # fmt: skip
HOLIDAY_TAILS: Final = (
    "", "!", "!!", " to you all", " and all the best", " 🎉", " :)", " from the whole family",
    ", lots of health", " ❤️",
)  # fmt: skip
VIRALS: Final = (
    "{link}", "crying {link}", "sending this to everyone {link}", "{link} omg", "have you all seen {link}",
    "the goat!!! {link}", "{link} 😂😂", "this is us {link}",
)  # fmt: skip
OFFERS: Final = (
    "fresh in: {food}, order until {day} {link}", "{num}0 percent off until {day} {link}",
    "this week's baskets {link}", "opening hours change from {day}, see {link}", "back in stock {link}",
    "{day} is tasting day {link}",
)  # fmt: skip
CLUB_NEWS: Final = (
    "fixtures and lifts for {day} {link}", "minutes of the meeting {link}",
    "training moves to {place}, details {link}", "newsletter no. {num} {link}",
    "shifts for the summer fair, put your name down {link}",
)  # fmt: skip
FUNDS: Final = (
    "I'm walking {num}0 km for the hospice, every coin counts {link}",
    "please help {who}'s family after the fire {link}",
    "we collect for the school roof, {num} euros would be great {link}",
    "the shelter needs food for {num}0 cats, donate here {link}",
)
HELP_QUESTIONS: Final = (
    "I can't sign in on my new phone", "how do I change my picture?", "where do I find the archive",
    "a friend of mine sends odd links", "my messages arrive twice", "how do I delete my account",
)  # fmt: skip
HELP_ANSWERS: Final = (
    "Thank you for writing. The steps are here: {link}",
    "Please follow {link} and tell us if it does not work.",
    "You can set that under Account, see {link}",
    "We are sorry for the trouble. This page explains it: {link} We never ask for your password.",
)
HELLOS: Final = (
    "hey it's me, I'm on here now too",
    "finally got this thing, it's {name}",
    "new here, say hi :)",
    "{name} here, is this you?",
)
WISHES: Final = (
    "happy birthday! (sent with birthday-buddy)",
    "have a great birthday {name}, sent by birthday-buddy",
    "all the best on your day {name}!",
)
CHAINS: Final = (
    "pass this on to ten people you love before midnight and something good happens on {day}",
    "a girl wrote this {num} years ago, it has been round the world {num} times, don't let it end here",
    "if you get this back from {num} friends you are a real friend, send it to everyone, me too",
    "from {day} on this chat costs money unless you forward this to {num}0 contacts, radio said so",
)  # fmt: skip
NEWS: Final = (
    "did you hear?? {link}", "oh no {link}", "it's all over the news {link}", "I can't believe it {link}",
    "are you ok? that is close to you {link}", "finally! {link}", "live ticker {link}", "{link} your view?",
    "they say it was {day} already {link}",
)  # fmt: skip
ALARMS: Final = (
    "flood warning for tonight, stay off the bridges, the council keeps this page up to date {link}",
    "boil your water until {day}, the waterworks say, details {link}",
    "missing since {day}, please share her picture {link}",
    "gas leak at {place}, keep away and close your windows, news here {link}",
    "the storm comes in {when}, stay at home, the weather office says {link}",
)  # fmt: skip
VOTES: Final = (
    "polls close at eight today, please go and vote, where: {link}",
    "every vote counts on {day}, find your polling station {link}",
    "last day to register for the vote is {day}, takes five minutes {link}",
    "sign for the bridge before {day}, we need {num}000 names {link}",
)  # fmt: skip
PROVOCATIONS: Final = (
    "you know what you did",
    "answer me",
    "explain yourself",
    "why did you say that about us",
    "hello??",
    "still waiting",
    "do you think you can hide",
)
PATIENCE: Final = (
    "I don't know what you mean",
    "please leave me alone",
    "what is this about?",
    "that was not me",
    "can we talk about it on the phone?",
    "I have nothing to say to that",
    "who are you?",
)
