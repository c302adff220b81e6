"""What the pages about data say, in English and Korean."""

from saekdong.web.site.texts import Texts

DATA_TEXTS: Texts = {
    "data": {"en": "Data", "ko": "데이터"},
    "data_answers": {"en": "Answers and corrections", "ko": "답변과 바로잡은 내용"},
    "data_conflicts": {"en": "Words and photos in conflict", "ko": "글과 사진이 다른 상품"},
    "data_doubtful": {"en": "Uncertain colors", "ko": "색이 확실하지 않은 상품"},
    "data_problems": {"en": "Problems of the last run", "ko": "마지막 실행의 문제"},
    "data_problems_none": {
        "en": "The last run over a feed had no problems.",
        "ko": "마지막 실행에서는 문제가 없었습니다.",
    },
    "data_products": {"en": "Products", "ko": "상품"},
    "feed_field": {"en": "Field", "ko": "항목"},
    "feed_last": {"en": "Last read (UTC)", "ko": "마지막으로 읽은 때 (UTC)"},
    "feed_line": {"en": "Line", "ko": "줄"},
    "feed_never": {"en": "never", "ko": "없음"},
    "feed_overdue": {"en": "overdue", "ko": "늦음"},
    "feed_product": {"en": "Product or file", "ko": "상품 또는 파일"},
    "feed_reason": {"en": "Reason", "ko": "이유"},
    "feed_rhythm": {"en": "Rhythm", "ko": "주기"},
    "feeds": {"en": "Feeds", "ko": "피드"},
    "feeds_none": {"en": "There are no products yet.", "ko": "아직 상품이 없습니다."},
    "feeds_none_advice": {
        "en": "Upload a feed or photos below, or add one on a terminal:",
        "ko": "아래에서 피드나 사진을 올리거나 터미널에서 추가하세요.",
    },
    "preview": {"en": "What this upload would change", "ko": "올린 파일로 바뀌는 것"},
    "preview_add": {"en": "Add it", "ko": "추가하기"},
    "preview_cannot": {
        "en": "This upload cannot be added. See its preview for the reason.",
        "ko": "이 파일은 추가할 수 없습니다. 미리 보기에서 이유를 확인하세요.",
    },
    "preview_changed": {"en": "changed", "ko": "바뀜"},
    "preview_drop": {"en": "Discard it", "ko": "버리기"},
    "preview_examples": {"en": "New and changed", "ko": "새 상품과 바뀌는 상품"},
    "preview_explained": {
        "en": "Nothing was changed yet. Photos are read and tagged when you add it; whether a photo itself changed "
        "is known then.",
        "ko": "아직 아무것도 바꾸지 않았습니다. 추가할 때 사진을 읽고 색을 붙이며, 사진 자체가 바뀌었는지는 그때 알 "
        "수 있습니다.",
    },
    "preview_feed": {"en": "It becomes the feed {feed}.", "ko": "피드 {feed}이(가) 됩니다."},
    "preview_gone": {"en": "gone", "ko": "사라짐"},
    "preview_gone_explained": {
        "en": "Products that the feed no longer lists leave the filter. Their corrections are kept.",
        "ko": "피드에서 빠진 상품은 필터에서도 빠집니다. 바로잡은 내용은 남습니다.",
    },
    "preview_new": {"en": "new", "ko": "새 상품"},
    "preview_outside": {
        "en": "{count} photos are files of this machine. An uploaded feed may name addresses, or photos/NAME among "
        "the uploaded photos.",
        "ko": "사진 {count}장이 이 컴퓨터의 파일입니다. 올린 피드에는 웹 주소나 올린 사진 photos/이름만 쓸 수 "
        "있습니다.",
    },
    "preview_owned": {
        "en": "{count} products belong to another feed. Choose that feed to replace it, or give the products other "
        "ids.",
        "ko": "상품 {count}개가 다른 피드에 있습니다. 그 피드를 바꾸도록 고르거나 상품 번호를 바꾸세요.",
    },
    "preview_photos": {
        "en": "The photos are kept in uploads/photos. What is there already stays.",
        "ko": "사진은 uploads/photos에 보관합니다. 이미 있는 사진은 그대로 둡니다.",
    },
    "preview_reason_not-a-photo": {
        "en": "it is not a photo of a kind that is read",
        "ko": "읽을 수 있는 사진이 아닙니다",
    },
    "preview_refused": {"en": "cannot be used", "ko": "쓸 수 없음"},
    "preview_refused_title": {"en": "Rows and files that cannot be used", "ko": "쓸 수 없는 줄과 파일"},
    "preview_unchanged": {"en": "unchanged", "ko": "그대로"},
    "rhythm_days": {"en": "every {count} days", "ko": "{count}일마다"},
    "rhythm_hours": {"en": "every {count} hours", "ko": "{count}시간마다"},
    "rhythm_minutes": {"en": "every {count} minutes", "ko": "{count}분마다"},
    "rhythm_none": {"en": "none yet", "ko": "아직 없음"},
    "upload": {"en": "Upload a feed or photos", "ko": "피드나 사진 올리기"},
    "upload_button": {"en": "Show what would change", "ko": "무엇이 바뀌는지 보기"},
    "upload_encrypted": {
        "en": "The archive is encrypted. Send it without a password.",
        "ko": "암호가 걸린 압축 파일입니다. 암호 없이 올리세요.",
    },
    "upload_explained": {
        "en": "One feed (CSV, TSV, JSON Lines or XML), or photos: several files or a ZIP archive. At most {mb} MB "
        "and {count} photos at once. Nothing changes before you confirm.",
        "ko": "피드 하나(CSV, TSV, JSON Lines, XML) 또는 사진 여러 장이나 ZIP 파일. 한 번에 {mb}MB, 사진 "
        "{count}장까지 올릴 수 있습니다. 확인하기 전에는 아무것도 바뀌지 않습니다.",
    },
    "upload_feed": {"en": "The feed cannot be read: {problem}", "ko": "피드를 읽을 수 없습니다: {problem}"},
    "upload_file": {"en": "File", "ko": "파일"},
    "upload_mixed": {"en": "Send one feed by itself, or photos.", "ko": "피드는 하나만 따로 올리거나 사진만 올리세요."},
    "upload_new_feed": {"en": "A feed of its own", "ko": "새 피드"},
    "upload_not-a-form": {
        "en": "The upload cannot be read. Try it again.",
        "ko": "올린 내용을 읽을 수 없습니다. 다시 시도하세요.",
    },
    "upload_not-a-zip": {
        "en": "The archive cannot be read. Send a ZIP file, or the photos themselves.",
        "ko": "압축 파일을 읽을 수 없습니다. ZIP 파일이나 사진을 올리세요.",
    },
    "upload_nothing": {
        "en": "No feed and no photo was sent. Choose a file.",
        "ko": "피드나 사진이 없습니다. 파일을 고르세요.",
    },
    "upload_replaces": {"en": "Feed that it replaces", "ko": "바꿀 피드"},
    "upload_too-large": {
        "en": "The upload is too large. Send at most {mb} MB at once, or add the files on a terminal.",
        "ko": "파일이 너무 큽니다. 한 번에 {mb}MB까지 올리거나 터미널에서 추가하세요.",
    },
    "upload_too-many": {"en": "Send at most {count} photos at once.", "ko": "사진은 한 번에 {count}장까지 올리세요."},
}
