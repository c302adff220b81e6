"""What the desk's pages say, in English and Korean."""

from saekdong.web.site.texts import Texts

TEXTS: Texts = {
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
    "conflicts": {"en": "Words and photos in conflict", "ko": "글과 사진이 다른 상품"},
    "conflicts_explained": {
        "en": "The feed names a color that the photo does not show. Correct the product, or fix its words or its photo "
        "in the feed.",
        "ko": "피드에 적힌 색이 사진에 보이지 않습니다. 색상을 바로잡거나 피드의 글이나 사진을 고치세요.",
    },
    "conflicts_nothing": {"en": "Words and photos agree.", "ko": "글과 사진이 서로 맞습니다."},
    "conflicts_surest": {"en": "The surest first", "ko": "확실한 것부터"},
    "correct": {"en": "Correct the colors", "ko": "색상 바로잡기"},
    "correct_explained": {
        "en": "Choose what a customer would look for. Your choice wins over the model's, and stays when photos are "
        "tagged again.",
        "ko": "손님이 찾을 만한 색을 고르세요. 고른 색이 모델보다 우선하고, 사진을 다시 분석해도 그대로 남습니다.",
    },
    "corrections": {"en": "Corrections as PHOTOS.csv", "ko": "바로잡은 내용 (PHOTOS.csv)"},
    "doubtful": {"en": "Uncertain colors", "ko": "색이 확실하지 않은 상품"},
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
    "photo_errors": {"en": "Photos that could not be used", "ko": "쓸 수 없는 사진"},
    "read_only": {
        "en": "This catalog is open for reading only. Who may write it can correct the colors.",
        "ko": "이 카탈로그는 읽기 전용입니다. 쓰기 권한이 있으면 색상을 바로잡을 수 있습니다.",
    },
    "review": {"en": "To review", "ko": "확인 대기"},
    "review_done": {"en": "That was the last product to review.", "ko": "확인할 상품을 모두 보았습니다."},
    "review_explained": {
        "en": "The most uncertain product comes first. Corrections teach the next model.",
        "ko": "가장 불확실한 상품부터 보여 줍니다. 여기서 바로잡으면 다음 모델이 배웁니다.",
    },
    "review_next": {"en": "Next product to review", "ko": "다음 상품 확인"},
    "review_nothing": {"en": "Nothing to review.", "ko": "확인할 것이 없습니다."},
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
}
