"""What the summary says, in the language of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.operate.spans import span as in_letters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryWords:
    """One language. Headings of lists stand above their entries."""

    week: str
    posts: str
    half: str
    filtered: str
    merged: str
    slow: str
    slow_by: str
    silent: str
    silent_since: str
    failing: str
    failed: str
    unknown: str
    spent: str
    best: str
    more: str
    picture: str
    others: str
    day_form: str
    months: tuple[str, ...]
    units: Mapping[str, str]
    separator: str

    def day(self, day: date) -> str:
        """Return a day without its year."""
        return self.day_form.format(day, self.months[day.month - 1])

    def number(self, number: int) -> str:
        """Return a number with a sign between its thousands."""
        return f"{number:,}".replace(",", self.separator)

    def span(self, span: timedelta) -> str:
        """Return a span of time in one unit."""
        count, unit = in_letters(span.total_seconds()).split()
        return f"{count} {self.units[unit]}"


EN = SummaryWords(
    week="Week {first} – {last}",
    posts="Posts: {count}",
    half=", half of them within {delay} of publication",
    filtered="kept out by filters: {count}",
    merged="Merged with other outlets' posts: {count}",
    slow="Slow feeds",
    slow_by="{name}: half of its news is shown {delay} late",
    silent="Silent feeds",
    silent_since="{name}: nothing new since {since}",
    failing="Failing feeds",
    failed="Posts that failed (`newsbot deliveries --state failed`)",
    unknown="Posts that may or may not have arrived (`newsbot deliveries --state unknown`)",
    spent="Money",
    best="Best-rated posts",
    more="and {count} more",
    picture="Posts by day, {first} – {last}",
    others="others",
    day_form="{0.day} {1}",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    units={"s": "s", "min": "min", "h": "h", "d": "d"},
    separator=",",
)
VI = SummaryWords(
    week="Tuần {first} – {last}",
    posts="Bài đăng: {count}",
    half=", một nửa trong vòng {delay} sau khi tin ra",
    filtered="bộ lọc bỏ qua: {count}",
    merged="Gộp với bài của báo khác: {count}",
    slow="Nguồn tin chậm",
    slow_by="{name}: một nửa số tin hiện ra trễ {delay}",
    silent="Nguồn tin im lặng",
    silent_since="{name}: không có tin mới từ {since}",
    failing="Nguồn tin lỗi",
    failed="Bài gửi không thành công (`newsbot deliveries --state failed`)",
    unknown="Bài không rõ đã đến hay chưa (`newsbot deliveries --state unknown`)",
    spent="Chi phí",
    best="Bài được đánh giá cao nhất",
    more="và {count} mục nữa",
    picture="Bài đăng theo ngày, {first} – {last}",
    others="kênh khác",
    day_form="{0.day}/{0.month}",
    months=("",) * 12,
    units={"s": "giây", "min": "phút", "h": "giờ", "d": "ngày"},
    separator=".",
)
WORDS: Mapping[str, SummaryWords] = {"en": EN, "vi": VI}
