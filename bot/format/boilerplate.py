"""Lines that pages and feeds put around an article and that are no part of it."""

from __future__ import annotations

import re

from bot.format.sentences import ends_sentence
from bot.format.text import fold

# Whole lines, folded (no case, accents or punctuation); these may be sentences, too.
_CALLS = re.compile(
    r"""(?x)
    (?:xem|doc|tim\ hieu)\ (?:them|tiep)\b.{0,150} | moi\ (?:ban|doc\ gia|quy\ doc\ gia)\b.{0,150}
    | (?:click|nhan|bam|kich)\ vao\ (?:day|link|duong\ dan|anh|hinh)(?:\ de\b.{0,100})?
    | click\ de\b.{0,80} | (?:keo|cuon|vuot)\ xuong\ de\b.{0,60} | dang\ nhap\ de\b.{0,60}
    | (?:doc|xem)\ (?:bai\ (?:viet\ )?goc|(?:toan\ bo|day\ du)\ bai)\b.{0,80}
    | theo\ doi\ .{2,40}
      \ tren\ (?:google\ news|facebook|zalo|youtube|telegram|tiktok)\b.{0,60}
    | gioi\ thieu\ cho\ ban\ be | theo\ doi\ (?:chung\ toi|kenh|fanpage)\b.{0,120}
    | (?:the\ )?(?:post|article|entry|story)
      \ .{0,300}(?:appeared\ first|first\ appeared)\b.{0,200}
    | (?:this\ )?(?:post|article|story|entry)\ (?:was\ )?originally
      \ (?:published|appeared)\b.{0,200}
    | (?:read|learn|see|find\ out|view|show)\ more\b.{0,150}
    | read\ (?:the\ )?(?:full|rest)\b.{0,150}
    | (?:keep|continue)\ reading\b.{0,150} | (?:click|tap)\ here\b.{0,100}
    | (?:also\ read|see\ also|read\ also|you\ (?:may|might)\ also\ like)\b.{0,150}
    | (?:sign\ up|subscribe|follow\ us|join\ us|support\ us|get\ the\ latest)\b.{0,150}
    | (?:this\ article|this\ post)\ (?:may\ )?contains?\ affiliate\b.{0,200}
    | (?:sponsored\ by|brought\ to\ you\ by)\b.{0,80}
    | all\ rights\ reserved\b.{0,100} | listen\ to\ this\b.{0,60}
    | (?:article|comments)\ url\b.{0,300} | points\ \d+ | \d+\ points?\b.{0,40}
    | submitted\ by\ u\b.{0,80}
    | lire\ (?:la\ suite|aussi)\b.{0,150} | weiterlesen\b.{0,150}
    | (?:den\ artikel|mehr)\ lesen\b.{0,80}
    | (?:leer\ mas|seguir\ leyendo|sigue\ leyendo|leia\ (?:mais|tambem)|continue\ lendo)\b.{0,150}
    | leggi\ (?:tutto|anche)\b.{0,150}
    | (?:lees\ (?:meer|verder|ook)|las\ (?:vidare|mer))\b.{0,150}
    | czytaj\ (?:dalej|wiecej|takze)\b.{0,150} | читать\ (?:далее|полностью|дальше)\b.{0,100}
    | читаите\ также\b.{0,150} | devamini\ oku.{0,60}
    | (?:阅读全文|继续阅读|続きを読む|查看全文).{0,40}
    """
)
# Labels and captions of buttons, folded: only lines that are no sentence.
_LABELS = re.compile(
    r"""(?x)
    chia\ se(?:\ .{0,40})?
    | (?:co\ the\ )?ban\ (?:co\ the\ )?(?:cung\ )?quan\ tam.{0,30}
    | anh\ (?:minh\ hoa|cat\ tu)\b.{0,50} | cap\ nhat(?:\ luc|\ ngay)?\ \d.{0,40}
    | pv | btv(?:\ .{0,40})? | dang\ (?:boi|ngay|luc)\b.{0,40}
    | duoc\ (?:viet|dang)\ boi\b.{0,40}
    | (?:tro\ lai|tro\ ve|quay\ lai)\ .{0,20}(?:tro\ lai.{0,20})?
    | copy\ link\b.{0,20} | bo\ luu | like\ fanpage\b.{0,40} | quan\ tam\ zalo\b.{0,20}
    | link\ goc | nghe\ (?:doc\ )?bai\b.{0,20} | (?:nu|nam)\ mien\ (?:bac|nam|trung)
    | toan\ bo\ bai\ viet | bai\ viet\ cung\ chu\ de
    | (?:dang|gui|viet|\d+)?\ ?binh\ luan(?:\ \d+|\ cua\ ban)?
    | danh\ gia(?:\ .{0,20})?
    | y\ kien(?:\ .{0,20})? | quang\ cao | trang\ chu | chi\ tiet | luu(?:\ bai\ viet)?
    | in\ bai(?:\ viet)?
    | (?:tin|bai|bai\ viet|cung)\ (?:lien\ quan|chuyen\ muc|cung\ chuyen\ muc|khac)\b.{0,60}
    | (?:tu\ khoa|tags?|chu\ de)\b.{0,60} | sao\ chep(?:\ lien\ ket)? | nguon\b.{0,60}
    | g | gplus | google\ ?plus | pinterest | facebook | twitter | x | linkedin | zalo | telegram
    | whatsapp | reddit | e\ ?mail | print | copy\ link | link | permalink | download | home
    | (?:leave\ a|post\ a|add\ a|write\ a|view|\d+|no)?\ ?(?:comments?|reply|replies)(?:\ .{0,20})?
    | discuss(?:\ .{0,40})? | share\b.{0,40} | like\ this\b.{0,20} | related\b.{0,60}
    | ratings?\b.{0,30} | submitted\ by.{0,60}
    | advertisements? | sponsored\b.{0,40} | more\ (?:on|from|about)\b.{0,60}
    | full\ (?:story|article)
    | photos?\ by\b.{0,60} | getty\ images | file\ photo | \d+\ min(?:ute)?s?\ read
    | table\ of\ contents
    | (?:by\ )?\d+\ (?:minutes?|hours?|days?)\ ago
    | (?:posted|published|updated|written|filed)\b.{0,60}
    | (?:source|via|copyright|c\ \d{4})\b.{0,60} | muc\ luc(?:\ (?:an|hien))?
    | комментарии.{0,20} | zum\ artikel
    """
)
_LONGEST_CALL = 400
_LONGEST_LABEL = 80
# What stands before a colon in bylines, source lines and lines about pictures.
_CREDIT = re.compile(
    r"""(?xi)
    (?:
      by | von | par | por | da | author | authors | tác\ giả | biên\ tập | bài | bài\ và\ ảnh
      | theo | nguồn | nguon | source | quelle | fuente | fonte | sursa | via | автор | источник
      | fotos? | ảnh | hình | photo | image | photograph | illustration | credit | bild | video
      | clip
      | nguồn\ ảnh | ảnh\ minh\ họa | hình\ minh\ họa | ngày\ đăng | cập\ nhật | date | datum
    )
    \s*[:：]\s*\S.{0,100}
    | [^\d.!?]{2,60}\s\((?:tổng\ hợp|theo\ [^()]{2,60}|dịch|biên\ dịch|lược\ dịch|t/h)\)
    | \((?:theo|nguồn|ảnh|source|photo|via|image|credit)[\s:][^()]{1,80}\)
    """
)
_BY = frozenset(("by", "theo", "von", "par", "por"))
_AND = frozenset(("and", "và", "et", "und", "y", "&", "|", "-"))
_MOST_NAMES = 8
_ONE_NAME = 2  # words: "By Monday."
_CAPTION = re.compile(
    r"""(?xi)
    [(\[.,–—-]?\s*
    (?:ảnh | nguồn\ ảnh | ảnh\ minh\ họa | hình | photo | image | picture | foto | bild | credit
      | photograph | illustration | screenshot | crédit(?:\ photo)?)
    \s?(?:credit|by|von|courtesy\ of)?\s*[:：/]\s*[^:]{2,80}$
    | \((?:ảnh|photo|image|foto|bild|credit|via)\b[^()]{0,80}\)\.?$
    | getty\ images\)?\.?$
    """
)
_LONGEST_CAPTION = 240
_LONGEST_BYLINE = 120
_DATE = re.compile(
    r"""(?xi)
    (?:thứ\s(?:hai|ba|tư|năm|sáu|bảy) | chủ\snhật | \w{0,6}day | mon | tue | wed | thu | fri | sat
      | sun)?[,.\s-]*
    (?:ngày\s)?\d{1,4}\s?[/.\-年]\s?\d{1,2}\s?(?:[/.\-月]\s?\d{1,4})?[日,.\s-]*
    (?:\d{1,2}[:hg]\d{2}(?::\d\d)?)?.{0,14}
    | (?:\w{3,9}day,?\s)?(?:\d{1,2}(?:st|nd|rd|th|\.)?\s)?
      (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?\s\d{1,4}(?:,?\s\d{4})?.{0,14}
    """
)
_ADDRESS = re.compile(r"(?i)(?:https?://|www\.)\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?")
_ONLY_SIGNS = re.compile(r"[\W\d_]*")
# Such as: HÀ NỘI (TTXVN) -, (Dân trí) -, TTO -, SAN FRANCISCO, May 21 (Reuters) -
_DATELINE = re.compile(
    r"^(?:[^\W\d_][^()\n:.!?]{1,60}\s)?\([^()]{2,40}\)\s*[-–—]+\s+(?=\S)"
    r"|^(?:TTO|TPO?|NLĐO|LĐO|PLO|PLVN|SGGPO?|NDO|VOV(?:\.VN)?|VTV\.vn|VTC(?:\ News)?|ICTnews|GenK"
    r"|KTĐT|Kinhtedothi|BĐT|AN(?:TD\.VN|TĐ)|CAND|QĐND(?:\ Online)?|VietNamNet|VietnamPlus|VietTimes"
    r"|BNEWS|HNMO?|GD&TĐ|TTXVN(?:/Vietnam\+)?|TP\.?\s?HCM|[\w-]{3,24}\.vn)\s*[-–—]{1,2}\s+(?=\S)"
    r"|^BNEWS\s+(?=[A-ZĐ])"
)
# What stands in capitals before a dash: a place, a rubric, a channel with its hour.
_KICKER = re.compile(r"[^\n.!?:;]{2,40}?\s[-–—]\s+(?=[\"“«‘']?[^\W\da-z_])")
_HOUR = re.compile(r"\d{1,2}[hH:]\d{2}")
_LEAST_LETTERS = 4  # "AI – Die Technik": a word of the sentence
# Chinese for "first published at", run into the last sentence.
_FIRST_AT = re.compile(r"([。！？]?)[,，；\s]*(?:本文)?首发于[^。！？]{1,40}。?$")
# What feeds put where they cut a text off, and the link that follows it.
_READ_MORE = re.compile(
    r"(?i)(?<=[.!?…\]\)»\"”])\s*[\[(]?\b(?:read more|continue reading|keep reading|read the full|"
    r"xem thêm|đọc tiếp|xem tiếp|xem chi tiết|weiterlesen|lire la suite|leer más|leia mais|more)\b"
    r"[^.!?…]{0,80}[\])]?[\s→»›>.…]*$"
)
_CUT_OFF = re.compile(r"\s*(?:[\[(]\s*(?:…|\.{3,9})\s*[\])]|…|(?<!\.)\.{3,}+)[\s→»›>]*+$")
# Runs into the name before it, which is the source's.
_GOOGLE_NEWS = re.compile(r"\s*View Full Coverage on Google News\s*$")
_ARROW_LINK = re.compile(r"(?<=[.!?…\]\)])\s+[^.!?…\n]{2,40}\s*[→»›⇒]+\s*$")
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]{1,200})\]\((?:https?:/|mailto:|[/#.])[^()\s]{0,500}\)")
_REDDIT_LINKS = re.compile(r"(?i)\s*(?:\[link\]|\[comments\])\s*")
CUT_MARK = "…"


def is_boilerplate(line: str) -> bool:
    """Tell whether `line` is no part of an article: share or comment box, byline, caption ..."""
    if _ONLY_SIGNS.fullmatch(line) or _ADDRESS.fullmatch(line.strip("()[]<>.,:;→ ")):
        return True
    if _is_byline(line) or _DATE.fullmatch(line):
        return True
    if len(line) <= _LONGEST_CAPTION and _CAPTION.search(line):
        return True
    return is_call(line) or _is_label(line)


def is_call(sentence: str) -> bool:
    """Tell whether `sentence` asks the reader to go on elsewhere: "Read more", "Subscribe"."""
    return len(sentence) <= _LONGEST_CALL and _CALLS.fullmatch(fold(sentence)) is not None


def is_byline(sentence: str) -> bool:
    """Tell whether `sentence` only names who wrote: "Par Mikkel Borch-Jacobsen."."""
    words = sentence.rstrip(".").split()
    return len(words) > _ONE_NAME and _is_by_names(words)


def _is_label(line: str) -> bool:
    if len(line) > _LONGEST_LABEL or ends_sentence(line):
        return False
    return _LABELS.fullmatch(fold(line)) is not None


def _is_byline(line: str) -> bool:
    if len(line) > _LONGEST_BYLINE:
        return False
    is_credit = _CREDIT.fullmatch(line) is not None and not ends_sentence(line)
    return is_credit or _is_by_names(line.split())


def _is_by_names(words: list[str]) -> bool:
    """Tell whether "By Ada Lovelace and Alan Turing" is all there is."""
    if not 1 < len(words) <= _MOST_NAMES or words[0].lower() not in _BY:
        return False
    return all(word[0].isupper() or word in _AND for word in words[1:])


def without_frame(line: str) -> str:
    """Return `line` without an agency's dateline before it and "read more" behind it.

    Where the feed has cut it off it ends in "…", or at the end of its last sentence.
    """
    line = _MARKDOWN_LINK.sub(r"\1", _REDDIT_LINKS.sub(" ", line)).strip()
    line = _ARROW_LINK.sub("", _READ_MORE.sub("", _GOOGLE_NEWS.sub("", line)))
    line = _without_kicker(_DATELINE.sub("", _FIRST_AT.sub(lambda at: at[1] or "。", line)))
    whole = _CUT_OFF.sub("", line)
    if whole == line or ends_sentence(whole):
        return whole
    return whole + CUT_MARK if whole else ""


def _without_kicker(line: str) -> str:
    found = _KICKER.match(line)
    if found is None:
        return line
    kicker = _HOUR.sub("", found[0])
    letters = sum(map(str.isalpha, kicker))
    is_kicker = letters >= _LEAST_LETTERS and kicker.isupper()
    return line[found.end() :] if is_kicker else line
