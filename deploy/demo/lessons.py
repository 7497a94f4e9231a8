"""The demo's prepared lessons: what a teacher of grade 9 mathematics would write."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """One activity of a demo lesson."""

    kind: str
    title: str
    content: dict[str, Any]
    points: float = 1.0
    seconds: int | None = 60
    objective: str | None = None


@dataclass(frozen=True)
class DemoLesson:
    title: str
    objectives: tuple[str, ...]
    questions: tuple[Question, ...]


SYMMETRIC = "Tính giá trị biểu thức đối xứng của hai nghiệm"
SUM_PRODUCT = "Vận dụng hệ thức Vi-ét tìm tổng và tích hai nghiệm"
PARAMETER = "Giải bài toán bậc hai có tham số"
BY_FORMULA = "Giải phương trình bậc hai bằng công thức nghiệm"

GROUPS = DemoLesson(
    "Nhóm: sơ đồ tư duy chương Căn bậc hai",
    (),
    (
        Question(
            "group",
            "Sơ đồ tư duy",
            {"prompt": "Mỗi nhóm một sơ đồ tư duy về căn bậc hai.", "own": "Em đã làm phần nào của sơ đồ?", "size": 4},
            points=0,
            seconds=None,
        ),
        Question(
            "rubric",
            "Thuyết trình sơ đồ tư duy",
            {
                "prompt": "Em thấy phần trình bày của mình thế nào?",
                "about": "self",
                "criteria": [
                    "Nội dung | sai nhiều | đúng phần chính | đúng, còn thiếu ví dụ | đúng và có ví dụ",
                    "Trình bày",
                    "Trả lời câu hỏi",
                    "Hợp tác trong nhóm",
                ],
                "levels": ["Chưa đạt", "Đạt", "Khá", "Tốt"],
            },
            points=0,
        ),
    ),
)
PRODUCTS = (
    "Căn bậc hai: định nghĩa → điều kiện xác định → bốn phép biến đổi. Ví dụ: \\(\\sqrt{12}=2\\sqrt{3}\\).",
    "Nhánh 1: √A có nghĩa khi A ≥ 0. Nhánh 2: đưa thừa số ra ngoài. Nhánh 3: trục căn thức ở mẫu.",
    "Sơ đồ có bốn nhánh, mỗi bạn một nhánh, cuối mỗi nhánh là một bài trong sách.",
)
OWN_PARTS = ("Em viết nhánh điều kiện.", "Em tìm ví dụ.", "Em vẽ và trình bày.", "Em kiểm tra lại phép tính.")
"""What groups hand in, and what members say of their own part."""

VIETE = DemoLesson(
    "Hệ thức Vi-ét và ứng dụng",
    (SUM_PRODUCT, SYMMETRIC, PARAMETER),
    (
        Question(
            "single",
            "Khởi động",
            {
                "prompt": "Phương trình \\(x^2-5x+6=0\\) có hai nghiệm \\(x_1\\), \\(x_2\\). Tổng \\(x_1+x_2\\) bằng",
                "options": [
                    {"text": "\\(5\\)"},
                    {"text": "\\(-5\\)", "why": "Quên đổi dấu"},
                    {"text": "\\(6\\)", "why": "Nhầm tổng với tích"},
                    {"text": "\\(-6\\)"},
                ],
                "key": ["A"],
                "explanation": "Tổng hai nghiệm bằng \\(-\\frac{b}{a}=5\\).",
            },
            points=0.0,
            seconds=45,
            objective=SUM_PRODUCT,
        ),
        Question(
            "true_false",
            "Nhẩm nghiệm",
            {
                "prompt": "Nếu \\(a+b+c=0\\) thì phương trình \\(ax^2+bx+c=0\\) \\((a\\ne 0)\\) có một nghiệm bằng 1.",
                "key": True,
                "explanation": "Thay \\(x=1\\) vào vế trái ta được \\(a+b+c=0\\).",
            },
            seconds=45,
            objective=SUM_PRODUCT,
        ),
        Question(
            "single",
            "Biểu thức đối xứng",
            {
                "prompt": "Phương trình \\(x^2-5x+6=0\\) có hai nghiệm \\(x_1\\), \\(x_2\\). "
                "Giá trị của \\(x_1^2+x_2^2\\) bằng",
                "options": [
                    {"text": "13"},
                    {"text": "25", "why": "Quên trừ 2P"},
                    {"text": "37", "why": "Cộng 2P thay vì trừ"},
                    {"text": "19", "why": "Trừ P một lần"},
                ],
                "key": ["A"],
                "explanation": "\\(x_1^2+x_2^2=(x_1+x_2)^2-2x_1x_2=25-12=13\\).",
            },
            seconds=90,
            objective=SYMMETRIC,
        ),
        Question(
            "multiple",
            "Tổng hai nghiệm bằng 3",
            {
                "prompt": "Những phương trình nào có hai nghiệm và tổng hai nghiệm bằng 3?",
                "options": [
                    {"text": "\\(x^2-3x+2=0\\)"},
                    {"text": "\\(x^2+3x+2=0\\)", "why": "Quên đổi dấu"},
                    {"text": "\\(2x^2-6x+1=0\\)"},
                    {"text": "\\(x^2-3x+5=0\\)", "why": "Chưa xét biệt thức"},
                ],
                "key": ["A", "C"],
                "explanation": "Phương trình ở D có \\(\\Delta=9-20<0\\) nên vô nghiệm.",
            },
            seconds=90,
            objective=SUM_PRODUCT,
        ),
        Question(
            "cluster",
            "Có tham số, bốn ý",
            {
                "prompt": "Cho phương trình \\(x^2-2(m+1)x+m^2=0\\) (1), với \\(m\\) là tham số.",
                "statements": [
                    {"text": "Khi \\(m=0\\), phương trình (1) có một nghiệm bằng 2.", "key": True},
                    {"text": "Phương trình (1) có nghiệm khi và chỉ khi \\(m\\ge -\\frac{1}{2}\\).", "key": True},
                    {"text": "Khi (1) có hai nghiệm thì \\(x_1+x_2=2(m+1)\\).", "key": True},
                    {"text": "Khi (1) có hai nghiệm thì \\(x_1x_2=-m^2\\).", "key": False},
                ],
                "explanation": "\\(\\Delta'=(m+1)^2-m^2=2m+1\\); tích hai nghiệm bằng \\(m^2\\).",
            },
            seconds=180,
            objective=PARAMETER,
        ),
        Question(
            "number",
            "Mảnh vườn",
            {
                "prompt": "Một mảnh vườn hình chữ nhật có chu vi 28 m và diện tích 48 m². "
                "Chiều dài của mảnh vườn là bao nhiêu mét?",
                "answer": "8",
                "tolerance": "0",
                "unit": "m",
                "explanation": "Hai cạnh là nghiệm của \\(x^2-14x+48=0\\), tức là 6 và 8.",
            },
            seconds=120,
            objective=SUM_PRODUCT,
        ),
        Question(
            "open",
            "Phiếu ra về",
            {"prompt": "Hôm nay em còn vướng ở bước nào? Viết một hai câu.", "limit": 500},
            points=0.0,
            seconds=None,
        ),
    ),
)


def _single(title: str, prompt: str, options: tuple[str, ...], key: str) -> Question:
    return Question("single", title, {"prompt": prompt, "options": [{"text": o} for o in options], "key": [key]})


FORMULA = DemoLesson(
    "Công thức nghiệm của phương trình bậc hai",
    (BY_FORMULA,),
    (
        _single("Biệt thức", "Biệt thức của \\(x^2-4x+1=0\\) bằng", ("12", "16", "20", "8"), "A"),
        _single("Số nghiệm", "Phương trình \\(x^2+x+1=0\\) có mấy nghiệm?", ("Vô nghiệm", "Một", "Hai", "Ba"), "A"),
        _single("Nghiệm kép", "\\(x^2-6x+9=0\\) có nghiệm kép", ("3", "-3", "9", "6"), "A"),
        Question(
            "true_false",
            "Dấu của a và c",
            {"prompt": "Nếu \\(a\\) và \\(c\\) trái dấu thì phương trình luôn có hai nghiệm phân biệt.", "key": True},
        ),
        Question(
            "number",
            "Tính nghiệm",
            {"prompt": "Nghiệm lớn hơn của \\(x^2-7x+10=0\\) là bao nhiêu?", "answer": "5", "tolerance": "0"},
        ),
    ),
)
FORMULA_FOUND = DemoLesson(
    "Công thức nghiệm: xây dựng công thức",
    (BY_FORMULA,),
    (
        _single("Hệ số", "Trong \\(3x^2-5x+2=0\\), hệ số \\(b\\) bằng", ("-5", "5", "3", "2"), "A"),
        _single(
            "Hai nghiệm",
            "Khi \\(\\Delta>0\\), phương trình bậc hai có",
            ("Hai nghiệm phân biệt", "Nghiệm kép", "Vô nghiệm", "Vô số nghiệm"),
            "A",
        ),
        _single("Tính biệt thức", "\\(\\Delta\\) của \\(x^2+3x+2=0\\) bằng", ("1", "17", "-1", "9"), "A"),
        Question(
            "true_false",
            "Nghiệm kép",
            {"prompt": "Khi \\(\\Delta=0\\), phương trình có nghiệm kép \\(x=-\\dfrac{b}{2a}\\).", "key": True},
        ),
        Question(
            "number",
            "Nghiệm dương",
            {"prompt": "Nghiệm dương của \\(x^2-3x-10=0\\) là bao nhiêu?", "answer": "5", "tolerance": "0"},
        ),
    ),
)
FORMULA_SHORT = DemoLesson(
    "Công thức nghiệm thu gọn",
    (BY_FORMULA,),
    (
        _single(
            "Thu gọn",
            "Với \\(b=2b'\\), biệt thức thu gọn là",
            ("\\(b'^2-ac\\)", "\\(b'^2-4ac\\)", "\\(b^2-ac\\)", "\\(4b'^2-ac\\)"),
            "A",
        ),
        _single("Biệt thức thu gọn", "\\(\\Delta'\\) của \\(x^2-8x+7=0\\) bằng", ("9", "57", "36", "16"), "A"),
        _single("Nghiệm", "\\(x^2-8x+7=0\\) có hai nghiệm là", ("1 và 7", "-1 và -7", "1 và -7", "2 và 6"), "A"),
        Question(
            "true_false",
            "Khi nào thu gọn",
            {"prompt": "Hệ số \\(b\\) chẵn thì dùng công thức nghiệm thu gọn gọn hơn.", "key": True},
        ),
        Question(
            "number",
            "Nghiệm lớn",
            {"prompt": "Nghiệm lớn hơn của \\(x^2-6x+5=0\\) là bao nhiêu?", "answer": "5", "tolerance": "0"},
        ),
    ),
)
