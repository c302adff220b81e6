"""The texts of the reports, in English and Korean."""

from saekdong.lang import Lang

TEXTS: dict[str, dict[Lang, str]] = {
    "accuracy": {"en": "Accuracy", "ko": "정확도"},
    "agreement": {"en": "Agreement of the compiled table", "ko": "변환표와 모델의 일치율"},
    "agreement_explained": {
        "en": "The model is compiled to a table that is looked up. How often both say the same:",
        "ko": "모델은 찾아보기만 하면 되는 표로 변환됩니다. 표와 모델이 같은 답을 하는 비율:",
    },
    "balanced_accuracy": {"en": "Balanced accuracy", "ko": "균형 정확도"},
    "balanced_explained": {"en": "mean recall of the labels", "ko": "라벨별 재현율의 평균"},
    "calibration": {"en": "Calibration", "ko": "확률 보정"},
    "calibration_error": {"en": "Calibration error", "ko": "보정 오차"},
    "calibration_explained": {
        "en": "A point on the dashed line means: as often right as it is sure. Larger dots stand for more rows.",
        "ko": "점선 위의 점은 확신하는 만큼 맞힌다는 뜻입니다. 점이 클수록 행이 많습니다.",
    },
    "checked_goals": {"en": "Goals", "ko": "목표"},
    "color": {"en": "Color", "ko": "색"},
    "colors": {"en": "Different colors", "ko": "서로 다른 색"},
    "conflicts_title": {"en": "Words and photos in conflict: {name}", "ko": "글과 사진이 다른 상품: {name}"},
    "word_conflicts": {"en": "Conflicts", "ko": "다른 상품"},
    "word_conflicts_explained": {
        "en": "The feed names a color that the photo does not show. Either the feed is wrong, or the photo's tags are.",
        "ko": "피드에 적힌 색이 사진에 보이지 않는 상품입니다. 피드가 잘못되었거나 사진의 색상 태그가 잘못된 것입니다.",
    },
    "no_word_conflicts": {"en": "No product is in conflict.", "ko": "글과 사진이 다른 상품이 없습니다."},
    "first_of": {"en": "the first {shown} are shown", "ko": "앞의 {shown}개를 보여 줍니다"},
    "source_photo": {"en": "photo", "ko": "사진"},
    "source_title": {"en": "title", "ko": "상품명"},
    "source_color": {"en": "color column", "ko": "색상 열"},
    "source_person": {"en": "person", "ko": "사람"},
    "sure": {"en": "sure", "ko": "확실한 정도"},
    "tags": {"en": "tags", "ko": "색상 태그"},
    "conflicts": {"en": "Colors under several labels", "ko": "라벨이 여러 개인 색"},
    "conflicts_none": {"en": "No color has two labels.", "ko": "두 라벨이 붙은 색이 없습니다."},
    "confusion": {"en": "Confusion matrix", "ko": "혼동 행렬"},
    "confusion_explained": {
        "en": "Each line has the rows with one label; the columns are the labels that the model gives them.",
        "ko": "각 줄은 한 라벨이 붙은 행들이고, 열은 모델이 부른 이름입니다.",
    },
    "cross_validated": {
        "en": "Measured by 5-fold cross-validation: every row was named by a model that saw neither it nor its color.",
        "ko": "5겹 교차 검증으로 쟀습니다. 모든 행은 그 행도 그 색도 본 적 없는 모델이 이름을 붙였습니다.",
    },
    "distance": {"en": "How near the mistakes are", "ko": "틀린 색은 얼마나 가까운가"},
    "distance_explained": {
        "en": "CIEDE2000 distance from each wrongly named color to the nearest color that the model gives its label. "
        "About 2 is barely seen side by side.",
        "ko": "잘못 부른 색에서, 모델이 원래 라벨로 부르는 가장 가까운 색까지의 CIEDE2000 거리입니다. "
        "2쯤이면 나란히 놓아도 겨우 보이는 차이입니다.",
    },
    "duplicates": {"en": "Exact duplicates", "ko": "완전히 같은 행"},
    "evaluated": {"en": "Measured on the rows of {file}.", "ko": "{file}의 행으로 쟀습니다."},
    "evaluated_photos": {
        "en": "Measured on the labeled photos of {file}.",
        "ko": "{file}의 라벨 붙은 사진으로 쟀습니다.",
    },
    "evaluation_title": {
        "en": "How well the model names colors",
        "ko": "모델이 색 이름을 얼마나 잘 붙이는가",
    },
    "everywhere": {"en": "everywhere in sRGB", "ko": "sRGB 전체에서"},
    "examples": {"en": "Examples", "ko": "예"},
    "f1": {"en": "F1", "ko": "F1"},
    "few": {"en": "Labels with fewer than 10 colors", "ko": "색이 10개 미만인 라벨"},
    "few_cases": {
        "en": "Fewer than 10 cases, too few to be measured well",
        "ko": "10건 미만이라 제대로 잴 수 없는 라벨",
    },
    "figure": {"en": "Figure", "ko": "지표"},
    "first_share": {"en": "Share of the first tag", "ko": "첫 태그의 비율"},
    "first_tag": {"en": "First tag", "ko": "첫 태그"},
    "given": {"en": "Given label", "ko": "주어진 라벨"},
    "imbalance": {"en": "Most frequent : rarest label", "ko": "가장 많은 라벨 : 가장 적은 라벨"},
    "interval": {"en": "95% interval", "ko": "95% 구간"},
    "label": {"en": "Label", "ko": "라벨"},
    "line": {"en": "Line", "ko": "줄"},
    "log_loss": {"en": "Log loss", "ko": "로그 손실"},
    "macro_explained": {"en": "mean F1 of the labels", "ko": "라벨별 F1의 평균"},
    "macro_f1": {"en": "Macro F1", "ko": "매크로 F1"},
    "matrix_bounded": {
        "en": "Shown are the {most} most frequent labels.",
        "ko": "가장 많은 라벨 {most}개만 보여 줍니다.",
    },
    "mean_color": {"en": "Mean color", "ko": "평균색"},
    "median": {"en": "median", "ko": "중앙값"},
    "met": {"en": "met", "ko": "달성"},
    "missed": {"en": "missed", "ko": "못 미침"},
    "missing": {"en": "Labels without a row", "ko": "행이 없는 라벨"},
    "model": {"en": "Model", "ko": "모델"},
    "near_rows": {"en": "near the rows", "ko": "행 주변에서"},
    "never_named": {
        "en": "Never found (recall 0), with the number of cases",
        "ko": "한 번도 맞히지 못한 라벨(재현율 0)과 건수",
    },
    "no_mistakes": {"en": "The model names every row as given.", "ko": "모든 행의 이름을 맞혔습니다."},
    "no_source": {"en": "(none)", "ko": "(없음)"},
    "no_wrong_photos": {
        "en": "The first tag of every photo is one of its colors.",
        "ko": "모든 사진의 첫 태그가 상품의 색과 맞습니다.",
    },
    "none": {"en": "none", "ko": "없음"},
    "on_rows": {"en": "on the rows", "ko": "행에서"},
    "photo_confusion_explained": {
        "en": "Each photo counts once, in the column of its first tag. If the tag is one of the product's colors, the "
        "photo stands on the diagonal. Otherwise it is divided equally among the product's colors, which explains "
        "the fractions.",
        "ko": "사진마다 첫 태그의 열에 한 번 셉니다. 첫 태그가 상품의 색 가운데 하나면 대각선에 놓입니다. 아니면 "
        "상품의 색들에 똑같이 나누므로 소수가 나올 수 있습니다.",
    },
    "photo_gone": {"en": "cannot be read", "ko": "읽을 수 없음"},
    "photos": {"en": "Photos", "ko": "사진"},
    "photos_title": {"en": "How well the model tags photos", "ko": "모델이 사진에 색 태그를 얼마나 잘 붙이는가"},
    "precision": {"en": "Precision", "ko": "정밀도"},
    "predicted": {"en": "Predicted label", "ko": "예측한 라벨"},
    "probability": {"en": "Probability that the model gives", "ko": "모델이 말한 확률"},
    "reach": {"en": "90% within", "ko": "90% 범위"},
    "recall": {"en": "Recall", "ko": "재현율"},
    "rejected": {"en": "Rejected rows", "ko": "거부한 행"},
    "rows": {"en": "Rows", "ko": "행"},
    "rows_by_label": {"en": "Rows by label", "ko": "라벨별 행 수"},
    "rows_by_source": {"en": "Rows by source", "ko": "출처별 행 수"},
    "rows_in_lab": {"en": "The rows in CIELAB", "ko": "CIELAB 공간의 행"},
    "rows_in_lab_explained": {
        "en": "Each point is a color, drawn in itself. Left: hue around the center. Right: vividness by lightness.",
        "ko": "점 하나가 한 색이며 그 색으로 그렸습니다. 왼쪽은 중심을 도는 색상, 오른쪽은 선명도와 밝기입니다.",
    },
    "rows_title": {"en": "The labeled colors of {file}", "ko": "{file}의 라벨 붙은 색"},
    "share_and_right": {"en": "How often a share is right", "ko": "비율에 따라 맞는 정도"},
    "share_error": {
        "en": "Mean distance between share and share that is right (calibration error):",
        "ko": "비율과 맞힌 비율의 평균 차이(보정 오차):",
    },
    "share_explained": {
        "en": "A share says how much of the product has the color. It is not the probability that the tag is right: a "
        "product that is half red and half white has a share of 50%, and the tag is right. Still, the lower the first "
        "share, the more often the tag is usually wrong, so check photos with low shares first. On the dashed line a "
        "tag would be right as often as its share says. The bars are 95% intervals; larger dots stand for more photos.",
        "ko": "비율은 상품에서 그 색이 차지하는 정도이며, 태그가 맞을 확률이 아닙니다. 반은 빨강, 반은 흰색인 상품은 "
        "비율이 50%여도 태그가 맞습니다. 다만 첫 태그의 비율이 낮을수록 자주 틀리므로 비율이 낮은 사진부터 확인하세요. "
        "점선은 비율만큼 맞히는 경우이고, 세로 막대는 95% 구간이며, 점이 클수록 사진이 많습니다.",
    },
    "share_right": {"en": "Share that is right", "ko": "맞힌 비율"},
    "source": {"en": "Source", "ko": "출처"},
    "spread": {"en": "Spread (CIEDE2000)", "ko": "퍼짐 (CIEDE2000)"},
    "tag_f1_explained": {"en": "of precision and recall", "ko": "정밀도와 재현율의 조화 평균"},
    "tag_labels_explained": {
        "en": "Recall: of the photos with this color, the share that got the tag. Precision: of the photos that got "
        "the tag, the share that has the color. Labels that name the same color as well count as found together.",
        "ko": "재현율은 이 색 상품의 사진 가운데 태그가 붙은 비율, 정밀도는 태그가 붙은 사진 가운데 실제로 그 색인 "
        "비율입니다. 같은 색을 뜻하는 라벨은 하나만 찾아도 찾은 것으로 셉니다.",
    },
    "tag_precision_explained": {"en": "of all tags, those that are right", "ko": "붙인 태그 가운데 맞는 태그"},
    "tag_recall_explained": {
        "en": "of the products' colors, those with a tag",
        "ko": "상품의 색 가운데 태그가 붙은 색",
    },
    "tag_short": {"en": "Tag", "ko": "태그"},
    "tagged_photos": {"en": "Photos with the tag", "ko": "태그가 붙은 사진"},
    "top1": {"en": "First tag right (top1)", "ko": "첫 태그 정확도 (top1)"},
    "top1_explained": {"en": "it is one of the product's colors", "ko": "첫 태그가 상품의 색인 사진"},
    "tree": {"en": "The tree", "ko": "의사결정나무"},
    "tree_explained": {
        "en": "Go left if the condition holds. A leaf has its label, its rows, and the share with that label.",
        "ko": "조건이 맞으면 왼쪽입니다. 잎에는 라벨, 행 수, 그 라벨의 비율을 적었습니다.",
    },
    "tree_too_large": {
        "en": "With {leaves} leaves it is too large to draw; as text:",
        "ko": "잎이 {leaves}개라 그림으로 그리기에는 너무 큽니다. 글로 나타내면:",
    },
    "true_label": {"en": "Color of the product", "ko": "상품의 색"},
    "truth_short": {"en": "Label", "ko": "라벨"},
    "value": {"en": "Value", "ko": "값"},
    "within": {"en": "within {limit}", "ko": "{limit} 이내"},
    "worst": {"en": "Most frequent confusions", "ko": "가장 잦은 혼동"},
    "wrong_bounded": {"en": "Shown are {shown} of {all}.", "ko": "{all}장 가운데 {shown}장을 보여 줍니다."},
    "wrong_explained": {
        "en": "Photos whose first tag is not one of the product's colors, sorted by the tag's share. The first "
        "ones are those that the model was surest of: check their labels in the file, too.",
        "ko": "첫 태그가 상품의 색이 아닌 사진이며, 태그의 비율이 높은 것부터 보여 줍니다. 앞의 사진은 모델이 가장 "
        "확신한 것이므로 파일의 라벨이 맞는지도 확인하세요.",
    },
    "wrong_photos": {"en": "Wrong photos", "ko": "틀린 사진"},
}
"""Every text by key and language."""
