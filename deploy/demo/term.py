"""A whole term of lessons that the invented class was taught before the demo began, made by a seed.

Pupils have an ability and learn what is practised; questions have a difficulty and a tempting mistake; some pupils are
away more often, some say little, and in the weeks of a storm many sit at home. So every page has something true to
show, the model's word too. The questions are of grade 9 mathematics, with numbers drawn anew for each lesson.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp
from random import Random

from deploy.demo.lessons import DemoLesson, Question
from deploy.demo.past import Manners, Play
from live_session import activities
from live_session.model import Activity, Json

SEED = 2026
WEEKS = 11
LESSONS_A_WEEK = (0, 2, 4)
"""Days of the week, from Monday, on which the class has mathematics."""
QUESTIONS = 5
LETTERS = "ABCD"
STORM = (4, 5)
"""Weeks in which many are at home."""

Drawn = tuple[str, str, str, tuple[str, str, str]]
"""A question's title, its text, its right answer, and three mistakes, the most tempting first."""
Draw = Callable[[Random], Drawn]


def _system(dice: Random) -> Drawn:
    x, y = dice.randint(1, 5), dice.randint(-4, 4) or 2
    a, b = dice.randint(2, 4), dice.randint(2, 5)
    prompt = f"Nghiệm của hệ \\(x+y={x + y}\\) và \\({a}x-{b}y={a * x - b * y}\\) là cặp số nào?"
    return (
        f"Hệ có x + y = {x + y}".replace("-", "−"),
        prompt,
        f"({x}; {y})",
        (f"({y}; {x})", f"({x}; {-y})", f"({-x}; {y})"),
    )


def _linear(dice: Random) -> Drawn:
    a, x, b = dice.randint(2, 6), dice.randint(2, 9), dice.randint(1, 9)
    prompt = f"Nghiệm của phương trình \\({a}x-{b}={a * x - b}\\) là"
    return f"Phương trình {a}x − {b} = {a * x - b}", prompt, str(x), (str(-x), str(x + b), str(a * x))


def _inequality(dice: Random) -> Drawn:
    a, x = dice.randint(2, 6), dice.randint(2, 9)
    prompt = f"Bất phương trình \\(-{a}x>{-a * x}\\) có nghiệm là"
    return (
        f"Bất phương trình −{a}x > −{a * x}",
        prompt,
        f"\\(x<{x}\\)",
        (f"\\(x>{x}\\)", f"\\(x<-{x}\\)", f"\\(x>-{x}\\)"),
    )


def _root(dice: Random) -> Drawn:
    a, b = dice.randint(2, 6), dice.choice((2, 3, 5, 7))
    prompt = f"Rút gọn \\(\\sqrt{{{a * a * b}}}\\) được"
    return (
        f"Rút gọn √{a * a * b}",
        prompt,
        f"\\({a}\\sqrt{{{b}}}\\)",
        (f"\\({a * a}\\sqrt{{{b}}}\\)", f"\\({b}\\sqrt{{{a}}}\\)", f"\\({a * b}\\)"),
    )


def _condition(dice: Random) -> Drawn:
    a = dice.randint(2, 9)
    prompt = f"Biểu thức \\(\\sqrt{{x-{a}}}\\) có nghĩa khi"
    return (
        f"Điều kiện của √(x − {a})",
        prompt,
        f"\\(x\\ge {a}\\)",
        (f"\\(x>{a}\\)", f"\\(x\\le {a}\\)", f"\\(x\\ge -{a}\\)"),
    )


def _triangle(dice: Random) -> Drawn:
    k = dice.randint(1, 9)
    prompt = f"Tam giác \\(ABC\\) vuông tại \\(A\\), \\(AB={3 * k}\\), \\(AC={4 * k}\\). Khi đó \\(\\sin B\\) bằng"
    return (
        f"sin B khi AB = {3 * k}, AC = {4 * k}",
        prompt,
        "\\(\\frac{4}{5}\\)",
        ("\\(\\frac{3}{5}\\)", "\\(\\frac{4}{3}\\)", "\\(\\frac{3}{4}\\)"),
    )


def _height(dice: Random) -> Drawn:
    far = dice.randint(2, 9) * 5
    prompt = f"Đứng cách chân tháp {far} m, nhìn thấy đỉnh tháp dưới góc 45°. Tháp cao bao nhiêu mét?"
    return (
        f"Tháp nhìn từ {far} m",
        prompt,
        str(far),
        (f"\\({far}\\sqrt{{2}}\\)", f"\\({far}\\sqrt{{3}}\\)", str(far * 2)),
    )


def _circle(dice: Random) -> Drawn:
    k = dice.randint(1, 9)
    prompt = f"Đường tròn bán kính {5 * k}, dây cách tâm {3 * k}. Dây đó dài"
    return f"Dây cách tâm {3 * k}, bán kính {5 * k}", prompt, str(8 * k), (str(4 * k), str(2 * k), str(10 * k))


MISTAKES: Mapping[Draw, tuple[str, str, str]] = {
    _system: (
        "Đổi chỗ hai ẩn.",
        "Sai dấu của y.",
        "Sai dấu của x.",
    ),
    _linear: (
        "Nhầm dấu khi chuyển vế.",
        "Cộng thêm số hạng tự do vào nghiệm.",
        "Quên chia cho hệ số của x.",
    ),
    _inequality: (
        "Chia hai vế cho số âm mà không đổi chiều.",
        "Đổi chiều đúng nhưng sai dấu khi chia.",
        "Không đổi chiều và sai dấu khi chia.",
    ),
    _root: (
        "Đưa thừa số ra ngoài mà quên khai căn nó.",
        "Đổi chỗ thừa số trong và ngoài dấu căn.",
        "Bỏ dấu căn của thừa số không chính phương.",
    ),
    _condition: (
        "Quên rằng biểu thức dưới dấu căn được bằng 0.",
        "Nhầm chiều của bất đẳng thức.",
        "Chuyển vế mà không đổi dấu.",
    ),
    _triangle: (
        "Đó là cos B: lấy cạnh kề thay cho cạnh đối.",
        "Đó là tan B: cạnh đối chia cạnh kề.",
        "Đó là cot B: cạnh kề chia cạnh đối.",
    ),
    _height: (
        "Đó là cạnh huyền của tam giác vuông cân.",
        "Lấy tang của 60° thay cho 45°.",
        "Cho rằng góc 45° thì cao gấp đôi.",
    ),
    _circle: (
        "Đó mới là nửa dây.",
        "Lấy bán kính trừ khoảng cách đến tâm.",
        "Nhầm dây với đường kính.",
    ),
}
"""Why somebody chooses each of the wrong answers, in their order."""

TOPICS: Sequence[tuple[str, str, Draw]] = (
    ("Hệ hai phương trình bậc nhất hai ẩn", "Giải hệ hai phương trình bậc nhất hai ẩn", _system),
    ("Phương trình bậc nhất một ẩn", "Giải phương trình quy về bậc nhất một ẩn", _linear),
    ("Bất phương trình bậc nhất một ẩn", "Giải bất phương trình bậc nhất một ẩn", _inequality),
    ("Biến đổi biểu thức chứa căn", "Rút gọn biểu thức chứa căn bậc hai", _root),
    ("Căn thức bậc hai", "Tìm điều kiện để căn thức có nghĩa", _condition),
    ("Tỉ số lượng giác của góc nhọn", "Tính tỉ số lượng giác của góc nhọn", _triangle),
    ("Ứng dụng thực tế của tỉ số lượng giác", "Giải bài toán thực tế bằng tỉ số lượng giác", _height),
    ("Dây cung và khoảng cách đến tâm", "Vận dụng liên hệ giữa dây và khoảng cách đến tâm", _circle),
)
"""Title of the lessons, objective and questions, in the order of the book."""


def days(today: date) -> Sequence[date]:
    """The school days of the term's lessons, the oldest first; the last one a week ago."""
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS)
    return [monday + timedelta(weeks=week, days=day) for week in range(WEEKS) for day in LESSONS_A_WEEK]


def lessons(dice: Random, count: int | None = None) -> Iterator[DemoLesson]:
    """One lesson for each day of the term, or so many: mostly this week's objective, and one question of an earlier
    one."""
    count = WEEKS * len(LESSONS_A_WEEK) if count is None else count
    for number in range(count):
        topic = number * len(TOPICS) // count
        asked = [topic] * (QUESTIONS - 1) + [dice.randrange(topic + 1)]
        title = TOPICS[topic][0]
        parts = number - next(n for n in range(count) if n * len(TOPICS) // count == topic) + 1
        objectives = tuple(dict.fromkeys(TOPICS[one][1] for one in asked))
        yield DemoLesson(f"{title} ({parts})", objectives, _questions(asked, dice))


def revision(dice: Random) -> DemoLesson:
    """A question of each objective, to be done at home."""
    objectives = tuple(dict.fromkeys(objective for _, objective, _ in TOPICS))
    return DemoLesson("Ôn tập ở nhà", objectives, _questions(range(len(TOPICS)), dice))


def _questions(topics: Iterable[int], dice: Random) -> tuple[Question, ...]:
    """One of each topic; none is asked twice."""
    found: dict[str, Question] = {}
    for topic in topics:
        one = _question(topic, dice)
        while one.title in found:
            one = _question(topic, dice)
        found[one.title] = one
    return tuple(found.values())


def _question(topic: int, dice: Random) -> Question:
    _, objective, draw = TOPICS[topic]
    title, prompt, right, wrong = draw(dice)
    while len({right, *wrong}) < len(LETTERS):  # two mistakes may come to the same
        title, prompt, right, wrong = draw(dice)
    texts, why = [right, *wrong], {right: "", **dict(zip(wrong, MISTAKES[draw], strict=True))}
    dice.shuffle(texts)
    content = {
        "prompt": prompt,
        "options": [{"text": text, "why": why[text]} for text in texts],
        "key": [LETTERS[texts.index(right)]],
    }
    return Question("single", title, content, objective=objective)


@dataclass
class Classroom:
    """The truth about a class: what each pupil can do, and what each does."""

    dice: Random
    ability: dict[str, float]
    skill: dict[tuple[str, str], float]
    hard: dict[str, float]
    week: int = 0

    @classmethod
    def of(cls, pupils: Sequence[str], dice: Random) -> "Classroom":
        """Pupils by their opaque ids."""
        return cls(dice, {who: dice.gauss(0, 0.9) for who in pupils}, {}, {})

    def manners(self, who: str) -> Manners:
        """How this pupil comes and takes part this week. One in twelve is away often, one in eight says little."""
        number = list(self.ability).index(who)
        home = 0.55 if self.week in STORM else 0.05
        return Manners(
            absent=0.2 if number % 12 == 7 else 0.02,
            late=0.05,
            home=home,
            silent=0.35 if number % 8 == 3 else 0.04,
            raises=0.25 if self.ability[who] > 0.5 else 0.05,
        )

    def play(self) -> Play:
        """A lesson of this class, this week."""
        return Play(self.dice, self.manners, self.answer)

    def mark(self, who: str) -> int:
        """A whole mark out of ten, as good as the pupil, give or take one."""
        return max(3, min(10, round(7 + 1.2 * self.ability[who] + self.dice.gauss(0, 0.6))))

    def answer(self, activity: Activity, who: str) -> Json:
        """What this pupil chooses, and learns by it."""
        objective = activity.objective or ""
        skill = self.skill.setdefault((who, objective), self.dice.gauss(-0.4, 0.6))
        hard = self.hard.setdefault(activity.id, self.dice.gauss(0, 0.7))
        chance = 1 / (1 + exp(-(0.6 + self.ability[who] + skill - hard)))
        self.skill[who, objective] = skill + 0.07
        key, options = _key_of(activity)
        if self.dice.random() < chance:
            return key
        others = [option for option in options if option != key]
        return self.dice.choices(others, weights=(6, 3, 1))[0]


def _key_of(activity: Activity) -> tuple[str, Sequence[str]]:
    content = activities.content_of(activity)
    return content.key[0], content.letters  # type: ignore[attr-defined]
