"""What the pages of the review say, in English and Korean."""

from saekdong.web.site.texts import Texts

REVIEW_TEXTS: Texts = {
    "bulk": {"en": "Many at once", "ko": "한꺼번에 확인"},
    "bulk_choose": {"en": "Choose a color", "ko": "색을 고르세요"},
    "bulk_confirm": {"en": "Confirm the rest", "ko": "나머지는 맞음"},
    "bulk_done": {"en": "Nothing is left to confirm.", "ko": "확인할 상품이 없습니다."},
    "bulk_explained": {
        "en": "Products that the model tags as {label}, never looked at by a person. Take out the wrong ones; the tags "
        "of the others are confirmed.",
        "ko": "모델이 ‘{label}’ 색으로 분류했고 아직 아무도 보지 않은 상품입니다. 틀린 것만 빼면 나머지는 "
        "맞는 것으로 저장합니다.",
    },
    "bulk_saved": {"en": "{count} confirmed.", "ko": "{count}개를 맞음으로 저장했습니다."},
    "bulk_take_out": {"en": "Wrong", "ko": "틀림"},
    "bulk_wrong": {"en": "Taken out: correct them", "ko": "뺀 상품: 바로잡으세요"},
    "review": {"en": "Review", "ko": "확인"},
    "review_blind": {
        "en": "The model's answer is hidden, so that it cannot sway yours.",
        "ko": "모델의 답에 끌려가지 않도록 숨겼습니다.",
    },
    "review_draw": {"en": "Draw this week's questions", "ko": "이번 주 문항 뽑기"},
    "review_empty": {"en": "The queue is empty.", "ko": "확인할 문항이 없습니다."},
    "review_empty_advice": {
        "en": "Draw questions here, or with this command, such as once a week:",
        "ko": "여기서 뽑거나, 매주 한 번 다음 명령을 실행하세요.",
    },
    "review_keys": {"en": "Keys", "ko": "단축키"},
    "review_keys_close": {"en": "Close", "ko": "닫기"},
    "review_keys_enter": {
        "en": "the model is right, or save the chosen colors",
        "ko": "모델이 맞음, 또는 고른 색 저장",
    },
    "review_keys_help": {"en": "show or hide the keys", "ko": "단축키 보기"},
    "review_keys_labels": {
        "en": "choose a color; the first one is the main color",
        "ko": "색 고르기, 먼저 고른 색이 대표색",
    },
    "review_keys_move": {"en": "the next, the one before", "ko": "다음, 이전 문항"},
    "review_keys_other": {"en": "none of the colors", "ko": "맞는 색이 없음"},
    "review_keys_skip": {"en": "skip", "ko": "건너뛰기"},
    "review_keys_undo": {"en": "take the last answer back", "ko": "마지막 답 되돌리기"},
    "review_main_first": {
        "en": "Choose the main color first.",
        "ko": "대표색을 먼저 고르세요.",
    },
    "review_model_says": {"en": "The model says", "ko": "모델의 답"},
    "review_open": {"en": "{count} open", "ko": "{count}개 남음"},
    "review_other": {"en": "Other", "ko": "기타"},
    "review_right": {"en": "Right", "ko": "맞음"},
    "review_said_back": {"en": "Taken back.", "ko": "되돌렸습니다."},
    "review_said_drawn": {"en": "Questions were drawn.", "ko": "문항을 뽑았습니다."},
    "review_said_drawn_none": {"en": "Nothing more to ask this week.", "ko": "이번 주에 더 물을 것이 없습니다."},
    "review_said_none": {"en": "There is no answer to take back.", "ko": "되돌릴 답이 없습니다."},
    "review_said_skip": {"en": "Skipped.", "ko": "건너뛰었습니다."},
    "review_said_yes": {"en": "Saved.", "ko": "저장했습니다."},
    "review_save": {"en": "Save", "ko": "저장"},
    "review_skip": {"en": "Skip", "ko": "건너뛰기"},
    "review_taken": {
        "en": "Somebody else has answered this. Here is the next one.",
        "ko": "다른 사람이 먼저 답했습니다. 다음 문항입니다.",
    },
    "review_undo": {"en": "Undo", "ko": "되돌리기"},
    "purpose_again": {"en": "Asked again", "ko": "다시 확인"},
    "purpose_audit": {"en": "Audit", "ko": "정확도 감사"},
    "purpose_difference": {"en": "Old and new model", "ko": "두 모델 비교"},
    "purpose_rare": {"en": "Rare color", "ko": "드문 색"},
    "purpose_segment": {"en": "About an alarm", "ko": "경보 확인"},
    "purpose_suspect": {"en": "Placed answer", "ko": "의심되는 답"},
    "purpose_teach": {"en": "Teaches most", "ko": "가르칠 것"},
}
