"""The words of alerts, in the operator's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.alerts import TroubleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language.

    Headings take `count`, in brackets at their end; `remedies` take `name`, the subject's id, and
    `full`, the whole subject.
    """

    one_post: str
    some_posts: str
    silent_since: str
    spent: str
    room_again: str
    storm: str
    moved: str
    disk: str
    failing: str
    never_worked: str
    stalled: str
    unexplained: str
    paused: str
    never: str
    ahead: str
    late: str
    since: str
    idle: str
    spans: tuple[str, str, str]
    periods: Mapping[str, str]
    more: str
    headings: Mapping[TroubleKind, str]
    remedies: Mapping[TroubleKind, str]
    over: Mapping[TroubleKind, str]

    def posts(self, count: int) -> str:
        """Return the number of posts in words."""
        return (self.one_post if count == 1 else self.some_posts).format(count=count)

    def span(self, span: timedelta) -> str:
        """Return a span of ten minutes or more in its largest unit of which there are two."""
        minutes = span // timedelta(minutes=1)
        units = zip((1440, 60, 1), self.spans, strict=True)
        size, words = next((size, words) for size, words in units if minutes >= 2 * size)
        return words.format(count=minutes // size)

    def heading(self, kind: TroubleKind) -> str:
        """Return the heading of a single trouble."""
        return self.headings[kind].removesuffix(" ({count})")

    def remedy(self, kind: TroubleKind, subject: str) -> str:
        """Return the remedy of a trouble, with commands to type."""
        return self.remedies[kind].format(name=subject.rpartition(":")[0] or subject, full=subject)


WORDS: Mapping[str, Words] = {
    "en": Words(
        one_post="1 post",
        some_posts="{count} posts",
        silent_since="{feed}: nothing new since {since}",
        spent="account {account}: {spent} of {limit} USD spent this {period}",
        room_again="; posts go on at 00:00 of {date}",
        storm="{feed}: too much at once, {posts} held back",
        moved="{channel}: chat {was} has a new id, {now}; posts go there",
        disk="{folder}: {free} MB are free",
        failing="{feed}: {why}",
        never_worked="{feed}: it never worked: {why}",
        stalled="{channel}: nothing got out since {since}: {why}; next try {next}",
        unexplained="nothing was tried, and newsbot does not know why",
        paused="{text}; nothing gets out since {since}; next try {next}",
        never="only when you resume it",
        ahead="they are {span} ahead of the clock",
        late="the earliest is {span} late",
        since="since {since}: {text}",
        idle="{path} has no enabled feed that leads to an enabled channel",
        spans=("{count} days", "{count} hours", "{count} minutes"),
        periods={"day": "day", "month": "month"},
        more="and {count} more",
        headings={
            "lost": "The database is lost: newsbot has stopped, and posts nothing more",
            "store": "The database does not work: nothing is polled or posted",
            "disk": "The disk of the database is full, or nearly",
            "clock": "The database remembers times that are still to come",
            "late": "newsbot runs, but its polls are late",
            "alerts": "Alerts do not reach their chat",
            "metrics": "The figures are not served",
            "web": "Hubs cannot push: their feeds are polled as usual",
            "desk": "The desk cannot be reached: nothing is approved there",
            "configuration": "A changed configuration is refused: the one before goes on",
            "idle": "Nothing is read, so nothing can be posted",
            "stalled": "Channels in which nothing gets out ({count})",
            "feed_failing": "Feeds that fail again and again ({count})",
            "feed_silent": "Feeds that are unusually silent ({count})",
            "storm": "Feeds that brought too much at once: nothing was posted ({count})",
            "orphaned": "Held back of feeds that are not polled any more ({count})",
            "paused": "Paused by newsbot ({count})",
            "moved": "Chats with a new id ({count})",
            "unknown": "Posts that may or may not have arrived",
            "failed": "Posts that failed",
            "budget": "Budget",
        },
        remedies={
            "lost": "put the database back, or its newest copy with `newsbot state restore`; "
            "then start newsbot again",
            "store": "do as the line says; newsbot then goes on by itself",
            "disk": "free some space (`df -h {full}`); newsbot then goes on by itself",
            "clock": "set the clock of this machine right; if it is right, stop newsbot, then "
            "`newsbot state rewind`",
            "late": "its log tells more; `systemctl restart newsbot`",
            "alerts": "mend alerts.chat, or let the bot write there: `newsbot chats` lists the "
            "chats that it sees; newsbot tries again by itself",
            "metrics": "end the program that has this address, or name another one as "
            "metrics.listen and restart; newsbot tries again each minute",
            "web": "end the program that has this address, or name another one as "
            "web.listen and restart; newsbot tries again each minute",
            "desk": "mend desk.chat, or let the bot write there: `newsbot check --online` tells "
            "what is missing; newsbot tries again by itself",
            "configuration": "`newsbot check` shows its mistakes; if it has none and is meant so, "
            "`newsbot reload --accept` takes it",
            "idle": "put feeds and channels back into the file, or `newsbot feeds add URL`",
            "stalled": "mend the fault that the line names, or wait: newsbot tries again by "
            "itself; `newsbot deliveries --channel {name}` lists the posts",
            "feed_failing": "`newsbot preview --feed {name}` shows the fault; "
            "`newsbot pause feed:{name}` ends the polling",
            "feed_silent": "look whether its address changed; "
            "`newsbot preview --feed {name}` shows its items",
            "storm": "`newsbot preview --feed {name}` shows its items; then "
            "`newsbot feeds release {name}`, or with `--drop` to give it up",
            "orphaned": "`newsbot feeds release {name}`, or with `--drop` to give it up; "
            "`newsbot deliveries --state held` lists it",
            "paused": "mend the fault that the line names, then `newsbot resume {full}`",
            "moved": "write the new number as `chat` of the channel into the configuration",
            "unknown": "`newsbot deliveries --state unknown --channel {name}`; look at the "
            "channel, then `newsbot retry ID` or `newsbot drop ID`",
            "failed": "`newsbot deliveries --state failed --channel {name}` tells why; "
            "then `newsbot retry ID` or `newsbot drop ID`",
            "budget": "raise accounts.{name}.budget in the configuration, or wait; "
            "`newsbot status` shows the forecast",
        },
        over={
            "feed_failing": "Feeds that are well again ({count})",
            "feed_silent": "Feeds with news again ({count})",
            "paused": "Goes on again ({count})",
            "stalled": "Channels that go on, or have nothing to send any more ({count})",
            "late": "Polls are in time again",
        },
    ),
    "vi": Words(
        one_post="1 bài",
        some_posts="{count} bài",
        silent_since="{feed}: không có tin mới từ {since}",
        spent="tài khoản {account}: đã tiêu {spent} trên {limit} USD của {period}",
        room_again="; đăng tiếp lúc 00:00 ngày {date}",
        storm="{feed}: quá nhiều tin cùng lúc, {posts} đang được giữ lại",
        moved="{channel}: chat {was} có id mới là {now}; bài được gửi đến đó",
        disk="{folder}: còn trống {free} MB",
        failing="{feed}: {why}",
        never_worked="{feed}: chưa từng hoạt động: {why}",
        stalled="{channel}: không có bài nào ra được từ {since}: {why}; lần thử tới {next}",
        unexplained="chưa thử gửi, newsbot không rõ vì sao",
        paused="{text}; không có bài nào ra được từ {since}; lần thử tới {next}",
        never="chỉ khi bạn cho tiếp tục",
        ahead="đi trước đồng hồ {span}",
        late="lần sớm nhất trễ {span}",
        since="từ {since}: {text}",
        idle="{path} không có nguồn tin nào đang bật và dẫn đến một kênh đang bật",
        spans=("{count} ngày", "{count} giờ", "{count} phút"),
        periods={"day": "ngày", "month": "tháng"},
        more="và {count} mục nữa",
        headings={
            "lost": "Mất cơ sở dữ liệu: newsbot đã dừng, không đăng gì nữa",
            "store": "Cơ sở dữ liệu không hoạt động: không lấy tin, không đăng bài",
            "disk": "Ổ đĩa của cơ sở dữ liệu đã đầy hoặc sắp đầy",
            "clock": "Cơ sở dữ liệu nhớ những thời điểm chưa tới",
            "late": "newsbot đang chạy nhưng lấy tin trễ",
            "alerts": "Cảnh báo không đến được chat",
            "metrics": "Không phục vụ được số liệu",
            "web": "Hub không đẩy tin tới được: nguồn tin vẫn được lấy như thường",
            "desk": "Không đến được bàn duyệt (desk): không ai duyệt bài được",
            "configuration": "Cấu hình vừa sửa bị từ chối: bản trước vẫn chạy",
            "idle": "Không lấy tin nào nên không có gì để đăng",
            "stalled": "Kênh không có bài nào ra được ({count})",
            "feed_failing": "Nguồn tin lỗi nhiều lần liên tiếp ({count})",
            "feed_silent": "Nguồn tin im lặng khác thường ({count})",
            "storm": "Nguồn tin gửi quá nhiều cùng lúc: chưa đăng gì ({count})",
            "orphaned": "Bài đang giữ của nguồn tin không còn được lấy ({count})",
            "paused": "newsbot đã tạm dừng ({count})",
            "moved": "Chat có id mới ({count})",
            "unknown": "Bài không rõ đã đến hay chưa",
            "failed": "Bài gửi không thành công",
            "budget": "Ngân sách",
        },
        remedies={
            "lost": "đặt lại cơ sở dữ liệu, hoặc bản sao mới nhất bằng `newsbot state restore`; "
            "rồi khởi động lại newsbot",
            "store": "làm như dòng trên; sau đó newsbot tự tiếp tục",
            "disk": "giải phóng dung lượng (`df -h {full}`); sau đó newsbot tự tiếp tục",
            "clock": "chỉnh đúng đồng hồ của máy; nếu nó đã đúng, dừng newsbot rồi gõ "
            "`newsbot state rewind`",
            "late": "xem nhật ký; `systemctl restart newsbot`",
            "alerts": "sửa alerts.chat, hoặc cho bot quyền viết vào đó: `newsbot chats` liệt kê "
            "các chat mà bot thấy; lỗi tạm thời được thử lại",
            "metrics": "tắt chương trình đang giữ địa chỉ này, hoặc đặt metrics.listen khác rồi "
            "khởi động lại; newsbot thử lại mỗi phút",
            "web": "tắt chương trình đang giữ địa chỉ này, hoặc đặt web.listen khác rồi "
            "khởi động lại; newsbot thử lại mỗi phút",
            "desk": "sửa desk.chat, hoặc cho bot quyền viết vào đó: `newsbot check --online` cho "
            "biết thiếu gì; newsbot tự thử lại",
            "configuration": "`newsbot check` cho thấy lỗi; nếu không có lỗi và đúng ý bạn, gõ "
            "`newsbot reload --accept`",
            "idle": "đưa nguồn tin và kênh trở lại tệp, hoặc `newsbot feeds add URL`",
            "stalled": "sửa điều nêu trên, hoặc chờ: newsbot tự thử lại; "
            "`newsbot deliveries --channel {name}` liệt kê các bài",
            "feed_failing": "`newsbot preview --feed {name}` cho thấy lỗi; "
            "`newsbot pause feed:{name}` ngừng lấy tin",
            "feed_silent": "xem địa chỉ nguồn tin có đổi không; "
            "`newsbot preview --feed {name}` cho thấy nội dung hiện có",
            "storm": "`newsbot preview --feed {name}` cho thấy nội dung hiện có; rồi gõ "
            "`newsbot feeds release {name}`, hoặc thêm `--drop` để bỏ",
            "orphaned": "`newsbot feeds release {name}`, hoặc thêm `--drop` để bỏ; "
            "`newsbot deliveries --state held` cho xem",
            "paused": "sửa điều nêu trên rồi gõ `newsbot resume {full}`",
            "moved": "ghi số mới vào `chat` của kênh trong cấu hình",
            "unknown": "`newsbot deliveries --state unknown --channel {name}`, xem lại kênh, "
            "rồi `newsbot retry ID` hoặc `newsbot drop ID`",
            "failed": "`newsbot deliveries --state failed --channel {name}` cho biết lý do; "
            "rồi `newsbot retry ID` hoặc `newsbot drop ID`",
            "budget": "tăng accounts.{name}.budget trong cấu hình, hoặc chờ; "
            "`newsbot status` cho xem dự báo",
        },
        over={
            "feed_failing": "Nguồn tin đã hoạt động lại ({count})",
            "feed_silent": "Nguồn tin đã có tin mới ({count})",
            "paused": "Đã tiếp tục ({count})",
            "stalled": "Kênh đã gửi lại được, hoặc không còn gì để gửi ({count})",
            "late": "Đã lấy tin đúng giờ trở lại",
        },
    ),
}
