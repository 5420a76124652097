"""Plans as administrators write them, for tests: to read, to watch, to tick off."""

from __future__ import annotations

STUDY = """\
plans:
  - id: study
    title: 学习
    to: {roles: [teacher]}
    remind: [-7]
    items:
      - id: november
        title: 学一条
        window: {every: year, from: 11-02, until: 11-30}
        text: 这个月学一条。
        entry: gifts-card
"""
FILMS = """\
plans:
  - id: films
    title: 警示片
    to: {roles: [teacher]}
    remind: [-7]
    items:
      - id: autumn
        title: 警示片（三）
        window: {every: year, from: 11-02, until: 11-30}
        text: 看一部片。
        film: {title: 片名}
        quiz: {items: [gifts-card-1], count: 1, passes: 1}
        done_by: [quiz, meeting]
"""
LIST = """\
plans:
  - id: ones
    title: 两个一
    to: {roles: [secretary]}
    per: unit
    text: 清单在这里。
    remind: [-7]
    items:
      - id: film
        title: 一部片
        window: {every: year, from: 11-02, until: 11-30}
        text: 看一部片。
      - id: talk
        title: 一次会
        window: {every: year, from: 11-02, until: 11-30}
        text: 开一次会。
"""
KEY = "plan:study/november/2026"
