"""What the desk says, in the language of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWords:
    """One language. `by` is a person, `at` a time, `why` a reason, `id` a delivery's number."""

    post: str
    skip: str
    edit: str
    later: str
    back: str
    hours: str
    until: str
    shown_again: str
    goes_out: str
    unasked: str
    sent: str
    skipped: str
    unknown: str
    failed: str
    held: str
    will_be_posted: str
    is_skipped: str
    is_later: str
    changed: str
    see_below: str
    over: str
    gone: str
    how_to_edit: str
    waits: str
    empty: str
    too_long: str
    cannot_show: str
    nobody: str
    skipped_by: str
    nobody_in: str
    yes: str
    send: str
    give_up: str
    too_late: str
    costs: str
    commands: Mapping[str, str]


VI = DeskWords(
    post="Đăng",
    skip="Bỏ qua",
    edit="Sửa",
    later="Để sau",
    back="Quay lại",
    hours="{hours} giờ",
    until="Hiện lại lúc {at}",
    shown_again="Đã hiện lại bên dưới",
    goes_out="Sẽ đăng · {by}",
    unasked="không cần duyệt",
    sent="Đã đăng {at} · {by}",
    skipped="Không đăng: {why}",
    unknown="Có thể đã đăng: {why}",
    failed="Lỗi: {why}",
    held="Đã duyệt, đang giữ: {why}",
    will_be_posted="Sẽ đăng khi đến lượt.",
    is_skipped="Đã bỏ qua.",
    is_later="Sẽ hiện lại lúc {at}.",
    changed="Nguồn vừa sửa tin này, nên chưa đăng: xem lại bản mới bên dưới.",
    see_below="Nút này đã cũ: tin đã được hiện lại bên dưới.",
    over="Nút này đã cũ. {state}",
    gone="Nút này đã cũ: newsbot không còn giữ tin này.",
    how_to_edit="Trả lời (reply) tin nhắn này bằng nội dung mới, định dạng như bạn gõ. "
    "Bài sẽ hiện lại để duyệt.",
    waits="Bài {id} cho kênh {channel}, từ {feed}, chờ duyệt.",
    empty="Câu trả lời không có chữ: bài vẫn như cũ.",
    too_long="Dài {length} ký tự, tối đa {limit}: bài vẫn như cũ. Hãy trả lời lại ngắn hơn.",
    cannot_show="Không hiện được bài như trong kênh: {why}",
    nobody="newsbot, không ai quyết định",
    skipped_by="bỏ qua bởi {by}",
    nobody_in="không ai quyết định kịp (approve_within)",
    yes="Đồng ý",
    send="Gửi",
    give_up="Bỏ",
    too_late="Nút này đã cũ, nên không làm gì: hãy gửi lại lệnh.",
    costs="{deed}: tốn tối đa {dollars} USD. Tiếp tục?",
    commands={
        "status": "mọi thứ có ổn không",
        "queue": "các bài đang chờ",
        "pause": "tạm dừng kênh, nguồn hoặc tài khoản",
        "resume": "cho chạy tiếp",
        "explain": "vì sao một tin được đăng hay không",
        "retry": "gửi lại một bài",
        "drop": "bỏ một bài đang chờ",
        "retract": "xóa bài đã đăng",
        "post": "đăng ngay một tin vào kênh",
        "preview": "xem trước tin mới nhất của nguồn",
        "release": "thả nguồn đang bị giữ vì quá nhiều tin",
        "help": "danh sách lệnh",
    },
)
EN = DeskWords(
    post="Post",
    skip="Skip",
    edit="Edit",
    later="Later",
    back="Back",
    hours="{hours} h",
    until="Shown again at {at}",
    shown_again="Shown again below",
    goes_out="Goes out · {by}",
    unasked="no approval needed",
    sent="Posted {at} · {by}",
    skipped="Not posted: {why}",
    unknown="May have been posted: {why}",
    failed="Failed: {why}",
    held="Approved, on hold: {why}",
    will_be_posted="It will be posted in its turn.",
    is_skipped="Skipped.",
    is_later="It will be shown again at {at}.",
    changed="Its source has just corrected it, so it was not posted: look at the new one below.",
    see_below="This button is old: the post was shown again below.",
    over="This button is old. {state}",
    gone="This button is old: newsbot does not know this post any more.",
    how_to_edit="Reply to this message with the new text, with the markup as you type it. "
    "The post is then shown again.",
    waits="Post {id} for channel {channel}, from {feed}, waits for a decision.",
    empty="The answer holds no text: the post stays as it was.",
    too_long="It has {length} characters of {limit} at most: the post stays as it was. Reply again "
    "with a shorter text.",
    cannot_show="The post cannot be shown as in the channel: {why}",
    nobody="newsbot, nobody decided",
    skipped_by="skipped at the desk by {by}",
    nobody_in="nobody decided in time (approve_within)",
    yes="Yes",
    send="Send",
    give_up="Give up",
    too_late="This button is old, so nothing was done: give the command again.",
    costs="{deed} costs up to {dollars} USD. Go on?",
    commands={
        "status": "whether all is well",
        "queue": "what waits",
        "pause": "pause a channel, feed or account",
        "resume": "end a pause",
        "explain": "why an item was posted or not",
        "retry": "send a delivery again",
        "drop": "give a delivery up",
        "retract": "delete what was posted",
        "post": "post an item to a channel now",
        "preview": "how the newest item of a feed looks",
        "release": "release a feed that brought too much at once",
        "help": "the commands",
    },
)
WORDS: Mapping[str, DeskWords] = {"vi": VI, "en": EN}
