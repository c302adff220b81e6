"""What moved, in a sentence that a shop's person understands, in Korean and English."""

from dataclasses import dataclass

from saekdong.color import Vocabulary
from saekdong.evidence.streams import StreamClass
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


@dataclass(frozen=True)
class Move:
    """What moved.

    Attributes:
        kind: the class of streams: labels, photos, or the model.
        name: the label's id, the statistic, or the event.
        upward: whether there is more of it.
        before, after: the share of a label, or the median of a statistic, in the normal and in what moved; None for
            events.
    """

    kind: StreamClass
    name: str
    upward: bool
    before: float | None = None
    after: float | None = None


def sentence(move: Move, segment: str, vocabulary: Vocabulary, day: str, lang: Lang) -> str:
    """Return where what moved since when, and from which level to which.

    Args:
        move: what moved.
        segment: the part of the shop; empty for the whole.
        vocabulary: of the model.
        day: ISO 8601.
        lang: the language.
    """
    since = f"{day}부터" if lang == "ko" else f"since {day}"
    what = _mix(move, vocabulary, lang) if move.kind == "mix" else _MOVES[move.name][lang][not move.upward]
    moved = f"{segment or _SHOP[lang]}, {since}: {what}"
    if move.before is None or move.after is None:
        return moved
    return f"{moved} ({_MEASURES[lang][move.kind != 'mix']} {move.before} -> {move.after})"


_MEASURES: dict[Lang, tuple[str, str]] = {"en": ("share", "median"), "ko": ("비율", "중앙값")}


def _mix(move: Move, vocabulary: Vocabulary, lang: Lang) -> str:
    label = vocabulary.label(move.name).name(lang)
    if lang == "ko":
        return f"{label} 상품이 {'늘었습니다' if move.upward else '줄었습니다'}"
    return f"{'more' if move.upward else 'fewer'} products are {label}"
