"""Sign-in pages as HTML: one build, one set of words, one brand's colours."""

from __future__ import annotations

from msgspec import Struct

from benchmarks.sign_ins.brands import Brand
from benchmarks.sign_ins.words import Words


class Face(Struct, frozen=True):
    """What a page is made of.

    name: that it bears; empty for none.  logo: address of a picture, empty for none.  extra: markup below the
    form.  head: markup in the head.  target: where the form posts.
    """

    words: Words
    name: str
    colour: str
    second: str
    build: str
    logo: str = ""
    extra: str = ""
    head: str = ""
    target: str = "/session"
    title: str | None = None


def own_face(brand: Brand, words: Words) -> Face:
    """The brand's own sign-in."""
    help_ = (
        f'<p><a href="https://{brand.domain}/help">Help</a> <a href="https://{brand.domain}/terms">Terms</a>'
    )
    return Face(words, brand.shown, brand.colour, brand.second, brand.build, "/logo.svg", help_)


def page(face: Face) -> str:
    """The page."""
    said = {field: getattr(face.words, field).replace("{b}", face.name) for field in Words.__struct_fields__}
    title = said["title"] if face.title is None else face.title
    picture = f'<img class="logo" src="{face.logo}" alt="{face.name}">' if face.logo else ""
    form = (
        f'<form method="post" action="{face.target}">'
        f'<label>{said["user"]}<input name="u" type="text"></label>'
        f'<label>{said["secret"]}<input name="p" type="password"></label>'
        f'<button type="submit">{said["button"]}</button></form>'
        f'<p><a href="/forgot">{said["forgot"]}</a><p><a href="/join">{said["join"]}</a>'
    )
    inner = f"{picture}<h1>{said['greeting']}</h1>{form}{face.extra}"
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>{face.head}"
        f"<style>{_style(face)}</style></head><body>{_body(face.build, inner, picture)}</body></html>"
    )


def _body(build: str, inner: str, picture: str) -> str:
    if build == "split":
        return f'<div class="side"></div><main>{inner}</main>'
    if build == "bar":
        return f"<header>{picture}</header><main>{inner.replace(picture, '') if picture else inner}</main>"
    return f"<main>{inner}</main>"


def _style(face: Face) -> str:
    base = (
        "*{box-sizing:border-box}body{margin:0;font:16px sans-serif}label{display:block;margin:12px 0}"
        "input{display:block;width:100%;padding:10px;border:1px solid #bbb}"
        ".logo{height:48px;padding:2px;background:#fff}"
        f"button{{width:100%;padding:12px;border:0;color:#fff;background:{face.colour}}}"
    )
    builds = {
        "card": f"body{{background:{face.second}}}"
        "main{width:420px;margin:90px auto;padding:36px;background:#fff}",
        "split": f".side{{position:fixed;left:0;top:0;bottom:0;width:55%;background:{face.colour}}}"
        "main{margin-left:60%;width:360px;padding-top:120px}",
        "bar": f"header{{height:72px;padding:12px;background:{face.colour}}}"
        "main{width:460px;margin:60px auto}",
        "plain": "main{width:380px;margin:60px auto}",
        "dark": f"body{{background:#16181c;color:#eee}}main{{width:420px;margin:110px auto;padding:30px;"
        f"border:2px solid {face.second}}}",
    }
    return base + builds[face.build]
