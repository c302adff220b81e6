"""What moved, in a sentence that a shop's person understands, in Korean and English."""

from saekdong.color import Vocabulary
from saekdong.evidence.detector import ClassEvidence
from saekdong.lang import Lang

_MOVES: dict[str, dict[Lang, tuple[str, str]]] = {
    "ground_lightness": {
        "en": ("grounds are brighter", "grounds are darker"),
        "ko": ("배경이 더 밝습니다", "배경이 더 어둡습니다"),
    },
    "ground_a": {
        "en": ("grounds are redder", "grounds are greener"),
        "ko": ("배경이 더 붉습니다", "배경이 더 푸릅니다"),
    },
    "ground_b": {
        "en": ("grounds are yellower", "grounds are bluer"),
        "ko": ("배경이 더 노랗습니다", "배경이 더 파랗습니다"),
    },
    "product_lightness": {
        "en": ("products of the same label are brighter", "products of the same label are darker"),
        "ko": ("같은 색의 상품이 더 밝습니다", "같은 색의 상품이 더 어둡습니다"),
    },
    "product_a": {
        "en": ("products of the same label are redder", "products of the same label are greener"),
        "ko": ("같은 색의 상품이 더 붉습니다", "같은 색의 상품이 더 푸릅니다"),
    },
    "product_b": {
        "en": ("products of the same label are yellower", "products of the same label are bluer"),
        "ko": ("같은 색의 상품이 더 노랗습니다", "같은 색의 상품이 더 파랗습니다"),
    },
    "chroma": {
        "en": ("colors are stronger", "colors are paler"),
        "ko": ("색이 더 진합니다", "색이 더 옅습니다"),
    },
    "contrast": {
        "en": ("contrast is higher", "contrast is lower"),
        "ko": ("대비가 더 높습니다", "대비가 더 낮습니다"),
    },
    "dark": {
        "en": ("shadows are brighter", "shadows are darker"),
        "ko": ("어두운 부분이 더 밝습니다", "어두운 부분이 더 어둡습니다"),
    },
    "light": {
        "en": ("highlights are brighter", "highlights are darker"),
        "ko": ("밝은 부분이 더 밝습니다", "밝은 부분이 더 어둡습니다"),
    },
    "detail": {
        "en": ("photos are noisier or sharper", "photos are blurred"),
        "ko": ("사진이 더 거칩니다", "사진이 흐립니다"),
    },
    "ground_texture": {
        "en": ("grounds are less even", "grounds are more even"),
        "ko": ("배경이 덜 고릅니다", "배경이 더 고릅니다"),
    },
    "product_share": {
        "en": ("products fill more of the photo", "products fill less of the photo"),
        "ko": ("상품이 더 크게 나옵니다", "상품이 더 작게 나옵니다"),
    },
    "aspect": {
        "en": ("photos are wider", "photos are taller"),
        "ko": ("사진이 더 넓습니다", "사진이 더 깁니다"),
    },
    "confidence": {
        "en": ("the model is surer", "the model is less sure"),
        "ko": ("모델이 더 확신합니다", "모델이 덜 확신합니다"),
    },
    "margin": {
        "en": ("the first two labels are further apart", "the first two labels are closer"),
        "ko": ("첫 두 색의 차이가 커졌습니다", "첫 두 색의 차이가 작아졌습니다"),
    },
    "novelty": {
        "en": ("photos are unlike those that the model was promoted on", "photos are more ordinary"),
        "ko": ("모델이 쓰이기 시작할 때의 사진과 다릅니다", "사진이 더 평범합니다"),
    },
    "failed": {
        "en": ("photos cannot be read", ""),
        "ko": ("읽을 수 없는 사진이 많습니다", ""),
    },
    "shared": {
        "en": ("different products have the same photo", ""),
        "ko": ("서로 다른 상품의 사진이 같습니다", ""),
    },
    "unfamiliar": {
        "en": ("products are of categories that the model was not promoted on", ""),
        "ko": ("처음 보는 분류의 상품입니다", ""),
    },
}
"""What it means that a statistic rises, and that it falls."""

_SHOP: dict[Lang, str] = {"en": "the whole shop", "ko": "가게 전체"}


def sentence(
    evidence: ClassEvidence, vocabulary: Vocabulary, before: float | None, after: float | None, day: str, lang: Lang
) -> str:
    """Return where what moved since when, and from which level to which.

    Args:
        evidence: the alarm.
        vocabulary: of the model.
        before: the level in the normal; None if there is none.
        after: the level of what moved.
        day: ISO 8601.
        lang: the language.
    """
    where = evidence.segment or _SHOP[lang]
    since = f"{day}부터" if lang == "ko" else f"since {day}"
    moved = f"{where}, {since}: {_move(evidence, vocabulary, lang)}"
    if before is None or after is None:
        return moved
    return f"{moved} ({_measure(evidence, lang)} {before} -> {after})"


def _move(evidence: ClassEvidence, vocabulary: Vocabulary, lang: Lang) -> str:
    stream = evidence.stream
    if stream.kind == "mix":
        return _mix(vocabulary.label(stream.name).name(lang), evidence.upward, lang)
    if stream.form in ("high", "low"):
        return _some(_MOVES[stream.name][lang][stream.form == "low"], lang)
    return _MOVES[stream.name][lang][stream.form == "rank" and not evidence.upward]


def _some(move: str, lang: Lang) -> str:
    return f"일부 사진에서 {move}" if lang == "ko" else f"in some photos, {move}"


def _mix(label: str, upward: bool, lang: Lang) -> str:
    if lang == "ko":
        return f"{label} 상품이 {'늘었습니다' if upward else '줄었습니다'}"
    return f"{'more' if upward else 'fewer'} products are {label}"


def _measure(evidence: ClassEvidence, lang: Lang) -> str:
    is_share = evidence.stream.kind == "mix"
    if lang == "ko":
        return "비율" if is_share else "중앙값"
    return "share" if is_share else "median"
