"""What the header and the pages of products say, in English and Korean."""

from saekdong.web.site.texts import Texts

PRODUCT_TEXTS: Texts = {
    "api": {"en": "API description", "ko": "API 설명"},
    "choice_none": {"en": "Choose at least one color.", "ko": "색을 하나 이상 고르세요."},
    "choice_other-beside-labels": {
        "en": "Choose either colors or “other”, not both.",
        "ko": "색과 ‘기타’ 중 하나만 고르세요.",
    },
    "choice_unknown": {
        "en": "A chosen color is no longer among the shop's labels. Choose another.",
        "ko": "고른 색이 이제 없습니다. 다른 색을 고르세요.",
    },
    "correct": {"en": "Correct the colors", "ko": "색상 바로잡기"},
    "correct_explained": {
        "en": "Choose what a customer would look for. Your choice wins over the model's, and stays when photos are "
        "tagged again.",
        "ko": "손님이 찾을 만한 색을 고르세요. 고른 색이 모델보다 우선하고, 사진을 다시 분석해도 그대로 남습니다.",
    },
    "corrections": {"en": "Corrections as PHOTOS.csv", "ko": "바로잡은 내용 (PHOTOS.csv)"},
    "feed_color": {"en": "Color in the feed", "ko": "피드의 색상"},
    "model": {"en": "Model {model}", "ko": "모델 {model}"},
    "not_saved": {
        "en": "The correction was not saved: {reason}. Your choice is still here.",
        "ko": "저장하지 못했습니다: {reason}. 고른 색은 그대로 있습니다.",
    },
    "not_saved_unanswered": {
        "en": "The correction was not saved: Saekdong does not answer. Check that it is running, and save again.",
        "ko": "저장하지 못했습니다: 색동이 응답하지 않습니다. 실행 중인지 확인하고 다시 저장하세요.",
    },
    "photo_error": {"en": "A photo could not be used: {message}", "ko": "쓸 수 없는 사진: {message}"},
    "read_only": {
        "en": "This catalog is open for reading only. Who may write it can correct the colors.",
        "ko": "이 카탈로그는 읽기 전용입니다. 쓰기 권한이 있으면 색상을 바로잡을 수 있습니다.",
    },
    "saved": {"en": "Saved.", "ko": "저장했습니다."},
    "save": {"en": "Save the correction", "ko": "바로잡기 저장"},
    "sign_in_wrong": {"en": "This is not the shop's token.", "ko": "토큰이 맞지 않습니다."},
    "signed_out": {
        "en": "Sign in with the shop's token to correct colors.",
        "ko": "색상을 바로잡으려면 토큰으로 로그인하세요.",
    },
    "take_back": {"en": "Take the correction back", "ko": "되돌리기"},
    "taken_back": {"en": "The correction was taken back.", "ko": "되돌렸습니다."},
    "shop_page": {"en": "The shop's page", "ko": "쇼핑몰 화면"},
    "corrected_by": {"en": "Corrected by {name}", "ko": "{name} 님이 바로잡음"},
    "find": {"en": "Find", "ko": "찾기"},
    "history": {"en": "History", "ko": "이력"},
    "history_none": {"en": "No person has answered about this product.", "ko": "아직 아무도 답하지 않았습니다."},
    "history_said": {"en": "Answer", "ko": "답"},
    "history_when": {"en": "When", "ko": "언제"},
    "history_who": {"en": "Who", "ko": "누가"},
    "label_any": {"en": "Any color", "ko": "모든 색"},
    "list_all": {"en": "All", "ko": "전체"},
    "list_conflicts": {"en": "Feed against photo", "ko": "피드와 사진이 다름"},
    "list_conflicts_explained": {
        "en": "The feed names a color that the photo does not show; the surest first. Correct the product, or fix its "
        "words or its photo in the feed.",
        "ko": "피드에 적힌 색이 사진에 보이지 않습니다. 확실한 것부터 보여 줍니다. "
        "색상을 바로잡거나 피드의 글이나 사진을 고치세요.",
    },
    "list_corrected": {"en": "Corrected", "ko": "바로잡음"},
    "list_corrected_explained": {
        "en": "What people said wins over the model; the newest products first.",
        "ko": "사람이 고른 색이 모델보다 우선합니다. 최신 상품부터 보여 줍니다.",
    },
    "list_doubt": {"en": "Uncertain", "ko": "색이 불확실"},
    "list_doubt_explained": {
        "en": "Two colors are nearly level, or none fits; the most uncertain product first. Corrections teach the next "
        "model.",
        "ko": "두 색이 비슷하거나 맞는 색이 없는 상품입니다. 가장 불확실한 상품부터 보여 줍니다. "
        "여기서 바로잡으면 다음 모델이 배웁니다.",
    },
    "list_failed": {"en": "Failed photos", "ko": "쓸 수 없는 사진"},
    "list_failed_explained": {
        "en": "A photo could not be used. Fix it at its place, then add the feed again.",
        "ko": "쓸 수 없는 사진이 있습니다. 사진을 고치고 피드를 다시 추가하세요.",
    },
    "list_nothing": {"en": "Nothing is left here.", "ko": "남은 상품이 없습니다."},
    "list_nothing_found": {"en": "No product fits.", "ko": "맞는 상품이 없습니다."},
    "list_untagged": {"en": "Without a color", "ko": "색 없음"},
    "list_untagged_explained": {
        "en": "No customer finds these by color: they have no photo, or none that could be used.",
        "ko": "사진이 없거나 쓸 수 없어서 색으로 찾을 수 없는 상품입니다.",
    },
    "panel_close": {"en": "Close", "ko": "닫기"},
    "products_at_desk": {"en": "Products", "ko": "상품"},
    "said_confirm": {"en": "right: {labels}", "ko": "맞음: {labels}"},
    "said_correct": {"en": "{labels}", "ko": "{labels}"},
    "said_other": {"en": "other", "ko": "기타"},
    "said_remove": {"en": "correction taken back", "ko": "바로잡기를 되돌림"},
    "said_skip": {"en": "skipped", "ko": "건너뜀"},
    "said_undone": {"en": "undone", "ko": "되돌림"},
    "save_next": {"en": "Save and next", "ko": "저장하고 다음"},
    "several": {"en": "Give the chosen ones this color", "ko": "고른 상품을 이 색으로"},
    "several_choose": {"en": "Choose", "ko": "고르기"},
    "several_failed": {
        "en": "{count} of {of} were saved, then it failed: {reason}.",
        "ko": "{of}개 중 {count}개를 저장한 다음 실패했습니다: {reason}.",
    },
    "several_none": {"en": "Choose at least one product.", "ko": "상품을 하나 이상 고르세요."},
    "several_saved": {"en": "{count} corrected.", "ko": "{count}개를 바로잡았습니다."},
    "step_done": {"en": "That was the last one of this list.", "ko": "이 목록의 마지막 상품입니다."},
    "step_next": {"en": "Next product", "ko": "다음 상품"},
    "products_found": {"en": "{count} products", "ko": "상품 {count}개"},
}
