"""Where a page shows a logo: looked for in the drawn page, so it does not matter of what the page is made.

A logo in a picture of a whole page, in a style sheet or in SVG is found alike.  Method: normalised
cross-correlation (J. P. Lewis, "Fast Normalized Cross-Correlation", 1995) of the outlines of logo and page,
not of their colours, at several sizes: first a few hundred points of the logo at every other place, then all
points where that came out best, and at sizes in between.  It runs in the browser (`SEARCH`), in its sandbox,
on our own drawing of the page, so no stranger's picture is decoded in this process.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

SHOWN: Final = 0.74
"""Correlation of outlines from which a logo is there, chosen on made-up logos (`benchmarks.brand`): the
same one comes to 0.85 and more, whatever else is on a page to 0.6."""
HEIGHTS: Final = (22, 24, 25, 27, 29, 31, 33, 36, 38, 41, 44, 47, 50, 54, 58, 62, 67, 72)
"""Heights in pixels, without empty margins, at which a logo is looked for, 7 % apart: the ends of a long logo
meet only where its size is right.  What is smaller stands in a button, as "sign in with" does; what is larger
is a picture of its own."""
TEMPLATE: Final = 20
"""Height in points to which logo and page are reduced for the comparison."""
MAX_LOGOS: Final = 16
"""Logos looked for in one page: each takes up to a second."""


class Logo(Struct, frozen=True):
    """A picture of a brand's logo.  brand: as the operator wrote it.  kind: media type."""

    brand: str
    kind: str
    picture: bytes


SEARCH: Final = """async (shot, logo, heights, size) => {
  const load = async (source) => {
    const image = new Image(); image.src = source; await image.decode(); return image;
  };
  const outlines = (image, from, width, height) => {
    const canvas = document.createElement('canvas'); canvas.width = width; canvas.height = height;
    const pen = canvas.getContext('2d', {willReadFrequently: true}); pen.imageSmoothingQuality = 'high';
    pen.fillStyle = '#fff'; pen.fillRect(0, 0, width, height);
    pen.drawImage(image, from.x, from.y, from.w, from.h, 0, 0, width, height);
    const w = width, h = height, data = pen.getImageData(0, 0, w, h).data;
    const grey = new Float32Array(w * h), edge = new Float32Array(w * h);
    for (let i = 0; i < w * h; i++)
      grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
    for (let y = 1; y < h - 1; y++) for (let x = 1; x < w - 1; x++) {
      const i = y * w + x;
      edge[i] = Math.min(120, Math.abs(grey[i + 1] - grey[i - 1]) + Math.abs(grey[i + w] - grey[i - w]));
    }
    return {w, h, grey, edge};
  };
  const trimmed = (image) => {
    const k = Math.min(1, 480 / Math.max(image.width, image.height));
    const w = Math.max(1, Math.round(image.width * k)), h = Math.max(1, Math.round(image.height * k));
    const {grey} = outlines(image, {x: 0, y: 0, w: image.width, h: image.height}, w, h);
    let left = w, right = -1, top = h, bottom = -1;
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) if (Math.abs(grey[y * w + x] - grey[0]) > 16) {
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
    if (right < 0) return null;
    return {x: left / k, y: top / k, w: (right - left + 1) / k, h: (bottom - top + 1) / k};
  };
  const compare = (page, mark, points, left, top) => {
    let a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    for (const place of points) {
      const x = place % mark.w, y = (place - x) / mark.w;
      const p = page.edge[(top + y) * page.w + left + x], q = mark.edge[place];
      a += p; b += q; aa += p * p; bb += q * q; ab += p * q;
    }
    const n = points.length, va = aa - a * a / n, vb = bb - b * b / n;
    return va < 40 * n || vb <= 0 ? 0 : (ab - a * b / n) / Math.sqrt(va * vb);
  };
  const page = await load(shot), mark = await load(logo);
  if (!mark.width || !mark.height) return null;
  const part = trimmed(mark);
  if (part === null) return null;
  const wide = Math.min(12 * size, Math.max(size, Math.round(size * part.w / part.h)));
  const sample = outlines(mark, part, wide, size);
  const all = [...sample.edge.keys()].filter((i) => {
    const x = i % wide, y = (i - x) / wide;
    return x > 0 && y > 0 && x < wide - 1 && y < size - 1;
  });
  const ranked = all.filter((i) => sample.edge[i] > 30);
  if (ranked.length < 20) return null;
  const few = (list, most) => list.filter((_, n) => n % Math.ceil(list.length / most) === 0);
  const some = few(ranked, 110).concat(few(all.filter((i) => sample.edge[i] <= 30), 60));
  const first = Math.min(page.height, Math.round(page.width * 0.75));
  const screen = {x: 0, y: 0, w: page.width, h: first};
  let best = 0, where = null;
  for (const height of heights) {
    const k = size / height;
    const seen = outlines(page, screen, Math.round(page.width * k), Math.round(first * k));
    const hits = [];
    for (let y = 0; y + sample.h <= seen.h; y += 2) for (let x = 0; x + sample.w <= seen.w; x += 2) {
      const found = compare(seen, sample, some, x, y);
      if (found > 0.3) hits.push([found, x, y]);
    }
    hits.sort((p, q) => q[0] - p[0]);
    for (const [, x, y] of hits.slice(0, 8)) for (let dy = -1; dy < 2; dy++) for (let dx = -1; dx < 2; dx++) {
      const left = x + dx, top = y + dy;
      if (left >= 0 && top >= 0 && left + sample.w <= seen.w && top + sample.h <= seen.h)
        {
          const found = compare(seen, sample, all, left, top);
          if (found > best) { best = found; where = {height, x: left / k, y: top / k}; }
        }
    }
  }
  if (where !== null) for (const by of [0.945, 0.965, 0.985, 1.015, 1.035, 1.055]) {
    const k = size / (where.height * by);
    const seen = outlines(page, screen, Math.round(page.width * k), Math.round(first * k));
    for (let dy = -2; dy < 3; dy++) for (let dx = -2; dx < 3; dx++) {
      const left = Math.round(where.x * k) + dx, top = Math.round(where.y * k) + dy;
      if (left >= 0 && top >= 0 && left + sample.w <= seen.w && top + sample.h <= seen.h)
        best = Math.max(best, compare(seen, sample, all, left, top));
    }
  }
  return best;
}"""
"""Returns the best correlation (0 to 1); null for a picture without outlines."""
