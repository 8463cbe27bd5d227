"""A sentence without what is not about goods: markup, addresses, and clauses that give orders to a model."""

from __future__ import annotations

import html
import re

_MARKUP = re.compile(
    r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|$)|<[^<>]*>|\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}|https?://\S+|www\.\S+|\S+@\S+\.\w+|```+",
    re.IGNORECASE | re.DOTALL,
)
# A clause that gives orders to a model names no goods; it is cut out whole, up to the next punctuation.
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules?|above|previous|everything|guidelines)\b|"
    r"system prompts?|jailbreak|developer mode|\byou are now\b|\bact as\b|\bpretend to be\b|\broleplay\b|api[\s_-]*keys?|"
    r"\b(?:passwords?|credentials?|secrets?|tokens)\b|\b(?:reveal|print|output|repeat|leak|show me)\b.{0,30}\b(?:prompt|instructions?|system|keys?|data)\b|"
    r"\bdrop\s+table\b|\bselect\s+\*|\brm\s+-rf\b|\bdelete\s+all\b|\bassistant\s*:|\bsystem\s*:|\buser\s*:|"
    r"(?:忽略|无视|忘记|忘掉|跳过).{0,12}(?:指令|指示|提示|规则|设定|要求|内容|一切)|系统提示|提示词|越狱|开发者模式|你现在是|扮演|密码|密钥|"
    r"(?:输出|打印|泄露|透露|告诉我).{0,10}(?:指令|系统|数据库|密|提示)|删除(?:所有|全部)|删库|"
    r"(?:把|将).{0,12}(?:设为|设成|设置为|改为|改成|调成|调为)|\b(?:set|change|override)\b.{0,25}\b(?:prices?|thresholds?|ratings?|conditions?|limits?|stock)\b.{0,20}\b(?:to|below|under|at|as)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[^。！？!?；;\n.，,]+")


def harmless(sentence: str) -> str:
    """The sentence without markup, addresses and clauses that give orders to a model; nothing is joined that stood apart."""
    text = html.unescape(sentence)
    text = _MARKUP.sub(lambda m: " " if re.fullmatch(r"</?\w{1,8}>", m[0]) else " ； ", text)
    return _CLAUSE.sub(lambda m: "；" if _ORDERS.search(m[0]) else m[0], text)
